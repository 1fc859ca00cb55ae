// debezium-json, written as Flink writes it: every change of a table as one record with the row before or after it. An
// update is its deletion and its insertion. What it buys: a changelog can go into files and topics.
#include "rapidjson/writer.h"

#include "runtime/formats/json.hpp"
#include "runtime/registry.hpp"

namespace levada::formats {

namespace {

struct string_stream {
  using Ch = char;
  std::string* out;
  void Put(char c) { out->push_back(c); }
  void Flush() {}
};

class debezium_encoder final : public encoder {
 public:
  explicit debezium_encoder(std::unique_ptr<encoder> rows) : rows_(std::move(rows)) {}

  status encode(const batch& rows, std::string& out, std::vector<size_t>* row_ends) override {
    // The row itself is plain JSON; what kind of change it is stands around it.
    batch plain = rows;
    plain.kinds = nullptr;
    records_.clear();
    record_ends_.clear();
    if (auto s = rows_->encode(plain, records_, &record_ends_); !s.ok()) return s;
    string_stream stream{&out};
    row_set selected = rows.selected();
    size_t begin = 0;
    for (uint32_t i = 0; i < selected.count; ++i) {
      size_t end = record_ends_[i] - 1; // without the line end
      bool addition = is_addition(rows.kind(selected[i]));
      writer_.Reset(stream);
      writer_.StartObject();
      write_side("before", !addition, begin, end);
      write_side("after", addition, begin, end);
      writer_.Key("op");
      writer_.String(addition ? "c" : "d");
      writer_.EndObject();
      out += '\n';
      if (row_ends) row_ends->push_back(out.size());
      begin = record_ends_[i];
    }
    return {};
  }

 private:
  void write_side(const char* name, bool present, size_t begin, size_t end) {
    writer_.Key(name);
    if (present) writer_.RawValue(records_.data() + begin, end - begin, rapidjson::kObjectType);
    else writer_.Null();
  }

  std::unique_ptr<encoder> rows_;
  rapidjson::Writer<string_stream> writer_;
  std::string records_;
  std::vector<size_t> record_ends_;
};

result<std::unique_ptr<encoder>> make_encoder(const format_spec& spec) {
  auto rows = make_json_encoder(spec.fields, {});
  if (!rows.ok()) return rows.error();
  return std::unique_ptr<encoder>(std::make_unique<debezium_encoder>(std::move(*rows)));
}

} // namespace

void register_debezium_json(registry& into) {
  format_definition definition;
  definition.name = "debezium-json";
  definition.summary = "changes of a table as JSON: before, after, op";
  definition.carries_changes = true;
  definition.make_encoder = make_encoder;
  into.add(std::move(definition));
}

} // namespace levada::formats
