"""The stories: one HOME each, from before the install to after the uninstall."""

import json
import os

import codex_trust
from sessions import afterwards, asks, telemetry, works
from wiring import Wiring


def bare(client, report):
    """A HOME in which the client never ran: what the install makes, the uninstall takes away, the data too."""
    wiring = Wiring(client.place, report, client)
    unheard = codex_trust.untrusted(client, report) if client.agent == "codex" else None
    session = works(client, report)
    if unheard:
        codex_trust.stayed_unheard(client, report, unheard)
    asks(client, report)
    telemetry(client, report, session)
    afterwards(client, report)
    doctor(client, report, but="trust" if unheard else None)
    report.check("the sidecar stops", client.place.stop())
    wiring.undo(purge=True)


def lived_in(client, report):
    """A HOME with the person's own settings, hooks and skills, the store elsewhere, and edits while we are there."""
    place = client.place
    client.lived_in()
    client.play("PLUM: hello", [], "PLUM")
    wiring = Wiring(place, report, client)
    report.check(
        "the person's skill stays", "Mine." in place.read(os.path.join(client.skills, "tma1-mine", "SKILL.md"))
    )
    if client.agent == "codex":
        codex_trust.trust(client, report)
        session = works(client, report, trusted=False)
    else:
        session = works(client, report)
    report.check("the store is where it was wished", session and not os.path.exists(os.path.join(place.home, ".tma1")))
    if client.own_hooks:
        report.check("the person's own hooks run as before", place.read("own-hook.log"))
    afterwards(client, report)
    doctor(client, report)
    rules = place.read(client.instructions)
    place.write(client.instructions, rules + ("\r\n" if "\r\n" in rules else "\n") + "One more rule.")
    report.check("the sidecar stops", place.stop())
    wiring.undo()
    report.check("the person's edit stays", "One more rule." in place.read(client.instructions))


def old(client, report):
    """A version that may refuse the whole file for one event it does not know: its hooks must run all the same."""
    wiring = Wiring(client.place, report, client)
    works(client, report)
    asks(client, report)
    afterwards(client, report)
    doctor(client, report)
    report.check("the sidecar stops", client.place.stop())
    wiring.undo()


def together(first, second, report):
    """Two agents on one project: the second one's model asks what the first one did."""
    wiring = Wiring(first.place, report, first, second)
    session = works(first, report)
    run = asks(second, report)
    if run:
        told = run.all_told()
        fine = session and session in told and "It adds now." in told
        report.check("the peer's session and its words are in the answer", fine, told[-1500:])
    report.check("the sidecar stops", first.place.stop())
    wiring.undo()


def doctor(client, report, but=None):
    """Doctor finds fault with nothing that concerns this client, but for what is named."""
    done = client.place.tma1("doctor", "--json")
    try:
        checks = [one for one in json.loads(done.stdout)["checks"] if one.get("agent", client.agent) == client.agent]
    except (ValueError, KeyError):
        checks = []
    failed = [one["check"] for one in checks if one["status"] == "fail"]
    hooks = [one["message"] for one in checks if one["check"] == "hooks"]
    fine = failed == ([but] if but else []) and hooks and "last heard" in hooks[0]
    report.check(f"doctor finds fault with {but or 'nothing'}", fine, done.stdout + done.stderr)
