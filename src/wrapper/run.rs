//! One run from its start to its end: told, carried out, kept, told again.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::ending::{Ending, Unstarted};
use super::kept::{Keeper, Listener};
#[cfg(not(unix))]
use super::plain::Through;
use super::tell::{Delivery, Teller};
#[cfg(unix)]
use super::through::Through;
use super::watch::Watch;
use crate::builds;
use crate::builds::report::RunReport;
use crate::clock::Clock;
use crate::link::{self, Place};
use crate::model::{BuildKind, BuildStatus, Millis, ProcessId};

/// What is sent of the output: more than is stored, so that a secret across the cut is seen whole.
const HEAD: usize = 8 * 1024;
const TAIL: usize = 24 * 1024;
const DIAGNOSTICS: usize = 20;
const FAILING_TESTS: usize = 50;

/// A run that was asked to end may take so long to do so.
const ASKED_MS: Millis = 10_000;

/// What is to be run, and as what.
#[derive(Debug, Clone)]
pub struct Order {
    pub command: Vec<OsString>,
    /// Every cycle of it is a run of its own.
    pub watch: bool,
    pub tag: Option<String>,
    pub project_dir: Option<PathBuf>,
    /// The session of Claude Code whose shell this is.
    pub session: Option<String>,
    /// Else why nothing can be kept.
    pub delivery: Result<Delivery, String>,
}

/// What came of the command.
pub(super) struct Ran {
    pub ending: Ending,
    /// Somebody wanted it to end, a moment before it did.
    pub asked: bool,
}

/// Tells, where that is possible at all.
#[derive(Clone)]
pub(super) struct Voice(Option<Arc<Teller>>);

impl Voice {
    pub fn tell(&self, report: RunReport) {
        if let Some(teller) = &self.0 {
            teller.tell(report);
        }
    }
}

/// Runs it, and ends this process the way the command ended.
pub fn run(order: Order) -> ! {
    let through = Through::prepare();
    let clock = Clock::SYSTEM;
    let report = first_report(&order, clock);
    if let Ok(delivery) = &order.delivery {
        start_sidecar(&through, delivery);
    }
    let teller = order.delivery.map(|delivery| Arc::new(Teller::start(delivery)));
    let voice = Voice(teller.as_ref().ok().cloned());
    let ran = if order.watch {
        let watch = Watch::start(report, clock, voice);
        let ran = through.carry_out(&order.command, &watch.listener());
        watch.finish(&ran);
        ran
    } else {
        voice.tell(report.clone());
        let keeper = Arc::new(Keeper::default());
        let listener: Arc<dyn Listener> = keeper.clone();
        let ran = through.carry_out(&order.command, &listener);
        voice.tell(last_report(report, &ran, &keeper.text(), clock.now_ms()));
        ran
    };
    let kept = teller.and_then(|teller| teller.finish().map_err(|error| error.to_string()));
    if let Err(error) = kept {
        remark(&format!("tma1 build: the result was not kept: {error}"));
    }
    match ran {
        Ok(ran) => through.leave(ran.ending),
        Err(unstarted) => std::process::exit(unstarted.code),
    }
}

/// Beside the command, where none runs: it takes what is told.
fn start_sidecar(through: &Through, delivery: &Delivery) {
    let runs = || link::wait_until_up(&Place::new(&delivery.data_dir), Instant::now());
    if !delivery.autostart || runs() {
        return;
    }
    if let Ok(exe) = std::env::current_exe() {
        through.start_beside(&[exe.into_os_string(), "serve".into(), "--detach".into()]);
    }
}

