#include "runtime/connectors/values.hpp"

#include <algorithm>
#include <charconv>

namespace levada {

namespace {

class values_source final : public source {
 public:
  values_source(batch rows, std::vector<uint32_t> needed) : rows_(std::move(rows)), needed_(std::move(needed)) {}

  status open(std::string_view position) override {
    next_ = 0;
    if (position.empty()) return {};
    auto [end, error] = std::from_chars(position.data(), position.data() + position.size(), next_);
    if (error != std::errc{} || next_ > rows_.selected_count()) {
      return {errc::state_mismatch, "the saved position does not fit these values"};
    }
    return {};
  }

  result<poll_state> poll(decode_target& into) override {
    row_set selected = rows_.selected();
    uint32_t room = into.rows_max - std::min(into.rows, into.rows_max);
    uint32_t stop = next_ + std::min(room, selected.count - next_);
    for (; next_ < stop; ++next_) {
      uint32_t row = selected[next_];
      for (size_t i = 0; i < needed_.size(); ++i) into.columns[i].push_from(*rows_.columns[needed_[i]], row);
      if (rows_.kinds) into.kinds.push_back(rows_.kind(row));
      ++into.rows;
      ++counters_.rows;
    }
    return next_ == selected.count ? poll_state::finished : poll_state::more;
  }

  std::string position() override { return std::to_string(next_); }
  const source_counters& counters() const override { return counters_; }

 private:
  batch rows_;
  std::vector<uint32_t> needed_;
  uint32_t next_ = 0; // among the selected
  source_counters counters_;
};

} // namespace

std::unique_ptr<source> make_values_source(batch rows, std::vector<uint32_t> needed) {
  return std::make_unique<values_source>(std::move(rows), std::move(needed));
}

} // namespace levada
