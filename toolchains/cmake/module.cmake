# A folder is a CMake target: levada_<folder>, with the repository root as the only include root. Archives, so
# that a layer's tests link that layer and what is below it, and nothing else.
function(add_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(levada_${name} STATIC ${arg_SOURCES})
  target_include_directories(levada_${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(levada_${name} PUBLIC levada_flags ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
  set_property(GLOBAL APPEND PROPERTY levada_modules levada_${name})
endfunction()

# add_builtins(operators DIR runtime/operators NAMES filter project): compiles DIR/<name>.cpp into target
# levada_<kind> and generates register_<kind>(registry&), which calls <kind>::register_<name>(registry&) for
# each. The list is the registration: nothing depends on static initialisers or on the linker keeping objects.
function(add_builtins kind)
  cmake_parse_arguments(arg "" "DIR" "NAMES;EXTRA;DEPS" ${ARGN})
  set(declarations "")
  set(calls "")
  set(sources ${arg_EXTRA})
  foreach(name IN LISTS arg_NAMES)
    list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/${arg_DIR}/${name}.cpp)
    string(APPEND declarations "void register_${name}(registry&);\n")
    string(APPEND calls "  ${kind}::register_${name}(into);\n")
  endforeach()
  set(generated ${PROJECT_BINARY_DIR}/generated/register_${kind}.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT "#include \"runtime/registry.hpp\"
namespace levada {
namespace ${kind} {
@declarations@}
void register_${kind}([[maybe_unused]] registry& into) {
@calls@}
}
" @ONLY)
  add_module(${kind} SOURCES ${sources} ${generated} DEPS ${arg_DEPS})
endfunction()
