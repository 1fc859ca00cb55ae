#include "runtime/sql/like_clause.hpp"

#include <array>

namespace levada {

namespace {

constexpr size_t features = 8;

// How each feature is merged; EXCLUDING means it is not taken over.
std::array<ast::like_merge, features> merge_rules(const ast::like_clause& like) {
  std::array<ast::like_merge, features> rules;
  rules.fill(ast::like_merge::including);
  rules[static_cast<size_t>(ast::like_feature::options)] = ast::like_merge::overwriting;
  for (const auto& rule : like.rules)
    if (rule.feature == ast::like_feature::all) {
      rules.fill(rule.merge);
      if (rule.merge == ast::like_merge::including)
        rules[static_cast<size_t>(ast::like_feature::options)] = ast::like_merge::overwriting;
    }
  for (const auto& rule : like.rules) rules[static_cast<size_t>(rule.feature)] = rule.merge;
  return rules;
}

} // namespace

bool copy_like(const table_entry& base, const ast::like_clause& like, const ast::create_table& written,
               table_entry& into, diagnostics& found) {
  const auto rules = merge_rules(like);
  const auto rule = [&](ast::like_feature f) { return rules[static_cast<size_t>(f)]; };
  const auto taken = [&](ast::like_feature f) { return rule(f) != ast::like_merge::excluding; };

  std::vector<uint32_t> place(base.columns.size(), 0);
  bool all_columns = true;
  for (size_t i = 0; i < base.columns.size(); ++i) {
    const auto& c = base.columns[i];
    const bool skipped = (c.kind == ast::column_kind::computed && !taken(ast::like_feature::generated)) ||
                         (c.kind == ast::column_kind::metadata && !taken(ast::like_feature::metadata));
    all_columns = all_columns && !skipped;
    if (skipped) continue;
    place[i] = static_cast<uint32_t>(into.columns.size());
    into.columns.push_back(c);
  }
  if (base.watermark && taken(ast::like_feature::watermarks)) {
    if (written.row_time && rule(ast::like_feature::watermarks) == ast::like_merge::including) {
      found.error(errc::duplicate_name, written.row_time->span,
                  "table '" + base.name + "' brings a watermark of its own",
                  "LIKE " + base.name + " (OVERWRITING WATERMARKS) or (EXCLUDING WATERMARKS)");
      return false;
    }
    std::vector<uint32_t> read;
    collect_columns(*base.watermark->expression, read);
    read.push_back(base.watermark->column);
    for (uint32_t column : read) {
      const auto& c = base.columns[column];
      if (into.index_of(c.column.name) >= 0) continue;
      found.error(errc::invalid_query, like.span,
                  "the watermark of '" + base.name + "' reads column '" + c.column.name + "', which is excluded",
                  "exclude the watermark as well: EXCLUDING WATERMARKS");
      return false;
    }
    into.watermark = *base.watermark;
    into.watermark->column = place[base.watermark->column];
    into.watermark->expression = remap_columns(base.watermark->expression, place);
  }
  if (!base.primary_key.empty() && taken(ast::like_feature::constraints)) {
    if (written.key) {
      found.error(errc::duplicate_name, written.key->span, "table '" + base.name + "' brings a PRIMARY KEY of its own",
                  "LIKE " + base.name + " (EXCLUDING CONSTRAINTS)");
      return false;
    }
    for (uint32_t column : base.primary_key) into.primary_key.push_back(place[column]);
  }
  if (taken(ast::like_feature::options)) {
    for (const auto& option : written.options) {
      if (rule(ast::like_feature::options) != ast::like_merge::including || base.options.count(option.key.value) == 0)
        continue;
      found.error(errc::duplicate_name, option.key.span,
                  "table '" + base.name + "' brings option '" + option.key.value + "' already",
                  "LIKE " + base.name + " (OVERWRITING OPTIONS)");
      return false;
    }
    into.options = base.options;
    into.option_spans = base.option_spans;
  }
  return true;
}

} // namespace levada
