"""Codex runs a hook once its person has looked at it: without that nothing runs, and with it no flag is needed."""

import json
import os
import subprocess
import threading

from clients import end_group

STEPS = (
    {"id": 1, "method": "initialize", "params": {"clientInfo": {"name": "e2e", "title": "e2e", "version": "1"}}},
    {"method": "initialized"},
)


def untrusted(client, report):
    """A session right after the install."""
    run = client.play("MEDLAR: hello", [{"text": "Hello."}], "MEDLAR", trusted=False)
    report.check("before its hooks are trusted, a session works", run.code == 0 and len(run.requests) == 1, run.said())
    return client.session_of(run)


def stayed_unheard(client, report, session):
    """Asked once later events are in the store: what would have come before them would be there."""
    heard = client.place.rows(f"SELECT event_type FROM events WHERE source = 'hook' AND session_id = '{session}'")
    report.check("no hook ran in the session before they were trusted", not heard, heard)


def trust(client, report):
    """Does what "Trust all" in Codex does: notes the hash of each hook as Codex itself works it out."""
    hooks = listed(client)
    ours = [hook for hook in hooks if "tma1" in json.dumps(hook)]
    report.check(
        "Codex lists our hooks, none trusted yet",
        ours and not any(hook["trustStatus"] == "trusted" for hook in ours),
        hooks,
    )
    path = os.path.join(client.place.home, ".codex", "config.toml")
    with open(path, "a") as file:
        for hook in hooks:
            # A JSON string is a TOML string, too.
            key, trusted = (json.dumps(hook[name], ensure_ascii=False) for name in ("key", "currentHash"))
            file.write(f"\n[hooks.state.{key}]\ntrusted_hash = {trusted}\n")
    left = [hook for hook in listed(client) if hook["trustStatus"] != "trusted"]
    report.check("once trusted, Codex has no question left", not left, left)


def listed(client):
    """Codex's own list of the hooks it found, from its app server."""
    place = client.place
    env = dict(place.env(), **client.variables())
    asked = STEPS + ({"id": 2, "method": "hooks/list", "params": {"cwds": [place.project]}},)
    server = subprocess.Popen(
        ["codex", "app-server"],
        cwd=place.project,
        env=env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # One that never answers must not be waited for in vain.
    limit = threading.Timer(60, end_group, [server])
    limit.start()
    try:
        for message in asked:
            server.stdin.write(json.dumps(message) + "\n")
        server.stdin.flush()
        for line in server.stdout:
            answer = json.loads(line)
            if answer.get("id") == 2:
                return [hook for place in answer["result"]["data"] for hook in place["hooks"]]
        return []
    finally:
        limit.cancel()
        server.stdin.close()
        end_group(server)
        server.stdout.close()
