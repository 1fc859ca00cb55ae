#include "runtime/spelling.hpp"
#include "runtime/sql/grammar.hpp"
#include "runtime/sql/keywords.hpp"
#include "runtime/sql/parser.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace levada {

namespace {

using ast::statement;

constexpr std::string_view supported_statements = "supported: CREATE TABLE, CREATE VIEW, DROP, INSERT INTO, "
                                                  "EXECUTE STATEMENT SET, SET, RESET, EXPLAIN, SELECT";

constexpr std::array<std::string_view, 12> first_words = {"CREATE", "DROP", "INSERT",  "EXECUTE", "BEGIN",  "SET",
                                                          "RESET",  "WITH", "EXPLAIN", "SELECT",  "VALUES", "TABLE"};

struct refused {
  std::string_view word;
  std::string_view hint;
};

// Statements of Flink that need a catalog service, a cluster or a table that can be changed in place.
constexpr std::array<refused, 19> refused_statements = {{
    {"ALTER", "drop the table and create it anew"},
    {"UPDATE", "a changelog is written by INSERT INTO with a query that updates"},
    {"DELETE", "a changelog is written by INSERT INTO with a query that updates"},
    {"TRUNCATE", "a sink starts empty when its file or table does"},
    {"MERGE", "use INSERT INTO a table with a primary key"},
    {"UPSERT", "use INSERT INTO a table with a primary key"},
    {"USE", "there is one catalog: leave USE out"},
    {"SHOW", "the script says what there is; levada explain FILE shows what becomes of it"},
    {"DESCRIBE", "the script says what there is; levada explain FILE shows what becomes of it"},
    {"DESC", "the script says what there is; levada explain FILE shows what becomes of it"},
    {"ANALYZE", "statistics are not used"},
    {"CALL", "procedures are not supported"},
    {"LOAD", "modules are not supported"},
    {"UNLOAD", "modules are not supported"},
    {"ADD", "jars cannot be loaded"},
    {"REMOVE", "jars cannot be loaded"},
    {"COMPILE", "plans are not compiled to files"},
    {"STOP", "stop the process, or use the console"},
    {"REFRESH", "materialized tables are not supported"},
}};

class statement_parser {
 public:
  explicit statement_parser(token_cursor& in) : in_(in) {}

  ast::script run() {
    ast::script out;
    while (true) {
      while (in_.accept(";")) {}
      if (in_.at_end()) break;
      const size_t errors_before = in_.report().error_count();
      const auto start = in_.span();
      auto parsed = parse();
      if (!in_.failed() && !in_.at_end() && !in_.at(";")) in_.fail_expected("';' after the statement");
      parsed.span = in_.since(start);
      // Where the lexer has told of a mistake already, the parser fails without another one.
      const bool sound = !in_.failed() && in_.report().error_count() == errors_before;
      in_.recover();
      if (sound) out.statements.push_back(std::move(parsed));
    }
    return out;
  }

 private:
  statement parse() {
    statement out;
    if (grammar::at_query(in_) || in_.at("(")) out.node = ast::query_statement{grammar::parse_query(in_)};
    else if (in_.at("CREATE")) parse_create(out);
    else if (in_.at("DROP")) out.node = grammar::parse_drop(in_);
    else if (in_.at("INSERT")) out.node = parse_insert();
    else if (in_.at("EXECUTE")) parse_execute(out);
    else if (in_.accept("BEGIN", "STATEMENT", "SET")) out.node = parse_statement_set(";");
    else if (in_.at("SET")) out.node = parse_set();
    else if (in_.at("RESET")) out.node = parse_reset();
    else if (in_.at("EXPLAIN")) parse_explain(out);
    else refuse();
    return out;
  }

  void refuse() {
    const auto span = in_.span();
    for (const auto& [word, hint] : refused_statements)
      if (in_.at(word))
        return in_.fail(errc::unsupported, span, std::string(word) + " is not supported", std::string(hint));
    std::string hint{supported_statements};
    if (in_.kind() == token_kind::word)
      if (const auto meant = spelling::closest(in_.text(in_.peek()), first_words))
        hint = "did you mean " + *meant + "?";
    in_.fail(errc::syntax_error, span, "expected a statement, found " + in_.found(), hint);
  }