/// Standard error may be gone.
pub(super) fn remark(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Since when a request to end counts.
pub(super) fn asked_since() -> Millis {
    Clock::SYSTEM.now_ms() - ASKED_MS
}

fn first_report(order: &Order, clock: Clock) -> RunReport {
    let words: Vec<String> = order.command.iter().map(|word| quoted(&word.to_string_lossy())).collect();
    let command = words.join(" ");
    let known = builds::classify(&command);
    let program = || {
        let program = order.command.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        program.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let tag = order.tag.clone().filter(|tag| !tag.trim().is_empty());
    let absolute = |dir: &PathBuf| std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
    RunReport {
        run_id: super::fresh_id(),
        session: order.session.clone(),
        kind: known.as_ref().map_or(BuildKind::Build, |known| known.kind),
        tag: tag.or(known.map(|known| known.family)).unwrap_or_else(program),
        command,
        cwd: std::env::current_dir().ok().map(|dir| dir.to_string_lossy().into_owned()),
        project_dir: order.project_dir.as_ref().map(|dir| absolute(dir).to_string_lossy().into_owned()),
        started_at: Some(clock.now_ms()),
        status: Some(BuildStatus::Running),
        process: Some(ProcessId { pid: std::process::id(), started: own_start() }),
        ..RunReport::default()
    }
}

fn last_report(report: RunReport, ran: &Result<Ran, Unstarted>, output: &str, now: Millis) -> RunReport {
    let (status, code) = verdict(ran);
    let output = match ran {
        Ok(_) => output,
        Err(unstarted) => &unstarted.message,
    };
    RunReport { ended_at: Some(now), status: Some(status), exit_code: Some(code), ..with_output(report, output) }
}

pub(super) fn verdict(ran: &Result<Ran, Unstarted>) -> (BuildStatus, i32) {
    match ran {
        Ok(ran) => (ran.ending.status(ran.asked), ran.ending.code()),
        Err(unstarted) => (BuildStatus::Failed, unstarted.code),
    }
}

/// With what the output says, and both its ends.
pub(super) fn with_output(report: RunReport, output: &str) -> RunReport {
    RunReport {
        diagnostics: builds::diagnostics(output, DIAGNOSTICS),
        failing_tests: builds::failing_tests(output, FAILING_TESTS),
        tail: (!output.is_empty()).then(|| builds::excerpt(output, HEAD, TAIL).into_owned()),
        ..report
    }
}

/// As it would be typed.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// When this process began, in the system's own unit; 0 where it is not told.
fn own_start() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in front may hold anything, blanks and parentheses too.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    fields.split_ascii_whitespace().nth(19).and_then(|field| field.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(words: &[&str]) -> Order {
        Order {
            command: words.iter().map(OsString::from).collect(),
            watch: false,
            tag: None,
            project_dir: None,
            session: None,
            delivery: Err("nowhere".to_owned()),
        }
    }

    #[test]
    fn a_run_is_named_after_what_it_runs() {
        for (words, tag, kind, command) in [
            (&["cargo", "test", "-p", "a b"][..], "cargo test", BuildKind::Test, "cargo test -p 'a b'"),
            (&["/opt/do it/run.sh", "it's"], "run.sh", BuildKind::Build, r"'/opt/do it/run.sh' 'it'\''s'"),
            (&["sh", "-c", "tsc --noEmit"], "tsc", BuildKind::TypeCheck, "sh -c 'tsc --noEmit'"),
        ] {
            let report = first_report(&order(words), Clock::fixed(7));
            assert_eq!((report.tag.as_str(), report.kind, report.command.as_str()), (tag, kind, command));
            assert_eq!((report.started_at, report.status), (Some(7), Some(BuildStatus::Running)));
        }
        let named = Order { tag: Some("unit".to_owned()), ..order(&["cargo", "test"]) };
        assert_eq!(first_report(&named, Clock::SYSTEM).tag, "unit");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_process_is_told() {
        let process = first_report(&order(&["true"]), Clock::SYSTEM).process.unwrap();
        assert!(process.pid == std::process::id() && process.started > 0);
    }

    #[test]
    fn the_end_says_how_and_why() {
        let report = first_report(&order(&["make"]), Clock::fixed(1));
        let ran = Ok(Ran { ending: Ending::Exited(2), asked: false });
        let end = last_report(report.clone(), &ran, "a.c:3:5: error: no\n", 9);
        assert_eq!((end.status, end.exit_code, end.ended_at), (Some(BuildStatus::Failed), Some(2), Some(9)));
        assert_eq!((end.diagnostics.len(), end.tail.as_deref()), (1, Some("a.c:3:5: error: no\n")));
        let never = Err(Unstarted { code: 127, message: "make: command not found".to_owned() });
        let end = last_report(report, &never, "", 9);
        assert_eq!((end.exit_code, end.tail.as_deref()), (Some(127), Some("make: command not found")));
    }
}
