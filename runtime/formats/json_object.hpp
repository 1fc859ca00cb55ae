// One JSON object into one row: the wanted fields go straight from simdjson's On-Demand into columns.
#pragma once

#include <string>
#include <vector>

#include "simdjson.h"

#include "runtime/formats/json.hpp"
#include "runtime/formats/json_shape.hpp"

namespace levada {

namespace ondemand = simdjson::ondemand;

class json_object_reader {
 public:
  json_object_reader(json_object_shape shape, const json_read_options& options);

  // Whether strings may point into the text that is read.
  void share_text(bool share) { share_text_ = share; }
  // Appends one row to the columns, which have `rows`; or nothing, and reason() says why. The object is at its begin.
  bool read(ondemand::object& object, std::vector<column>& columns, uint32_t rows);
  const std::string& reason() const { return reason_; }

 private:
  bool read_fields(ondemand::object& object, json_object_shape& shape, column* columns);
  int find_key(ondemand::field& from, json_object_shape& shape, size_t position);
  int look_up(ondemand::field& from, json_object_shape& shape, size_t position);
  bool read_cell(ondemand::value& value, json_cell& what, column& into);
  bool read_value(ondemand::value& value, json_cell& what, column& into);
  bool read_string(ondemand::value& value, std::string_view token, column& into);
  bool read_array(ondemand::value& value, json_cell& what, column& into);
  bool read_map(ondemand::value& value, json_cell& what, column& into);
  // The text of a string or of any other scalar; valid until the next document.
  bool scalar_text(ondemand::value& value, std::string_view token, std::string_view& text);

  bool fail(std::string reason);
  bool broken(simdjson::error_code code);
  bool mismatch(const json_cell& what, std::string_view token);

  json_object_shape shape_;
  json_read_options options_;
  timestamp_parser timestamps_;
  std::string scratch_;
  std::string reason_;
  bool broken_ = false; // the text is no JSON: nothing more can be read from it
  bool share_text_ = false;
};

} // namespace levada
