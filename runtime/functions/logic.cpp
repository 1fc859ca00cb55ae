// NOT and IS [NOT] TRUE, FALSE, UNKNOWN. AND and OR are special forms of the evaluator.
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"

namespace levada {

namespace {

// Truth of a value: 0 FALSE, 1 TRUE, 2 UNKNOWN. `wanted` is a set of bits.
void add_truth_test(registry& into, const std::string& name, std::string summary, uint8_t wanted) {
  function_definition definition{name, "condition " + name, std::move(summary), {}};
  definition.bind = [name, wanted](const bind_request& request) -> result<binding> {
    if (request.types.size() != 1 ||
        (request.types[0].kind() != type_kind::boolean && request.types[0].kind() != type_kind::null)) {
      return bad_arguments(name, "condition " + name, request.types);
    }
    kernel run = [wanted](const kernel_args& in, column& out) -> status {
      operand<bool> arg{*in.args[0]};
      in.rows.for_each([&](uint32_t row) {
        int truth = in.args[0]->is_null(row) ? 2 : arg[row];
        out.data<uint8_t>()[row] = wanted >> truth & 1;
      });
      return {};
    };
    return binding{data_type::boolean().not_null(), {argument_type(request.types[0], data_type::boolean())}, run};
  };
  into.add(std::move(definition));
}

} // namespace

namespace functions {

void register_logic(registry& into) {
  into.add(overloaded("NOT", "NOT condition", "The opposite; UNKNOWN stays UNKNOWN.",
                      {{{data_type::boolean()}, data_type::boolean(), lift<bool>([](bool v) { return !v; })}}));
  add_truth_test(into, "IS TRUE", "TRUE when the condition is TRUE.", 0b010);
  add_truth_test(into, "IS NOT TRUE", "TRUE when the condition is FALSE or UNKNOWN.", 0b101);
  add_truth_test(into, "IS FALSE", "TRUE when the condition is FALSE.", 0b001);
  add_truth_test(into, "IS NOT FALSE", "TRUE when the condition is TRUE or UNKNOWN.", 0b110);
  add_truth_test(into, "IS UNKNOWN", "TRUE when the condition is UNKNOWN.", 0b100);
  add_truth_test(into, "IS NOT UNKNOWN", "TRUE when the condition is TRUE or FALSE.", 0b011);
}

} // namespace functions

} // namespace levada
