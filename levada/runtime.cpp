#include <mutex>

#include "levada/job_host.hpp"
#include "levada/levada.hpp"
#include "levada/push_table.hpp"
#include "levada/user_operator_adapter.hpp"

namespace levada {
inline namespace v0 {

namespace {

error to_error(const status& s) { return {static_cast<uint16_t>(s.code()), s.ok() ? std::string{} : s.to_string()}; }

error misuse(std::string message) { return to_error({errc::invalid_argument, std::move(message)}); }

std::string quoted(std::string_view name) {
  std::string text = "`";
  for (char c : name) text.append(c == '`' ? 2 : 1, c);
  return text + "`";
}

std::string literal(std::string_view content) {
  std::string text = "'";
  for (char c : content) text.append(c == '\'' ? 2 : 1, c);
  return text + "'";
}

// The planner is the one that knows how types are written.
result<schema> columns_of(const std::vector<column_definition>& columns) {
  registry plugins;
  push_queues queues;
  register_push(plugins, queues, 1);
  std::string text = "CREATE TABLE o (";
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (i > 0 ? ", " : "") + quoted(columns[i].name) + " " + columns[i].type;
  }
  text += ") WITH ('connector' = 'push'); SELECT * FROM o";
  plan_options planning;
  planning.plugins = &plugins;
  planning.clock = &machine_clock();
  planning.make_collect = [](const sink_spec&) -> result<std::unique_ptr<sink>> {
    return status{errc::unsupported, "planned for its schema only"};
  };
  auto planned = plan({"columns", text}, planning);
  if (!planned.ok()) return planned.found.first_error(planned.source);
  return planned.jobs.at(0).output;
}

} // namespace

stream stream::filter(std::string_view condition) const {
  return stream("SELECT * FROM (" + sql_ + ") WHERE " + std::string(condition));
}

stream stream::select(std::string_view expressions) const {
  return stream("SELECT " + std::string(expressions) + " FROM (" + sql_ + ")");
}

stream stream::apply(std::string_view user_operator_name, const std::vector<std::string>& key_columns,
                     const std::map<std::string, std::string>& options) const {
  std::string call = std::string(user_operator_name) + "((" + sql_ + ")";
  for (size_t i = 0; i < key_columns.size(); ++i) {
    call += (i == 0 ? " PARTITION BY " : ", ") + quoted(key_columns[i]);
  }
  for (const auto& [key, text] : options) call += ", " + quoted(key) + " => " + literal(text);
  return stream("SELECT * FROM " + call + ")");
}

struct runtime::impl {
  explicit impl(runtime_options o)
      : options(std::move(o)), plugins(builtin_registry()), clock(options.virtual_start_us) {
    register_push(plugins, queues, options.push_queue_rows);
    register_callback(plugins, callbacks);
  }

  const clock_source* clock_in_use() const { return options.virtual_clock ? &clock : &machine_clock(); }

  runtime_options options;
  registry plugins;
  push_queues queues;
  row_callbacks callbacks;
  manual_clock clock;
  std::string script;
  std::string inserts;
  std::unique_ptr<job_host> host; // last: it uses the rest
};

runtime::runtime(runtime_options options) : impl_(std::make_unique<impl>(std::move(options))) {}

runtime::~runtime() {
  for (auto& [name, queue] : impl_->queues) queue->abandon();
}

error runtime::add_operator(std::string name, const std::vector<column_definition>& output,
                            std::function<std::unique_ptr<user_operator>()> make) {
  auto shape = columns_of(output);
  if (!shape.ok()) return to_error(shape.error());
  if (impl_->plugins.find_table_function(name)) return misuse("an operator '" + name + "' is registered already");
  impl_->plugins.add_table_function(
      std::move(name), [make = std::move(make)] { return adapt_user_operator(make()); }, std::move(*shape));
  return {};
}

error runtime::load(std::string_view sql) {
  if (impl_->host) return misuse("load() comes before start()");
  impl_->script += sql;
  impl_->script += ";\n";
  return {};
}

stream runtime::from(std::string_view table) const { return stream("SELECT * FROM " + quoted(table)); }

error runtime::insert_into(std::string_view table, const stream& query) {
  if (impl_->host) return misuse("insert_into() comes before start()");
  impl_->inserts += "INSERT INTO " + quoted(table) + " " + query.sql() + ";\n";
  return {};
}

error runtime::on_rows(std::string_view table, std::function<void(const row_event&)> callback) {
  if (impl_->host) return misuse("on_rows() comes before start()");
  impl_->callbacks[std::string(table)] = std::move(callback);
  return {};
}

error runtime::start() {
  if (impl_->host) return misuse("start() is called once");
  plan_options planning;
  planning.plugins = &impl_->plugins;
  planning.clock = impl_->clock_in_use();
  planning.settings = impl_->options.settings;
  auto planned = plan({"script", impl_->script + impl_->inserts}, planning);
  if (!planned.ok()) {
    return {static_cast<uint16_t>(planned.found.first_error(planned.source).code()),
            planned.found.render(planned.source)};
  }
  host_options options;
  options.state_dir = impl_->options.state_dir;
  options.fresh = impl_->options.fresh;
  options.clock = impl_->clock_in_use();
  if (impl_->options.on_warning) options.warn = impl_->options.on_warning;
  auto host = job_host::make(std::move(planned), impl_->plugins, options);
  if (!host.ok()) return to_error(host.error());
  impl_->host = std::move(*host);
  return to_error(impl_->host->start());
}

error runtime::push(std::string_view table, const row& values) {
  auto it = impl_->queues.find(table);
  if (it == impl_->queues.end())
    return misuse("no table '" + std::string(table) + "' with 'connector' = 'push' is read");
  return to_error(it->second->push(values, true));
}

bool runtime::try_push(std::string_view table, const row& values) {
  auto it = impl_->queues.find(table);
  return it != impl_->queues.end() && it->second->push(values, false).ok();
}

void runtime::advance_clock(int64_t us) {
  impl_->clock.advance_us(us);
  if (impl_->host) impl_->host->clock_moved();
}

error runtime::finish() {
  if (!impl_->host) return misuse("finish() comes after start()");
  for (auto& [name, queue] : impl_->queues) queue->end();
  return wait();
}

error runtime::drain() {
  if (!impl_->host) return misuse("drain() comes after start()");
  impl_->host->drain();
  return wait();
}

error runtime::wait() {
  if (!impl_->host) return misuse("wait() comes after start()");
  return to_error(impl_->host->wait());
}

} // namespace v0
} // namespace levada
