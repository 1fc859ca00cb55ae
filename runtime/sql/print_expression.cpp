#include <array>
#include <string_view>

#include "runtime/sql/power.hpp"
#include "runtime/sql/print.hpp"
#include "runtime/sql/printer.hpp"

namespace levada::ast {

namespace {

using namespace levada::grammar;

struct unary_words {
  std::string_view before;
  std::string_view after;
  int power;
};

unary_words words_of(unary_op op) {
  switch (op) {
  case unary_op::negate: return {"- ", "", power_sign};
  case unary_op::plus: return {"+ ", "", power_sign};
  case unary_op::not_op: return {"NOT ", "", power_not};
  case unary_op::is_null: return {"", " IS NULL", power_is};
  case unary_op::is_not_null: return {"", " IS NOT NULL", power_is};
  case unary_op::is_true: return {"", " IS TRUE", power_is};
  case unary_op::is_not_true: return {"", " IS NOT TRUE", power_is};
  case unary_op::is_false: return {"", " IS FALSE", power_is};
  case unary_op::is_not_false: return {"", " IS NOT FALSE", power_is};
  case unary_op::is_unknown: return {"", " IS UNKNOWN", power_is};
  case unary_op::is_not_unknown: return {"", " IS NOT UNKNOWN", power_is};
  }
  return {"", "", power_access};
}

struct binary_words {
  std::string_view text;
  int power;
  int left;
};

binary_words words_of(binary_op op) {
  switch (op) {
  case binary_op::add: return {" + ", power_add, power_add};
  case binary_op::subtract: return {" - ", power_add, power_add};
  case binary_op::multiply: return {" * ", power_multiply, power_multiply};
  case binary_op::divide: return {" / ", power_multiply, power_multiply};
  case binary_op::modulo: return {" % ", power_multiply, power_multiply};
  case binary_op::concat: return {" || ", power_multiply, power_multiply};
  case binary_op::equal: return {" = ", power_compare, power_compare};
  case binary_op::not_equal: return {" <> ", power_compare, power_compare};
  case binary_op::less: return {" < ", power_compare, power_compare};
  case binary_op::less_equal: return {" <= ", power_compare, power_compare};
  case binary_op::greater: return {" > ", power_compare, power_compare};
  case binary_op::greater_equal: return {" >= ", power_compare, power_compare};
  case binary_op::is_distinct: return {" IS DISTINCT FROM ", power_is, power_compare};
  case binary_op::is_not_distinct: return {" IS NOT DISTINCT FROM ", power_is, power_compare};
  }
  return {" ? ", power_access, power_access};
}

int power_of(const expression& what) {
  if (const auto* node = what.as<unary>()) return words_of(node->op).power;
  if (const auto* node = what.as<binary>()) return words_of(node->op).power;
  if (const auto* node = what.as<logical>()) return node->op == logical_op::and_op ? power_and : power_or;
  if (what.as<between>() || what.as<in_list>() || what.as<in_query>() || what.as<like>()) return power_range;
  return what.as<quantified>() ? power_compare : power_access;
}

class expression_printer {
 public:
  explicit expression_printer(printer& out) : out_(out) {}

  void operator()(const literal& n);
  void operator()(const column_ref& n) { out_.print(n.path); }
  void operator()(const star& n) {
    out_.print(n.qualifier);
    out_.write(n.qualifier.parts.empty() ? "*" : ".*");
  }
  void operator()(const unary& n) {
    const auto words = words_of(n.op);
    out_.write(words.before);
    out_.print(*n.operand, words.power);
    out_.write(words.after);
  }
  void operator()(const binary& n) {
    const auto words = words_of(n.op);
    out_.print(*n.left, words.left);
    out_.write(words.text);
    out_.print(*n.right, words.left + 1);
  }
  void operator()(const logical& n) {
    const bool conjunction = n.op == logical_op::and_op;
    bool first = true;
    for (const auto& operand : n.operands) {
      if (!first) out_.write(conjunction ? " AND " : " OR ");
      first = false;
      out_.print(*operand, (conjunction ? power_and : power_or) + 1);
    }
  }
  void operator()(const between& n) {
    out_.print(*n.operand, power_range);
    out_.write(n.negated ? " NOT BETWEEN " : " BETWEEN ");
    if (n.symmetric) out_.write("SYMMETRIC ");
    out_.print(*n.low, power_range + 1);
    out_.write(" AND ");
    out_.print(*n.high, power_range + 1);
  }
  void operator()(const in_list& n) {
    out_.print(*n.operand, power_range);
    out_.write(n.negated ? " NOT IN (" : " IN (");
    out_.print_all(n.list);
    out_.write(")");
  }
  void operator()(const in_query& n) {
    out_.print(*n.operand, power_range);
    out_.write(n.negated ? " NOT IN " : " IN ");
    subquery(*n.subquery);
  }
  void operator()(const like& n) {
    out_.print(*n.operand, power_range);
    out_.write(n.negated ? " NOT LIKE " : " LIKE ");
    out_.print(*n.pattern, power_range + 1);
    if (!n.escape) return;
    out_.write(" ESCAPE ");
    out_.print(*n.escape, power_range + 1);
  }
  void operator()(const exists& n) {
    out_.write("EXISTS ");
    subquery(*n.subquery);
  }
  void operator()(const quantified& n) {
    out_.print(*n.left, power_compare);
    out_.write(words_of(n.op).text);
    out_.write(n.all ? "ALL " : "ANY ");
    subquery(*n.subquery);
  }
  void operator()(const scalar_query& n) { subquery(*n.subquery); }
  void operator()(const case_when& n);
  void operator()(const cast& n) {
    out_.write(n.safe ? "TRY_CAST(" : "CAST(");
    out_.print(*n.operand);
    out_.write(" AS ");
    out_.print(n.type);
    out_.write(")");
  }
  void operator()(const row_constructor& n) { bracketed("ROW(", n.elements, ")"); }
  void operator()(const array_constructor& n) { bracketed("ARRAY[", n.elements, "]"); }
  void operator()(const map_constructor& n) { bracketed("MAP[", n.elements, "]"); }
  void operator()(const element_access& n) {
    out_.print(*n.operand, power_access);
    out_.write("[");
    out_.print(*n.index);
    out_.write("]");
  }
  void operator()(const field_access& n) {
    const bool column = n.operand->as<column_ref>() || n.operand->as<literal>();
    if (column) out_.write("(");
    out_.print(*n.operand, power_access);
    if (column) out_.write(")");
    out_.write(".");
    out_.print(n.field);
  }
  void operator()(const unit_argument& n) { out_.write(time_unit_name(n.unit)); }
  void operator()(const trim_argument& n) {
    constexpr std::array<std::string_view, 3> words = {"BOTH", "LEADING", "TRAILING"};
    out_.write(words[static_cast<size_t>(n.side)]);
  }
  void operator()(const descriptor& n) {
    out_.write("DESCRIPTOR");
    out_.print_names(n.columns);
  }
  void operator()(const default_value&) { out_.write("DEFAULT"); }
  void operator()(const table_argument& n);
  void operator()(const model_argument& n) {
    out_.write("MODEL ");
    out_.print(n.model);
  }
  void operator()(const function_call& n) { out_.print(n); }

