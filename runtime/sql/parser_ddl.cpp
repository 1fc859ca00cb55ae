#include "runtime/sql/grammar.hpp"

#include <array>
#include <utility>

namespace levada::grammar {

namespace {

using ast::create_table;

bool parse_if_not_exists(token_cursor& in) { return in.accept("IF", "NOT", "EXISTS"); }

std::optional<ast::string_text> parse_comment(token_cursor& in) {
  if (!in.accept("COMMENT")) return std::nullopt;
  return in.string("a quoted comment");
}

// NOT ENFORCED, which Flink demands: it cannot check keys, and neither can a stream.
void parse_enforcement(token_cursor& in, source_span start) {
  if (in.accept("NOT", "ENFORCED")) return;
  in.accept("ENFORCED");
  in.unsupported(in.since(start), "a primary key that is enforced is not supported",
                 "add NOT ENFORCED: keys are trusted, not checked");
}

void set_key(token_cursor& in, create_table& table, ast::primary_key key) {
  if (table.key) return in.fail(errc::duplicate_name, key.span, "a second primary key", "list all key columns in one");
  table.key = std::move(key);
}

// [CONSTRAINT n] PRIMARY KEY [(columns)] [NOT ENFORCED]; at a column, the key is that column.
void parse_key(token_cursor& in, create_table& table, const ast::identifier* column) {
  ast::primary_key key;
  const auto start = in.span();
  if (in.accept("CONSTRAINT")) key.constraint_name = in.identifier("a constraint name");
  if (in.at("UNIQUE")) {
    in.fail(errc::unsupported, in.span(), "UNIQUE constraints are not supported", "use PRIMARY KEY (..) NOT ENFORCED");
    return;
  }
  if (!in.accept("PRIMARY", "KEY")) return in.fail_expected("PRIMARY KEY");
  if (column) key.columns.push_back(*column);
  else key.columns = parse_name_list(in, "a key column");
  const auto words = in.since(start);
  parse_enforcement(in, start);
  key.span = words;
  set_key(in, table, std::move(key));
}

void parse_watermark(token_cursor& in, create_table& table) {
  ast::watermark out;
  const auto start = in.span();
  in.advance();
  in.expect("FOR", "after WATERMARK");
  out.column_name = in.compound_name("the watermarked column");
  in.expect("AS", "before the watermark expression");
  out.expression = parse_expression(in);
  out.span = in.since(start);
  if (table.row_time)
    return in.fail(errc::duplicate_name, out.span, "a second WATERMARK", "a table has one event-time column");
  table.row_time = std::move(out);
}

bool at_key(const token_cursor& in) { return in.at("PRIMARY") || in.at("UNIQUE") || in.at("CONSTRAINT"); }

void parse_column_type(token_cursor& in, create_table& table, ast::column& column) {
  column.type = parse_type(in);
  if (column.type.kind == ast::type_kind::interval)
    in.unsupported(column.type.span, "a column cannot hold an INTERVAL", "store a number, for example BIGINT seconds");
  if (in.accept("NOT", "NULL")) column.type.not_null = true;
  else in.accept("NULL");
  if (at_key(in)) parse_key(in, table, &column.column_name);
  if (!in.accept("METADATA")) return;
  column.kind = ast::column_kind::metadata;
  if (in.accept("FROM")) column.metadata_key = in.string("a quoted metadata key");
  column.is_virtual = in.accept("VIRTUAL");
}

void parse_column(token_cursor& in, create_table& table) {
  ast::column column;
  const auto start = in.span();
  column.column_name = in.identifier("a column name");
  if (in.accept("AS")) {
    column.kind = ast::column_kind::computed;
    column.expression = parse_expression(in);
  } else {
    parse_column_type(in, table, column);
  }
  column.comment = parse_comment(in);
  column.span = in.since(start);
  table.columns.push_back(std::move(column));
}

void parse_table_elements(token_cursor& in, create_table& table) {
  in.expect("(");
  do {
    if (at_key(in)) parse_key(in, table, nullptr);
    else if (in.at("WATERMARK")) parse_watermark(in, table);
    else parse_column(in, table);
  } while (in.accept(","));
  in.expect(")", "or ',' after the column");
}

void parse_options(token_cursor& in, create_table& table) {
  const auto start = in.span();
  in.accept("WITH", "(");
  if (!in.accept(")")) {
    do {
      ast::option option;
      option.key = in.string("an option as 'key' = 'value'");
      in.expect("=", "after the option's key");
      option.value = in.string("a quoted value");
      table.options.push_back(std::move(option));
    } while (in.accept(","));
    in.expect(")", "or ',' after the option");
  }
  table.options_span = in.since(start);
}

struct like_word {
  std::string_view word;
  ast::like_feature feature;
};

constexpr std::array<like_word, 8> like_words = {{
    {"ALL", ast::like_feature::all},
    {"CONSTRAINTS", ast::like_feature::constraints},
    {"DISTRIBUTION", ast::like_feature::distribution},
    {"GENERATED", ast::like_feature::generated},
    {"METADATA", ast::like_feature::metadata},
    {"OPTIONS", ast::like_feature::options},
    {"PARTITIONS", ast::like_feature::partitions},
    {"WATERMARKS", ast::like_feature::watermarks},
}};

void parse_like_rule(token_cursor& in, ast::like_clause& like) {
  ast::like_rule rule{};
  const auto start = in.span();
  if (in.accept("INCLUDING")) rule.merge = ast::like_merge::including;
  else if (in.accept("EXCLUDING")) rule.merge = ast::like_merge::excluding;
  else if (in.accept("OVERWRITING")) rule.merge = ast::like_merge::overwriting;
  else return in.fail_expected("INCLUDING, EXCLUDING or OVERWRITING");
  for (const auto& [word, feature] : like_words) {
    if (!in.accept(word)) continue;
    rule.feature = feature;
    rule.span = in.since(start);
    like.rules.push_back(rule);
    return;
  }
  in.fail(errc::syntax_error, in.span(), "unknown feature of LIKE: " + in.found(),
          "ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, OPTIONS, PARTITIONS, WATERMARKS");
}

ast::like_clause parse_like(token_cursor& in) {
  ast::like_clause out;
  const auto start = in.span();
  in.advance();
  out.table = in.compound_name("a table after LIKE");
  if (in.accept("(")) {
    do parse_like_rule(in, out);
    while (!in.failed() && !in.at(")"));
    in.expect(")", "after the rules of LIKE");
  }
  out.span = in.since(start);
  return out;
}

void refuse_distribution(token_cursor& in) {
  const auto start = in.span();
  if (!in.accept("DISTRIBUTED")) return;
  in.unsupported(start, "DISTRIBUTED is not supported", "leave it out: rows are spread by key automatically");
  while (!in.at_end() && !in.at(";") && !in.at("WITH") && !in.at("PARTITIONED") && !in.at("LIKE") && !in.at("AS"))
    in.advance();
}

} // namespace

ast::create_table parse_create_table(token_cursor& in, bool temporary) {
  create_table out;
  out.temporary = temporary;
  out.if_not_exists = parse_if_not_exists(in);
  out.table = in.compound_name("a table name");
  if (in.at("(")) parse_table_elements(in, out);
  out.comment = parse_comment(in);
  refuse_distribution(in);
  if (in.accept("PARTITIONED", "BY")) out.partitioned_by = parse_name_list(in, "a column name");
  if (in.at("COMMENT"))
    in.fail(errc::syntax_error, in.span(), "COMMENT stands before PARTITIONED BY", "move it in front");
  if (in.at("WITH") && in.at("(", 1)) parse_options(in, out);
  if (in.at("LIKE")) out.like = parse_like(in);
  if (in.accept("AS")) out.as_query = parse_query(in);
  return out;
}

ast::create_view parse_create_view(token_cursor& in, bool temporary) {
  ast::create_view out;
  out.temporary = temporary;
  out.if_not_exists = parse_if_not_exists(in);
  out.view = in.compound_name("a view name");
  if (in.at("(")) out.columns = parse_name_list(in, "a column name");
  out.comment = parse_comment(in);
  in.expect("AS", "before the query of the view");
  out.definition = parse_query(in);
  return out;
}

ast::drop parse_drop(token_cursor& in) {
  ast::drop out;
  in.advance();
  out.temporary = in.accept("TEMPORARY");
  if (in.accept("VIEW")) {
    out.kind = ast::object_kind::view;
  } else if (!in.accept("TABLE")) {
    in.fail(errc::unsupported, in.span(), "DROP of " + in.found() + " is not supported",
            "DROP TABLE and DROP VIEW are");
    return out;
  }
  out.if_exists = in.accept("IF", "EXISTS");
  out.object = in.compound_name("a name");
  return out;
}

} // namespace levada::grammar
