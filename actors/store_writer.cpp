// The one thread that writes the store: a commit blocks for the disk, nobody else does.

#include "actors/store_writer.hpp"

namespace levada {

namespace {

class store_writer final : public caf::event_based_actor {
 public:
  store_writer(caf::actor_config& config, std::unique_ptr<epoch_store> store)
      : caf::event_based_actor(config), store_(std::move(store)) {}

  caf::behavior make_behavior() override {
    return {
        [this](const commit_message& message) {
          auto report = store_->commit(*message.epoch);
          commit_done_message reply;
          if (report.ok()) {
            reply.report = *report;
            reply.quota_share = store_->usage().share;
          } else {
            reply.outcome = report.error();
          }
          send(caf::actor_cast<caf::actor>(current_sender()), std::move(reply));
        },
        [this](const stop_message&) { quit(); },
    };
  }

  // Whoever sees this actor down may open the directory again.
  void on_exit() override { store_.reset(); }

 private:
  std::unique_ptr<epoch_store> store_;
};

} // namespace

caf::actor spawn_store_writer(caf::actor_system& system, std::unique_ptr<epoch_store> store) {
  return system.spawn<store_writer, caf::detached>(std::move(store));
}

} // namespace levada
