"""One person's machine in small: an empty HOME with a blank and an umlaut in its name, a git project, and tma1."""

import json
import os
import signal
import socket
import subprocess
import time

from packages import search_path
from snapshot import Snapshot

PATIENCE = 30
PROJECT = {
    "src/calc.py": "def add(a, b):\n    return a - b\n",
    "README.md": "# Demo\n",
}


class Place:
    """`data` is where tma1 keeps its store, if not in `~/.tma1`: then only the install is told, the clients are not."""

    def __init__(self, root, binary, cache, clients, fence, data=None):
        self.root = root
        self.home = os.path.join(root, "Jürgen Müller")
        self.project = os.path.join(self.home, "Mein Projekt")
        self.data = os.path.join(self.home, data or ".tma1")
        self.tma1_path = os.path.join(self.home, "bin", "tma1")
        self.aside = {"TMA1_DATA_DIR": self.data} if data else {}
        self.path = [folder for client in clients for folder in search_path(cache, client)]
        self.fence = fence
        os.makedirs(os.path.dirname(self.tma1_path))
        # As a package manager does it: what is registered must be this name, which stays over upgrades.
        os.symlink(binary, self.tma1_path)
        for name, text in PROJECT.items():
            self.write(os.path.join("Mein Projekt", name), text)
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
            subprocess.run(["git"] + command, cwd=self.project, env=self.env(), check=True)
        # Set here and not in the environment: Codex and OpenClaw hand little of theirs on to a server.
        self.port = free_port()
        self.tma1("settings", "set", "port", str(self.port))

    def env(self):
        env = {
            "PATH": os.pathsep.join(self.path + [os.environ["PATH"]]),
            "HOME": self.home,
            "USER": "dev",
            "TERM": "dumb",
            "LANG": "C.UTF-8",
            "SHELL": "/bin/bash",
            "NO_COLOR": "1",
        }
        for who in ("AUTHOR", "COMMITTER"):
            env.update({f"GIT_{who}_NAME": "dev", f"GIT_{who}_EMAIL": "dev@example.com"})
        return dict(env, **self.fence.variables())

    def write(self, name, text, mode=None):
        """A file in HOME, with exactly these bytes."""
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text.encode())
        if mode:
            os.chmod(path, mode)
        return path

    def read(self, name):
        try:
            with open(os.path.join(self.home, name), "rb") as file:
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def snapshot(self):
        return Snapshot(self.home, without=[self.data])

    def tma1(self, *arguments):
        env = dict(self.env(), **self.aside)
        return subprocess.run(
            [self.tma1_path, *arguments],
            env=env,
            cwd=self.project,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )

    def rows(self, sql):
        done = self.tma1("sql", sql, "--format", "json")
        try:
            return json.loads(done.stdout)
        except ValueError:
            return []

    def await_rows(self, sql, enough):
        """The rows once `enough` says so of them; else the last ones that were there, when patience is over."""
        deadline = time.monotonic() + PATIENCE
        while True:
            rows = self.rows(sql)
            if enough(rows) or time.monotonic() > deadline:
                return rows
            time.sleep(0.1)

    def server(self):
        """The process id of the sidecar that runs, if one does."""
        try:
            with open(os.path.join(self.data, "server.json")) as file:
                pid = json.load(file)["pid"]
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError, KeyError):
            return None

    def stop(self):
        """Stops the sidecar; whether it went by itself."""
        pid = self.server()
        self.tma1("stop")
        deadline = time.monotonic() + PATIENCE
        while self.server() and time.monotonic() < deadline:
            time.sleep(0.05)
        if pid and self.server() == pid:
            os.kill(pid, signal.SIGKILL)
            return False
        return True


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
