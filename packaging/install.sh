#!/bin/bash
# install.sh GROUP...: installs what is missing of these groups of packaging/debian-12.txt. Silent when nothing is.
set -euo pipefail

list=$(dirname "$0")/debian-12.txt
[ $# -gt 0 ] || { echo "usage: install.sh GROUP...   (groups: $(sed -nE 's/^([a-z]+):.*/\1/p' "$list" | sort -u | xargs))" >&2; exit 64; }

missing=()
for group in "$@"; do
  packages=$(sed -nE "s/^$group: *//p" "$list")
  [ -n "$packages" ] || { echo "install.sh: no group '$group' in $list" >&2; exit 64; }
  for package in $packages; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing ${#missing[@]} Debian packages: ${missing[*]}"
if [ "$(id -u)" = 0 ]; then
  as_root=(env)
elif command -v sudo >/dev/null; then
  as_root=(sudo env)
else
  echo "install.sh: neither root nor sudo here; as root, run: apt-get install ${missing[*]}" >&2
  exit 77
fi

# A machine that lives for one CI run need not flush every file to its disk.
speed=(${CI:+-o DPkg::Options::=--force-unsafe-io})
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 \
    ${speed[@]+"${speed[@]}"} "$@" >>"$log" 2>&1
}
# A broker that the package starts by itself would hold the port that a test or a user wants.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" sh -c "cat > $policy; chmod +x $policy"
  trap 'rm -f "$log"; "${as_root[@]}" rm -f $policy' EXIT
fi
install() { apt update && apt install --no-install-recommends -y "${missing[@]}"; }
install || { sleep 5; install; } || {
  tail -20 "$log" >&2
  echo "install.sh: apt-get could not install: ${missing[*]}" >&2
  exit 69
}
