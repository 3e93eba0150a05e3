#!/usr/bin/env bash
# All client scripts against `tma1 mcp`, once with history and once without any; one line each, fails if one fails.
# Usage: run.sh [TMA1_BINARY]   (or TMA1_BIN); see README.md beside this file.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
bin=${1:-${TMA1_BIN:-}}
[ -x "$bin" ] || { echo "no tma1 binary at \"$bin\"; give its path as the first argument" >&2; exit 1; }
bin=$(realpath "$bin")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/home" "$work/full" "$work/empty"
# Nothing of the user's: neither history nor settings, nor the session that this may run in. The package managers
# keep the caches they have.
export npm_config_cache=${npm_config_cache:-$HOME/.npm} XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
export TMA1_CLIENTS_CACHE=${TMA1_CLIENTS_CACHE:-$work/cache} TMA1_AUTOSTART=0
unset CLAUDE_PROJECT_DIR CLAUDE_CODE_SESSION_ID TMA1_MCP_CALLER
mkdir -p "$TMA1_CLIENTS_CACHE"
cd "$project" || exit 1

TMA1_DATA_DIR=$work/full HOME=$work/home "$bin" import --path adapters/claude-code/fixtures >"$work/log" 2>&1 ||
  { echo "the fixtures cannot be imported:" >&2; cat "$work/log" >&2; exit 1; }

failed=0
for store in full empty; do
  for client in inspector.sh python_sdk.py typescript_sdk.mjs; do
    if HOME=$work/home "$here/$client" "$bin" "$work/$store" >"$work/log" 2>&1; then
      said=passed
      grep -q '^skipped' "$work/log" && said=$(grep '^skipped' "$work/log" | head -1)
      echo "$client, $store store: $said"
    else
      failed=1
      echo "$client, $store store: FAILED"
      sed 's/^/    /' "$work/log"
    fi
  done
done
exit $failed
