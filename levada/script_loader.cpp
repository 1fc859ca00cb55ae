#include "levada/script_loader.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

namespace levada {

namespace {

result<std::string> read_text(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(path, std::ios::binary);
  if (!in) return status{errc::not_found, "cannot read " + path + ": " + std::strerror(errno)};
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad() || (in.fail() && !in.eof())) return status{errc::io_error, "cannot read " + path};
  return text;
}

status split_assignments(const std::vector<std::string>& from, const char* option,
                         std::map<std::string, std::string>& into) {
  for (const auto& text : from) {
    auto at = text.find('=');
    if (at == std::string::npos || at == 0) {
      return {errc::invalid_option, std::string(option) + " " + text + ": write NAME=VALUE"};
    }
    into[text.substr(0, at)] = text.substr(at + 1);
  }
  return {};
}

result<planned_script> plan_and_report(std::string text, std::string name, const plan_options& options) {
  auto planned = plan(std::move(text), std::move(name), options);
  std::string found = planned.found.render(planned.source);
  std::fwrite(found.data(), 1, found.size(), stderr);
  return planned;
}

plan_options options_for(const registry& plugins) {
  plan_options options;
  options.plugins = &plugins;
  options.clock = &machine_clock();
  // A bare SELECT prints like a print table.
  options.make_collect = [&plugins](const sink_spec& spec) -> result<std::unique_ptr<sink>> {
    table_options none;
    sink_spec print = spec;
    print.table.options = &none;
    return plugins.connector("print")->make_sink(print);
  };
  return options;
}

} // namespace

result<planned_script> load_script(const script_files& files, const registry& plugins) {
  auto options = options_for(plugins);
  if (auto s = split_assignments(files.settings, "--set", options.settings); !s.ok()) return s;
  if (auto s = split_assignments(files.variables, "--define", options.variables); !s.ok()) return s;
  std::string text;
  for (const auto& path : files.init) {
    auto part = read_text(path);
    if (!part.ok()) return part.error();
    text += *part;
    text += "\n;\n";
  }
  auto pipeline = read_text(files.pipeline);
  if (!pipeline.ok()) return pipeline.error();
  text += *pipeline;
  return plan_and_report(std::move(text), files.pipeline == "-" ? "<stdin>" : files.pipeline, options);
}

result<planned_script> load_text(std::string text, std::string name, const std::vector<std::string>& settings,
                                 const registry& plugins) {
  auto options = options_for(plugins);
  if (auto s = split_assignments(settings, "--set", options.settings); !s.ok()) return s;
  return plan_and_report(std::move(text), std::move(name), options);
}

} // namespace levada
