#include "runtime/aggregates/distinct.hpp"

#include <string>

#include "absl/container/flat_hash_map.h"

#include "runtime/aggregates/accumulate.hpp"
#include "runtime/operators/value_codec.hpp"

namespace levada::aggregates {

namespace {

// Value (of several arguments: values) as key bytes of value_codec.hpp, with how often it was added.
using value_counts = absl::flat_hash_map<std::string, int64_t>;

struct distinct_slot {
  value_counts* seen;
  uint64_t seen_bytes; // of keys too long to lie in place
};
constexpr uint32_t header_bytes = 16;
constexpr size_t key_inline_max = 15;

class distinct final : public aggregate {
 public:
  explicit distinct(std::shared_ptr<const aggregate> plain) : plain_(std::move(plain)) {
    result_type = plain_->result_type;
    arguments = plain_->arguments;
    slot_bytes = header_bytes + plain_->slot_bytes;
    can_retract = plain_->can_retract;
    owns_memory = true;
  }

  void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
              const row_kind* kinds) const override {
    std::vector<uint32_t> news;
    std::vector<std::byte*> news_blocks;
    std::string key;
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      // A value with a NULL in it is none: SQL counts it in no aggregate.
      bool is_null = false;
      for (size_t k = 0; k < arguments.size(); ++k) is_null |= args[k]->is_null(row);
      if (is_null) continue;
      key.clear();
      msgpack_writer out{key};
      for (size_t k = 0; k < arguments.size(); ++k) write_key_value(*args[k], row, out);
      auto& slot = *reinterpret_cast<distinct_slot*>(blocks[i] + offset);
      if (!count(slot, key, !kinds || is_addition(kinds[row]) ? 1 : -1)) continue;
      news.push_back(row);
      news_blocks.push_back(blocks[i]);
    }
    plain_->update(news_blocks.data(), offset + header_bytes, {news.data(), static_cast<uint32_t>(news.size())}, args,
                   kinds);
  }

  void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t n) const override {
    std::vector<column> values = empty_values();
    std::vector<std::byte*> blocks;
    for (uint32_t i = 0; i < n; ++i) {
      const auto& source = slot_at<distinct_slot>(from[i], offset);
      if (!source.seen) continue;
      auto& slot = *reinterpret_cast<distinct_slot*>(into[i] + offset);
      for (const auto& [key, times] : *source.seen) {
        if (!count(slot, key, times)) continue;
        msgpack_reader in{key};
        for (column& c : values) read_value(in, c);
        blocks.push_back(into[i]);
      }
    }
    std::vector<const column*> args;
    for (const column& c : values) args.push_back(&c);
    plain_->update(blocks.data(), offset + header_bytes, {nullptr, static_cast<uint32_t>(blocks.size())}, args.data(),
                   nullptr);
  }

  void finish(const std::byte* const* blocks, uint32_t offset, uint32_t n, column& out) const override {
    plain_->finish(blocks, offset + header_bytes, n, out);
  }

  void save(const std::byte* slot, msgpack_writer& out) const override {
    const auto& s = slot_at<distinct_slot>(slot, 0);
    out.put_array_header(2);
    plain_->save(slot + header_bytes, out);
    out.put_map_header(s.seen ? static_cast<uint32_t>(s.seen->size()) : 0);
    if (!s.seen) return;
    for (const auto& [key, times] : *s.seen) {
      out.put_bin(key);
      out.put_int(times);
    }
  }

  void load(std::byte* slot, msgpack_reader& in) const override {
    in.get_array_header();
    plain_->load(slot + header_bytes, in);
    uint32_t values = in.get_map_header();
    for (uint32_t i = 0; i < values && in.ok(); ++i) {
      std::string key{in.get_bin()};
      int64_t times = in.get_int();
      count(*reinterpret_cast<distinct_slot*>(slot), key, times);
    }
  }

  void destroy(std::byte* slot) const override {
    delete reinterpret_cast<distinct_slot*>(slot)->seen;
    plain_->destroy(slot + header_bytes);
  }

  size_t extra_bytes(const std::byte* slot) const override {
    const auto& s = slot_at<distinct_slot>(slot, 0);
    size_t bytes = plain_->extra_bytes(slot + header_bytes);
    if (s.seen) bytes += sizeof *s.seen + s.seen->capacity() * (sizeof(value_counts::value_type) + 1) + s.seen_bytes;
    return bytes;
  }

 private:
  // True when the value came or went for the aggregate behind.
  static bool count(distinct_slot& slot, const std::string& key, int64_t times) {
    if (!slot.seen) slot.seen = new value_counts;
    auto [it, added] = slot.seen->try_emplace(key, 0);
    if (added && key.size() > key_inline_max) slot.seen_bytes += key.size();
    int64_t before = it->second;
    it->second += times;
    if (it->second != 0) return before == 0;
    if (key.size() > key_inline_max) slot.seen_bytes -= key.size();
    slot.seen->erase(it);
    return before != 0;
  }

  std::vector<column> empty_values() const {
    std::vector<column> values;
    for (const data_type& type : arguments) values.emplace_back(type);
    return values;
  }

  std::shared_ptr<const aggregate> plain_;
};

} // namespace

std::shared_ptr<const aggregate> with_distinct(std::shared_ptr<const aggregate> plain,
                                               const aggregate_request& request) {
  if (!request.distinct) return plain;
  return std::make_shared<distinct>(std::move(plain));
}

} // namespace levada::aggregates