  void parse_create(statement& out) {
    in_.advance();
    const auto start = in_.span();
    if (in_.accept("OR", "REPLACE"))
      return in_.fail(errc::unsupported, in_.since(start), "CREATE OR REPLACE is not supported",
                      "use CREATE TABLE IF NOT EXISTS, or DROP TABLE IF EXISTS first");
    const bool temporary = in_.accept("TEMPORARY");
    if (in_.accept("TABLE")) {
      out.node = grammar::parse_create_table(in_, temporary);
    } else if (in_.accept("VIEW")) {
      out.node = grammar::parse_create_view(in_, temporary);
    } else if (in_.at("FUNCTION") || in_.at("SYSTEM")) {
      in_.fail(errc::unsupported, in_.span(), "CREATE FUNCTION is not supported",
               "functions of your own are registered from C++");
    } else {
      in_.fail(errc::unsupported, in_.span(), "CREATE of " + in_.found() + " is not supported",
               "CREATE TABLE and CREATE VIEW are");
    }
  }

  ast::insert parse_insert() {
    ast::insert out;
    in_.advance();
    if (in_.at("OVERWRITE")) {
      in_.fail(errc::unsupported, in_.span(), "INSERT OVERWRITE is not supported", "use INSERT INTO");
      return out;
    }
    in_.expect("INTO", "after INSERT");
    out.table = in_.compound_name("a table name");
    out.table_span = out.table.span;
    out.hints = grammar::parse_hints(in_);
    if (in_.at("PARTITION")) {
      in_.fail(errc::unsupported, in_.span(), "INSERT INTO .. PARTITION is not supported",
               "select the partition columns like any other");
      return out;
    }
    if (in_.at("(") && !grammar::at_query(in_, 1) && !in_.at("(", 1))
      out.columns = grammar::parse_name_list(in_, "a column name");
    out.source = grammar::parse_query(in_);
    if (in_.at("ON") && in_.at("CONFLICT", 1))
      in_.fail(errc::unsupported, in_.span(), "ON CONFLICT is not supported",
               "a table with a primary key keeps the latest row");
    return out;
  }

  // insert; insert; .. END. A mistake in one insert does not hide those in the next. False: there is nothing.
  bool parse_inserts(ast::statement_set& set) {
    bool any = false;
    while (!in_.at("END")) {
      if (in_.at_end()) {
        in_.fail_expected("INSERT INTO, or END of the statement set");
        return true;
      }
      if (in_.accept(";")) continue;
      any = true;
      if (!in_.at("INSERT")) {
        in_.fail(errc::invalid_query, in_.span(), "expected INSERT INTO in the statement set, found " + in_.found(),
                 "close the set with END; before other statements");
        in_.recover();
        continue;
      }
      auto insert = parse_insert();
      if (!in_.failed() && !in_.at(";")) in_.fail_expected("';' after INSERT");
      if (!in_.failed()) set.inserts.push_back(std::move(insert));
      in_.recover();
    }
    return any;
  }

  // STATEMENT SET BEGIN insert; .. END, and BEGIN STATEMENT SET; insert; .. END, from behind the word SET.
  ast::statement_set parse_statement_set(std::string_view opening) {
    ast::statement_set out;
    const auto start = in_.last_span();
    in_.expect(opening, "after STATEMENT SET");
    const bool any = in_.failed() || parse_inserts(out);
    in_.expect("END", "of the statement set");
    if (!any) in_.fail(errc::invalid_query, start, "the statement set is empty", "it holds INSERT INTO statements");
    return out;
  }

