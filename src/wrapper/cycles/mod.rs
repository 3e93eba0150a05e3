//! Where a watcher's cycles begin and end, and which way they went: told by what the watchers print, else by silence.

mod marks;
#[cfg(test)]
mod tests;

use crate::model::Millis;
use marks::Mark;

/// Silence that ends a cycle of a watcher that says nothing about its cycles.
const QUIET_MS: Millis = 1_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Begins,
    Ends(Verdict),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    /// Broken off by the next.
    Stopped,
    /// The watcher did not say: red if what it printed is, else nobody knows.
    AsItLooks,
}

/// What a line is for the cycles: edges before it, and one after it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub before: Vec<Edge>,
    pub after: Option<Edge>,
}

#[derive(Debug)]
pub(super) struct Cycles {
    running: Option<Running>,
    /// This watcher says where its cycles end: silence says nothing.
    ends_are_told: bool,
    /// It says where they begin: nothing else begins one.
    begins_are_told: bool,
}

#[derive(Debug, Default)]
struct Running {
    /// Of the last line; `None` while there is none.
    last: Option<Millis>,
    /// It began with words that say so.
    marked: bool,
    passed: bool,
    failed: bool,
}

impl Running {
    fn verdict(&self) -> Verdict {
        match (self.failed, self.passed) {
            (true, _) => Verdict::Failed,
            (false, true) => Verdict::Passed,
            (false, false) => Verdict::AsItLooks,
        }
    }
}

impl Cycles {
    /// The first begins with the watcher.
    pub fn new() -> Self {
        Self { running: Some(Running::default()), ends_are_told: false, begins_are_told: false }
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// `line` has no colours and no blanks around it.
    pub fn line(&mut self, line: &str, at: Millis) -> Seen {
        let mut seen = Seen::default();
        let mark = marks::mark(line);
        if mark == Some(Mark::Begins) {
            self.begins_are_told = true;
            match &mut self.running {
                Some(running) if running.marked => {
                    seen.before.push(Edge::Ends(Verdict::Stopped));
                    self.begin(&mut seen);
                }
                Some(_) => {}
                None => self.begin(&mut seen),
            }
            if let Some(running) = &mut self.running {
                running.marked = true;
            }
        } else if self.running.is_none() && self.may_begin(line, mark) {
            self.begin(&mut seen);
        }
        let Some(running) = &mut self.running else { return seen };
        if !line.is_empty() {
            running.last = Some(at);
        }
        match mark {
            Some(Mark::Passes) => running.passed = true,
            Some(Mark::Fails) => running.failed = true,
            Some(Mark::Ends(verdict)) => {
                self.ends_are_told = true;
                let verdict = if verdict == Verdict::AsItLooks { running.verdict() } else { verdict };
                seen.after = Some(Edge::Ends(verdict));
                self.running = None;
            }
            Some(Mark::Begins | Mark::Chatter) | None => {}
        }
        seen
    }

    /// Nothing was printed until `now`.
    pub fn quiet(&mut self, now: Millis) -> Option<Edge> {
        let running = self.running.as_ref().filter(|_| !self.ends_are_told)?;
        let last = running.last.filter(|last| now - last >= QUIET_MS)?;
        // A command that was announced prints its end, however long it is silent; other silence is an end.
        if running.marked && now - last < 20 * QUIET_MS {
            return None;
        }
        let verdict = running.verdict();
        self.running = None;
        Some(Edge::Ends(verdict))
    }

    fn begin(&mut self, seen: &mut Seen) {
        self.running = Some(Running::default());
        seen.before.push(Edge::Begins);
    }

    fn may_begin(&self, line: &str, mark: Option<Mark>) -> bool {
        !line.is_empty() && !self.begins_are_told && !matches!(mark, Some(Mark::Chatter | Mark::Ends(_)))
    }
}
