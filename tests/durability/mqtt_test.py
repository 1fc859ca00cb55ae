#!/usr/bin/env python3
"""levada between a real mosquitto and its sinks, when one of them does not behave.

    mqtt_test.py --levada BINARY [--only NAME]

Messages are numbered; what comes out is compared with what was published. Exit code 77 when mosquitto is not installed.
"""
import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from kill_test import free_port, output_lines, wait_for_port

CLIENT = "edge"
PATIENCE_S = 60
children = []  # whatever happens, none outlives the test


class Broker:
    def __init__(self, program, folder, more=""):
        self.program = program
        self.port = free_port()
        self.log_path = os.path.join(folder, "mosquitto.log")
        self.config = os.path.join(folder, "mosquitto.conf")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
                    f"log_type all\n{more}")
        self.start()

    def start(self):
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([self.program, "-c", self.config], stdout=log, stderr=log)
        children.append(self.process)
        wait_for_port(self.port)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(how)
        self.process.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as lines:
            return lines.read()

    def saw(self, packet):
        return self.log().count(f"Received {packet} from {CLIENT}")

    def publish(self, numbers, qos, padding=0):
        pad = "x" * padding
        lines = "".join(f'{{"seq": {n}, "pad": "{pad}"}}\n' for n in numbers)
        subprocess.run(["mosquitto_pub", "-p", str(self.port), "-t", "plant/a", "-q", str(qos), "-l"], input=lines,
                       text=True, check=True, timeout=PATIENCE_S)


class Levada:
    def __init__(self, binary, folder, broker, sink, qos=1, interval=None, more=""):
        self.folder = folder
        self.sql = os.path.join(folder, "pipeline.sql")
        with open(self.sql, "w", encoding="utf-8") as f:
            f.write(f"SET 'execution.checkpointing.interval' = '{interval}';\n" if interval else "")
            f.write(f"CREATE TABLE message (seq BIGINT, pad STRING) WITH ('connector' = 'mqtt', 'format' = 'json', "
                    f"'url' = 'mqtt://127.0.0.1:{broker.port}', 'topic' = 'plant/+', 'qos' = '{qos}', "
                    f"'client-id' = '{CLIENT}', 'clean-session' = 'false', 'keep-alive' = '1 s'{more});\n"
                    f"CREATE TABLE seen (seq BIGINT, pad STRING) WITH ({sink});\n"
                    f"INSERT INTO seen SELECT seq, pad FROM message;\n")
        self.command = [binary, "run", "-q"] + (["--state", os.path.join(folder, "state")] if interval else [])
        self.broker = broker
        self.start()

    def start(self):
        before = self.broker.log().count(f"Sending SUBACK to {CLIENT}") + self.broker.log().count("as " + CLIENT + " (p")
        self.errors = open(os.path.join(self.folder, "stderr"), "a+", encoding="utf-8")
        self.process = subprocess.Popen(self.command + [self.sql], stdout=subprocess.DEVNULL, stderr=self.errors)
        children.append(self.process)
        # The subscription must exist before the first message.
        until("levada subscribes", lambda: self.broker.log().count(f"Sending SUBACK to {CLIENT}") +
              self.broker.log().count("as " + CLIENT + " (p") > before + 1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=PATIENCE_S) != 0:
            sys.exit(f"levada did not drain ({self.process.returncode}): {self.told()}")

    def told(self):
        self.errors.seek(0)
        return self.errors.read()


class SlowPeer:
    """Accepts one connection at a time and reads nothing until told to; then keeps the numbers of the rows."""

    def __init__(self):
        self.door = socket.socket()
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.door.bind(("127.0.0.1", 0))
        self.door.listen()
        self.port = self.door.getsockname()[1]
        self.reading = threading.Event()
        self.seen = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        peer, _ = self.door.accept()
        self.reading.wait()
        with peer.makefile(encoding="utf-8") as lines:
            for line in lines:
                self.seen.append(int(line.split(",")[0]))


def until(what, condition):
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > give_up:
            sys.exit(f"in {PATIENCE_S} s it did not come about that {what}")
        time.sleep(0.05)


def files(folder):
    return f"'connector' = 'filesystem', 'format' = 'csv', 'sink.delivery-guarantee' = 'exactly-once', 'path' = '{folder}/out'"


def numbers(folder):
    return [int(line.split(",")[0]) for line in output_lines(folder, "out")]


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: wanted {len(wanted)}, got {len(got)}; missing {sorted(set(wanted) - set(got))[:5]}, "
                 f"twice {sorted(n for n in set(got) if got.count(n) > 1)[:5]}")


def stuck_sink(binary, folder, program, qos):
    """The broker hears from a pipeline that is stuck for many keep-alives, and loses nothing of what it has."""
    broker = Broker(program, folder, "max_inflight_messages 1000\n")
    peer = SlowPeer()
    levada = Levada(binary, folder, broker, f"'connector' = 'socket', 'format' = 'csv', 'hostname' = '127.0.0.1', "
                                            f"'port' = '{peer.port}'", qos)
    wanted = list(range(10_000))
    broker.publish(wanted, qos, 4_000)
    time.sleep(6)
    if peer.seen or broker.saw("PINGREQ") < 4:
        sys.exit(f"the sink was not stuck, or {broker.saw('PINGREQ')} pings are too few")
    if "exceeded timeout" in broker.log() or levada.told():
        sys.exit(f"the connection did not last: {levada.told()}")
    with open(f"/proc/{levada.process.pid}/status", encoding="utf-8") as status:
        resident_kb = int(next(line for line in status if line.startswith("VmRSS")).split()[1])
    if resident_kb > 200_000:
        sys.exit(f"{resident_kb} KiB are held while the sink is stuck")
    peer.reading.set()
    until("everything arrives", lambda: len(peer.seen) >= len(wanted))
    levada.stop()
    expect("through a sink that was stuck", peer.seen, wanted)


