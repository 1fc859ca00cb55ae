#include "runtime/connectors/filesystem.hpp"

#include "runtime/registry.hpp"

namespace levada::connectors {

void register_filesystem(registry& into) {
  connector_definition definition;
  definition.name = "filesystem";
  definition.summary = "files and directories of files, also watched ones";
  definition.options = {
      {"path", "string", "", "a file or a directory; a sink's is a directory", true},
      {"format", "string", "", "how records are written: json, csv, ...", true},
      {"source.monitor-interval", "duration", "", "look for new files for ever, this often at most; absent: read once"},
      {"source.path.regex-pattern", "string", "", "read only files whose whole path matches"},
      {"source.report-statistics", "string", "", "accepted for Flink's sake"},
      {"sink.file", "string", "", "write one file of this name, anew at a fresh start, instead of part files"},
      {"sink.rolling-policy.file-size", "memory size", "128 mb", "begin a new part file beyond this size"},
      {"sink.rolling-policy.rollover-interval", "duration", "30 min", "begin a new part file after this time"},
      {"sink.rolling-policy.inactivity-interval", "duration", "", "accepted for Flink's sake"},
      {"sink.rolling-policy.check-interval", "duration", "", "accepted for Flink's sake"},
      {"sink.parallelism", "integer", "", "accepted for Flink's sake"},
  };
  definition.exactly_once = true;
  definition.metadata = {
      {"file.path", data_type::string().not_null()},
      {"file.name", data_type::string().not_null()},
      {"file.size", data_type::bigint().not_null()},
      {"file.modification-time", data_type::timestamp_ltz(3).not_null()},
  };
  definition.make_source = [](const source_spec& spec) {
    return make_filesystem_source(spec, std::make_shared<local_files>());
  };
  definition.make_sink = [](const sink_spec& spec) {
    return make_filesystem_sink(spec, std::make_shared<local_files>());
  };
  into.add(std::move(definition));
}

} // namespace levada::connectors
