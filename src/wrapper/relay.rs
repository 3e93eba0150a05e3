//! What a command leaves running keeps its way out: a process of its own goes on copying when the command has ended.

use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::stdio::{stdin, stdout};

use super::signals;
use super::streams::{Ours, write_all};

/// The hidden flag of `tma1 build` that stands for this.
pub const FLAG: &str = "--relay";

/// Where it can't be done, whoever is left will find nobody reading.
pub(super) fn hand_over(source: &OwnedFd, ours: Ours) {
    let (exe, source, out) = (std::env::current_exe(), source.try_clone(), ours.fd().try_clone_to_owned());
    let (Ok(exe), Ok(source), Ok(out)) = (exe, source, out) else { return };
    // Nobody waits for it: it ends with the last that writes.
    let _ = Command::new(exe).args(["build", FLAG]).stdin(source).stdout(out).stderr(Stdio::null()).spawn();
}

/// Copies from standard input to standard output until nobody writes or reads any more.
pub fn run() {
    signals::let_go();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match rustix::io::read(stdin(), &mut buffer[..]) {
            Ok(0) => return,
            Ok(count) if write_all(stdout(), &buffer[..count]).is_ok() => {}
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(&stdin(), PollFlags::IN)], None);
            }
            Ok(_) | Err(_) => return,
        }
    }
}
