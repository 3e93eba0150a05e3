//! Starting a process with signals as they were before us, and two descriptors in place of ours.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use nix::errno::Errno;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawnp};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;

/// What becomes standard output and standard error.
pub(super) type Ends<'a> = (BorrowedFd<'a>, BorrowedFd<'a>);

/// `held`: the signals held back in it from the start. Without `ends` it has ours.
pub(super) fn spawn(words: &[OsString], ends: Option<Ends<'_>>, held: &SigSet) -> io::Result<Pid> {
    match attempt(words, ends, held) {
        // The system knows no program in it; shells take such a file for a script.
        Err(Errno::ENOEXEC) => {
            let (program, arguments) = words.split_first().ok_or(Errno::ENOENT)?;
            let script = found(program).unwrap_or_else(|| program.into()).into_os_string();
            let words: Vec<OsString> =
                ["/bin/sh".into(), script].into_iter().chain(arguments.iter().cloned()).collect();
            Ok(attempt(&words, ends, held)?)
        }
        tried => Ok(tried?),
    }
}

fn attempt(words: &[OsString], ends: Option<Ends<'_>>, held: &SigSet) -> nix::Result<Pid> {
    let words: Vec<CString> = words.iter().map(|word| text(word.as_bytes())).collect::<Result<_, _>>()?;
    let environment: Vec<CString> = std::env::vars_os()
        .filter_map(|(name, value)| text(&[name.as_bytes(), b"=", value.as_bytes()].concat()).ok())
        .collect();
    let mut actions = PosixSpawnFileActions::init()?;
    if let Some((out, err)) = ends {
        actions.add_dup2(out.as_raw_fd(), 1)?;
        actions.add_dup2(err.as_raw_fd(), 2)?;
    }
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF)?;
    attributes.set_sigmask(held)?;
    // Ours is ignored by the language's runtime, which nobody else has to know.
    attributes.set_sigdefault(&[Signal::SIGPIPE].into_iter().collect())?;
    posix_spawnp(words.first().ok_or(Errno::ENOENT)?, &actions, &attributes, &words, &environment)
}

fn text(bytes: &[u8]) -> nix::Result<CString> {
    CString::new(bytes).map_err(|_| Errno::EINVAL)
}

/// Where a shell would find it.
fn found(program: &OsStr) -> Option<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}
