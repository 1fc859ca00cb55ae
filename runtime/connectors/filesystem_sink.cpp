#include <limits>

#include "platform/clock.hpp"
#include "runtime/connectors/file_listing.hpp"
#include "runtime/connectors/filesystem.hpp"
#include "runtime/connectors/part_files.hpp"
#include "runtime/connectors/table_format.hpp"

namespace levada {

namespace {

class filesystem_sink final : public sink {
 public:
  filesystem_sink(part_files parts, std::unique_ptr<encoder> encoder, delivery guarantee, const clock_source* clock,
                  int64_t rollover_us)
      : parts_(std::move(parts)), encoder_(std::move(encoder)), guarantee_(guarantee), clock_(clock),
        rollover_us_(rollover_us) {}

  status open(std::string_view position) override {
    roll_at_us_ = clock_->monotonic_us() + rollover_us_;
    return parts_.open(position);
  }

  status write(const batch& rows) override {
    if (!revealing_.ok()) return revealing_;
    buffer_.clear();
    if (encoder_->self_delimiting()) {
      if (auto s = encoder_->encode(rows, buffer_, nullptr); !s.ok()) return s;
    } else if (auto s = encode_lines(rows); !s.ok()) {
      return s;
    }
    if (parts_.has_file() && clock_->monotonic_us() >= roll_at_us_) {
      if (auto s = parts_.roll(); !s.ok()) return s;
    }
    bool first = !parts_.has_file();
    if (auto s = parts_.append(buffer_); !s.ok()) return s;
    if (first) roll_at_us_ = clock_->monotonic_us() + rollover_us_;
    return {};
  }

  status flush() override {
    if (!revealing_.ok()) return revealing_;
    return guarantee_ == delivery::none ? status{} : parts_.sync();
  }
  std::string position() override { return parts_.position(); }
  void committed(std::string_view position) override { revealing_ = parts_.committed(position); }
  status close() override {
    if (!revealing_.ok()) return revealing_;
    return parts_.close();
  }

 private:
  // What separates records of a format that does not do so itself is a newline, as in Flink.
  status encode_lines(const batch& rows) {
    std::string records;
    std::vector<size_t> ends;
    if (auto s = encoder_->encode(rows, records, &ends); !s.ok()) return s;
    size_t begin = 0;
    for (size_t end : ends) {
      buffer_.append(records, begin, end - begin) += '\n';
      begin = end;
    }
    return {};
  }

  part_files parts_;
  std::unique_ptr<encoder> encoder_;
  delivery guarantee_;
  const clock_source* clock_;
  int64_t rollover_us_;
  int64_t roll_at_us_ = 0;
  std::string buffer_;
  status revealing_; // committed() cannot fail; what went wrong there is told at the next call
};

} // namespace

result<std::unique_ptr<sink>> make_filesystem_sink(const sink_spec& spec, std::shared_ptr<file_system> files) {
  table_options& options = *spec.table.options;
  auto path = options.require_text("path");
  if (!path.ok()) return path.error();
  auto local = local_path(*path);
  if (!local.ok()) return local.error();
  part_file_options parts;
  parts.directory = std::move(*local);
  parts.single_file = options.text("sink.file").value_or("");
  if (parts.single_file.find('/') != std::string::npos) {
    return status{errc::invalid_option, "'sink.file' = '" + parts.single_file + "': a name, without directories"};
  }
  parts.hide_uncommitted = spec.guarantee == delivery::exactly_once;
  auto size = options.memory_bytes("sink.rolling-policy.file-size", static_cast<int64_t>(parts.file_bytes_max));
  if (!size.ok()) return size.error();
  parts.file_bytes_max = static_cast<uint64_t>(*size);
  constexpr int64_t half_an_hour_ms = 30 * 60 * 1000;
  auto rollover = options.duration_ms("sink.rolling-policy.rollover-interval", half_an_hour_ms);
  if (!rollover.ok()) return rollover.error();
  bool single = !parts.single_file.empty();
  int64_t rollover_us = single ? std::numeric_limits<int64_t>::max() / 2 : *rollover * 1000;
  for (const char* key :
       {"sink.rolling-policy.inactivity-interval", "sink.rolling-policy.check-interval", "sink.parallelism"}) {
    static_cast<void>(options.text(key));
  }
  auto encoder = make_table_encoder(spec.table);
  if (!encoder.ok()) return encoder.error();
  return std::unique_ptr<sink>(new filesystem_sink(part_files(std::move(files), std::move(parts)), std::move(*encoder),
                                                   spec.guarantee, spec.table.clock, rollover_us));
}

} // namespace levada
