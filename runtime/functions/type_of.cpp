// TYPEOF: what the binder made of an expression.
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"

namespace levada {

namespace {

result<binding> bind_type_of(const bind_request& request) {
  const auto& types = request.types;
  bool forced = types.size() == 2 && types[1].kind() == type_kind::boolean;
  if (types.size() != 1 && !forced) return bad_arguments("TYPEOF", "TYPEOF(value)", types);
  binding bound;
  bound.result = data_type::string();
  bound.arguments.assign(types.begin(), types.end());
  bound.run = [run = lift<>([name = types[0].to_string()] { return name; })](const kernel_args& in, column& out) {
    return run({{}, in.rows, in.physical_rows, in.context}, out);
  };
  return bound;
}

} // namespace

namespace functions {

void register_type_of(registry& into) {
  into.add(function_definition{"TYPEOF", "TYPEOF(value)", "The type of a value as SQL writes it.", bind_type_of});
}

} // namespace functions

} // namespace levada
