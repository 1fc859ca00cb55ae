#!/usr/bin/env python3
"""oracle.py [--write] RUNNER SCRATCH FILE.test ...: asks Apache Flink for the rows of SQL text tests.

RUNNER is a command that runs a folder of .sql cases with their .events on Flink and writes one NAME.out each:
RUNNER SCRATCH -threads 2 -lockstep -timeout 60 -out OUT CASES. Reports each case whose expectation is not what Flink gives; with
--write puts Flink's rows into the file instead. An `error` section only has to be an error on Flink too. A case whose
title ends in "(not Flink)" is left out: it tests what is ours.
"""

import collections
import os
import re
import shutil
import subprocess
import sys

ROW = re.compile(r'^(?:(\w+) )?\["(\+I|-U|\+U|-D)"(?:, )?(.*)\]$')


def parse(path):
    """The prelude (sql, input lines) and the cases: title, sql, input or None, sections [kind, table, lines, span]."""
    prelude = {"sql": [], "input": []}
    cases = []
    target, mode = prelude, "sql"
    for number, line in enumerate(open(path).read().split("\n")):
        if line.startswith("==== "):
            target = {"title": line[5:], "sql": [], "input": None, "sections": []}
            cases.append(target)
            mode = "sql"
        elif line.startswith("---- "):
            words = line[5:].split()
            mode = words[0]
            if mode == "input":
                target["input"] = []
            else:
                table = words[1] if len(words) > 1 else ""
                target["sections"].append({"kind": mode, "table": table, "lines": [], "at": number + 1})
        elif mode == "sql":
            target["sql"].append(line)
        elif line and mode == "input":
            target["input"].append(line)
        elif line:
            target["sections"][-1]["lines"].append(line)
    return prelude, cases


def flink_sql(sql):
    """Sources become `oracle` tables, what is written to becomes `print`."""
    written = set(re.findall(r"INSERT\s+INTO\s+(\w+)", sql, re.I))

    def replace(match):
        sink = match.group(1) in written
        connector = "'connector' = 'print'" if sink else "'connector' = 'oracle', 'format' = 'json'"
        return match.group(0).replace("'connector' = 'rows'", connector)

    return re.sub(r"CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF NOT EXISTS\s+)?(\w+)[^;]*;", replace, sql, flags=re.I)


def fold(rows):
    counts = collections.Counter()
    for kind, cells in rows:
        counts[cells] += 1 if kind in ("+I", "+U") else -1
    return sorted("[" + cells + "]" for cells, n in counts.items() for _ in range(n))


def wanted_lines(section, rows):
    if section["kind"] == "final":
        return fold(rows)
    return sorted('["{}"{}]'.format(kind, ", " + cells if cells else "") for kind, cells in rows)


def main():
    args = sys.argv[1:]
    write = args and args[0] == "--write"
    if write:
        args = args[1:]
    runner, scratch, files = args[0], args[1], args[2:]
    cases_dir, out_dir = os.path.join(scratch, "cases"), os.path.join(scratch, "out")
    for folder in (cases_dir, out_dir):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    parsed = [(path, *parse(path)) for path in files]
    for f, (path, prelude, cases) in enumerate(parsed):
        for c, case in enumerate(cases):
            name = os.path.join(cases_dir, "f{}c{}".format(f, c))
            with open(name + ".sql", "w") as out:
                out.write(flink_sql("\n".join(prelude["sql"] + case["sql"])))
            with open(name + ".events", "w") as out:
                out.write("\n".join(case["input"] if case["input"] is not None else prelude["input"]) + "\n")
    subprocess.run([runner, scratch, "-threads", "2", "-lockstep", "-timeout", "60", "-out", out_dir, cases_dir],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    differing = 0
    for f, (path, prelude, cases) in enumerate(parsed):
        changes = []
        for c, case in enumerate(cases):
            if case["title"].endswith("(not Flink)"):
                continue
            out = os.path.join(out_dir, "f{}c{}.out".format(f, c))
            text = open(out).read() if os.path.exists(out) else "ERROR no output"
            error = [line for line in text.split("\n") if line.startswith("ERROR")]
            rows = [match.groups() for match in map(ROW.match, text.split("\n")) if match]
            for section in case["sections"]:
                if section["kind"] in ("error", "fails"):
                    if not error:
                        differing += 1
                        print("{}: {}\n  Flink accepts this".format(path, case["title"]))
                    continue
                if error:
                    differing += 1
                    print("{}: {}\n  Flink: {}".format(path, case["title"], error[0]))
                    continue
                mine = [(kind, cells) for table, kind, cells in rows
                        if not section["table"] or table in (None, section["table"])]
                lines = wanted_lines(section, mine)
                if lines == sorted(section["lines"]):
                    continue
                if write:
                    changes.append((section, lines))
                    continue
                differing += 1
                print("{}: {}\n  Flink:\n    {}".format(path, case["title"], "\n    ".join(lines)))
        if changes:
            text = open(path).read().split("\n")
            for section, lines in sorted(changes, key=lambda change: -change[0]["at"]):
                at = section["at"]
                text[at:at + len(section["lines"])] = lines
            open(path, "w").write("\n".join(text))
    print("{} differ".format(differing))
    return differing > 0


if __name__ == "__main__":
    sys.exit(main())
