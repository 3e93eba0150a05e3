"""opencode: runs of one prompt each; plugin and server in its settings' folder, the model service in its environment."""

import glob
import json
import os
import re

from clients import Client
from mock.openai import OpenAI

OWN_PLUGIN = """import { appendFileSync } from "node:fs";
export const Mine = async () => ({
  "tool.execute.before": async () => appendFileSync(process.env.HOME + "/own-hook.log", "own\\n"),
});
"""


class Driver(Client):
    adapter, agent, service = "opencode", "opencode", OpenAI
    # It installs a package of its own beside its settings.
    records = re.compile(
        r"^\.local/(share|state)/opencode|^\.cache/|^\.npm/"
        r"|^\.config/opencode/(node_modules|package(-lock)?\.json|bun\.lockb?|\.gitignore)"
    )
    telemetry = False
    events = (
        "session.created",
        "chat.message",
        "tool.execute.before",
        "tool.execute.after",
        "session.idle",
    )

    def __init__(self, place, version):
        super().__init__(place)

    def variables(self):
        model = {"name": "Mock", "limit": {"context": 100000, "output": 8000}}
        settings = {
            "autoupdate": False,
            "share": "disabled",
            "model": "mock/mock-model",
            "small_model": "mock/mock-model",
            "permission": {"external_directory": "allow"},
            "provider": {
                "mock": {
                    "npm": "@ai-sdk/openai-compatible",
                    "name": "Mock",
                    "options": {"baseURL": self.model.url + "/v1", "apiKey": "no-key-is-needed"},
                    "models": {"mock-model": model},
                }
            },
        }
        return {
            "OPENCODE_CONFIG_CONTENT": json.dumps(settings),
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
            # Else it waits a minute for the package that it cannot have.
            "npm_config_fetch_retries": "0",
            "npm_config_offline": "true",
        }

    def lived_in(self):
        settings = '{\n\t// mine\n\t"username": "jo",\n\t"mcp": {"other": {"type": "local", "command": ["true"], "enabled": false}},\n}\n'
        self.place.write(".config/opencode/opencode.jsonc", settings.replace("\n", "\r\n"))
        self.place.write(".config/opencode/plugin/mine.js", OWN_PLUGIN)
        self.place.write(".agents/skills/tma1-mine/SKILL.md", "---\nname: tma1-mine\ndescription: My own\n---\nMine.\n")
        self.place.write("Mein Projekt/AGENTS.md", "Keep it short.\n")

    def argv(self, prompt, **_):
        return ["opencode", "run", "--format", "json", prompt]

    def with_skill(self, word):
        # Its own tool for that looks through the folder with a program that it has to fetch first.
        path = os.path.join(self.place.home, self.skills, "tma1-peer", "SKILL.md")
        return f"{word}: what did the others do?", [{"calls": [{"name": "read", "input": {"filePath": path}}]}]

    def session_of(self, run):
        found = re.search(r'"sessionID":\s*"([^"]+)"', run.out)
        return found and found.group(1)

    def printed(self):
        """Its own log: what it prints holds all that was said and read."""
        for path in glob.glob(os.path.join(self.place.home, ".local/share/opencode/log/*.log")):
            with open(path, errors="replace") as file:
                yield from file

    # The model's deeds

    def reads(self, path):
        return [{"calls": [{"name": "read", "input": {"filePath": os.path.join(self.place.project, path)}}]}]

    def runs_command(self, command):
        return [{"calls": [{"name": "bash", "input": {"command": command, "description": "Run it"}}]}]

    def edits(self, path, old, new):
        path = os.path.join(self.place.project, path)
        return [{"calls": [{"name": "edit", "input": {"filePath": path, "oldString": old, "newString": new}}]}]

    def asks(self, tool, arguments):
        return [{"calls": [{"name": f"tma1_{tool}", "input": arguments}]}]
