//! Gemini CLI: chats under `tmp/<project>/chats/`, as logs that have to be folded or, in older versions, one document
//! each. Records name their project by a hash; the path behind it stands in small files beside them.
//!
//! Sources of the format: chats of versions 0.23 to 0.61 and the client's own reader.

mod calls;
mod hooks;
mod messages;
mod outcome;
mod parser;
mod place;
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

pub struct GeminiCli;

impl Adapter for GeminiCli {
    fn agent(&self) -> Agent {
        Agent::GeminiCli
    }

    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let named = places.gemini_cli_home.as_deref().map(str::trim).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        vec![named.unwrap_or_else(|| places.home.clone()).join(".gemini/tmp")]
    }

    fn shape(&self, path: &Path) -> Option<Shape> {
        let name = path.file_name()?.to_str()?;
        // Beside the chats: prompts as they were typed, and copies of chats that somebody saved under a name.
        if name == "logs.json" || name.starts_with("checkpoint-") || !place::may_hold_chats(path) {
            return None;
        }
        let extension = path.extension()?.to_str()?;
        if extension.eq_ignore_ascii_case("jsonl") {
            Some(Shape::Lines)
        } else {
            extension.eq_ignore_ascii_case("json").then_some(Shape::Document)
        }
    }

    fn claims(&self, beginning: &[u8]) -> bool {
        let says = |words: &[u8]| memchr::memmem::find(beginning, words).is_some();
        says(b"\"projectHash\"") && says(b"\"sessionId\"")
    }

    fn neighbours(&self, path: &Path) -> Vec<PathBuf> {
        place::neighbours(path)
    }

    fn hooks(&self) -> Option<&'static dyn Hooks> {
        Some(&hooks::GeminiHooks)
    }

    fn parser(&self, file: &FileFacts<'_>, state: Option<&str>) -> Box<dyn Parser> {
        Box::new(parser::Chat::new(file, state))
    }
}

/// Names of foreign kinds stay readable in counters.
fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(48).map_or(name.len(), |(at, _)| at);
    &name[..end]
}
