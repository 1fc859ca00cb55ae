#include "runtime/connectors/mqtt/options.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <random>

#include "runtime/connectors/mqtt/topic.hpp"

namespace levada::mqtt {

namespace {

constexpr size_t secret_bytes_max = 65'535;
// Ample, since half a window without an answer brings an epoch at once.
constexpr int64_t receive_maximum_default = 1'000;
constexpr std::array<std::string_view, 2> version_names = {"3.1.1", "5"};

status invalid(std::string_view key, std::string_view value, std::string_view why) {
  return {errc::invalid_option, "'" + std::string(key) + "' = '" + std::string(value) + "': " + std::string(why)};
}

status read_url(table_options& options, session_options& into) {
  auto url = options.require_text("url");
  if (!url.ok()) return url.error();
  std::string_view rest = *url;
  std::string_view scheme = "mqtt";
  if (const auto end = rest.find("://"); end != std::string_view::npos) {
    scheme = rest.substr(0, end);
    rest.remove_prefix(end + 3);
  }
  const bool secure = scheme == "mqtts" || scheme == "ssl" || scheme == "tls";
  if (!secure && scheme != "mqtt" && scheme != "tcp")
    return invalid("url", *url, "expected mqtt://host:port or tcp://, with TLS mqtts:// or ssl://");
  if (rest.find('@') != std::string_view::npos)
    return {errc::invalid_option, "'url': a user and a password belong into 'username' and 'password'"};
  if (rest.ends_with('/')) rest.remove_suffix(1);
  auto broker = parse_endpoint(rest, secure ? 8883 : 1883);
  if (!broker.ok()) return {errc::invalid_option, "'url' = " + std::string(broker.error().message())};
  into.broker = std::move(*broker);

  tls_options tls;
  tls.ca_file = options.text("tls.ca-file").value_or("");
  tls.certificate_file = options.text("tls.certificate-file").value_or("");
  tls.key_file = options.text("tls.key-file").value_or("");
  const bool has_files = !tls.ca_file.empty() || !tls.certificate_file.empty() || !tls.key_file.empty();
  if (!secure && has_files) return invalid("url", *url, "the 'tls.*' options need mqtts:// or ssl://");
  if (secure) into.tls = std::move(tls);
  return {};
}

// "env:NAME" and "file:PATH" keep a secret out of the SQL text; its value appears in no message.
result<std::optional<std::string>> read_secret(table_options& options, std::string_view key) {
  auto text = options.text(key);
  if (!text) return std::optional<std::string>{};
  if (text->starts_with("env:")) {
    const char* value = std::getenv(text->c_str() + 4);
    if (!value) return invalid(key, *text, "the environment variable is not set");
    return std::optional<std::string>{value};
  }
  if (text->starts_with("file:")) {
    std::ifstream file(text->substr(5), std::ios::binary);
    if (!file) return invalid(key, *text, "the file cannot be read");
    std::string value(secret_bytes_max + 1, '\0');
    file.read(value.data(), static_cast<std::streamsize>(value.size()));
    value.resize(static_cast<size_t>(file.gcount()));
    while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
    if (value.size() > secret_bytes_max) return invalid(key, *text, "the file is longer than 65535 bytes");
    return std::optional<std::string>{std::move(value)};
  }
  if (text->size() > secret_bytes_max) return status{errc::invalid_option, "'" + std::string(key) + "' is too long"};
  return text;
}

// FNV-1a: the same in every build, which std::hash need not be.
std::string stable_hash(std::initializer_list<std::string_view> parts) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const auto part : parts) {
    for (const char c : part) add(static_cast<unsigned char>(c));
    add(0);
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[hash >> shift & 15];
  return text;
}

std::string machine_name() {
  std::string id;
  if (std::ifstream file("/etc/machine-id"); std::getline(file, id) && !id.empty()) return id;
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return host;
}

// At most 23 letters and digits, which every broker of 3.1.1 must accept.
std::string client_id(std::string_view hash) { return "levada" + std::string(hash); }

result<std::vector<std::string>> read_topics(table_options& options) {
  auto text = options.require_text("topic");
  if (!text.ok()) return text.error();
  std::vector<std::string> topics;
  for (size_t at = 0; at <= text->size();) {
    const size_t end = std::min(text->find(';', at), text->size());
    topics.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  if (topics.size() > filters_max) return invalid("topic", "...", "more than 1000 topics");
  return topics;
}

status read_common(const table_spec& table, session_options& into) {
  table_options& options = *table.options;
  if (auto s = read_url(options, into); !s.ok()) return s;
  auto protocol = options.one_of("protocol-version", version_names, "3.1.1");
  if (!protocol.ok()) return protocol.error();
  into.protocol = *protocol == "5" ? version::v5 : version::v3_1_1;
  for (auto* secret : {&into.username, &into.password}) {
    auto value = read_secret(options, secret == &into.username ? "username" : "password");
    if (!value.ok()) return value.error();
    *secret = std::move(*value);
  }
  if (into.password && !into.username && into.protocol == version::v3_1_1)
    return {errc::invalid_option, "'password' needs 'username' in MQTT 3.1.1"};
  auto keep_alive = options.duration_ms("keep-alive", 60'000);
  if (!keep_alive.ok()) return keep_alive.error();
  if (*keep_alive < 0 || *keep_alive > 65'535'000 || (*keep_alive > 0 && *keep_alive < 1000))
    return {errc::invalid_option, "'keep-alive': expected 0 (off) or a duration from 1 s to 65535 s"};
  into.keep_alive_s = static_cast<uint16_t>(*keep_alive / 1000);
  auto expiry = options.duration_ms("session-expiry", int64_t{86'400'000});
  if (!expiry.ok()) return expiry.error();
  if (*expiry < 0 || *expiry / 1000 > int64_t{0xfffffffe})
    return {errc::invalid_option, "'session-expiry': expected a duration up to 136 years"};
  into.session_expiry_s = static_cast<uint32_t>(*expiry / 1000);
  auto window = options.integer("receive-maximum", receive_maximum_default, 1, 65'535);
  if (!window.ok()) return window.error();
  into.receive_maximum = static_cast<uint16_t>(*window);
  auto longest = options.memory_bytes("max-message-bytes", static_cast<int64_t>(into.message_bytes_max));
  if (!longest.ok()) return longest.error();
  if (*longest < 1024 || *longest > static_cast<int64_t>(body_bytes_max))
    return {errc::invalid_option, "'max-message-bytes': expected 1 kb to 255 mb"};
  into.message_bytes_max = static_cast<size_t>(*longest);
  auto pending = options.memory_bytes("sink.buffer-bytes", static_cast<int64_t>(into.pending_bytes_max));
  if (!pending.ok()) return pending.error();
  if (*pending < 1024 || *pending > int64_t{1} << 30)
    return {errc::invalid_option, "'sink.buffer-bytes': expected 1 kb to 1 gb"};
  into.pending_bytes_max = static_cast<size_t>(*pending);
  into.client_id = options.text("client-id").value_or("");
  if (into.client_id.size() > text_bytes_max) return {errc::invalid_option, "'client-id' is longer than 65535 bytes"};
  into.jitter_seed = std::random_device{}();
  return {};
}

} // namespace

std::vector<option_definition> option_definitions() {
  return {
      {"url", "string", "", "mqtt://host:1883 or tcp://; with TLS mqtts://host:8883 or ssl://", true},
      {"topic", "string", "", "source: filters, separated by ';', wildcards + and #; sink: one topic"},
      {"format", "string", "", "how payloads are written: json, csv, ...", true},
      {"qos", "integer", "1", "0, 1 or 2; at a sink without delivery guarantee the default is 0"},
      {"protocol-version", "enum 3.1.1|5", "3.1.1", "of MQTT"},
      {"client-id", "string", "",
       "default: derived from this machine's id, the table's name, url and topic, the same at every start; of a sink: "
       "random"},
      {"username", "string", "", "also env:NAME or file:PATH"},
      {"password", "string", "", "also env:NAME or file:PATH"},
      {"clean-session", "boolean", "", "source: forget what was missed while away; default: only with qos 0"},
      {"session-expiry", "duration", "1 d", "MQTT 5: how long the broker keeps the session while away"},
      {"keep-alive", "duration", "60 s", "ping after this much silence; 0: never"},
      {"receive-maximum", "integer", "1000",
       "MQTT 5: unacknowledged messages the broker may send, and all that a reconnect can bring again"},
      {"max-message-bytes", "memory size", "16 mb", "longer messages are passed over and counted"},
      {"retain", "boolean", "false", "sink: the broker keeps the last message of each topic"},
      {"sink.buffer-bytes", "memory size", "4 mb", "messages not yet taken by the broker; then the pipeline waits"},
      {"sink.delivery-guarantee", "enum none|at-least-once", "at-least-once", "at-least-once needs qos 1 or 2"},
      {"tls.ca-file", "string", "", "PEM; default: the system's authorities"},
      {"tls.certificate-file", "string", "", "PEM, of this client"},
      {"tls.key-file", "string", "", "PEM; default: inside the certificate file"},
  };
}

result<session_options> read_source_options(const table_spec& table) {
  table_options& options = *table.options;
  session_options session;
  if (auto s = read_common(table, session); !s.ok()) return s;
  auto qos = options.integer("qos", 1, 0, 2);
  if (!qos.ok()) return qos.error();
  auto topics = read_topics(options);
  if (!topics.ok()) return topics.error();
  for (auto& topic : *topics) {
    if (auto s = check_topic_filter(topic); !s.ok())
      return status{errc::invalid_option, "'topic': " + std::string(s.message())};
    session.filters.push_back({std::move(topic), static_cast<uint8_t>(*qos)});
  }
  auto clean = options.boolean("clean-session", *qos == 0);
  if (!clean.ok()) return clean.error();
  session.start = *clean ? session_start::clean : session_start::resume;
  if (session.client_id.empty())
    session.client_id =
        client_id(stable_hash({machine_name(), table.name, *options.text("url"), *options.text("topic")}));
  for (const auto* sink_only : {"retain", "sink.delivery-guarantee"}) static_cast<void>(options.text(sink_only));
  return session;
}

result<sink_options> read_sink_options(const table_spec& table, delivery guarantee, bool topic_per_row) {
  table_options& options = *table.options;
  sink_options sink;
  if (guarantee == delivery::exactly_once)
    return status{
        errc::unsupported,
        "'sink.delivery-guarantee' = 'exactly-once': an MQTT broker cannot be asked what it has already got; use "
        "'at-least-once' and let the reader drop duplicates by a key, or a filesystem sink"};
  if (auto s = read_common(table, sink.session); !s.ok()) return s;
  auto qos = options.integer("qos", guarantee == delivery::none ? 0 : 1, 0, 2);
  if (!qos.ok()) return qos.error();
  if (guarantee == delivery::at_least_once && *qos == 0)
    return status{errc::invalid_option, "'qos' = '0' loses messages with the connection; set 'qos' to '1', or "
                                        "'sink.delivery-guarantee' to 'none'"};
  sink.qos = static_cast<uint8_t>(*qos);
  auto retain = options.boolean("retain", false);
  if (!retain.ok()) return retain.error();
  sink.retain = *retain;
  if (!topic_per_row || options.has("topic")) {
    auto topic = options.require_text("topic");
    if (!topic.ok()) return topic.error();
    if (auto s = check_topic_name(*topic); !s.ok())
      return status{errc::invalid_option, "'topic': " + std::string(s.message())};
    sink.topic = std::move(*topic);
  }
  // What an earlier process has left unanswered is not known any more: its packet ids must not meet new messages.
  sink.session.start = session_start::clean_once;
  if (sink.session.client_id.empty()) {
    std::random_device random;
    sink.session.client_id = client_id(stable_hash({std::to_string(random()), std::to_string(random())}));
  }
  for (const auto* read_elsewhere : {"clean-session", "sink.delivery-guarantee"})
    static_cast<void>(options.text(read_elsewhere));
  return sink;
}

} // namespace levada::mqtt
