#include "runtime/value_text.hpp"

#include "runtime/datetime.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/number_text.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

namespace {

class value_writer {
 public:
  value_writer(text_style style, const time_zone* zone, std::string& out) : style_(style), zone_(zone), out_(out) {}

  // `at` is the row as stored: 0 for a constant and for what lies below one.
  void append(const column& c, uint32_t at) {
    if (!c.valid().is_valid(at)) {
      out_ += is_sql() ? "NULL" : "null";
      return;
    }
    switch (c.type().kind()) {
    case type_kind::null: out_ += is_sql() ? "NULL" : "null"; break;
    case type_kind::boolean: append_boolean(c.data<uint8_t>()[at] & 1); break;
    case type_kind::tinyint: append_integer(c.data<int8_t>()[at], out_); break;
    case type_kind::smallint: append_integer(c.data<int16_t>()[at], out_); break;
    case type_kind::integer: append_integer(c.data<int32_t>()[at], out_); break;
    case type_kind::bigint: append_integer(c.data<int64_t>()[at], out_); break;
    case type_kind::float32: append_float(c.data<float>()[at], out_); break;
    case type_kind::float64: append_double(c.data<double>()[at], out_); break;
    case type_kind::decimal:
      if (is_sql()) {
        append_decimal(c.data<int128>()[at], c.type().scale(), out_);
      } else {
        append_java_decimal(c.data<int128>()[at], c.type().scale(), out_);
      }
      break;
    case type_kind::character:
    case type_kind::varchar: out_ += c.data<string_ref>()[at].view(); break;
    case type_kind::binary:
    case type_kind::varbinary: append_bytes(c.data<string_ref>()[at].view()); break;
    case type_kind::date: append_date(c.data<int32_t>()[at], out_); break;
    case type_kind::time:
      if (is_sql()) {
        append_time(c.data<int32_t>()[at], c.type().precision(), out_);
      } else {
        append_time_short(c.data<int32_t>()[at], out_);
      }
      break;
    case type_kind::timestamp: append_time_point(c.data<int64_t>()[at], c.type().precision()); break;
    case type_kind::timestamp_ltz:
      if (is_sql()) {
        append_time_point(local_from_utc(zone_, c.data<int64_t>()[at]), c.type().precision());
      } else {
        append_instant(c.data<int64_t>()[at]);
      }
      break;
    case type_kind::interval_month:
      if (is_sql()) {
        append_interval_month(c.data<int32_t>()[at], out_);
      } else {
        append_period(c.data<int32_t>()[at], out_);
      }
      break;
    case type_kind::interval_day:
      if (is_sql()) {
        append_interval_day(c.data<int64_t>()[at], out_);
      } else {
        append_duration(c.data<int64_t>()[at], out_);
      }
      break;
    case type_kind::array: append_list(c, c.data<list_ref>()[at]); break;
    case type_kind::map: append_map(c, c.data<list_ref>()[at]); break;
    case type_kind::row: append_row(c, at); break;
    }
  }

 private:
  bool is_sql() const { return style_ == text_style::sql; }

  void append_boolean(bool value) { out_ += is_sql() ? (value ? "TRUE" : "FALSE") : (value ? "true" : "false"); }

  void append_time_point(int64_t us, int precision) {
    if (is_sql()) {
      append_timestamp(us, precision, datetime_style::sql, out_);
    } else {
      append_timestamp_short(us, out_);
    }
  }

  // Java's Instant, unlike its LocalDateTime, always prints seconds.
  void append_instant(int64_t us) {
    int64_t fraction = floor_mod(us, us_per_second);
    append_timestamp(us, fraction == 0 ? 0 : fraction % 1000 == 0 ? 3 : 6, datetime_style::iso, out_);
    out_ += 'Z';
  }

  // print shows the numbers of Java's bytes, which are signed.
  void append_bytes(std::string_view bytes) {
    if (is_sql()) {
      out_ += bytes;
      return;
    }
    out_ += '[';
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (i > 0) out_ += ", ";
      append_integer(static_cast<int8_t>(bytes[i]), out_);
    }
    out_ += ']';
  }

  void append_list(const column& c, list_ref list) {
    out_ += '[';
    for (uint32_t i = 0; i < list.length; ++i) {
      if (i > 0) out_ += ", ";
      append(c.children()[0], list.offset + i);
    }
    out_ += ']';
  }

  void append_map(const column& c, list_ref list) {
    out_ += '{';
    for (uint32_t i = 0; i < list.length; ++i) {
      if (i > 0) out_ += ", ";
      append(c.children()[0], list.offset + i);
      out_ += '=';
      append(c.children()[1], list.offset + i);
    }
    out_ += '}';
  }

  void append_row(const column& c, uint32_t at) {
    out_ += is_sql() ? "(" : "+I[";
    for (size_t i = 0; i < c.children().size(); ++i) {
      if (i > 0) out_ += ", ";
      append(c.children()[i], at);
    }
    out_ += is_sql() ? ")" : "]";
  }

  text_style style_;
  const time_zone* zone_;
  std::string& out_;
};

} // namespace

void append_value_text(const column& values, uint32_t row, std::string& out, text_style style, const time_zone* zone) {
  value_writer{style, zone, out}.append(values, values.is_constant() ? 0 : row);
}

} // namespace levada
