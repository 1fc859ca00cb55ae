#!/bin/bash
# tidy.sh [PATH...]: clang-tidy over these .cpp files and all that lie below these folders, or over every one there is,
# with the flags of the release build.
set -euo pipefail

cd "$(dirname "$0")/.."
# In a build folder of its own, which is never built: Clang does not read GCC's precompiled headers.
mkdir -p build
cmake --preset release -B build/tidy -DLEVADA_BENCH=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON > build/configure-tidy.log 2>&1 ||
  { cat build/configure-tidy.log >&2; exit 1; }
paths=("$@")
[ ${#paths[@]} -gt 0 ] || paths=(platform storage runtime actors levada tests bench examples)
mapfile -t files < <(find "${paths[@]}" -name '*.cpp' | sort)

printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/tidy 2>/dev/null || exit 1
echo "clang-tidy: ${#files[@]} files clean"
