#include "runtime/sql/settings.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "runtime/sql/parser.hpp"

using namespace levada;
using std::chrono::milliseconds;

namespace {

// All SET and RESET statements of a script, applied in order; the text of what is to be said about them.
std::string apply(settings& to, const std::string& text) {
  const source_text source{"a.sql", text};
  diagnostics found;
  const auto script = parse_script(source, found);
  for (const auto& each : script.statements) {
    if (const auto* set = each.as<ast::set_option>()) to.apply(*set, found);
    if (const auto* reset = each.as<ast::reset_option>()) to.apply(*reset, found);
  }
  return found.render(source);
}

} // namespace

TEST_CASE("SET reaches the engine's settings") {
  settings all;
  CHECK(apply(all, R"(
SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '1 s';
SET 'execution.checkpointing.dir' = 'file:///var/lib/levada';
SET 'table.exec.mini-batch.enabled' = 'true';
SET 'table.exec.mini-batch.allow-latency' = '500 ms';
SET 'table.exec.mini-batch.size' = '1000';
SET 'pipeline.operator-chaining.enabled' = 'false';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'pipeline.auto-watermark-interval' = '200';
SET 'table.local-time-zone' = 'Europe/Vienna';
SET 'table.exec.sink.not-null-enforcer' = 'drop';
SET 'execution.runtime-mode' = 'batch';
SET memory.limit = 64 mb;
SET 'batch.rows' = '7';
)")
            .empty());
  const auto& job = all.job();
  CHECK(job.parallelism == 2);
  CHECK(job.checkpoint_interval == milliseconds{1000});
  CHECK(job.checkpoint_dir == "/var/lib/levada");
  CHECK(job.mini_batch);
  CHECK(job.mini_batch_latency == milliseconds{500});
  CHECK(job.mini_batch_size == 1000);
  CHECK_FALSE(job.operator_chaining);
  CHECK(job.source_idle_timeout == milliseconds{30'000});
  CHECK(job.auto_watermark_interval == milliseconds{200});
  CHECK(job.local_time_zone == "Europe/Vienna");
  CHECK(job.not_null == not_null_enforcer::drop);
  CHECK(job.batch_mode);
  CHECK(job.memory_limit == int64_t{64} << 20);
  CHECK(job.batch_rows_max == 7);
}

TEST_CASE("without SET watermarks follow every record and nothing waits") {
  const settings all;
  CHECK(all.job().auto_watermark_interval == milliseconds{0});
  CHECK_FALSE(all.job().mini_batch);
  CHECK(all.job().operator_chaining);
  CHECK(all.job().checkpoint_interval == milliseconds{0});
}

TEST_CASE("RESET restores the default of one key or of all") {
  settings all;
  CHECK(apply(all, "SET 'parallelism.default' = '2'; SET 'batch.rows' = '9'; RESET 'parallelism.default';").empty());
  CHECK(all.job().parallelism == 0);
  CHECK(all.job().batch_rows_max == 9);
  CHECK(all.values().size() == 1);
  CHECK(apply(all, "RESET;").empty());
  CHECK(all.job().batch_rows_max == job_settings{}.batch_rows_max);
  CHECK(all.values().empty());
}

TEST_CASE("a misspelt key is an error that names the right one") {
  settings all;
  CHECK(apply(all, "SET 'paralelism.default' = '2';") ==
        "a.sql:1:5: error LV0405: unknown setting 'paralelism.default'\n"
        "SET 'paralelism.default' = '2';\n"
        "    ^~~~~~~~~~~~~~~~~~~~\n"
        "help: did you mean 'parallelism.default'?\n");
  CHECK(apply(all, "SET 'table.exec.minibatch.enabled' = 'true';").find("'table.exec.mini-batch.enabled'?") !=
        std::string::npos);
}

TEST_CASE("a key of Flink's that means nothing here is a warning, any other key an error") {
  settings all;
  CHECK(apply(all, "SET 'table.optimizer.reuse-source-enabled' = 'true';") ==
        "a.sql:1:5: warning LV0405: the setting 'table.optimizer.reuse-source-enabled' means nothing here and is "
        "ignored\n"
        "SET 'table.optimizer.reuse-source-enabled' = 'true';\n"
        "    ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
  CHECK(all.set("sql-client.execution.result-mode", "tableau").error.ok());
  CHECK(all.set("restart-strategy.type", "none").error.ok());
  CHECK(all.set("colour", "red").error.code() == errc::invalid_option);
}

TEST_CASE("a time to live is refused, as ignoring it would change results") {
  settings to;
  CHECK(apply(to, "SET 'table.exec.state.ttl' = '0 s'") == "");
  CHECK(apply(to, "SET 'table.exec.state.ttl' = '1 d'")
            .find("error LV0401: table.exec.state.ttl: state does not expire") != std::string::npos);
}

TEST_CASE("a bad value is refused at the value and changes nothing") {
  settings all;
  REQUIRE(all.set("batch.rows", "5").error.ok());
  CHECK(apply(all, "SET 'batch.rows' = '0';") ==
        "a.sql:1:20: error LV0405: batch.rows: '0' is not a whole number of at least 1\n"
        "SET 'batch.rows' = '0';\n"
        "                   ^~~\n");
  CHECK(all.job().batch_rows_max == 5);
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, const char*>>{{"parallelism.default", "129"},
                                                        {"parallelism.default", "2 "},
                                                        {"execution.runtime-mode", "automatic"},
                                                        {"execution.checkpointing.dir", "s3://bucket"},
                                                        {"execution.checkpointing.mode", "AT_LEAST_ONCE"},
                                                        {"table.exec.mini-batch.enabled", "yes"},
                                                        {"table.exec.legacy-cast-behaviour", "enabled"},
                                                        {"memory.limit", "lots"}}) {
    CAPTURE(key, value);
    const auto result = all.set(key, value);
    CHECK_FALSE(result.error.ok());
    CHECK(result.at_value);
  }
}
