#!/bin/sh
# Builds bench/ in release mode, measures, and ends with one table: work, levada, limit, ratio.
#   bench/run.sh [STAGE...]     stages and their order: bench/measure.py --help
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
cmake --preset release -DLEVADA_BENCH=ON > build/configure-bench.log 2>&1 || { cat build/configure-bench.log; exit 1; }
cmake --build --preset release --target levada bench > build/build-bench.log 2>&1 || { tail -50 build/build-bench.log; exit 1; }
exec python3 bench/measure.py --build build/release --data build/bench "$@"
