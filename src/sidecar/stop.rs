//! The order to stop, for tasks that await it and threads that sleep.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub(super) struct Stop {
    told: watch::Sender<bool>,
    given: Mutex<bool>,
    wake: Condvar,
}

impl Stop {
    pub fn new() -> Self {
        Self { told: watch::channel(false).0, given: Mutex::new(false), wake: Condvar::new() }
    }

    pub fn give(&self) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_all();
        self.told.send_replace(true);
    }

    pub fn is_given(&self) -> bool {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps no longer than `most`; whether the order was given.
    pub fn sleep(&self, most: Duration) -> bool {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let slept = self.wake.wait_timeout_while(given, most, |given| !*given);
        *slept.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Sleeps until it is given.
    pub fn wait(&self) {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.wake.wait_while(given, |given| !*given).unwrap_or_else(PoisonError::into_inner));
    }

    pub fn watch(&self) -> watch::Receiver<bool> {
        self.told.subscribe()
    }
}
