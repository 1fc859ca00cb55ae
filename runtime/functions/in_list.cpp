// value IN (..): literals in a hash table, anything else compared one by one.
#include <bit>
#include <memory>
#include <vector>

#include "runtime/expression/scatter.hpp"
#include "runtime/functions/coercion.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/value_order.hpp"

namespace levada {

namespace {

uint32_t stored(const column& c, uint32_t row) { return c.is_constant() ? 0 : row; }

// Open addressing over the literals of one list, at most half full.
class literal_set {
 public:
  explicit literal_set(data_type type) : values_(std::move(type)) {}

  // A NULL in the list makes "not found" UNKNOWN.
  void add(const column& literal) {
    if (literal.is_null(0)) {
      has_null_ = true;
    } else {
      values_.push_from(literal, 0);
    }
  }
  void finish() {
    slots_.assign(std::bit_ceil(static_cast<size_t>(values_.size()) * 2 + 2), 0);
    for (uint32_t i = 0; i < values_.size(); ++i) {
      size_t slot = hash_value(values_, i) & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = i + 1;
    }
  }
  bool contains(const column& c, uint32_t row) const {
    size_t slot = hash_value(c, row) & (slots_.size() - 1);
    for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
      if (compare_values(values_, slots_[slot] - 1, c, row) == 0) return true;
    }
    return false;
  }
  bool has_null() const { return has_null_; }

 private:
  column values_;
  std::vector<uint32_t> slots_; // index + 1, 0 is free; a power of two
  bool has_null_ = false;
};

kernel hashed(std::shared_ptr<const literal_set> set) {
  return [set = std::move(set)](const kernel_args& in, column& out) -> status {
    const column& value = *in.args[0];
    auto* to = out.data<uint8_t>();
    in.rows.for_each([&](uint32_t row) {
      bool is_null = value.is_null(row);
      bool found = !is_null && set->contains(value, stored(value, row));
      to[row] = found;
      if (is_null || (!found && set->has_null())) out.set_null(row);
    });
    return {};
  };
}

status compare_each(const kernel_args& in, column& out) {
  const column& value = *in.args[0];
  in.rows.for_each([&](uint32_t row) {
    bool found = false;
    bool unknown = value.is_null(row);
    for (size_t i = 1; i < in.args.size() && !found && !value.is_null(row); ++i) {
      const column& candidate = *in.args[i];
      if (candidate.is_null(row)) {
        unknown = true;
      } else {
        found = equal_values(value, stored(value, row), candidate, stored(candidate, row));
      }
    }
    out.data<uint8_t>()[row] = found;
    if (unknown && !found) out.set_null(row);
  });
  return {};
}

// The common type of the value and all candidates, by the rules of comparison.
result<data_type> list_type(std::span<const data_type> types) {
  data_type common = types[0];
  for (const auto& type : types.subspan(1)) {
    auto next = comparison_type(common, type);
    if (!next.ok()) return next;
    common = std::move(*next);
  }
  return common.kind() == type_kind::null ? data_type::integer() : common;
}

// The literals as `type`; null when one of them is none or has another type still (it will be cast by then).
std::shared_ptr<const literal_set> set_of(const bind_request& request, const data_type& type) {
  if (type.is_nested()) return nullptr;
  auto set = std::make_shared<literal_set>(type);
  for (size_t i = 1; i < request.types.size(); ++i) {
    const column* literal = i < request.literals.size() ? request.literals[i] : nullptr;
    if (!literal) return nullptr;
    if (!literal->is_null(0) && !is_noop_cast(literal->type(), type)) return nullptr;
    set->add(*literal);
  }
  set->finish();
  return set;
}

result<binding> bind_in(const bind_request& request) {
  if (request.types.size() < 2) return bad_arguments("IN", "value IN (value, ...)", request.types);
  auto type = list_type(request.types);
  if (!type.ok()) return type.error();
  binding bound{data_type::boolean().as_nullable(any_nullable(request.types)), {}, {}};
  for (const auto& given : request.types) bound.arguments.push_back(argument_type(given, *type));
  if (auto set = set_of(request, *type)) {
    bound.run = hashed(std::move(set));
  } else {
    bound.run = compare_each;
  }
  return bound;
}

} // namespace

namespace functions {

void register_in_list(registry& into) {
  into.add(function_definition{"IN", "value IN (value, ...)", "TRUE when the value equals one of the list.", bind_in});
}

} // namespace functions

} // namespace levada
