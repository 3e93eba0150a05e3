"""OpenClaw: local turns of its agent, with everything that is set in `openclaw.json`."""

import json
import os
import re

from clients import Client
from mock.openai import OpenAI


class Driver(Client):
    adapter, agent, service = "openclaw", "openclaw", OpenAI
    records = re.compile(r"^\.openclaw/(agents|logs|state|.*\.sqlite)|^\.cache/")
    own_hooks = telemetry = False
    events = ("before_prompt_build", "before_tool_call", "after_tool_call", "before_agent_finalize", "agent_end")

    def __init__(self, place, version):
        super().__init__(place)
        # It can be told of a model service in its settings only, so its HOME is never quite empty.
        provider = {
            "baseUrl": self.model.url + "/v1",
            "apiKey": "no-key-is-needed",
            "api": "openai-completions",
            "models": [{"id": "mock-model", "name": "Mock", "contextWindow": 120000, "maxTokens": 8192}],
        }
        settings = {
            "gateway": {
                "mode": "local",
                "port": place.port + 1,
                "bind": "loopback",
                "auth": {"mode": "token", "token": "none"},
            },
            "agents": {
                "defaults": {"model": {"primary": "mock/mock-model"}, "workspace": place.project, "skipBootstrap": True}
            },
            "models": {"mode": "replace", "providers": {"mock": provider}},
            "tools": {"profile": "coding"},
        }
        place.write(".openclaw/openclaw.json", json.dumps(settings, indent=2), 0o600)

    def variables(self):
        return {
            "OPENCLAW_SKIP_UPDATE_CHECK": "1",
            "NODE_NO_WARNINGS": "1",
            "OPENCLAW_SKIP_CHANNELS": "1",
            "OPENCLAW_DISABLE_BONJOUR": "1",
        }

    def lived_in(self):
        path = os.path.join(self.place.home, ".openclaw", "openclaw.json")
        with open(path) as file:
            text = file.read()
        self.place.write(
            ".openclaw/openclaw.json", "// mine\n" + text.replace('"tools"', "/* as I like it */ tools"), 0o600
        )
        self.place.write(".agents/skills/tma1-mine/SKILL.md", "---\nname: tma1-mine\ndescription: My own\n---\nMine.\n")
        self.place.write("Mein Projekt/AGENTS.md", "Keep it short.\n")

    def argv(self, prompt, **_):
        # Each run has a session of its own; else all go on with the agent's one.
        session = ["--agent", "main", "--session-key", f"run-{self.runs + 1}"]
        return ["openclaw", "agent", "--local", "--json"] + session + ["--message", prompt]

    def with_skill(self, word):
        path = os.path.join(self.place.home, self.skills, "tma1-peer", "SKILL.md")
        return f"{word}: what did the others do?", [{"calls": [{"name": "read", "input": {"path": path}}]}]

    def session_of(self, run):
        found = re.search(r'"sessionId":\s*"([^"]+)"', run.out + run.err)
        return found and found.group(1)

    # The model's deeds

    def reads(self, path):
        return [{"calls": [{"name": "read", "input": {"path": os.path.join(self.place.project, path)}}]}]

    def runs_command(self, command):
        return [{"calls": [{"name": "exec", "input": {"command": command}}]}]

    def edits(self, path, old, new):
        change = {"path": os.path.join(self.place.project, path), "edits": [{"oldText": old, "newText": new}]}
        return [{"calls": [{"name": "edit", "input": change}]}]

    def asks(self, tool, arguments):
        return [
            {"calls": [{"name": "tool_search", "input": {"query": f"tma1 {tool}"}}]},
            {"calls": [{"name": "tool_call", "input": {"id": f"tma1__{tool}", "args": arguments}}]},
        ]
