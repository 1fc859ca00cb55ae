#!/bin/bash
# install_test.sh SOURCE BUILD: installs into an empty folder and builds against nothing but that: every header alone,
# every project of examples/ through find_package, and one program through pkg-config. Runs the examples' own tests.
set -euo pipefail

source=$1 build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[ -e "$source/levada/levada.hpp" ] || { echo "skipped: there is no public header yet"; exit 77; }

DESTDIR=$scratch/root cmake --install "$build" --prefix /usr > "$scratch/install.log"
prefix=$scratch/root/usr
libdir=$(dirname "$(find "$prefix" -name 'liblevada.so')")
export LD_LIBRARY_PATH=$libdir CMAKE_PREFIX_PATH=$prefix

find "$prefix/include" -name '*.hpp' | while read -r header; do
  g++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror -I "$prefix/include" -include "$header" -x c++ /dev/null
done

printf '#include <levada/levada.hpp>\nint main() {}\n' > "$scratch/user.cpp"
export PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSTEM_INCLUDE_PATH=/none PKG_CONFIG_SYSTEM_LIBRARY_PATH=/none
# shellcheck disable=SC2046
g++ -std=c++20 "$scratch/user.cpp" -o "$scratch/user" $(pkg-config --cflags --libs levada)
"$scratch/user"

count=0
for project in "$source"/examples/*/CMakeLists.txt; do
  [ -e "$project" ] || continue
  name=$(basename "$(dirname "$project")")
  cmake -S "$(dirname "$project")" -B "$scratch/$name" -G Ninja -DCMAKE_BUILD_TYPE=Release > "$scratch/$name.log"
  cmake --build "$scratch/$name"
  (cd "$scratch/$name" && ctest --output-on-failure --no-tests=error --timeout 120)
  count=$((count + 1))
done
echo "$count example projects built against the installed package"
[ "$count" -gt 0 ] || { echo "skipped: examples/ has no CMake project yet"; exit 77; }
