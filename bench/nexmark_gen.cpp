// Deterministic Nexmark-shaped events, after the public description of the benchmark's mix: 1 person : 3 auctions :
// 46 bids; hot and cold auctions, bidders, sellers and channels; log-uniform prices. Newline-delimited JSON.
//   nexmark_gen [--bids 5000000] [--seed 1] [--out DIR] [--line 180] [--disorder-ms 2000] [--rate 10000]
//               [--start 1767225600000]
// DIR gets bids.ndjson, auctions.ndjson and persons.ndjson, each written to NAME.tmp and renamed when complete.
// Same arguments, same bytes: no locale, no random numbers of the library, no formatting of floating point.
// One event in five is stamped up to disorder-ms earlier than its place in the stream.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr uint64_t first_id = 1000;
constexpr uint64_t auction_window = 100; // cold bids go to one of so many newest auctions
constexpr uint64_t auction_lead = 10;    // or to one of so many that are still to come
constexpr uint64_t active_people = 1000;
constexpr uint64_t person_lead = 10;
constexpr uint64_t hot_every = 100; // the hot one of each hundred auctions or persons
constexpr uint32_t cold_channels = 10'000;
constexpr int64_t day_ms = 86'400'000;

constexpr const char* hot_channels[] = {"Google", "Facebook", "Baidu", "Apple"};
constexpr const char* first_names[] = {"Peter", "Paul",  "Luke",  "John",   "Saul",  "Vicky",
                                       "Kate",  "Julie", "Sarah", "Deiter", "Walter"};
constexpr const char* last_names[] = {"Shultz", "Abrams", "Spencer", "White", "Bartels",
                                      "Walton", "Smith",  "Jones",   "Noris"};
