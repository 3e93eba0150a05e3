//! GitHub Copilot CLI: JSONL records of each session under `session-state/`, and a database beside them in which every
//! request stands. The format is not promised: every field is optional here.
//!
//! Sources of the format: records of versions 0.0.420 to 1.0.102, and runs of 1.0.102.

mod calls;
mod events;
mod hooks;
mod messages;
mod outcome;
mod parser;
mod prompts;
mod rows;
mod session;
mod state;
#[cfg(test)]
mod tests;
mod tools;
mod usage;
mod wire;

use std::path::{Path, PathBuf};

use super::{Adapter, FileFacts, Hooks, News, Parser, Places, Shape, Table};
use crate::model::Agent;

pub struct CopilotCli;

/// Where sessions lie, and where older versions left them.
const SESSIONS: &[&str] = &["session-state", "history-session-state"];

/// Every request of every session.
const STORE: &str = "session-store.db";

impl Adapter for CopilotCli {
    fn agent(&self) -> Agent {
        Agent::CopilotCli
    }

    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let named = places.copilot_home.as_deref().map(str::trim).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let home = named.unwrap_or_else(|| places.home.join(".copilot"));
        SESSIONS.iter().copied().chain([STORE]).map(|name| home.join(name)).collect()
    }

    fn tables(&self) -> &'static [Table] {
        &[Table { name: rows::REQUESTS, columns: rows::COLUMNS, json: &[], news: News::Added }]
    }

    fn shape(&self, path: &Path) -> Option<Shape> {
        let name = path.file_name()?.to_str()?;
        if name == STORE {
            return Some(Shape::Rows);
        }
        if !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl")) {
            return None;
        }
        // A session's directory holds whatever the agent put there besides.
        let mut above = path.ancestors().skip(1).map(|dir| dir.file_name().and_then(|name| name.to_str()));
        let depth = above.position(|dir| dir.is_some_and(|dir| SESSIONS.contains(&dir)));
        let own = match depth {
            None | Some(0) => true,
            Some(depth) => depth == 1 && name == "events.jsonl",
        };
        own.then_some(Shape::Lines)
    }

    fn claims(&self, beginning: &[u8]) -> bool {
        parser::is_session(beginning)
    }

    fn hooks(&self) -> Option<&'static dyn Hooks> {
        Some(&hooks::CopilotHooks)
    }

    fn parser(&self, file: &FileFacts<'_>, state: Option<&str>) -> Box<dyn Parser> {
        Box::new(parser::Session::new(file, state))
    }
}

/// Names of foreign kinds stay readable in counters.
fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(48).map_or(name.len(), |(at, _)| at);
    &name[..end]
}
