//! `tma1 stop`: ends the sidecar of this data directory, once everything it was given is stored.

use std::fs::TryLockError;
use std::time::{Duration, Instant};

use super::shell::Shell;
use super::terminal;
use crate::answer::Refusal;
use crate::link::{self, LinkError, Place, Request};
use crate::paths;

/// What is under way may take this long.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 stop")]
pub struct Args {}

pub fn run(_args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    terminal::print(if quietly(shell)? { "stopped\n" } else { "not running\n" })
}

/// Whether one ran.
pub fn quietly(shell: &Shell<'_>) -> Result<bool, Refusal> {
    let place = Place::new(&shell.config.data_dir);
    let headers = [("Content-Type", "application/json")];
    let deadline = Instant::now() + Duration::from_secs(5);
    match link::post(&place, &Request { path: "/api/shutdown", headers: &headers, body: b"{}", deadline }) {
        Ok(response) if response.status == 200 => {}
        Ok(response) => {
            return Err(Refusal::internal(format!("the sidecar refused to stop (status {})", response.status)));
        }
        Err(LinkError::NotRunning) => return Ok(false),
        Err(error) => {
            return Err(Refusal::internal(format!("the sidecar does not answer: {error}"))
                .hint("End its process, named in server.json in the data directory; nothing stored is lost."));
        }
    }
    let until = Instant::now() + STOPPED_WITHIN;
    while Instant::now() < until {
        if is_free(&place) {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Refusal::internal(format!("the sidecar is still stopping after {} s", STOPPED_WITHIN.as_secs())))
}

/// Nobody holds the lock any more.
fn is_free(place: &Place) -> bool {
    match paths::private_file(&place.lock()) {
        Ok(file) => !matches!(file.try_lock(), Err(TryLockError::WouldBlock)),
        // Without a lock file nobody holds one.
        Err(_) => true,
    }
}
