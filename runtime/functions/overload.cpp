#include "runtime/functions/overload.hpp"

#include <algorithm>

#include "runtime/functions/coercion.hpp"

namespace levada {

namespace {

data_type result_type(const overload& chosen, std::span<const data_type> given) {
  if (chosen.length == text_length::fixed || given[0].kind() == type_kind::null) return chosen.result;
  return chosen.length == text_length::of_first_argument ? given[0] : data_type::varchar(given[0].length());
}

bool fits(const overload& candidate, std::span<const data_type> given) {
  if (candidate.parameters.size() != given.size()) return false;
  for (size_t i = 0; i < given.size(); ++i) {
    if (!implicitly_castable(given[i], candidate.parameters[i])) return false;
  }
  return true;
}

} // namespace

bool any_nullable(std::span<const data_type> types) {
  return std::any_of(types.begin(), types.end(), [](const data_type& t) { return t.nullable(); });
}

data_type argument_type(const data_type& given, const data_type& parameter) {
  return is_noop_cast(given, parameter) ? given : parameter.as_nullable(given.nullable());
}

status bad_arguments(std::string_view name, std::string_view signature, std::span<const data_type> given) {
  std::string text{name};
  text += '(';
  for (size_t i = 0; i < given.size(); ++i) {
    if (i > 0) text += ", ";
    text += given[i].as_nullable().to_string();
  }
  text += ") does not exist: expected ";
  text += signature;
  return {errc::type_mismatch, std::move(text)};
}

result<std::string> literal_text(const bind_request& request, size_t argument, std::string_view what) {
  const column* literal = argument < request.literals.size() ? request.literals[argument] : nullptr;
  if (!literal || literal->is_null(0) || !literal->type().is_string()) {
    return status{errc::invalid_argument, std::string{what} + " must be a string literal"};
  }
  return std::string{literal->at<string_ref>(0).view()};
}

function_definition overloaded(std::string name, std::string signature, std::string summary,
                               std::vector<overload> overloads) {
  function_definition definition{name, signature, std::move(summary), {}};
  definition.bind = [name = std::move(name), signature = std::move(signature),
                     overloads = std::move(overloads)](const bind_request& request) -> result<binding> {
    auto found = std::find_if(overloads.begin(), overloads.end(),
                              [&](const overload& candidate) { return fits(candidate, request.types); });
    if (found == overloads.end()) return bad_arguments(name, signature, request.types);
    bool nullable = found->may_be_null || any_nullable(request.types);
    binding bound{result_type(*found, request.types).as_nullable(nullable), {}, found->run, found->deterministic};
    for (size_t i = 0; i < request.types.size(); ++i) {
      bound.arguments.push_back(argument_type(request.types[i], found->parameters[i]));
    }
    return bound;
  };
  return definition;
}

} // namespace levada
