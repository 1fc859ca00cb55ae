#include "levada/value_codec.hpp"

#include "storage/msgpack.hpp"

namespace levada {

namespace {

// A value is two tokens, its kind and its content: a timestamp must not come back as an integer.
void put_value(const value& v, msgpack_writer& out) {
  out.put_uint(v.index());
  switch (v.index()) {
  case 0: return out.put_nil();
  case 1: return out.put_bool(v.as_bool());
  case 2: return out.put_int(v.as_int());
  case 3: return out.put_double(std::get<double>(v));
  case 4: return out.put_str(v.as_string());
  default: return out.put_int(v.as_timestamp_us());
  }
}

value get_value(msgpack_reader& in) {
  switch (in.get_uint()) {
  case 0: return in.get_nil(), value{};
  case 1: return in.get_bool();
  case 2: return in.get_int();
  case 3: return in.get_double();
  case 4: return in.get_str();
  case 5: return timestamp_value{in.get_int()};
  default: return in.fail("unknown kind of value"), value{};
  }
}

} // namespace

void encode_values(const row& values, std::string& out) {
  msgpack_writer writer(out);
  writer.put_array_header(static_cast<uint32_t>(values.size() * 2));
  for (const auto& v : values) put_value(v, writer);
}

status decode_values(std::string_view bytes, row& out) {
  msgpack_reader reader(bytes);
  uint32_t tokens = reader.get_array_header();
  for (uint32_t i = 0; i + 1 < tokens && reader.ok(); i += 2) out.push_back(get_value(reader));
  return reader.failure();
}

void encode_entry(const std::map<std::string, value, std::less<>>& values, const std::set<int64_t>& timers,
                  std::string& out) {
  msgpack_writer writer(out);
  writer.put_array_header(static_cast<uint32_t>(values.size() * 3));
  for (const auto& [name, v] : values) {
    writer.put_str(name);
    put_value(v, writer);
  }
  writer.put_array_header(static_cast<uint32_t>(timers.size()));
  for (int64_t t : timers) writer.put_int(t);
}

status decode_entry(std::string_view bytes, std::map<std::string, value, std::less<>>& values,
                    std::set<int64_t>& timers) {
  msgpack_reader reader(bytes);
  uint32_t tokens = reader.get_array_header();
  for (uint32_t i = 0; i + 2 < tokens && reader.ok(); i += 3) {
    std::string name(reader.get_str());
    values[std::move(name)] = get_value(reader);
  }
  uint32_t count = reader.get_array_header();
  for (uint32_t i = 0; i < count && reader.ok(); ++i) timers.insert(reader.get_int());
  return reader.failure();
}

} // namespace levada
