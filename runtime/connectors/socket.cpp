#include "runtime/connectors/socket.hpp"

#include <algorithm>

#include "runtime/connectors/chunk_buffer.hpp"
#include "runtime/connectors/socket_link.hpp"
#include "runtime/connectors/table_format.hpp"
#include "runtime/registry.hpp"

namespace levada {

namespace {

// Reads in one poll: it must come to an end even where no record is good.
constexpr int reads_per_poll_max = 16;

class socket_source final : public source {
 public:
  socket_source(socket_link link, table_decoder decoder, std::string where)
      : link_(std::move(link)), decoder_(std::move(decoder)), where_(std::move(where)) {}

  status open(std::string_view) override { return link_.open(); }

  result<poll_state> poll(decode_target& into) override {
    if (ended_ && buffer_.pending_bytes() == 0) return poll_state::finished;
    for (int reads = 0; into.rows < into.rows_max;) {
      if (buffer_.pending_bytes() > 0) {
        auto progressed = decode_pending(into);
        if (!progressed.ok()) return progressed.error();
        if (*progressed) continue;
      }
      if (closed_) {
        closed_ = false;
        buffer_.clear();
        received_ = 0;
        ended_ = !link_.lost();
        if (ended_) return poll_state::finished;
      }
      byte_stream* stream = link_.ready();
      if (!stream) return poll_state::idle;
      if (++reads > reads_per_poll_max) break;
      std::span<char> room = buffer_.room();
      if (room.empty()) {
        return status{errc::malformed_record,
                      where_ + ": record longer than " + std::to_string(record_bytes_max) + " bytes"};
      }
      auto got = stream->read(room);
      if (!got.ok()) closed_ = true; // by its end or by an error, what came so far counts
      else if (*got == 0) return poll_state::idle;
      else buffer_.added(*got);
    }
    return poll_state::more;
  }

  readiness wait() override { return link_.wait(true, false); }
  std::string position() override { return {}; }
  const source_counters& counters() const override { return counters_; }

 private:
  result<bool> decode_pending(decode_target& into) {
    uint32_t before = into.rows;
    auto done = decoder_.decode(buffer_.pending(), closed_, into);
    counters_.rows += into.rows - before;
    if (!done.ok()) return malformed_at(done.error(), where_, received_);
    counters_.malformed += done->skipped;
    counters_.bytes += done->consumed;
    received_ += done->consumed;
    buffer_.consume(done->consumed);
    return done->consumed > 0;
  }

  socket_link link_;
  table_decoder decoder_;
  std::string where_;
  chunk_buffer buffer_;
  uint64_t received_ = 0; // bytes of this connection before what is pending
  bool closed_ = false;   // the connection is gone, its last bytes are pending
  bool ended_ = false;
  source_counters counters_;
};

class socket_sink final : public sink {
 public:
  socket_sink(socket_link link, std::unique_ptr<encoder> encoder)
      : link_(std::move(link)), encoder_(std::move(encoder)) {}

  status open(std::string_view) override { return link_.open(); }

  status write(const batch& rows) override {
    if (auto s = drain(); !s.ok()) return s;
    if (auto s = encode(rows); !s.ok()) return s;
    // What does not go out now is the sink's: the batch is taken.
    return ignore_would_block(drain());
  }
  status flush() override { return drain(); }
  status service() override { return ignore_would_block(drain()); }
  readiness wait() override { return pending() ? link_.wait(false, true) : readiness{}; }
  status close() override { return drain(); }

 private:
  static status ignore_would_block(const status& s) { return s.code() == errc::would_block ? status{} : s; }
  bool pending() const { return sent_ < out_.size(); }

  status encode(const batch& rows) {
    out_.clear();
    ends_.clear();
    sent_ = 0;
    if (auto s = encoder_->encode(rows, out_, &ends_); !s.ok()) return s;
    if (encoder_->self_delimiting()) return {};
    std::string lines;
    size_t begin = 0;
    for (size_t& end : ends_) {
      lines.append(out_, begin, end - begin) += '\n';
      begin = end;
      end = lines.size();
    }
    out_ = std::move(lines);
    return {};
  }

  status drain() {
    while (pending()) {
      byte_stream* stream = link_.ready();
      if (!stream) return {errc::would_block, "no connection"};
      auto moved = stream->write(std::string_view(out_).substr(sent_));
      if (!moved.ok()) {
        // The next peer begins with a whole record.
        auto end = std::upper_bound(ends_.begin(), ends_.end(), sent_);
        sent_ = end == ends_.begin() ? 0 : *(end - 1);
        if (!link_.lost()) return moved.error();
        continue;
      }
      if (*moved == 0) return {errc::would_block, "the peer is slow"};
      sent_ += *moved;
    }
    return {};
  }

  socket_link link_;
  std::unique_ptr<encoder> encoder_;
  std::string out_; // one batch
  std::vector<size_t> ends_;
  size_t sent_ = 0;
};

} // namespace

result<std::unique_ptr<source>> make_socket_source(const source_spec& spec, std::shared_ptr<network> net) {
  auto socket = read_socket_options(*spec.table.options);
  if (!socket.ok()) return socket.error();
  auto decoder = table_decoder::make(spec);
  if (!decoder.ok()) return decoder.error();
  std::string where = "socket " + socket->peer.to_string();
  return std::unique_ptr<source>(new socket_source(socket_link(std::move(*socket), std::move(net), spec.table.clock),
                                                   std::move(*decoder), std::move(where)));
}

result<std::unique_ptr<sink>> make_socket_sink(const sink_spec& spec, std::shared_ptr<network> net) {
  auto socket = read_socket_options(*spec.table.options);
  if (!socket.ok()) return socket.error();
  auto encoder = make_table_encoder(spec.table);
  if (!encoder.ok()) return encoder.error();
  return std::unique_ptr<sink>(
      new socket_sink(socket_link(std::move(*socket), std::move(net), spec.table.clock), std::move(*encoder)));
}

namespace connectors {

void register_socket(registry& into) {
  connector_definition definition;
  definition.name = "socket";
  definition.summary = "records over TCP, one a line";
  definition.options = {
      {"hostname", "string", "", "the peer; in mode listen the address to listen at, 127.0.0.1 if absent"},
      {"port", "integer", "", "its port; in mode listen 0 takes a free one", true},
      {"format", "string", "", "how records are written: json, csv, raw, ...", true},
      {"mode", "enum connect|listen", "connect", "dial the peer, or wait for one"},
      {"reconnect", "boolean", "true", "after a loss try again; false: the first connection that ends is the last"},
  };
  definition.make_source = [](const source_spec& spec) {
    return make_socket_source(spec, std::make_shared<system_network>());
  };
  definition.make_sink = [](const sink_spec& spec) {
    return make_socket_sink(spec, std::make_shared<system_network>());
  };
  into.add(std::move(definition));
}

} // namespace connectors

} // namespace levada
