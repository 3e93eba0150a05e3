//! The settings that hold now: environment before file before default, the file looked at again as it changes.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Env;
use super::document::{Document, Leaf, Stamp, leaves, no_group, refused};
use super::keys::{Change, KEYS, Key, shown};
use super::settings::Settings;
use crate::paths;

/// No more often than this is the file looked at.
const LOOKED_AT: Duration = Duration::from_secs(1);

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Default,
    File,
    Environment,
}

impl Source {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    pub key: &'static Key,
    pub value: Value,
    pub source: Source,
    /// What the file says, where the environment says something else.
    pub in_file: Option<Value>,
}

/// Everything that is in force, and what is wrong with what was said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InForce {
    pub settings: Arc<Settings>,
    pub values: Vec<Effective>,
    /// One line each.
    pub problems: Vec<String>,
}

/// A change that was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unchanged {
    #[error("{0}")]
    Wrong(String),
    /// It would be lost by writing it anew.
    #[error("{path} can't be read ({why}): mend or remove it first")]
    Broken { path: String, why: String },
    #[error("{path} could not be written: {why}")]
    Unwritten { path: String, why: String },
}

/// A cheap handle: clones look at the same state.
#[derive(Clone)]
pub struct LiveSettings(Arc<Shared>);

struct Shared {
    path: PathBuf,
    /// What the environment said when the process began, by variable.
    environment: BTreeMap<&'static str, String>,
    state: Mutex<State>,
    /// Held while the file is changed.
    changing: Mutex<()>,
}

struct State {
    in_force: InForce,
    /// The last file that could be read.
    document: Document,
    seen: Seen,
    looked: Instant,
}

/// The file as it was when it was looked at last.
#[derive(PartialEq)]
enum Seen {
    /// It may have changed since without showing it.
    Unsure,
    Absent,
    At(Stamp),
}

impl fmt::Debug for LiveSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LiveSettings").field(&self.0.path).finish()
    }
}

impl LiveSettings {
    /// Of the `settings.json` in this data directory, which need not be there.
    pub fn new(data_dir: &Path, env: Env<'_>) -> Self {
        let said = |variable| env(variable).filter(|text| !text.trim().is_empty()).map(|text| (variable, text));
        let environment = KEYS.iter().filter_map(|key| key.variable).filter_map(said).collect();
        let path = data_dir.join("settings.json");
        let state = State {
            in_force: InForce::default(),
            document: Document::default(),
            seen: Seen::Unsure,
            looked: Instant::now(),
        };
        let live = Self(Arc::new(Shared { path, environment, state: Mutex::new(state), changing: Mutex::new(()) }));
        live.look();
        live
    }

    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The settings that hold now. Costs a look at the file once a second, else nothing.
    pub fn now(&self) -> Arc<Settings> {
        let mut state = self.state();
        if state.looked.elapsed() >= LOOKED_AT {
            self.0.look(&mut state);
        }
        Arc::clone(&state.in_force.settings)
    }

    /// As [`Self::now`], with where each value comes from and what is wrong; the file is looked at in any case.
    pub fn in_force(&self) -> InForce {
        let mut state = self.state();
        self.0.look(&mut state);
        state.in_force.clone()
    }

    pub fn problems(&self) -> Vec<String> {
        self.in_force().problems
    }

    /// Looks at the file now, however short ago it was looked at.
    pub fn look(&self) {
        self.0.look(&mut self.state());
    }

