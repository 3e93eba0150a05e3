//! `tma1 hook`: one event from an agent to the sidecar, and its answer back.
//!
//! Ends within 300 ms with exit code 0 whatever happens. An event that the sidecar does not take goes to the spool;
//! one that can't go there either is counted.

mod arguments;
pub(crate) mod input;
mod limits;
mod message;
mod safe;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::clock::Clock;
use crate::link::{self, LinkError, Place};
use crate::paths;
use crate::redact::Level;
use crate::spool::{Entry, MUTE, Spool};
use arguments::Arguments;
use input::Input;
use limits::{Fate, Limits};
use message::{Told, post};

pub use safe::entry as safe;

/// Variables that tell an agent, a session or a project.
const HINTS: &[&str] = &[
    "CLAUDE_PROJECT_DIR",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_PID",
    "CLAUDE_CODE_ENTRYPOINT",
    "CODEX_HOME",
    "CODEX_THREAD_ID",
    "COPILOT_AGENT_SESSION_ID",
    "COPILOT_CLI",
    "COPILOT_PROJECT_DIR",
    "GEMINI_CLI",
    "GEMINI_PROJECT_DIR",
    "GEMINI_SESSION_ID",
];

/// The payload of `tma1 doctor`, which asks whether an event gets through: the sidecar answers it and keeps nothing.
pub const DOCTOR: &[u8] = br#"{"tma1":"doctor"}"#;

/// Longer than any path; more than that is nobody's session.
const LONGEST_HINT: usize = 4096;

/// An answer usually comes in two milliseconds. After so many the event is made ready for the spool.
const SLOW: Duration = Duration::from_millis(20);

/// After so many it goes there, and the answer is waited for all the same: a machine that is this slow may not manage
/// both one after the other. Should the sidecar have stored it, it knows the event by its id.
const TOO_SLOW: Duration = Duration::from_millis(40);

pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let limits = Limits::from(Instant::now());
    // An agent may show what is said here, and nobody asked it to.
    std::panic::set_hook(Box::new(|_| {}));
    let _ = catch_unwind(AssertUnwindSafe(|| start(arguments::read(args), limits)));
    ExitCode::SUCCESS
}

fn start(arguments: Arguments, limits: Limits) {
    // A person at a terminal sees how it is used instead of nothing.
    if arguments.help || std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return print(arguments::USAGE.as_bytes());
    }
    let Some(data_dir) = data_dir(&arguments) else {
        // Some agents fail when nobody reads.
        drop(input::read(std::io::stdin(), limits.input(), limits.excess()));
        return;
    };
    let fate = Arc::new(Fate::default());
    let watched = data_dir.clone();
    limits.watch(Arc::clone(&fate), move || Spool::new(&watched).count_lost());
    let call = Call { arguments, data_dir, limits, fate };
    let _ = catch_unwind(AssertUnwindSafe(|| call.run()));
    if call.fate.lose() {
        Spool::new(&call.data_dir).count_lost();
    }
}

struct Call {
    arguments: Arguments,
    data_dir: PathBuf,
    limits: Limits,
    /// Still open at the end means lost.
    fate: Arc<Fate>,
}

impl Call {
    fn run(&self) {
        let body = match input::read(std::io::stdin(), self.limits.input(), self.limits.excess()) {
            Input::Whole(body) => body,
            Input::Nothing => return self.fate.keep(),
            Input::Unusable => return,
        };
        if body == DOCTOR {
            return self.knock(body);
        }
        let event = Arc::new(Event {
            entry: self.entry(body),
            safe: OnceLock::new(),
            kept: OnceLock::new(),
            spool: Spool::new(&self.data_dir),
            data_dir: self.data_dir.clone(),
            limits: self.limits,
            fate: Arc::clone(&self.fate),
        });
        event.see_to_it();
        match self.tell(&event.entry) {
            Told::Kept(answer) => {
                self.fate.keep();
                if !mute() {
                    print(&answer);
                }
            }
            Told::NotKept => event.keep(),
            Told::Refused => {}
        }
    }

    /// Nothing happened, so there is nothing to keep where nobody answers.
    fn knock(&self, body: Vec<u8>) {
        self.fate.keep();
        if let Told::Kept(answer) = self.tell(&self.entry(body)) {
            print(&answer);
        }
    }

    fn entry(&self, body: Vec<u8>) -> Entry {
        let hints = HINTS.iter().filter_map(|name| {
            let value = env(name).filter(|value| !value.is_empty() && value.len() <= LONGEST_HINT)?;
            Some(((*name).to_owned(), value))
        });
        Entry {
            id: fresh_id(),
            at: Clock::SYSTEM.now_ms(),
            source: self.arguments.agent.clone(),
            envelope: Some(if mute() { MUTE.to_owned() } else { self.arguments.agent.clone() }),
            event: self.arguments.event.clone(),
            process: link::agent_process(&env),
            hints: hints.collect(),
            body,
        }
    }

