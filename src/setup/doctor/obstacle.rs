//! What in an agent's settings keeps a sound wiring from working.

use std::path::{Path, PathBuf};

use crate::setup::edit::{self, Document, Edit, Value};

/// Somebody switched it off, or somebody else decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What it keeps from working, such as `hooks`.
    pub check: &'static str,
    /// Such as ``` `disableAllHooks` is set in /h/.claude/settings.json```.
    pub message: String,
    pub fix: String,
}

impl Obstacle {
    /// A member that switches hooks off.
    pub fn hooks(member: &str, path: &Path, fix: impl Into<String>) -> Self {
        let message = format!("{member} stands in {} and switches them off", path.display());
        Self { check: "hooks", message, fix: fix.into() }
    }

    /// A member that keeps the MCP server from being started.
    pub fn mcp(member: &str, path: &Path, fix: impl Into<String>) -> Self {
        let message = format!("{member} stands in {} and switches the server off", path.display());
        Self { check: "mcp", message, fix: fix.into() }
    }
}

/// Reads agents' files; what is not there or not sound has nothing to say.
pub struct Files(());

impl Files {
    pub(in crate::setup) fn new() -> Self {
        Self(())
    }

    /// What stands at a path of keys in a file, JSON or TOML by its name.
    pub fn value(&self, path: &Path, keys: &[&str]) -> Option<Value> {
        let document = open(path, &of_its_kind(path)).ok().flatten()?;
        document.value(&edit::steps(&edit::keys(keys)))
    }

    pub fn is(&self, path: &Path, keys: &[&str], wanted: bool) -> bool {
        self.value(path, keys) == Some(Value::Bool(wanted))
    }

    /// The texts in a list; `None`: there is no list.
    pub fn list(&self, path: &Path, keys: &[&str]) -> Option<Vec<String>> {
        let Some(Value::Array(elements)) = self.value(path, keys) else { return None };
        Some(elements.iter().filter_map(Value::text).map(str::to_owned).collect())
    }

    /// As the system knows it, where links lead.
    pub fn real(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_owned())
    }
}

fn of_its_kind(path: &Path) -> Edit {
    if path.extension().is_some_and(|extension| extension == "toml") {
        Edit::Toml(Vec::new())
    } else {
        Edit::Json(Vec::new())
    }
}

/// `None`: there is no such file.
pub(super) fn open(path: &Path, edit: &Edit) -> Result<Option<Box<dyn Document>>, edit::EditError> {
    let seen = edit::file::read(path)?;
    let Some(bytes) = seen.bytes else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    match edit.open(&text) {
        Ok(document) => Ok(Some(document)),
        // Said by whoever knows how to name the place.
        Err(_) => edit::plan(
            &[edit::Change { path: path.to_owned(), edit: edit.clone(), lock: None }],
            &edit::Memories::new(),
        )
        .map(|_| None),
    }
}
