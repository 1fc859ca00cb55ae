// Times from and to text: TO_TIMESTAMP, TO_TIMESTAMP_LTZ, TO_DATE, DATE_FORMAT, UNIX_TIMESTAMP, FROM_UNIXTIME, CONVERT_TZ.
#include <limits>
#include <memory>

#include "platform/clock.hpp"
#include "runtime/datetime.hpp"
#include "runtime/functions/cast_kernels.hpp"
#include "runtime/functions/date_pattern.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

namespace {

using text = std::string_view;

constexpr const char* default_pattern = "yyyy-MM-dd HH:mm:ss";
constexpr int precision = 3; // of the timestamps these functions make

constexpr auto lenient = date_pattern::reading::lenient;

using shared_pattern = std::shared_ptr<const date_pattern>;

result<shared_pattern> compile(std::string_view pattern) {
  auto compiled = date_pattern::compile(pattern);
  if (!compiled.ok()) return compiled.error();
  return std::make_shared<const date_pattern>(std::move(*compiled));
}

// The pattern in argument `at`, which must be a literal; the default when there is no such argument.
result<shared_pattern> pattern_argument(const bind_request& request, size_t at) {
  if (at >= request.types.size()) return compile(default_pattern);
  auto pattern = literal_text(request, at, "the date pattern");
  if (!pattern.ok()) return pattern.error();
  return compile(*pattern);
}

// Binds as one of `shapes`, then takes the kernel that `make` builds around the pattern in argument `at`.
template <class F>
function_definition with_pattern(std::string name, std::string signature, std::string summary,
                                 std::vector<overload> shapes, size_t at, F make) {
  function_definition definition =
      overloaded(std::move(name), std::move(signature), std::move(summary), std::move(shapes));
  definition.bind = [plain = definition.bind, at, make](const bind_request& request) -> result<binding> {
    auto bound = plain(request);
    if (!bound.ok()) return bound;
    auto pattern = pattern_argument(request, at);
    if (!pattern.ok()) return pattern.error();
    bound->run = make(*pattern, request);
    return bound;
  };
  return definition;
}

std::optional<int64_t> milliseconds(std::optional<int64_t> us) {
  return us ? std::optional{truncate_us(*us, precision)} : us;
}

// Kernels look at their first argument only: the pattern is in the closure.
template <class A, class F>
kernel first_argument(F f) {
  return [run = lift<A>(f)](const kernel_args& in, column& out) {
    return run({in.args.first(1), in.rows, in.physical_rows, in.context}, out);
  };
}

// Up to `most` digits from the front of a text; null when there is none.
std::optional<int64_t> take_number(text& s, size_t least, size_t most) {
  int64_t value = 0;
  size_t width = 0;
  while (width < most && width < s.size() && s[width] >= '0' && s[width] <= '9')
    value = value * 10 + (s[width++] - '0');
  s.remove_prefix(width);
  return width < least ? std::nullopt : std::optional{value};
}

bool take(text& s, char c) {
  if (s.empty() || s[0] != c) return false;
  s.remove_prefix(1);
  return true;
}

// What Flink tries when a text does not fit its pattern, whatever the pattern: java.sql.Timestamp.valueOf, where days,
// hours, minutes and seconds beyond their range carry over, or java.sql.Date.valueOf.
std::optional<int64_t> plain_timestamp(text s) {
  constexpr size_t time_digits_max = 9;
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') s.remove_suffix(1);
  auto year = take_number(s, 4, 4);
  if (!year || !take(s, '-')) return std::nullopt;
  auto month = take_number(s, 1, 2);
  if (!month || !take(s, '-')) return std::nullopt;
  auto day = take_number(s, 1, 2);
  if (!day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
  int64_t us = (days_from_civil(*year, static_cast<uint32_t>(*month), 1) + *day - 1) * us_per_day;
  if (s.empty()) return us;
  if (!take(s, ' ')) return std::nullopt;
  int64_t seconds = 0;
  for (bool first = true; int64_t unit : {3600, 60, 1}) {
    if (!first && !take(s, ':')) return std::nullopt;
    first = false;
    auto value = take_number(s, 1, time_digits_max);
    if (!value) return std::nullopt;
    seconds += *value * unit;
  }
  int64_t fraction = 0;
  if (take(s, '.')) {
    size_t before = s.size();
    auto digits = take_number(s, 1, time_digits_max);
    if (!digits) return std::nullopt;
    fraction = *digits;
    for (size_t width = before - s.size(); width < time_digits_max; ++width) fraction *= 10;
    fraction /= 1000;
  }
  if (!s.empty()) return std::nullopt;
  return us + seconds * us_per_second + fraction;
}

std::optional<int64_t> parse_by(const date_pattern& pattern, text s) {
  auto us = pattern.parse(s);
  return us ? us : plain_timestamp(s);
}

kernel to_timestamp(const shared_pattern& pattern, const bind_request& request) {
  if (request.types.size() == 1) {
    return lift<text>([](text s) { return milliseconds(parse_timestamp_us(s, datetime_style::sql)); });
  }
  return first_argument<text>([pattern](text s) { return milliseconds(parse_by(*pattern, s)); });
}

kernel to_date(const shared_pattern& pattern, const bind_request& request) {
  if (request.types.size() == 1) return lift<text>(parse_date);
  return first_argument<text>([pattern](text s) -> std::optional<int32_t> {
    auto us = pattern->parse(s, lenient);
    if (!us) return std::nullopt;
    return static_cast<int32_t>(floor_div(*us, us_per_day));
  });
}

kernel date_format(const shared_pattern& pattern, const bind_request& request) {
  auto format = [pattern](int64_t us) {
    std::string out;
    pattern->format(us, out);
    return out;
  };
  // TIMESTAMP_LTZ was cast to what the session's clock shows.
  if (request.types[0].is_timestamp()) return first_argument<int64_t>(format);
  auto plain = compile(default_pattern);
  return first_argument<text>([format, from = *plain](text s) -> std::optional<std::string> {
    auto us = from->parse(s, lenient);
    if (!us) return std::nullopt;
    return format(*us);
  });
}

int64_t seconds_of(const eval_context& context, std::optional<int64_t> local_us) {
  // What Flink yields for text that is no time.
  if (!local_us) return std::numeric_limits<int64_t>::min();
  return floor_div(utc_from_local(context.session_zone, *local_us), us_per_second);
}

kernel unix_timestamp(const shared_pattern& pattern, const bind_request& request) {
  if (request.types.empty()) {
    return lift<>([](const eval_context& context) { return floor_div(context.clock->wall_us(), us_per_second); });
  }
  return first_argument<text>(
      [pattern](const eval_context& context, text s) { return seconds_of(context, pattern->parse(s, lenient)); });
}

kernel from_unixtime(const shared_pattern& pattern, const bind_request&) {
  return first_argument<int64_t>([pattern](const eval_context& context, int64_t seconds) {
    std::string out;
    pattern->format(local_from_utc(context.session_zone, seconds * us_per_second), out);
    return out;
  });
}

// A number of seconds (precision 0) or milliseconds (precision 3) since 1970.
result<binding> bind_instant_from_number(const bind_request& request) {
  bool millis = true;
  if (request.types.size() == 2) {
    const column* literal = request.literals.size() > 1 ? request.literals[1] : nullptr;
    bool known = literal && literal->type().kind() == type_kind::integer && !literal->is_null(0) &&
                 (literal->at<int32_t>(0) == 0 || literal->at<int32_t>(0) == 3);
    if (!known) {
      return status{errc::invalid_argument,
                    "the precision of TO_TIMESTAMP_LTZ must be 0 (seconds) or 3 (milliseconds)"};
    }
    millis = literal->at<int32_t>(0) == 3;
  }
  bool exact = request.types[0].is_integer();
  data_type number = exact ? data_type::bigint() : data_type::float64();
  binding bound{data_type::timestamp_ltz(precision), {argument_type(request.types[0], number)}, {}};
  if (request.types.size() == 2) bound.arguments.push_back(request.types[1]);
  if (exact) {
    int64_t unit = millis ? 1000 : us_per_second;
    bound.run = first_argument<int64_t>([unit](int64_t n) { return n * unit; });
  } else {
    double per_second = millis ? 1 : 1000;
    bound.run = first_argument<double>([per_second](double n) { return static_cast<int64_t>(n * per_second) * 1000; });
  }
  return bound;
}

result<binding> bind_instant_from_text(const bind_request& request) {
  binding bound{data_type::timestamp_ltz(precision), {}, {}};
  for (const auto& type : request.types) bound.arguments.push_back(argument_type(type, data_type::string()));
  auto pattern = pattern_argument(request, 1);
  if (!pattern.ok()) return pattern.error();
  bool plain = request.types.size() == 1;
  auto read = [plain, pattern = *pattern](text s) {
    return milliseconds(plain ? parse_timestamp_us(s, datetime_style::sql) : parse_by(*pattern, s));
  };
  if (request.types.size() < 3) {
    bound.run = first_argument<text>([read](text s) -> std::optional<int64_t> { return read(s); });
    return bound;
  }
  auto name = literal_text(request, 2, "the time zone");
  if (!name.ok()) return name.error();
  auto zone = time_zone::find(*name);
  if (!zone.ok()) return zone.error();
  bound.run = first_argument<text>([read, zone = *zone](text s) -> std::optional<int64_t> {
    auto local = read(s);
    return local ? std::optional{zone->utc_from_local(*local)} : local;
  });
  return bound;
}

result<binding> bind_to_timestamp_ltz(const bind_request& request) {
  size_t count = request.types.size();
  if (count >= 1 && count <= 2 && request.types[0].is_numeric()) return bind_instant_from_number(request);
  bool texts = count >= 1 && count <= 3;
  for (const auto& type : request.types) texts = texts && (type.is_string() || type.kind() == type_kind::null);
  if (texts) return bind_instant_from_text(request);
  return bad_arguments("TO_TIMESTAMP_LTZ", "TO_TIMESTAMP_LTZ(number[, precision]) or (string[, pattern[, zone]])",
                       request.types);
}

result<binding> bind_convert_tz(const bind_request& request) {
  bool ok = request.types.size() == 3;
  for (const auto& type : request.types) ok = ok && type.is_string();
  if (!ok) return bad_arguments("CONVERT_TZ", "CONVERT_TZ(string, from_zone, to_zone)", request.types);
  std::shared_ptr<const time_zone> zones[2];
  for (size_t i = 0; i < 2; ++i) {
    auto name = literal_text(request, i + 1, "a time zone");
    if (!name.ok()) return name.error();
    auto zone = time_zone::find(*name);
    if (!zone.ok()) return zone.error();
    zones[i] = std::move(*zone);
  }
  auto pattern = compile(default_pattern);
  binding bound{data_type::string(), {}, {}};
  for (const auto& type : request.types) bound.arguments.push_back(argument_type(type, data_type::string()));
  bound.run =
      first_argument<text>([from = zones[0], to = zones[1], pattern = *pattern](text s) -> std::optional<std::string> {
        auto local = pattern->parse(s, lenient);
        if (!local) return std::nullopt;
        std::string out;
        pattern->format(to->local_from_utc(from->utc_from_local(*local)), out);
        return out;
      });
  return bound;
}

} // namespace

namespace functions {

void register_time_text(registry& into) {
  const data_type string = data_type::string();
  const data_type bigint = data_type::bigint();
  const data_type timestamp = data_type::timestamp(precision);
  into.add(with_pattern("TO_TIMESTAMP", "TO_TIMESTAMP(string[, pattern])", "The timestamp a text names, or NULL.",
                        {{{string}, timestamp, {}, true}, {{string, string}, timestamp, {}, true}}, 1, to_timestamp));
  into.add(with_pattern("TO_DATE", "TO_DATE(string[, pattern])", "The date a text names, or NULL.",
                        {{{string}, data_type::date(), {}, true}, {{string, string}, data_type::date(), {}, true}}, 1,
                        to_date));
  const data_type local = data_type::timestamp(timestamp_precision_max);
  into.add(with_pattern("DATE_FORMAT", "DATE_FORMAT(timestamp or string, pattern)", "A timestamp as text.",
                        {{{string, string}, string, {}, true}, {{local, string}, string, {}, true}}, 1, date_format));
  overload now{{}, bigint, {}, false, false};
  into.add(with_pattern("UNIX_TIMESTAMP", "UNIX_TIMESTAMP([string[, pattern]])",
                        "Seconds since 1970-01-01, now or of a text in the session's zone.",
                        {now, {{string}, bigint, {}}, {{string, string}, bigint, {}}}, 1, unix_timestamp));
  into.add(with_pattern("FROM_UNIXTIME", "FROM_UNIXTIME(seconds[, pattern])",
                        "Seconds since 1970-01-01 as text in the session's zone.",
                        {{{bigint}, string, {}, true}, {{bigint, string}, string, {}, true}}, 1, from_unixtime));
  into.add(function_definition{"TO_TIMESTAMP_LTZ",
                               "TO_TIMESTAMP_LTZ(number[, precision]) or (string[, pattern[, zone]])",
                               "The instant a number or a text stands for, or NULL.", bind_to_timestamp_ltz});
  into.add(function_definition{"CONVERT_TZ", "CONVERT_TZ(string, from_zone, to_zone)",
                               "A time of one zone as the clocks of another show it.", bind_convert_tz});
}

} // namespace functions

} // namespace levada
