#include "runtime/sql/table_access.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/connectors/values.hpp"
#include "runtime/registry.hpp"
#include "runtime/spelling.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

namespace {

// What a factory needs for as long as its source or sink lives.
struct table_handle {
  std::shared_ptr<const table_entry> table;
  std::shared_ptr<const time_zone> session_zone;
  table_options options;
  table_spec spec;
};

std::shared_ptr<table_handle> make_handle(const access_context& context, std::shared_ptr<const table_entry> table,
                                          bool writable_only) {
  auto handle = std::make_shared<table_handle>();
  handle->table = std::move(table);
  handle->session_zone = context.session_zone;
  handle->options = table_options{handle->table->options};
  auto& spec = handle->spec;
  spec.name = handle->table->name;
  spec.options = &handle->options;
  spec.formats = context.plugins;
  spec.clock = context.clock;
  spec.session_zone = handle->session_zone.get();
  std::vector<uint32_t> place(handle->table->columns.size(), 0);
  for (uint32_t i = 0; i < handle->table->columns.size(); ++i) {
    const auto& c = handle->table->columns[i];
    if (!c.stored() || (writable_only && !c.writable())) continue;
    place[i] = static_cast<uint32_t>(spec.columns.size());
    field shape = c.column;
    const bool metadata = c.kind == ast::column_kind::metadata;
    if (metadata && !writable_only) shape.type = c.metadata_type;
    spec.columns.push_back({std::move(shape), metadata ? c.metadata_key : std::string{}});
  }
  for (uint32_t key : handle->table->primary_key) spec.primary_key.push_back(place[key]);
  return handle;
}

// The option a message is about, if it quotes one.
source_span span_of_option(const table_entry& table, std::string_view message) {
  for (size_t open = message.find('\''); open != std::string_view::npos; open = message.find('\'', open + 1)) {
    const size_t close = message.find('\'', open + 1);
    if (close == std::string_view::npos) break;
    const auto it = table.option_spans.find(std::string(message.substr(open + 1, close - open - 1)));
    if (it != table.option_spans.end()) return it->second;
  }
  return table.options_span;
}

// A required option is missing because its name was mistyped.
bool report_misspelt(const table_entry& table, const status& why, diagnostics& found) {
  for (const auto& [key, span] : table.option_spans) {
    for (const auto& option : table.connector->options) {
      const bool missing = why.message().find("'" + option.key + "'") != std::string_view::npos;
      const std::array<std::string_view, 1> candidate{option.key};
      if (!missing || key == option.key || !spelling::closest(key, candidate)) continue;
      found.error(errc::invalid_option, span, "table '" + table.name + "': unknown option '" + key + "'",
                  "did you mean '" + option.key + "'?");
      return true;
    }
  }
  return false;
}

void report(const table_entry& table, const status& why, diagnostics& found) {
  if (why.code() == errc::missing_option && report_misspelt(table, why, found)) return;
  found.error(why.code(), span_of_option(table, why.message()),
              "table '" + table.name + "': " + std::string(why.message()));
}

// Options the connector declares but had no use for in this role (a sink's, when reading) are not mistakes.
bool check_options(table_handle& handle, const registry& plugins, diagnostics& found) {
  const table_entry& table = *handle.table;
  std::vector<std::string> known;
  for (const auto& option : table.connector->options) known.push_back(option.key);
  for (const char* key : {"connector", "format", "scan.watermark.idle-timeout", "scan.watermark.emit.strategy"})
    known.emplace_back(key);
  if (table.connector->make_sink) known.emplace_back("sink.delivery-guarantee");
  if (const auto it = table.options.find("format"); it != table.options.end()) {
    if (const auto* format = plugins.format(it->second)) {
      for (const auto& option : format->options) {
        known.push_back(option.key);
        known.push_back(it->second + "." + option.key);
      }
    }
  }
  for (const auto& key : known) (void)handle.options.text(key);
  const auto s = handle.options.reject_unused(known);
  if (!s.ok()) report(table, s, found);
  return s.ok();
}

bool read_guarantee(table_handle& handle, delivery& out, diagnostics& found) {
  constexpr std::array<std::string_view, 3> choices = {"none", "at-least-once", "exactly-once"};
  auto word = handle.options.one_of("sink.delivery-guarantee", choices, "at-least-once");
  if (!word.ok()) {
    report(*handle.table, word.error(), found);
    return false;
  }
  out = *word == "none" ? delivery::none : *word == "exactly-once" ? delivery::exactly_once : delivery::at_least_once;
  if (out != delivery::exactly_once || handle.table->connector->exactly_once) return true;
  report(*handle.table,
         {errc::unsupported, "'sink.delivery-guarantee' = 'exactly-once': connector '" + handle.table->connector->name +
                                 "' delivers at least once"},
         found);
  return false;
}

} // namespace

source_factory open_source(const access_context& context, const std::shared_ptr<const table_entry>& table,
                           const std::vector<uint32_t>& columns, const schema& shape, diagnostics& found) {
  auto handle = make_handle(context, table, false);
  source_spec spec;
  spec.table = handle->spec;
  spec.batch_rows = context.batch_rows;
  uint32_t stored = 0;
  for (uint32_t i = 0; i < table->columns.size(); ++i) {
    if (!table->columns[i].stored()) continue;
    const auto at = std::find(columns.begin(), columns.end(), i);
    if (at != columns.end()) {
      spec.needed.push_back(stored);
      spec.table.columns[stored].column.type = shape.fields[static_cast<size_t>(at - columns.begin())].type;
    }
    ++stored;
  }
  source_factory make = [handle, spec] { return handle->table->connector->make_source(spec); };
  if (auto tried = make(); !tried.ok()) {
    report(*table, tried.error(), found);
    return nullptr;
  }
  return check_options(*handle, *context.plugins, found) ? make : nullptr;
}

sink_factory open_sink(const access_context& context, const std::shared_ptr<const table_entry>& table, bool updating,
                       delivery& guarantee, diagnostics& found) {
  auto handle = make_handle(context, table, true);
  if (!read_guarantee(*handle, guarantee, found)) return nullptr;
  sink_spec spec;
  spec.table = handle->spec;
  spec.guarantee = guarantee;
  spec.updating = updating;
  sink_factory make = [handle, spec] { return handle->table->connector->make_sink(spec); };
  if (auto tried = make(); !tried.ok()) {
    report(*table, tried.error(), found);
    return nullptr;
  }
  return check_options(*handle, *context.plugins, found) ? make : nullptr;
}

source_factory open_values(const access_context& context, schema shape, std::vector<std::vector<expression_ptr>> rows) {
  eval_context eval;
  eval.clock = context.clock;
  eval.session_zone = context.session_zone.get();
  const auto zone = context.session_zone;
  return [shape = std::move(shape), rows = std::move(rows), eval, zone]() -> result<std::unique_ptr<source>> {
    batch one;
    one.rows = 1;
    std::vector<column> columns;
    for (const auto& f : shape.fields) columns.emplace_back(f.type);
    for (const auto& row : rows) {
      for (size_t i = 0; i < row.size(); ++i) {
        auto value = evaluate(*row[i], one, one.selected(), eval);
        if (!value.ok()) return value.error().at("VALUES");
        columns[i].push_from(**value, 0);
      }
    }
    batch all;
    all.rows = static_cast<uint32_t>(rows.size());
    std::vector<uint32_t> needed;
    for (auto& c : columns) {
      needed.push_back(static_cast<uint32_t>(needed.size()));
      all.columns.push_back(std::make_shared<const column>(std::move(c)));
    }
    return make_values_source(std::move(all), std::move(needed));
  };
}

} // namespace levada
