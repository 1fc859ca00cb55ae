// 'connector' = 'push' and 'connector' = 'callback': tables whose other end is the program that embeds levada.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "levada/levada.hpp"
#include "platform/wake_event.hpp"
#include "runtime/registry.hpp"

namespace levada {

// A bounded queue of rows between the program and the source that reads them. Threads: any.
class push_queue {
 public:
  explicit push_queue(uint32_t rows_max) : rows_max_(rows_max) {}

  // The table's columns, once its source exists.
  void describe(schema shape);
  // wait: false gives errc::would_block instead. errc::connection_closed after end().
  status push(const row& values, bool wait);
  void end();
  void abandon(); // the job is gone: nobody will read

  // The source's side. Moves what is queued into `into`, at most rows_max rows; true: ended and drained.
  bool take(decode_target& into, std::span<const uint32_t> needed);
  readiness wait() const { return {wake_.descriptor(), wake_event::events(), -1}; }

 private:
  std::mutex mutex_;
  std::condition_variable room_;
  schema shape_;
  std::vector<column> queued_;
  uint32_t rows_ = 0;
  uint32_t taken_ = 0; // of queued_, already handed out
  const uint32_t rows_max_;
  wake_event wake_;
  bool ended_ = false;
  bool abandoned_ = false;
};

using push_queues = std::map<std::string, std::shared_ptr<push_queue>, std::less<>>;
using row_callbacks = std::map<std::string, std::function<void(const row_event&)>, std::less<>>;

// `queues` and `callbacks` outlive every job planned with the registry. A push table's queue is made when first seen.
void register_push(registry& into, push_queues& queues, uint32_t rows_max);
void register_callback(registry& into, row_callbacks& callbacks);

} // namespace levada
