#!/usr/bin/env python3
"""kill_test.py PROGRAM: kills own_operator at random instants until it has finished, again and again, and compares what
it wrote with what an undisturbed run wrote."""
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter

KILLS = 12
ROWS = 50_000


def events(rng):
    """Machines start and stop; some forget to stop, some stop without a start, some rows come late."""
    now_s = 1_767_225_600
    for _ in range(ROWS):
        now_s += rng.choice((0, 0, 1, 2))
        at_s = now_s - rng.choice((0, 0, 0, 3))
        event = "start" if rng.random() < 0.6 else "stop"
        yield f"m{rng.randrange(3000)},{event},{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(at_s))}\n"


def committed(folder):
    lines = Counter()
    for name in os.listdir(folder):
        if name.startswith("."):
            continue  # not committed, so hidden from readers
        with open(os.path.join(folder, name), encoding="utf-8") as part:
            lines.update(part.read().splitlines())
    return lines


def run(command, kill_after_s=None):
    """False: killed."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        try:
            _, errors = child.communicate(timeout=kill_after_s)
        except subprocess.TimeoutExpired:
            child.kill()
            return False
    if child.returncode != 0:
        sys.exit(f"{command} failed ({child.returncode}): {errors}")
    return True


def main():
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="own-operator-") as folder:
        def path(name):
            return os.path.join(folder, name)

        with open(path("events.csv"), "w", encoding="utf-8") as f:
            f.writelines(events(rng))
        started = time.monotonic()
        run([sys.argv[1], path("events.csv"), path("state"), path("expected")])
        longest_s = time.monotonic() - started
        expected = committed(path("expected"))
        if {line.rsplit(",", 1)[1].strip('"') for line in expected} != {"stopped", "still running"}:
            sys.exit("the undisturbed run shows no stops or no timers, so this proves nothing")
        kills = runs = 0
        while kills < KILLS:
            command = [sys.argv[1], path("events.csv"), path(f"state{runs}"), path(f"out{runs}")]
            while not run(command, longest_s * rng.random() if kills < KILLS else None):
                kills += 1
            got = committed(command[-1])
            if got != expected:
                sys.exit(f"after kills, missing {list((expected - got).items())[:3]}, "
                         f"too many {list((got - expected).items())[:3]} (seed {seed})")
            runs += 1
        print(f"{kills} kills over {runs} runs of {ROWS} rows, {expected.total()} results equal every time")


if __name__ == "__main__":
    main()
