//! How the 300 ms of a hook are spent, and who sees to it that they are all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

// Milliseconds since the start of the program, which itself takes one or two.

/// Until when an agent may take to hand over its event: on a busy machine it may be slow itself.
const INPUT: u64 = 200;
/// What is too large is read to its end for so long, because some agents fail when nobody reads.
const EXCESS: u64 = 235;
/// Until when a sidecar that was just started has to listen.
const UP: u64 = 155;
/// Until when an answer is waited for, and for how long at most.
const ANSWER: u64 = 215;
const PATIENCE: u64 = 180;
/// Until when the spool's shared file is waited for.
const SPOOL: u64 = 235;
/// What is not kept by then is lost, and counted.
const LOST: u64 = 245;
const END: u64 = 270;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    start: Instant,
}

impl Limits {
    pub fn from(start: Instant) -> Self {
        Self { start }
    }

    fn at(self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    pub fn input(self) -> Instant {
        self.at(INPUT)
    }

    pub fn excess(self) -> Instant {
        self.at(EXCESS)
    }

    pub fn up(self) -> Instant {
        self.at(UP)
    }

    pub fn answer(self) -> Instant {
        self.at(ANSWER).min(Instant::now() + Duration::from_millis(PATIENCE))
    }

    pub fn spool(self) -> Instant {
        self.at(SPOOL)
    }

    /// Ends the process in time, wherever it hangs. `count` counts a lost event.
    pub fn watch(self, fate: Arc<Fate>, count: impl FnOnce() + Send + 'static) {
        let watching = move || {
            sleep_until(self.at(LOST));
            if fate.lose() {
                // The disk may be what hangs.
                let _ = std::thread::Builder::new().spawn(count);
            }
            sleep_until(self.at(END));
            std::process::exit(0);
        };
        let _ = std::thread::Builder::new().spawn(watching);
    }
}

pub fn sleep_until(moment: Instant) {
    std::thread::sleep(moment.saturating_duration_since(Instant::now()));
}

const OPEN: u8 = 0;
const KEPT: u8 = 1;
const LOST_FOR_GOOD: u8 = 2;

/// What became of the event: settled once.
#[derive(Debug, Default)]
pub struct Fate(AtomicU8);

impl Fate {
    pub fn keep(&self) {
        let _ = self.0.compare_exchange(OPEN, KEPT, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Whether it is to be counted now.
    pub fn lose(&self) -> bool {
        self.0.compare_exchange(OPEN, LOST_FOR_GOOD, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::SeqCst) == OPEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fate_is_settled_once() {
        let fate = Fate::default();
        assert!(fate.is_open());
        assert!(fate.lose());
        assert!(!fate.lose() && !fate.is_open());
        let kept = Fate::default();
        kept.keep();
        assert!(!kept.lose());
    }
}
