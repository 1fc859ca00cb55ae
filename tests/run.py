#!/usr/bin/env python3
"""run.py BUILD_DIR [ctest arguments]: runs ctest and ends with one line, "N passed, N failed, N skipped".

A test that prints such a line itself (Catch2 binaries and the SQL runner do) counts with those numbers, any other as
one. A test that fails without counting a failure, because it crashed or hung, adds one. Exits with ctest's code, and
never with 0 when something failed.
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)


def count(case):
    """(passed, failed, skipped) of one <testcase> of ctest's JUnit report."""
    skipped = case.find("skipped")
    if skipped is not None and skipped.get("message", "").startswith("SKIP_"):
        return 0, 0, 1
    succeeded = case.get("status") == "run"
    lines = COUNTS.findall(case.findtext("system-out") or "")
    if not lines:
        return (1, 0, 0) if succeeded else (0, 1, 0)
    passed, failed, skipped = (int(number) for number in lines[-1])
    return passed, failed if succeeded or failed else 1, skipped


def main():
    build, arguments = sys.argv[1], sys.argv[2:]
    report = os.path.join(os.path.abspath(build), "tests.xml")
    if os.path.exists(report):
        os.remove(report)
    command = ["ctest", "--test-dir", build, "--output-junit", report, "--output-on-failure", "--no-tests=error",
               "--test-output-size-passed", "1000000", "--test-output-size-failed", "1000000", "--timeout", "600",
               "--parallel", str(os.cpu_count() or 1), *arguments]
    code = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    totals = [0, 0, 0]
    if os.path.exists(report):
        for case in xml.parse(report).getroot().iter("testcase"):
            totals = [total + number for total, number in zip(totals, count(case))]
    if code != 0 and totals[1] == 0:
        totals[1] = 1
    sys.stdout.flush()
    print("{} passed, {} failed, {} skipped".format(*totals))
    return code if code != 0 else int(totals[1] > 0)


if __name__ == "__main__":
    sys.exit(main())
