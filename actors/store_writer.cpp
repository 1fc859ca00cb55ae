// The one thread that writes the store: a commit blocks for the disk, nobody else does.

#include "actors/store_writer.hpp"

#include "actors/actor_base.hpp"
#include "platform/io_counter.hpp"

namespace levada {

namespace {

// Of the quota: deltas below it are not worth a merge of everything.
constexpr uint64_t merge_share = 10;

class store_writer final : public actor_base {
 public:
  store_writer(caf::actor_config& config, std::unique_ptr<epoch_store> store, store_opener open_again)
      : actor_base(config), store_(std::move(store)), open_again_(std::move(open_again)) {}

  caf::behavior make_behavior() override {
    return {
        [this](const commit_message& message) {
          send(caf::actor_cast<caf::actor>(current_sender()), commit(*message.epoch));
        },
        [this](const stop_message&) { quit(); },
    };
  }

  // Whoever sees this actor down may open the directory again.
  void on_exit() override { store_.reset(); }

 private:
  commit_done_message commit(const epoch_commit& epoch) {
    const auto written_before = thread_written_bytes();
    auto report = store_->commit(epoch);
    if (report.error().code() == errc::store_full) {
      auto freed = store_->compact();
      report = freed.ok() ? store_->commit(epoch) : freed.error();
    }
    commit_done_message reply;
    if (report.ok()) {
      reply.report = *report;
      reply.usage = store_->usage();
      if (reply.usage.step >= quota_step::withhold_acks &&
          reply.usage.delta_bytes > reply.usage.quota_bytes / merge_share) {
        // A failure shows in the next commit; this epoch is on the disk.
        (void)store_->compact();
        reply.usage = store_->usage();
      }
      const auto written_after = thread_written_bytes();
      if (written_before && written_after) reply.report.written_bytes = *written_after - *written_before;
    } else {
      reply.outcome = report.error();
      if (reply.outcome.code() == errc::store_failed) reply.outcome = with_what_is_there(reply.outcome);
      else reply.usage = store_->usage();
    }
    return reply;
  }

  status with_what_is_there(const status& failure) {
    store_.reset();
    auto again = open_again_();
    if (!again.ok())
      return {failure.code(), std::string(failure.message()) + "; opened anew: " + again.error().to_string()};
    store_ = std::move(*again);
    return {failure.code(), std::string(failure.message()) + "; opened anew, the state is that of epoch " +
                                std::to_string(store_->last_epoch()) + ": start again to go on from there"};
  }

  std::unique_ptr<epoch_store> store_;
  store_opener open_again_;
};

} // namespace

caf::actor spawn_store_writer(caf::actor_system& system, std::unique_ptr<epoch_store> store, store_opener open_again) {
  return system.spawn<store_writer, caf::detached>(std::move(store), std::move(open_again));
}

} // namespace levada
