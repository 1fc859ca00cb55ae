#include "levada/figures.hpp"

#include <cstdarg>
#include <cstdio>

#include "platform/byte_count.hpp"
#include "runtime/datetime.hpp"

namespace levada {

namespace {

__attribute__((format(printf, 2, 3))) void append(std::string& out, const char* format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  out += text;
}

std::string scaled(double value, const char* unit) {
  static constexpr const char* prefixes[] = {"", " k", " M", " G", " T"};
  size_t i = 0;
  while (value >= 10000 && i + 1 < std::size(prefixes)) value /= 1000, ++i;
  std::string text;
  append(text, value < 100 && i > 0 ? "%.1f%s%s" : "%.0f%s%s", value, prefixes[i], unit);
  return text;
}

double share(uint64_t part_us, int64_t of_us) {
  return of_us > 0 ? 100.0 * static_cast<double>(part_us) / static_cast<double>(of_us) : 0;
}

std::string watermark_text(int64_t watermark) {
  if (watermark == watermark_none) return "none";
  if (watermark == watermark_end) return "end";
  std::string text;
  append_timestamp_short(watermark * 1000, text);
  return text;
}

void append_task(const task_figures& t, int64_t elapsed_us, std::string& out) {
  append(out, "  %-44.44s rows in %s, out %s",
         (t.vertex + (t.instance ? " #" + std::to_string(t.instance) : "")).c_str(),
         scaled(static_cast<double>(t.rows_in), "").c_str(), scaled(static_cast<double>(t.rows_out), "").c_str());
  if (t.rows_late) append(out, ", late %s", scaled(static_cast<double>(t.rows_late), "").c_str());
  if (t.malformed) append(out, ", malformed %s", scaled(static_cast<double>(t.malformed), "").c_str());
  append(out, ", watermark %s, busy %.0f %%, back-pressured %.0f %%", watermark_text(t.watermark).c_str(),
         share(t.busy_us, elapsed_us), share(t.blocked_us, elapsed_us));
  if (t.state_bytes) append(out, ", state %sB", scaled(static_cast<double>(t.state_bytes), " ").c_str());
  out += '\n';
}

} // namespace

std::string render_figures(const named_figures& jobs) {
  std::string out;
  for (const auto& [name, job] : jobs) {
    uint64_t in = 0;
    uint64_t emitted = 0;
    uint64_t late = 0;
    for (const auto& t : job.tasks) {
      if (t.bytes_in || t.vertex.rfind("Source", 0) == 0) in += t.rows_in;
      if (t.vertex.rfind("Sink", 0) == 0) emitted += t.rows_in;
      late += t.rows_late;
    }
    double seconds = static_cast<double>(job.elapsed_us) / 1e6;
    append(out, "%s: %s rows in, %s out, %s late in %.2f s (%s rows/s)", name.c_str(),
           scaled(static_cast<double>(in), "").c_str(), scaled(static_cast<double>(emitted), "").c_str(),
           scaled(static_cast<double>(late), "").c_str(), seconds,
           scaled(seconds > 0 ? static_cast<double>(in) / seconds : 0, "").c_str());
    if (job.epochs) {
      append(out, "; %s epochs, %sB written, %sB and %.1f ms each", scaled(static_cast<double>(job.epochs), "").c_str(),
             scaled(static_cast<double>(job.epoch_bytes), " ").c_str(),
             scaled(static_cast<double>(job.epoch_bytes) / static_cast<double>(job.epochs), " ").c_str(),
             static_cast<double>(job.epoch_us) / 1000.0 / static_cast<double>(job.epochs));
      append(out, "; state %s of %s", byte_count_text(job.stored_bytes).c_str(),
             byte_count_text(job.quota_bytes).c_str());
    }
    append(out, "; memory %s, at most %s", byte_count_text(job.memory_bytes).c_str(),
           byte_count_text(job.memory_peak_bytes).c_str());
    if (job.memory_limit_bytes) append(out, " of %s", byte_count_text(job.memory_limit_bytes).c_str());
    out += '\n';
    for (const auto& t : job.tasks) append_task(t, job.elapsed_us, out);
  }
  return out;
}

std::string render_progress(const named_figures& jobs) {
  uint64_t bytes = 0;
  uint64_t total = 0;
  uint64_t rows = 0;
  int64_t elapsed_us = 0;
  for (const auto& [name, job] : jobs) {
    elapsed_us = std::max(elapsed_us, job.elapsed_us);
    for (const auto& t : job.tasks) {
      if (!t.bytes_total) continue;
      bytes += t.bytes_in;
      total += t.bytes_total;
      rows += t.rows_in;
    }
  }
  std::string out;
  if (!total) return out;
  double seconds = static_cast<double>(elapsed_us) / 1e6;
  append(out, "%3.0f %%  %s rows  %s rows/s", 100.0 * static_cast<double>(bytes) / static_cast<double>(total),
         scaled(static_cast<double>(rows), "").c_str(),
         scaled(seconds > 0 ? static_cast<double>(rows) / seconds : 0, "").c_str());
  return out;
}

} // namespace levada
