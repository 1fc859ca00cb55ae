// An operator of your own: alternating starts and stops of machines become running times. Its state is part of every
// epoch: kill -9 this program at any instant, start it again with the same arguments, and the output file is the same.
//
//   own_operator INPUT.csv STATE_DIR OUTPUT_DIR      rows: machine,event,ts with event 'start' or 'stop'
#include <levada/levada.hpp>

#include <cstdio>
#include <string>

class running_time final : public levada::user_operator {
 public:
  // Columns: machine, event, ts. Key: machine.
  void process(const levada::row& in, levada::operator_call& call) override {
    int64_t at_us = in[2].as_timestamp_us();
    if (in[1].as_string() == "start") {
      call.put("since", at_us);
      call.set_timer(at_us / 1000 + 3600'000);
      return;
    }
    auto since = call.get("since");
    if (!since) return; // a stop without a start
    call.erase("since");
    call.clear_timer(since->as_int() / 1000 + 3600'000);
    call.emit({in[0], (at_us - since->as_int()) / 1000000, "stopped"});
  }

  // An hour of event time has passed since the start.
  void on_timer(int64_t, levada::operator_call& call) override {
    call.erase("since");
    call.emit({call.key()[0], int64_t{3600}, "still running"});
  }
};

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: own_operator INPUT.csv STATE_DIR OUTPUT_DIR\n"), 64;
  levada::runtime_options options;
  options.state_dir = argv[2];
  options.settings["execution.checkpointing.interval"] = "20 ms";
  levada::runtime engine(options);
  auto failed =
      engine.add_operator("running_time", {{"machine", "STRING"}, {"seconds", "BIGINT"}, {"outcome", "STRING"}},
                          [] { return std::make_unique<running_time>(); });
  if (!failed) {
    failed = engine.load("CREATE TABLE event (machine STRING, event STRING, ts TIMESTAMP(3),"
                         "  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)"
                         "  WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '" +
                         std::string(argv[1]) +
                         "');"
                         "CREATE TABLE run (machine STRING, seconds BIGINT, outcome STRING)"
                         "  WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '" +
                         std::string(argv[3]) +
                         "',"
                         "  'sink.delivery-guarantee' = 'exactly-once');");
  }
  // In SQL: INSERT INTO run SELECT * FROM running_time(TABLE event PARTITION BY machine)
  if (!failed) failed = engine.insert_into("run", engine.from("event").apply("running_time", {"machine"}));
  if (!failed) failed = engine.start();
  if (!failed) failed = engine.wait();
  if (failed) std::fprintf(stderr, "%s\n", failed.message.c_str());
  return failed ? 1 : 0;
}
