"""The agents under test: for each how it is started, what its tools are called, which files are its own."""

import glob
import importlib
import json
import os
import re
import signal
import subprocess
import time

from mock.script import Script, text_of
from mock.server import Model

LIMIT = 120
TROUBLE = re.compile(r"(?i)\b(tma1|hooks?)\b.*(error|fail|invalid|timed out)")


class Run:
    """One call of the client: exit code, what it printed, what the model was asked."""

    def __init__(self, code, out, err, model):
        self.code, self.out, self.err = code, out, err
        self.requests = model.conversation()

    def said(self):
        return f"exit code {self.code}\n{self.err[-1500:]}\n{self.out[-1500:]}"

    def json_lines(self):
        for line in self.out.splitlines():
            if line.startswith("{"):
                yield json.loads(line)

    def told(self, turn=0):
        """All text in the request that used this turn."""
        return text_of(self.requests[turn]["body"]) if turn < len(self.requests) else ""

    def answered(self, turn):
        """What the request for this turn has more than the one before it: the calls in between, and their results."""
        before, now = (messages_of(self.requests[number]["body"]) for number in (turn - 1, turn))
        return text_of(now[len(before) :])

    def all_told(self):
        return text_of([one["body"] for one in self.requests])


def messages_of(body):
    return body.get("messages") or body.get("input") or body.get("contents") or []


class Client:
    """What all have in common. A driver fills in the rest."""

    adapter = agent = service = records = None
    # Hook events of a session that reads, edits, runs a command that fails, and ends.
    events = ()
    # Whether tma1 keeps what its sessions did, and tells it things; until then its hook calls are kept as they come.
    kept = True
    # Whether it hands on what hooks say with `<` and `>` as entities.
    escapes = False
    # Whether its settings can send telemetry somewhere.
    telemetry = True
    # Whether a person can put hooks beside ours that write `own-hook.log`.
    own_hooks = True
    # Where its person's skills lie, and the project's instructions for it.
    skills = os.path.join(".agents", "skills")
    instructions = os.path.join("Mein Projekt", "AGENTS.md")
    # Whether it puts the words behind a skill's name into the skill's text.
    fills_in = False

    def __init__(self, place):
        self.place = place
        self.model = Model(self.service, os.path.join(place.root, f"requests-{self.adapter}"))
        self.runs = 0

    def peer_file(self):
        """The skill or command behind `/tma1-peer`."""
        return os.path.join(self.skills, "tma1-peer", "SKILL.md")

    def variables(self):
        return {}

    def lived_in(self):
        """Files that a person has before the install. Written before the client's first start."""

    def argv(self, prompt, **how):
        raise NotImplementedError

    def with_skill(self, word):
        """A prompt that holds `word` and has the skill read, and the turns that this takes of the model."""
        raise NotImplementedError

    def play(self, prompt, turns, word, **how):
        """Runs the client with a prompt that holds `word`; the model answers with `turns`."""
        assert word in prompt
        self.model.play(Script(word, turns))
        return self.start(self.argv(prompt, **how))

    def start(self, argv):
        self.runs += 1
        env = dict(self.place.env(), **self.variables())
        base = os.path.join(self.place.root, f"{self.adapter}-{self.runs}")
        with open(base + ".out", "w+b") as out, open(base + ".err", "w+b") as err:
            process = subprocess.Popen(
                argv,
                cwd=self.place.project,
                env=env,
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                code = process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                code = "none in time"
            finally:
                end_group(process)
        with open(base + ".out", errors="replace") as out, open(base + ".err", errors="replace") as err:
            return Run(code, out.read(), err.read(), self.model)

    def troubles(self):
        """What the client says of hooks or servers that failed: here in what it printed, elsewhere in its files."""
        return [line[:600] for line in self.printed() if TROUBLE.search(line)]

    def printed(self):
        for path in sorted(glob.glob(os.path.join(self.place.root, f"{self.adapter}-*.*"))):
            with open(path, errors="replace") as file:
                yield from file

    def close(self):
        self.model.stop()


def end_group(process):
    """What the client leaves running may finish, a last hook for one, then it goes. The sidecar has its own session."""
    deadline = time.monotonic() + (5 if process.poll() is not None else 0)
    try:
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def driver(name):
    return importlib.import_module(f"clients.{name}").Driver
