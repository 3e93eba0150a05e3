"""End-to-end checks with real agent clients. See README.md beside this file."""

import argparse
import os
import shutil
import sys
import tempfile
import traceback

import packages
import stories
from clients import driver
from mock.fence import Fence
from place import Place
from report import Report

IN_CI = ["claude", "codex"]
STORIES = ["bare", "lived_in", "old", "together"]


def arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("binary", metavar="TMA1_BINARY")
    parser.add_argument(
        "--clients", default=",".join(IN_CI), help=f"of {', '.join(packages.PINNED)} (default: %(default)s)"
    )
    parser.add_argument("--stories", default=",".join(STORIES), help="only these (default: %(default)s)")
    parser.add_argument("--keep", metavar="DIR", help="leave the homes, the requests and what was printed there")
    given = parser.parse_args()
    given.clients = given.clients.split(",")
    given.stories = given.stories.split(",")
    for what, wanted, known in (("client", given.clients, packages.PINNED), ("story", given.stories, STORIES)):
        unknown = [name for name in wanted if name not in known]
        if unknown:
            parser.error(f"unknown {what} {', '.join(unknown)}; there are {', '.join(known)}")
    if not os.access(given.binary, os.X_OK):
        parser.error(f'no tma1 binary at "{given.binary}"')
    if given.keep and "tma1" in os.path.realpath(given.keep):
        parser.error(
            "--keep: what is left behind by an uninstall is searched for by the name, so no folder may have it"
        )
    return given


class Theatre:
    """Sets a stage for each story and clears it away."""

    def __init__(self, given, cache, root, report):
        self.given, self.cache, self.root, self.report = given, cache, root, report
        self.binary = os.path.realpath(given.binary)

    def play(self, story, names, data=None):
        """One story with these clients in one HOME. The sidecar never outlives it."""
        self.report.story(f"{' and '.join(names)}: {story.__name__}")
        root = os.path.join(self.root, "-".join(names + [story.__name__]))
        shutil.rmtree(root, ignore_errors=True)
        fence, place, clients = Fence(), None, []
        try:
            place = Place(root, self.binary, self.cache, names, fence, data)
            for name in names:
                spec = packages.PINNED[name]
                clients.append(driver(spec["driver"])(place, spec["install"][0].rsplit("@", 1)[1]))
            story(*clients, self.report)
        except Exception:
            self.report.check("the story could be told to its end", False, traceback.format_exc())
        finally:
            for client in clients:
                client.close()
            if place:
                place.stop()
            if fence.wanted:
                self.report.note(f"wanted out and could not: {', '.join(sorted(set(fence.wanted)))}")
            fence.stop()
            if not self.given.keep:
                shutil.rmtree(root, ignore_errors=True)


def main():
    given = arguments()
    names = given.clients
    if "claude" in names and "old" in given.stories:
        names = names + [name for name in packages.PINNED if name.startswith("claude-") and name not in names]
    cache = os.environ.get("TMA1_CLIENTS_CACHE")
    made = None if cache else tempfile.mkdtemp(prefix="e2e-clients-")
    # A short path: sockets lie below it.
    root = os.path.realpath(given.keep or tempfile.mkdtemp(prefix="e2e-", dir="/tmp"))
    report = Report()
    try:
        packages.fetch(cache or made, names)
        theatre = Theatre(given, cache or made, root, report)
        for name in names:
            if packages.PINNED[name]["driver"] != name:
                if "old" in given.stories:
                    theatre.play(stories.old, [name])
                continue
            if "bare" in given.stories:
                theatre.play(stories.bare, [name])
            if "lived_in" in given.stories:
                theatre.play(stories.lived_in, [name], data="eigene Ablage")
        if "together" in given.stories and {"claude", "codex"} <= set(names):
            theatre.play(stories.together, ["codex", "claude"])
    except packages.Unreachable as why:
        print(f"skipped: {why}")
        return 0
    finally:
        for folder in (made, None if given.keep else root):
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
