#include "runtime/connectors/datagen_random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/connectors/split_mix.hpp"
#include "runtime/datetime.hpp"

namespace levada {

namespace {

constexpr int32_t string_length_default = 100;
constexpr int32_t collection_length_default = 3;
constexpr int64_t length_max = 1 << 20;

class random_bits {
 public:
  random_bits(uint64_t seed, uint64_t row) : state_(split_mix(seed ^ split_mix(row))) {}
  uint64_t next() { return state_ = split_mix(state_); }
  // Uniform in [0, bound); bound 0: all 64 bits.
  uint64_t below(uint64_t bound) { return bound == 0 ? next() : next() % bound; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

class random_column : public generated_column {
 public:
  random_column(uint64_t seed, double null_rate) : seed_(seed), null_rate_(null_rate) {}
  void append(const generated_row& row, column& into) const final {
    random_bits bits{seed_, row.number};
    if (null_rate_ > 0 && bits.unit() < null_rate_) into.push_null();
    else fill(bits, row, into);
  }

 protected:
  virtual void fill(random_bits& bits, const generated_row& row, column& into) const = 0;

 private:
  uint64_t seed_;
  double null_rate_;
};

class random_boolean final : public random_column {
 public:
  using random_column::random_column;

 protected:
  void fill(random_bits& bits, const generated_row&, column& into) const override {
    into.push(static_cast<uint8_t>(bits.next() >> 63));
  }
};

template <class T>
class random_integer final : public random_column {
 public:
  random_integer(uint64_t seed, double null_rate, int64_t low, int64_t high)
      : random_column(seed, null_rate), low_(low), span_(static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1) {
  }

 protected:
  void fill(random_bits& bits, const generated_row&, column& into) const override {
    into.push(static_cast<T>(static_cast<uint64_t>(low_) + bits.below(span_)));
  }

 private:
  int64_t low_;
  uint64_t span_; // 0: the whole range of 64 bits
};

class random_range : public random_column {
 public:
  random_range(uint64_t seed, double null_rate, double low, double high)
      : random_column(seed, null_rate), low_(low), high_(high) {}

 protected:
  // Never overflows, unlike low + share * (high - low).
  double draw(random_bits& bits) const {
    double share = bits.unit();
    return low_ * (1 - share) + high_ * share;
  }

 private:
  double low_;
  double high_;
};

template <class T>
class random_real final : public random_range {
 public:
  using random_range::random_range;

 protected:
  void fill(random_bits& bits, const generated_row&, column& into) const override {
    into.push(static_cast<T>(draw(bits)));
  }
};

class random_decimal final : public random_range {
 public:
  using random_range::random_range;

 protected:
  void fill(random_bits& bits, const generated_row&, column& into) const override {
    double value = std::round(draw(bits) * std::pow(10.0, into.type().scale()));
    double limit = std::pow(10.0, into.type().precision());
    if (value >= limit) value = std::nextafter(limit, 0);
    if (value <= -limit) value = -std::nextafter(limit, 0);
    into.push(int128{value});
  }
};

class random_text final : public random_column {
 public:
  random_text(uint64_t seed, double null_rate, int32_t length, bool variable, bool bytes)
      : random_column(seed, null_rate), length_(length), variable_(variable), bytes_(bytes) {}

 protected:
  void fill(random_bits& bits, const generated_row&, column& into) const override {
    auto length = static_cast<size_t>(length_);
    if (variable_ && length > 0) length = 1 + static_cast<size_t>(bits.below(length));
    std::string text(length, '\0');
    size_t i = 0;
    while (i < length) {
      uint64_t word = bits.next();
      for (int k = 0; k < (bytes_ ? 8 : 16) && i < length; ++k, ++i) {
        text[i] = bytes_ ? static_cast<char>(word >> (8 * k)) : "0123456789abcdef"[word >> (4 * k) & 15];
      }
    }
    into.push_string(text);
  }

 private:
  int32_t length_;
  bool variable_;
  bool bytes_;
};

// DATE and TIME are those of the row's time; a timestamp lies up to max_past before it.
class random_time final : public random_column {
 public:
  random_time(uint64_t seed, double null_rate, int64_t past_ms_max)
      : random_column(seed, null_rate), past_ms_max_(past_ms_max) {}

 protected:
  void fill(random_bits& bits, const generated_row& row, column& into) const override {
    switch (into.type().kind()) {
    case type_kind::date: into.push(static_cast<int32_t>(row.time_us / us_per_day)); break;
    case type_kind::time: into.push(static_cast<int32_t>(row.time_us % us_per_day / 1000)); break;
    default: {
      int64_t past = past_ms_max_ > 0 ? static_cast<int64_t>(bits.below(static_cast<uint64_t>(past_ms_max_))) : 0;
      into.push((row.time_us / 1000 - past) * 1000);
    }
    }
  }

 private:
  int64_t past_ms_max_;
};

class random_collection final : public random_column {
 public:
  random_collection(uint64_t seed, double null_rate, int32_t length, bool variable,
                    std::vector<std::unique_ptr<generated_column>> parts)
      : random_column(seed, null_rate), length_(length), variable_(variable), parts_(std::move(parts)) {}

 protected:
  void fill(random_bits& bits, const generated_row& row, column& into) const override {
    auto length = static_cast<uint32_t>(length_);
    if (variable_ && length > 0) length = 1 + static_cast<uint32_t>(bits.below(length));
    list_ref list{into.children()[0].size(), length};
    for (uint32_t i = 0; i < length; ++i) {
      generated_row element{row.number * static_cast<uint64_t>(length_max) + i, row.time_us};
      for (size_t p = 0; p < parts_.size(); ++p) parts_[p]->append(element, into.children()[p]);
    }
    into.push(list);
  }

 private:
  int32_t length_;
  bool variable_;
  std::vector<std::unique_ptr<generated_column>> parts_;
};

class random_record final : public random_column {
 public:
  random_record(uint64_t seed, double null_rate, std::vector<std::unique_ptr<generated_column>> parts)
      : random_column(seed, null_rate), parts_(std::move(parts)) {}

  // One of the fields may be a sequence.
  int64_t rows_max() const override {
    int64_t least = -1;
    for (const auto& part : parts_) {
      int64_t rows = part->rows_max();
      if (rows >= 0 && (least < 0 || rows < least)) least = rows;
    }
    return least;
  }

 protected:
  void fill(random_bits&, const generated_row& row, column& into) const override {
    uint32_t at = into.size();
    for (size_t i = 0; i < parts_.size(); ++i) parts_[i]->append(row, into.children()[i]);
    into.resize(at + 1);
  }

 private:
  std::vector<std::unique_ptr<generated_column>> parts_;
};

template <class T>
made_column make_random_integer(column_options& options, uint64_t seed, double null_rate) {
  constexpr int64_t least = std::numeric_limits<T>::min();
  constexpr int64_t most = std::numeric_limits<T>::max();
  auto low = options.integer("min", least, least, most);
  if (!low.ok()) return low.error();
  auto high = options.integer("max", most, least, most);
  if (!high.ok()) return high.error();
  if (*low > *high) {
    return status{errc::invalid_option, "'" + options.key("min") + "' is greater than '" + options.key("max") + "'"};
  }
  return std::unique_ptr<generated_column>(new random_integer<T>(seed, null_rate, *low, *high));
}

template <class C>
made_column make_random_real(column_options& options, uint64_t seed, double null_rate, double least, double most) {
  auto low = options.real("min", least);
  if (!low.ok()) return low.error();
  auto high = options.real("max", most);
  if (!high.ok()) return high.error();
  if (*low > *high) {
    return status{errc::invalid_option, "'" + options.key("min") + "' is greater than '" + options.key("max") + "'"};
  }
  return std::unique_ptr<generated_column>(new C(seed, null_rate, *low, *high));
}

made_column make_random_text(const data_type& type, column_options& options, uint64_t seed, double null_rate) {
  bool fixed = type.kind() == type_kind::character || type.kind() == type_kind::binary;
  int32_t otherwise = fixed ? type.length() : std::min(type.length(), string_length_default);
  auto length = options.integer("length", otherwise, 0, std::min<int64_t>(length_max, type.length()));
  if (!length.ok()) return length.error();
  if (fixed && *length != type.length()) {
    return status{errc::invalid_option, "'" + options.key("length") + "': " + type.to_string() + " has its own length"};
  }
  auto variable = options.boolean("var-len");
  if (!variable.ok()) return variable.error();
  return std::unique_ptr<generated_column>(
      new random_text(seed, null_rate, static_cast<int32_t>(*length), *variable && !fixed, type.is_bytes()));
}

made_column make_nested(const std::string& name, const data_type& type, column_options& options, uint64_t seed,
                        double null_rate) {
  std::vector<std::unique_ptr<generated_column>> parts;
  for (const field& part : type.fields()) {
    auto made =
        make_generated_column(name + "." + part.name, part.type, options.all(), split_mix(seed + parts.size() + 1));
    if (!made.ok()) return made;
    parts.push_back(std::move(*made));
  }
  if (type.kind() == type_kind::row) {
    return std::unique_ptr<generated_column>(new random_record(seed, null_rate, std::move(parts)));
  }
  auto length = options.integer("length", collection_length_default, 0, length_max);
  if (!length.ok()) return length.error();
  auto variable = options.boolean("var-len");
  if (!variable.ok()) return variable.error();
  return std::unique_ptr<generated_column>(
      new random_collection(seed, null_rate, static_cast<int32_t>(*length), *variable, std::move(parts)));
}

} // namespace

made_column make_random_column(const std::string& name, const data_type& type, column_options& options, uint64_t seed) {
  auto rate = options.null_rate();
  if (!rate.ok()) return rate.error();
  switch (type.kind()) {
  case type_kind::boolean: return std::unique_ptr<generated_column>(new random_boolean(seed, *rate));
  case type_kind::tinyint: return make_random_integer<int8_t>(options, seed, *rate);
  case type_kind::smallint: return make_random_integer<int16_t>(options, seed, *rate);
  case type_kind::integer:
  case type_kind::interval_month: return make_random_integer<int32_t>(options, seed, *rate);
  case type_kind::bigint:
  case type_kind::interval_day: return make_random_integer<int64_t>(options, seed, *rate);
  case type_kind::float32: {
    constexpr double most = std::numeric_limits<float>::max();
    return make_random_real<random_real<float>>(options, seed, *rate, std::numeric_limits<float>::min(), most);
  }
  case type_kind::float64: {
    constexpr double most = std::numeric_limits<double>::max();
    return make_random_real<random_real<double>>(options, seed, *rate, std::numeric_limits<double>::min(), most);
  }
  case type_kind::decimal:
    return make_random_real<random_decimal>(options, seed, *rate, std::numeric_limits<double>::min(),
                                            std::numeric_limits<double>::max());
  case type_kind::character:
  case type_kind::varchar:
  case type_kind::binary:
  case type_kind::varbinary: return make_random_text(type, options, seed, *rate);
  case type_kind::date:
  case type_kind::time: return std::unique_ptr<generated_column>(new random_time(seed, *rate, 0));
  case type_kind::timestamp:
  case type_kind::timestamp_ltz: {
    auto past = options.all().duration_ms(options.key("max-past"), 0);
    if (!past.ok()) return past.error();
    return std::unique_ptr<generated_column>(new random_time(seed, *rate, *past));
  }
  case type_kind::array:
  case type_kind::map:
  case type_kind::row: return make_nested(name, type, options, seed, *rate);
  case type_kind::null: break;
  }
  return status{errc::unsupported, "column '" + name + "': datagen cannot make " + type.to_string()};
}

} // namespace levada
