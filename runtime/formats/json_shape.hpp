// Which fields of a JSON object are wanted, and where they were found last time: the records of a stream nearly always
// have the same keys in the same order.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"
#include "runtime/formats/format.hpp"

namespace levada {

struct json_cell;

struct json_object_shape {
  static constexpr int unwanted = -1;

  // The index in cells of the key at `position` of an object, whose text begins at `raw` (behind the opening quote) and
  // is followed by chunk_padding readable bytes; unknown when it must be looked up.
  static constexpr int unknown = -2;
  int expected_at(size_t position, const char* raw) const {
    return position < expected.size() && expected[position].matches(raw) ? expected[position].index : unknown;
  }
  int find(std::string_view name) const;
  // `key` is the text of the key with its closing quote, without escapes.
  void remember(size_t position, std::string_view key, int index);

  // A key and its closing quote; its first 16 bytes are compared at once.
  class expected_key {
   public:
    expected_key() = default;
    expected_key(std::string_view key, int found);
    bool matches(const char* raw) const {
      uint64_t text[2];
      static_assert(sizeof text <= chunk_padding);
      std::memcpy(text, raw, sizeof text);
      bool same = (((text[0] & mask_[0]) ^ head_[0]) | ((text[1] & mask_[1]) ^ head_[1])) == 0;
      return same && known_ && (tail_.empty() || std::memcmp(raw + sizeof text, tail_.data(), tail_.size()) == 0);
    }
    int index = unwanted;

   private:
    uint64_t head_[2] = {0, 0};
    uint64_t mask_[2] = {0, 0};
    std::string tail_;
    bool known_ = false;
  };

  std::vector<json_cell> cells;
  std::map<std::string, int, std::less<>> by_name;
  std::vector<expected_key> expected; // by position
  uint64_t objects = 0;               // read so far
};

// A wanted field, or the element of an ARRAY or the value of a MAP.
struct json_cell {
  std::string name;
  data_type type;
  json_object_shape fields;        // ROW
  std::vector<json_cell> elements; // ARRAY: 1, MAP: 1 (the value)
  uint64_t seen_in = 0;            // the number of the object it was last found in
};

// errc::unsupported names the column that JSON cannot carry.
status make_json_shape(const std::vector<field>& fields, json_object_shape& shape);

} // namespace levada
