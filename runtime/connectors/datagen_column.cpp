#include "runtime/connectors/datagen_column.hpp"

#include <array>
#include <limits>

#include "runtime/connectors/datagen_random.hpp"

namespace levada {

namespace {

class sequence_column final : public generated_column {
 public:
  sequence_column(int64_t start, int64_t end) : start_(start), end_(end) {}
  int64_t rows_max() const override { return end_ - start_ + 1; }
  void append(const generated_row& row, column& into) const override {
    int64_t value = start_ + static_cast<int64_t>(row.number);
    switch (into.type().physical()) {
    case physical_type::i8: into.push(static_cast<int8_t>(value)); break;
    case physical_type::i16: into.push(static_cast<int16_t>(value)); break;
    case physical_type::i32: into.push(static_cast<int32_t>(value)); break;
    case physical_type::i64: into.push(value); break;
    case physical_type::f32: into.push(static_cast<float>(value)); break;
    case physical_type::f64: into.push(static_cast<double>(value)); break;
    case physical_type::i128: {
      int128 unscaled = value;
      for (int i = 0; i < into.type().scale(); ++i) unscaled *= 10;
      into.push(unscaled);
      break;
    }
    default: into.push_string(std::to_string(value));
    }
  }

 private:
  int64_t start_;
  int64_t end_;
};

made_column make_sequence(const std::string& name, const data_type& type, column_options& options) {
  bool possible = type.is_numeric() || type.is_string();
  if (!possible) return status{errc::unsupported, "column '" + name + "': no sequence of " + type.to_string()};
  for (const char* what : {"start", "end"}) {
    if (!options.all().has(options.key(what))) {
      return status{errc::missing_option, "option '" + options.key(what) + "' is required for a sequence"};
    }
  }
  constexpr int64_t bound = std::numeric_limits<int64_t>::max() / 4;
  auto start = options.integer("start", 0, -bound, bound);
  if (!start.ok()) return start.error();
  auto end = options.integer("end", 0, *start, bound);
  if (!end.ok()) return end.error();
  return std::unique_ptr<generated_column>(new sequence_column(*start, *end));
}

} // namespace

result<std::unique_ptr<generated_column>> make_generated_column(const std::string& name, const data_type& type,
                                                                table_options& options, uint64_t seed) {
  constexpr std::array<std::string_view, 2> kinds = {"random", "sequence"};
  column_options own{name, options};
  auto kind = options.one_of(own.key("kind"), kinds, "random");
  if (!kind.ok()) return kind.error();
  return *kind == "sequence" ? make_sequence(name, type, own) : make_random_column(name, type, own, seed);
}

} // namespace levada
