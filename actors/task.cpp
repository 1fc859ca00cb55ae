#include "actors/task.hpp"

#include "storage/delta.hpp"

namespace levada {

void readiness_watch::arm(const readiness& what) {
  cancel();
  if (what.descriptor < 0 && what.deadline_us < 0) return;
  uint64_t ticket = ++ticket_;
  auto owner = caf::actor_cast<caf::actor>(owner_);
  id_ = events_->watch(what.descriptor, what.events, what.deadline_us,
                       [owner, ticket] { caf::anon_send(owner, ready_message{ticket}); });
  armed_ = true;
}

void readiness_watch::cancel() {
  if (!armed_) return;
  events_->cancel(id_);
  armed_ = false;
}

bool readiness_watch::accept(const ready_message& message) {
  if (!armed_ || message.ticket != ticket_) return false;
  armed_ = false;
  return true;
}

void connect_edges(task_setup& setup, caf::event_based_actor* self) {
  setup.edges.set_budget(setup.budget);
  setup.edges.set_post([&setup, self](uint32_t slot, stream_element element) {
    self->send(setup.targets[slot], element_message{std::make_shared<stream_element>(std::move(element)), slot});
  });
}

void release_handles(task_setup& setup) {
  setup.targets.clear();
  setup.coordinator = nullptr;
  setup.input.reset();
  setup.target.reset();
}

status snapshot_operators(task_setup& setup, epoch_part& into) {
  if (!setup.operators) return {};
  for (size_t i = 0; i < setup.operators->size(); ++i) {
    delta_writer delta;
    if (auto s = setup.operators->snapshot(i, delta); !s.ok()) return s;
    if (!delta.empty()) into.deltas.push_back({setup.operators->spec(i).id, 1, delta.take()});
  }
  into.values.push_back({watermark_id(*setup.plan, setup.instance), std::to_string(setup.operators->watermark())});
  return {};
}

status publish_counters(task_setup& setup, memory_charge& charge) {
  auto& m = *setup.metrics;
  m.rows_out.store(setup.edges.rows(), std::memory_order_relaxed);
  if (!setup.operators) return {};
  uint64_t late = 0;
  uint64_t entries = 0;
  uint64_t bytes = 0;
  int64_t watermark = setup.operators->watermark();
  for (size_t i = 0; i < setup.operators->size(); ++i) {
    const auto& c = setup.operators->at(i).counters();
    late += c.rows_late;
    entries += c.state_entries;
    bytes += c.state_bytes;
    watermark = std::max(watermark, c.watermark);
  }
  m.rows_late.store(late, std::memory_order_relaxed);
  m.state_entries.store(entries, std::memory_order_relaxed);
  m.state_bytes.store(bytes, std::memory_order_relaxed);
  m.watermark.store(watermark, std::memory_order_relaxed);
  if (auto s = charge.resize(bytes); !s.ok()) return s;
  return setup.budget->overdrawn(setup.plan->name, setup.edges.held_bytes());
}

std::string source_position_id(const vertex& plan) { return "source/" + plan.id; }
std::string sink_position_id(const vertex& plan) { return "sink/" + plan.id; }
std::string watermark_id(const vertex& plan, uint32_t instance) {
  return "watermark/" + plan.id + "/" + std::to_string(instance);
}

} // namespace levada
