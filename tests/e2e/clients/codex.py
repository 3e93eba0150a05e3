"""Codex: `codex exec`, hooks in `hooks.json` that run once they are trusted, the rest in `config.toml`."""

import json
import re

from clients import Client
from mock.openai import OpenAI

CONFIG = """# mine, do not touch
model = "gpt-5.5"   # the usual one
approval_policy="never"
sandbox_mode = 'danger-full-access'
shell_environment_policy = { inherit = "all", ignore_default_excludes = false }

[tui] # quiet
notifications = false
"""


class Driver(Client):
    adapter, agent, service = "codex", "codex", OpenAI
    records = re.compile(r"^\.codex/(sessions|log|history\.jsonl|.*\.sqlite|shell_snapshots|\.?tmp)")
    events = ("SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop")

    def __init__(self, place, version):
        super().__init__(place)

    def variables(self):
        return {"MOCK_API_KEY": "no-key-is-needed"}

    def lived_in(self):
        own = {"hooks": [{"type": "command", "command": 'echo own >> "$HOME/own-hook.log"', "timeout": 5}]}
        self.place.write(".codex/config.toml", CONFIG, 0o600)
        self.place.write(".codex/hooks.json", json.dumps({"hooks": {"Stop": [own]}}, indent="\t"))
        self.place.write(".agents/skills/tma1-mine/SKILL.md", "---\nname: tma1-mine\ndescription: My own\n---\nMine.\n")
        self.place.write("Mein Projekt/AGENTS.md", "Keep it short.")

    def argv(self, prompt, trusted=True, **_):
        # The provider is told here, so that an empty HOME stays empty.
        given = {
            "model_provider": "mock",
            "model": "gpt-5.5",
            "approval_policy": "never",
            "sandbox_mode": "danger-full-access",
            "check_for_update_on_startup": False,
            "analytics.enabled": False,
            "model_providers.mock.name": "mock",
            "model_providers.mock.base_url": self.model.url + "/v1",
            "model_providers.mock.env_key": "MOCK_API_KEY",
            "model_providers.mock.wire_api": "responses",
        }
        argv = ["codex", "exec"]
        for key, value in given.items():
            argv += ["-c", f"{key}={json.dumps(value)}"]
        return argv + ["--json"] + (["--dangerously-bypass-hook-trust"] if trusted else []) + ["--", prompt]

    def with_skill(self, word):
        return f"$tma1-peer all 1 5 {word}", []

    def session_of(self, run):
        return next((one.get("thread_id") for one in run.json_lines() if one.get("type") == "thread.started"), None)

    # The model's deeds

    def reads(self, path):
        return self.runs_command(f"cat {path}")

    def runs_command(self, command):
        return [{"calls": [{"name": "exec_command", "input": {"cmd": command}}]}]

    def edits(self, path, old, new):
        patch = f"*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch\n"
        return [{"calls": [{"name": "apply_patch", "kind": "custom_tool_call", "input": patch}]}]

    def asks(self, tool, arguments):
        return [
            {
                "calls": [
                    {"name": "tool_search", "kind": "tool_search_call", "input": {"query": f"tma1 {tool}", "limit": 5}}
                ]
            },
            {"calls": [{"name": tool, "namespace": "mcp__tma1", "input": arguments}]},
        ]

    def troubles(self):
        # It says nothing of a hook that fails, but does of one it can't take, and of a server that does not start.
        known = "--dangerously-bypass-hook-trust"
        return [line[:600] for line in self.printed() if '"type":"error"' in line and known not in line]
