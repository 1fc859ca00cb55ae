#include <sysexits.h>

#include <cstdio>

#include "levada/commands.hpp"
#include "levada/script_loader.hpp"
#include "levada/version.hpp"
#include "platform/byte_count.hpp"

namespace levada {

int exit_code_of(errc code) {
  switch (code) {
  case errc::ok: return EX_OK;
  case errc::not_found: return EX_NOINPUT;
  case errc::peer_unreachable:
  case errc::connection_closed:
  case errc::timed_out:
  case errc::tls_error:
  case errc::protocol_error: return EX_UNAVAILABLE;
  case errc::permission_denied:
  case errc::authentication_failed: return EX_NOPERM;
  case errc::io_error:
  case errc::no_space:
  case errc::already_exists:
  case errc::corrupt_value:
  case errc::store_full:
  case errc::store_failed:
  case errc::store_locked: return EX_IOERR;
  case errc::malformed_record:
  case errc::division_by_zero:
  case errc::cast_failed:
  case errc::null_rowtime:
  case errc::not_null_violation:
  case errc::value_out_of_range:
  case errc::operator_failed: return EX_DATAERR;
  case errc::cancelled: return 130;
  case errc::would_block:
  case errc::memory_limit: return EX_TEMPFAIL;
  case errc::state_mismatch:
  case errc::invalid_argument:
  case errc::syntax_error:
  case errc::unsupported:
  case errc::unknown_name:
  case errc::type_mismatch:
  case errc::duplicate_name:
  case errc::invalid_option:
  case errc::missing_option:
  case errc::invalid_query:
  case errc::nesting_too_deep: return EX_CONFIG;
  }
  return EX_SOFTWARE;
}

int report(const status& failure) {
  std::string text = "levada: " + failure.to_string() + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  return exit_code_of(failure.code());
}

int check_command(const script_files& files) {
  registry plugins = builtin_registry();
  auto script = load_script(files, plugins);
  if (!script.ok()) return report(script.error());
  if (!script->ok()) return EX_CONFIG;
  std::printf("%zu job%s, no errors\n", script->jobs.size(), script->jobs.size() == 1 ? "" : "s");
  return EX_OK;
}

namespace {

// What the job may use, where it is bounded by more than its queues.
std::string limits_text(const job_settings& settings) {
  std::string text;
  if (settings.memory_limit > 0)
    text += "memory.limit: " + byte_count_text(static_cast<uint64_t>(settings.memory_limit)) +
            " for state, batches and epochs under way\n";
  if (settings.checkpoint_interval.count() > 0)
    text += "state.quota: " + byte_count_text(static_cast<uint64_t>(settings.state_quota)) + " on disk\n";
  return text;
}

} // namespace

int explain_command(const script_files& files) {
  registry plugins = builtin_registry();
  auto script = load_script(files, plugins);
  if (!script.ok()) return report(script.error());
  if (!script->ok()) return EX_CONFIG;
  for (const auto& j : script->jobs) {
    std::string text = j.kind == job_kind::explain ? j.text : explain(j.graph);
    std::fputs((text + limits_text(j.settings) + "\n").c_str(), stdout);
  }
  return EX_OK;
}

namespace {

void print_options(const std::vector<option_definition>& options) {
  for (const auto& o : options) {
    std::string shape = o.type;
    if (o.required) shape += ", required";
    if (!o.default_value.empty()) shape += ", default " + o.default_value;
    std::printf("  %-34s %s (%s)\n", o.key.c_str(), o.summary.c_str(), shape.c_str());
  }
}

const char* directions(bool in, bool out) { return in && out ? "in, out" : in ? "in" : "out"; }

int describe(const registry& plugins, const std::string& name) {
  if (auto* c = plugins.connector(name)) {
    std::printf("%s (connector: %s): %s\n", c->name.c_str(), directions(bool(c->make_source), bool(c->make_sink)),
                c->summary.c_str());
    print_options(c->options);
    for (const auto& [key, type] : c->metadata) {
      std::printf("  METADATA FROM '%s' %s\n", key.c_str(), type.to_string().c_str());
    }
    return EX_OK;
  }
  if (auto* f = plugins.format(name)) {
    std::printf("%s (format: %s): %s\n", f->name.c_str(), directions(bool(f->make_decoder), bool(f->make_encoder)),
                f->summary.c_str());
    print_options(f->options);
    return EX_OK;
  }
  return report(
      {errc::unknown_name, "no connector or format is called '" + name + "': `levada connectors` lists them"});
}

} // namespace

int connectors_command(const std::string& name) {
  registry plugins = builtin_registry();
  if (!name.empty()) return describe(plugins, name);
  std::printf("connectors\n");
  for (const auto& n : plugins.connector_names()) {
    auto* c = plugins.connector(n);
    std::printf("  %-14s %-8s %s\n", n.c_str(), directions(bool(c->make_source), bool(c->make_sink)),
                c->summary.c_str());
  }
  std::printf("formats\n");
  for (const auto& n : plugins.format_names()) {
    auto* f = plugins.format(n);
    std::printf("  %-14s %-8s %s\n", n.c_str(), directions(bool(f->make_decoder), bool(f->make_encoder)),
                f->summary.c_str());
  }
  std::printf("`levada connectors NAME` lists the options of one.\n");
  return EX_OK;
}

int version_command() {
  std::printf("levada %s (SQL profile 2.2-edge)\n", levada_version);
  return EX_OK;
}

} // namespace levada
