// Table functions in FROM: TUMBLE, HOP, CUMULATE and SESSION, and those of the user.
#include "runtime/sql/query_binder.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "runtime/spelling.hpp"
#include "runtime/sql/literal.hpp"

namespace levada {

namespace {

struct window_function {
  std::string_view name;
  window_kind kind;
  std::string_view signature;
  std::array<std::string_view, 5> parameters; // empty: no more
  size_t required;
};
constexpr std::array window_functions = {
    window_function{"TUMBLE",
                    window_kind::tumble,
                    "TUMBLE(TABLE t, DESCRIPTOR(time), size [, offset])",
                    {"DATA", "TIMECOL", "SIZE", "OFFSET", ""},
                    3},
    window_function{"HOP",
                    window_kind::hop,
                    "HOP(TABLE t, DESCRIPTOR(time), slide, size [, offset])",
                    {"DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"},
                    4},
    window_function{"CUMULATE",
                    window_kind::cumulate,
                    "CUMULATE(TABLE t, DESCRIPTOR(time), step, max_size [, offset])",
                    {"DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"},
                    4},
    window_function{"SESSION",
                    window_kind::session,
                    "SESSION(TABLE t [PARTITION BY key, ..], DESCRIPTOR(time), gap)",
                    {"DATA", "TIMECOL", "GAP", "", ""},
                    3},
};

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

const window_function* find_window_function(std::string_view name) {
  for (const auto& f : window_functions)
    if (f.name == name) return &f;
  return nullptr;
}

std::string ms(int64_t value) { return std::to_string(value) + " ms"; }

// What the sizes of a window must satisfy; empty: they do.
std::string size_error(const window_spec& w, std::string_view name) {
  const std::string function(name);
  if (w.size_ms <= 0) return function + " needs a size above zero, but got " + ms(w.size_ms);
  if ((w.kind == window_kind::hop || w.kind == window_kind::cumulate) && w.slide_ms <= 0)
    return function + " needs a slide or step above zero, but got " + ms(w.slide_ms);
  if (w.kind == window_kind::cumulate && w.size_ms % w.slide_ms != 0)
    return function + " needs a maximum size that is a multiple of the step, but got size " + ms(w.size_ms) +
           " and step " + ms(w.slide_ms);
  const int64_t magnitude = w.offset_ms < 0 ? -w.offset_ms : w.offset_ms;
  if (magnitude >= w.size_ms)
    return function + " parameters must satisfy abs(offset) < size, but got size " + ms(w.size_ms) + " and offset " +
           ms(w.offset_ms);
  return {};
}

} // namespace

bool query_binder::bind_table_function(const ast::table_expression& t, const ast::table_function& f, from_item& out) {
  const auto* call = f.call->as<ast::function_call>();
  if (!call || call->function.parts.size() != 1) {
    context_.found.error(errc::unsupported, f.call->span, "this is no table function",
                         "FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '10' SECOND))");
    return false;
  }
  const std::string& written = call->function.parts[0].text;
  const std::string name = upper(written);
  if (find_window_function(name)) {
    out.node = bind_window(*call, name, t.span);
  } else if (context_.plugins.find_table_function(written)) {
    out.node = bind_user_function(*call, written, t.span);
  } else {
    constexpr std::array<std::string_view, 4> known = {"TUMBLE", "HOP", "CUMULATE", "SESSION"};
    std::string hint = spelling::suggestion(name, known);
    if (hint.empty()) hint = "TUMBLE, HOP, CUMULATE and SESSION are supported, and functions registered by the program";
    context_.found.error(errc::unknown_name, call->function.span, "unknown table function '" + written + "'",
                         std::move(hint));
  }
  if (!out.node) return false;
  std::vector<std::string> names;
  for (const auto& alias : t.column_aliases) names.push_back(alias.text);
  if (!names.empty() && !rename(*out.node, names, t.span, "the alias")) return false;
  out.names = scope::of(*out.node, t.alias ? t.alias->text : std::string{});
  return true;
}

plan_node_ptr query_binder::bind_table_argument(const ast::table_argument& t, source_span at, std::string& called) {
  if (!t.order_by.empty()) {
    context_.found.error(errc::unsupported, at, "ORDER BY in a TABLE argument is not supported",
                         "rows come in the order of their input");
    return nullptr;
  }
  return t.subquery ? bind(*t.subquery) : bind_named(t.table, {}, called);
}

bool query_binder::bind_partition(const ast::table_argument& t, const plan_node& input, std::vector<uint32_t>& out) {
  const scope names = scope::of(input, {});
  bool ok = true;
  for (const auto& key : t.partition_by) {
    const auto* ref = key->as<ast::column_ref>();
    resolved_name where;
    if (!ref) {
      context_.found.error(errc::unsupported, key->span, "PARTITION BY takes columns",
                           "compute the value in a nested SELECT or a view");
      ok = false;
    } else if (!names.resolve(ref->path, context_.found, where)) {
      ok = false;
    } else {
      out.push_back(where.column);
    }
  }
  return ok;
}

plan_node_ptr query_binder::bind_window(const ast::function_call& call, const std::string& name, source_span at) {
  const auto& function = *find_window_function(name);
  const auto wrong_call = [&](source_span where) {
    context_.found.error(errc::invalid_argument, where, name + " is called as " + std::string(function.signature));
    return nullptr;
  };
  std::array<const ast::expression*, 5> args{};
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const auto& argument = call.arguments[i];
    size_t place = i;
    if (argument.argument_name) {
      const std::string wanted = upper(argument.argument_name->text);
      const auto it = std::find(function.parameters.begin(), function.parameters.end(), wanted);
      if (it == function.parameters.end() || wanted.empty()) {
        std::vector<std::string_view> known;
        for (auto p : function.parameters)
          if (!p.empty()) known.push_back(p);
        std::string hint = spelling::suggestion(wanted, known);
        if (hint.empty()) {
          hint = "parameters:";
          for (auto p : known) hint += " " + std::string(p);
        }
        context_.found.error(errc::unknown_name, argument.argument_name->span,
                             name + " has no parameter '" + argument.argument_name->text + "'", std::move(hint));
        return nullptr;
      }
      place = static_cast<size_t>(it - function.parameters.begin());
    }
    if (place >= args.size() || function.parameters[place].empty() || args[place])
      return wrong_call(argument.value->span);
    args[place] = argument.value.get();
  }
  for (size_t i = 0; i < function.required; ++i)
    if (!args[i]) return wrong_call(call.function.span);

