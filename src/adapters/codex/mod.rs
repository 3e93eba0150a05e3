//! Codex: JSONL rollouts under `sessions/` and `archived_sessions/`, one file a thread. The format is internal to its
//! vendor and has changed several times: every field is optional here.
//!
//! Sources of the format: rollouts of versions 0.34 to 0.169; `docs/reference/transcripts-codex.md`.

mod calls;
mod events;
mod hooks;
mod messages;
mod outcome;
mod parser;
pub(super) mod patch;
mod prompts;
pub(super) mod reads;
mod results;
mod state;
#[cfg(test)]
mod tests;
mod thread;
mod told;
mod tools;
mod usage;
mod wire;

use std::path::{Path, PathBuf};

use super::{Adapter, FileFacts, Hooks, Parser, Places, Shape};
use crate::model::Agent;

pub struct Codex;

impl Adapter for Codex {
    fn agent(&self) -> Agent {
        Agent::Codex
    }

    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let named = places.codex_home.as_deref().map(str::trim).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let home = named.unwrap_or_else(|| places.home.join(".codex"));
        vec![home.join("sessions"), home.join("archived_sessions")]
    }

    fn shape(&self, path: &Path) -> Option<Shape> {
        let name = path.file_name()?.to_str()?;
        // Beside the rollouts: prompts as they were typed, and names of threads.
        if matches!(name, "history.jsonl" | "session_index.jsonl") {
            return None;
        }
        let plain = name.strip_suffix(".zst").unwrap_or(name);
        Path::new(plain).extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl")).then_some(Shape::Lines)
    }

    fn claims(&self, beginning: &[u8]) -> bool {
        parser::is_rollout(beginning)
    }

    fn hooks(&self) -> Option<&'static dyn Hooks> {
        Some(&hooks::CodexHooks)
    }

    fn parser(&self, file: &FileFacts<'_>, state: Option<&str>) -> Box<dyn Parser> {
        Box::new(parser::Rollout::new(file, state))
    }
}

/// Names of foreign kinds stay readable in counters.
fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(48).map_or(name.len(), |(at, _)| at);
    &name[..end]
}