  void parse_execute(statement& out) {
    in_.advance();
    if (in_.accept("STATEMENT", "SET")) out.node = parse_statement_set("BEGIN");
    else if (in_.at("INSERT")) out.node = parse_insert();
    else if (grammar::at_query(in_)) out.node = ast::query_statement{grammar::parse_query(in_)};
    else if (in_.at("PLAN"))
      in_.fail(errc::unsupported, in_.span(), "EXECUTE PLAN is not supported", "run the .sql file");
    else in_.fail_expected("STATEMENT SET, INSERT INTO or a query after EXECUTE");
  }

  // Without quotes, as the SQL client takes keys and values: the text up to `stop`, of words and what joins them.
  ast::string_text raw_until(std::string_view stop, std::string_view what) {
    constexpr std::string_view joints = ".-:/_+";
    const auto start = in_.span();
    while (!in_.at_end() && !in_.at(";") && (stop.empty() || !in_.at(stop))) {
      const bool joint =
          in_.kind() == token_kind::symbol && joints.find(in_.text(in_.peek())) != std::string_view::npos;
      const bool word = in_.kind() == token_kind::word || in_.kind() == token_kind::integer ||
                        in_.kind() == token_kind::decimal || in_.kind() == token_kind::approximate;
      if (!joint && !word) in_.fail_expected(what);
      in_.advance();
    }
    const auto span = in_.since(start);
    return {std::string(in_.slice(span)), span};
  }

  ast::string_text parse_key() {
    if (in_.at_string()) return in_.string("a key");
    if (in_.kind() != token_kind::word) in_.fail_expected("a key as 'key' = 'value'");
    auto key = raw_until("=", "'=' after the key");
    if (key.value.find_first_of(" \t\r\n") != std::string::npos)
      in_.fail(errc::syntax_error, key.span, "a key has no blanks", "write it as 'key'");
    return key;
  }

  ast::set_option parse_set() {
    ast::set_option out;
    in_.advance();
    if (in_.at_end() || in_.at(";")) return out;
    out.key = parse_key();
    if (!in_.expect("=", "after the key of SET")) return out;
    if (in_.at_string()) out.value = in_.string("a value");
    else if (!in_.at_end() && !in_.at(";")) out.value = raw_until({}, "a quoted value");
    else in_.fail_expected("a quoted value");
    return out;
  }

  ast::reset_option parse_reset() {
    ast::reset_option out;
    in_.advance();
    if (!in_.at_end() && !in_.at(";")) out.key = parse_key();
    return out;
  }

  void parse_explain(statement& out) {
    constexpr std::array<std::string_view, 4> details = {"ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN",
                                                         "PLAN_ADVICE"};
    ast::explain node;
    in_.advance();
    if (!in_.accept("PLAN", "FOR")) {
      while (std::any_of(details.begin(), details.end(), [&](std::string_view word) { return in_.at(word); })) {
        node.details.push_back({upper_case(in_.text(in_.peek())), in_.span(), false});
        in_.advance();
        if (!in_.accept(",")) break;
      }
    }
    const auto start = in_.span();
    auto target = std::make_unique<statement>();
    if (in_.accept("STATEMENT", "SET")) target->node = parse_statement_set("BEGIN");
    else if (in_.at("INSERT")) target->node = parse_insert();
    else if (in_.at("EXECUTE")) parse_execute(*target);
    else if (grammar::at_query(in_) || in_.at("(")) target->node = ast::query_statement{grammar::parse_query(in_)};
    else
      in_.fail(errc::syntax_error, start, "expected a query or INSERT INTO to explain, found " + in_.found(),
               "EXPLAIN SELECT .., EXPLAIN INSERT INTO .. or EXPLAIN STATEMENT SET BEGIN .. END");
    target->span = in_.since(start);
    node.target = std::move(target);
    out.node = std::move(node);
  }

  token_cursor& in_;
};

} // namespace

ast::script parse_script(const source_text& source, diagnostics& found) {
  if (source.truncated()) {
    found.error(errc::syntax_error, {0, 0},
                "the text is larger than " + std::to_string(source_text::max_source_bytes >> 20) + " MiB",
                "read data from a file with a filesystem table");
    return {};
  }
  token_cursor in(source, tokenize(source, found), found);
  return statement_parser(in).run();
}

} // namespace levada