  const auto* table = args[0]->as<ast::table_argument>();
  const auto* descriptor = args[1]->as<ast::descriptor>();
  if (!table) return wrong_call(args[0]->span);
  if (!descriptor || descriptor->columns.size() != 1) return wrong_call(args[1]->span);
  if (table->subquery && table->partition_by.empty() && table->subquery->as<ast::set_operation>()) {
    context_.found.warning(errc::unsupported, args[0]->span,
                           "Flink reads only the first SELECT of a UNION ALL written here",
                           "name it by WITH or in a view: both then read all of it");
  }
  std::string called;
  auto input = bind_table_argument(*table, args[0]->span, called);
  if (!input || !count_node(at)) return nullptr;

  auto node = stack(function.kind == window_kind::session ? "session_table" : "window_table", std::move(input), at);
  auto& w = node->spec.window;
  w.kind = function.kind;
  node->spec.keys.emplace_back();
  if (!bind_partition(*table, *node->inputs[0], node->spec.keys[0])) return nullptr;
  if (!table->partition_by.empty() && w.kind != window_kind::session) {
    context_.found.error(errc::unsupported, table->partition_by[0]->span, "PARTITION BY is not supported in " + name,
                         "put the column into GROUP BY");
    return nullptr;
  }

  const auto& column = descriptor->columns[0];
  const scope names = scope::of(*node->inputs[0], {});
  resolved_name where;
  if (!names.resolve({{column}, column.span}, context_.found, where)) return nullptr;
  const data_type& time_type = names.columns[where.column].type;
  const auto attribute = node->traits[where.column].time;
  if (attribute == time_attribute::proctime) {
    context_.found.error(errc::unsupported, column.span, "windows over processing time are not supported",
                         "declare a WATERMARK on an event-time column and use that");
    return nullptr;
  }
  if (attribute != time_attribute::rowtime) {
    std::string hint =
        "declare it in CREATE TABLE: WATERMARK FOR " + column.text + " AS " + column.text + " - INTERVAL '5' SECOND";
    for (size_t i = 0; i < node->traits.size(); ++i)
      if (node->traits[i].time == time_attribute::rowtime)
        hint = "the time attribute here is '" + names.columns[i].name + "'";
    context_.found.error(errc::invalid_query, column.span,
                         "'" + column.text + "' is no time attribute, it is " + time_type.as_nullable().to_string(),
                         std::move(hint));
    return nullptr;
  }
  w.time_column = where.column;
  w.local_zone = time_type.kind() == type_kind::timestamp_ltz;

