#!/usr/bin/env python3
"""Runs examples/gateway on a real mosquitto, fed by a real client, and checks every average with sqlite3.

    gateway_test.py --levada BINARY --examples DIR [--senml FILE] [--loops N]

--senml: lines "MILLIS,PACK" as the RIoTBench city files have them, looped with shifted time. Without it the same lines
are generated. Exit code 77 when mosquitto is not installed.
"""
import argparse
import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "durability"))
from kill_test import free_port, output_lines, wait_for_port  # noqa: E402

MINUTE_MS = 60_000


def generated(count):
    rng = random.Random(7)
    at_ms = 1_422_748_800_000
    for _ in range(count):
        at_ms += rng.choice((0, 0, 60, 120))
        entries = [{"u": "string", "n": "source", "sv": f"sensor{rng.randrange(90)}"}]
        for name, unit, low, high in (("temperature", "far", -15, 45), ("humidity", "per", 10, 95), ("dust", "per", 180, 5200)):
            entries.append({"v": f"{rng.uniform(low, high):.2f}", "u": unit, "n": name})
        yield at_ms, {"e": entries, "bt": at_ms}


def from_file(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            millis, pack = line.split(",", 1)
            yield int(millis), json.loads(pack)


def looped(packs, loops):
    """Every loop begins a minute after the one before has ended."""
    packs = list(packs)
    length_ms = (packs[-1][0] - packs[0][0]) // MINUTE_MS * MINUTE_MS + 2 * MINUTE_MS
    for i in range(loops):
        for at_ms, pack in packs:
            yield at_ms + i * length_ms, dict(pack, bt=pack["bt"] + i * length_ms)


def expected_averages(packs):
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE reading (source TEXT, minute INTEGER, temperature REAL, humidity REAL, dust REAL)")
    for at_ms, pack in packs:
        values = {e["n"]: e.get("sv", e.get("v")) for e in pack["e"]}
        db.execute("INSERT INTO reading VALUES (?, ?, ?, ?, ?)",
                   (values["source"], at_ms // MINUTE_MS, float(values["temperature"]), float(values["humidity"]),
                    float(values["dust"])))
    rows = db.execute("SELECT source, minute, COUNT(*), AVG(temperature), AVG(humidity), MAX(dust) FROM reading "
                      "GROUP BY source, minute")
    return {(source, minute): values for source, minute, *values in rows}


def written_averages(out):
    found = {}
    for sensor, window, *values in csv.reader(output_lines(os.path.dirname(out), os.path.basename(out))):
        parsed = time.strptime(window.split(".")[0], "%Y-%m-%d %H:%M:%S")
        minute = int(time.mktime(parsed) - time.timezone) // 60
        key = (sensor, minute)
        if key in found:
            sys.exit(f"the average of {key} came twice")
        found[key] = [float(v) for v in values]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levada", required=True)
    parser.add_argument("--examples", required=True)
    parser.add_argument("--senml")
    parser.add_argument("--loops", type=int, default=3)
    arguments = parser.parse_args()
    os.environ["TZ"] = "UTC"
    time.tzset()
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not mosquitto or not shutil.which("mosquitto_pub"):
        print("skipped: mosquitto and mosquitto_pub are not installed")
        sys.exit(77)
    source = from_file(arguments.senml) if arguments.senml else generated(1000)
    packs = list(looped(source, arguments.loops))
    expected = expected_averages(packs)
    # What closes the last minute: event time must pass its end.
    last_ms = packs[-1][0] + 10 * MINUTE_MS
    closing = {"e": [{"n": "source", "sv": "clock"}, {"n": "temperature", "v": "20"}, {"n": "humidity", "v": "50"},
                     {"n": "dust", "v": "200"}], "bt": last_ms}
    with tempfile.TemporaryDirectory(prefix="levada-gateway-") as folder:
        port = free_port()
        config = os.path.join(folder, "mosquitto.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        broker = subprocess.Popen([mosquitto, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        levada = None
        try:
            wait_for_port(port)
            out = os.path.join(folder, "averages")
            errors = os.path.join(folder, "stderr")
            with open(errors, "w", encoding="utf-8") as log:
                levada = subprocess.Popen(
                    [arguments.levada, "run", "--state", os.path.join(folder, "state"), "--set",
                     "table.local-time-zone=UTC", "-D", f"BROKER=mqtt://127.0.0.1:{port}", "-D", f"OUT={out}",
                     "-i", os.path.join(arguments.examples, "mqtt.sql"), os.path.join(arguments.examples, "gateway.sql")],
                    stderr=log)
            time.sleep(1)
            lines = "\n".join(json.dumps(pack) for _, pack in packs) + "\n" + json.dumps(closing) + "\n"
            subprocess.run(["mosquitto_pub", "-p", str(port), "-t", "city/gateway", "-q", "1", "-l"], input=lines,
                           text=True, check=True, timeout=120)
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and len(written_averages(out)) < len(expected):
                if levada.poll() is not None:
                    sys.exit(f"levada stopped ({levada.returncode}): {open(errors, encoding='utf-8').read()}")
                time.sleep(0.1)
            levada.send_signal(signal.SIGTERM)
            if levada.wait(timeout=60) != 0:
                sys.exit(f"levada did not drain: {open(errors, encoding='utf-8').read()}")
            found = written_averages(out)
            if set(found) != set(expected):
                sys.exit(f"windows differ: missing {sorted(set(expected) - set(found))[:3]}, "
                         f"too many {sorted(set(found) - set(expected))[:3]}")
            for key, (count, temperature, humidity, dust) in expected.items():
                got = found[key]
                if got[0] != count or abs(got[1] - temperature) > 0.0051 or abs(got[2] - humidity) > 0.0051 or \
                        abs(got[3] - dust) > 1e-9:
                    sys.exit(f"{key}: expected {count, temperature, humidity, dust}, got {got}")
            print(f"{len(packs)} messages, {len(expected)} averages equal to sqlite's")
            print("1 passed, 0 failed, 0 skipped")
        finally:
            if levada and levada.poll() is None:
                levada.kill()
                levada.wait()
            broker.terminate()
            broker.wait()


if __name__ == "__main__":
    main()
