//! Claude Code: JSONL transcripts under `projects/`, one file a session, sub-agents in files of their own
//! (2.x) or inline (1.x). The format is internal to its vendor: every field is optional here.
//!
//! Source of the format: transcripts of versions 1.0.0 to 2.1.328.

mod calls;
mod events;
mod hooks;
mod messages;
mod meta;
mod notes;
mod parser;
mod prompts;
mod results;
mod state;
#[cfg(test)]
mod tests;
mod tools;
mod usage;
mod wire;

use std::path::{Path, PathBuf};

use super::{Adapter, FileFacts, Hooks, Parser, Places, Shape};
use crate::model::Agent;

pub struct ClaudeCode;

impl Adapter for ClaudeCode {
    fn agent(&self) -> Agent {
        Agent::ClaudeCode
    }

    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        if let Some(dirs) = &places.claude_config_dir {
            return dirs
                .split(',')
                .map(str::trim)
                .filter(|d| !d.is_empty())
                .map(|d| Path::new(d).join("projects"))
                .collect();
        }
        let config = places.xdg_config_home.clone().unwrap_or_else(|| places.home.join(".config"));
        vec![places.home.join(".claude/projects"), config.join("claude/projects")]
    }

    fn shape(&self, path: &Path) -> Option<Shape> {
        let name = path.file_name()?.to_str()?;
        // Near the file only: a home may lie anywhere.
        let beside = path
            .ancestors()
            .skip(1)
            .take(2)
            .filter_map(Path::file_name)
            .any(|dir| matches!(dir.to_str(), Some("tool-results" | "memory" | "file-history")));
        if beside || name == "journal.jsonl" || name == "history.jsonl" {
            return None;
        }
        if name.ends_with(".meta.json") && name.starts_with("agent-") {
            return Some(Shape::Document);
        }
        let jsonl = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl"));
        jsonl.then_some(Shape::Lines)
    }

    fn hooks(&self) -> Option<&'static dyn Hooks> {
        Some(&hooks::ClaudeHooks)
    }

    fn parser(&self, file: &FileFacts<'_>, state: Option<&str>) -> Box<dyn Parser> {
        if self.shape(file.path) == Some(Shape::Document) {
            return Box::new(meta::SubagentMeta::new(file));
        }
        Box::new(parser::Transcript::new(file, state))
    }
}

/// The session a sub-agent file hangs under, by its place: `<session>/subagents/…/agent-x.jsonl`.
fn session_of_subagent_file(path: &Path) -> Option<&str> {
    path.ancestors()
        .skip(1)
        .find(|dir| dir.file_name().is_some_and(|name| name == "subagents"))?
        .parent()?
        .file_name()?
        .to_str()
}

/// The sub-agent of a file named `agent-<id>.jsonl` or `agent-<id>.meta.json`.
fn agent_of_file(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?.strip_prefix("agent-")?;
    name.strip_suffix(".meta.json").or_else(|| name.strip_suffix(".jsonl"))
}
