#!/bin/bash
# tidy.sh [FILE...]: clang-tidy over these .cpp files, or over all of the layers, with the flags of build/release.
# TIDY_SECONDS bounds the run: what is not reached by then is counted, and left to the next run.
set -euo pipefail

cd "$(dirname "$0")/.."
[ -e build/release/compile_commands.json ] || { echo "tidy.sh: first, cmake --preset release" >&2; exit 64; }
files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(find platform storage runtime actors levada -name '*.cpp' | sort)

export unreached=$(mktemp) deadline=$(($(date +%s) + ${TIDY_SECONDS:-100000}))
trap 'rm -f "$unreached"' EXIT
check() {
  [ "$(date +%s)" -lt "$deadline" ] || { echo "$1" >> "$unreached"; return 0; }
  clang-tidy --quiet -p build/release "$1" 2>/dev/null
}
export -f check
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -I{} bash -c 'check {}' || exit 1
left=$(wc -l < "$unreached")
echo "clang-tidy: $((${#files[@]} - left)) files clean, $left not reached in time"
