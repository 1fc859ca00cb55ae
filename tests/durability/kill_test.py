#!/usr/bin/env python3
"""Kills levada with SIGKILL at random instants until a pipeline has finished, and compares with an undisturbed run.

    kill_test.py --levada BINARY [--rounds N] [--mode file|mqtt] [--seed S] [--rows N]

A round is one SIGKILL. file: tumbling and session windows, the rows of sessions, a group aggregate and a filter over a
file, into exactly-once files: the committed output must equal that of an undisturbed run, row for row. mqtt: QoS 1, or
--qos 2, from a real mosquitto with a persistent session: no message may be missing from the output or in it twice, and
windows must fire. The kills begin once levada has seen how the broker gives out packet ids; before, what is sent again
may come twice. Exit code 77 when mosquitto is not installed.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter

TABLES = """
SET 'execution.checkpointing.interval' = '15 ms';
SET 'table.local-time-zone' = 'UTC';
SET 'parallelism.default' = '2';
CREATE TABLE reading (
  seq BIGINT,
  sensor STRING,
  v BIGINT,
  ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '2' SECOND
) WITH (%(source)s, 'format' = 'json');
CREATE TABLE tumbled (sensor STRING, window_start TIMESTAMP(3), n BIGINT, total BIGINT, top BIGINT)
WITH (%(sink)s, 'path' = '%(out)s/tumbled');
CREATE TABLE sessions (sensor STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3), n BIGINT)
WITH (%(sink)s, 'path' = '%(out)s/sessions');
CREATE TABLE members (seq BIGINT, sensor STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3))
WITH (%(sink)s, 'path' = '%(out)s/members');
CREATE TABLE passed (seq BIGINT, v BIGINT) WITH (%(sink)s, 'path' = '%(out)s/passed');
CREATE TABLE totals (sensor STRING, n BIGINT, total BIGINT)
WITH (%(changelog)s, 'path' = '%(out)s/totals');
"""

PIPELINE = """
EXECUTE STATEMENT SET BEGIN
INSERT INTO tumbled SELECT sensor, window_start, COUNT(*), SUM(v), MAX(v)
  FROM TABLE(TUMBLE(TABLE reading, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY sensor, window_start, window_end;
INSERT INTO sessions SELECT sensor, window_start, window_end, COUNT(*)
  FROM TABLE(SESSION(TABLE reading PARTITION BY sensor, DESCRIPTOR(ts), INTERVAL '0.7' SECOND))
  GROUP BY sensor, window_start, window_end;
INSERT INTO members SELECT seq, sensor, window_start, window_end
  FROM TABLE(SESSION(TABLE reading PARTITION BY sensor, DESCRIPTOR(ts), INTERVAL '0.7' SECOND));
INSERT INTO passed SELECT seq, v FROM reading WHERE MOD(v, %(keep)d) = 0;
INSERT INTO totals SELECT sensor, COUNT(*), SUM(v) FROM reading GROUP BY sensor;
END;
"""
# Messages that show levada how the broker gives out packet ids; twice as many before the first kill.
SETTLING = 200
# mosquitto_pub loses messages that wait beyond the number of packet ids.
PUBLISHED_MAX = 60_000
EXACTLY_ONCE = "'connector' = 'filesystem', 'sink.delivery-guarantee' = 'exactly-once', 'format' = "


def readings(rows, seed):
    """NDJSON with disorder (some of it too late), gaps between sessions and a hundred sensors."""
    rng = random.Random(seed)
    now_ms = 1_767_225_600_000
    for seq in range(rows):
        now_ms += rng.choice((0, 1, 2, 5, 40))
        late_ms = rng.choice((0, 0, 0, 500, 1500)) if rng.random() < 0.98 else 5000
        at_ms = now_ms - late_ms
        text = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at_ms // 1000)) + f".{at_ms % 1000:03d}"
        yield json.dumps({"seq": seq, "sensor": f"s{rng.randrange(100)}", "v": rng.randrange(100000), "ts": text})


def script(source, out, keep):
    fields = {"source": source, "out": out, "keep": keep, "sink": EXACTLY_ONCE + "'csv'",
              "changelog": EXACTLY_ONCE + "'debezium-json'"}
    return TABLES % fields + PIPELINE % fields


def output_lines(out, name):
    lines = []
    folder = os.path.join(out, name)
    for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if entry.startswith("."):
            continue  # not committed, so hidden from readers
        with open(os.path.join(folder, entry), encoding="utf-8") as part:
            lines += part.read().splitlines()
    return lines


def run_to_end(levada, sql, state):
    done = subprocess.run([levada, "run", "-q", "--state", state, sql], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"undisturbed run failed ({done.returncode}): {done.stderr}")


def kill_until_done(levada, sql, state, rounds, rng, longest_s):
    """Returns the number of kills that hit a running process."""
    kills = 0
    while True:
        child = subprocess.Popen([levada, "run", "-q", "--state", state, sql], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        if kills >= rounds:
            _, errors = child.communicate()
            if child.returncode != 0:
                sys.exit(f"run after {kills} kills failed ({child.returncode}): {errors}")
            return kills
        try:
            # Square: half of the kills fall into the first quarter, start-up and recovery included.
            child.wait(timeout=longest_s * rng.random() ** 2)
            if child.returncode != 0:
                sys.exit(f"run after {kills} kills failed ({child.returncode}): {child.stderr.read()}")
            return kills
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            kills += 1


def file_mode(arguments, folder, rng):
    source_path = os.path.join(folder, "readings.ndjson")
    with open(source_path, "w", encoding="utf-8") as f:
        f.writelines(line + "\n" for line in readings(arguments.rows, arguments.seed))
    source = f"'connector' = 'filesystem', 'path' = '{source_path}'"
    expected_out = os.path.join(folder, "expected")
    with open(os.path.join(folder, "expected.sql"), "w", encoding="utf-8") as f:
        f.write(script(source, expected_out, 10))
    started = time.monotonic()
    run_to_end(arguments.levada, f.name, os.path.join(folder, "expected.state"))
    longest_s = max(0.05, (time.monotonic() - started) * 0.8)
    total = 0
    repeats = 0
    while total < arguments.rounds:
        out = os.path.join(folder, f"out{repeats}")
        with open(os.path.join(folder, "killed.sql"), "w", encoding="utf-8") as f:
            f.write(script(source, out, 10))
        state = os.path.join(folder, f"state{repeats}")
        total += kill_until_done(arguments.levada, f.name, state, arguments.rounds - total, rng, longest_s)
        repeats += 1
        for name in ("tumbled", "sessions", "members", "passed", "totals"):
            expected = Counter(output_lines(expected_out, name))
            got = Counter(output_lines(out, name))
            if not expected:
                sys.exit(f"{name}: the undisturbed run wrote nothing, so this proves nothing")
            if expected != got:
                sys.exit(f"{name} differs after kills: missing {list((expected - got).items())[:3]}, "
                         f"too many {list((got - expected).items())[:3]} (seed {arguments.seed})")
        shutil.rmtree(out)
        shutil.rmtree(state)
    print(f"file: {total} kills over {repeats} runs of {arguments.rows} rows, output equal every time")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("the broker does not answer")


def wait_for_rows(child, out, count):
    give_up = time.monotonic() + 60
    while len(output_lines(out, "passed")) < count:
        if child.poll() is not None or time.monotonic() > give_up:
            sys.exit(f"levada does not get going ({child.poll()})")
        time.sleep(0.02)


def mqtt_mode(arguments, folder, rng):
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not mosquitto or not shutil.which("mosquitto_pub"):
        print("skipped: mosquitto and mosquitto_pub are not installed")
        sys.exit(77)
    port = free_port()
    config = os.path.join(folder, "mosquitto.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 100\n")
    broker = subprocess.Popen([mosquitto, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        out = os.path.join(folder, "out")
        source = (f"'connector' = 'mqtt', 'url' = 'mqtt://127.0.0.1:{port}', 'topic' = 'sensors/+', 'qos' = '{arguments.qos}', "
                  f"'protocol-version' = '{arguments.protocol}', 'client-id' = 'kill-test', 'clean-session' = 'false'")
        sql = os.path.join(folder, "mqtt.sql")
        with open(sql, "w", encoding="utf-8") as f:
            f.write(script(source, out, 1))
        state = os.path.join(folder, "state")

        def start():
            return subprocess.Popen([arguments.levada, "run", "-q", "--state", state, sql],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

        child = start()
        time.sleep(1)  # the subscription must exist before the first message
        lines = list(readings(arguments.rows, arguments.seed))
        publish = ["mosquitto_pub", "-p", str(port), "-t", "sensors/a", "-q", str(arguments.qos), "-l"]
        # Answers to the first part are read before the second part gets its packet ids.
        for part in range(2):
            subprocess.run(publish, input="\n".join(lines[part * SETTLING:(part + 1) * SETTLING]) + "\n", text=True,
                           check=True, timeout=60)
            wait_for_rows(child, out, (part + 1) * SETTLING)
            time.sleep(0.5)
        publisher = subprocess.Popen(publish, stdin=subprocess.PIPE, text=True)
        # The publisher's whole input: a watermark past the last reading closes every window that counts.
        publisher.stdin.write("\n".join(lines[2 * SETTLING:]) + "\n")
        publisher.stdin.close()
        kills = 0
        while kills < arguments.rounds:
            time.sleep(0.4 * rng.random() ** 2)
            if child.poll() is not None:
                sys.exit(f"levada stopped by itself ({child.returncode}): {child.stderr.read()}")
            child.kill()
            child.wait()
            kills += 1
            child = start()
        publisher.wait()
        wanted = set(range(len(lines)))
        # As long as something comes, however slowly.
        seen, deadline = set(), time.monotonic() + 120
        while time.monotonic() < deadline:
            before = len(seen)
            seen = {int(line.split(",")[0]) for line in output_lines(out, "passed") if "," in line}
            if wanted <= seen:
                break
            if len(seen) > before:
                deadline = time.monotonic() + 120
            if child.poll() is not None:
                sys.exit(f"levada stopped by itself ({child.returncode}): {child.stderr.read()}")
            time.sleep(0.2)
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=60)
        passed = [int(line.split(",")[0]) for line in output_lines(out, "passed")]
        missing = wanted - set(passed)
        if missing:
            sys.exit(f"{len(missing)} of {len(wanted)} acknowledged messages are missing after {kills} kills, "
                     f"e.g. {sorted(missing)[:5]} (seed {arguments.seed})")
        twice = sorted(seq for seq, times in Counter(passed).items() if times > 1)
        if twice:
            sys.exit(f"{len(twice)} messages came twice or more, {len(passed) - len(wanted)} too many in all after {kills} "
                     f"kills, e.g. {twice[:5]} (seed {arguments.seed})")
        if not output_lines(out, "tumbled") or not output_lines(out, "sessions"):
            sys.exit("no window has fired, so this proves nothing")
        print(f"mqtt: {kills} kills, {len(wanted)} messages, none missing, none twice")
    finally:
        broker.terminate()
        broker.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levada", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--rows", type=int, default=60000, help=f"mqtt: at most {PUBLISHED_MAX}")
    parser.add_argument("--mode", choices=("file", "mqtt"), default="file")
    parser.add_argument("--qos", type=int, choices=(1, 2), default=1)
    parser.add_argument("--protocol", choices=("3.1.1", "5"), default="3.1.1")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    if arguments.mode == "mqtt" and arguments.rows > PUBLISHED_MAX:
        parser.error(f"--rows: at most {PUBLISHED_MAX} with --mode mqtt")
    print(f"seed {arguments.seed}")
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="levada-kill-") as folder:
        (file_mode if arguments.mode == "file" else mqtt_mode)(arguments, folder, rng)
    print("1 passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    main()
