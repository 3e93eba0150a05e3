//! Watches over the process itself: signals, orders to stop, and a data directory that is gone.

use std::time::Duration;

use super::hold::Hold;
use super::stop::Stop;
use crate::link::Place;

/// How often it is looked whether the data directory still stands.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Orders from outside, heard from the moment this is made.
pub(super) struct Signals {
    #[cfg(unix)]
    each: [tokio::signal::unix::Signal; 3],
}

impl Signals {
    /// Within the runtime.
    ///
    /// # Errors
    /// The system lets nobody listen.
    #[cfg(unix)]
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let each = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?];
        Ok(Self { each })
    }

    #[cfg(not(unix))]
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn heard(self) {
        let [mut term, mut int, mut hup] = self.each;
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            _ = hup.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn heard(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

pub(super) async fn until_stopped(place: &Place, hold: &Hold, signals: Signals, stop: &Stop) {
    let mut stopped = stop.watch();
    let mut look = tokio::time::interval(LOOK_EVERY);
    let gone = async {
        loop {
            look.tick().await;
            if !hold.stands() {
                tracing::warn!("{} is gone", place.data_dir().display());
                return;
            }
        }
    };
    tokio::select! {
        () = gone => {}
        () = signals.heard() => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    stop.give();
}
