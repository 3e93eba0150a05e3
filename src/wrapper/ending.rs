//! How a command ended, or why it did not start, and what that says about the build.

use std::ffi::OsStr;
use std::io;

use crate::model::BuildStatus;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Exited(i32),
    /// By a signal.
    Killed(i32),
}

const HANGUP: i32 = 1;
const INTERRUPT: i32 = 2;
const QUIT: i32 = 3;
const KILL: i32 = 9;
const PIPE: i32 = 13;
const TERMINATE: i32 = 15;

impl Ending {
    /// As a shell tells it.
    pub fn code(self) -> i32 {
        match self {
            Self::Exited(code) => code,
            Self::Killed(signal) => 128 + signal,
        }
    }

    /// `asked`: somebody wanted the run to end.
    pub fn status(self, asked: bool) -> BuildStatus {
        let stops = [HANGUP, INTERRUPT, QUIT, KILL, PIPE, TERMINATE];
        match self {
            _ if asked => BuildStatus::Stopped,
            Self::Exited(0) => BuildStatus::Passed,
            Self::Killed(signal) if stops.contains(&signal) => BuildStatus::Stopped,
            // A shell whose own command was ended so.
            Self::Exited(code) if [HANGUP, INTERRUPT, TERMINATE].contains(&(code - 128)) => BuildStatus::Stopped,
            Self::Exited(_) | Self::Killed(_) => BuildStatus::Failed,
        }
    }
}

/// A command that did not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Unstarted {
    /// As a shell tells it.
    pub code: i32,
    pub message: String,
}

impl Unstarted {
    pub fn not_found(program: &OsStr) -> Self {
        Self { code: 127, message: format!("{}: command not found", program.to_string_lossy()) }
    }

    pub fn because(program: &OsStr, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound && !program.to_string_lossy().contains('/') {
            return Self::not_found(program);
        }
        let missing = error.kind() == io::ErrorKind::NotFound;
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "no such file or directory".to_owned(),
            io::ErrorKind::PermissionDenied if std::path::Path::new(program).is_dir() => "is a directory".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        Self { code: if missing { 127 } else { 126 }, message: format!("{}: {reason}", program.to_string_lossy()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_end_says() {
        use BuildStatus::{Failed, Passed, Stopped};
        for (ending, asked, code, status) in [
            (Ending::Exited(0), false, 0, Passed),
            (Ending::Exited(0), true, 0, Stopped),
            (Ending::Exited(101), false, 101, Failed),
            (Ending::Exited(1), true, 1, Stopped),
            (Ending::Exited(130), false, 130, Stopped),
            (Ending::Exited(137), false, 137, Failed),
            (Ending::Killed(9), false, 137, Stopped),
            (Ending::Killed(11), false, 139, Failed),
            (Ending::Killed(2), true, 130, Stopped),
        ] {
            assert_eq!((ending.code(), ending.status(asked)), (code, status), "{ending:?}");
        }
    }

    #[test]
    fn what_does_not_start_says_why() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        for (program, error, code, message) in [
            ("carg", &missing, 127, "carg: command not found"),
            ("./run", &missing, 127, "./run: no such file or directory"),
            ("./run", &denied, 126, "./run: permission denied"),
            ("/", &denied, 126, "/: is a directory"),
        ] {
            let told = Unstarted::because(OsStr::new(program), error);
            assert_eq!((told.code, told.message.as_str()), (code, message));
        }
    }
}
