"""Gemini CLI: prompt mode with a model service of its own; hooks, servers and telemetry in `settings.json`."""

import json
import os
import re

from clients import Client
from mock.gemini import Gemini

AUTH = {"auth": {"selectedType": "gemini-api-key"}}


class Driver(Client):
    adapter, agent, service = "gemini-cli", "gemini_cli", Gemini
    records = re.compile(r"^\.gemini/(tmp|history)|^\.cache/")
    escapes = True
    events = ("SessionStart", "BeforeAgent", "BeforeTool", "AfterTool", "AfterAgent", "SessionEnd")

    def __init__(self, place, version):
        super().__init__(place)
        # It can be told of the kind of key in its settings only, so its HOME is never quite empty.
        place.write(".gemini/settings.json", json.dumps({"security": AUTH}))

    def variables(self):
        return {
            "GEMINI_API_KEY": "no-key-is-needed",
            "GOOGLE_GEMINI_BASE_URL": self.model.url,
            "GEMINI_CLI_NO_RELAUNCH": "true",
        }

    def lived_in(self):
        own = {"hooks": [{"type": "command", "name": "own", "command": 'echo own >> "$HOME/own-hook.log"'}]}
        settings = {"security": AUTH, "hooks": {"AfterAgent": [own]}}
        self.place.write(".gemini/settings.json", "// mine\n" + json.dumps(settings, indent=4))
        self.place.write(".agents/skills/tma1-mine/SKILL.md", "---\nname: tma1-mine\ndescription: My own\n---\nMine.\n")
        self.place.write("Mein Projekt/AGENTS.md", "Keep it short.\n")

    def argv(self, prompt, **_):
        return ["gemini", "--approval-mode", "yolo", "--skip-trust", "-o", "json", "-m", "gemini-2.5-pro", "-p", prompt]

    def with_skill(self, word):
        return f"{word}: what did the others do?", [
            {"calls": [{"name": "activate_skill", "input": {"name": "tma1-peer"}}]}
        ]

    def session_of(self, run):
        found = re.search(r'"session_id":\s*"([^"]+)"', run.out)
        return found and found.group(1)

    # The model's deeds

    def reads(self, path):
        return [{"calls": [{"name": "read_file", "input": {"file_path": os.path.join(self.place.project, path)}}]}]

    def runs_command(self, command):
        return [{"calls": [{"name": "run_shell_command", "input": {"command": command, "description": "Run it"}}]}]

    def edits(self, path, old, new):
        path = os.path.join(self.place.project, path)
        change = {"file_path": path, "instruction": "Mend it", "old_string": old, "new_string": new}
        return [{"calls": [{"name": "replace", "input": change}]}]

    def asks(self, tool, arguments):
        return [{"calls": [{"name": f"mcp_tma1_{tool}", "input": arguments}]}]
