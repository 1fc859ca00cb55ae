// What every actor of the engine derives from: CAF's event-based actor.
//
// Debian's CAF is not instrumented. So that ThreadSanitizer knows what CAF's mailboxes and scheduler guarantee, and
// nothing more, its builds say it here: a message is handed over from who sends it to who handles or drops it, an actor
// from each step to the next and to its destruction, whichever threads they run on.
#pragma once

#include "actors/caf_seam.hpp"
#include "platform/sanitizer.hpp"

namespace levada {

#ifdef __SANITIZE_THREAD__

class actor_base : public caf::event_based_actor {
 public:
  using caf::event_based_actor::enqueue;
  using caf::event_based_actor::event_based_actor;
  ~actor_base() override { hand_over(&system()); }

  void launch(caf::execution_unit* worker, bool lazy, bool hide) override {
    hand_over(this);
    caf::event_based_actor::launch(worker, lazy, hide);
  }

  // On the sender's thread.
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* worker) override {
    hand_over(message.get());
    hand_over(&mail_);
    caf::event_based_actor::enqueue(std::move(message), worker);
  }

  resume_result resume(caf::execution_unit* worker, size_t messages_max) override {
    take_over(this);
    return caf::event_based_actor::resume(worker, messages_max);
  }

  void initialize() override {
    caf::event_based_actor::initialize();
    hand_over(this);
  }

  // The last that runs before this actor may go on in another thread.
  caf::invoke_message_result consume(caf::mailbox_element& message) override {
    take_over(&message);
    auto outcome = caf::event_based_actor::consume(message);
    hand_over(this);
    return outcome;
  }

  // CAF would drop what nobody will handle in the same call that closes the mailbox; between the two is the only moment
  // at which all that was sent can be taken over.
  bool cleanup(caf::error&& reason, caf::execution_unit* worker) override {
    take_over(this);
    if (!mailbox().closed()) {
      {
        const unchecked_scope scope;
        mailbox().close();
      }
      take_over(&mail_);
      get_normal_queue().flush_cache();
      get_urgent_queue().flush_cache();
      auto drop = [](auto&&...) { return caf::intrusive::task_result::resume; };
      while (mailbox().queue().new_round(1000, drop).consumed_items > 0) {}
    }
    hand_over(this);
    return caf::event_based_actor::cleanup(std::move(reason), worker);
  }

  void on_destroy() override {
    take_over(this);
    take_over(&mail_);
    caf::event_based_actor::on_destroy();
  }

 private:
  char mail_ = 0; // stands for all messages that were ever sent to this actor
};

#else

using actor_base = caf::event_based_actor;

#endif

} // namespace levada
