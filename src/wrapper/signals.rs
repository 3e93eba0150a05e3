//! Signals while a command runs: it is to be reached by each exactly as if it had been started without us.
//!
//! It shares our process group, so that whatever the terminal sends reaches both: nothing is passed on then. A signal
//! that somebody sent to us alone is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, raise};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, poll};

use super::terminal::Terminal;
use crate::clock::Clock;

/// Taken note of instead of being obeyed. Nobody gets them but the thread that waits for them.
const HELD: &[Signal] = &[
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGTSTP,
    Signal::SIGTTIN,
    Signal::SIGTTOU,
    Signal::SIGCONT,
    Signal::SIGWINCH,
];

/// A command that catches a signal may have been sent it as well, with us. If so it usually ends within this time.
const GRACE: Duration = Duration::from_millis(200);
const STEP: Duration = Duration::from_millis(10);

/// Held back in this thread and in those that it starts.
pub(super) struct Signals {
    held: SigSet,
    /// What was held back before, and is in what we start.
    usual: SigSet,
}

/// When the run was last asked to end, in UTC milliseconds; 0: never.
#[derive(Debug, Default)]
pub(super) struct Asked(AtomicI64);

impl Asked {
    fn note(&self, signal: Signal) {
        if matches!(signal, Signal::SIGHUP | Signal::SIGINT | Signal::SIGQUIT | Signal::SIGTERM) {
            self.0.store(Clock::SYSTEM.now_ms(), Ordering::Release);
        }
    }

    pub fn to_end_since(&self, since: i64) -> bool {
        let at = self.0.load(Ordering::Acquire);
        at > 0 && at >= since
    }
}

impl Signals {
    /// Before any other thread is started.
    pub fn hold() -> Self {
        let held: SigSet = HELD.iter().copied().collect();
        // Where that fails they do to us what they usually do.
        let usual = held.thread_swap_mask(SigmaskHow::SIG_BLOCK).unwrap_or_else(|_| SigSet::empty());
        Self { held, usual }
    }

    /// For a process that is to have nothing held back that would not be without us.
    pub fn usual(&self) -> &SigSet {
        &self.usual
    }

    /// The command may have ended by a signal before ours was looked at.
    pub fn catch_up(&self, asked: &Asked) {
        if let Ok(ears) = Ears::new(self.held) {
            while let Some(came) = ears.pending() {
                asked.note(came.signal);
            }
        }
    }

    /// Sees to them as long as the command lives.
    pub fn attend(&self, child: Pid, terminals: Vec<Arc<Terminal>>, asked: Arc<Asked>) -> io::Result<()> {
        let ears = Ears::new(self.held)?;
        let attending = move || {
            while let Some(came) = ears.next() {
                attend(&came, child, &terminals, &asked);
            }
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(attending).map(drop)
    }
}

struct Came {
    signal: Signal,
    from: From,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// The terminal, that is the whole process group got it.
    Terminal,
    Process(i32),
}

fn attend(came: &Came, child: Pid, terminals: &[Arc<Terminal>], asked: &Asked) {
    match came.signal {
        Signal::SIGWINCH => {
            // The command may have looked at the size before it was changed, so it is told once more. So are we; then
            // the size is no other.
            if terminals.iter().fold(false, |changed, terminal| terminal.resize() | changed) {
                let _ = kill(Pid::from_raw(0), Signal::SIGWINCH);
            }
            return;
        }
        // The kernel wakes us before anybody can ask.
        Signal::SIGCONT => return,
        _ => asked.note(came.signal),
    }
    match came.from {
        From::Process(sender) if sender != child.as_raw() => {
            pass_on(child, came.signal);
        }
        // One that the command sent to its whole group is its own business.
        From::Terminal | From::Process(_) => {}
    }
}

fn pass_on(child: Pid, signal: Signal) {
    if !catches(child, signal) {
        // Sent to it as well, it would be gone by now.
        let _ = kill(child, signal);
        return;
    }
    let signal = move || {
        let mut waited = Duration::ZERO;
        while waited < GRACE {
            sleep(STEP);
            waited += STEP;
            if kill(child, None).is_err() {
                return;
            }
        }
        let _ = kill(child, signal);
    };
    let _ = std::thread::Builder::new().name("pass on".to_owned()).spawn(signal);
}

/// Whether the command has a say in what `signal` does to it. When in doubt, yes.
fn catches(child: Pid, signal: Signal) -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let caught = std::fs::read_to_string(format!("/proc/{child}/status")).ok().and_then(|status| {
        let set = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?.trim().to_owned();
        u64::from_str_radix(&set, 16).ok()
    });
    caught.is_none_or(|caught| caught & (1 << (signal as i32 - 1)) != 0)
}

