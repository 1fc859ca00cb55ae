#!/bin/bash
# format_test.sh ROOT: every source is as clang-format leaves it. `make format` mends it.
set -euo pipefail
cd "$1"
find . -path ./build -prune -o -name '*.[ch]pp' -print | sort | xargs clang-format --dry-run -Werror || {
  echo "run: make format" >&2
  exit 1
}
