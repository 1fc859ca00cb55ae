// The hand-written limit of the queries: one thread, simdjson On-Demand, only the fields a query needs, a flat table for
// the aggregation, results counted and summed.
//   limit QUERY FILE [AUCTIONS]     QUERY: A-F of bench/queries, or S (SenML packs, a bare parse)
// Prints: QUERY rows N out N check N cpu_s S
#include <sys/resource.h>

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "simdjson.h"

namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t buffer_bytes = 8 << 20;
constexpr size_t json_batch_bytes = 1 << 20;
constexpr size_t output_bytes = 1 << 20;

[[noreturn]] void stop(const char* why) {
  std::fprintf(stderr, "limit: %s\n", why);
  std::exit(1);
}

// A field, or the end of the program.
template <class T>
T field(ondemand::object& object, std::string_view name) {
  T value;
  if (object[name].get(value)) stop("a field is missing");
  return value;
}

// Milliseconds since the epoch of "yyyy-MM-dd HH:mm:ss.SSS"; days after Howard Hinnant's days_from_civil.
int64_t milliseconds(std::string_view text) {
  const auto number = [&](size_t at, size_t digits) {
    int value = 0;
    for (size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const int month = number(5, 2);
  const int year = number(0, 4) - (month <= 2 ? 1 : 0);
  const int era = year / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year =
      (153 * static_cast<unsigned>(month + (month > 2 ? -3 : 9)) + 2) / 5 + static_cast<unsigned>(number(8, 2)) - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  const int64_t days = int64_t{era} * 146097 + int64_t{day_of_era} - 719468;
  return ((days * 24 + number(11, 2)) * 60 + number(14, 2)) * 60000 + number(17, 2) * 1000 + number(20, 3);
}

struct slot {
  int64_t key = -1;
  int64_t count = 0;
  int64_t sum = 0;
  int64_t top = 0;
};

// Open addressing, doubled at half full.
class table {
 public:
  slot& at(int64_t key) {
    if (used_ * 2 > slots_.size()) grow();
    slot& found = *probe(key);
    if (found.key < 0) {
      found.key = key;
      ++used_;
    }
    return found;
  }
  const slot* find(int64_t key) {
    const slot* found = probe(key);
    return found->key < 0 ? nullptr : found;
  }
  const std::vector<slot>& slots() const { return slots_; }

 private:
  slot* probe(int64_t key) {
    size_t i = static_cast<size_t>(static_cast<uint64_t>(key) * 0x9E3779B97F4A7C15ull >> 20) & (slots_.size() - 1);
    while (slots_[i].key >= 0 && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
    return &slots_[i];
  }
  void grow() {
    std::vector<slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const auto& s : old) {
      if (s.key >= 0) *probe(s.key) = s;
    }
  }

  std::vector<slot> slots_ = std::vector<slot>(size_t{1} << 16);
  size_t used_ = 0;
};

struct totals {
  size_t rows = 0;
  size_t out = 0;
  int64_t check = 0;
};

// Calls `each(object)` for every line of the file.
template <class F>
size_t for_each_object(const char* path, F&& each) {
  std::FILE* file = std::fopen(path, "rb");
  if (!file) stop("cannot open the file");
  std::vector<char> buffer(buffer_bytes + simdjson::SIMDJSON_PADDING);
  ondemand::parser parser;
  size_t have = 0;
  size_t rows = 0;
  for (;;) {
    const size_t got = std::fread(buffer.data() + have, 1, buffer_bytes - have, file);
    const size_t end = have + got;
    size_t cut = end;
    while (cut > 0 && buffer[cut - 1] != '\n') --cut;
    if (cut == 0) break;
    ondemand::document_stream stream;
    if (parser.iterate_many(buffer.data(), cut, json_batch_bytes).get(stream)) stop("cannot parse");
    for (auto document : stream) {
      ondemand::object object;
      if (document.get_object().get(object)) stop("not an object");
      ++rows;
      each(object);
    }
    std::memmove(buffer.data(), buffer.data() + cut, end - cut);
    have = end - cut;
    if (got == 0) break;
  }
  std::fclose(file);
  return rows;
}

totals filter(const char* path) {
  totals result;
  std::FILE* null = std::fopen("/dev/null", "wb");
  std::string text;
  result.rows = for_each_object(path, [&](ondemand::object& bid) {
    const auto auction = field<int64_t>(bid, "auction");
    const auto price = field<int64_t>(bid, "price");
    if (auction % 123 != 0) return;
    char line[48];
    text.append(line,
                static_cast<size_t>(std::snprintf(line, sizeof line, "%" PRId64 ",%" PRId64 "\n", auction, price)));
    if (text.size() > output_bytes) {
      std::fwrite(text.data(), 1, text.size(), null);
      text.clear();
    }
    ++result.out;
    result.check += price;
  });
  std::fclose(null);
  return result;
}

totals convert(const char* path) {
  totals result;
  result.rows = for_each_object(path, [&](ondemand::object& bid) {
    const auto auction = field<int64_t>(bid, "auction");
    const auto bidder = field<int64_t>(bid, "bidder");
    const auto price = field<int64_t>(bid, "price");
    const auto time = milliseconds(field<std::string_view>(bid, "dateTime"));
    const auto extra = field<std::string_view>(bid, "extra");
    result.check += auction + bidder + price * 908 + time + static_cast<int64_t>(extra.size());
    ++result.out;
  });
  return result;
}

totals count_groups(table& groups, size_t rows) {
  totals result;
  result.rows = rows;
  for (const auto& s : groups.slots()) {
    if (s.key < 0) continue;
    ++result.out;
    result.check += s.count;
  }
  return result;
}

int64_t window_key(int64_t id, int64_t time_ms, int64_t size_ms) { return id << 24 | (time_ms / size_ms & 0xFFFFFF); }

totals tumble(const char* path) {
  table groups;
  const size_t rows = for_each_object(path, [&](ondemand::object& bid) {
    const auto auction = field<int64_t>(bid, "auction");
    const auto price = field<int64_t>(bid, "price");
    auto& s = groups.at(window_key(auction, milliseconds(field<std::string_view>(bid, "dateTime")), 10000));
    ++s.count;
    s.sum += price;
    s.top = std::max(s.top, price);
  });
  return count_groups(groups, rows);
}

// Counts per slice of 2 s; adding five slices up is left out.
totals hop(const char* path) {
  table groups;
  const size_t rows = for_each_object(path, [&](ondemand::object& bid) {
    const auto auction = field<int64_t>(bid, "auction");
    ++groups.at(window_key(auction, milliseconds(field<std::string_view>(bid, "dateTime")), 2000)).count;
  });
  return count_groups(groups, rows);
}

totals running(const char* path) {
  totals result;
  std::unordered_map<std::string, std::pair<int64_t, int64_t>> channels;
  result.rows = for_each_object(path, [&](ondemand::object& bid) {
    const auto price = field<int64_t>(bid, "price");
    auto& [count, sum] = channels[std::string(field<std::string_view>(bid, "channel"))];
    ++count;
    sum += price;
    result.check += sum / count;
  });
  result.out = channels.size();
  return result;
}

totals join(const char* bids, const char* auctions) {
  totals result;
  table open;
  result.rows = for_each_object(auctions, [&](ondemand::object& auction) {
    const auto id = field<int64_t>(auction, "id");
    const auto time = milliseconds(field<std::string_view>(auction, "dateTime"));
    auto& s = open.at(window_key(id, time, 10000));
    s.sum = field<int64_t>(auction, "seller");
    s.top = field<int64_t>(auction, "category");
  });
  result.rows = for_each_object(bids, [&](ondemand::object& bid) {
    const auto id = field<int64_t>(bid, "auction");
    const auto bidder = field<int64_t>(bid, "bidder");
    const auto price = field<int64_t>(bid, "price");
    const slot* found = open.find(window_key(id, milliseconds(field<std::string_view>(bid, "dateTime")), 10000));
    if (!found) return;
    ++result.out;
    result.check += id + found->sum + found->top + bidder + price;
  });
  return result;
}

double number(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Source, time, temperature and humidity of each pack; no grouping.
totals senml(const char* path) {
  totals result;
  double sum = 0;
  result.rows = for_each_object(path, [&](ondemand::object& pack) {
    ondemand::array entries;
    if (pack["e"].get(entries)) stop("no entries");
    for (auto entry : entries) {
      ondemand::object reading;
      std::string_view name, value;
      if (entry.get(reading)) stop("not an entry");
      for (auto part : reading) {
        std::string_view key;
        if (part.unescaped_key().get(key)) stop("a key");
        if (key == "n") {
          if (part.value().get(name)) stop("a name");
        } else if (key == "v" || key == "sv") {
          if (part.value().get(value)) stop("a value");
        }
      }
      if (name == "source") {
        result.check += static_cast<int64_t>(value.size());
      } else if (name == "temperature" || name == "humidity") {
        sum += number(value);
      }
    }
    result.check += field<int64_t>(pack, "bt") / 60000;
  });
  result.check += static_cast<int64_t>(sum);
  return result;
}

totals run(char query, int argc, char** argv) {
  switch (query) {
  case 'A': return filter(argv[2]);
  case 'B': return convert(argv[2]);
  case 'C': return tumble(argv[2]);
  case 'D': return hop(argv[2]);
  case 'E': return running(argv[2]);
  case 'F': return join(argv[2], argc > 3 ? argv[3] : "");
  case 'S': return senml(argv[2]);
  default: stop("QUERY is one of A B C D E F S");
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3) stop("usage: limit QUERY FILE [AUCTIONS]");
  const totals result = run(argv[1][0], argc, argv);
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::printf("%s rows %zu out %zu check %" PRId64 " cpu_s %.3f\n", argv[1], result.rows, result.out, result.check,
              seconds(used.ru_utime) + seconds(used.ru_stime));
  return 0;
}
