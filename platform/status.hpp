// Expected failure as a value. Every error has a number (tests assert numbers, users search for them), a text
// that says what failed, where and how to mend it, and nothing else: there is no second error channel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "platform/check.hpp"

namespace levada {

// Numbered by layer: 1xx platform, 2xx storage, 3xx data, 4xx SQL and configuration, 5xx execution.
enum class errc : uint16_t {
  ok = 0,

  io_error = 100,
  not_found = 101,
  permission_denied = 102,
  no_space = 103,
  already_exists = 104,
  would_block = 105,
  peer_unreachable = 106,
  connection_closed = 107,
  timed_out = 108,
  tls_error = 109,
  protocol_error = 110,
  authentication_failed = 111,

  corrupt_value = 200,
  store_full = 201,
  store_failed = 202,
  store_locked = 203,
  state_mismatch = 204, // the state belongs to another query or another schema

  malformed_record = 300,
  division_by_zero = 301,
  cast_failed = 302,
  null_rowtime = 303,
  not_null_violation = 304,
  value_out_of_range = 305,
  invalid_argument = 306,

  syntax_error = 400,
  unsupported = 401,
  unknown_name = 402,
  type_mismatch = 403,
  duplicate_name = 404,
  invalid_option = 405,
  missing_option = 406,
  invalid_query = 407,
  nesting_too_deep = 408,

  memory_limit = 500,
  operator_failed = 501,
  cancelled = 502,
};

// "LV0301" as printed to users.
std::string code_text(errc code);

class [[nodiscard]] status {
 public:
  status() = default;
  status(errc code, std::string message);

  bool ok() const { return !rep_; }
  errc code() const { return rep_ ? rep_->code : errc::ok; }
  std::string_view message() const { return rep_ ? std::string_view{rep_->message} : std::string_view{}; }

  // The same error with "where: " in front; ok stays ok.
  status at(std::string_view where) const;

  // "LV0301: message"; "ok" for success.
  std::string to_string() const;

 private:
  struct rep {
    errc code;
    std::string message;
  };
  std::shared_ptr<const rep> rep_;
};

// A value or the error that prevented it. REQUIRES ok() before value access.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : rep_(std::in_place_index<0>, std::move(value)) {}
  result(status failure) : rep_(std::in_place_index<1>, std::move(failure)) { check(!std::get<1>(rep_).ok()); }

  bool ok() const { return rep_.index() == 0; }
  status error() const { return ok() ? status{} : std::get<1>(rep_); }

  T& value() & { return check(ok()), *std::get_if<0>(&rep_); }
  const T& value() const& { return check(ok()), *std::get_if<0>(&rep_); }
  T&& value() && { return check(ok()), std::move(*std::get_if<0>(&rep_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, status> rep_;
};

} // namespace levada
