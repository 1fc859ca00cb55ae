#include "levada/script_loader.hpp"

#include <cstdio>
#include <iostream>

#include "platform/file.hpp"

namespace levada {

namespace {

constexpr size_t read_bytes = 64 * 1024;

// Up to what a script may have and a little more, so that a larger one is recognised; a device may never end.
template <class Read>
result<std::string> read_bounded(Read read) {
  std::string text;
  while (text.size() <= source_text::max_source_bytes) {
    const size_t before = text.size();
    text.resize(before + read_bytes);
    result<size_t> got = read(std::span<char>(text).subspan(before));
    if (!got.ok()) return got.error();
    text.resize(before + *got);
    if (*got < read_bytes) break;
  }
  return text;
}

result<std::string> read_text(const std::string& path) {
  if (path == "-") {
    return read_bounded([](std::span<char> into) -> result<size_t> {
      std::cin.read(into.data(), static_cast<std::streamsize>(into.size()));
      return static_cast<size_t>(std::cin.gcount());
    });
  }
  local_files files;
  auto in = files.open(path, open_mode::read);
  if (!in.ok()) return in.error();
  if (auto info = (*in)->info(); info.ok() && info->directory)
    return status{errc::not_found, path + " is a directory, not a script"};
  return read_bounded([&](std::span<char> into) { return (*in)->read(into); });
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

result<planned_script> plan_and_report(source_text text, const plan_options& options) {
  auto planned = plan(std::move(text), options);
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
  source_text all{"", ""};
  for (const auto& path : files.init) {
    auto part = read_text(path);
    if (!part.ok()) return part.error();
    all.append(path, *part + "\n;\n");
  }
  auto pipeline = read_text(files.pipeline);
  if (!pipeline.ok()) return pipeline.error();
  all.append(files.pipeline == "-" ? "<stdin>" : files.pipeline, *pipeline);
  return plan_and_report(std::move(all), options);
}

result<planned_script> load_text(std::string_view text, std::string name, const std::vector<std::string>& settings,
                                 const registry& plugins) {
  auto options = options_for(plugins);
  if (auto s = split_assignments(settings, "--set", options.settings); !s.ok()) return s;
  return plan_and_report({std::move(name), text}, options);
}

} // namespace levada
