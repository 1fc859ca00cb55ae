// The writer behind print.hpp: appends to one string. Split over print_*.cpp like the parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/sql/ast.hpp"

namespace levada::ast {

class printer {
 public:
  std::string take() { return std::move(out_); }

  // print_type.cpp
  void print(const identifier& what);
  void print(const name& what);
  void print(const data_type& what);
  void print(const interval_qualifier& what);
  void print_string(std::string_view value);

  // print_expression.cpp
  void print(const expression& what, int min_power = 0);
  void print(const order_item& what);

  // print_call.cpp
  void print(const function_call& what);

  // print_window.cpp
  void print(const window_spec& what);

  // print_query.cpp
  void print(const query& what);
  void print(const table_expression& what);
  void print(const std::vector<hint>& hints);

  // print_statement.cpp
  void print(const statement& what);
  void print(const insert& what);

  void write(std::string_view text) { out_ += text; }
  // "a, b, c" with print for each element.
  template <class Range, class Print>
  void list(const Range& elements, Print print_element) {
    bool first = true;
    for (const auto& element : elements) {
      if (!first) out_ += ", ";
      first = false;
      print_element(element);
    }
  }
  void print_names(const std::vector<identifier>& names); // (a, b)
  void print_all(const std::vector<expression_ptr>& elements);
  void print_order(const std::vector<order_item>& items);

 private:
  std::string out_;
};

} // namespace levada::ast
