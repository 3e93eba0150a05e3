"""What the status page must do, in the order in which a person would see it: empty, live, opened, narrow, dark, away."""

import json
import os
import sys
import tempfile

from browser import Browser, until
from sidecar import SESSION, Sidecar, bash, get, post, read, write

EVIL = "</script><img src=x onerror=\"window.hit=1\"><b>bold</b> \u202egnp.exe \u05e9\u05dc\u05d5\u05dd \U0001f9e8"
ESCAPE, ENTER = "\ue00c", "\ue007"


class Page:
    def __init__(self, browser, base, pictures):
        self.browser, self.base, self.pictures = browser, base, pictures
        self.seen, self.noise = [], []

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def shows(self, selector, words):
        until(lambda: f"{selector} shows {words!r}, not {self.text(selector)[:300]!r}", lambda: words in self.text(selector))

    def closed(self):
        until("the timeline closes", lambda: not self.browser.run("return document.querySelector('dialog').open"))

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


# Adds up what moves by itself, and keeps the page from looking again by itself: only the stream tells it.
WATCHED = """
  window.moved = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.moved += e.value; })
    .observe({ type: 'layout-shift', buffered: true });
  window.unpolled = true;
  const wait = window.setTimeout;
  window.setTimeout = (does, ms, ...more) => window.unpolled && ms > 2000 ? 0 : wait(does, ms, ...more);
"""


def empty(page):
    watching = page.browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCHED)
    page.browser.open(page.base + "/")
    page.browser.cdp("Page.removeScriptToEvaluateOnNewDocument", **watching)
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
    page.browser.run("window.unpolled = false")
    page.picture("live")


def worked(page, sidecar):
    """A project on the disk: what a person changes there, and a build that is red."""
    app = f"{sidecar.home}/app"
    os.makedirs(f"{app}/.git/refs/heads")
    write(f"{app}/.git/HEAD", "ref: refs/heads/main\n")
    second = SESSION.replace("0001", "0002")
    post(page.base, "SessionStart", session=second, source="startup", cwd=app)
    watched = lambda: (get(page.base, "/status")["sidecar"]["counters"].get("watched_projects") or 0) > 0
    until("the project is watched", watched)
    post(page.base, "UserPromptSubmit", session=second, prompt="go on", prompt_id="p1", cwd=app)
    bash(page.base, "PreToolUse", "toolu_other", "cargo build", session=second, cwd=app)
    bash(page.base, "PostToolUseFailure", "toolu_other", "cargo build", session=second, cwd=app, error="Exit code 101\nerror: no")
    page.shows("#projects", "✗ cargo build")
    page.shows("#projects", "main")
    number = iter(range(1000))

    def seen():
        # The tree is known a moment after it is watched; what was written before was always there.
        write(f"{app}/notes-{next(number)}.txt", "by hand\n")
        return "notes-" in page.text("#projects")

    until("a file that was written is shown", seen)
    page.shows("#projects", "a person")
    page.picture("worked")
    post(page.base, "SessionEnd", session=second, reason="other", cwd=app)
    alone(page)


def signalled(page, sidecar):
    """What an agent was told, and how a person says that it should not be."""
    click = lambda name: page.browser.run("document.querySelector(`button[aria-label='${arguments[0]}']`).click()", name)
    pressed = lambda name: page.browser.run("return document.querySelector(`button[aria-label='${arguments[0]}']`).ariaPressed", name)
    saved = lambda: json.loads(read(f"{sidecar.home}/data/settings.json"))
    page.shows("#s-none", "Nothing to tell")
    third = SESSION.replace("0001", "0003")
    post(page.base, "SessionStart", session=third, source="startup", cwd=f"{sidecar.home}/app")
    post(page.base, "UserPromptSubmit", session=third, prompt="build it", prompt_id="p1", cwd=f"{sidecar.home}/app")
    for n in range(3):
        call = {"session": third, "cwd": f"{sidecar.home}/app"}
        bash(page.base, "PreToolUse", f"toolu_b{n}", "cargo build", **call)
        bash(page.base, "PostToolUseFailure", f"toolu_b{n}", "cargo build", error="Exit code 101\nerror: broken <b>here</b>", **call)
    page.shows("#findings", "repeated failed build")
    page.shows("#findings", "told after a tool")
    page.shows("#findings", "build it")
    page.browser.run("document.querySelector('#s-about').open = true")
    page.shows("#s-about", "1 told today")
    click("Mute repeated failed build")
    until("the button is down", lambda: pressed("Mute repeated failed build") == "true")
    assert saved() == {"signals": {"mute": ["repeated_failed_build"]}}, saved()
    click("Pin repeated failed build")
    until("a pinned kind is not muted", lambda: pressed("Mute repeated failed build") == "false")
    assert saved() == {"signals": {"pin": ["repeated_failed_build"]}}, saved()
    page.browser.run("document.querySelector('#s-form').closest('details').open = true")
    fill(page, "f-budgets-day_usd", "20")
    fill(page, "f-signals-context_pressure_share", "75")
    page.browser.run("document.querySelector('#f-budgets-enforce').click()")
    page.picture("signals")
    page.browser.run("document.querySelector('#s-save').click()")
    page.shows("#s-said", "Saved")
    want = {"pin": ["repeated_failed_build"], "context_pressure_share": 0.75}
    assert saved() == {"signals": want, "budgets": {"day_usd": 20, "enforce": True}}, saved()
    fill(page, "f-signals-notes_per_day", "many")
    page.browser.run("document.querySelector('#s-save').click()")
    page.shows("#s-said", "expected a whole number from 0 to 1000")
    assert saved()["signals"] == want, "a wrong value was saved"
    assert page.browser.run("return document.querySelector('#f-signals-notes_per_day').ariaInvalid") == "true"
    page.picture("signals-refused")
    # A browser writes of what was refused by itself; nothing else may stand in the console.
    page.collect()
    page.noise = [entry for entry in page.noise if not (entry["source"] == "network" and "/api/settings" in entry["message"])]
    fill(page, "f-signals-notes_per_day", "")
    page.browser.run("document.querySelector('#s-save').click()")
    page.shows("#s-said", "Saved")
    shown = "return document.querySelector('#f-signals-notes_per_day').value"
    until("the default is shown again", lambda: page.browser.run(shown) == "5")
    # What another writes into the file is shown, and what is wrong with it.
    write(f"{sidecar.home}/data/settings.json", '{"signals": {"notes_per_day": 7}, "budgets": 5}')
    until("the page follows the file", lambda: page.browser.run(shown) == "7")
    page.shows("#signals", "expected an object")
    write(f"{sidecar.home}/data/settings.json", "{}")
    until("the problem is over", lambda: "expected an object" not in page.text("#signals"))
    unnamed = page.browser.run(
        "return [...document.querySelectorAll('#signals input')].filter(e => !e.labels.length).length"
        " + [...document.querySelectorAll('#signals button')].filter(e => !e.hidden && !(e.ariaLabel || e.innerText)).length"
    )
    assert unnamed == 0, f"{unnamed} controls have no name"
    page.browser.size(375, 812)
    page.narrow_enough()
    page.browser.run("document.querySelector('#signals').scrollIntoView()")
    page.picture("signals-phone")
    page.browser.scheme("dark")
    page.picture("signals-phone-dark")
    page.browser.scheme("light")
    page.browser.size(1280, 900)
    page.browser.run("for (const e of document.querySelectorAll('#signals details')) e.open = false; scrollTo(0, 0)")
    post(page.base, "SessionEnd", session=third, reason="other", cwd=f"{sidecar.home}/app")
    page.shows("#s-none", "Nothing to tell")
    alone(page)


