"""Install and uninstall, each with what must hold of the files of a HOME before, between and after."""

import os
import re

from snapshot import complaints


def install(place, adapters):
    return place.tma1("install", "--adapter", adapters, "--project", place.project)


def uninstall(place, adapters, *more):
    return place.tma1("uninstall", "--adapter", adapters, "--project", place.project, *more)


class Wiring:
    """One install and its way back."""

    def __init__(self, place, report, *clients):
        self.place, self.report, self.clients = place, report, clients
        self.adapters = ",".join(client.adapter for client in clients)
        self.before = place.snapshot()
        dry = place.tma1("install", "--adapter", self.adapters, "--project", place.project, "--dry-run")
        self.nothing_changed("a dry run writes nothing", dry, self.before)
        done = install(place, self.adapters)
        self.wired = place.snapshot()
        report.check("install", done.returncode == 0 and self.wired != self.before, said(done))
        self.nothing_changed("installed again, nothing changes", install(place, self.adapters), self.wired)
        text = b"".join(
            content for path, (_, _, content) in self.wired.items() if self.before.get(path, ("",) * 3)[2] != content
        )
        fine = place.tma1_path.encode() in text and os.path.realpath(place.tma1_path).encode() not in text
        report.check("the program is registered by the name that stays", fine)

    def nothing_changed(self, name, done, since):
        changes = since.changes(self.place.snapshot())
        self.report.check(name, done.returncode == 0 and not changes, "\n".join(changes) + "\n" + said(done))

    def undo(self, purge=False):
        last = self.place.snapshot()
        done = uninstall(self.place, self.adapters, *(["--purge-data"] if purge else []))
        self.report.check("uninstall", done.returncode == 0, said(done))
        after = self.place.snapshot()
        records = re.compile("|".join(client.records.pattern for client in self.clients))
        wrong = complaints(self.before, self.wired, last, after, records)
        self.report.check("all files are as they were, but for what others wrote", not wrong, "\n".join(wrong))
        kept = os.path.exists(self.place.data)
        self.report.check("the data are gone with it" if purge else "the history stays", kept != purge, said(done))
        self.nothing_changed("uninstalled again, nothing changes", uninstall(self.place, self.adapters), after)
        if purge:
            self.report.check("nor comes a data directory back", not os.path.exists(self.place.data))


def said(done):
    return f"exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
