#include "runtime/aggregates/accumulate.hpp"
#include "runtime/aggregates/distinct.hpp"
#include "runtime/registry.hpp"
#include "storage/msgpack.hpp"

namespace levada::aggregates {

namespace {

struct count_slot {
  int64_t count;
  int64_t unused;
};

class count final : public aggregate {
 public:
  explicit count(const aggregate_request& request) {
    result_type = data_type::bigint().not_null();
    arguments = request.types;
    slot_bytes = sizeof(count_slot);
    can_retract = true;
  }

  void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
              const row_kind* kinds) const override {
    bool every_row = arguments.empty() || args[0]->valid().all_valid();
    if (every_row && !kinds) {
      for (uint32_t i = 0; i < rows.count; ++i) ++reinterpret_cast<count_slot*>(blocks[i] + offset)->count;
      return;
    }
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      if (!every_row && args[0]->is_null(row)) continue;
      auto& slot = *reinterpret_cast<count_slot*>(blocks[i] + offset);
      slot.count += !kinds || is_addition(kinds[row]) ? 1 : -1;
    }
  }

  void update_running(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
                      const row_kind* kinds, column& out) const override {
    uint32_t at = out.size();
    out.resize(at + rows.count);
    int64_t* to = out.data<int64_t>() + at;
    bool every_row = arguments.empty() || args[0]->valid().all_valid();
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      auto& slot = *reinterpret_cast<count_slot*>(blocks[i] + offset);
      if (every_row || !args[0]->is_null(row)) slot.count += !kinds || is_addition(kinds[row]) ? 1 : -1;
      to[i] = slot.count;
    }
  }

  void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t n) const override {
    for_each_pair<count_slot>(into, from, offset, n, [](count_slot& a, const count_slot& b) { a.count += b.count; });
  }

  void finish(const std::byte* const* blocks, uint32_t offset, uint32_t n, column& out) const override {
    append_results<count_slot, int64_t>(blocks, offset, n, out, [](const count_slot& slot, int64_t& value) {
      value = slot.count;
      return true;
    });
  }

  void save(const std::byte* slot, msgpack_writer& out) const override {
    out.put_int(slot_at<count_slot>(slot, 0).count);
  }
  void load(std::byte* slot, msgpack_reader& in) const override {
    reinterpret_cast<count_slot*>(slot)->count = in.get_int();
  }
};

} // namespace

void register_count(registry& into) {
  into.add(aggregate_definition{
      "COUNT", "COUNT(*) | COUNT([DISTINCT] value)", "Number of rows, or of values that are not NULL.",
      [](const aggregate_request& request) -> result<std::shared_ptr<const aggregate>> {
        if (request.types.size() > 1) {
          return status{errc::unsupported, "COUNT takes one argument; count a ROW(...) of several"};
        }
        if (request.distinct && request.types.empty()) {
          return status{errc::invalid_argument, "COUNT(DISTINCT ...) needs an argument"};
        }
        return with_distinct(std::make_shared<count>(request), request);
      }});
}

} // namespace levada::aggregates
