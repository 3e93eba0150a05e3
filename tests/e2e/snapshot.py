"""Everything under a folder at one moment, and whether an uninstall brought back what was there before an install.

Four moments matter: `before` the install, `wired` right after it, `last` right before the uninstall, and `after` it.
Between `wired` and `last` the agent and its person wrote their own things, and those must stay.
"""

import collections
import hashlib
import json
import os
import re
import stat

OURS = re.compile(rb"tma1", re.I)
WHOLE = 4_000_000


class Snapshot(dict):
    """Path relative to the folder → (kind, mode, content)."""

    def __init__(self, folder, without=()):
        super().__init__()
        skipped = [os.path.abspath(path) for path in without]
        for base, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if os.path.join(base, name) not in skipped]
            for name in folders + files:
                path = os.path.join(base, name)
                entry = entry_of(path)
                if entry:
                    self[os.path.relpath(path, folder)] = entry

    def changes(self, other):
        """What is another way in `other`, as lines for a person."""
        lines = [f"gone: {path}" for path in sorted(self.keys() - other.keys())]
        lines += [f"new: {path}" for path in sorted(other.keys() - self.keys())]
        return lines + [f"changed: {path}" for path in sorted(self.keys() & other.keys()) if self[path] != other[path]]


def entry_of(path):
    try:
        state = os.lstat(path)
        mode = stat.S_IMODE(state.st_mode)
        if stat.S_ISLNK(state.st_mode):
            return "link", 0, os.readlink(path).encode()
        if stat.S_ISDIR(state.st_mode):
            return "folder", mode, b""
        if not stat.S_ISREG(state.st_mode):
            return "other", mode, b""
        with open(path, "rb") as file:
            content = file.read() if state.st_size <= WHOLE else digest(file)
        return "file", mode, content
    except OSError:
        # Gone while it was looked at: of the client's own.
        return None


def digest(file):
    seen = hashlib.sha256()
    while part := file.read(1 << 20):
        seen.update(part)
    return seen.digest()


def complaints(before, wired, last, after, records):
    """What is not as it should be after an uninstall. `records`: the client's own histories, which may speak of us."""
    found = []
    for path in sorted(before.keys() | last.keys() | after.keys()):
        was, ours, then, now = (moment.get(path) for moment in (before, wired, last, after))
        if now == was:
            continue
        if now is None:
            if then is not None:
                found.append(f"removed: {path}")
        elif then is None:
            found.append(f"made by the uninstall: {path}")
        elif then == ours:
            # A folder of ours in which somebody else keeps something now has to stay.
            if now[0] != "folder" or not any(other.startswith(path + os.sep) for other in after):
                found.append(f"{'left behind' if was is None else 'not as before'}: {path}")
        elif now[:2] != (was or then)[:2]:
            found.append(f"kind or mode changed: {path}: {(was or then)[:2]} is {now[:2]}")
        elif not records.search(path):
            found += [
                f"{path}: {why}" for why in edited(*(entry[2] if entry else b"" for entry in (was, ours, then, now)))
            ]
    return found


def edited(was, ours, then, now):
    """Of a file that the client or its person wrote meanwhile: is just what the install added gone again?"""
    if now == then and not OURS.search(now):
        return []
    try:
        values = [json.loads(text) if text.strip() else {} for text in (was, ours, then, now)]
    except ValueError:
        added = lines(ours) - lines(was)
        return (
            []
            if lines(now) == lines(then) - added
            else [f"not just ours is gone, or not all of it:\n{now.decode(errors='replace')}"]
        )
    wanted = without(values[2], values[1], values[0])
    return [] if values[3] == wanted else [f"not just ours is gone, or not all of it: {json.dumps(values[3])}"]


def lines(text):
    return collections.Counter(line.strip() for line in text.splitlines() if line.strip())


def without(value, ours, was):
    """`value` without what is in `ours` and not in `was`."""
    if isinstance(value, dict) and isinstance(ours, dict):
        was = was if isinstance(was, dict) else {}
        kept = {}
        for key, inner in value.items():
            if key not in ours or inner == was.get(key):
                kept[key] = inner
            elif key in was or inner != ours[key]:
                rest = without(inner, ours[key], was.get(key))
                if rest or key in was:
                    kept[key] = rest
        return kept
    if isinstance(value, list) and isinstance(ours, list):
        was = was if isinstance(was, list) else []
        return [inner for inner in value if inner not in ours or inner in was]
    return value
