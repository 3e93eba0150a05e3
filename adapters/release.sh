#!/bin/sh
# Makes what a release offers from the programs that were built for it: archives, bundles for MCP clients, the install
# scripts and the registry's entry with this repository in them, and SHA256SUMS over all.
# Usage: release.sh VERSION OWNER/REPOSITORY PROGRAMS OUT     (PROGRAMS holds TARGET/tma1 or TARGET/tma1.exe)

set -eu
[ $# -eq 4 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
version=$1 repository=$2 programs=$3 out=$4
here=$(cd "$(dirname "$0")" && pwd)
project=$(dirname "$here")
stamp=${SOURCE_DATE_EPOCH:-$(git -C "$project" log -1 --format=%ct 2>/dev/null || date +%s)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

grep -q "^version = \"$version\"\$" "$project/Cargo.toml" || {
  echo "release.sh: Cargo.toml has another version than $version" >&2; exit 1; }
case $repository in
  */*/* | /* | */) echo "release.sh: $repository is no OWNER/REPOSITORY" >&2; exit 1 ;;
  */*) ;;
  *) echo "release.sh: $repository is no OWNER/REPOSITORY" >&2; exit 1 ;;
esac

filled() { sed -e "s#@REPOSITORY@#$repository#g" -e "s#@OWNER@#${repository%%/*}#g" "$@"; }
# The same content gives the same bytes.
same_age() { find "$1" -exec touch -h -d "@$stamp" {} +; }
zipped() { same_age "$1"; (cd "$1" && TZ=UTC find . -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$2"); }

mkdir -p "$out"
out=$(cd "$out" && pwd)
packages=
for dir in "$programs"/*/; do
  target=$(basename "$dir")
  program=tma1
  [ -f "$dir/tma1.exe" ] && program=tma1.exe
  [ -f "$dir/$program" ] || { echo "release.sh: no program in $dir" >&2; exit 1; }
  case $target in
    *-windows-*) platform=win32 ;;
    *-apple-*) platform=darwin ;;
    *) platform=linux ;;
  esac

  name=tma1-$version-$target
  mkdir -p "$work/archive/$name" "$work/bundle"
  cp "$dir/$program" "$project/README.md" "$project/LICENSE" "$work/archive/$name/"
  cp "$dir/$program" "$project/LICENSE" "$work/bundle/"
  chmod 755 "$work/archive/$name/$program" "$work/bundle/$program"
  if [ $platform = win32 ]; then
    zipped "$work/archive" "$out/$name.zip"
  else
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$stamp" -C "$work/archive" -cf - "$name" |
      gzip -9n >"$out/$name.tar.gz"
  fi

  # A client cannot choose between two for one system, and the static one runs on all of them.
  case $target in *-linux-gnu) rm -rf "$work/archive" "$work/bundle"; continue ;; esac
  filled -e "s#@PROGRAM@#$program#g" -e "s#@PLATFORM@#$platform#g" "$here/mcpb.json" >"$work/bundle/manifest.json"
  zipped "$work/bundle" "$out/$name.mcpb"
  sum=$(sha256sum "$out/$name.mcpb" | cut -d' ' -f1)
  url=https://github.com/$repository/releases/download/v$version/$name.mcpb
  packages="$packages${packages:+,}
    { \"registryType\": \"mcpb\", \"identifier\": \"$url\",
      \"fileSha256\": \"$sum\", \"transport\": { \"type\": \"stdio\" } }"
  rm -rf "$work/archive" "$work/bundle"
done
[ -n "$packages" ] || { echo "release.sh: no programs in $programs" >&2; exit 1; }

filled "$here/install.sh" >"$out/install.sh"
filled "$here/install.ps1" >"$out/install.ps1"
chmod 755 "$out/install.sh"
printf "%s\n" "$packages" | sed 1d >"$work/packages"
filled "$here/server.json" | sed -e "/\"packages\": \[\]/{
s/\[\]/[/
r $work/packages
a\\
  ]
}" >"$out/server.json"
(cd "$out" && rm -f SHA256SUMS && LC_ALL=C sha256sum -- * >"$work/SHA256SUMS" && mv "$work/SHA256SUMS" SHA256SUMS)
