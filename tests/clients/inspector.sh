#!/usr/bin/env bash
# MCP Inspector against `tma1 mcp`: are the schemas portable, do calls and errors come through, in both eras?
# Usage: inspector.sh [TMA1_BINARY] [DATA_DIR]   (or TMA1_BIN, TMA1_DATA_DIR); see README.md beside this file.
set -uo pipefail

skip() { echo "skipped: $*"; exit 0; }
fail() { echo "inspector: $*" >&2; exit 1; }

bin=${1:-${TMA1_BIN:-}}
data=${2:-${TMA1_DATA_DIR:-}}
[ -x "$bin" ] || fail "no tma1 binary at \"$bin\"; give its path as the first argument"
[ -n "$data" ] || fail "no data directory; give it as the second argument"
bin=$(realpath "$bin")
command -v npm >/dev/null || skip "npm is not installed"

if [ -n "${TMA1_CLIENTS_CACHE:-}" ]; then
  cache=$TMA1_CLIENTS_CACHE/inspector
else
  cache=$(mktemp -d)
  trap 'rm -rf "$cache"' EXIT
fi
mkdir -p "$cache"

# The Inspector wants Node 22.19; where the system has an older one, Node itself comes as a package, too.
packages=(@modelcontextprotocol/inspector@2)
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 19) ? 0 : 1)' \
  2>/dev/null || packages+=(node@22)
[ -x "$cache/node_modules/.bin/mcp-inspector" ] ||
  npm install --loglevel=error --no-fund --no-audit --prefix "$cache" "${packages[@]}" >"$cache/install.log" 2>&1 ||
  skip "cannot install ${packages[*]}: $(head -1 "$cache/install.log")"
export PATH=$cache/node_modules/.bin:$PATH

# A home of its own, so that nothing of the user's catalog is read or written.
mkdir -p "$cache/home"
inspect() { HOME=$cache/home timeout 120 mcp-inspector --cli -e "TMA1_DATA_DIR=$data" "$bin" mcp "$@"; }

for era in legacy auto modern; do
  list=$(inspect --protocol-era $era --strict --method tools/list 2>"$cache/errors.txt")
  status=$?
  [ $status -eq 0 ] || fail "tools/list, $era era: exit code $status (6: schemas not portable): $(cat "$cache/errors.txt")"
  # Warnings don't change the exit code.
  [ ! -s "$cache/errors.txt" ] || fail "tools/list, $era era: $(cat "$cache/errors.txt")"
  for tool in get_context_bundle get_session_state get_anomalies get_external_changes get_build_status \
    get_project_state get_peer_sessions search_history get_usage; do
    [[ $list == *"\"$tool\""* ]] || fail "tools/list, $era era: no $tool"
  done
  for tool in get_usage get_project_state; do
    answer=$(inspect --protocol-era $era --method tools/call --tool-name $tool 2>&1) ||
      fail "$tool, $era era: $answer"
    [[ $answer == *structuredContent* ]] || fail "$tool, $era era: no structured content: $answer"
  done
  # The Inspector says 5 where a tool answered with an error.
  answer=$(inspect --protocol-era $era --method tools/call --tool-name get_usage --tool-arg period=yesterday 2>&1)
  status=$?
  [ $status -eq 5 ] || fail "a bad argument, $era era: exit code $status instead of 5: $answer"
  [[ $answer == *period* ]] || fail "a bad argument, $era era: the message does not name it: $answer"
  prompts=$(inspect --protocol-era $era --method prompts/list 2>&1)
  [[ $prompts == *peer* && $prompts == *catch_up* ]] || fail "prompts/list, $era era: $prompts"
  context=$(inspect --protocol-era $era --method resources/read --uri tma1://project/context 2>&1) ||
    fail "resources/read, $era era: $context"
  echo "inspector: $era era passed"
done

load=$(inspect --method tools/call --tool-name get_project_state --load --load-concurrency 10 --load-requests 200 2>&1) ||
  fail "load: $load"
[[ $load == *'"errorRate": 0'* || $load == *'"errorRate":0'* ]] || fail "load: $load"
echo "inspector: 200 calls, 10 at once, passed: $(echo "$load" | tr -d '\n ' | grep -o '"latencyMs":{[^}]*}')"
