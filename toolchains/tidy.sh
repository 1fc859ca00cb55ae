#!/bin/bash
# tidy.sh [PATH...]: clang-tidy over these .cpp files and all that lie below these folders, or over every one there is,
# with the flags of build/release.
set -euo pipefail

cd "$(dirname "$0")/.."
[ -e build/release/compile_commands.json ] || { echo "tidy.sh: first, cmake --preset release" >&2; exit 64; }
paths=("$@")
[ ${#paths[@]} -gt 0 ] || paths=(platform storage runtime actors levada tests bench examples)
mapfile -t files < <(find "${paths[@]}" -name '*.cpp' | sort)

printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/release 2>/dev/null || exit 1
echo "clang-tidy: ${#files[@]} files clean"
