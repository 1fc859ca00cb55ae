#!/bin/bash
# sysroot.sh arm64|armhf: unpacks the libraries of packaging/debian-12.txt for another architecture into
# build/sysroot/ARCH, from the apt sources of this machine and without touching its packages. Does nothing when the
# package list has not changed since. Works as root and as a user.
set -euo pipefail

arch=${1:?usage: sysroot.sh arm64|armhf}
root=$(cd "$(dirname "$0")/.." && pwd)
sysroot=$root/build/sysroot/$arch
case $arch in
  arm64) triplet=aarch64-linux-gnu ;;
  armhf) triplet=arm-linux-gnueabihf ;;
  *) echo "sysroot.sh: unknown architecture $arch (arm64, armhf)" >&2; exit 64 ;;
esac

packages=$(sed -nE 's/^(library|sysroot): *//p' "$root/packaging/debian-12.txt" | tr -s ' \n' ',' | sed 's/,$//')
packages+=,catch2,libc6-dev,libstdc++-12-dev,libgcc-12-dev
key=$(printf '%s\n' "$packages" | cat - "$0" | sha256sum | cut -d' ' -f1)
[ "$(cat "$sysroot/.key" 2>/dev/null)" = "$key" ] && exit 0

# The distribution's own entries only: other repositories may not carry this architecture.
sources() {
  apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)' 'Created-By: Packages' |
    sort -u | while IFS='|' read -r uri release component key; do
      [[ $release =~ ^bookworm(-updates|-security)?$ && $component = main ]] || continue
      case $key in /*) key="[signed-by=$key] " ;; *) key= ;; esac
      echo "deb $key$uri $release $component"
    done
}
entries=$(sources)
[ -n "$entries" ] || { echo "sysroot.sh: apt has no bookworm main source; run apt-get update" >&2; exit 69; }

# mmdebstrap ignores /etc/apt/apt.conf.d; what says how to reach the archive is handed on.
options=()
while IFS= read -r line; do options+=("--aptopt=$line"); done < <(
  apt-config dump --format '%F "%v";%n' |
    grep -iE '^Acquire::(https?|Check-Valid-Until|Check-Date|Retries|By-Hash)(::| )' | grep -v ' "";$')
[ "$(id -u)" = 0 ] && mode=root || mode=chrootless

log=$root/build/sysroot/$arch.log
fresh=$sysroot.new
mkdir -p "$root/build/sysroot"
unpack() {
  rm -rf "$fresh"
  printf '%s\n' "$1" | mmdebstrap --verbose --variant=extract --mode="$mode" --architectures="$arch" \
    --format=directory --include="$packages" --skip=check/qemu \
    --aptopt='APT::Sandbox::User "root";' --aptopt='Acquire::Languages "none";' \
    ${options[@]+"${options[@]}"} bookworm "$fresh" - >"$log" 2>&1
}
echo "sysroot $arch: unpacking Debian packages"
# The second try does without the security archive, whose indexes for other architectures may lag behind at a mirror.
unpack "$entries" || { sleep 5; unpack "$(grep ' bookworm main$' <<< "$entries")"; } || { tail -20 "$log" >&2; echo "sysroot.sh: mmdebstrap failed, see $log" >&2; exit 69; }

# A sysroot is not a root: links that start at / would lead into the host.
find "$fresh" -type l -lname '/*' -printf '%P\t%l\n' | while IFS=$'\t' read -r link target; do
  ln -sfnr "$fresh$target" "$fresh/$link"
done
rm -rf "$fresh"/{dev,proc,sys,run,tmp,var} "$fresh"/usr/share/{doc,man,locale,info,zoneinfo}
echo "$key" > "$fresh/.key"
rm -rf "$sysroot"
mv "$fresh" "$sysroot"
test -e "$sysroot/usr/lib/$triplet/libcaf_core.so"
echo "sysroot $arch: $(du -sh "$sysroot" | cut -f1) in build/sysroot/$arch"
