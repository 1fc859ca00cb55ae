// VAR_SAMP, VAR_POP, STDDEV_SAMP, STDDEV_POP the way Flink plans them: from SUM(x), SUM(x * x) and COUNT(x) in the
// arithmetic of the argument's type. So integers truncate at every division, FLOAT sums in FLOAT, and DECIMAL rounds to
// six digits or its own scale.
#include <cmath>
#include <type_traits>

#include "runtime/aggregates/accumulate.hpp"
#include "runtime/aggregates/distinct.hpp"
#include "runtime/aggregates/kept_value.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/registry.hpp"

namespace levada::aggregates {

namespace {

template <class S>
struct variance_slot {
  S sum;
  S squares;
  int64_t count;
  int64_t overflowed; // DECIMAL only
};

struct variance_kind {
  bool sample;
  bool root;
};

template <class T>
class variance final : public aggregate {
  using S = std::conditional_t<std::is_integral_v<T>, int64_t, T>;
  using slot_type = variance_slot<S>;

 public:
  variance(const data_type& argument, variance_kind kind) : kind_(kind) {
    arguments = {argument};
    slot_bytes = aligned(sizeof(slot_type));
    can_retract = true;
    result_type = argument.as_nullable();
    if constexpr (std::is_same_v<T, int128>) {
      scale_ = argument.scale();
      result_type = data_type::decimal(decimal_precision_max, std::max(6, scale_));
    }
  }

  void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
              const row_kind* kinds) const override {
    for_each_value<slot_type, T>(
        blocks, offset, rows, *args[0], kinds, [](slot_type& slot, const T& value, bool addition) {
          S v = static_cast<S>(value);
          add(slot, addition ? v : negated(v), product(v, addition ? v : negated(v)), addition ? 1 : -1);
        });
  }

  void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t n) const override {
    for_each_pair<slot_type>(into, from, offset, n, [](slot_type& a, const slot_type& b) {
      add(a, b.sum, b.squares, b.count);
      a.overflowed |= b.overflowed;
    });
  }

  void finish(const std::byte* const* blocks, uint32_t offset, uint32_t n, column& out) const override {
    append_results<slot_type, T>(blocks, offset, n, out, [this](const slot_type& slot, T& value) {
      int64_t divisor = slot.count - (kind_.sample ? 1 : 0);
      if (slot.count <= 0 || divisor <= 0 || slot.overflowed) return false;
      if constexpr (std::is_same_v<T, int128>) return finish_decimal(slot, divisor, value);
      else {
        S mean_square = product(slot.sum, slot.sum) / static_cast<S>(slot.count);
        S spread = difference(slot.squares, mean_square) / static_cast<S>(divisor);
        value = static_cast<T>(kind_.root ? static_cast<S>(std::sqrt(static_cast<double>(spread))) : spread);
        return true;
      }
    });
  }

  void save(const std::byte* slot, msgpack_writer& out) const override {
    const auto& s = slot_at<slot_type>(slot, 0);
    out.put_array_header(4);
    save_value(s.sum, out);
    save_value(s.squares, out);
    out.put_int(s.count);
    out.put_int(s.overflowed);
  }

  void load(std::byte* slot, msgpack_reader& in) const override {
    auto& s = *reinterpret_cast<slot_type*>(slot);
    in.get_array_header();
    s.sum = load_value<S>(in);
    s.squares = load_value<S>(in);
    s.count = in.get_int();
    s.overflowed = in.get_int();
  }

 private:
  // Integers wrap, as in Java; signed overflow would be undefined.
  static S product(S a, S b) {
    if constexpr (std::is_integral_v<S>) return static_cast<S>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    else return a * b;
  }
  static S difference(S a, S b) {
    if constexpr (std::is_integral_v<S>) return static_cast<S>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
    else return a - b;
  }
  static S negated(S a) { return difference(S{0}, a); }

  static void add(slot_type& slot, S sum, S squares, int64_t count) {
    if constexpr (std::is_same_v<S, int128>) {
      if (!decimal_accumulate(slot.sum, sum) || !decimal_accumulate(slot.squares, squares)) slot.overflowed = 1;
    } else if constexpr (std::is_integral_v<S>) {
      slot.sum = difference(slot.sum, negated(sum));
      slot.squares = difference(slot.squares, negated(squares));
    } else {
      slot.sum += sum;
      slot.squares += squares;
    }
    slot.count += count;
  }

  bool finish_decimal(const slot_type& slot, int64_t divisor, int128& value) const {
    double sum = static_cast<double>(slot.sum);
    if (scale_ * 2 > decimal_precision_max || std::fabs(sum) > 1e18) return false;
    const int scale = result_type.scale();
    const decimal_shape to{result_type.precision(), scale};
    const auto mean_square = decimal_divide(slot.sum * slot.sum, scale_ * 2, slot.count, 0, to);
    const auto squares = decimal_rescale(slot.squares, scale_ * 2, to);
    if (!mean_square || !squares) return false;
    const auto spread = decimal_divide(*squares - *mean_square, scale, divisor, 0, to);
    if (!spread) return false;
    value = *spread;
    if (kind_.root) {
      double unit = std::pow(10.0, scale);
      value = static_cast<int128>(std::floor(std::sqrt(static_cast<double>(value) / unit) * unit + 0.5));
    }
    return true;
  }

  variance_kind kind_;
  int scale_ = 0;
};

result<std::shared_ptr<const aggregate>> bind(const aggregate_request& request, variance_kind kind) {
  if (request.types.size() != 1 || !request.types[0].is_numeric()) {
    return status{errc::type_mismatch, "the variance and the standard deviation take one number"};
  }
  auto made = with_physical(request.types[0].physical(), [&](auto tag) -> std::shared_ptr<const aggregate> {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, string_ref> || std::is_same_v<T, uint8_t>) return nullptr;
    else return std::make_shared<variance<T>>(request.types[0], kind);
  });
  return with_distinct(std::move(made), request);
}

void add(registry& into, const char* name, const char* summary, variance_kind kind) {
  into.add(aggregate_definition{name, std::string{name} + "([DISTINCT] number)", summary,
                                [kind](const aggregate_request& r) { return bind(r, kind); }});
}

} // namespace

void register_variance(registry& into) {
  add(into, "VAR_SAMP", "Variance of a sample (divided by count - 1).", {true, false});
  add(into, "VAR_POP", "Variance of a population (divided by count).", {false, false});
  add(into, "STDDEV_SAMP", "Square root of VAR_SAMP.", {true, true});
  add(into, "STDDEV_POP", "Square root of VAR_POP.", {false, true});
}

} // namespace levada::aggregates
