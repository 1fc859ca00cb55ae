#include "runtime/operators/aggregate_set.hpp"

#include <algorithm>

#include "runtime/registry.hpp"
#include "storage/msgpack.hpp"

namespace levada {

namespace {

constexpr uint32_t alignment = 16;
constexpr size_t args_max = 8;

} // namespace

status aggregate_set::open(std::span<const aggregate_call> calls, const schema& input, bool updating,
                           const registry& functions) {
  parts_.clear();
  counts_rows_ = updating;
  owns_memory_ = false;
  uint32_t offset = updating ? alignment : 0;
  for (const auto& call : calls) {
    const aggregate_definition* definition = functions.aggregate(call.name);
    if (!definition) return {errc::unknown_name, "there is no aggregate function " + call.name};
    aggregate_request request;
    for (uint32_t arg : call.args) request.types.push_back(input.fields[arg].type);
    request.distinct = call.distinct;
    request.retracting = updating;
    auto bound = definition->bind(request);
    if (!bound.ok()) return bound.error().at(call.name);
    check((*bound)->slot_bytes % alignment == 0 && (!updating || (*bound)->can_retract));
    owns_memory_ |= (*bound)->owns_memory;
    parts_.push_back({*bound, call.args, call.filter, offset});
    offset += (*bound)->slot_bytes;
  }
  block_bytes_ = std::max(offset, alignment);
  return {};
}

void aggregate_set::count_rows(std::byte* const* blocks, const batch& in, row_set rows) const {
  if (!counts_rows_) return;
  for (uint32_t i = 0; i < rows.count; ++i) {
    *reinterpret_cast<int64_t*>(blocks[i]) += is_addition(in.kind(rows[i])) ? 1 : -1;
  }
}

void aggregate_set::update(std::byte* const* blocks, const batch& in, row_set rows) {
  count_rows(blocks, in, rows);
  for (const part& p : parts_) {
    if (p.filter < 0) {
      update_part(p, blocks, in, rows);
      continue;
    }
    const column& condition = *in.columns[static_cast<uint32_t>(p.filter)];
    filtered_rows_.clear();
    filtered_blocks_.clear();
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      if (condition.is_null(row) || !condition.at<uint8_t>(row)) continue;
      filtered_rows_.push_back(row);
      filtered_blocks_.push_back(blocks[i]);
    }
    update_part(p, filtered_blocks_.data(), in, {filtered_rows_.data(), static_cast<uint32_t>(filtered_rows_.size())});
  }
}

void aggregate_set::update_running(std::byte* const* blocks, const batch& in, row_set rows,
                                   std::vector<column>& results) {
  count_rows(blocks, in, rows);
  for (uint32_t a = 0; a < size(); ++a) {
    const part& p = parts_[a];
    const column* args[args_max] = {};
    collect_args(p, in, args);
    const row_kind* kinds = in.kinds ? in.kinds->data() : nullptr;
    if (p.filter < 0) {
      p.function->update_running(blocks, p.offset, rows, args, kinds, results[a]);
      continue;
    }
    const column& condition = *in.columns[static_cast<uint32_t>(p.filter)];
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      if (!condition.is_null(row) && condition.at<uint8_t>(row)) {
        p.function->update(blocks + i, p.offset, {&row, 1}, args, kinds);
      }
      p.function->finish(blocks + i, p.offset, 1, results[a]);
    }
  }
}

void aggregate_set::collect_args(const part& p, const batch& in, const column** args) {
  check(p.args.size() <= args_max);
  for (size_t k = 0; k < p.args.size(); ++k) args[k] = in.columns[p.args[k]].get();
}

void aggregate_set::update_part(const part& p, std::byte* const* blocks, const batch& in, row_set rows) {
  const column* args[args_max] = {};
  collect_args(p, in, args);
  p.function->update(blocks, p.offset, rows, args, in.kinds ? in.kinds->data() : nullptr);
}

void aggregate_set::merge(std::byte* const* into, const std::byte* const* from, uint32_t count) const {
  if (counts_rows_) {
    for (uint32_t i = 0; i < count; ++i) *reinterpret_cast<int64_t*>(into[i]) += row_count(from[i]);
  }
  for (const part& p : parts_) p.function->merge(into, from, p.offset, count);
}

void aggregate_set::finish(const std::byte* const* blocks, uint32_t count, uint32_t index, column& out) const {
  parts_[index].function->finish(blocks, parts_[index].offset, count, out);
}

void aggregate_set::save(const std::byte* block, std::string& bytes) const {
  msgpack_writer out{bytes};
  out.put_array_header(size() + counts_rows_);
  if (counts_rows_) out.put_int(row_count(block));
  for (const part& p : parts_) p.function->save(block + p.offset, out);
}

status aggregate_set::load(std::byte* block, std::string_view bytes) const {
  msgpack_reader in{bytes};
  if (in.get_array_header() != size() + counts_rows_) in.fail("another number of aggregates");
  if (counts_rows_) *reinterpret_cast<int64_t*>(block) = in.get_int();
  for (const part& p : parts_) {
    if (in.ok()) p.function->load(block + p.offset, in);
  }
  return in.failure();
}

void aggregate_set::destroy_parts(std::byte* block) const {
  for (const part& p : parts_) {
    if (p.function->owns_memory) p.function->destroy(block + p.offset);
  }
}

size_t aggregate_set::extra_bytes(const std::byte* block) const {
  size_t bytes = 0;
  if (!owns_memory_) return bytes;
  for (const part& p : parts_) bytes += p.function->extra_bytes(block + p.offset);
  return bytes;
}

} // namespace levada
