#!/bin/sh
# Installs a released tma1 for this user: download, verify, put in place. Touches nothing else.
#
#   TMA1_INSTALL_DIR   where the program goes                    [~/.local/bin]
#   TMA1_VERSION       a release such as 0.1.0                   [the latest]
#   TMA1_BASE_URL      where archives and SHA256SUMS lie         [the releases of the repository below]

set -eu

# Filled in when a release is made.
REPOSITORY='@REPOSITORY@'
# Of the machine that the glibc builds are made on; older systems get the static ones.
GLIBC_NEEDED=35

say() { printf '%s\n' "$*"; }
fail() { printf 'tma1: %s\n' "$1" >&2; shift; for hint; do printf '      %s\n' "$hint" >&2; done; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

base_url() {
  if [ -n "${TMA1_BASE_URL:-}" ]; then
    say "${TMA1_BASE_URL%/}"
  elif [ "${REPOSITORY#@}" != "$REPOSITORY" ]; then
    fail "this copy of the script does not know where releases are" \
      "Take install.sh from a release, or set TMA1_BASE_URL."
  elif [ -n "${TMA1_VERSION:-}" ]; then
    say "https://github.com/$REPOSITORY/releases/download/v${TMA1_VERSION#v}"
  else
    say "https://github.com/$REPOSITORY/releases/latest/download"
  fi
}

linux_libc() {
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || glibc=
  case $glibc in
    'glibc 2.'*) minor=${glibc#glibc 2.}; minor=${minor%%[!0-9]*} ;;
    *) minor=0 ;;
  esac
  if [ "${minor:-0}" -ge "$GLIBC_NEEDED" ]; then say gnu; else say musl; fi
}

target() {
  system=$(uname -s) machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    arm64 | aarch64) machine=aarch64 ;;
    *) fail "there is no build for $system on $machine" "Build it from source: cargo install --locked --path ." ;;
  esac
  case $system in
    Linux) say "$machine-unknown-linux-$(linux_libc)" ;;
    Darwin)
      # A shell under Rosetta says x86_64 on a machine that is not.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then machine=aarch64; fi
      say "$machine-apple-darwin" ;;
    MINGW* | MSYS* | CYGWIN*) fail "this script is for Linux and macOS" "On Windows run install.ps1 in PowerShell." ;;
    *) fail "there is no build for $system on $machine" "Build it from source: cargo install --locked --path ." ;;
  esac
}

download() {
  if have curl; then
    case $1 in
      https://*) curl --proto '=https' --tlsv1.2 -fsSL -o "$2" "$1" ;;
      *) curl -fsSL -o "$2" "$1" ;;
    esac
  else
    wget -q -O "$2" "$1"
  fi || fail "$1 cannot be downloaded; nothing was changed"
}

sha256() {
  if have sha256sum; then sha256sum "$1" | cut -d' ' -f1
  elif have shasum; then shasum -a 256 "$1" | cut -d' ' -f1
  else openssl dgst -sha256 -r "$1" | cut -d' ' -f1
  fi
}

needed_tools() {
  have curl || have wget || fail "neither curl nor wget is there; install one of them"
  have sha256sum || have shasum || have openssl ||
    fail "no tool for SHA-256 is there; install sha256sum, shasum or openssl"
  for tool in tar gzip uname mktemp; do
    have "$tool" || fail "$tool is needed and is not there; install it"
  done
}

# The archive's line of SHA256SUMS names the version, so that nobody has to be asked for it.
pick() {
  while read -r sum name || [ -n "$sum" ]; do
    name=${name#\*}
    case $name in
      */*) ;;
      "tma1-"*"-$2.tar.gz") say "$sum $name"; return ;;
    esac
  done <"$1"
}

main() {
  [ -n "${HOME:-}" ] || [ -n "${TMA1_INSTALL_DIR:-}" ] || fail "HOME is not set; say TMA1_INSTALL_DIR"
  dir=${TMA1_INSTALL_DIR:-${HOME:-}/.local/bin}
  needed_tools
  base=$(base_url)
  target=$(target)
  work=$(mktemp -d)
  new=
  trap 'rm -rf "$work"; [ -z "$new" ] || rm -f "$new"' EXIT
  trap 'exit 1' HUP INT TERM

  download "$base/SHA256SUMS" "$work/SHA256SUMS"
  picked=$(pick "$work/SHA256SUMS" "$target")
  [ -n "$picked" ] || fail "this release has no archive for $target; nothing was changed" \
    "Build it from source: cargo install --locked --path ."
  wanted=${picked%% *} archive=${picked#* }
  download "$base/$archive" "$work/$archive"
  got=$(sha256 "$work/$archive")
  [ "$got" = "$wanted" ] || fail "$archive is not what SHA256SUMS says; nothing was changed" \
    "expected $wanted" "found    $got" "Try again; if it stays, do not use this download."

  inside=${archive%.tar.gz}
  tar -xzf "$work/$archive" -C "$work" "$inside/tma1" || fail "$archive has no $inside/tma1; nothing was changed"
  mkdir -p "$dir" 2>/dev/null || fail "$dir cannot be made; nothing was changed" "Set TMA1_INSTALL_DIR to a directory of yours."
  [ ! -d "$dir/tma1" ] || fail "$dir/tma1 is a directory; nothing was changed" "Set TMA1_INSTALL_DIR to another one."
  # Renamed over the old one: what runs goes on with the file that it has.
  new=$(mktemp "$dir/.tma1.XXXXXX" 2>/dev/null) ||
    fail "$dir cannot be written to; nothing was changed" "Set TMA1_INSTALL_DIR to a directory of yours."
  { cat "$work/$inside/tma1" >"$new" && chmod 755 "$new"; } ||
    fail "$dir cannot be written to; nothing was changed"
  version=$("$new" --version 2>/dev/null) ||
    fail "the program of $archive does not run on this machine; nothing was changed" \
      "Build it from source: cargo install --locked --path ."
  mv -f "$new" "$dir/tma1" || fail "$dir/tma1 cannot be replaced; nothing was changed"
  new=

  say "$version is in $dir"
  case ":${PATH:-}:" in
    *":$dir:"*) say "next: tma1 install --adapter detected" ;;
    *)
      say "$dir is not in your PATH. For good, add this line to your shell's start file:"
      say "  export PATH=\"$dir:\$PATH\""
      say "next: $dir/tma1 install --adapter detected" ;;
  esac
}

# All of it was read before anything is done: half a download does nothing.
main "$@"
