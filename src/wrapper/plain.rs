//! Carries the command out where there are no pseudo-terminals for us: its output comes through plain pipes.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::ending::{Ending, Unstarted};
use super::kept::Listener;
use super::run::{Ran, remark};

const BUFFER: usize = 64 * 1024;

pub(super) struct Through;

impl Through {
    pub fn prepare() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "as where more is to be done")]
    pub fn carry_out(&self, words: &[OsString], listener: &Arc<dyn Listener>) -> Result<Ran, Unstarted> {
        let Some((program, arguments)) = words.split_first() else { return Err(Unstarted::not_found("".as_ref())) };
        let started = Command::new(program).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started
            .map_err(|error| Unstarted::because(program, &error))
            .inspect_err(|e| remark(&format!("tma1 build: {e}")))?;
        std::thread::scope(|scope| {
            if let Some(out) = child.stdout.take() {
                scope.spawn(|| copy(out, std::io::stdout(), &**listener));
            }
            if let Some(err) = child.stderr.take() {
                scope.spawn(|| copy(err, std::io::stderr(), &**listener));
            }
        });
        let code = child.wait().ok().and_then(|status| status.code()).unwrap_or(1);
        Ok(Ran { ending: Ending::Exited(code), asked: false })
    }

    /// Starts something that nobody waits for.
    #[expect(clippy::unused_self, reason = "as where more is to be done")]
    pub fn start_beside(&self, words: &[OsString]) {
        let Some((program, arguments)) = words.split_first() else { return };
        let nothing = Stdio::null;
        // What is not there is done without.
        let _ = Command::new(program).args(arguments).stdin(nothing()).stdout(nothing()).stderr(nothing()).spawn();
    }

    #[expect(clippy::unused_self, reason = "as where more is to be done")]
    pub fn leave(self, ending: Ending) -> ! {
        std::process::exit(ending.code())
    }
}

fn copy(mut from: impl Read, mut to: impl Write, listener: &dyn Listener) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        listener.heard(&buffer[..count]);
        if to.write_all(&buffer[..count]).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}
