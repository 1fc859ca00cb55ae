// Whether a broker is known to count: to give packet ids out in ascending order, round and round, so that an id comes
// back only after all the others.
//
// The protocol lets a broker use an id for another message as soon as it has read the answer to the first. Some take
// the lowest free id; of those a redelivered id says little. Others count (mosquitto does). What tells them apart: one
// that does not count steps back soon after it is known to have read an answer. So one that has gone on ascending for
// counted_min messages since then counts.
//
// A step back, be it a jump over half of the ids or more, ends that knowledge; it has to be gained anew.
#pragma once

#include <cstdint>

namespace levada::mqtt {

constexpr uint16_t packet_ids = 65'535; // 1 to 65535
constexpr uint8_t counted_min = 100;

class id_order {
 public:
  // A message never seen before, in order of receipt; returns the ascending run it belongs to, never 0. One that is
  // marked as duplicate may have got its id before any answer was read, so it counts for nothing.
  uint32_t on_new(uint16_t packet_id, bool duplicate);
  // The broker has read the answer to a message of `run`.
  void on_answer_read(uint32_t run) { answer_read_ = answer_read_ || run == run_; }

  bool counts() const { return counted_ >= counted_min; }
  // Of a message of the present run: only then can ids be seen to be avoided.
  bool answer_read() const { return answer_read_; }
  uint32_t run() const { return run_; }

  // To be stored. After restore() the present run is 1.
  struct knowledge {
    uint16_t newest = 0;
    uint8_t counted = 0;
    bool answer_read = false;
  };
  knowledge known() const { return {newest_, counted_, answer_read_}; }
  void restore(const knowledge& from);

 private:
  uint32_t run_ = 1;
  uint16_t newest_ = 0; // 0: none
  uint8_t counted_ = 0; // messages of the run behind the answer that was read, up to counted_min
  bool answer_read_ = false;
};

} // namespace levada::mqtt
