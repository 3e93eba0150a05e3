//! OpenClaw: one SQLite database an agent since 2026.8, before that JSONL files, which it also keeps of deleted and reset
//! sessions. The events in both are the same, and so is what they are called here: a history that was moved is told once.
//!
//! Sources of the format: runs of 2026.3.28 and 2026.9.6, the vendor's documentation and program of 2026.9.6.

mod calls;
mod events;
mod hooks;
mod messages;
mod outcome;
mod parser;
mod prompts;
mod rows;
mod state;
#[cfg(test)]
mod tests;
mod tools;
mod usage;
mod wire;

use std::path::{Path, PathBuf};

use super::{Adapter, FileFacts, Hooks, Parser, Places, Shape, Table};
use crate::model::Agent;

/// The product's state directory, and what it was called before.
const HOMES: &[&str] = &[".openclaw", ".clawdbot", ".moltbot", ".moldbot"];

/// One for every agent of it.
const DATABASE: &str = "openclaw-agent.sqlite";

pub struct Openclaw;

impl Adapter for Openclaw {
    fn agent(&self) -> Agent {
        Agent::Openclaw
    }

    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let named = places.openclaw_state_dir.as_deref().map(str::trim).filter(|dir| !dir.is_empty());
        match named {
            Some(dir) => {
                let dir = dir.strip_prefix("~/").map_or_else(|| PathBuf::from(dir), |rest| places.home.join(rest));
                vec![dir.join("agents")]
            }
            None => HOMES.iter().map(|home| places.home.join(home).join("agents")).collect(),
        }
    }

    fn tables(&self) -> &'static [Table] {
        rows::TABLES
    }

    fn shape(&self, path: &Path) -> Option<Shape> {
        let name = path.file_name()?.to_str()?;
        // Codex runs within it, with a home of its own.
        if path.iter().any(|part| part == "codex-home") {
            return None;
        }
        if name == DATABASE {
            return Some(Shape::Rows);
        }
        // Beside the sessions: what a session was before a compaction, and how its runs went.
        let copy = [".checkpoint.", ".trajectory."].iter().any(|mark| name.contains(mark));
        let (_, after) = name.rsplit_once(".jsonl")?;
        let kept = matches!(after, "" | ".zst") || after.starts_with(".deleted.") || after.starts_with(".reset.");
        (kept && !copy).then_some(Shape::Lines)
    }

    fn claims(&self, beginning: &[u8]) -> bool {
        parser::is_session(beginning)
    }

    fn hooks(&self) -> Option<&'static dyn Hooks> {
        Some(&hooks::OpenclawHooks)
    }

    fn parser(&self, file: &FileFacts<'_>, state: Option<&str>) -> Box<dyn Parser> {
        Box::new(parser::History::new(file, state))
    }
}

/// Names of foreign kinds stay readable in counters.
fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(48).map_or(name.len(), |(at, _)| at);
    &name[..end]
}
