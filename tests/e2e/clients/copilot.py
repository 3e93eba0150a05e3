"""GitHub Copilot CLI: prompt mode with a model service of its own, hooks in `hooks/`, servers in `mcp-config.json`."""

import glob
import json
import os
import re

from clients import Client
from mock.openai import OpenAI


class Driver(Client):
    adapter, agent, service = "copilot-cli", "copilot_cli", OpenAI
    records = re.compile(r"^\.copilot/(session-state|history-session-state|session-store|logs|.*\.db)|^\.cache/")
    telemetry = False
    events = ("sessionStart", "userPromptSubmitted", "preToolUse", "postToolUse", "agentStop", "sessionEnd")

    def __init__(self, place, version):
        super().__init__(place)

    def variables(self):
        return {
            "COPILOT_OFFLINE": "true",
            "COPILOT_PROVIDER_BASE_URL": self.model.url + "/v1",
            "COPILOT_PROVIDER_TYPE": "openai",
            "COPILOT_PROVIDER_API_KEY": "no-key-is-needed",
            "COPILOT_PROVIDER_WIRE_API": "completions",
            "COPILOT_MODEL": "gpt-4.1",
            "COPILOT_AUTO_UPDATE": "false",
        }

    def lived_in(self):
        own = {"type": "command", "bash": 'echo own >> "$HOME/own-hook.log"'}
        hooks = {"version": 1, "hooks": {"agentStop": [own]}}
        self.place.write(".copilot/hooks/own.json", json.dumps(hooks, indent=1))
        self.place.write(".copilot/mcp-config.json", '{"mcpServers": {}}')
        self.place.write(".agents/skills/tma1-mine/SKILL.md", "---\nname: tma1-mine\ndescription: My own\n---\nMine.\n")
        self.place.write("Mein Projekt/AGENTS.md", "Keep it short.\n")

    def argv(self, prompt, **_):
        return ["copilot", "--allow-all-tools", "--output-format", "json", "-p", prompt]

    def with_skill(self, word):
        return f"{word}: what did the others do?", [{"calls": [{"name": "skill", "input": {"skill": "tma1-peer"}}]}]

    def session_of(self, run):
        return next(
            (found.group(1) for found in [re.search(r'"sessionId":\s*"([0-9a-f-]{36})"', run.out)] if found), None
        )

    # The model's deeds

    def reads(self, path):
        return [{"calls": [{"name": "view", "input": {"path": os.path.join(self.place.project, path)}}]}]

    def runs_command(self, command):
        return [{"calls": [{"name": "bash", "input": {"command": command, "description": "Run it"}}]}]

    def edits(self, path, old, new):
        path = os.path.join(self.place.project, path)
        return [{"calls": [{"name": "edit", "input": {"path": path, "old_str": old, "new_str": new}}]}]

    def asks(self, tool, arguments):
        return [{"calls": [{"name": f"tma1-{tool}", "input": arguments}]}]

    def troubles(self):
        found = []
        for path in glob.glob(os.path.join(self.place.home, ".copilot", "session-state", "*", "events.jsonl")):
            with open(path, errors="replace") as file:
                found += [
                    line[:600] for line in file if '"hook.end"' in line and '"success":false' in line.replace(" ", "")
                ]
        return found