    fn tell(&self, entry: &Entry) -> Told {
        let place = Place::new(&self.data_dir);
        let told = match self.ask(&place, entry) {
            // One that is just ending still has a socket for a moment. The next one knows the event by its id.
            Err(LinkError::Broken(_)) => self.ask(&place, entry),
            told => told,
        };
        told.unwrap_or(Told::NotKept)
    }

    fn ask(&self, place: &Place, entry: &Entry) -> Result<Told, LinkError> {
        match post(place, entry, self.limits.answer()) {
            Err(LinkError::NotRunning) if is_on("TMA1_AUTOSTART", true) && self.start_sidecar(place) => {
                post(place, entry, self.limits.answer())
            }
            told => told,
        }
    }

    fn start_sidecar(&self, place: &Place) -> bool {
        std::env::current_exe().is_ok_and(|exe| link::start(place, &exe, std::env::vars_os(), self.limits.up()))
    }
}

struct Event {
    entry: Entry,
    safe: OnceLock<Entry>,
    /// Whether the spool has it, once that was tried.
    kept: OnceLock<bool>,
    data_dir: PathBuf,
    spool: Spool,
    limits: Limits,
    fate: Arc<Fate>,
}

impl Event {
    /// Looks after the event while the sidecar is waited for.
    fn see_to_it(self: &Arc<Self>) {
        let event = Arc::clone(self);
        let begin = Instant::now();
        let _ = std::thread::Builder::new().spawn(move || {
            limits::sleep_until(begin + SLOW);
            if event.fate.is_open() {
                event.safe();
            }
            limits::sleep_until(begin + TOO_SLOW);
            if event.fate.is_open() {
                event.keep();
            }
        });
    }

    /// Puts it into the spool, once.
    fn keep(&self) {
        if *self.kept.get_or_init(|| self.spool.append(self.safe(), self.limits.spool()).is_ok()) {
            self.fate.keep();
        }
    }

    /// As it may lie on the disk.
    fn safe(&self) -> &Entry {
        self.safe.get_or_init(|| safe::entry(&self.entry, level(&self.data_dir)))
    }
}

fn data_dir(arguments: &Arguments) -> Option<PathBuf> {
    if let Some(dir) = &arguments.data_dir {
        return Some(dir.clone());
    }
    let setting = env("TMA1_DATA_DIR").filter(|dir| !dir.is_empty());
    let home = env("HOME").or_else(|| env("USERPROFILE")).filter(|home| !home.is_empty());
    match (home, setting) {
        (Some(home), setting) => Some(paths::data_dir(setting.as_deref(), Path::new(&home))),
        (None, setting) => setting.map(PathBuf::from),
    }
}

/// This agent is told nothing, whatever others are.
fn mute() -> bool {
    is_on("TMA1_DISABLE_INJECTION", false)
}

/// A level that nobody knows must not be less than usual, and of one in the file nobody understands, all.
fn level(data_dir: &Path) -> Level {
    if let Some(level) = env("TMA1_REDACTION").filter(|level| !level.trim().is_empty()) {
        return level.trim().parse().unwrap_or(Level::Preview);
    }
    let saved = std::fs::read(data_dir.join("settings.json")).ok();
    let saved: Option<Saved> = saved.and_then(|json| serde_json::from_slice(&json).ok());
    match saved.and_then(|saved| saved.redaction) {
        None => Level::Preview,
        Some(level) => level.as_str().and_then(|level| level.trim().parse().ok()).unwrap_or(Level::Full),
    }
}

/// As much of the settings as the spool needs.
#[derive(serde::Deserialize)]
struct Saved {
    redaction: Option<serde_json::Value>,
}

fn is_on(name: &str, usually: bool) -> bool {
    match env(name).as_deref().map(str::trim) {
        None | Some("") => usually,
        Some(value) => !["0", "false", "no", "off"].iter().any(|off| value.eq_ignore_ascii_case(off)),
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn fresh_id() -> String {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        // Two calls of one process number in one nanosecond do not happen.
        bytes = (now().as_nanos() << 32 ^ u128::from(std::process::id())).to_le_bytes();
    }
    format!("{:032x}", u128::from_le_bytes(bytes))
}

/// Nobody who hung up is owed an answer.
fn print(answer: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(answer).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_look_alike() {
        let (a, b) = (fresh_id(), fresh_id());
        assert!(a != b && a.len() == 32 && a.bytes().all(|byte| byte.is_ascii_hexdigit()), "{a} {b}");
    }
}
