#!/usr/bin/env bash
# Real agent clients against the given tma1: install, sessions, uninstall, all offline. Fails if one check fails.
# Usage: run.sh [--clients claude,codex] [--stories bare,lived_in,old,together] [--keep DIR] TMA1_BINARY; see README.md.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
for tool in python3 git node npm; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
# Nothing of the session that this may run in.
for name in $(compgen -e | grep -E '^(TMA1_|CLAUDE|CODEX_|COPILOT_|GEMINI_|OPENCLAW_|ANTHROPIC_|OPENAI_|OTEL_|XDG_|PI_)' || true); do
  [ "$name" = TMA1_CLIENTS_CACHE ] || unset "$name"
done
exec python3 -B "$here/main.py" "$@"
