//! `settings.json` as a document: read whatever it holds, changed by a merge patch, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::keys::{KEYS, Key, shown};

/// Far more than all settings take; a larger file is somebody's mistake.
const LARGEST: u64 = 1024 * 1024;

/// A file as young as this may change once more without its times showing it.
const YOUNG: Duration = Duration::from_secs(2);

/// What tells one state of the file from another without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    #[cfg(unix)]
    file: (u64, u64, i64, i64),
}

impl Stamp {
    /// `None`: there is no file, or none that can be looked at.
    pub fn of(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        let meta = fs::metadata(path).ok()?;
        Some(Self {
            modified: meta.modified().ok(),
            bytes: meta.len(),
            #[cfg(unix)]
            file: (meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec()),
        })
    }

    /// Whether the same stamp later means the same content.
    pub fn is_settled(&self) -> bool {
        self.modified.is_some_and(|at| at.elapsed().is_ok_and(|age| age >= YOUNG))
    }
}

/// The file as it was read; without one, nothing is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Document {
    pub root: Map<String, Value>,
    text: String,
}

/// Why it can't be taken for settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub why: String,
    /// It speaks of redaction, and nobody knows what it says.
    pub names_redaction: bool,
}

impl Document {
    pub fn read(path: &Path) -> Result<Self, Unreadable> {
        let unreadable = |why: String| Unreadable { why, names_redaction: false };
        // A pipe of that name would never end.
        match fs::metadata(path) {
            Ok(meta) if !meta.is_file() => return Err(unreadable("it is no file".to_owned())),
            Ok(meta) if meta.len() > LARGEST => return Err(unreadable(format!("it is larger than {LARGEST} bytes"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error.to_string())),
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        match File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(unreadable(error.to_string())),
            Ok(_) => Self::parse(&bytes),
        }
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let unreadable = |why: String| Unreadable { why, names_redaction: text.contains("\"redaction\"") };
        match serde_json::from_str(text) {
            Ok(Value::Object(root)) => Ok(Self { root, text: text.to_owned() }),
            Ok(_) => Err(unreadable("line 1: expected an object, {…}".to_owned())),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let why = error.to_string();
                let why = why.split(" at line ").next().unwrap_or(&why);
                Err(unreadable(format!("line {line}, column {column}: {why}")))
            }
        }
    }

    pub fn value(&self) -> Value {
        Value::Object(self.root.clone())
    }

    /// Faults, one line each: keys whose value is not allowed, and keys that nobody knows.
    pub fn faults(&self) -> Vec<String> {
        let root = self.value();
        let mut faults = Vec::new();
        for key in KEYS {
            if let Some(value) = key.of(&root).filter(|value| key.form.read(value).is_none()) {
                faults.push(format!("{}{}", self.place(key.name), refused(key, value)));
            }
        }
        for leaf in leaves(&root) {
            let Leaf { group, name, value } = leaf;
            if leaf.is_group() {
                if !value.is_null() && !value.is_object() {
                    faults.push(format!("{}{}", self.place(&leaf.path()), no_group(name, value)));
                }
            } else if Key::at(group, name).is_none() {
                let shown = shown(&leaf.path().into());
                let place = self.place(&leaf.path());
                faults.push(format!("{place}there is no setting {shown}: it is kept and does nothing"));
            }
        }
        faults
    }

    /// `line 3: `, where the key is found.
    fn place(&self, name: &str) -> String {
        let mut at = 0;
        for part in name.split('.') {
            let quoted = Value::String(part.to_owned()).to_string();
            let is_key = |found: &usize| self.text[at + found + quoted.len()..].trim_start().starts_with(':');
            let Some(found) = self.text[at..].match_indices(&quoted).map(|(found, _)| found).find(is_key) else {
                return String::new();
            };
            at += found;
        }
        format!("line {}: ", self.text[..at].matches('\n').count() + 1)
    }

    pub fn put(&mut self, group: Option<&str>, name: &str, value: Value) {
        let Some(group) = group else {
            self.root.insert(name.to_owned(), value);
            return;
        };
        if let Value::Object(inner) = self.root.entry(group).or_insert_with(|| Value::Object(Map::new())) {
            inner.insert(name.to_owned(), value);
        }
    }

    /// Takes over what `patch` says, as RFC 7396 has it; `null` removes.
    pub fn patched(&self, patch: &Value) -> Self {
        let mut root = self.value();
        merge(&mut root, patch);
        let Value::Object(root) = root else { return self.clone() };
        Self { root, text: String::new() }
    }

