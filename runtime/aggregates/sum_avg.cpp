// SUM keeps the type of its argument and wraps as Java does; AVG adds integers in 64 bits and FLOAT in DOUBLE, and
// truncates the mean of integers. DECIMAL sums have 38 digits, and more than that is NULL.
#include <type_traits>

#include "runtime/aggregates/accumulate.hpp"
#include "runtime/aggregates/distinct.hpp"
#include "runtime/aggregates/kept_value.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/registry.hpp"

namespace levada::aggregates {

namespace {

enum class result_of : uint8_t { sum, average };

// S is the type that is added up. Integers of all widths are added in 64 bits: cut to their width, that is the wrapped
// sum.
template <class S>
struct sum_slot {
  S sum;
  int64_t count; // of values that are not NULL
};

template <>
struct sum_slot<int128> {
  int128 sum;
  int64_t count;
  int64_t overflowed;
};

template <class S>
void add(sum_slot<S>& slot, S value, int64_t count) {
  if constexpr (std::is_same_v<S, int128>) {
    if (!decimal_accumulate(slot.sum, value)) slot.overflowed = 1;
  } else {
    slot.sum += value;
  }
  slot.count += count;
}

template <class T, class S>
class sum_or_average final : public aggregate {
 public:
  sum_or_average(const data_type& argument, result_of what) : what_(what) {
    arguments = {argument};
    slot_bytes = aligned(sizeof(sum_slot<S>));
    can_retract = true;
    result_type = argument.as_nullable();
    if constexpr (std::is_same_v<T, int128>) {
      argument_scale_ = argument.scale();
      int scale = what == result_of::sum ? argument.scale() : std::max(6, argument.scale());
      result_type = data_type::decimal(decimal_precision_max, scale);
    }
  }

  void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
              const row_kind* kinds) const override {
    for_each_value<sum_slot<S>, T>(blocks, offset, rows, *args[0], kinds, take);
  }

  void update_running(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
                      const row_kind* kinds, column& out) const override {
    for_each_running<sum_slot<S>, T, T>(blocks, offset, rows, *args[0], kinds, out, take,
                                        [this](const sum_slot<S>& slot, T& value) { return result_in(slot, value); });
  }

  void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t n) const override {
    for_each_pair<sum_slot<S>>(into, from, offset, n, [](sum_slot<S>& a, const sum_slot<S>& b) {
      if constexpr (std::is_same_v<T, int128>) a.overflowed |= b.overflowed;
      add<S>(a, b.sum, b.count);
    });
  }

  void finish(const std::byte* const* blocks, uint32_t offset, uint32_t n, column& out) const override {
    append_results<sum_slot<S>, T>(blocks, offset, n, out,
                                   [this](const sum_slot<S>& slot, T& value) { return result_in(slot, value); });
  }

  void save(const std::byte* slot, msgpack_writer& out) const override {
    const auto& s = slot_at<sum_slot<S>>(slot, 0);
    out.put_array_header(std::is_same_v<T, int128> ? 3 : 2);
    if constexpr (std::is_integral_v<T>) out.put_int(static_cast<int64_t>(s.sum));
    else save_value(s.sum, out);
    out.put_int(s.count);
    if constexpr (std::is_same_v<T, int128>) out.put_int(s.overflowed);
  }

  void load(std::byte* slot, msgpack_reader& in) const override {
    auto& s = *reinterpret_cast<sum_slot<S>*>(slot);
    in.get_array_header();
    if constexpr (std::is_integral_v<T>) s.sum = static_cast<uint64_t>(in.get_int());
    else s.sum = load_value<S>(in);
    s.count = in.get_int();
    if constexpr (std::is_same_v<T, int128>) s.overflowed = in.get_int();
  }

 private:
  static void take(sum_slot<S>& slot, const T& value, bool addition) {
    auto v = static_cast<S>(value);
    if (addition) add<S>(slot, v, 1);
    else add<S>(slot, -v, -1);
  }

  // False: NULL.
  bool result_in(const sum_slot<S>& slot, T& value) const {
    if (slot.count == 0) return false;
    if constexpr (std::is_same_v<T, int128>) {
      if (slot.overflowed) return false;
      value = slot.sum;
      if (what_ == result_of::average) {
        const auto average =
            decimal_divide(slot.sum, argument_scale_, slot.count, 0, {result_type.precision(), result_type.scale()});
        if (average) value = *average;
        return average.has_value();
      }
    } else {
      auto sum = static_cast<divided>(slot.sum);
      value = static_cast<T>(what_ == result_of::sum ? sum : sum / static_cast<divided>(slot.count));
    }
    return true;
  }

  using divided = std::conditional_t<std::is_integral_v<S>, int64_t, S>;

  result_of what_;
  int argument_scale_ = 0;
};

result<std::shared_ptr<const aggregate>> bind(const aggregate_request& request, result_of what) {
  const char* name = what == result_of::sum ? "SUM" : "AVG";
  if (request.types.size() != 1) return status{errc::invalid_argument, std::string{name} + " takes one argument"};
  const data_type& argument = request.types[0];
  if (!argument.is_numeric()) {
    return status{errc::type_mismatch, std::string{name} + " takes a number, not " + argument.to_string()};
  }
  auto made = with_physical(argument.physical(), [&](auto tag) -> std::shared_ptr<const aggregate> {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, string_ref> || std::is_same_v<T, uint8_t>) return nullptr;
    else if constexpr (std::is_integral_v<T>) return std::make_shared<sum_or_average<T, uint64_t>>(argument, what);
    else if constexpr (std::is_same_v<T, float>) {
      if (what == result_of::average) return std::make_shared<sum_or_average<float, double>>(argument, what);
      return std::make_shared<sum_or_average<float, float>>(argument, what);
    } else return std::make_shared<sum_or_average<T, T>>(argument, what);
  });
  return with_distinct(std::move(made), request);
}

} // namespace

void register_sum_avg(registry& into) {
  into.add(aggregate_definition{"SUM", "SUM([DISTINCT] number)",
                                "Sum in the type of the argument (integers wrap, DECIMAL gets 38 digits).",
                                [](const aggregate_request& r) { return bind(r, result_of::sum); }});
  into.add(aggregate_definition{"AVG", "AVG([DISTINCT] number)",
                                "Mean in the type of the argument: of integers it is truncated.",
                                [](const aggregate_request& r) { return bind(r, result_of::average); }});
}

} // namespace levada::aggregates