def stuck_sink_qos_0(binary, folder, program):
    stuck_sink(binary, folder, program, 0)


def stuck_sink_qos_1(binary, folder, program):
    stuck_sink(binary, folder, program, 1)


def releases(binary, folder, program):
    """QoS 2 is completed although nothing follows."""
    broker = Broker(program, folder)
    levada = Levada(binary, folder, broker, files(folder), 2, "100 ms")
    broker.publish(range(5), 2)
    until("the broker gets five PUBCOMP", lambda: broker.saw("PUBCOMP") == 5)
    levada.stop()
    expect("at QoS 2", numbers(folder), list(range(5)))


def restarted_broker(binary, folder, program):
    """The broker goes for a while and comes back with its sessions: nothing is missing. What it had not read an answer
    for comes twice, as QoS 1 allows."""
    broker = Broker(program, folder, f"persistence true\npersistence_location {folder}/\n")
    levada = Levada(binary, folder, broker, files(folder), 1, "200 ms")
    broker.publish(range(200), 1)
    broker.stop()
    time.sleep(3)
    broker.start()
    broker.publish(range(200, 400), 1)
    until("everything is written", lambda: len(set(numbers(folder))) >= 400)
    levada.stop()
    expect("after the broker's restart", sorted(set(numbers(folder))), list(range(400)))
    if levada.told().count("trying again") < 1 or levada.told().count("connected to the broker") != 1:
        sys.exit(f"what became of the connection is not clear from: {levada.told()}")


def forgetful_broker(binary, folder, program):
    """The broker dies with messages unanswered and knows nothing afterwards: what it had delivered is kept, and its
    packet ids, used anew, are new messages."""
    broker = Broker(program, folder, "persistence false\n")
    levada = Levada(binary, folder, broker, files(folder), 1, "3 s")
    broker.publish(range(8), 1)
    until("the messages are delivered", lambda: broker.log().count(f"Sending PUBLISH to {CLIENT}") >= 8)
    time.sleep(0.5)
    broker.stop(signal.SIGKILL)
    granted = broker.log().count(f"Sending SUBACK to {CLIENT}")
    broker.start()
    until("levada subscribes again", lambda: broker.log().count(f"Sending SUBACK to {CLIENT}") > granted)
    broker.publish(range(8, 16), 1)
    until("the new messages are answered for", lambda: broker.saw("PUBACK") >= 8)
    levada.stop()
    expect("across a broker without memory", numbers(folder), list(range(16)))


def frozen_broker(binary, folder, program):
    """A broker that keeps its connections but says nothing is left, and found again when it speaks."""
    broker = Broker(program, folder)
    levada = Levada(binary, folder, broker, files(folder), 1, "100 ms")
    broker.publish(range(10), 1)
    broker.process.send_signal(signal.SIGSTOP)
    until("the silence is noticed", lambda: "does not answer to pings" in levada.told())
    broker.process.send_signal(signal.SIGCONT)
    broker.publish(range(10, 20), 1)
    until("everything is written", lambda: len(set(numbers(folder))) >= 20)
    levada.stop()
    expect("around a frozen broker", sorted(set(numbers(folder))), list(range(20)))


def burst_while_away(binary, folder, program):
    """What is published while levada is down waits in its session."""
    broker = Broker(program, folder, "max_inflight_messages 100\n")
    levada = Levada(binary, folder, broker, files(folder), 1, "200 ms")
    broker.publish(range(10), 1)
    until("the first ones are answered for", lambda: broker.saw("PUBACK") == 10)
    levada.stop()
    broker.publish(range(10, 20_000), 1)
    levada.start()
    until("the burst is answered for", lambda: broker.saw("PUBACK") >= 20_000)
    levada.stop()
    expect("after a burst", numbers(folder), list(range(20_000)))


SCENARIOS = (stuck_sink_qos_0, stuck_sink_qos_1, releases, restarted_broker, forgetful_broker, frozen_broker,
             burst_while_away)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levada", required=True)
    parser.add_argument("--only", choices=[each.__name__ for each in SCENARIOS])
    arguments = parser.parse_args()
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not program or not shutil.which("mosquitto_pub"):
        print("skipped: mosquitto and mosquitto_pub are not installed")
        sys.exit(77)
    done = 0
    for scenario in SCENARIOS:
        if arguments.only and scenario.__name__ != arguments.only:
            continue
        started = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="levada-mqtt-") as folder:
                scenario(arguments.levada, folder, program)
        finally:
            for child in children:
                child.kill()
                child.wait()
            children.clear()
        print(f"{scenario.__name__}: {time.monotonic() - started:.1f} s", flush=True)
        done += 1
    print(f"{done} passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    main()