    /// Replaces the file; what reads it meanwhile sees the old one or the new one, whole.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(&self.root).map_err(io::Error::other)?;
        text.push('\n');
        // A link stays one, and leads to the new file.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let beside = beside(&path);
        let written = fresh(&beside).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        let done = written.and_then(|()| fs::rename(&beside, &path));
        if done.is_err() {
            let _ = fs::remove_file(&beside);
        }
        #[cfg(unix)]
        if let Some(dir) = path.parent().filter(|_| done.is_ok()) {
            // Where a directory can't be synced the file is there all the same.
            let _ = File::open(dir).and_then(|dir| dir.sync_all());
        }
        done
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

/// A file for its owner alone. One that a crash left under this name goes.
fn fresh(path: &Path) -> io::Result<File> {
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Why `value` is none for `key`.
pub(super) fn refused(key: &Key, value: &Value) -> String {
    format!("{} = {}: {}", key.name, shown(value), key.form.expected())
}

/// Why `value` is no group of settings.
pub(super) fn no_group(name: &str, value: &Value) -> String {
    format!("{name} = {}: expected an object, {{…}}", shown(value))
}

/// A place of a document and what stands there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf<'a> {
    pub group: Option<&'a str>,
    pub name: &'a str,
    pub value: &'a Value,
}

impl Leaf<'_> {
    pub fn path(&self) -> String {
        self.group.map_or_else(|| self.name.to_owned(), |group| format!("{group}.{}", self.name))
    }

    /// An empty one, or something else in the place of one.
    pub fn is_group(&self) -> bool {
        self.group.is_none() && Key::is_group(self.name)
    }
}

/// What stands in a document; of the groups that are known, what is in them.
pub(super) fn leaves(document: &Value) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    for (name, value) in document.as_object().into_iter().flatten() {
        match value.as_object().filter(|inner| Key::is_group(name) && !inner.is_empty()) {
            Some(inner) => {
                found.extend(inner.iter().map(|(key, value)| Leaf { group: Some(name), name: key, value }));
            }
            None => found.push(Leaf { group: None, name, value }),
        }
    }
    found
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> Document {
        Document::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_broken_file_says_where() {
        let broken = Document::parse(b"{\n  \"signals\": {\"pin\": [}\n}").unwrap_err();
        assert_eq!(broken, Unreadable { why: "line 2, column 23: expected value".to_owned(), names_redaction: false });
        assert!(Document::parse(b"[1]").unwrap_err().why.contains("expected an object"));
        assert!(Document::parse(b"{\"redaction\": \"full\"").unwrap_err().names_redaction);
        for nothing in ["", " \n", "\u{feff}", "\u{feff}{}"] {
            assert!(parsed(nothing).root.is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn each_fault_is_named_with_its_line_its_value_and_what_is_allowed() {
        let text = "{\n \"signals\": {\n  \"notes_per_day\": \"many\",\n  \"pin\": [\"edit_trash\"]},\n \"budgets\": 5,\n \"budget\": {},\n \"mine\": 1, \"port\": 1}";
        let faults = parsed(text).faults();
        let beginnings = [
            "line 4: signals.pin = [\"edit_trash\"]: expected a list of kinds: budget_exceeded, ",
            "line 3: signals.notes_per_day = \"many\": expected a whole number from 0 to 1000",
            "line 6: there is no setting \"budget\": it is kept and does nothing",
            "line 5: budgets = 5: expected an object",
            "line 7: there is no setting \"mine\"",
        ];
        assert_eq!(faults.len(), beginnings.len(), "{faults:#?}");
        for (fault, beginning) in faults.iter().zip(beginnings) {
            assert!(fault.starts_with(beginning), "{fault}\n{beginning}");
        }
        assert!(parsed("{\"signals\": {}, \"budgets\": null}").faults().is_empty());
    }

    #[test]
    fn a_patch_says_what_changes_and_the_rest_stays() {
        let before = parsed(r#"{"theirs": {"a": 1}, "signals": {"pin": ["x"], "own": 2}, "port": 1}"#);
        let after = before.patched(&json!({"signals": {"pin": null, "mute": ["y"]}, "port": null, "theirs": {"b": 2}}));
        let want = json!({"theirs": {"a": 1, "b": 2}, "signals": {"own": 2, "mute": ["y"]}});
        assert_eq!(after.value(), want);
        let mended = parsed(r#"{"signals": 5}"#).patched(&json!({"signals": {"pin": []}}));
        assert_eq!(mended.value(), json!({"signals": {"pin": []}}));
    }

    #[cfg(unix)]
    #[test]
    fn it_is_written_for_its_owner_alone_and_through_a_link() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("real.json"), dir.path().join("settings.json"));
        fs::write(&path, "{}").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let document = parsed(r#"{"port": 1}"#);
        document.write(&link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Document::read(&link).unwrap().root, document.root);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn what_is_no_file_is_a_problem_and_no_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Document::read(dir.path()).unwrap_err().why, "it is no file");
        assert_eq!(Document::read(&dir.path().join("none")), Ok(Document::default()));
    }
}
