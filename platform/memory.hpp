// One enforced ceiling per process (`memory.limit`). Whoever holds much memory (batches, state, buffers) keeps a
// charge under its own name and asks before it grows; at the ceiling it gets an error that names the largest
// holders, and answers with back-pressure or stops: never the OOM killer.
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

  explicit memory_budget(uint64_t limit_bytes = unlimited) : limit_(limit_bytes) {}
  memory_budget(const memory_budget&) = delete;
  memory_budget& operator=(const memory_budget&) = delete;
  ~memory_budget();

  uint64_t limit_bytes() const { return limit_; }
  uint64_t used_bytes() const { return used_.load(std::memory_order_relaxed); }
  uint64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }

  // Summed by name, largest first.
  std::vector<memory_use> uses() const;

 private:
  friend class memory_charge;
  bool take(uint64_t bytes);
  void give_back(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  status exceeded(const std::string& name, uint64_t more) const;

  const uint64_t limit_;
  std::atomic<uint64_t> used_{0};
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

} // namespace levada
