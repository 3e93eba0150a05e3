"""The pinned clients, from npm, into a folder each; what is there already is used as it is."""

import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "clients.json")) as pins:
    PINNED = json.load(pins)


class Unreachable(Exception):
    """The clients can't be had here and now."""


def node_folder(cache, spec):
    return os.path.join(cache, spec["node"].replace("@", "-"))


def search_path(cache, name):
    """The folders with the client's program, and its own Node where it needs one, to stand first in PATH."""
    spec = PINNED[name]
    folders = [os.path.join(cache, name)] + ([node_folder(cache, spec)] if "node" in spec else [])
    return [os.path.join(folder, "node_modules", ".bin") for folder in folders]


def fetch(cache, names):
    """Installs what is missing. Raises `Unreachable` with the reason where that can't be done."""
    for name in names:
        spec = PINNED[name]
        if "node" in spec:
            complete(node_folder(cache, spec), [spec["node"]], os.environ["PATH"])
        path = os.pathsep.join(search_path(cache, name) + [os.environ["PATH"]])
        complete(os.path.join(cache, name), spec["install"], path)


def complete(folder, packages, path):
    if all(is_there(folder, package) for package in packages):
        return
    npm = ["npm", "--loglevel=error", "--fetch-retries=1"]
    env = dict(os.environ, PATH=path)
    try:
        subprocess.run(npm + ["view", packages[0], "version"], env=env, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        raise Unreachable("npm is not reachable") from None
    os.makedirs(folder, exist_ok=True)
    # Without a manifest of its own, npm would look for one in the folders above.
    with open(os.path.join(folder, "package.json"), "w") as file:
        json.dump({"private": True}, file)
    print(f"installing {' '.join(packages)}", flush=True)
    done = subprocess.run(
        npm + ["install", "--no-audit", "--no-fund", "--save-exact"] + packages,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Unreachable(f"cannot install {' '.join(packages)}: {(done.stderr.strip().splitlines() or ['?'])[0]}")


def is_there(folder, package):
    name, version = package.rsplit("@", 1)
    try:
        # npm writes the first of these when it is done.
        os.stat(os.path.join(folder, "node_modules", ".package-lock.json"))
        with open(os.path.join(folder, "node_modules", name, "package.json")) as file:
            have = json.load(file)["version"]
    except (OSError, ValueError, KeyError):
        return False
    return have == version or have.startswith(version + ".")
