// What a column of a senml-json table stands for, and its value in a record.
#pragma once

#include <string>
#include <string_view>

#include "runtime/formats/senml_records.hpp"
#include "runtime/formats/text_cell.hpp"

namespace levada {

enum class senml_role : uint8_t { name, base_name, unit, value, text, boolean, data, sum, time, update, measured };

struct senml_column {
  std::string name;
  data_type type;
  senml_role meaning = senml_role::measured;
};

// The field of a record that a column of this name stands for; measured: it is no field, but what a record is called.
senml_role senml_role_of(std::string_view column);

// errc::unsupported when the type cannot hold what the column stands for.
status check_senml_column(const senml_column& wanted);

// Appends values to columns. False, here and below: failure() says why, and nothing was appended. Threads: one.
class senml_cells {
 public:
  senml_cells() : timestamps_(timestamp_style::sql) {}

  // Whether strings may point into the text the records were parsed from.
  void share_text(bool share) { share_ = share; }

  // The field of the record that `wanted` stands for; NULL where the record has none.
  bool append(const senml_column& wanted, const senml_record& record, column& to);
  // The record's value, of whatever kind it is.
  bool append_measured(const senml_column& wanted, const senml_record& record, column& to);
  static void append_time(const senml_record& record, column& to);

  const std::string& failure() const { return failure_; }

 private:
  bool append_number(const senml_column& wanted, std::string_view text, double base, column& to);
  void append_text(std::string_view text, bool in_place, column& to);
  bool mismatch(const senml_column& wanted, std::string_view text);

  timestamp_parser timestamps_;
  bool share_ = false;
  std::string scratch_;
  std::string failure_;
};

} // namespace levada
