#include "runtime/sql/printer.hpp"

namespace levada::ast {

namespace {

void print_bound(printer& out, const frame_bound& bound) {
  if (bound.offset) out.print(*bound.offset);
  switch (bound.kind) {
  case frame_bound_kind::unbounded_preceding: return out.write("UNBOUNDED PRECEDING");
  case frame_bound_kind::preceding: return out.write(" PRECEDING");
  case frame_bound_kind::current_row: return out.write("CURRENT ROW");
  case frame_bound_kind::following: return out.write(" FOLLOWING");
  case frame_bound_kind::unbounded_following: return out.write("UNBOUNDED FOLLOWING");
  }
}

} // namespace

void printer::print(const window_spec& what) {
  std::string_view gap;
  write("(");
  if (what.base) {
    print(*what.base);
    gap = " ";
  }
  if (!what.partition_by.empty()) {
    write(gap);
    write("PARTITION BY ");
    print_all(what.partition_by);
    gap = " ";
  }
  if (!what.order_by.empty()) {
    write(gap);
    write("ORDER BY ");
    print_order(what.order_by);
    gap = " ";
  }
  if (what.unit) {
    write(gap);
    write(*what.unit == frame_unit::rows ? "ROWS BETWEEN " : "RANGE BETWEEN ");
    print_bound(*this, what.lower);
    write(" AND ");
    print_bound(*this, what.upper);
  }
  write(")");
}

} // namespace levada::ast
