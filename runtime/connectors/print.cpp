// Rows as Flink's print connector writes them: "[IDENTIFIER> ]+I[1, x]", a line each.
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <unistd.h>

#include "platform/file.hpp"
#include "runtime/registry.hpp"
#include "runtime/value_text.hpp"

namespace levada::connectors {

namespace {

class print_sink final : public sink {
 public:
  print_sink(int descriptor, std::string identifier)
      : descriptor_(descriptor), prefix_(identifier.empty() ? "" : std::move(identifier) + "> ") {}

  status open(std::string_view) override { return {}; }

  status write(const batch& rows) override {
    if (auto s = drain(); !s.ok()) return s;
    rows.selected().for_each([&](uint32_t row) { append_row(rows, row); });
    // What does not go out now is the sink's: the batch is taken.
    status s = drain();
    return s.code() == errc::would_block ? status{} : s;
  }

  status flush() override { return drain(); }
  status service() override { return write_pending(); }
  status close() override { return drain(); }
  readiness wait() override {
    if (pending_.empty()) return {};
    return {descriptor_, POLLOUT, -1};
  }

 private:
  void append_row(const batch& rows, uint32_t row) {
    pending_ += prefix_;
    pending_ += to_string(rows.kind(row));
    pending_ += '[';
    for (size_t i = 0; i < rows.columns.size(); ++i) {
      if (i > 0) pending_ += ", ";
      append_value_text(*rows.columns[i], row, pending_);
    }
    pending_ += "]\n";
  }

  // errc::would_block when not everything went out.
  status drain() {
    size_t done = 0;
    while (done < pending_.size()) {
      ssize_t wrote = ::write(descriptor_, pending_.data() + done, pending_.size() - done);
      if (wrote >= 0) {
        done += static_cast<size_t>(wrote);
        continue;
      }
      if (errno == EINTR) continue;
      int error = errno;
      pending_.erase(0, done);
      return system_error(error, descriptor_ == STDOUT_FILENO ? "standard output" : "standard error");
    }
    pending_.clear();
    return {};
  }

  status write_pending() {
    status s = drain();
    return s.code() == errc::would_block ? status{} : s;
  }

  int descriptor_;
  std::string prefix_;
  std::string pending_; // at most one batch
};

result<std::unique_ptr<sink>> make_sink(const sink_spec& spec) {
  table_options& options = *spec.table.options;
  auto to_error = options.boolean("standard-error", false);
  if (!to_error.ok()) return to_error.error();
  static_cast<void>(options.text("sink.parallelism"));
  return std::unique_ptr<sink>(
      new print_sink(*to_error ? STDERR_FILENO : STDOUT_FILENO, options.text("print-identifier").value_or("")));
}

} // namespace

void register_print(registry& into) {
  connector_definition definition;
  definition.name = "print";
  definition.summary = "rows to standard output, as Flink prints them";
  definition.options = {
      {"print-identifier", "string", "", "written in front of each row"},
      {"standard-error", "boolean", "false", "to standard error instead of standard output"},
      {"sink.parallelism", "integer", "", "accepted for Flink's sake"},
  };
  definition.accepts_updates = true;
  definition.make_sink = make_sink;
  into.add(std::move(definition));
}

} // namespace levada::connectors
