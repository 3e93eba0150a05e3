//! A watcher's output cut into cycles, each of which becomes a run of its own.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::cycles::{Cycles, Edge, Verdict};
use super::ending::Unstarted;
use super::kept::{Kept, Listener};
use super::run::{Ran, Voice, verdict, with_output};
use crate::builds::report::RunReport;
use crate::builds::strip_ansi;
use crate::clock::Clock;
use crate::model::{BuildStatus, Millis, Severity};

/// What may wait to be read; of more than this the middle is passed over.
const MOST_WAITING: usize = 1024 * 1024;
/// A line is read so far.
const LONGEST_LINE: usize = 4096;
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) struct Watch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Reading>>,
    clock: Clock,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Heard>,
    changed: Condvar,
}

#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    at: Millis,
    over: bool,
}

struct Ear {
    shared: Arc<Shared>,
    clock: Clock,
}

impl Listener for Ear {
    fn heard(&self, bytes: &[u8]) {
        let mut heard = self.shared.lock();
        if heard.bytes.len() < MOST_WAITING {
            heard.bytes.extend_from_slice(bytes);
        }
        heard.at = self.clock.now_ms();
        drop(heard);
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was heard since, and whether that was all.
    fn next(&self) -> (Vec<u8>, Millis, bool) {
        let mut heard = self.lock();
        if heard.bytes.is_empty() && !heard.over {
            heard = self.changed.wait_timeout(heard, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0;
        }
        (std::mem::take(&mut heard.bytes), heard.at, heard.over)
    }
}

impl Watch {
    pub fn start(report: RunReport, clock: Clock, voice: Voice) -> Self {
        let shared = Arc::new(Shared::default());
        let mut reading = Reading::new(report, voice);
        let hearing = Arc::clone(&shared);
        let work = move || {
            loop {
                let (bytes, at, over) = hearing.next();
                reading.read(&bytes, at);
                if over {
                    return reading;
                }
                reading.quiet(clock.now_ms());
            }
        };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(work).ok();
        Self { shared, thread, clock }
    }

    pub fn listener(&self) -> Arc<dyn Listener> {
        Arc::new(Ear { shared: Arc::clone(&self.shared), clock: self.clock })
    }

    /// The watcher has ended; so has its last cycle.
    pub fn finish(self, ran: &Result<Ran, Unstarted>) {
        self.shared.lock().over = true;
        self.shared.changed.notify_one();
        if let Some(mut reading) = self.thread.and_then(|thread| thread.join().ok()) {
            reading.end(ran, self.clock.now_ms());
        }
    }
}

/// Reads lines and tells cycles.
struct Reading {
    report: RunReport,
    voice: Voice,
    cycles: Cycles,
    number: u32,
    kept: Kept,
    line: Vec<u8>,
}

impl Reading {
    fn new(report: RunReport, voice: Voice) -> Self {
        let at = report.started_at.unwrap_or_default();
        let mut reading =
            Self { report, voice, cycles: Cycles::new(), number: 0, kept: Kept::default(), line: Vec::new() };
        reading.begin(at);
        reading
    }

    fn read(&mut self, bytes: &[u8], at: Millis) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() > LONGEST_LINE {
                self.take_line(at);
            }
        }
    }

    fn take_line(&mut self, at: Millis) {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST_LINE)]).into_owned();
        let seen = self.cycles.line(strip_ansi(&text).trim(), at);
        for edge in seen.before {
            self.pass(edge, at);
        }
        self.kept.push(&line);
        if let Some(edge) = seen.after {
            self.pass(edge, at);
        }
    }

    fn quiet(&mut self, now: Millis) {
        if let Some(edge) = self.cycles.quiet(now) {
            // A prompt without an end is all that may be missing.
            let rest = std::mem::take(&mut self.line);
            self.kept.push(&rest);
            self.pass(edge, now);
        }
    }

    fn pass(&mut self, edge: Edge, at: Millis) {
        match edge {
            Edge::Begins => self.begin(at),
            Edge::Ends(verdict) => self.tell_end(verdict, at),
        }
    }

    fn begin(&mut self, at: Millis) {
        self.number += 1;
        self.kept = Kept::default();
        self.voice.tell(self.cycle(at));
        self.report.started_at = Some(at);
    }

    fn cycle(&self, started_at: Millis) -> RunReport {
        let run_id = format!("{}#{}", self.report.run_id, self.number);
        RunReport { run_id, started_at: Some(started_at), ..self.report.clone() }
    }

    fn tell_end(&mut self, verdict: Verdict, at: Millis) {
        let report = self.cycle(self.report.started_at.unwrap_or(at));
        let report = with_output(report, &self.kept.text());
        let is_red =
            report.diagnostics.iter().any(|d| d.severity == Severity::Error) || !report.failing_tests.is_empty();
        let status = match verdict {
            Verdict::Passed => Some(BuildStatus::Passed),
            Verdict::Failed => Some(BuildStatus::Failed),
            Verdict::Stopped => Some(BuildStatus::Stopped),
            Verdict::AsItLooks => is_red.then_some(BuildStatus::Failed),
        };
        self.voice.tell(RunReport { ended_at: Some(at), status, ..report });
    }

    fn end(&mut self, ran: &Result<Ran, Unstarted>, now: Millis) {
        if !self.line.is_empty() {
            self.take_line(now);
        }
        if !self.cycles.is_running() {
            return;
        }
        if let Err(unstarted) = ran {
            self.kept.push(unstarted.message.as_bytes());
        }
        let (status, code) = verdict(ran);
        let report = with_output(self.cycle(self.report.started_at.unwrap_or(now)), &self.kept.text());
        self.voice.tell(RunReport { ended_at: Some(now), status: Some(status), exit_code: Some(code), ..report });
    }
}
