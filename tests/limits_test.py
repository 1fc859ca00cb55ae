#!/usr/bin/env python3
"""Runs levada against its limits: a small state.quota, a small memory.limit, a small disk.

    limits_test.py --levada BINARY

quota   the job stops with exit code 74 and says what to do; the same state under a larger quota gives what an
        undisturbed run gives.
memory  state beyond memory.limit is an error that names its holder (exit code 75); wide rows stay below it.
disk    on a full disk reading pauses with a warning, and goes on when there is room. Needs root for a small tmpfs.
"""
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter

import cases
from cases import expect

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "durability"))
from kill_test import output_lines  # noqa: E402

COUNTS = """
SET 'execution.checkpointing.interval' = '20 ms';
SET 'parallelism.default' = '1';
CREATE TABLE reading (k STRING, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '%(source)s', 'format' = 'json');
CREATE TABLE totals (k STRING, n BIGINT, total BIGINT) WITH ('connector' = 'filesystem', 'path' = '%(out)s/totals',
  'sink.delivery-guarantee' = 'exactly-once', 'format' = 'debezium-json');
INSERT INTO totals SELECT k, COUNT(*), SUM(v) FROM reading GROUP BY k;
"""
WIDE = """
CREATE TABLE reading (k STRING, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '%(source)s', 'format' = 'json');
CREATE TABLE kept (k STRING, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '%(out)s/kept', 'format' = 'json');
INSERT INTO kept SELECT k, v FROM reading WHERE v >= 0;
"""


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def readings(folder, name, rows, width):
    filler = "x" * width
    lines = (json.dumps({"k": f"{n:08d}{filler}", "v": n}) for n in range(rows))
    return write(folder, name, "\n".join(lines) + "\n")


class Levada:
    """A run; its peak of resident memory is known when wait() has returned."""

    def __init__(self, binary, *arguments):
        self.process = subprocess.Popen([binary, "run", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True)
        self.text = ""
        self.rss_kib = 0
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.text += line

    def watch(self):
        # Not what wait4() says: that begins with what this process had when it forked.
        try:
            while self.process.poll() is None:
                with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
                    found = re.search(r"VmHWM:\s+(\d+)", status.read())
                if found:
                    self.rss_kib = int(found.group(1))
                time.sleep(0.01)
        except OSError:
            pass

    def wait(self):
        self.watch()
        code = self.process.wait()
        self.reader.join()
        return code


def quota(binary, folder):
    source = readings(folder, "keys.ndjson", 120_000, 120)
    expected = write(folder, "expected.sql", COUNTS % {"source": source, "out": folder + "/expected"})
    undisturbed = Levada(binary, "--state", folder + "/expected.state", expected)
    expect(undisturbed.wait() == 0, undisturbed.text)
    sql = write(folder, "quota.sql", COUNTS % {"source": source, "out": folder + "/out"})
    full = Levada(binary, "--state", folder + "/state", "--set", "state.quota=16 mb", sql)
    code = full.wait()
    expect(code == 74, f"expected exit code 74, got {code}: {full.text}")
    for part in ("LV0201", "more than there is", "of state.quota, 16 MiB, are used", "the largest part by '",
                 "raise state.quota", "nothing is lost"):
        expect(part in full.text, f"'{part}' is not in: {full.text}")
    committed = int(re.search(r"goes on from epoch (\d+)", full.text).group(1))
    larger = Levada(binary, "--state", folder + "/state", "--set", "state.quota=256 mb", sql)
    expect(larger.wait() == 0, larger.text)
    wanted, got = (Counter(output_lines(folder + out, "totals")) for out in ("/expected", "/out"))
    expect(len(wanted) >= 120_000 and wanted == got,
           f"the outputs differ: {sum(wanted.values())} and {sum(got.values())} lines")
    print(f"quota: stopped after {committed} epochs, {sum(got.values())} lines equal to those of an undisturbed run")


def memory(binary, folder):
    source = readings(folder, "many.ndjson", 120_000, 120)
    sql = write(folder, "state.sql", COUNTS % {"source": source, "out": folder + "/state_out"})
    over = Levada(binary, "--set", "memory.limit=8 mb", sql)
    code = over.wait()
    expect(code == 75, f"expected exit code 75, got {code}: {over.text}")
    expect(re.search(r"LV0500: .*needs .* more, but memory.limit is 8 MiB; held by .*\(.*MiB\)", over.text), over.text)

    wide = readings(folder, "wide.ndjson", 12_000, 8000)
    sql = write(folder, "wide.sql", WIDE % {"source": wide, "out": folder + "/wide_out"})
    limited = Levada(binary, "--set", "memory.limit=16 mb", sql)
    expect(limited.wait() == 0, limited.text)
    figures = re.search(r"memory (.*), at most ([0-9.]+) MiB of 16 MiB", limited.text)
    expect(figures and float(figures.group(2)) <= 20, limited.text)
    # Code, stacks, the allocator's slack and the chunk being parsed come on top of what is charged.
    expect(limited.rss_kib < (16 + 48) * 1024, f"{limited.rss_kib} KiB resident with memory.limit = 16 mb")
    free = Levada(binary, sql)
    expect(free.wait() == 0, free.text)
    print(f"memory: wide rows peak at {figures.group(2)} of 16 MiB charged, {limited.rss_kib} KiB resident "
          f"({free.rss_kib} without a limit)")


def disk(binary, folder):
    small = folder + "/small"
    os.mkdir(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", small], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        print("disk: skipped, mounting a small tmpfs needs root")
        return
    try:
        source = readings(folder, "paced.ndjson", 20_000, 120)
        sql = write(folder, "disk.sql", COUNTS % {"source": source, "out": folder + "/disk_out"})
        ballast = small + "/ballast"
        with open(ballast, "wb") as f:
            space = os.statvfs(small)
            f.write(b"b" * (space.f_bavail * space.f_bsize - 600 * 1024))
        run = Levada(binary, "--state", small + "/state", sql)
        deadline = time.monotonic() + 60
        while "reading pauses" not in run.text and time.monotonic() < deadline:
            expect(run.process.poll() is None, f"stopped: {run.text}")
            time.sleep(0.05)
        expect("levada: warning: " in run.text and "the disk has" in run.text, run.text)
        expect(not output_lines(folder + "/disk_out", "totals"), "rows are visible that no epoch contains")
        os.remove(ballast)
        expect(run.wait() == 0, run.text)
        expect("reading goes on" in run.text, run.text)
        lines = output_lines(folder + "/disk_out", "totals")
        expect(len(lines) == len(set(lines)) == 20_000, f"{len(lines)} lines")
        print("disk: paused, went on by itself, nothing is missing or twice")
    finally:
        subprocess.run(["umount", "-l", small], check=False)


if __name__ == "__main__":
    cases.run((quota, memory, disk), __doc__)
