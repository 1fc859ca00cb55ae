#!/usr/bin/env python3
"""The command line as a newcomer and a service manager meet it: help, messages, and every exit code.

    cli_test.py --levada BINARY
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "durability"))
from kill_test import free_port, wait_for_port  # noqa: E402

ENDLESS = ("SET 'execution.checkpointing.interval' = '100 ms';"
           "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');"
           "CREATE TABLE o (a INT) WITH ('connector' = 'blackhole'); INSERT INTO o SELECT a FROM g;")
failures = []
passed = 0


def check(what, condition, told=""):
    global passed
    if condition:
        passed += 1
    else:
        failures.append(f"{what}\n{told}")


class Cli:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, *arguments, stdin="", stdout=subprocess.PIPE):
        return subprocess.run([self.binary, *arguments], input=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True,
                              cwd=self.folder, timeout=60, check=False)

    def expect(self, code, says, *arguments, **options):
        done = self.run(*arguments, **options)
        told = f"{done.returncode}: {done.stdout or ''}{done.stderr}"
        check(f"levada {' '.join(arguments)}: exit code {code}, '{says}'",
              done.returncode == code and says in (done.stdout or "") + done.stderr, told)

    def start(self, *arguments):
        return subprocess.Popen([self.binary, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                cwd=self.folder)

    def table(self, connector, more=""):
        return (f"CREATE TABLE t (a INT) WITH ('connector' = '{connector}', 'format' = 'json'{more}); "
                "SELECT a FROM t;")


def help_and_usage(cli):
    cli.expect(0, "Exit codes", "--help")
    for command in ("run", "demo", "check", "explain", "connectors", "version"):
        cli.expect(0, f"levada {command}", command, "--help")
    cli.expect(64, "levada demo")
    cli.expect(64, "nonsense", "nonsense")
    cli.expect(64, "pipeline", "run")
    cli.expect(64, "--nonsense", "run", "--nonsense", "x.sql")
    cli.expect(64, "rows", "demo", "--rows", "many")
    cli.expect(0, "levada ", "version")
    cli.expect(0, "mqtt", "connectors")
    cli.expect(0, "source.monitor-interval", "connectors", "filesystem")
    cli.expect(78, "'nope'", "connectors", "nope")


def scripts(cli):
    good = cli.write("good.sql", "SELECT 1 AS x;\n")
    bad = cli.write("bad.sql", "SELECT 1;\nSELEC 2;\n")
    cli.expect(0, "+I[1]", "run", "-q", good)
    cli.expect(0, "+I[1]", "run", "-q", "-", stdin="SELECT 1;")
    cli.expect(0, "no errors", "check", good)
    cli.expect(0, "Values", "explain", good)
    for command in ("run", "check", "explain"):
        cli.expect(78, "bad.sql:2:1: error LV0400", command, bad)
        cli.expect(66, "none.sql", command, "none.sql")
        cli.expect(66, "is a directory", command, cli.folder)
    # A mistake is told in the file it was made in.
    cli.expect(78, "bad.sql:2:1: error LV0400", "check", "-i", bad, good)
    cli.expect(78, "bad.sql:2:1: error LV0400", "check", "-i", good, bad)
    cli.expect(78, "not valid UTF-8", "check", cli.write("noise.sql", bytes([0xBC])))
    cli.expect(78, "NUL", "check", cli.write("nul.sql", bytes(100)))
    cli.expect(78, "larger than", "check", "/dev/zero")
    cli.expect(78, "nothing to run", "run", "/dev/null")
    cli.expect(78, "--set x", "run", "--set", "x", good)
    cli.expect(78, "'nope'", "run", "--set", "nope=1", good)
    cli.expect(78, "execution.checkpointing.interval", "run", "--state", "s", good)


def data_and_disk(cli):
    cli.expect(66, "no-such", "run", "-q", cli.write("a.sql", cli.table("filesystem", ", 'path' = 'no-such'")))
    cli.write("broken.json", '{"a": 1}\n{"a": \n')
    cli.expect(65, "byte 9", "run", "-q", cli.write("b.sql", cli.table("filesystem", ", 'path' = 'broken.json'")))
    with open("/dev/full", "w", encoding="utf-8") as full:
        cli.expect(74, "No space left", "run", "-q", "-", stdin="SELECT 1;", stdout=full)
    endless = cli.write("endless.sql", ENDLESS)
    first = cli.start("run", "-q", "--state", "state", endless)
    try:
        deadline = time.monotonic() + 30
        while not os.path.exists(os.path.join(cli.folder, "state")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        cli.expect(74, "LV0203", "run", "-q", "--state", "state", endless)
        first.send_signal(signal.SIGTERM)
        check("SIGTERM drains", first.wait(timeout=30) == 0, first.stderr.read())
    finally:
        first.kill()
        first.wait()
    cli.expect(78, "LV0204", "run", "-q", "--state", "state", cli.write("other.sql", ENDLESS.replace("SELECT a ", "SELECT a + 1 ")))
    broken = cli.start("run", "-q", endless)
    time.sleep(0.5)
    broken.send_signal(signal.SIGABRT)
    check("broken logic is exit code 70", broken.wait(timeout=30) == 70)


def peers(cli):
    port = free_port()
    waiting = cli.start("run", "-q", cli.write("away.sql", cli.table(
        "mqtt", f", 'topic' = 'x', 'url' = 'mqtt://127.0.0.1:{port}'")))
    line = waiting.stderr.readline()
    check("a broker that is away is tried again", "LV0106" in line and "trying again" in line, line)
    waiting.send_signal(signal.SIGTERM)
    check("and a drain does not wait for it", waiting.wait(timeout=30) == 0)
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not mosquitto or not shutil.which("openssl") or not shutil.which("mosquitto_passwd"):
        return
    for name in ("ours", "theirs"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        f"{name}.key", "-out", f"{name}.pem"], cwd=cli.folder, check=True, capture_output=True)
    subprocess.run(["mosquitto_passwd", "-b", "-c", "users", "gateway", "s3cret"], cwd=cli.folder, check=True)
    secure_port = free_port()
    cli.write("mosquitto.conf", f"user root\npassword_file {cli.folder}/users\nlistener {port} 127.0.0.1\n"
                                f"listener {secure_port} 127.0.0.1\ncertfile {cli.folder}/ours.pem\n"
                                f"keyfile {cli.folder}/ours.key\n")
    broker = subprocess.Popen([mosquitto, "-c", os.path.join(cli.folder, "mosquitto.conf")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        user = ", 'topic' = 'x', 'username' = 'gateway', 'password' = "
        cli.expect(77, "LV0111", "run", "-q", cli.write("password.sql", cli.table(
            "mqtt", user + f"'guess', 'url' = 'mqtt://127.0.0.1:{port}'")))
        cli.expect(69, "LV0109", "run", "-q", cli.write("ca.sql", cli.table(
            "mqtt", user + f"'s3cret', 'url' = 'mqtts://localhost:{secure_port}', 'tls.ca-file' = '{cli.folder}/theirs.pem'")))
        trusting = cli.start("run", cli.write("trust.sql", cli.table(
            "mqtt", user + f"'s3cret', 'url' = 'mqtts://localhost:{secure_port}', 'tls.ca-file' = '{cli.folder}/ours.pem'")))
        time.sleep(1)
        check("the right authority and password are let in", trusting.poll() is None)
        trusting.send_signal(signal.SIGTERM)
        told = trusting.communicate(timeout=30)[1]
        check("and nothing is said about it", trusting.returncode == 0 and "LV" not in told, told)
    finally:
        broker.terminate()
        broker.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levada", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="levada-cli-") as folder:
        for part in (help_and_usage, scripts, data_and_disk, peers):
            part(Cli(arguments.levada, folder))
    for each in failures:
        print("FAILED " + each)
    print(f"{passed} passed, {len(failures)} failed, 0 skipped")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
