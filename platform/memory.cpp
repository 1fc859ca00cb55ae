#include "platform/memory.hpp"

#include <algorithm>
#include <map>

#include "platform/byte_count.hpp"

namespace levada {

namespace {

constexpr size_t holders_named_max = 3;
constexpr const char* loans_name = "batches under way";

} // namespace

memory_budget::~memory_budget() { check(charges_.empty()); }

bool memory_budget::take(uint64_t bytes) {
  uint64_t charged = charged_.load(std::memory_order_relaxed);
  do {
    if (!fits(charged, bytes)) return false;
  } while (!charged_.compare_exchange_weak(charged, charged + bytes, std::memory_order_relaxed));
  note_peak();
  return true;
}

void memory_budget::note_peak() {
  const uint64_t used = used_bytes();
  uint64_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < used && !peak_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {}
}

std::vector<memory_use> memory_budget::uses() const {
  std::map<std::string, uint64_t> by_name;
  {
    const std::lock_guard lock(charges_mutex_);
    for (const auto* charge : charges_) by_name[charge->name()] += charge->bytes();
  }
  if (const uint64_t lent = lent_bytes(); lent > 0) by_name[loans_name] += lent;
  std::vector<memory_use> uses;
  for (auto& [name, bytes] : by_name) uses.push_back({name, bytes});
  std::ranges::stable_sort(uses, std::ranges::greater{}, &memory_use::bytes);
  return uses;
}

std::string memory_budget::holders() const {
  std::string text = "memory.limit is " + byte_count_text(limit_) + "; held by";
  const auto all = uses();
  for (size_t i = 0; i < std::min(all.size(), holders_named_max); ++i)
    text += (i == 0 ? " " : ", ") + all[i].name + " (" + byte_count_text(all[i].bytes) + ")";
  return text;
}

status memory_budget::overdrawn(const std::string& name, uint64_t held) const {
  const uint64_t used = used_bytes();
  const uint64_t tolerable = limit_ / overdraft_share;
  if (used <= limit_ || used - limit_ <= tolerable || held <= tolerable) return {};
  return {errc::memory_limit, name + " gives out more at once than fits, " + byte_count_text(held) + ": " +
                                  byte_count_text(used) + " are used, but " + holders()};
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
  if (bytes > held && !budget_.take(bytes - held)) {
    return {errc::memory_limit, name_ + " needs " + byte_count_text(bytes - held) + " more, but " + budget_.holders()};
  }
  if (bytes < held) budget_.give_back(held - bytes);
  bytes_.store(bytes, std::memory_order_relaxed);
  return {};
}

memory_loan::memory_loan(memory_budget& budget, uint64_t bytes) : budget_(budget), bytes_(bytes) {
  budget_.lent_.fetch_add(bytes, std::memory_order_relaxed);
  budget_.note_peak();
}

} // namespace levada
