// FIRST_VALUE and LAST_VALUE in the order rows are processed; NULLs are passed over. With retractions all values are kept
// in order, and a retraction removes the first that equals it.
#include <deque>

#include "runtime/aggregates/distinct.hpp"
#include "runtime/aggregates/kept_aggregate.hpp"
#include "runtime/registry.hpp"

namespace levada::aggregates {

namespace {

template <class T, bool first>
struct end_rule {
  static void take(kept_value<T>& slot, const T& value) {
    if (!first || !slot.present()) slot.set(value);
  }
};

template <class T, bool first>
class retractable_end final : public aggregate {
  using values_type = std::deque<owned_value<T>>;
  struct slot_type {
    values_type* values;
    uint64_t unused;
  };

 public:
  explicit retractable_end(const data_type& argument) {
    result_type = argument.as_nullable();
    arguments = {argument};
    slot_bytes = aligned(sizeof(slot_type));
    owns_memory = true;
    can_retract = true;
  }

  void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
              const row_kind* kinds) const override {
    for_each_value<slot_type, T>(blocks, offset, rows, *args[0], kinds,
                                 [](slot_type& slot, const T& value, bool addition) {
                                   if (!slot.values) slot.values = new values_type;
                                   if (addition) slot.values->push_back(to_owned(value));
                                   else remove(*slot.values, to_owned(value));
                                 });
  }

  void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t n) const override {
    for_each_pair<slot_type>(into, from, offset, n, [](slot_type& a, const slot_type& b) {
      if (!b.values) return;
      if (!a.values) a.values = new values_type;
      a.values->insert(a.values->end(), b.values->begin(), b.values->end());
    });
  }

  void finish(const std::byte* const* blocks, uint32_t offset, uint32_t n, column& out) const override {
    for (uint32_t i = 0; i < n; ++i) {
      const auto* values = slot_at<slot_type>(blocks[i], offset).values;
      if (values && !values->empty()) push_value(out, first ? values->front() : values->back());
      else out.push_null();
    }
  }

  void save(const std::byte* slot, msgpack_writer& out) const override {
    const auto* values = slot_at<slot_type>(slot, 0).values;
    out.put_array_header(values ? static_cast<uint32_t>(values->size()) : 0);
    if (!values) return;
    for (const auto& value : *values) save_value(value, out);
  }

  void load(std::byte* slot, msgpack_reader& in) const override {
    uint32_t count = in.get_array_header();
    auto* values = new values_type;
    reinterpret_cast<slot_type*>(slot)->values = values;
    for (uint32_t i = 0; i < count && in.ok(); ++i) values->push_back(load_value<T>(in));
  }

  void destroy(std::byte* slot) const override { delete reinterpret_cast<slot_type*>(slot)->values; }

  size_t extra_bytes(const std::byte* slot) const override {
    const auto* values = slot_at<slot_type>(slot, 0).values;
    return values ? sizeof *values + values->size() * sizeof(owned_value<T>) : 0;
  }

 private:
  static void remove(values_type& values, const owned_value<T>& value) {
    auto it = std::find(values.begin(), values.end(), value);
    if (it != values.end()) values.erase(it);
  }
};

template <bool first>
result<std::shared_ptr<const aggregate>> bind(const aggregate_request& request) {
  const char* name = first ? "FIRST_VALUE" : "LAST_VALUE";
  if (request.types.size() != 1) return status{errc::invalid_argument, std::string{name} + " takes one argument"};
  const data_type& argument = request.types[0];
  if (argument.is_nested()) {
    return status{errc::type_mismatch, std::string{name} + " takes a scalar value, not " + argument.to_string()};
  }
  auto made = with_physical(argument.physical(), [&](auto tag) -> std::shared_ptr<const aggregate> {
    using T = typename decltype(tag)::type;
    if (request.retracting) return std::make_shared<retractable_end<T, first>>(argument);
    return std::make_shared<kept_aggregate<T, end_rule<T, first>>>(argument);
  });
  return with_distinct(std::move(made), request);
}

} // namespace

void register_first_last_value(registry& into) {
  into.add(aggregate_definition{"FIRST_VALUE", "FIRST_VALUE(value)", "First value that is not NULL, as rows arrive.",
                                bind<true>});
  into.add(aggregate_definition{"LAST_VALUE", "LAST_VALUE(value)", "Last value that is not NULL, as rows arrive.",
                                bind<false>});
}

} // namespace levada::aggregates
