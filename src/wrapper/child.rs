//! The command as a process: started, followed through its stops, and how it ended.

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions, WaitOptions, waitid, waitpid};

use super::ending::{Ending, Unstarted};
use super::signals;
use super::spawn::spawn;
use super::streams::Prepared;

/// From being told to go on until that is seen.
const CONTINUED_WITHIN: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy)]
pub(super) struct Child(Pid);

pub(super) fn start(words: &[OsString], prepared: Option<&Prepared>, held: &SigSet) -> Result<Child, Unstarted> {
    let started = spawn(words, prepared.map(Prepared::ends), held);
    let program = words.first().map(OsString::as_os_str).unwrap_or_default();
    started.map(Child).map_err(|error| Unstarted::because(program, &error))
}

impl Child {
    pub fn pid(self) -> Pid {
        self.0
    }

    /// Waits for its end, and stops where it stops. `settle` is called before.
    pub fn wait(self, settle: &dyn Fn()) -> io::Result<Ending> {
        let pid = rustix::process::Pid::from_raw(self.0.as_raw());
        loop {
            let status = match waitpid(pid, WaitOptions::UNTRACED) {
                Ok(Some((_, status))) => status,
                Ok(None) | Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            if let Some(code) = status.exit_status() {
                return Ok(Ending::Exited(code));
            }
            if let Some(signal) = status.terminating_signal() {
                return Ok(Ending::Killed(signal));
            }
            if let Some(signal) = status.stopping_signal().and_then(|number| Signal::try_from(number).ok()) {
                settle();
                self.stop_with(signal);
            }
        }
    }

    /// Whoever controls jobs sees us stop, and continues both of us.
    fn stop_with(self, signal: Signal) {
        if self.was_continued() || !has_terminal() {
            return;
        }
        if matches!(signal, Signal::SIGTTIN | Signal::SIGTTOU) && is_in_front() {
            // Brought to the front in between, which let nobody go on, as nobody was seen to stop.
            let _ = kill(Pid::from_raw(0), Signal::SIGCONT);
            return;
        }
        signals::stop_by(signal);
        std::thread::sleep(CONTINUED_WITHIN);
        if !self.was_continued() {
            let _ = kill(self.0, Signal::SIGCONT);
        }
    }

    fn was_continued(self) -> bool {
        let Some(pid) = rustix::process::Pid::from_raw(self.0.as_raw()) else { return false };
        // Its end is not to be taken note of here.
        let continued = WaitIdOptions::CONTINUED | WaitIdOptions::NOHANG;
        matches!(waitid(WaitId::Pid(pid), continued), Ok(Some(_)))
    }
}

fn is_in_front() -> bool {
    let terminal = std::fs::File::open("/dev/tty");
    terminal.is_ok_and(|terminal| rustix::termios::tcgetpgrp(terminal).ok() == Some(rustix::process::getpgrp()))
}

/// Without one nobody controls jobs, and a stopped process would stay so.
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}
