//! Pi: JSONL session files under `sessions/`, one a session, each a tree of entries: what a branch left behind stays in
//! its file, and forks begin with a copy of their parent's entries.
//!
//! Sources of the format: sessions of versions 0.7 to 0.73 (files of version 1 to 3), the client's documentation up to 1.5.

mod calls;
mod entries;
mod hooks;
mod messages;
mod outcome;
mod parser;
mod prompts;
mod state;
#[cfg(test)]
mod tests;
mod tools;
mod usage;
mod wire;

use std::path::{Path, PathBuf};

use super::{Adapter, FileFacts, Hooks, Parser, Places, Shape};
use crate::model::Agent;

pub struct Pi;

impl Adapter for Pi {
    fn agent(&self) -> Agent {
        Agent::Pi
    }

    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let named = places.pi_coding_agent_dir.as_deref().map(str::trim).filter(|dir| !dir.is_empty());
        let home = match named {
            // As the client reads it.
            Some(dir) => match dir.strip_prefix('~') {
                Some(rest) => places.home.join(rest.trim_start_matches('/')),
                None => PathBuf::from(dir),
            },
            None => places.home.join(".pi/agent"),
        };
        vec![home.join("sessions")]
    }

    fn shape(&self, path: &Path) -> Option<Shape> {
        path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl")).then_some(Shape::Lines)
    }

    fn claims(&self, beginning: &[u8]) -> bool {
        parser::is_session(beginning)
    }

    fn hooks(&self) -> Option<&'static dyn Hooks> {
        Some(&hooks::PiHooks)
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

/// What our extension put into the session itself: said by us, so nothing to remember.
fn is_ours(custom_type: Option<&str>) -> bool {
    custom_type == Some("tma1")
}
