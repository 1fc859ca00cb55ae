#include <csignal>
#include <random>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/storage/store_fixture.hpp"

namespace levada {
namespace {

constexpr int kills = 50;
constexpr uint32_t microseconds_max = 40'000;

// What epoch N does, the same in every process.
epoch_commit planned_epoch(uint64_t number) {
  std::mt19937 random(static_cast<uint32_t>(number));
  epoch_commit epoch;
  epoch.epoch = number;
  delta_writer delta;
  const auto operations = 1 + random() % 300;
  for (size_t i = 0; i < operations; ++i) {
    const auto key = random() % 3000;
    const auto group = static_cast<uint16_t>(key % key_group_count);
    if (random() % 5 == 0) delta.erase(group, std::to_string(key));
    else delta.put(group, std::to_string(key), std::to_string(number) + std::string(random() % 400, 'v'));
  }
  epoch.values = {{"position", std::to_string(number)}};
  epoch.deltas = {{"s", 1, delta.take()}};
  return epoch;
}

void replay(const epoch_commit& epoch, entry_map& model) {
  delta_reader in(epoch.deltas[0].bytes);
  delta_operation op;
  while (in.next(op)) {
    if (op.value) model[{op.key_group, std::string(op.key)}] = *op.value;
    else model.erase({op.key_group, std::string(op.key)});
  }
}

// Commits epochs until killed, telling each one that is durable.
[[noreturn]] void commit_forever(store_fixture& fixture, int tell) {
  auto store = fixture.try_open();
  if (!store.ok()) _exit(1);
  for (;;) {
    const auto number = (*store)->last_epoch() + 1;
    if (!(*store)->commit(planned_epoch(number)).ok()) _exit(2);
    if (write(tell, &number, sizeof number) != sizeof number) _exit(3);
  }
}

TEST_CASE_METHOD(store_fixture,
                 "killed at any instant, the store holds a whole epoch, and none it had told of is lost") {
  std::mt19937 random(11);
  entry_map model;
  uint64_t applied = 0;
  for (int round = 0; round < kills; ++round) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) commit_forever(*this, ends[1]);
    close(ends[1]);
    usleep(random() % microseconds_max);
    kill(child, SIGKILL);
    int how = 0;
    REQUIRE(waitpid(child, &how, 0) == child);
    REQUIRE(WIFSIGNALED(how));
    uint64_t told = applied;
    while (read(ends[0], &told, sizeof told) == sizeof told) {}
    close(ends[0]);

    auto store = open();
    REQUIRE(store->scrub().ok());
    REQUIRE(store->last_epoch() >= told);
    while (applied < store->last_epoch()) replay(planned_epoch(++applied), model);
    REQUIRE(entries_of(*store, "s") == model);
    if (applied > 0) REQUIRE(*store->read_value("position") == std::to_string(applied));
  }
  CHECK(applied > 0);
}

} // namespace
} // namespace levada
