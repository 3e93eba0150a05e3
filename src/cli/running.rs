//! The sidecar of this data directory, as far as it answers.

use std::time::{Duration, Instant};

use super::shell::Shell;
use crate::answer::status::Sidecar;
use crate::link::{self, Place, Request};

/// One that is well answers in a millisecond.
const WITHIN: Duration = Duration::from_millis(500);

pub fn sidecar(shell: &Shell<'_>) -> Sidecar {
    let mut sidecar = answered(shell);
    let settings = shell.config.settings.problems();
    let new = settings.into_iter().filter(|problem| !sidecar.problems.contains(problem)).collect::<Vec<_>>();
    sidecar.problems.extend(new);
    sidecar
}

fn answered(shell: &Shell<'_>) -> Sidecar {
    let request = Request { path: "/api/sidecar", headers: &[], body: b"", deadline: Instant::now() + WITHIN };
    let place = Place::new(&shell.config.data_dir);
    match link::get(&place, &request) {
        Ok(response) if response.status == 200 => serde_json::from_slice(&response.body).unwrap_or_default(),
        Err(link::LinkError::TimedOut) => Sidecar {
            running: true,
            problems: vec!["the sidecar does not answer; `tma1 stop`, or end its process".to_owned()],
            ..Sidecar::default()
        },
        _ => Sidecar::default(),
    }
}
