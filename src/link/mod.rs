//! How other tma1 processes reach the sidecar: where it listens, one request, starting it.
//!
//! No runtime and no library for HTTP: a hook has a few milliseconds in all.

mod http;
mod place;
mod process;
mod start;
mod stream;

use std::io;

pub use http::{Lines, Request, Response, get, lines, post};
pub use place::{Place, ServerInfo};
pub use process::{Offspring, Process, agent_process, is_there, offspring};
pub use start::{start, wait_until_up};

#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("no sidecar runs: start one with `tma1 serve --detach`")]
    NotRunning,
    #[error("the sidecar did not answer in time: look at `tma1 status`, or restart it with `tma1 stop`")]
    TimedOut,
    #[error("the sidecar refused with status {}: {}", .0.status, String::from_utf8_lossy(&.0.body))]
    Refused(Box<Response>),
    #[error("the sidecar's answer can't be read: {0}")]
    Broken(io::Error),
}

impl From<io::Error> for LinkError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TimedOut,
            _ => Self::Broken(error),
        }
    }
}
