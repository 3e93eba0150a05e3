//! Runs a registered hook as its agent would, with an event of which nothing is kept, and sees who heard it.

use std::process::Command;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::Visit;
use super::process::{Silence, printed};
use super::registered::Call;

/// A hook ends within a third of a second; the first start of a binary may take longer.
pub(super) const WITHIN: Duration = Duration::from_secs(2);
/// On a busy machine one try says little.
const TRIES: u32 = 3;
/// Set for this agent alone, it would keep the answer from being printed.
const MUTES: &str = "TMA1_DISABLE_INJECTION";

/// What the sidecar answers.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub(super) struct Answer {
    /// The agent that it took the event to be of.
    pub heard: Option<String>,
    pub pid: u32,
}

/// # Errors
/// Nobody answered, as often as it was tried.
pub(super) fn fire(call: &Call, visit: &Visit<'_>) -> Result<Answer, Silence> {
    let mut last = Silence::TooLate;
    for _ in 0..TRIES {
        let mut command = command(call);
        command.env_clear().envs(visit.env.iter().filter(|(name, _)| name != MUTES).map(|(name, value)| (name, value)));
        // Started already where it may be; a line that leads elsewhere must not start another.
        command.env("TMA1_AUTOSTART", "0");
        match printed(&mut command, visit.event, Instant::now() + WITHIN) {
            Ok(text) => match serde_json::from_str(text.trim()) {
                Ok(answer) => return Ok(answer),
                Err(_) => last = Silence::Refused(text.trim().chars().take(200).collect()),
            },
            Err(silence @ (Silence::NotStarted(_) | Silence::TooLate)) => return Err(silence),
            Err(silence) => last = silence,
        }
    }
    Err(last)
}

fn command(call: &Call) -> Command {
    let (program, first, line) = match call {
        Call::Words(words) => {
            let mut command = Command::new(words.first().map_or("", String::as_str));
            command.args(words.iter().skip(1));
            return command;
        }
        Call::Line(line) if cfg!(windows) => ("powershell", "-Command", line),
        Call::Line(line) => ("sh", "-c", line),
    };
    let mut command = Command::new(program);
    command.args([first, line]);
    command
}
