#include "runtime/connectors/mqtt/id_order.hpp"

#include <algorithm>

namespace levada::mqtt {

uint32_t id_order::on_new(uint16_t packet_id, bool duplicate) {
  const int step = (packet_id - newest_ + packet_ids) % packet_ids;
  if (newest_ != 0 && (step == 0 || step > packet_ids / 2)) {
    run_ = std::max(run_ + 1, 1u);
    counted_ = 0;
    answer_read_ = false;
  } else if (answer_read_ && !duplicate && counted_ < counted_min) {
    ++counted_;
  }
  newest_ = packet_id;
  return run_;
}

void id_order::restore(const knowledge& from) {
  run_ = 1;
  newest_ = from.newest;
  counted_ = std::min(from.counted, counted_min);
  answer_read_ = from.answer_read;
}

} // namespace levada::mqtt
