// One enforced ceiling per process (`memory.limit`). Two kinds of holders:
//
// A memory_charge is what stays: state, under its holder's name. It asks before it grows; when charges alone would pass
// the ceiling it gets an error that names the largest holders, and its job stops: never the OOM killer.
//
// A memory_loan is what comes back by itself: a batch on its way, an epoch being written. It is never refused; whoever
// makes new ones (a source) asks has_room() first and waits, so that loans give way to charges. A single step that makes
// more than fits (a window that fires a million rows) shows in overdrawn(), and its maker stops.
//
// Threads: any; one charge has one owner at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "platform/status.hpp"

namespace levada {

struct memory_use {
  std::string name;
  uint64_t bytes;
};

class memory_charge;

class memory_budget {
 public:
  static constexpr uint64_t unlimited = UINT64_MAX;
  // Loans may take the sum beyond the limit by a quarter, for as long as it takes to deliver them.
  static constexpr uint64_t overdraft_share = 4;

  explicit memory_budget(uint64_t limit_bytes = unlimited) : limit_(limit_bytes) {}
  memory_budget(const memory_budget&) = delete;
  memory_budget& operator=(const memory_budget&) = delete;
  ~memory_budget();

  uint64_t limit_bytes() const { return limit_; }
  uint64_t used_bytes() const {
    return charged_.load(std::memory_order_relaxed) + lent_.load(std::memory_order_relaxed);
  }
  uint64_t lent_bytes() const { return lent_.load(std::memory_order_relaxed); }
  uint64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }

  // May a loan of about `bytes` be made? True when nothing is lent: what waited for room goes on, one at a time.
  bool has_room(uint64_t bytes) const { return lent_bytes() == 0 || fits(used_bytes(), bytes); }
  // memory_limit, naming `name`, when loans have gone beyond what is tolerable and the `held` bytes of this holder are a
  // good part of them.
  status overdrawn(const std::string& name, uint64_t held) const;

  // Charges summed by name, and loans as one, largest first.
  std::vector<memory_use> uses() const;

 private:
  friend class memory_charge;
  friend class memory_loan;
  bool fits(uint64_t used, uint64_t more) const { return used <= limit_ && more <= limit_ - used; }
  bool take(uint64_t bytes);
  void give_back(uint64_t bytes) { charged_.fetch_sub(bytes, std::memory_order_relaxed); }
  void note_peak();
  std::string holders() const;

  const uint64_t limit_;
  std::atomic<uint64_t> charged_{0};
  std::atomic<uint64_t> lent_{0};
  std::atomic<uint64_t> peak_{0};
  mutable std::mutex charges_mutex_;
  std::vector<const memory_charge*> charges_;
};

// A named share of the budget, given back when destroyed. REQUIRES that the budget outlives it.
class memory_charge {
 public:
  memory_charge(memory_budget& budget, std::string name);
  memory_charge(const memory_charge&) = delete;
  memory_charge& operator=(const memory_charge&) = delete;
  ~memory_charge();

  // Sets what this holder uses in all. Shrinking always succeeds; growing past the ceiling changes nothing and
  // returns memory_limit.
  status resize(uint64_t bytes);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  const std::string& name() const { return name_; }

 private:
  memory_budget& budget_;
  const std::string name_;
  std::atomic<uint64_t> bytes_{0};
};

// Bytes on their way, given back when destroyed. REQUIRES that the budget outlives it.
class memory_loan {
 public:
  memory_loan(memory_budget& budget, uint64_t bytes);
  memory_loan(const memory_loan&) = delete;
  memory_loan& operator=(const memory_loan&) = delete;
  uint64_t bytes() const { return bytes_; }
  ~memory_loan() { budget_.lent_.fetch_sub(bytes_, std::memory_order_relaxed); }

 private:
  memory_budget& budget_;
  const uint64_t bytes_;
};

} // namespace levada
