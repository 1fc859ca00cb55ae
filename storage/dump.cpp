#include "storage/dump.hpp"

#include <map>
#include <optional>
#include <utility>

#include "platform/file.hpp"
#include "storage/dead_letters.hpp"
#include "storage/epoch_state.hpp"
#include "storage/keyed_store.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/record.hpp"

namespace levada {

namespace {

class state_dump {
 public:
  state_dump(const dump_options& options, const std::function<void(std::string_view)>& line,
             const lmdb_transaction& from)
      : options_(options), line_(line), from_(from) {}

  status run() {
    auto loaded = load_state(from_);
    if (!loaded.ok()) return loaded.error();
    const auto& summary = loaded->summary;
    line_("job " + summary.job);
    line_("epoch " + std::to_string(summary.epoch) + ", wall time " + std::to_string(summary.wall_time_us) + " us" +
          (summary.finished ? ", finished" : ""));
    for (const auto& [id, crc] : loaded->value_crcs)
      if (auto shown = value(id); !shown.ok()) return shown;
    for (const auto& [id, keyed] : loaded->stores)
      if (auto shown = store(id, keyed.record); !shown.ok()) return shown;
    return dead_letters(summary);
  }

 private:
  std::string shown(std::string_view bytes) const { return shown_bytes(bytes, options_.bytes_shown_max); }

  status value(const std::string& id) {
    const auto key = value_key(id);
    auto found = from_.get(key);
    if (!found.ok()) return found.error();
    auto payload = checked_payload(key, found->value_or(""), "value '" + id + "'");
    if (!payload.ok()) return payload.error();
    line_("value " + id + " = " + shown(*payload));
    return {};
  }

  status store(const std::string& id, const store_record& record) {
    std::map<std::pair<uint16_t, std::string>, std::string> entries;
    auto read = read_entries(
        from_, id, record, [&](uint16_t group, std::string_view key, std::optional<std::string_view> value) {
          if (value) entries.insert_or_assign({group, std::string(key)}, options_.entries ? shown(*value) : "");
          else entries.erase({group, std::string(key)});
        });
    if (!read.ok()) return read;
    line_("store " + id + ": schema " + std::to_string(record.schema) + ", " + std::to_string(entries.size()) +
          " entries, base " + std::to_string(record.base_bytes) + " bytes, deltas " +
          std::to_string(record.delta_bytes) + " bytes, " + std::to_string(record.chunks.count) + " chunks");
    if (!options_.entries) return {};
    for (const auto& [at, value] : entries)
      line_("  group " + std::to_string(at.first) + " " + shown(at.second) + " = " + value);
    return {};
  }

  status dead_letters(const manifest& summary) {
    line_("dead letters " + std::to_string(summary.letters.count) + ", dropped " +
          std::to_string(summary.letters_dropped));
    const uint64_t end = summary.first_letter + summary.letters.count;
    return read_dead_letters(from_, summary, [&](uint64_t sequence, int64_t, const dead_letter& letter) {
      if (end - sequence > options_.dead_letters_max) return;
      line_("  " + std::to_string(sequence) + " " + letter.source + " " + letter.position + ": " + letter.reason +
            ": " + shown(letter.payload));
    });
  }

  const dump_options& options_;
  const std::function<void(std::string_view)>& line_;
  const lmdb_transaction& from_;
};

} // namespace

std::string shown_bytes(std::string_view bytes, size_t bytes_max) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes.substr(0, bytes_max)) {
    const auto code = static_cast<uint8_t>(byte);
    if (code >= 0x20 && code < 0x7f && byte != '\\') {
      text.push_back(byte);
    } else {
      text += "\\x";
      text.push_back(digits[code >> 4]);
      text.push_back(digits[code & 0xf]);
    }
  }
  if (bytes.size() > bytes_max) text += "...";
  return text;
}

status dump_state(const dump_options& options, const std::function<void(std::string_view)>& line) {
  const auto path = state_file(options.directory);
  if (auto present = local_files().info(path); !present.ok()) return present.error();
  auto env = lmdb_env::open(path, lmdb_env::map_of_the_file);
  if (!env.ok()) return env.error();
  auto txn = lmdb_transaction::begin(*env, lmdb_access::read);
  if (!txn.ok()) return txn.error();
  return state_dump(options, line, *txn).run().at(options.directory);
}

} // namespace levada
