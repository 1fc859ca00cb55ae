#!/usr/bin/env python3
"""What `levada run` shows of a running job, and how it stops.

    face_test.py --levada BINARY

figures   SIGUSR1 prints them while the job runs; SIGTERM drains, exit code 0, and they come once more.
progress  on a terminal, while a bounded file is read, a line says how far it is.
"""
import os
import pty
import re
import select
import signal
import subprocess
import time

import cases
from cases import expect

TICKING = """
SET 'execution.checkpointing.interval' = '50 ms';
CREATE TABLE tick (n BIGINT, ts AS CURRENT_TIMESTAMP, WATERMARK FOR ts AS ts)
  WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.n.kind' = 'sequence', 'fields.n.start' = '0',
        'fields.n.end' = '100000000');
CREATE TABLE seen (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '%(out)s/seen', 'format' = 'csv',
  'sink.delivery-guarantee' = 'exactly-once');
CREATE TABLE counted (w TIMESTAMP_LTZ(3), n BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN
INSERT INTO seen SELECT n FROM tick;
INSERT INTO counted SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE tick, DESCRIPTOR(ts), INTERVAL '0.2' SECOND))
  GROUP BY window_start, window_end;
END;
"""
READING = """
CREATE TABLE reading (n BIGINT, t STRING) WITH ('connector' = 'filesystem', 'path' = '%(source)s', 'format' = 'json');
SELECT COUNT(*) FROM reading WHERE t LIKE '%%z%%y%%';
"""
JOB_LINE = re.compile(r"^\S+: ([\d.]+)( k)? rows in, ([\d.]+)( k)? out, \d+ late in [\d.]+ s \([\d.]+( k)? rows/s\); "
                      r"\d+ epochs, [\d.]+ (k |M )?B written, [\d.]+ (k |M )?B and [\d.]+ ms each; "
                      r"state [\d.]+ \w+ of 1 GiB; memory [\d.]+ \w+, at most [\d.]+ \w+$", re.MULTILINE)
TASK_LINE = re.compile(r"^  .*rows in \d+, out \d+.*, watermark (none|\d{4}-\d\d-\d\dT[\d:.]+), busy \d+ %, "
                       r"back-pressured \d+ %(, state [\d.]+ (k |M )?B)?$", re.MULTILINE)


def read_until(descriptor, wanted, seconds=60):
    """What came until `wanted` (a pattern) is in it, the end, or the time is up."""
    text = ""
    deadline = time.monotonic() + seconds
    while not re.search(wanted, text, re.MULTILINE) and time.monotonic() < deadline:
        if not select.select([descriptor], [], [], 0.1)[0]:
            continue
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # the other end of a terminal has gone
            break
        if not part:
            break
        text += part.decode()
    return text


def figures(binary, folder):
    sql = os.path.join(folder, "ticking.sql")
    with open(sql, "w", encoding="utf-8") as f:
        f.write(TICKING % {"out": folder})
    run = subprocess.Popen([binary, "run", "--state", folder + "/state", sql], stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE)
    try:
        parts = folder + "/seen"
        deadline = time.monotonic() + 30
        while not (os.path.isdir(parts) and os.listdir(parts)) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)
        run.send_signal(signal.SIGUSR1)
        while_running = read_until(run.stderr.fileno(), r"^  Sink.*\n(.*\n)*  Sink.*\n", 10)
        expect(run.poll() is None, "SIGUSR1 stopped it")
        run.send_signal(signal.SIGTERM)
        at_exit = read_until(run.stderr.fileno(), "never", 30)
        expect(run.wait(timeout=30) == 0, f"SIGTERM ended it with {run.returncode}: {at_exit}")
    finally:
        run.kill()
        run.wait()
    for text in (while_running, at_exit):
        expect(JOB_LINE.search(text), f"no line of figures in: {text}")
        expect(len(TASK_LINE.findall(text)) >= 3, f"fewer than three tasks in: {text}")
        expect(", state " in text, f"no state in: {text}")
    lines = []
    for name in os.listdir(parts):
        expect(not name.startswith("."), f"{name} was left open")
        with open(os.path.join(parts, name), encoding="utf-8") as part:
            lines += part.read().split()
    # Drained: everything that was read is there, once, in order.
    expect(lines == [str(n) for n in range(len(lines))] and len(lines) > 100, f"{len(lines)} lines: {lines[-5:]}")
    read = JOB_LINE.search(at_exit)
    if not read.group(2):
        expect(int(read.group(1)) == len(lines), f"{read.group(0)}, but {len(lines)} lines")


def progress(binary, folder):
    source = os.path.join(folder, "reading.ndjson")
    block = "".join('{"n": %d, "t": "%s"}\n' % (n, "abcdefgh" * 10) for n in range(10_000))
    with open(source, "w", encoding="utf-8") as f:
        for _ in range(300):
            f.write(block)
    sql = os.path.join(folder, "reading.sql")
    with open(sql, "w", encoding="utf-8") as f:
        f.write(READING % {"source": source})
    terminal, other_end = pty.openpty()
    run = subprocess.Popen([binary, "run", "--set", "execution.runtime-mode=batch", sql], stdout=subprocess.DEVNULL,
                           stderr=other_end)
    os.close(other_end)
    try:
        text = read_until(terminal, "never", 120)
        expect(run.wait(timeout=60) == 0, text)
    finally:
        run.kill()
        run.wait()
        os.close(terminal)
    shown = [int(share) for share in re.findall(r"\r\x1b\[K *(\d+) %  [\d.]+( [kMG])? rows  [\d.]+( [kMG])? rows/s", text)
             for share in share[:1]]
    expect(shown, f"no progress in: {text!r}")
    expect(shown == sorted(shown) and 0 <= shown[0] and shown[-1] <= 100, f"{shown}")
    expect("3.0 M rows in" in text or "3000 k rows in" in text, text)


if __name__ == "__main__":
    cases.run((figures, progress), __doc__)
