// GREATEST and LEAST. NULL when an argument is.
#include "runtime/expression/scatter.hpp"
#include "runtime/functions/coercion.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/value_order.hpp"

namespace levada {

namespace {

uint32_t stored(const column& c, uint32_t row) { return c.is_constant() ? 0 : row; }

kernel extreme(bool greatest) {
  return [greatest](const kernel_args& in, column& out) -> status {
    // The rows each argument gives the result of; copied argument by argument.
    std::vector<std::vector<uint32_t>> rows_of(in.args.size());
    column nulls{data_type::boolean(), out.size()};
    propagate_nulls(in, nulls);
    in.rows.for_each([&](uint32_t row) {
      if (nulls.is_null(row)) return;
      size_t best = 0;
      for (size_t i = 1; i < in.args.size(); ++i) {
        int order = compare_values(*in.args[i], stored(*in.args[i], row), *in.args[best], stored(*in.args[best], row));
        if (greatest ? order > 0 : order < 0) best = i;
      }
      rows_of[best].push_back(row);
    });
    for (size_t i = 0; i < in.args.size(); ++i) {
      copy_rows(*in.args[i], {rows_of[i].data(), static_cast<uint32_t>(rows_of[i].size())}, out);
    }
    propagate_nulls(in, out);
    return {};
  };
}

void add_extreme(registry& into, const std::string& name, std::string summary, bool greatest) {
  std::string signature = name + "(value, ...)";
  into.add(
      function_definition{name, signature, std::move(summary), [=](const bind_request& request) -> result<binding> {
                            if (request.types.empty()) return bad_arguments(name, signature, request.types);
                            auto type = merged_type(request.types);
                            if (!type.ok()) return type.error();
                            if (type->kind() == type_kind::null) *type = data_type::integer();
                            if (type->is_nested()) return bad_arguments(name, signature, request.types);
                            binding bound{type->as_nullable(any_nullable(request.types)), {}, extreme(greatest)};
                            for (const auto& given : request.types) {
                              bound.arguments.push_back(argument_type(given, *type));
                            }
                            return bound;
                          }});
}

} // namespace

namespace functions {

void register_extremes(registry& into) {
  add_extreme(into, "GREATEST", "The largest of the values; NULL if one is.", true);
  add_extreme(into, "LEAST", "The smallest of the values; NULL if one is.", false);
}

} // namespace functions

} // namespace levada