  const scope nothing;
  expression_binder binder{context_, nothing};
  std::array<int64_t, 5> sizes{};
  for (size_t i = 2; i < args.size(); ++i) {
    if (!args[i]) continue;
    auto value = binder.bind(*args[i]);
    if (!value) return nullptr;
    const auto length = interval_ms(*value);
    if (!length) {
      context_.found.error(errc::invalid_argument, args[i]->span,
                           std::string(function.parameters[i]) + " of " + name +
                               " must be a constant DAY TO SECOND interval",
                           "INTERVAL '10' SECOND; months and years have no fixed length");
      return nullptr;
    }
    sizes[i] = *length;
  }
  switch (w.kind) {
  case window_kind::tumble: w.size_ms = sizes[2], w.offset_ms = sizes[3]; break;
  case window_kind::session: w.size_ms = sizes[2]; break;
  default: w.slide_ms = sizes[2], w.size_ms = sizes[3], w.offset_ms = sizes[4]; break;
  }
  if (auto wrong = size_error(w, name); !wrong.empty()) {
    context_.found.error(errc::invalid_argument, args[2]->span, std::move(wrong));
    return nullptr;
  }

  auto origin = std::make_shared<window_origin>();
  origin->window = w;
  for (uint32_t key : node->spec.keys[0]) origin->partition.push_back(node->output().fields[key].name);
  append_window_columns(*node, origin);
  return node;
}

plan_node_ptr query_binder::bind_user_function(const ast::function_call& call, const std::string& name,
                                               source_span at) {
  const ast::table_argument* table = nullptr;
  std::map<std::string, std::string> options;
  for (const auto& argument : call.arguments) {
    if (const auto* t = argument.value->as<ast::table_argument>(); t && !table) {
      table = t;
      continue;
    }
    const auto* literal = argument.value->as<ast::literal>();
    const bool scalar = literal && literal->kind <= ast::literal_kind::string &&
                        literal->kind != ast::literal_kind::null_value && literal->kind != ast::literal_kind::unknown;
    if (!argument.argument_name || !scalar) {
      context_.found.error(errc::invalid_argument, argument.value->span,
                           "'" + name + "' takes one table and named constants",
                           name + "(TABLE t PARTITION BY k, option => 'value')");
      return nullptr;
    }
    const bool truth = literal->kind == ast::literal_kind::boolean;
    options[argument.argument_name->text] = truth ? (literal->truth ? "true" : "false") : literal->text;
  }
  if (!table) {
    context_.found.error(errc::invalid_argument, call.function.span, "'" + name + "' needs a table",
                         name + "(TABLE t PARTITION BY k, option => 'value')");
    return nullptr;
  }
  std::string called;
  auto input = bind_table_argument(*table, at, called);
  if (!input || !count_node(at)) return nullptr;
  auto node = stack(name, std::move(input), at);
  node->spec.keys.emplace_back();
  if (!bind_partition(*table, *node->inputs[0], node->spec.keys[0])) return nullptr;
  node->spec.options = std::move(options);
  node->spec.output = context_.plugins.find_table_function(name)->output;
  node->traits.assign(node->spec.output.size(), {});
  return node;
}

} // namespace levada
