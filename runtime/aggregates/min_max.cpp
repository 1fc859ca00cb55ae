// MIN and MAX of every comparable type. While the input only adds, one value is kept; when it retracts, all of them with
// their number, which may be negative for a moment: a retraction that came before its addition.
#include <map>

#include "runtime/aggregates/kept_aggregate.hpp"
#include "runtime/registry.hpp"

namespace levada::aggregates {

namespace {

template <class T, bool smallest>
struct extreme_rule {
  // As Java's comparison does, a NaN never replaces and is never replaced.
  static void take(kept_value<T>& slot, const T& value) {
    if (!slot.present() || (smallest ? less(value, slot.get()) : less(slot.get(), value))) slot.set(value);
  }
};

template <class T, bool smallest>
class extreme final : public kept_aggregate<T, extreme_rule<T, smallest>> {
  using rule = extreme_rule<T, smallest>;
  using slot_type = kept_value<T>;

 public:
  using kept_aggregate<T, rule>::kept_aggregate;

  void update_running(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
                      const row_kind* kinds, column& out) const override {
    // A string result has to be copied into the column before the next one replaces it.
    if constexpr (std::is_same_v<T, string_ref>) {
      aggregate::update_running(blocks, offset, rows, args, kinds, out);
    } else {
      for_each_running<slot_type, T, T>(
          blocks, offset, rows, *args[0], kinds, out,
          [](slot_type& slot, const T& value, bool) { rule::take(slot, value); },
          [](const slot_type& slot, T& value) {
            value = slot.value;
            return slot.present();
          });
    }
  }
};

template <class T, bool smallest>
class retractable_extreme final : public aggregate {
  using counts = std::map<owned_value<T>, int64_t, std::less<>>;
  struct slot_type {
    counts* values;
    uint64_t unused;
  };

 public:
  explicit retractable_extreme(const data_type& argument) {
    result_type = argument.as_nullable();
    arguments = {argument};
    slot_bytes = aligned(sizeof(slot_type));
    owns_memory = true;
    can_retract = true;
  }

  void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
              const row_kind* kinds) const override {
    for_each_value<slot_type, T>(
        blocks, offset, rows, *args[0], kinds,
        [](slot_type& slot, const T& value, bool addition) { add(slot, to_owned(value), addition ? 1 : -1); });
  }

  void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t n) const override {
    for_each_pair<slot_type>(into, from, offset, n, [](slot_type& a, const slot_type& b) {
      if (!b.values) return;
      for (const auto& [value, times] : *b.values) add(a, value, times);
    });
  }

  void finish(const std::byte* const* blocks, uint32_t offset, uint32_t n, column& out) const override {
    for (uint32_t i = 0; i < n; ++i) {
      const auto* best = extreme_of(slot_at<slot_type>(blocks[i], offset));
      if (best) push_value(out, *best);
      else out.push_null();
    }
  }

  void save(const std::byte* slot, msgpack_writer& out) const override {
    const auto* values = slot_at<slot_type>(slot, 0).values;
    out.put_map_header(values ? static_cast<uint32_t>(values->size()) : 0);
    if (!values) return;
    for (const auto& [value, times] : *values) {
      save_value(value, out);
      out.put_int(times);
    }
  }

  void load(std::byte* slot, msgpack_reader& in) const override {
    uint32_t values = in.get_map_header();
    for (uint32_t i = 0; i < values && in.ok(); ++i) {
      auto value = load_value<T>(in);
      add(*reinterpret_cast<slot_type*>(slot), value, in.get_int());
    }
  }

  void destroy(std::byte* slot) const override { delete reinterpret_cast<slot_type*>(slot)->values; }

  size_t extra_bytes(const std::byte* slot) const override {
    const auto* values = slot_at<slot_type>(slot, 0).values;
    constexpr size_t node_bytes = 48;
    return values ? values->size() * (sizeof(typename counts::value_type) + node_bytes) : 0;
  }

 private:
  static void add(slot_type& slot, const owned_value<T>& value, int64_t times) {
    // A NaN has no place in an order; Java's map would keep it apart.
    if constexpr (std::is_floating_point_v<T>) {
      if (value != value) return;
    }
    if (!slot.values) slot.values = new counts;
    auto it = slot.values->try_emplace(value, 0).first;
    it->second += times;
    if (it->second == 0) slot.values->erase(it);
  }

  static const owned_value<T>* extreme_of(const slot_type& slot) {
    if (!slot.values) return nullptr;
    if constexpr (smallest) {
      for (auto it = slot.values->begin(); it != slot.values->end(); ++it) {
        if (it->second > 0) return &it->first;
      }
    } else {
      for (auto it = slot.values->rbegin(); it != slot.values->rend(); ++it) {
        if (it->second > 0) return &it->first;
      }
    }
    return nullptr;
  }
};

template <bool smallest>
result<std::shared_ptr<const aggregate>> bind(const aggregate_request& request) {
  const char* name = smallest ? "MIN" : "MAX";
  if (request.types.size() != 1) return status{errc::invalid_argument, std::string{name} + " takes one argument"};
  const data_type& argument = request.types[0];
  if (argument.is_nested() || argument.is_bytes()) {
    return status{errc::type_mismatch, std::string{name} + " takes a comparable value, not " + argument.to_string()};
  }
  // DISTINCT changes nothing.
  return with_physical(argument.physical(), [&](auto tag) -> std::shared_ptr<const aggregate> {
    using T = typename decltype(tag)::type;
    if (request.retracting) return std::make_shared<retractable_extreme<T, smallest>>(argument);
    return std::make_shared<extreme<T, smallest>>(argument);
  });
}

} // namespace

void register_min_max(registry& into) {
  into.add(aggregate_definition{"MIN", "MIN(value)", "Smallest value.", bind<true>});
  into.add(aggregate_definition{"MAX", "MAX(value)", "Largest value.", bind<false>});
}

} // namespace levada::aggregates