constexpr const char* cities[] = {"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
                                  "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
constexpr const char* states[] = {"AZ", "CA", "CA", "ID", "OR", "OR", "WA", "WA", "WA", "WY"};

// splitmix64
struct random_source {
  uint64_t state;
  uint64_t next() {
    uint64_t z = (state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(((next() >> 32) * n) >> 32); }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

[[noreturn]] void stop(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

class line_file {
 public:
  explicit line_file(std::string name) : name_(std::move(name)), file_(std::fopen((name_ + ".tmp").c_str(), "wb")) {
    if (!file_) stop(name_);
    std::setvbuf(file_, nullptr, _IOFBF, 1 << 20);
  }
  void write(std::string_view line) {
    if (std::fwrite(line.data(), 1, line.size(), file_) != line.size()) stop(name_);
  }
  void finish() {
    if (std::fclose(file_) != 0 || std::rename((name_ + ".tmp").c_str(), name_.c_str()) != 0) stop(name_);
  }

 private:
  std::string name_;
  std::FILE* file_;
};

void append_padded(std::string& text, unsigned value, int width) {
  char digits[8];
  for (int i = width; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  text.append(digits, static_cast<size_t>(width));
}

// Milliseconds since the epoch as "yyyy-MM-dd HH:mm:ss.SSS"; dates after Howard Hinnant's civil_from_days.
void append_time(std::string& text, int64_t ms) {
  const int64_t z = ms / day_ms + 719468;
  const int64_t era = z / 146097;
  const auto day_of_era = static_cast<unsigned>(z - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  const auto time = static_cast<unsigned>(ms % day_ms);
  append_padded(text, static_cast<unsigned>(year_of_era + era * 400) + (month <= 2 ? 1 : 0), 4);
  append_padded(text += '-', month, 2);
  append_padded(text += '-', day_of_year - (153 * shifted + 2) / 5 + 1, 2);
  append_padded(text += ' ', time / 3'600'000, 2);
  append_padded(text += ':', time / 60'000 % 60, 2);
  append_padded(text += ':', time / 1000 % 60, 2);
  append_padded(text += '.', time % 1000, 3);
}

void append_letters(std::string& text, random_source& random, uint64_t count) {
  while (count > 0) {
    uint64_t bits = random.next();
    for (int i = 0; i < 12 && count > 0; ++i, --count, bits >>= 5)
      text += "abcdefghijklmnopqrstuvwxyzabcdef"[bits & 31];
  }
}

uint64_t make_price(random_source& random) {
  return static_cast<uint64_t>(std::llround(std::pow(10.0, random.unit() * 6.0) * 100.0));
}

struct channel {
  std::string name;
  std::string url;
};

std::vector<channel> make_channels(random_source& random) {
  std::vector<channel> made;
  for (uint32_t i = 0; i < std::size(hot_channels) + cold_channels; ++i) {
    channel c{"", "https://www.nexmark.com/"};
    append_letters(c.url, random, 3);
    c.url += '/';
    append_letters(c.url, random, 3);
    c.url += "/item.htm?query=1";
    if (i < std::size(hot_channels)) {
      c.name = hot_channels[i];
    } else {
      const auto number = std::to_string(i - std::size(hot_channels));
      c.name = "channel-" + number;
      c.url += "&channel_id=" + number;
    }
    made.push_back(std::move(c));
  }
  return made;
}

struct generator {
  random_source random;
  std::vector<channel> channels;
  int64_t line_bytes;
  uint64_t persons = 0;
  uint64_t auctions = 0;
  std::string text{};

  void add_name(const char* name) { ((text += ",\"") += name) += "\":"; }
  void add(const char* name, uint64_t value) {
    add_name(name);
    text += std::to_string(value);
  }
  void add(const char* name, std::string_view value) {
    add_name(name);
    ((text += '"') += value) += '"';
  }
  void add_time(const char* name, int64_t ms) {
    add_name(name);
    append_time(text += '"', ms);
    text += '"';
  }
  void add_letters(const char* name, uint64_t count) {
    add_name(name);
    append_letters(text += '"', random, count);
    text += '"';
  }
  void start(const char* name, uint64_t value) {
    text = "{\"";
    ((text += name) += "\":") += std::to_string(value);
  }
  void end() { text += "}\n"; }

  // Of the newest `active` and the next `lead` of `count`.
  uint64_t recent(uint64_t count, uint64_t active, uint64_t lead) {
    const uint64_t last = count - 1;
    const uint64_t reach = std::min(last, active);
    return last - reach + random.below(static_cast<uint32_t>(reach + 1 + lead));
  }

  void make_person(int64_t ms) {
    start("id", first_id + persons++);
    const uint32_t city = random.below(std::size(cities));
    const std::string first = first_names[random.below(std::size(first_names))];
    add("name", first + ' ' + last_names[random.below(std::size(last_names))]);
    add_name("emailAddress");
    append_letters(text += '"', random, 7);
    append_letters(text += '@', random, 5);
    text += ".com\"";
    add_name("creditCard");
    for (int i = 0; i < 4; ++i) append_padded(text += i > 0 ? ' ' : '"', random.below(10000), 4);
    text += '"';
    add("city", cities[city]);
    add("state", states[city]);
    add_time("dateTime", ms);
    add_letters("extra", 8 + random.below(17));
    end();
  }

  void make_auction(int64_t ms) {
    start("id", first_id + auctions++);
    const uint64_t seller =
        random.below(4) > 0 ? (persons - 1) / hot_every * hot_every : recent(persons, active_people, 0);
    const uint64_t first_bid = make_price(random);
    add_letters("itemName", 12);
    add_letters("description", 24);
    add("initialBid", first_bid);
    add("reserve", first_bid + make_price(random));
    add_time("dateTime", ms);
    add_time("expires", ms + 2000 + random.below(18000));
    add("seller", first_id + seller);
    add("category", uint64_t{10} + random.below(5));
    add_letters("extra", 8 + random.below(17));
    end();
  }

  void make_bid(int64_t ms) {
    const uint64_t auction =
        random.below(2) > 0 ? (auctions - 1) / hot_every * hot_every : recent(auctions, auction_window, auction_lead);
    const uint64_t bidder =
        random.below(4) > 0 ? (persons - 1) / hot_every * hot_every + 1 : recent(persons, active_people, person_lead);
    const bool hot = random.below(2) > 0;
    const auto& c =
        channels[hot ? random.below(std::size(hot_channels)) : std::size(hot_channels) + random.below(cold_channels)];
    start("auction", first_id + auction);
    add("bidder", first_id + bidder);
    add("price", make_price(random));
    add("channel", c.name);
    add("url", c.url);
    add_time("dateTime", ms);
    // Up to about line_bytes, a tenth more or less.
    const auto so_far = static_cast<int64_t>(text.size() + std::strlen(",\"extra\":\""));
    const int64_t wanted = line_bytes - 18 + int64_t{random.below(37)} - so_far - 3;
    add_letters("extra", static_cast<uint64_t>(std::max<int64_t>(wanted, 4)));
    end();
  }
};

} // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string, std::less<>> options = {
      {"--bids", "5000000"}, {"--seed", "1"}, {"--rate", "10000"},         {"--disorder-ms", "2000"},
      {"--line", "180"},     {"--out", "."},  {"--start", "1767225600000"}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto option = options.find(argv[i]);
    if (option == options.end()) {
      std::fprintf(stderr, "nexmark_gen: unknown option %s\n", argv[i]);
      return 64;
    }
    option->second = argv[i + 1];
  }
  const auto number = [&](const char* name) { return std::strtoll(options[name].c_str(), nullptr, 10); };
  const auto bids = static_cast<uint64_t>(number("--bids"));
  const int64_t disorder = number("--disorder-ms");
  const int64_t start = number("--start");
  // Bids come at `rate` a second of event time.
  const double ms_per_event = 1000.0 / (static_cast<double>(number("--rate")) * 50.0 / 46.0);

  line_file bid_lines(options["--out"] + "/bids.ndjson");
  line_file auction_lines(options["--out"] + "/auctions.ndjson");
  line_file person_lines(options["--out"] + "/persons.ndjson");
  generator made{{static_cast<uint64_t>(number("--seed")) * 0x9E3779B97F4A7C15ull + 0x1234567}, {}, number("--line")};
  made.channels = make_channels(made.random);
  auto& random = made.random;
  uint64_t written = 0;
  for (uint64_t event = 0; written < bids; ++event) {
    int64_t ms = start + static_cast<int64_t>(static_cast<double>(event) * ms_per_event);
    if (disorder > 0 && random.below(5) == 0) ms -= random.below(static_cast<uint32_t>(disorder) + 1);
    ms = std::max(ms, start);
    const uint64_t place = event % 50;
    if (place == 0) {
      made.make_person(ms);
      person_lines.write(made.text);
    } else if (place <= 3) {
      made.make_auction(ms);
      auction_lines.write(made.text);
    } else {
      made.make_bid(ms);
      bid_lines.write(made.text);
      ++written;
    }
  }
  bid_lines.finish();
  auction_lines.finish();
  person_lines.finish();
  return 0;
}
