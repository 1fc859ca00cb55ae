// LISTAGG: the values that are not NULL, joined in the order rows are processed. A retraction removes the first value that
// equals it.
#include <algorithm>
#include <deque>

#include "runtime/aggregates/accumulate.hpp"
#include "runtime/aggregates/distinct.hpp"
#include "runtime/registry.hpp"
#include "storage/msgpack.hpp"

namespace levada::aggregates {

namespace {

struct list_state {
  std::deque<std::string> values;
  std::string separator = ",";
};

struct list_slot {
  list_state* state;
  uint64_t unused;
};

class listagg final : public aggregate {
 public:
  explicit listagg(const aggregate_request& request) {
    result_type = data_type::string();
    arguments = request.types;
    slot_bytes = aligned(sizeof(list_slot));
    can_retract = true;
    owns_memory = true;
  }

  void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
              const row_kind* kinds) const override {
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      if (args[0]->is_null(row)) continue;
      auto& state = state_of(blocks[i] + offset);
      if (arguments.size() > 1 && !args[1]->is_null(row)) state.separator = args[1]->at<string_ref>(row).view();
      std::string value{args[0]->at<string_ref>(row).view()};
      if (!kinds || is_addition(kinds[row])) {
        state.values.push_back(std::move(value));
      } else {
        auto it = std::find(state.values.begin(), state.values.end(), value);
        if (it != state.values.end()) state.values.erase(it);
      }
    }
  }

  void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t n) const override {
    for (uint32_t i = 0; i < n; ++i) {
      const auto* other = slot_at<list_slot>(from[i], offset).state;
      if (!other) continue;
      auto& state = state_of(into[i] + offset);
      state.separator = other->separator;
      state.values.insert(state.values.end(), other->values.begin(), other->values.end());
    }
  }

  void finish(const std::byte* const* blocks, uint32_t offset, uint32_t n, column& out) const override {
    std::string text;
    for (uint32_t i = 0; i < n; ++i) {
      const auto* state = slot_at<list_slot>(blocks[i], offset).state;
      if (!state || state->values.empty()) {
        out.push_null();
        continue;
      }
      text.clear();
      for (const auto& value : state->values) {
        if (&value != &state->values.front()) text += state->separator;
        text += value;
      }
      out.push_string(text);
    }
  }

  void save(const std::byte* slot, msgpack_writer& out) const override {
    const auto* state = slot_at<list_slot>(slot, 0).state;
    out.put_array_header(state ? static_cast<uint32_t>(state->values.size()) + 1 : 0);
    if (!state) return;
    out.put_bin(state->separator);
    for (const auto& value : state->values) out.put_bin(value);
  }

  void load(std::byte* slot, msgpack_reader& in) const override {
    uint32_t items = in.get_array_header();
    if (items == 0) return;
    auto& state = state_of(slot);
    state.separator = in.get_bin();
    for (uint32_t i = 1; i < items && in.ok(); ++i) state.values.emplace_back(in.get_bin());
  }

  void destroy(std::byte* slot) const override { delete reinterpret_cast<list_slot*>(slot)->state; }

  size_t extra_bytes(const std::byte* slot) const override {
    const auto* state = slot_at<list_slot>(slot, 0).state;
    size_t bytes = state ? sizeof *state : 0;
    if (state) {
      for (const auto& value : state->values) bytes += sizeof(std::string) + value.size();
    }
    return bytes;
  }

 private:
  static list_state& state_of(std::byte* slot) {
    auto& s = *reinterpret_cast<list_slot*>(slot);
    if (!s.state) s.state = new list_state;
    return *s.state;
  }
};

} // namespace

void register_listagg(registry& into) {
  into.add(aggregate_definition{"LISTAGG", "LISTAGG([DISTINCT] string [, separator])",
                                "Values joined by a separator, a comma by default.",
                                [](const aggregate_request& request) -> result<std::shared_ptr<const aggregate>> {
                                  bool texts = std::all_of(request.types.begin(), request.types.end(),
                                                           [](const data_type& type) { return type.is_string(); });
                                  if (request.types.empty() || request.types.size() > 2 || !texts) {
                                    return status{errc::type_mismatch, "LISTAGG takes a string and a separator"};
                                  }
                                  return with_distinct(std::make_shared<listagg>(request), request);
                                }});
}

} // namespace levada::aggregates
