"""What the status page must do, in the order in which a person would see it: empty, live, opened, narrow, dark, away."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request

from browser import Browser, until

SESSION = "5ca1ab1e-0000-4000-8000-000000000001"
EVIL = "</script><img src=x onerror=\"window.hit=1\"><b>bold</b> \u202egnp.exe \u05e9\u05dc\u05d5\u05dd \U0001f9e8"
DEEP = "/nowhere/" + "/".join(f"a-directory-with-a-long-name-{n}" for n in range(9)) + "/app"
ESCAPE, ENTER = "\ue00c", "\ue007"


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
        self.start()

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
        assert self.process.poll() is None, self.said()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self):
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


def post(base, event, **more):
    """One hook event, as Claude Code tells it."""
    told = {"session_id": SESSION, "cwd": DEEP, "transcript_path": f"{DEEP}/none.jsonl", "hook_event_name": event, **more}
    url = f"{base}/api/hooks?source=claude_code&envelope=text"
    request = urllib.request.Request(url, json.dumps(told).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200, answer.status


def bash(base, event, call, command, **more):
    post(base, event, tool_name="Bash", tool_input={"command": command}, tool_use_id=call, **more)


class Page:
    def __init__(self, browser, base, pictures):
        self.browser, self.base, self.pictures = browser, base, pictures
        self.seen, self.noise = [], []

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def shows(self, selector, words):
        until(lambda: f"{selector} shows {words!r}, not {self.text(selector)!r}", lambda: words in self.text(selector))

    def picture(self, name):
        if self.pictures:
            os.makedirs(self.pictures, exist_ok=True)
            self.browser.picture(f"{self.pictures}/{name}.png")

    def collect(self):
        self.noise += self.browser.log("browser")
        for entry in self.browser.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.seen.append(message["params"]["request"]["url"])

    def narrow_enough(self, selector="html"):
        wide, room = self.browser.run(
            "const e = document.querySelector(arguments[0]); return [e.scrollWidth, e.clientWidth]", selector
        )
        assert wide <= room, f"{selector} scrolls sideways: {wide} px in {room} px"


def empty(page):
    page.browser.cdp(
        "Page.addScriptToEvaluateOnNewDocument",
        source="window.moved = 0; new PerformanceObserver(list => { for (const e of list.getEntries())"
        " if (!e.hadRecentInput) window.moved += e.value; }).observe({ type: 'layout-shift', buffered: true });",
    )
    page.browser.open(page.base + "/")
    page.shows("#quiet", "tma1 import")
    page.shows("#quiet", "tma1 hook")
    page.shows("#connection", "live")
    page.shows("#up", "sidecar up")
    page.shows("#facts", "running")
    assert page.text("#version"), "the version is shown"
    page.picture("empty")


def live(page):
    page.browser.run("window.stays = true")
    post(page.base, "SessionStart", source="startup")
    page.shows("#live", "Claude Code")
    post(page.base, "UserPromptSubmit", prompt=f"fix it {EVIL}", prompt_id="p1")
    page.shows("#live .title", "fix it </script><img src=x")
    page.shows("#live .doing", "thinking")
    bash(page.base, "PreToolUse", "toolu_1", "cargo test --lib auth")
    page.shows("#live .doing", "cargo test --lib auth")
    page.shows("#live .doing", "Bash")
    bash(page.base, "PostToolUseFailure", "toolu_1", "cargo test --lib auth", error="Exit code 101\nerror: haystack")
    page.shows("#live .fail", "cargo test --lib auth")
    page.shows("#live .doing", "thinking")
    page.shows("#sources", "Claude Code")
    assert page.browser.run("return window.stays && document.title"), "the page was loaded again"
    moved = page.browser.run("return window.moved")
    assert moved < 0.1, f"things jumped about: layout shift {moved}"
    page.picture("live")


def opened(page):
    page.browser.run("document.querySelector('#live .title').focus()")
    page.browser.press(ENTER)
    page.shows("#items", "cargo test --lib auth")
    page.shows("#items .user", "fix it </script><img src=x")
    page.shows("#items .done .error", "Exit code 101")
    bash(page.base, "PreToolUse", "toolu_2", f"echo {EVIL}")
    page.shows("#items .done .call", "echo </script>")
    page.shows("#items .done .call", "running")
    bash(page.base, "PostToolUse", "toolu_2", f"echo {EVIL}", tool_response={"stdout": EVIL}, duration_ms=1200)
    page.shows("#items .done .call", "1.2 s")
    post(page.base, "Stop", stop_hook_active=False, last_assistant_message=f"all done {EVIL}")
    page.shows("#items .assistant", "all done </script>")
    assert SESSION in page.browser.run("return location.hash"), "the address names the open session"
    page.picture("timeline")
    page.browser.press(ESCAPE)
    until("Escape closes the timeline", lambda: not page.browser.run("return document.querySelector('dialog').open"))
    assert page.browser.run("return document.activeElement.classList.contains('title')"), "the focus comes back"
    assert page.browser.run("return location.hash") == "", "the address names no session any more"


def harmless(page):
    made = page.browser.run("return [document.querySelectorAll('body img, body b, body script').length, window.hit ?? 0]")
    assert made == [1, 0], f"words became markup: {made} (the page itself has one script)"
    said = page.browser.run("return document.body.textContent + document.title")
    assert "\u202e" not in said, "text can still be turned around"


def narrow(page):
    page.browser.size(375, 812)
    page.narrow_enough()
    page.picture("phone")
    page.browser.run("document.querySelector('#live .title').click()")
    page.shows("#items", "cargo test --lib auth")
    page.narrow_enough()
    page.narrow_enough("#scroll")
    page.picture("phone-timeline")
    page.browser.run("document.querySelector('#t-close').click()")
    until("Close closes", lambda: not page.browser.run("return document.querySelector('dialog').open"))
    page.browser.size(1280, 900)


def colours(page):
    light = "return ['backgroundColor', 'color'].map(name => getComputedStyle(document.body)[name])"
    page.browser.scheme("light")
    by_day = page.browser.run(light)
    page.browser.scheme("dark")
    by_night = page.browser.run(light)
    assert by_day[0] != by_night[0] and by_day[1] != by_night[1], f"dark is as light: {by_day} {by_night}"
    page.picture("dark")
    page.browser.scheme("light")


def linked(page):
    page.browser.open("about:blank")
    page.browser.open(f"{page.base}/#session/{SESSION}")
    page.shows("#items", "cargo test --lib auth")
    page.browser.run("document.querySelector('#t-close').click()")
    page.shows("#live", "cargo test --lib auth")


def quiet_console(page):
    page.collect()
    assert not page.noise, f"the console is not empty: {page.noise}"
    ours = (page.base + "/", "about:", "data:")
    foreign = [url for url in page.seen if not url.startswith(ours)]
    assert page.seen and not foreign, f"asked elsewhere: {foreign}"


def away(page, sidecar):
    sidecar.stop()
    page.shows("#banner", "does not answer")
    page.shows("#connection", "not connected")
    page.shows("#live", "Claude Code")
    page.picture("away")
    sidecar.start()
    until("the banner goes when the sidecar is back", lambda: page.text("#banner") == "", 60)
    page.shows("#connection", "live")
    post(page.base, "UserPromptSubmit", prompt="once more", prompt_id="p2")
    page.shows("#live .doing", "thinking")
    page.collect()
    # What a browser itself writes of a connection that was refused can't be kept from it; nothing else may stand there.
    spoken = [entry for entry in page.noise if entry["source"] != "network"]
    assert not spoken, f"the console is not empty: {spoken}"


def main():
    chromium, driver, *rest = sys.argv[1:]
    sidecar = None if rest[0] == "--base" else Sidecar(rest[0])
    base = rest[1] if sidecar is None else sidecar.base
    browser = None
    try:
        browser = Browser(chromium, driver)
        page = Page(browser, base.rstrip("/"), os.environ.get("TMA1_PAGE_PICTURES"))
        for look in [empty, live, opened, harmless, narrow, colours, linked, quiet_console]:
            step(look, page)
        if sidecar:
            step(away, page, sidecar)
    except (AssertionError, RuntimeError) as wrong:
        print(f"FAILED: {wrong}", file=sys.stderr)
        if browser:
            picture = os.path.join(tempfile.gettempdir(), "tma1-page-failed.png")
            browser.picture(picture)
            print(f"as it looked: {picture}; console: {browser.log('browser')}", file=sys.stderr)
        if sidecar:
            print(f"the sidecar said: {sidecar.said()}", file=sys.stderr)
        return 1
    finally:
        if browser:
            browser.close()
        if sidecar:
            sidecar.close()
    print("the status page is as it should be")
    return 0


def step(look, *with_what):
    look(*with_what)
    print(f"  {look.__name__}: ok", flush=True)


if __name__ == "__main__":
    sys.exit(main())
