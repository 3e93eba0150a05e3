//! The agents whose history we can read: where it lies, and pure functions from its bytes to [`Fact`]s.
//!
//! Adding an agent is one module here and one line in [`ALL`]. Adapters see no database, no socket and no
//! file: `ingest` reads the bytes and gives them in pieces.

pub mod claude_code;
pub mod codex;
pub mod copilot_cli;
mod framing;
pub mod gemini_cli;
mod hooks;
mod json;
pub mod openclaw;
pub mod opencode;
pub mod pi;
mod unnamed;

use std::path::{Path, PathBuf};

pub use hooks::{Heard, Hooks, Moment, Posted, RegisteredEvent, Start, unknown_hook};

use serde::{Deserialize, Serialize};

use crate::model::{Agent, Fact, Skip};

/// Every adapter there is.
pub static ALL: &[&dyn Adapter] = &[
    &claude_code::ClaudeCode,
    &codex::Codex,
    &copilot_cli::CopilotCli,
    &gemini_cli::GeminiCli,
    &openclaw::Openclaw,
    &opencode::Opencode,
    &pi::Pi,
];

/// The adapter of `agent`, where we have one.
pub fn find(agent: Agent) -> Option<&'static dyn Adapter> {
    ALL.iter().copied().find(|adapter| adapter.agent() == agent)
}

/// The environment an adapter needs to find its agent's files; given, never read from the process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Places {
    pub home: PathBuf,
    pub claude_config_dir: Option<String>,
    pub codex_home: Option<String>,
    pub copilot_home: Option<String>,
    pub gemini_cli_home: Option<String>,
    pub openclaw_state_dir: Option<String>,
    pub openclaw_config_path: Option<String>,
    pub pi_coding_agent_dir: Option<String>,
    pub xdg_config_home: Option<PathBuf>,
    pub xdg_data_home: Option<PathBuf>,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// JSON records, one a line, appended over time; compressed where the name ends in `.zst`.
    Lines,
    /// One JSON document, read anew whenever it changes.
    Document,
    /// An SQLite database of the agent's, whose [`Adapter::tables`] are read row by row.
    Rows,
}

/// A table of an agent's database. Each row comes to the parser as one line, a JSON object: `table`, the table's name,
/// and every column in [`Table::columns`] that the row has and that is not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    /// Columns that other versions do not have are left out.
    pub columns: &'static [&'static str],
    /// Those of the columns that hold JSON, as text or compressed with zstd: they come as what they hold, or as a
    /// string where it is no JSON.
    pub json: &'static [&'static str],
    pub news: News,
}

/// How what is new in a table is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Rows are only added, or rewritten from some row on.
    Added,
    /// Rows also change in place while they are young, and this column, a number, says when.
    Changed(&'static str),
    /// A small table, read as a whole each time.
    Whole,
}

/// What a row brings along from other tables: a field `name` with the value of an SQL expression over the row's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookUp {
    pub table: &'static str,
    pub name: &'static str,
    /// Left out where a version does not have what it asks for.
    pub sql: &'static str,
}

/// What came out of some bytes.
#[derive(Debug, Default)]
pub struct Parsed {
    pub facts: Vec<Fact>,
    pub skips: Vec<Skip>,
    /// Records that were understood.
    pub records: u64,
}

impl Parsed {
    pub(crate) fn skip(&mut self, reason: impl Into<String>, line: u64) {
        self.skips.push(Skip { reason: reason.into(), sample: format!("line {line}") });
    }
}

/// One agent's history.
pub trait Adapter: Sync {
    fn agent(&self) -> Agent;

    /// Directories that may hold its files, whether or not they exist.
    fn roots(&self, places: &Places) -> Vec<PathBuf>;

    /// The tables of its databases, in the order in which they are read.
    fn tables(&self) -> &'static [Table] {
        &[]
    }

    /// What their rows bring along.
    fn look_ups(&self) -> &'static [LookUp] {
        &[]
    }

    /// Whether history may lie in or below `dir`, a directory below a root.
    fn enters(&self, _dir: &Path) -> bool {
        true
    }

    /// Where documents lie that are read right after `document` and with the same parser: the files of the first of
    /// these directories that is there, each with what is along it.
    fn along(&self, _path: &Path, _document: &[u8]) -> Vec<PathBuf> {
        Vec::new()
    }

    /// How to read `path`; `None` for files beside the history that are not part of it.
    fn shape(&self, path: &Path) -> Option<Shape>;

    /// Whether a file that begins like this is surely its agent's; asked where nobody says whose files they are.
    fn claims(&self, _beginning: &[u8]) -> bool {
        false
    }

    /// Small files beside the one at `path` that tell what it does not tell itself.
    fn neighbours(&self, _path: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    /// How its hooks are read and answered, where it has any that we know.
    fn hooks(&self) -> Option<&'static dyn Hooks> {
        None
    }

    /// A parser that goes on where `state` was saved, or starts anew.
    fn parser(&self, file: &FileFacts<'_>, state: Option<&str>) -> Box<dyn Parser>;
}

/// What a parser may know of the file besides its bytes.
#[derive(Debug, Clone, Copy)]
pub struct FileFacts<'a> {
    pub path: &'a Path,
    /// Stands in for the time of records that have none.
    pub modified_ms: i64,
    /// The first bytes of the file, wherever reading goes on.
    pub beginning: &'a [u8],
}

/// Reads one file, piece by piece.
pub trait Parser: Send {
    /// What one of [`Adapter::neighbours`] holds; told before the first line of every reading.
    fn neighbour(&mut self, _path: &Path, _content: &[u8]) {}

    /// Reads `line` (without its line feed) and says how many of its bytes were used. A line that is not
    /// `terminated` may still grow: only whole records at its beginning are used then.
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize;

    /// What must be remembered to go on later; free of what people or agents wrote.
    fn state(&self) -> Option<String>;
}
