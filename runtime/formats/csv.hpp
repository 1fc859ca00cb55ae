// The halves of the `csv` format, and what they share. RFC 4180 with Flink's (Jackson's) liberties: any single
// delimiter and quote, an optional escape character, '#' comments, spaces behind a closing quote.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/formats/format.hpp"

namespace levada {

struct csv_dialect {
  char delimiter = ',';
  char quote = '"';
  bool quoting = true;
  std::optional<char> escape;
  bool comments = false;
  std::optional<std::string> null_literal;
  std::string element_delimiter = ";"; // between the elements of an ARRAY and the fields of a ROW
  bool ignore_parse_errors = false;    // a bad record is passed over, a bad field is NULL
  bool scientific_decimals = true;     // as BigDecimal.toString: 1E+6
};

// Cuts records into fields.
class csv_splitter {
 public:
  enum class outcome : uint8_t {
    record,     // fields() are those of one record
    nothing,    // a comment
    incomplete, // the input ends within a record
    malformed,  // reason() says why; the record ends at the next line end
  };

  explicit csv_splitter(const csv_dialect& dialect);

  // Takes one record from the front of `input`, at most up to its end. `consumed` is set unless incomplete.
  outcome split(std::string_view input, bool end_of_input, size_t& consumed);

  struct field_text {
    std::string_view text;
    bool copied = false; // into memory of the splitter, until the next call; else a part of the input
  };
  std::span<const field_text> fields() const { return {fields_.data(), count_}; }
  std::string_view reason() const { return reason_; }

 private:
  struct cursor;
  outcome split_quoted(cursor& at);
  outcome split_plain(cursor& at);
  char unescaped(char c) const;
  size_t find_quote(std::string_view input, size_t from) const;
  void add(std::string_view text, bool copied);
  outcome fail(std::string_view reason);

  csv_dialect dialect_;
  bool special_[256] = {};         // ends or changes a plain field
  std::vector<field_text> fields_; // the first count_ are of this record
  size_t count_ = 0;
  std::vector<size_t> copied_from_; // offset in copies_ of each field that is copied
  std::string copies_;
  std::string_view reason_;
};

result<std::unique_ptr<decoder>> make_csv_decoder(const std::vector<field>& fields, const std::vector<uint32_t>& needed,
                                                  const csv_dialect& dialect);
result<std::unique_ptr<encoder>> make_csv_encoder(const std::vector<field>& fields, const csv_dialect& dialect);

} // namespace levada
