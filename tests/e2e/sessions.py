"""What a session with a wired client must come to: in the store, in what its model is told, in its own files."""

import html
import json
import os
import re
import urllib.error
import urllib.request

BLOCK = re.compile(r"<tma1-context>\nproject: (.*?)</tma1-context>", re.S)
# Each hook event once, those of the failed command and of the end among them.
SEEN = "SELECT DISTINCT event_type FROM events WHERE source = 'hook' AND session_id = '{}'"
CALLS = "SELECT kind, status, file_path, command FROM tool_calls WHERE session_id = '{}'"


def works(client, report, **how):
    """A session that reads a file, runs a command that fails, and edits the file."""
    place = client.place
    place.write("Mein Projekt/src/calc.py", "def add(a, b):\n    return a - b\n")
    turns = client.reads("src/calc.py") + client.runs_command("ls missing-folder")
    turns += client.edits("src/calc.py", "    return a - b", "    return a + b") + [{"text": "It adds now."}]
    run = client.play("FIGTREE: mend the add function", turns, "FIGTREE", **how)
    session = client.session_of(run)
    fine = run.code == 0 and len(run.requests) == len(turns) and "a + b" in place.read("Mein Projekt/src/calc.py")
    if not report.check("a session works as it does without us", fine and session, run.said()):
        return None
    seen = place.await_rows(
        SEEN.format(session), lambda rows: set(client.events) <= {row["event_type"] for row in rows}
    )
    missing = set(client.events) - {row["event_type"] for row in seen}
    report.check(
        "its hooks told the store while it ran", not missing, f"missing: {missing}; {place.tma1('status').stdout}"
    )
    report.check("the sidecar was started by them", place.server())
    if not client.kept:
        report.note("what it did is not looked at: tma1 does not keep this agent's sessions yet")
        return session
    kept(client, report, session)
    return session


def kept(client, report, session):
    place = client.place
    calls = place.await_rows(
        CALLS.format(session), lambda rows: len(rows) >= 3 and all(row["status"] != "running" for row in rows)
    )
    outcomes = sorted((row["kind"], row["status"]) for row in calls)
    edited = [row["file_path"] for row in calls if row["kind"] == "edit"]
    failed = [row["command"] for row in calls if row["status"] == "error"]
    fine = (
        len(calls) == 3 and failed == ["ls missing-folder"] and [path.split("/")[-1] for path in edited] == ["calc.py"]
    )
    report.check("its calls are in the store, the failed one as failed", fine, outcomes)
    listed = json.loads(place.tma1("sessions", "--json").stdout or "{}")
    mine = [one for one in listed.get("sessions", []) if one["session_id"] == session]
    report.check(
        "`tma1 sessions` lists it", mine and mine[0]["agent_source"] == client.agent, json.dumps(listed)[:1500]
    )
    prompts = place.rows(f"SELECT content FROM messages WHERE role = 'user' AND session_id = '{session}'")
    report.check("its prompt once", len([row for row in prompts if "FIGTREE" in row["content"]]) == 1, prompts)


def asks(client, report):
    """A session that begins with the skill, and whose model asks two tools of ours."""
    prompt, turns = client.with_skill("QUINCE")
    turns += client.asks("get_peer_sessions", {}) + client.asks("get_session_state", {}) + [{"text": "That is all."}]
    run = client.play(prompt, turns, "QUINCE")
    session = client.session_of(run)
    if not report.check("a second session", run.code == 0 and len(run.requests) == len(turns) and session, run.said()):
        return None
    body = body_of(client)
    report.check("the skill's text reaches the model", body and body in run.all_told(), body)
    if client.fills_in:
        report.check("and what was asked of it", "Arguments: all 1 5 QUINCE" in run.told())
    answer = run.answered(len(turns) - 1)
    if not client.kept:
        known = session in answer or "no session of this project" in answer
        report.check("asked by its model, get_session_state answers", known, answer[-1500:])
        return run
    report.check("asked by its model, get_session_state speaks of this very session", session in answer, answer[-1500:])
    blocks = BLOCK.findall(html.unescape(run.told()) if client.escapes else run.told())
    mine = [block for block in blocks if block.startswith("Mein Projekt\n") and f"session: {session[:8]}" in block]
    report.check("its model is told at the start where it is", mine, blocks)
    return run


def body_of(client):
    """The longest line of the skill that has nothing to fill in."""
    text = client.place.read(client.peer_file()).split("---", 2)[-1]
    return max((line.strip() for line in text.splitlines() if not re.search(r"[$`{\\\"]", line)), key=len, default="")


def afterwards(client, report):
    """What the client wrote down of us, and what its telemetry brought."""
    troubles = client.troubles()
    report.check("the client has no complaint about hooks or servers", not troubles, "\n".join(troubles[:3]))


def telemetry(client, report, session):
    if not client.telemetry:
        return report.note("telemetry is not looked at: this client's settings can't send any")
    if not receives(client.place.port):
        return report.note("telemetry is not looked at: nothing receives it yet")
    sql = " UNION ALL ".join(
        f"SELECT 1 AS n FROM otel_{kind} WHERE session_id = '{session}'" for kind in ("logs", "metrics", "spans")
    )
    report.check("its telemetry arrives", client.place.await_rows(sql, bool))


def receives(port):
    empty = urllib.request.Request(f"http://127.0.0.1:{port}/v1/logs", b"{}", {"content-type": "application/json"})
    try:
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(empty, timeout=10).status == 200
    except urllib.error.URLError:
        return False
