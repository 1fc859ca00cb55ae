// One column, its bytes as they are. A message is one value; in a file or stream, values end with a newline.
#include <array>
#include <bit>
#include <cstring>

#include "runtime/formats/text_cell.hpp"
#include "runtime/registry.hpp"

namespace levada::formats {

namespace {

constexpr std::array<std::string_view, 1> charsets = {"utf-8"};
constexpr std::array<std::string_view, 2> byte_orders = {"big-endian", "little-endian"};

struct raw_layout {
  data_type type;
  std::string name;
  uint32_t width = 0; // of a number; 0: text or bytes
  bool swapped = false;
};

result<raw_layout> read_layout(const format_spec& spec) {
  auto charset = spec.options->one_of("raw.charset", charsets, "utf-8");
  if (!charset.ok()) return charset.error();
  auto order = spec.options->one_of("raw.endianness", byte_orders, "big-endian");
  if (!order.ok()) return order.error();
  if (spec.fields.size() != 1) {
    return status{errc::unsupported, "the raw format has exactly one physical column, this table has " +
                                         std::to_string(spec.fields.size())};
  }
  raw_layout layout{spec.fields[0].type, spec.fields[0].name};
  bool number = layout.type.is_integer() || layout.type.is_approximate() || layout.type.kind() == type_kind::boolean;
  if (number) layout.width = width_of(layout.type.physical());
  if (!number && !layout.type.is_string() && !layout.type.is_bytes()) {
    return status{errc::unsupported, "column '" + layout.name + "': raw cannot carry " + layout.type.to_string()};
  }
  layout.swapped = (*order == "big-endian") == (std::endian::native == std::endian::little);
  return layout;
}

template <class T>
T load(const char* from, bool swapped) {
  char bytes[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) bytes[i] = from[swapped ? sizeof(T) - 1 - i : i];
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

class raw_decoder final : public decoder {
 public:
  raw_decoder(raw_layout layout, bool messages, bool wanted)
      : layout_(std::move(layout)), messages_(messages), wanted_(wanted) {}

  result<decode_result> decode(const chunk& input, bool end_of_input, decode_target& into) override {
    decode_result done;
    std::string_view rest = input.bytes;
    if (messages_) {
      // An empty payload is an empty string, but no number.
      return append(rest, into) ? result<decode_result>(decode_result{rest.size(), 0}) : malformed(0, rest);
    }
    bool share = !layout_.width && wanted_ && share_chunk(input, into);
    while (!rest.empty() && into.rows < into.rows_max) {
      size_t end;
      if (layout_.width > 0) {
        // A byte of a number may look like a newline.
        if (rest.size() <= layout_.width && !end_of_input) break;
        end = std::min<size_t>(layout_.width, rest.size());
        if (rest.size() > end && rest[end] != '\n') return malformed(done.consumed, rest);
      } else {
        end = rest.find('\n');
        if (end == std::string_view::npos && !end_of_input) break;
        end = std::min(end, rest.size());
      }
      if (!append(rest.substr(0, end), into, share)) return malformed(done.consumed, rest);
      size_t consumed = std::min(end + 1, rest.size());
      done.consumed += consumed;
      rest.remove_prefix(consumed);
    }
    return done;
  }

 private:
  status malformed(size_t at, std::string_view rest) const {
    return {errc::malformed_record, "byte " + std::to_string(at) + ": expected " + std::to_string(layout_.width) +
                                        " bytes of " + layout_.type.to_string() + ", got " +
                                        std::to_string(rest.size())};
  }

  bool append(std::string_view bytes, decode_target& into, bool share = false) const {
    if (layout_.width > 0 && bytes.size() != layout_.width) return false;
    if (wanted_) {
      column& to = into.columns[0];
      switch (layout_.type.physical()) {
      case physical_type::u8: to.push<uint8_t>(bytes[0] != 0); break;
      case physical_type::i8: to.push(static_cast<int8_t>(bytes[0])); break;
      case physical_type::i16: to.push(load<int16_t>(bytes.data(), layout_.swapped)); break;
      case physical_type::i32: to.push(load<int32_t>(bytes.data(), layout_.swapped)); break;
      case physical_type::i64: to.push(load<int64_t>(bytes.data(), layout_.swapped)); break;
      case physical_type::f32: to.push(load<float>(bytes.data(), layout_.swapped)); break;
      case physical_type::f64: to.push(load<double>(bytes.data(), layout_.swapped)); break;
      default:
        if (share && layout_.type.is_string()) to.push(string_ref{bytes});
        else to.push_string(bytes);
      }
    }
    ++into.rows;
    return true;
  }

  raw_layout layout_;
  bool messages_;
  bool wanted_;
};

class raw_encoder final : public encoder {
 public:
  explicit raw_encoder(raw_layout layout) : layout_(std::move(layout)) {}

  status encode(const batch& rows, std::string& out, std::vector<size_t>* row_ends) override {
    const column& from = *rows.columns[0];
    row_set selected = rows.selected();
    for (uint32_t i = 0; i < selected.count; ++i) {
      uint32_t row = selected[i];
      if (rows.kind(row) != row_kind::insert) {
        return {errc::unsupported, "raw cannot carry the change " + std::string(to_string(rows.kind(row)))};
      }
      if (!from.is_null(row)) append(from, row, out); // NULL: an empty record, as in Flink
      if (row_ends) row_ends->push_back(out.size());
    }
    return {};
  }

  bool self_delimiting() const override { return false; }

 private:
  void append(const column& from, uint32_t row, std::string& out) const {
    if (layout_.width == 0) {
      out += from.at<string_ref>(row).view();
      return;
    }
    const char* bytes = from.data<char>() + size_t{from.is_constant() ? 0 : row} * layout_.width;
    for (uint32_t i = 0; i < layout_.width; ++i) out += bytes[layout_.swapped ? layout_.width - 1 - i : i];
  }

  raw_layout layout_;
};

} // namespace

void register_raw(registry& into) {
  format_definition definition;
  definition.name = "raw";
  definition.summary = "one column, its bytes as they are";
  definition.options = {
      {"raw.charset", "enum UTF-8", "UTF-8", "of text"},
      {"raw.endianness", "enum big-endian|little-endian", "big-endian", "of numbers"},
  };
  definition.make_decoder = [](const format_spec& spec) -> result<std::unique_ptr<decoder>> {
    auto layout = read_layout(spec);
    if (!layout.ok()) return layout.error();
    return std::unique_ptr<decoder>(new raw_decoder(std::move(*layout), spec.messages, !spec.needed.empty()));
  };
  definition.make_encoder = [](const format_spec& spec) -> result<std::unique_ptr<encoder>> {
    auto layout = read_layout(spec);
    if (!layout.ok()) return layout.error();
    return std::unique_ptr<encoder>(new raw_encoder(std::move(*layout)));
  };
  into.add(std::move(definition));
}

} // namespace levada::formats