 private:
  void subquery(const query& what) {
    out_.write("(");
    out_.print(what);
    out_.write(")");
  }
  void bracketed(std::string_view open, const std::vector<expression_ptr>& elements, std::string_view close) {
    out_.write(open);
    out_.print_all(elements);
    out_.write(close);
  }

  printer& out_;
};

void expression_printer::operator()(const literal& n) {
  switch (n.kind) {
  case literal_kind::null_value: return out_.write("NULL");
  case literal_kind::boolean: return out_.write(n.truth ? "TRUE" : "FALSE");
  case literal_kind::unknown: return out_.write("UNKNOWN");
  case literal_kind::integer:
  case literal_kind::decimal:
  case literal_kind::approximate: return out_.write(n.text);
  case literal_kind::string: return out_.print_string(n.text);
  case literal_kind::binary: {
    constexpr std::string_view digits = "0123456789ABCDEF";
    out_.write("X'");
    for (const char c : n.text) {
      const auto byte = static_cast<unsigned char>(c);
      out_.write(digits.substr(byte >> 4, 1));
      out_.write(digits.substr(byte & 15, 1));
    }
    return out_.write("'");
  }
  case literal_kind::date: out_.write("DATE "); break;
  case literal_kind::time: out_.write("TIME "); break;
  case literal_kind::timestamp: out_.write("TIMESTAMP "); break;
  case literal_kind::interval: out_.write(n.negative ? "INTERVAL -" : "INTERVAL "); break;
  }
  out_.print_string(n.text);
  if (n.kind != literal_kind::interval) return;
  out_.write(" ");
  out_.print(n.qualifier);
}

void expression_printer::operator()(const case_when& n) {
  out_.write("CASE");
  if (n.operand) {
    out_.write(" ");
    out_.print(*n.operand);
  }
  for (const auto& branch : n.branches) {
    out_.write(" WHEN ");
    out_.print(*branch.when);
    out_.write(" THEN ");
    out_.print(*branch.then);
  }
  if (n.otherwise) {
    out_.write(" ELSE ");
    out_.print(*n.otherwise);
  }
  out_.write(" END");
}

void expression_printer::operator()(const table_argument& n) {
  if (n.subquery) {
    subquery(*n.subquery);
  } else {
    out_.write("TABLE ");
    out_.print(n.table);
  }
  if (!n.partition_by.empty()) bracketed(" PARTITION BY (", n.partition_by, ")");
  if (n.order_by.empty()) return;
  out_.write(" ORDER BY (");
  out_.print_order(n.order_by);
  out_.write(")");
}

} // namespace

void printer::print(const expression& what, int min_power) {
  const bool wrapped = power_of(what) < min_power;
  if (wrapped) write("(");
  std::visit(expression_printer(*this), what.node);
  if (wrapped) write(")");
}

void printer::print_all(const std::vector<expression_ptr>& elements) {
  list(elements, [&](const expression_ptr& element) { print(*element); });
}

void printer::print(const order_item& what) {
  print(*what.key);
  if (what.descending) write(" DESC");
  if (what.nulls_first) write(*what.nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

void printer::print_order(const std::vector<order_item>& items) {
  list(items, [&](const order_item& item) { print(item); });
}

std::string to_sql(const expression& what) {
  printer out;
  out.print(what);
  return out.take();
}

} // namespace levada::ast
