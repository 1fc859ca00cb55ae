// Windows that go on from snapshots: after a stop, with another parallelism, not with another query's state.
#include <catch2/catch.hpp>

#include "runtime/operators/key_hash.hpp"
#include "tests/runtime/window_specs.hpp"

using namespace levada;
using namespace levada::testing;

TEST_CASE("a run that goes on from its snapshots gives the rows of an undisturbed one") {
  std::mt19937 random{11};
  for (const auto& window : all_kinds()) {
    for (uint32_t seed = 1; seed <= 4; ++seed) {
      bool retracting = seed % 2 == 0;
      auto spec = windowed(window, retracting);
      // An accumulator with memory of its own.
      spec.aggregates.push_back({"COUNT", {1}, -1, true, data_type::bigint()});
      spec.output.fields.insert(spec.output.fields.begin() + 3, {"d", data_type::bigint()});
      auto rows = random_rows(seed + 100, 500, retracting);
      harness undisturbed{spec};
      REQUIRE(undisturbed.feed(rows, 64).ok());
      REQUIRE(undisturbed.finish().ok());
      auto expected = undisturbed.out().rows();

      committed_state state;
      lines found;
      auto current = std::make_unique<harness>(spec);
      for (size_t begin = 0; begin < rows.size();) {
        size_t end = std::min(rows.size(), begin + 1 + random() % 60);
        REQUIRE(current->feed({rows.data() + begin, rows.data() + end}, 16).ok());
        begin = end;
        current->snapshot(state);
        if (random() % 3 == 0) {
          for (auto& line : current->out().rows()) found.push_back(line);
          current = std::make_unique<harness>(spec);
          current->restore(state);
        }
      }
      REQUIRE(current->finish().ok());
      current->snapshot(state);
      for (auto& line : current->out().rows()) found.push_back(line);
      // Within one firing the order is that of first sight, which a restart forgets.
      CHECK(difference(sorted(found), sorted(expected)) == "");
      CHECK(state.live() <= 1);
    }
  }
}

TEST_CASE("a session that a restore replays from base and delta fires once") {
  auto spec = windowed(session(1000));
  harness before{spec};
  REQUIRE(before.feed(with_watermarks({{1, 1, 1000}, {1, 2, 1500}}, 1000), 2).ok());
  committed_state state;
  before.snapshot(state);
  harness after{spec};
  after.restore(state);
  after.restore(state);
  REQUIRE(after.finish().ok());
  CHECK(after.out().rows() == lines{"+I[1, 2, 3, 1000, 2500, 2499]"});
}

TEST_CASE("another parallelism takes each key group's windows along") {
  for (const auto& window : all_kinds()) {
    auto spec = windowed(window);
    auto rows = random_rows(77, 600);
    auto expected = run(spec, rows, 50);

    committed_state state;
    harness one{spec};
    REQUIRE(one.feed({rows.begin(), rows.begin() + 300}, 50).ok());
    one.snapshot(state);
    auto found = one.out().rows();
    for (uint32_t parallelism : {2u, 4u, 1u}) {
      size_t begin = parallelism == 2 ? 300 : parallelism == 4 ? 400 : 500;
      committed_state next;
      for (uint32_t instance = 0; instance < parallelism; ++instance) {
        operator_context context;
        context.instance = instance;
        context.parallelism = parallelism;
        harness h{spec, context};
        h.restore(state);
        // Every instance sees every watermark, but only the rows of its key groups.
        for (size_t i = begin; i < begin + 100; ++i) {
          auto input = rows[i];
          column key{data_type::integer()};
          push_cell(key, input.cells[0]);
          const column* keys[] = {&key};
          uint64_t hash = 0;
          hash_keys(keys, {nullptr, 1}, &hash);
          if (instance_of(key_group_of(hash), parallelism) == instance) REQUIRE(h.feed({input}, 1).ok());
          if (input.watermark) REQUIRE(h.step(*input.watermark).ok());
        }
        if (begin == 500) REQUIRE(h.finish().ok());
        auto more = h.out().rows();
        found.insert(found.end(), more.begin(), more.end());
        h.snapshot(next);
      }
      state.entries.insert(state.entries.end(), next.entries.begin(), next.entries.end());
      state.watermark = next.watermark;
      state.inputs = next.inputs;
    }
    CHECK(difference(sorted(found), sorted(expected)) == "");
  }
}

TEST_CASE("state from another query is refused, not guessed at") {
  harness h{windowed(tumble(1000))};
  std::string_view value{"\x92\x01"};
  CHECK_FALSE(h.op().restore(0, "\xc1", &value).ok());
}
