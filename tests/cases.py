"""How a script's cases are run and counted: each in a folder of its own, stopped by the first thing that is not so."""
import argparse
import sys
import tempfile


class Failure(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Failure(what)


def run(cases, description):
    """For a main(): reads --levada BINARY, calls case(binary, folder) for each, prints the counts and exits."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levada", required=True)
    arguments = parser.parse_args()
    passed = failed = 0
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="levada-test-") as folder:
            try:
                case(arguments.levada, folder)
                passed += 1
            except Failure as why:
                failed += 1
                print(f"{case.__name__}: {why}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(failed > 0)
