"""Claude Code, from 2.0.76 on: print mode, hooks in `settings.json`, servers in `.claude.json`."""

import glob
import json
import os
import re

from clients import Client
from mock.anthropic import Anthropic

# What it puts down in a transcript about a hook that went wrong.
TROUBLE = re.compile(
    r'"type":\s*"hook_(non_blocking_error|error_during_execution|cancelled|timeout)"'
    r"|[Hh]ook JSON output validation failed"
)


class Driver(Client):
    adapter, agent, service = "claude-code", "claude_code", Anthropic
    records = re.compile(
        r"^\.claude/(projects|backups|todos|debug|shell-snapshots|statsig|session-env|file-history|history\.jsonl)|^\.claude\.json\.backup|^\.cache/"
    )
    events = (
        "SessionStart",
        "UserPromptSubmit",
        "PreToolUse",
        "PostToolUse",
        "PostToolUseFailure",
        "Stop",
        "SessionEnd",
    )
    skills = os.path.join(".claude", "skills")
    fills_in = True
    instructions = os.path.join("Mein Projekt", "CLAUDE.md")

    def __init__(self, place, version):
        super().__init__(place)
        number = tuple(int(part) for part in version.split("."))
        # Between the versions under test: tools that have to be looked up first; skills as commands, for which a
        # command of that name stands in before.
        self.deferred = number >= (2, 1, 328)
        self.peer = "skills/tma1-peer/SKILL.md" if number >= (2, 1, 110) else "commands/tma1-peer.md"

    def peer_file(self):
        return os.path.join(".claude", self.peer)

    def variables(self):
        return {
            "ANTHROPIC_BASE_URL": self.model.url,
            "ANTHROPIC_API_KEY": "no-key-is-needed",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }

    def lived_in(self):
        own = {"hooks": [{"type": "command", "command": 'echo "$CLAUDE_PROJECT_DIR" >> "$HOME/own-hook.log"'}]}
        settings = {
            "permissions": {"allow": ["Read"]},
            "hooks": {"PreToolUse": [own], "Stop": [own]},
            "cleanupPeriodDays": 1e2,
        }
        self.place.write("dotfiles/claude.json", json.dumps(settings, indent=3).replace("\n", "\r\n"), 0o640)
        os.makedirs(os.path.join(self.place.home, ".claude"))
        os.symlink("../dotfiles/claude.json", os.path.join(self.place.home, ".claude", "settings.json"))
        self.place.write(".claude/skills/tma1-mine/SKILL.md", "---\nname: tma1-mine\ndescription: My own\n---\nMine.\n")
        self.place.write("Mein Projekt/CLAUDE.md", "# Rules\r\n\r\nKeep it short.\r\n")

    def argv(self, prompt, session=None, **_):
        argv = [
            "claude",
            "-p",
            "--output-format",
            "json",
            "--model",
            "claude-sonnet-4-5",
            "--allowedTools",
            "Read,Edit,Bash,Skill,mcp__tma1",
        ]
        return argv + (["--session-id", session] if session else []) + ["--", prompt]

    def with_skill(self, word):
        return f"/tma1-peer all 1 5 {word}", []

    def session_of(self, run):
        try:
            return json.loads(run.out)["session_id"]
        except (ValueError, KeyError):
            return None

    # The model's deeds

    def reads(self, path):
        return [{"calls": [{"name": "Read", "input": {"file_path": os.path.join(self.place.project, path)}}]}]

    def runs_command(self, command):
        return [{"calls": [{"name": "Bash", "input": {"command": command, "description": "Run it"}}]}]

    def edits(self, path, old, new):
        path = os.path.join(self.place.project, path)
        return [{"calls": [{"name": "Edit", "input": {"file_path": path, "old_string": old, "new_string": new}}]}]

    def asks(self, tool, arguments):
        name = f"mcp__tma1__{tool}"
        search = [{"calls": [{"name": "ToolSearch", "input": {"query": f"select:{name}"}}]}] if self.deferred else []
        return search + [{"calls": [{"name": name, "input": arguments}]}]

    def troubles(self):
        found = []
        for path in glob.glob(os.path.join(self.place.home, ".claude", "projects", "**", "*.jsonl"), recursive=True):
            with open(path, errors="replace") as file:
                # Some records hold whole prompts, and the client's instructions speak of hooks, too.
                found += [line[:600] for line in file if TROUBLE.search(line) and "api-request" not in line[:300]]
        return found