    /// Merges `patch` into the file, all of it or nothing. Gives what should be known of it, one line each.
    ///
    /// # Errors
    /// A key that is none, a value that is not allowed, a file that can't be read or written.
    pub fn change(&self, patch: &Value) -> Result<Vec<String>, Unchanged> {
        let patch = checked(patch)?;
        let _one_at_a_time = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let file = &self.0.path;
        let named = || file.display().to_string();
        let unwritten = |error: std::io::Error| Unchanged::Unwritten { path: named(), why: error.to_string() };
        if let Some(dir) = file.parent() {
            paths::private_dir(dir).map_err(unwritten)?;
        }
        let document = Document::read(file).map_err(|broken| Unchanged::Broken { path: named(), why: broken.why })?;
        document.patched(&patch).write(file).map_err(unwritten)?;
        let mut state = self.state();
        state.seen = Seen::Unsure;
        self.0.look(&mut state);
        let changed = KEYS.iter().filter(|key| key.of(&patch).is_some());
        Ok(changed.filter_map(|key| self.0.remark(key)).collect())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn look(&self, state: &mut State) {
        state.looked = Instant::now();
        let seen = Stamp::of(&self.path).map_or(Seen::Absent, Seen::At);
        if state.seen == seen {
            return;
        }
        let settled = !matches!(&seen, Seen::At(stamp) if !stamp.is_settled());
        state.seen = if settled { seen } else { Seen::Unsure };
        let file = self.path.display();
        let (mut problems, mut guarded) = (Vec::new(), false);
        match Document::read(&self.path) {
            Ok(document) => {
                problems.extend(document.faults().iter().map(|fault| format!("{file}: {fault}")));
                state.document = document;
            }
            Err(broken) => {
                // Whoever wrote of redaction did not mean the default.
                guarded = broken.names_redaction && state.document.root.is_empty();
                let held =
                    if state.document.root.is_empty() { "the defaults hold" } else { "what it said before holds" };
                problems.push(format!("{file}: {}; {held}", broken.why));
            }
        }
        state.in_force = self.in_force(&state.document, guarded, problems);
    }

    fn in_force(&self, document: &Document, guarded: bool, mut problems: Vec<String>) -> InForce {
        let file = document.value();
        let mut values = Vec::new();
        for key in KEYS {
            let given = key.of(&file);
            let in_file = given.and_then(|value| key.form.read(value)).filter(|value| !value.is_null());
            let variable = key.variable.and_then(|name| Some((name, self.environment.get(name)?)));
            let said = variable.and_then(|(name, text)| {
                let value = key.read_variable(text);
                if value.is_none() {
                    let said = shown(&Value::String(text.clone()));
                    problems.push(format!("{name} = {said}: {}; it is passed over", key.form.expected()));
                }
                value
            });
            let unknown =
                key.name == "redaction" && (guarded || given.is_some_and(|given| key.form.read(given).is_none()));
            values.push(match (said, in_file) {
                (Some(value), in_file) => Effective { key, value, source: Source::Environment, in_file },
                (None, Some(value)) => Effective { key, value, source: Source::File, in_file: None },
                // Too little is mended by reading again; what should not have been kept stays.
                (None, None) if unknown => {
                    problems.push("redaction is full until that is mended".to_owned());
                    Effective { key, value: "full".into(), source: Source::File, in_file: None }
                }
                (None, None) => Effective { key, value: key.default(), source: Source::Default, in_file: None },
            });
        }
        let by_name = values.iter().map(|one| (one.key.name, one.value.clone())).collect();
        InForce { settings: Arc::new(Settings::of(&by_name)), values, problems }
    }

    /// What whoever changed a key should know.
    fn remark(&self, key: &Key) -> Option<String> {
        let variable = key
            .variable
            .filter(|name| self.environment.get(name).is_some_and(|text| key.read_variable(text).is_some()));
        match (variable, key.change) {
            (Some(name), _) => {
                Some(format!("{} is saved, but {name} is set in the environment and goes first", key.name))
            }
            (None, Change::AtStart) => Some(format!("{} takes effect when the sidecar starts next", key.name)),
            (None, Change::AtOnce) => None,
        }
    }
}

/// The patch with its values as they are kept.
fn checked(patch: &Value) -> Result<Value, Unchanged> {
    if !patch.is_object() {
        let why = format!("expected an object such as {{\"signals\": {{\"mute\": []}}}}, not {}", shown(patch));
        return Err(Unchanged::Wrong(why));
    }
    let (mut wrong, mut kept) = (Vec::new(), Document::default());
    for leaf in leaves(patch) {
        match as_kept(leaf) {
            Ok(Some(value)) => kept.put(leaf.group, leaf.name, value),
            Ok(None) => {}
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() { Ok(kept.value()) } else { Err(Unchanged::Wrong(wrong.join("; "))) }
}

/// `None`: nothing to keep, an empty group.
fn as_kept(leaf: Leaf<'_>) -> Result<Option<Value>, String> {
    let Leaf { group, name, value } = leaf;
    match Key::at(group, name) {
        // To remove is always right: a key of another version, a whole group.
        _ if value.is_null() => Ok(Some(Value::Null)),
        Some(key) => key.form.read(value).map(Some).ok_or_else(|| refused(key, value)),
        None if leaf.is_group() && value.is_object() => Ok(None),
        None if leaf.is_group() => Err(no_group(name, value)),
        None => Err(format!("there is no setting {}; there are {}", shown(&leaf.path().into()), Key::all())),
    }
}

#[cfg(test)]
mod tests;
