#include "platform/memory.hpp"

#include <algorithm>
#include <map>

namespace levada {

namespace {

constexpr size_t holders_named_max = 3;

std::string in_mebibytes(uint64_t bytes) { return std::to_string((bytes + (1U << 20) - 1) >> 20) + " MiB"; }

} // namespace

memory_budget::~memory_budget() { check(charges_.empty()); }

bool memory_budget::take(uint64_t bytes) {
  uint64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ - used) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  uint64_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < used + bytes && !peak_.compare_exchange_weak(peak, used + bytes, std::memory_order_relaxed)) {}
  return true;
}

std::vector<memory_use> memory_budget::uses() const {
  std::map<std::string, uint64_t> by_name;
  {
    const std::lock_guard lock(charges_mutex_);
    for (const auto* charge : charges_) by_name[charge->name()] += charge->bytes();
  }
  std::vector<memory_use> uses;
  for (auto& [name, bytes] : by_name) uses.push_back({name, bytes});
  std::ranges::stable_sort(uses, std::ranges::greater{}, &memory_use::bytes);
  return uses;
}

status memory_budget::exceeded(const std::string& name, uint64_t more) const {
  std::string text =
      name + " needs " + in_mebibytes(more) + " more, but memory.limit is " + in_mebibytes(limit_) + "; held by";
  const auto holders = uses();
  for (size_t i = 0; i < std::min(holders.size(), holders_named_max); ++i)
    text += (i == 0 ? " " : ", ") + holders[i].name + " (" + in_mebibytes(holders[i].bytes) + ")";
  return {errc::memory_limit, std::move(text)};
}

memory_charge::memory_charge(memory_budget& budget, std::string name) : budget_(budget), name_(std::move(name)) {
  const std::lock_guard lock(budget_.charges_mutex_);
  budget_.charges_.push_back(this);
}

memory_charge::~memory_charge() {
  budget_.give_back(bytes());
  const std::lock_guard lock(budget_.charges_mutex_);
  std::erase(budget_.charges_, this);
}

status memory_charge::resize(uint64_t bytes) {
  const uint64_t held = this->bytes();
  if (bytes > held && !budget_.take(bytes - held)) return budget_.exceeded(name_, bytes - held);
  if (bytes < held) budget_.give_back(held - bytes);
  bytes_.store(bytes, std::memory_order_relaxed);
  return {};
}

} // namespace levada
