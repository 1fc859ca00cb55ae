#include <array>
#include <string_view>

#include "runtime/sql/print.hpp"
#include "runtime/sql/printer.hpp"

namespace levada::ast {

namespace {

class statement_printer {
 public:
  explicit statement_printer(printer& out) : out_(out) {}

  void operator()(const query_statement& n) { out_.print(*n.source); }
  void operator()(const create_table& n);
  void operator()(const create_view& n);
  void operator()(const drop& n);
  void operator()(const insert& n) { out_.print(n); }
  void operator()(const statement_set& n) {
    out_.write("EXECUTE ");
    set_body(n);
  }
  void operator()(const set_option& n);
  void operator()(const reset_option& n) {
    out_.write("RESET");
    if (n.key) quoted(" ", n.key->value);
  }
  void operator()(const explain& n);

 private:
  void quoted(std::string_view before, std::string_view value) {
    out_.write(before);
    out_.print_string(value);
  }
  void comment(const std::optional<string_text>& text) {
    if (text) quoted(" COMMENT ", text->value);
  }
  void set_body(const statement_set& n) {
    out_.write("STATEMENT SET BEGIN ");
    for (const auto& each : n.inserts) {
      out_.print(each);
      out_.write("; ");
    }
    out_.write("END");
  }
  void table_column(const column& each);
  void elements(const create_table& n);
  void like(const like_clause& n);

  printer& out_;
};

void statement_printer::table_column(const column& each) {
  out_.print(each.column_name);
  out_.write(" ");
  if (each.kind == column_kind::computed) {
    out_.write("AS ");
    out_.print(*each.expression);
  } else {
    out_.print(each.type);
  }
  if (each.kind == column_kind::metadata) {
    out_.write(" METADATA");
    if (each.metadata_key) quoted(" FROM ", each.metadata_key->value);
    if (each.is_virtual) out_.write(" VIRTUAL");
  }
  comment(each.comment);
}

void statement_printer::elements(const create_table& n) {
  std::string_view gap = " (";
  for (const auto& each : n.columns) {
    out_.write(gap);
    table_column(each);
    gap = ", ";
  }
  if (n.row_time) {
    out_.write(gap);
    out_.write("WATERMARK FOR ");
    out_.print(n.row_time->column_name);
    out_.write(" AS ");
    out_.print(*n.row_time->expression);
    gap = ", ";
  }
  if (n.key) {
    out_.write(gap);
    if (n.key->constraint_name) {
      out_.write("CONSTRAINT ");
      out_.print(*n.key->constraint_name);
      out_.write(" ");
    }
    out_.write("PRIMARY KEY ");
    out_.print_names(n.key->columns);
    out_.write(" NOT ENFORCED");
    gap = ", ";
  }
  if (gap == ", ") out_.write(")");
}

void statement_printer::like(const like_clause& n) {
  constexpr std::array<std::string_view, 3> merges = {"INCLUDING ", "EXCLUDING ", "OVERWRITING "};
  constexpr std::array<std::string_view, 8> features = {"ALL",      "CONSTRAINTS", "DISTRIBUTION", "GENERATED",
                                                        "METADATA", "OPTIONS",     "PARTITIONS",   "WATERMARKS"};
  out_.write(" LIKE ");
  out_.print(n.table);
  if (n.rules.empty()) return;
  std::string_view gap = " (";
  for (const auto& rule : n.rules) {
    out_.write(gap);
    out_.write(merges[static_cast<size_t>(rule.merge)]);
    out_.write(features[static_cast<size_t>(rule.feature)]);
    gap = " ";
  }
  out_.write(")");
}

void statement_printer::operator()(const create_table& n) {
  out_.write(n.temporary ? "CREATE TEMPORARY TABLE " : "CREATE TABLE ");
  if (n.if_not_exists) out_.write("IF NOT EXISTS ");
  out_.print(n.table);
  elements(n);
  comment(n.comment);
  if (!n.partitioned_by.empty()) {
    out_.write(" PARTITIONED BY ");
    out_.print_names(n.partitioned_by);
  }
  if (!n.options.empty()) {
    out_.write(" WITH (");
    out_.list(n.options, [&](const option& each) {
      out_.print_string(each.key.value);
      quoted(" = ", each.value.value);
    });
    out_.write(")");
  }
  if (n.like) like(*n.like);
  if (n.as_query) {
    out_.write(" AS ");
    out_.print(*n.as_query);
  }
}

void statement_printer::operator()(const create_view& n) {
  out_.write(n.temporary ? "CREATE TEMPORARY VIEW " : "CREATE VIEW ");
  if (n.if_not_exists) out_.write("IF NOT EXISTS ");
  out_.print(n.view);
  if (!n.columns.empty()) {
    out_.write(" ");
    out_.print_names(n.columns);
  }
  comment(n.comment);
  out_.write(" AS ");
  out_.print(*n.definition);
}

void statement_printer::operator()(const drop& n) {
  out_.write(n.temporary ? "DROP TEMPORARY " : "DROP ");
  out_.write(n.kind == object_kind::table ? "TABLE " : "VIEW ");
  if (n.if_exists) out_.write("IF EXISTS ");
  out_.print(n.object);
}

void statement_printer::operator()(const set_option& n) {
  out_.write("SET");
  if (!n.key) return;
  quoted(" ", n.key->value);
  quoted(" = ", n.value.value);
}

void statement_printer::operator()(const explain& n) {
  out_.write("EXPLAIN ");
  out_.list(n.details, [&](const identifier& each) { out_.write(each.text); });
  if (!n.details.empty()) out_.write(" ");
  if (const auto* set = n.target->as<statement_set>()) set_body(*set);
  else out_.print(*n.target);
}

} // namespace

void printer::print(const insert& what) {
  write("INSERT INTO ");
  print(what.table);
  print(what.hints);
  if (!what.columns.empty()) {
    write(" ");
    print_names(what.columns);
  }
  write(" ");
  print(*what.source);
}

void printer::print(const statement& what) { std::visit(statement_printer(*this), what.node); }

std::string to_sql(const statement& what) {
  printer out;
  out.print(what);
  return out.take();
}

} // namespace levada::ast
