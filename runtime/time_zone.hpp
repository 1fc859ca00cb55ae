// Time zones by name, over the system's zone data. Microseconds throughout.
// Threads: immutable, freely shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"

namespace levada {

class time_zone {
 public:
  // "Europe/Berlin", "UTC", "Z", "GMT+8", "+02:00". errc::unknown_name otherwise.
  static result<std::shared_ptr<const time_zone>> find(std::string_view name);
  // TZ, else /etc/localtime, else UTC.
  static std::shared_ptr<const time_zone> system();

  const std::string& name() const { return name_; }
  int64_t local_from_utc(int64_t us) const { return us + offset_at(us); }
  // A wall clock time that DST skips is moved on by the gap, one that occurs twice is its first occurrence (as Java).
  int64_t utc_from_local(int64_t us) const;
  // When a timer set for this wall clock time fires: a skipped time at the first valid instant, a doubled one at its
  // second occurrence (as Flink's windows).
  int64_t utc_from_local_for_timer(int64_t us) const;

 private:
  struct period {
    int64_t begin; // UTC, the first period has the smallest value
    int64_t offset;
  };
  time_zone(std::string name, std::vector<period> periods) : name_(std::move(name)), periods_(std::move(periods)) {}

  size_t period_at(int64_t utc) const;
  int64_t offset_at(int64_t utc) const { return periods_[period_at(utc)].offset; }

  std::string name_;
  std::vector<period> periods_; // ascending, at least one
};

// The session's zone; null stands for UTC.
inline int64_t local_from_utc(const time_zone* zone, int64_t us) { return zone ? zone->local_from_utc(us) : us; }
inline int64_t utc_from_local(const time_zone* zone, int64_t us) { return zone ? zone->utc_from_local(us) : us; }

} // namespace levada
