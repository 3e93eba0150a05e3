"""A `tma1 serve` of its own, and what Claude Code's hooks tell it."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.request

from browser import until

SESSION = "5ca1ab1e-0000-4000-8000-000000000001"
DEEP = "/nowhere/" + "/".join(f"a-directory-with-a-long-name-{n}" for n in range(9)) + "/app"


class Sidecar:
    """`tma1 serve` with a home of its own."""

    def __init__(self, binary):
        self.binary = os.path.abspath(binary)
        self.home = tempfile.mkdtemp(prefix="tma1-page-home-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": self.home,
            "TMA1_DATA_DIR": f"{self.home}/data",
            "TMA1_AUTOSTART": "0",
            "TZ": "UTC",
        }
        log = open(f"{self.home}/serve.log", "ab")
        command = [self.binary, "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=environment, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        until("the sidecar is healthy", lambda: self.process.poll() is not None or answers(self.base + "/health"))
        assert self.process.poll() is None, "the sidecar ended at once"

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self):
        if not self.process:
            return ""
        with open(f"{self.home}/serve.log", encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def close(self):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def get(base, path):
    with urllib.request.urlopen(base + path, timeout=10) as answer:
        return json.load(answer)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def post(base, event, session=SESSION, cwd=DEEP, **more):
    """One hook event, as Claude Code tells it."""
    told = {"session_id": session, "cwd": cwd, "transcript_path": f"{cwd}/none.jsonl", "hook_event_name": event, **more}
    url = f"{base}/api/hooks?source=claude_code&envelope=text"
    request = urllib.request.Request(url, json.dumps(told).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200, answer.status


def bash(base, event, call, command, **more):
    post(base, event, tool_name="Bash", tool_input={"command": command}, tool_use_id=call, **more)
