//! What of ours stands in an agent's files.

use std::fmt;
use std::path::PathBuf;

use super::obstacle::open;
use crate::setup::edit::{Edit, EditError, Value};
use crate::setup::ours::{is_hook_line, words};
use crate::setup::wanted::Piece;

/// Members that hold a handler's command line, whichever agent reads it here.
const LINES: &[&str] = if cfg!(windows) { &["powershell", "command"] } else { &["command", "bash"] };

/// How a hook is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// Through a shell.
    Line(String),
    /// A plug-in of ours starts it itself.
    Words(Vec<String>),
}

impl Call {
    fn of(value: &Value) -> Option<Self> {
        let lines = LINES.iter().filter_map(|key| value.get(key).and_then(Value::text));
        if let Some(line) = lines.into_iter().find(|line| is_hook_line(line)) {
            return Some(Self::Line(line.to_owned()));
        }
        let texts: Vec<String> = value.elements().iter().filter_map(Value::text).map(str::to_owned).collect();
        // Parted already: a blank in a word is no end of it.
        let is_call = texts.get(1).is_some_and(|word| word == "hook")
            && texts.first().is_some_and(|program| is_hook_line(&format!("'{}' hook", program.replace('\'', ""))));
        is_call.then_some(Self::Words(texts))
    }

    pub fn program(&self) -> PathBuf {
        let first = match self {
            Self::Line(line) => words(line).into_iter().next(),
            Self::Words(words) => words.first().cloned(),
        };
        first.map(PathBuf::from).unwrap_or_default()
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => f.write_str(line),
            Self::Words(words) => f.write_str(&words.join(" ")),
        }
    }
}

/// Our handlers in one or more files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Registered {
    pub handlers: usize,
    /// Each way to call it once.
    pub calls: Vec<Call>,
}

impl Registered {
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn read(pieces: &[Piece]) -> Result<Self, EditError> {
        let mut registered = Self::default();
        for piece in pieces.iter().filter(|piece| piece.put.ops().is_some()) {
            if let Some(root) = open(&piece.path, &piece.put)?.and_then(|document| document.value(&[])) {
                registered.find(&root);
            }
        }
        Ok(registered)
    }

    fn find(&mut self, value: &Value) {
        if let Some(call) = Call::of(value) {
            self.handlers += 1;
            if !self.calls.contains(&call) {
                self.calls.push(call);
            }
        }
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| self.find(element)),
            Value::Table(members) => members.iter().for_each(|(_, member)| self.find(member)),
            _ => {}
        }
    }

    /// The programs that they call, each once.
    pub fn programs(&self) -> Vec<PathBuf> {
        let mut programs: Vec<PathBuf> = Vec::new();
        for program in self.calls.iter().map(Call::program) {
            if !programs.contains(&program) {
                programs.push(program);
            }
        }
        programs
    }
}

/// The entry of an MCP server, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub program: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    pub switched_off: bool,
}

impl Entry {
    /// `None`: what stands there starts no program.
    pub fn of(entry: &Value) -> Option<Self> {
        let texts = |value: Option<&Value>| -> Vec<String> {
            value.map_or(&[][..], Value::elements).iter().filter_map(Value::text).map(str::to_owned).collect()
        };
        let mut command = match entry.get("command")? {
            Value::Text(program) => vec![program.clone()],
            list => texts(Some(list)),
        };
        command.extend(texts(entry.get("args")));
        let program = PathBuf::from(command.first()?);
        let env = match entry.get("env").or_else(|| entry.get("environment")) {
            Some(Value::Table(members)) => {
                members.iter().filter_map(|(name, value)| Some((name.clone(), value.text()?.to_owned()))).collect()
            }
            _ => Vec::new(),
        };
        let is = |key: &str, wanted: bool| entry.get(key) == Some(&Value::Bool(wanted));
        let switched_off = is("enabled", false) || is("disabled", true);
        Some(Self { program, args: command.into_iter().skip(1).collect(), env, switched_off })
    }
}

/// Whether something of ours stands in the file of a piece.
pub(super) fn holds_ours(piece: &Piece) -> bool {
    match &piece.put {
        Edit::Json(_) | Edit::Toml(_) => {
            let found = open(&piece.path, &piece.put).ok().flatten().and_then(|document| document.value(&[]));
            found.is_some_and(|root| {
                let mut registered = Registered::default();
                registered.find(&root);
                registered.handlers > 0 || has_server(&root)
            })
        }
        Edit::Whole(Some(text)) => std::fs::read(&piece.path).is_ok_and(|bytes| bytes == text.as_bytes()),
        _ => false,
    }
}

fn has_server(value: &Value) -> bool {
    match value {
        Value::Table(members) => {
            crate::setup::ours::is_mcp_entry(value) || members.iter().any(|(_, member)| has_server(member))
        }
        Value::Array(elements) => elements.iter().any(has_server),
        _ => false,
    }
}
