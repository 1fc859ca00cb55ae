#!/usr/bin/env python3
"""Measures levada beside hand-written limits and prints one table: work, levada, limit, ratio.

    measure.py --build BUILD --data DIR [--bids N] [--packs N] [--senml FILE] [STAGE...]

A figure is the best of three runs, in rows per CPU-second (user + system) of the process itself: on a busy machine that
is what can be compared. Results are checked, those of queries A-F against expected.py.
"""
import argparse
import csv
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import mqtt_peer  # noqa: E402
from expected import expected  # noqa: E402

RUNS = 3
LOOPS = 10  # of the bids, where a run must last for several epochs
MESSAGES = 1_000_000
LONE_EVENTS = 1000
PACED = 10_000
PACED_PER_S = 1000
IDLE_S = 10
TICKS = os.sysconf("SC_CLK_TCK")


def peak_of(pid):
    """MB; 0 when the process has gone. Not ru_maxrss, which counts what Python held when it forked."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            found = re.search(r"VmHWM:\s+(\d+)", status.read())
            return int(found[1]) / 1024 if found else 0
    except OSError:
        return 0


def run(command, stdout=subprocess.DEVNULL):
    """(CPU seconds, wall seconds, peak RSS in MB, standard error)"""
    with tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        child = subprocess.Popen(command, stdout=stdout, stderr=errors)
        peak, done = 0, 0
        while not done:
            peak = max(peak, peak_of(child.pid))
            time.sleep(0.002)
            done, code, used = os.wait4(child.pid, os.WNOHANG)
        child.returncode = os.waitstatus_to_exitcode(code)
        wall = time.monotonic() - started
        errors.seek(0)
        said = errors.read().decode()
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {child.returncode}\n{said}")
    return used.ru_utime + used.ru_stime, wall, peak, said


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def switches(pid):
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="ascii") as status:
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read(), re.M)[1])
    return total


def wait_until_quiet(pid, quiet_s=1.0):
    last, since = cpu_of(pid), time.monotonic()
    while time.monotonic() - since < quiet_s:
        time.sleep(0.1)
        now = cpu_of(pid)
        if now - last > 0.011:
            last, since = now, time.monotonic()


def short(value):
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.2f} {unit}" if value < 10 * size else f"{value / size:.0f} {unit}"
    return f"{value:.0f}"


class bench:
    def __init__(self, options):
        self.options = options
        self.levada = os.path.join(options.build, "levada")
        self.data = options.data
        self.rows = []
        self.scratch = tempfile.mkdtemp(prefix="scratch-", dir=options.data)
        self.results = None

    def add(self, work, levada, limit="", ratio=""):
        self.rows.append((work, levada, limit, ratio))
        print(f"{work}: {levada}" + (f", limit {limit}, ratio {ratio}" if limit else ""), file=sys.stderr, flush=True)

    def add_rates(self, work, rows, levada_s, limit_s, unit="rows"):
        self.add(work, f"{short(rows / levada_s)} {unit}/s", f"{short(rows / limit_s)} {unit}/s", f"{limit_s / levada_s:.2f}")

    def tool(self, name):
        return os.path.join(self.options.build, "bench", name)

    def out(self, name="out"):
        path = os.path.join(self.scratch, name)
        shutil.rmtree(path, ignore_errors=True)
        return path

    def command(self, sql, *more, data=None):
        return [self.levada, "run", "-D", f"IN={data or self.data}", "-D", f"OUT={os.path.join(self.scratch, 'out')}",
                *more, sql]

    def best(self, command, column=0):
        best = None
        for _ in range(RUNS):
            self.out()
            figures = run(command)
            if best is None or figures[column] < best[column]:
                best = figures
        return best

    def query(self, name):
        return os.path.join(HERE, "queries", f"{name}.sql")

    def bids(self):
        path = os.path.join(self.data, "bids.ndjson")
        if not os.path.exists(path):
            run([self.tool("nexmark_gen"), "--bids", str(self.options.bids), "--out", self.data])
        if self.results is None:
            self.results = expected(self.data)
        return path

    def written(self):
        for path in sorted(glob.glob(os.path.join(self.scratch, "out", "*"))):
            with open(path, encoding="utf-8", newline="") as lines:
                yield from csv.reader(lines)

    # Rows and sums of what the last run wrote; sinks that keep nothing are replaced by `print` in a run of its own.
    def check(self, name):
        wanted = self.results[name]
        if name in "BE":
            with open(self.query(name), encoding="utf-8") as text:
                sql = text.read().replace("'blackhole'", "'print'")
            copy = os.path.join(self.scratch, "check.sql")
            with open(copy, "w", encoding="utf-8") as text:
                text.write(sql)
            with tempfile.TemporaryFile() as printed:
                run(self.command(copy), stdout=printed)
                printed.seek(0)
                rows = sum(1 for _ in printed)
            sums = {}
        else:
            rows, sums = 0, dict.fromkeys(wanted["sums"], 0)
            for row in self.written():
                rows += 1
                for column in sums:
                    sums[column] += int(row[column])
        if rows != wanted["rows"] or sums != wanted["sums"]:
            sys.exit(f"query {name}: {rows} rows, sums {sums}; expected {wanted}")

    def limit_seconds(self, *arguments):
        return self.best([self.tool("limit"), *arguments])[0]

    def engine(self):
        """filter and map, tumbling and hopping counts in memory, beside loops written by hand"""
        for line in subprocess.run([self.tool("engine_bench")], check=True, stdout=subprocess.PIPE,
                                   text=True).stdout.splitlines():
            work, levada, limit, ratio = line.split("\t")
            self.add(work, f"{short(float(levada))} rows/s", f"{short(float(limit))} rows/s", ratio)

    def queries(self):
        """queries A-F on newline-delimited JSON, beside a bare simdjson loop"""
        bids = self.bids()
        auctions = os.path.join(self.data, "auctions.ndjson")
        for name in "ABCDEF":
            limit_s = self.limit_seconds(name, bids, *([auctions] if name == "F" else []))
            cpu_s, _, peak_mb, _ = self.best(self.command(self.query(name)))
            self.check(name)
            self.add_rates(f"query {name}, JSON bids ({peak_mb:.0f} MB peak)", self.options.bids, cpu_s, limit_s)

    def senml(self):
        """smart-city SenML, average per sensor and minute, beside a bare parse"""
        path = os.path.join(self.data, "senml.json")
        if not os.path.exists(path):
            with open(path + ".tmp", "wb") as lines:
                run([sys.executable, os.path.join(HERE, "senml_gen.py"), str(self.options.packs),
                     *([self.options.senml] if self.options.senml else [])], stdout=lines)
            os.rename(path + ".tmp", path)
        limit_s = self.limit_seconds("S", path)
        cpu_s = self.best(self.command(self.query("senml")))[0]
        readings = sum(int(row[2]) for row in self.written())
        if readings != self.options.packs:
            sys.exit(f"senml: {readings} of {self.options.packs} packs counted")
        self.add_rates(f"SenML packs, average per sensor and minute ({os.path.getsize(path) / 1e6 / cpu_s:.0f} MB/s)",
                       self.options.packs, cpu_s, limit_s, "packs")

    def looped_bids(self):
        bids = self.bids()
        folder = os.path.join(self.scratch, "looped")
        if not os.path.exists(folder):
            os.makedirs(os.path.join(folder, "bids.ndjson"))
            for i in range(LOOPS):
                os.link(bids, os.path.join(folder, "bids.ndjson", f"{i}.ndjson"))
        return folder

    def epochs(self):
        """query E with epochs of 1 s against none; commit time and bytes at 10,000 dirty keys of a million"""
        looped = self.looped_bids()
        state = os.path.join(self.scratch, "state")
        plain = self.best(self.command(self.query("E"), data=looped))
        kept = self.best(self.command(self.query("E"), "--fresh", "--state", state, "--set",
                                      "execution.checkpointing.interval=1 s", data=looped))
        self.add_rates("query E with epochs of 1 s; limit: without", self.options.bids * LOOPS, kept[0], plain[0])
        said = run_text([self.tool("storage_bench"), os.path.join(self.scratch, "storage"), "50"])
        found = re.search(r"median ([\d.]+) ms, p99 ([\d.]+) ms.*written ([\d.]+) MB per epoch", said)
        self.add("commit of 10,000 dirty keys of a million",
                 f"median {found[1]} ms, p99 {found[2]} ms, {found[3]} MB written")

    def parallel(self):
        """wall clock at parallelism 2, beside 1: where operators have most of the work, and where the source has"""
        bids = self.options.bids
        for name, work, data, rows in (("many_aggregates", "eight aggregates, two DISTINCT", self.data, bids),
                                       ("E", "query E", self.looped_bids(), bids * LOOPS)):
            wall = [self.best(self.command(self.query(name), "--set", f"parallelism.default={n}", data=data), column=1)[1]
                    for n in (1, 2)]
            self.add_rates(f"{work}, wall clock, parallelism 2; limit: 1", rows, wall[1], wall[0])

    def start_pipeline(self, name, port, *settings):
        self.out()
        return subprocess.Popen([self.levada, "run", "-q", "-D", f"BROKER=mqtt://127.0.0.1:{port}", "-D",
                                 f"OUT={os.path.join(self.scratch, 'out')}", *settings, self.query(name)])

    def stop(self, child):
        child.send_signal(signal.SIGTERM)
        _, code, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(code)
        return used.ru_utime + used.ru_stime

    def written_lines(self):
        count = 0
        for path in glob.glob(os.path.join(self.scratch, "out", "*")):
            with open(path, "rb") as lines:
                count += sum(1 for _ in lines)
        return count

    def start_broker(self):
        broker = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        port = mqtt_peer.free_port()
        config = os.path.join(self.scratch, "mosquitto.conf")
        with open(config, "w", encoding="ascii") as text:
            text.write(f"listener {port} {mqtt_peer.HOST}\nallow_anonymous true\nmax_queued_messages 0\n"
                       "max_queued_bytes 0\nset_tcp_nodelay true\n")
        return subprocess.Popen([broker, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), port

    def mqtt(self):
        """MQTT QoS 0, filter, file: from packets made beforehand, and through mosquitto"""
        packets, kept = mqtt_peer.readings("bench/in", MESSAGES)
        best = None
        for _ in range(RUNS):
            server, port = mqtt_peer.listen()
            pipeline = self.start_pipeline("mqtt_to_file", port)
            started = time.monotonic()
            connection = mqtt_peer.serve_one(server, packets)
            wall_s = time.monotonic() - started
            wait_until_quiet(pipeline.pid)
            cpu_s = self.stop(pipeline)
            connection.close()
            server.close()
            lines = self.written_lines()
            if lines != kept:
                sys.exit(f"mqtt: {lines} of {kept} rows written")
            best = min(best or (cpu_s, wall_s), (cpu_s, wall_s))
        self.add("MQTT QoS 0 -> filter -> file, 37 bytes, nothing lost", f"{short(MESSAGES / best[0])} messages/s",
                 f"publisher gets rid of {short(MESSAGES / best[1])}/s")

        broker, port = self.start_broker()
        publisher = mqtt_peer.client(port, "bench-publisher")
        pipeline = self.start_pipeline("mqtt_to_file", port)
        time.sleep(1)
        before = cpu_of(broker.pid)
        publisher.send(packets)
        wait_until_quiet(broker.pid)
        wait_until_quiet(pipeline.pid)
        broker_s = cpu_of(broker.pid) - before
        cpu_s = self.stop(pipeline)
        broker.terminate()
        broker.wait()
        lines = self.written_lines()
        self.add(f"... through mosquitto ({lines * 100 / kept:.1f} % arrived)",
                 f"{short(MESSAGES / cpu_s)} messages/s", f"broker {short(MESSAGES / broker_s)}/s",
                 f"{broker_s / cpu_s:.2f}")

    def latency(self):
        """a lone event through mosquitto, filter, mosquitto, beside the broker alone"""
        broker, port = self.start_broker()
        peer = mqtt_peer.client(port, "bench-lone")
        peer.subscribe("bench/out")
        pipeline = self.start_pipeline("mqtt_to_mqtt", port)
        time.sleep(1)

        def measured(topic):
            taken = []
            for i in range(LONE_EVENTS):
                time.sleep(0.005)
                started = time.monotonic()
                peer.send(mqtt_peer.publish(topic, '{"temperature": 99.5, "seq": %d}' % i))
                peer.receive(10)
                taken.append((time.monotonic() - started) * 1000)
            taken.sort()
            return f"p50 {taken[LONE_EVENTS // 2]:.2f} ms, p99 {taken[LONE_EVENTS * 99 // 100]:.2f} ms"

        alone = measured("bench/out")
        through = measured("bench/in")
        self.stop(pipeline)
        broker.terminate()
        broker.wait()
        self.add("lone event, mqtt -> filter -> mqtt; limit: broker alone", through, alone)

    def dial(self):
        """1,000 messages/s through mqtt -> filter -> mqtt: at once, and in mini-batches of 100 ms"""
        for mode, settings in (("at once", ()), ("mini-batches of 100 ms", (
                "--set", "table.exec.mini-batch.enabled=true", "--set", "table.exec.mini-batch.allow-latency=100 ms",
                "--set", "table.exec.mini-batch.size=10000"))):
            broker, port = self.start_broker()
            subscriber = mqtt_peer.client(port, "bench-dial")
            subscriber.subscribe("bench/out")
            publisher = mqtt_peer.client(port, "bench-pace")
            pipeline = self.start_pipeline("mqtt_to_mqtt", port, *settings)
            time.sleep(1)
            sent, taken = [], []

            def receive():
                for i in range(PACED):
                    subscriber.receive(30)
                    taken.append((time.monotonic() - sent[i]) * 1000)

            receiving = threading.Thread(target=receive)
            receiving.start()
            before, cpu_s, started = switches(pipeline.pid), cpu_of(pipeline.pid), time.monotonic()
            for i in range(PACED):
                time.sleep(max(0, started + i / PACED_PER_S - time.monotonic()))
                sent.append(time.monotonic())
                publisher.send(mqtt_peer.publish("bench/in", '{"temperature": 99.5, "seq": %d}' % i))
            receiving.join()
            wakes, cpu_s = switches(pipeline.pid) - before, cpu_of(pipeline.pid) - cpu_s
            self.stop(pipeline)
            broker.terminate()
            broker.wait()
            taken.sort()
            self.add(f"1,000 messages/s, mqtt -> filter -> mqtt, {mode}",
                     f"{cpu_s / PACED * 1e6:.0f} CPU-s and {short(wakes / PACED * 1e6)} wake-ups per million, "
                     f"p50 {taken[PACED // 2]:.1f} ms, p99 {taken[PACED * 99 // 100]:.1f} ms")

    def idle(self):
        """memory, CPU and wake-ups of a pipeline that waits for messages"""
        broker, port = self.start_broker()
        mqtt_peer.client(port, "bench-wait")
        pipeline = self.start_pipeline("mqtt_to_mqtt", port)
        time.sleep(3)
        before, cpu_s = switches(pipeline.pid), cpu_of(pipeline.pid)
        time.sleep(IDLE_S)
        wakes = (switches(pipeline.pid) - before) / IDLE_S
        share = (cpu_of(pipeline.pid) - cpu_s) / IDLE_S * 100
        with open(f"/proc/{pipeline.pid}/status", encoding="ascii") as status:
            resident_mb = int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024
        self.stop(pipeline)
        broker.terminate()
        broker.wait()
        self.add("idle pipeline, mqtt -> filter -> mqtt", f"{resident_mb:.1f} MB RSS, {share:.2f} % CPU, {wakes:.1f} wake-ups/s")

    def size(self):
        """the stripped binary, and from exec to the first row out"""
        stripped = os.path.join(self.scratch, "levada")
        run(["strip", "-o", stripped, self.levada])
        self.add("stripped binary", f"{os.path.getsize(stripped) / 1e6:.1f} MB")
        taken = []
        for _ in range(5 * RUNS):
            started = time.monotonic()
            with subprocess.Popen([self.levada, "run", "-q", self.query("first_row")], stdout=subprocess.PIPE) as child:
                child.stdout.read(1)
                taken.append((time.monotonic() - started) * 1000)
                child.stdout.read()
        self.add("exec to first row out", f"{min(taken):.0f} ms, median {sorted(taken)[len(taken) // 2]:.0f} ms")

    def table(self):
        titles = ("work", "levada", "limit", "ratio")
        widths = [max(len(row[i]) for row in [titles, *self.rows]) for i in range(4)]
        for row in [titles, tuple("-" * w for w in widths), *self.rows]:
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def run_text(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


STAGES = ("engine", "queries", "senml", "epochs", "parallel", "mqtt", "latency", "dial", "idle", "size")


def main():
    arguments = argparse.ArgumentParser(
        formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__,
        epilog="stages:\n" + "\n".join(f"  {name:10}{getattr(bench, name).__doc__}" for name in STAGES))
    arguments.add_argument("--build", required=True, help="built with -DLEVADA_BENCH=ON")
    arguments.add_argument("--data", required=True, help="where the input is made, once")
    arguments.add_argument("--bids", type=int, default=1_000_000)
    arguments.add_argument("--packs", type=int, default=1_000_000)
    arguments.add_argument("--senml", help='a RIoTBench smart-city file: lines "MILLIS,PACK"')
    arguments.add_argument("stages", nargs="*", metavar="STAGE")
    options = arguments.parse_args()
    stages = options.stages or STAGES
    for name in stages:
        if name not in STAGES:
            arguments.error(f"no stage {name}: {' '.join(STAGES)}")
    os.makedirs(options.data, exist_ok=True)
    measured = bench(options)
    try:
        for name in stages:
            getattr(measured, name)()
    finally:
        shutil.rmtree(measured.scratch, ignore_errors=True)
        measured.table()


if __name__ == "__main__":
    main()