def fill(page, name, text):
    page.browser.run(
        "const e = document.getElementById(arguments[0]); e.focus(); e.value = arguments[1];"
        " e.dispatchEvent(new Event('input', { bubbles: true }))", name, text,
    )


def alone(page):
    one = lambda: page.browser.run("return document.querySelectorAll('#live .title').length") == 1
    until("the session that ended is no longer shown as live", one)


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
    page.closed()
    assert page.browser.run("return document.activeElement.classList.contains('title')"), "the focus comes back"
    assert page.browser.run("return location.hash") == "", "the address names no session any more"


def paged(page):
    for n in range(60):
        bash(page.base, "PreToolUse", f"toolu_p{n}", f"step {n}")
        bash(page.base, "PostToolUse", f"toolu_p{n}", f"step {n}", tool_response={"stdout": ""}, duration_ms=1)
    post(page.base, "Stop", stop_hook_active=False, last_assistant_message="sixty steps")
    page.browser.run("document.querySelector('#live .title').click()")
    page.shows("#items", "step 59")

    def everything():
        page.browser.run("document.querySelector('#t-more:not([hidden]):not([disabled])')?.click()")
        return page.browser.run("return document.querySelector('#t-more').hidden")

    until("Earlier leads to the first prompt", everything)
    done, said = page.browser.run("return ['.done', '.user'].map(kind => document.querySelectorAll('#items ' + kind).length)")
    assert (done, said) == (62, 1), f"{done} calls and {said} prompts of 62 and 1"
    page.browser.run("document.querySelector('#t-close').click()")
    page.closed()


def listed(page):
    for n in range(30):
        session = f"0ddba11{n:x}-0000-4000-8000-000000000002"
        post(page.base, "UserPromptSubmit", session, prompt=f"errand {n}", prompt_id=f"e{n}")
        post(page.base, "SessionEnd", session, reason="prompt_input_exit")
    page.shows("#sessions", "errand 29")

    def everything():
        page.browser.run("document.querySelector('#older:not([hidden]):not([disabled])')?.click()")
        return page.browser.run("return document.querySelectorAll('#sessions > li').length") >= 30

    until("Show more leads to the first session", everything)
    page.shows("#sessions", "errand 0")
    page.shows("#live .doing", "waiting for you")


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
    page.closed()
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
    page.shows("#items", "step 59")
    page.browser.run("document.querySelector('#t-close').click()")
    page.shows("#live", "cargo test --lib auth")


def quiet_console(page):
    page.collect()
    assert not page.noise, f"the console is not empty: {page.noise}"
    # The browser's own first tab is of another scheme.
    asked = [url for url in page.seen if url.startswith(("http", "ws"))]
    foreign = [url for url in asked if not url.startswith(page.base + "/")]
    assert asked and not foreign, f"asked elsewhere: {foreign}"


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
        if sidecar:
            sidecar.start()
        browser = Browser(chromium, driver)
        page = Page(browser, base.rstrip("/"), os.environ.get("TMA1_PAGE_PICTURES"))
        for look in [empty, live]:
            step(look, page)
        if sidecar:
            step(worked, page, sidecar)
            step(signalled, page, sidecar)
        for look in [opened, narrow, colours, paged, listed, linked, harmless, quiet_console]:
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
