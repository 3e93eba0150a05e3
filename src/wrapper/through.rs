//! Carries the command out with everything passing through: what it prints, what it is sent, how it ends.

use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::sync::Arc;

use super::child::{self, Child};
use super::ending::{Ending, Unstarted};
use super::kept::Listener;
use super::run::{Ran, asked_since, remark};
use super::signals::{Asked, Signals, end_by};
use super::spawn::spawn;
use super::streams::{self, Streams};

pub(super) struct Through {
    signals: Signals,
}

impl Through {
    /// Before any thread is started.
    pub fn prepare() -> Self {
        Self { signals: Signals::hold() }
    }

    pub fn carry_out(&self, words: &[OsString], listener: &Arc<dyn Listener>) -> Result<Ran, Unstarted> {
        // With no descriptors left it runs as it is, and nothing is kept of its output.
        let prepared = streams::prepare().ok();
        let child = child::start(words, prepared.as_ref(), self.signals.usual());
        let child = child.inspect_err(|e| remark(&format!("tma1 build: {e}")))?;
        let streams = prepared.and_then(|prepared| prepared.copy(listener).ok());
        Ok(self.follow(child, streams))
    }

    /// Starts something that nobody waits for.
    pub fn start_beside(&self, words: &[OsString]) {
        let Ok(nowhere) = std::fs::File::options().write(true).open("/dev/null") else { return };
        // What is not there is done without.
        let _ = spawn(words, Some((nowhere.as_fd(), nowhere.as_fd())), self.signals.usual());
    }

    fn follow(&self, child: Child, streams: Option<Streams>) -> Ran {
        let asked = Arc::new(Asked::default());
        let terminals = streams.as_ref().map(Streams::terminals).unwrap_or_default();
        // Unattended, signals sent to us alone do nothing: better than losing the command.
        let _ = self.signals.attend(child.pid(), terminals, Arc::clone(&asked));
        let settle = || {
            if let Some(streams) = &streams {
                streams.settle();
            }
        };
        let ending = child.wait(&settle).unwrap_or(Ending::Exited(1));
        if let Some(streams) = streams {
            streams.finish();
        }
        self.signals.catch_up(&asked);
        let asked = asked.to_end_since(asked_since());
        Ran { ending, asked }
    }

    /// Ends this process the way the command ended.
    #[expect(clippy::unused_self, reason = "only after the signals were held back")]
    pub fn leave(self, ending: Ending) -> ! {
        if let Ending::Killed(signal) = ending {
            end_by(signal);
        }
        std::process::exit(ending.code())
    }
}
