#!/usr/bin/env bash
# The status page of a real `tma1 serve`, looked at in headless Chromium. Fails if it is not as it should be.
# Usage: run.sh BINARY, or run.sh --base URL for a server that runs already and knows nothing yet.
# Pictures of what was seen go to $TMA1_PAGE_PICTURES, if set. Without any browser to be had it says so and passes.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh BINARY | --base URL" >&2; exit 2; }
[ "$1" = --base ] || [ -x "$1" ] || { echo "no tma1 binary at \"$1\"" >&2; exit 1; }

find_browser() {
  python=$(command -v python3) || return 1
  driver=$(command -v chromedriver) || return 1
  local name
  for name in chromium chromium-browser google-chrome; do
    chromium=$(command -v "$name") && return 0
  done
  return 1
}

if ! find_browser && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing chromium and chromium-driver" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium chromium-driver fonts-dejavu-core python3; } >/dev/null 2>&1 || true
fi
if ! find_browser; then
  echo "skipped: no chromium with its driver and python3 here, and none could be installed (apt-get install chromium chromium-driver python3)"
  exit 0
fi
exec "$python" -B "$here/page.py" "$chromium" "$driver" "$@"
