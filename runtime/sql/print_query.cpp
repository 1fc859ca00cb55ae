#include <string_view>

#include "runtime/sql/print.hpp"
#include "runtime/sql/printer.hpp"

namespace levada::ast {

namespace {

std::string_view join_words(join_kind kind) {
  switch (kind) {
  case join_kind::inner: return "JOIN ";
  case join_kind::left: return "LEFT JOIN ";
  case join_kind::right: return "RIGHT JOIN ";
  case join_kind::full: return "FULL JOIN ";
  case join_kind::cross: return "CROSS JOIN ";
  case join_kind::comma: return ", ";
  }
  return ", ";
}

class table_printer {
 public:
  explicit table_printer(printer& out) : out_(out) {}

  void operator()(const table_name& n) {
    out_.print(n.table);
    out_.print(n.hints);
    if (!n.system_time) return;
    out_.write(" FOR SYSTEM_TIME AS OF ");
    out_.print(*n.system_time);
  }
  void operator()(const derived_table& n) {
    out_.write(n.lateral ? "LATERAL (" : "(");
    out_.print(*n.subquery);
    out_.write(")");
  }
  void operator()(const table_function& n) {
    if (n.lateral) out_.write("LATERAL ");
    if (n.wrapped) out_.write("TABLE(");
    out_.print(*n.call);
    if (n.wrapped) out_.write(")");
  }
  void operator()(const unnest& n) {
    out_.write("UNNEST(");
    out_.print_all(n.operands);
    out_.write(n.with_ordinality ? ") WITH ORDINALITY" : ")");
  }
  void operator()(const join& n) {
    out_.print(*n.left);
    if (n.kind != join_kind::comma) out_.write(n.natural ? " NATURAL " : " ");
    out_.write(join_words(n.kind));
    const bool nested = n.right->as<join>() && !n.right->alias;
    if (nested) out_.write("(");
    out_.print(*n.right);
    if (nested) out_.write(")");
    if (n.on) {
      out_.write(" ON ");
      out_.print(*n.on);
    }
    if (n.using_columns.empty()) return;
    out_.write(" USING ");
    out_.print_names(n.using_columns);
  }

 private:
  printer& out_;
};

void print_grouping(printer& out, const grouping_element& element) {
  const auto nested = [&](std::string_view open) {
    out.write(open);
    out.list(element.nested, [&](const grouping_element& each) { print_grouping(out, each); });
    out.write(")");
  };
  switch (element.kind) {
  case grouping_kind::expression: return out.print_all(element.keys);
  case grouping_kind::set:
    out.write("(");
    out.print_all(element.keys);
    return out.write(")");
  case grouping_kind::grouping_sets: return nested("GROUPING SETS (");
  case grouping_kind::rollup: return nested("ROLLUP(");
  case grouping_kind::cube: return nested("CUBE(");
  }
}

class body_printer {
 public:
  explicit body_printer(printer& out) : out_(out) {}

  void operator()(const select& n) {
    out_.write("SELECT");
    out_.print(n.hints);
    out_.write(n.distinct ? " DISTINCT " : " ");
    out_.list(n.items, [&](const select_item& item) {
      out_.print(*item.value);
      if (!item.alias) return;
      out_.write(" AS ");
      out_.print(*item.alias);
    });
    if (n.from) {
      out_.write(" FROM ");
      out_.print(*n.from);
    }
    clause(" WHERE ", n.where);
    if (n.grouping) {
      out_.write(n.grouping->distinct ? " GROUP BY DISTINCT " : " GROUP BY ");
      out_.list(n.grouping->elements, [&](const grouping_element& each) { print_grouping(out_, each); });
    }
    clause(" HAVING ", n.having);
    if (!n.windows.empty()) {
      out_.write(" WINDOW ");
      out_.list(n.windows, [&](const named_window& each) {
        out_.print(each.window);
        out_.write(" AS ");
        out_.print(each.spec);
      });
    }
    clause(" QUALIFY ", n.qualify);
  }
  void operator()(const values& n) {
    out_.write("VALUES ");
    out_.list(n.rows, [&](const std::vector<expression_ptr>& row) {
      out_.write("(");
      out_.print_all(row);
      out_.write(")");
    });
  }
  void operator()(const explicit_table& n) {
    out_.write("TABLE ");
    out_.print(n.table);
  }
  void operator()(const set_operation& n) {
    bool first = true;
    for (const auto& operand : n.operands) {
      if (!first) write_operator(n);
      first = false;
      print_operand(*operand);
    }
  }

 private:
  void clause(std::string_view words, const expression_ptr& condition) {
    if (!condition) return;
    out_.write(words);
    out_.print(*condition);
  }
  void write_operator(const set_operation& n) {
    if (n.kind == set_kind::union_op) out_.write(" UNION ");
    if (n.kind == set_kind::intersect_op) out_.write(" INTERSECT ");
    if (n.kind == set_kind::except_op) out_.write(" EXCEPT ");
    if (n.all) out_.write("ALL ");
  }
  void print_operand(const query& operand) {
    const bool tail = !operand.with.empty() || !operand.order_by.empty() || operand.limit || operand.offset;
    const bool wrapped = tail || operand.as<set_operation>();
    if (wrapped) out_.write("(");
    out_.print(operand);
    if (wrapped) out_.write(")");
  }

  printer& out_;
};

} // namespace

void printer::print(const std::vector<hint>& hints) {
  if (hints.empty()) return;
  write(" /*+ ");
  list(hints, [&](const hint& each) {
    print(each.hint_name);
    write("(");
    list(each.entries, [&](const hint_entry& entry) {
      print_string(entry.key.value);
      if (!entry.value) return;
      write("=");
      print_string(entry.value->value);
    });
    write(")");
  });
  write(" */");
}

void printer::print(const table_expression& what) {
  const bool wrapped = what.alias && what.as<join>();
  if (wrapped) write("(");
  std::visit(table_printer(*this), what.node);
  if (wrapped) write(")");
  if (!what.alias) return;
  write(" AS ");
  print(*what.alias);
  if (!what.column_aliases.empty()) print_names(what.column_aliases);
}

void printer::print(const query& what) {
  if (!what.with.empty()) {
    write(what.recursive ? "WITH RECURSIVE " : "WITH ");
    list(what.with, [&](const common_table& each) {
      print(each.table);
      if (!each.columns.empty()) print_names(each.columns);
      write(" AS (");
      print(*each.subquery);
      write(")");
    });
    write(" ");
  }
  std::visit(body_printer(*this), what.body);
  if (!what.order_by.empty()) {
    write(" ORDER BY ");
    print_order(what.order_by);
  }
  if (what.limit) {
    write(" LIMIT ");
    print(*what.limit);
  }
  if (what.offset) {
    write(" OFFSET ");
    print(*what.offset);
  }
}

std::string to_sql(const query& what) {
  printer out;
  out.print(what);
  return out.take();
}

} // namespace levada::ast
