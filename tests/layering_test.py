#!/usr/bin/env python3
"""layering_test.py ROOT [compile_commands.json]: the house rules that a compiler does not see.

A folder includes only folders below it. CAF is known in actors/, LMDB in storage/, the operating system in platform/
and in a connector's .cpp. The public header shows none of them. A type has one definition: two of a name in two headers
are merged by the linker, unseen. No source file exceeds 500 lines, none is named after nothing in particular, and every
.cpp is compiled. Tests obey the rules of the layer they test.

layering_test.py --self-test plants each violation in a copy of a small tree and expects it to be found.
"""

import json
import os
import re
import sys
import tempfile

LAYERS = ["platform", "storage", "runtime", "actors", "levada"]
MAX_LINES = 500
BANNED = {"util", "utils", "utility", "utilities", "common", "helper", "helpers", "misc"}
NOT_COMPILED_HERE = ("bench/", "examples/", "tests/fuzz/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
CAF = re.compile(r"caf/")
LMDB = re.compile(r"lmdb\.h$")
BOOST = re.compile(r"boost/")
SYSTEM = re.compile(r"(sys|net|netinet|arpa|linux|asm)/|(unistd|fcntl|poll|netdb|pthread|signal|dirent|sched|termios|"
                    r"dlfcn|syslog|pwd|grp|spawn|ucontext|glob|ftw|mqueue|semaphore|ifaddrs)\.h$|csignal$")
NAMESPACE = re.compile(r"^(?:inline )?namespace (\S+) \{|^\} // namespace")
DEFINITION = re.compile(r"^(?:struct|class|enum class) (\w+)\b[^;()]*\{")
SOURCES = (".cpp", ".hpp", ".h", ".py", ".sh", ".cmake")


def walk(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f != "build" and not f.startswith(".") and f != "__pycache__")
        for name in sorted(files):
            yield os.path.relpath(os.path.join(folder, name), root)


def layer_of(path):
    """The layer whose rules hold for a file, or None where all may be used (examples, bench, tests of the whole)."""
    parts = path.split("/")
    if parts[0] == "tests" and len(parts) > 2:
        parts = parts[1:]
    return parts[0] if parts[0] in LAYERS else None


def check_includes(path, text):
    layer = layer_of(path)
    if layer is None:
        return
    for quote, header in INCLUDE.findall(text):
        folder = header.split("/")[0]
        if quote == '"' and folder in LAYERS and LAYERS.index(folder) > LAYERS.index(layer):
            yield f"{path}: includes {header}, but {layer} is below {folder}"
        if CAF.match(header) and layer != "actors":
            yield f"{path}: includes {header}; only actors/ knows CAF"
        if LMDB.search(header) and layer != "storage":
            yield f"{path}: includes {header}; only storage/ knows LMDB"
        connector = path.startswith("runtime/connectors/") and path.endswith(".cpp")
        if SYSTEM.match(header) and not (layer == "platform" or connector or path.startswith("tests/")):
            yield f"{path}: includes {header}; the operating system belongs in platform/ or a connector's .cpp"


def check_public_headers(files):
    """What levada/levada.hpp drags into a user's program, followed through our own headers."""
    pending, seen = ["levada/levada.hpp"], set()
    while pending:
        path = pending.pop()
        if path in seen or path not in files:
            continue
        seen.add(path)
        for quote, header in INCLUDE.findall(files[path]):
            if CAF.match(header) or LMDB.search(header) or BOOST.match(header):
                yield f"{path}: includes {header} and is part of the public header"
            elif quote == '"':
                pending += [header, os.path.normpath(os.path.join(os.path.dirname(path), header))]


def check_definitions(files):
    """Types at the top level of a namespace, which starts at the first column."""
    defined = {}
    for path, text in files.items():
        if layer_of(path) is None or path.startswith("tests/") or not path.endswith(".hpp"):
            continue
        spaces = []
        for line in text.splitlines():
            if space := NAMESPACE.match(line):
                spaces.append(space[1]) if space[1] else spaces and spaces.pop()
            elif found := DEFINITION.match(line):
                name = "::".join([*spaces, found[1]])
                if defined.setdefault(name, path) != path:
                    yield f"{path}: defines {name}, as {defined[name]} does"


def check_name(path):
    for part in path.split("/"):
        words = re.split(r"[_.\-]", part)
        if BANNED.intersection(words):
            yield f"{path}: the name says nothing; call it after what it holds"


def violations(root, compiled):
    """Every breach as a line of text. compiled: absolute paths of compiled files, or None if not known."""
    files = {}
    for path in walk(root):
        if path.endswith(SOURCES):
            with open(os.path.join(root, path), encoding="utf-8") as source:
                files[path] = source.read()
    for path, text in files.items():
        yield from check_includes(path, text)
        yield from check_name(path)
        if text.count("\n") > MAX_LINES:
            yield f"{path}: {text.count(chr(10))} lines; {MAX_LINES} are the limit"
        if (compiled is not None and path.endswith(".cpp") and not path.startswith(NOT_COMPILED_HERE)
                and os.path.join(os.path.realpath(root), path) not in compiled):
            yield f"{path}: not listed in any CMakeLists.txt"
    yield from check_public_headers(files)
    yield from check_definitions(files)


def self_test():
    clean = {
        "platform/file.cpp": "#include <unistd.h>\n",
        "platform/file.hpp": "#include <string>\n",
        "platform/piece.hpp": "namespace levada {\nstruct piece {\n};\nclass file;\n} // namespace levada\n",
        "runtime/ast.hpp": "namespace levada::ast {\nstruct piece {\n};\n} // namespace levada::ast\n",
        "storage/store.cpp": '#include <lmdb.h>\n#include "platform/file.hpp"\n',
        "runtime/connectors/socket.cpp": "#include <sys/socket.h>\n",
        "actors/system.cpp": '#include <caf/all.hpp>\n#include "runtime/chain.hpp"\n',
        "levada/levada.hpp": '#include "platform/file.hpp"\n',
        "tests/actors/system_test.cpp": "#include <caf/all.hpp>\n",
        "runtime/exact.cpp": "\n" * MAX_LINES,
    }
    planted = {
        "a layer that includes one above": ("storage/up.cpp", '#include "runtime/batch.hpp"\n'),
        "a test that includes a layer above its own": ("tests/runtime/x_test.cpp", '#include "actors/x.hpp"\n'),
        "CAF outside actors": ("runtime/caf.cpp", "#include <caf/actor.hpp>\n"),
        "LMDB outside storage": ("actors/db.cpp", "#include <lmdb.h>\n"),
        "the operating system in the engine": ("runtime/operators/sleep.cpp", "  #include <unistd.h>\n"),
        "the operating system in a connector's header": ("runtime/connectors/s.hpp", "#include <sys/socket.h>\n"),
        "Boost behind the public header": ("platform/file.hpp", "#include <boost/any.hpp>\n"),
        "a type defined twice": ("storage/piece.hpp", "namespace levada {\nclass piece final {\n};\n} // namespace levada\n"),
        "a file of 501 lines": ("platform/long.cpp", "\n" * (MAX_LINES + 1)),
        "a name without meaning": ("runtime/string_utils.cpp", ""),
        "a source nobody compiles": ("runtime/forgotten.cpp", ""),
    }
    outcomes = {}

    def found(extra, left_out=()):
        with tempfile.TemporaryDirectory() as root:
            tree = {**clean, **dict(extra)}
            for path, text in tree.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as target:
                    target.write(text)
            compiled = {os.path.join(os.path.realpath(root), p) for p in tree if p not in left_out}
            return list(violations(root, compiled))

    outcomes["a clean tree passes"] = found([]) == []
    for title, (path, text) in planted.items():
        breaches = found([(path, text)], left_out=["runtime/forgotten.cpp"])
        outcomes[f"{title} is found"] = len(breaches) == 1 and breaches[0].startswith(path)
    for title, passed in outcomes.items():
        print(f"{'ok  ' if passed else 'FAIL'} {title}")
    failed = list(outcomes.values()).count(False)
    print(f"{len(outcomes) - failed} passed, {failed} failed, 0 skipped")
    return int(failed > 0)


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = sys.argv[1]
    compiled = None
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as database:
            compiled = {os.path.realpath(os.path.join(c["directory"], c["file"])) for c in json.load(database)}
    breaches = list(violations(root, compiled))
    print("\n".join(breaches) or "the house is in order")
    return int(bool(breaches))


if __name__ == "__main__":
    sys.exit(main())