#[cfg(target_os = "linux")]
struct Ears(nix::sys::signalfd::SignalFd);

#[cfg(target_os = "linux")]
impl Ears {
    fn new(held: SigSet) -> io::Result<Self> {
        use nix::sys::signalfd::{SfdFlags, SignalFd};
        Ok(Self(SignalFd::with_flags(&held, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?))
    }

    fn next(&self) -> Option<Came> {
        loop {
            let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
            if !matches!(poll(&mut fds, None), Ok(_) | Err(rustix::io::Errno::INTR)) {
                return None;
            }
            if let Some(came) = self.pending() {
                return Some(came);
            }
        }
    }

    fn pending(&self) -> Option<Came> {
        /// What the kernel puts where a sender would put how it sent.
        const BY_KERNEL: i32 = 0x80;
        let told = self.0.read_signal().ok()??;
        let signal = Signal::try_from(i32::try_from(told.ssi_signo).ok()?).ok()?;
        let from = match told.ssi_code {
            BY_KERNEL => From::Terminal,
            _ => From::Process(told.ssi_pid.cast_signed()),
        };
        Some(Came { signal, from })
    }
}

#[cfg(not(target_os = "linux"))]
struct Ears(SigSet);

#[cfg(not(target_os = "linux"))]
impl Ears {
    #[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
    fn new(held: SigSet) -> io::Result<Self> {
        Ok(Self(held))
    }

    /// Who sent it is not told here: what a terminal in front can send was sent by it.
    fn next(&self) -> Option<Came> {
        let signal = self.0.wait().ok()?;
        let by_keys = matches!(signal, Signal::SIGINT | Signal::SIGQUIT | Signal::SIGTSTP);
        let front = || rustix::termios::tcgetpgrp(rustix::stdio::stdin()).ok() == Some(rustix::process::getpgrp());
        let from = if by_keys && front() { From::Terminal } else { From::Process(0) };
        Some(Came { signal, from })
    }

    #[expect(clippy::unused_self, reason = "as elsewhere")]
    fn pending(&self) -> Option<Came> {
        None
    }
}

/// In a process that we started from a thread where they are held back.
pub(super) fn let_go() {
    let _ = HELD.iter().copied().collect::<SigSet>().thread_unblock();
}

/// Stops this process as `signal` does, until it is continued.
pub(super) fn stop_by(signal: Signal) {
    obey(signal);
}

/// Ends this process as `signal` does. Returns where that signal can't end it.
pub(super) fn end_by(signal: i32) {
    let Ok(signal) = Signal::try_from(signal) else { return };
    // The command's memory is of interest, ours is not.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    obey(signal);
    // The first of some is taken for a fault of the program, which then only stops looking out for them.
    if matches!(signal, Signal::SIGSEGV | Signal::SIGBUS) {
        obey(signal);
    }
}

fn obey(signal: Signal) {
    let alone: SigSet = [signal].into_iter().collect();
    let _ = raise(signal);
    let _ = alone.thread_unblock();
    if HELD.contains(&signal) {
        let _ = alone.thread_block();
    }
}
