# From modules to what is installed: the binary `levada`, the shared library for embedders (target levada::levada,
# levada.pc), and its public headers. Included by levada/CMakeLists.txt, which sets public_headers.
get_property(modules GLOBAL PROPERTY levada_modules)

if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  add_executable(levada main.cpp)
  target_link_libraries(levada PRIVATE ${modules})
  set_target_properties(levada PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  install(TARGETS levada RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/levada.hpp)
  return()
endif()

# Everything is compiled hidden; only what the public headers mark visible is exported.
add_library(liblevada SHARED)
foreach(module IN LISTS modules)
  target_sources(liblevada PRIVATE $<TARGET_OBJECTS:${module}>)
endforeach()
target_link_libraries(liblevada PRIVATE $<BUILD_INTERFACE:${modules}>)
target_link_options(liblevada PRIVATE -Wl,--exclude-libs,ALL)
target_include_directories(liblevada INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(liblevada INTERFACE cxx_std_20)
set_target_properties(liblevada PROPERTIES OUTPUT_NAME levada EXPORT_NAME levada LINKER_LANGUAGE CXX
                      VERSION ${PROJECT_VERSION} SOVERSION 0)
add_library(levada::levada ALIAS liblevada)

install(TARGETS liblevada EXPORT levada LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(header IN LISTS public_headers)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
endforeach()

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/levada)
install(EXPORT levada NAMESPACE levada:: FILE levadaConfig.cmake DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/levadaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/levadaConfigVersion.cmake DESTINATION ${package_dir})

file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/levada.pc @ONLY CONTENT
"prefix=\${pcfiledir}/@up@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: levada
Description: streaming SQL for edge gateways
Version: @PROJECT_VERSION@
Libs: -L\${libdir} -llevada
Cflags: -I\${includedir}
")
install(FILES ${PROJECT_BINARY_DIR}/levada.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
