"""What held and what did not, a line each."""

import sys
import time


class Report:
    def __init__(self):
        self.failed, self.checks = [], 0
        self.where = ""
        self.started = time.monotonic()

    def story(self, name):
        self.where = name
        print(f"\n== {name}", flush=True)

    def check(self, name, holds, said=""):
        """Notes and answers whether it holds; `said` is shown where it does not."""
        self.checks += 1
        if holds:
            print(f"  ok    {name}", flush=True)
        else:
            self.failed.append(f"{self.where}: {name}")
            print(f"  FAIL  {name}", flush=True)
            for line in str(said)[:3000].splitlines():
                print(f"        {line}", flush=True)
        return bool(holds)

    def note(self, text):
        print(f"  note  {text}", flush=True)

    def end(self):
        took = time.monotonic() - self.started
        print(f"\n{self.checks} checks, {len(self.failed)} failed, {took:.0f} s")
        for line in self.failed:
            print(f"  {line}", file=sys.stderr)
        return 1 if self.failed else 0
