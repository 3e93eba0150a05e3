"""Pi: print mode with a provider of its own; an extension tells and is told. This version knows no MCP servers."""

import json
import os
import re

from clients import Client
from mock.openai import OpenAI

# Beside ours, as a person writes one.
OWN = """import { appendFileSync } from "node:fs";
export default function (pi) {
  pi.on("agent_end", () => appendFileSync(process.env.HOME + "/own-hook.log", "own\\n"));
}
"""
# What its model can run where another's calls a tool.
COMMANDS = {"get_peer_sessions": "peer", "get_session_state": "context"}


class Driver(Client):
    adapter, agent, service = "pi", "pi", OpenAI
    records = re.compile(r"^\.pi/agent/(sessions|settings\.json|auth\.json|bin|.*\.log)|^\.cache/|^\.npm/")
    telemetry = False
    events = (
        "session_start",
        "before_agent_start",
        "tool_call",
        "tool_result",
        "agent_end",
        "session_shutdown",
    )

    def __init__(self, place, version):
        super().__init__(place)
        # It can be told of a model service in its settings only, so its HOME is never quite empty.
        model = {"id": "mock-model", "name": "Mock", "input": ["text"], "contextWindow": 100000, "maxTokens": 8000}
        provider = {
            "baseUrl": self.model.url + "/v1",
            "api": "openai-completions",
            "apiKey": "no-key-is-needed",
            "models": [model],
        }
        place.write(".pi/agent/models.json", json.dumps({"providers": {"mock": provider}}, indent=2))

    def variables(self):
        return {"PI_OFFLINE": "1", "PI_SKIP_VERSION_CHECK": "1"}

    def lived_in(self):
        self.place.write(".pi/agent/extensions/own.js", OWN)
        self.place.write(".pi/agent/mcp.json", '{"mcpServers": {"other": {"command": "x", "enabled": false}}}')
        self.place.write(".agents/skills/tma1-mine/SKILL.md", "---\nname: tma1-mine\ndescription: My own\n---\nMine.\n")
        self.place.write("Mein Projekt/AGENTS.md", "Keep it short.\n")

    def argv(self, prompt, **_):
        return ["pi", "--provider", "mock", "--model", "mock-model", "--mode", "json", "-p", prompt]

    def with_skill(self, word):
        return f"/skill:tma1-peer {word}", []

    def printed(self):
        # What it prints besides is the session itself.
        return (line for line in super().printed() if not line.startswith("{"))

    def troubles(self):
        return super().troubles() + [line[:600] for line in self.printed() if re.search(r"(?i)extension.*(error|fail)", line)]

    def session_of(self, run):
        return next((line["id"] for line in run.json_lines() if line.get("type") == "session"), None)

    # The model's deeds

    def reads(self, path):
        return [{"calls": [{"name": "read", "input": {"path": os.path.join(self.place.project, path)}}]}]

    def runs_command(self, command):
        return [{"calls": [{"name": "bash", "input": {"command": command}}]}]

    def edits(self, path, old, new):
        change = {"path": os.path.join(self.place.project, path), "edits": [{"oldText": old, "newText": new}]}
        return [{"calls": [{"name": "edit", "input": change}]}]

    def asks(self, tool, arguments):
        return self.runs_command(f'"$HOME/bin/tma1" {COMMANDS[tool]} --json')
