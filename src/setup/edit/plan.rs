//! Changes to several files, all or none: everything is worked out first, and nothing written if any part can't be.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::document::{Document, Done, apply};
use super::error::{EditError, Fault};
use super::file::{self, Outcome, Seen};
use super::json::Json;
use super::lock;
use super::markers::{self, Markers};
use super::memory::Memory;
use super::op::Op;
use super::text::{BOM, Place};
use super::toml::Toml;

/// Long enough for a program that writes in place to finish.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Clone)]
pub enum Edit {
    /// JSON, JSON with comments, JSON5.
    Json(Vec<Op>),
    Toml(Vec<Op>),
    /// Our block in a text: there with this body, or not there.
    Block {
        markers: Markers,
        body: Option<String>,
    },
    /// A file that is all ours: this, or gone.
    Whole(Option<String>),
}

impl Edit {
    /// What it does to a document; `None` where it is none.
    pub fn ops(&self) -> Option<&[Op]> {
        match self {
            Self::Json(ops) | Self::Toml(ops) => Some(ops),
            _ => None,
        }
    }

    /// The text as a document of its kind.
    pub fn open(&self, text: &str) -> Result<Box<dyn Document>, Fault> {
        match self {
            Self::Toml(_) => Ok(Box::new(Toml::open(Some(text))?)),
            _ => Ok(Box::new(Json::open(Some(text))?)),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Change {
    pub path: PathBuf,
    pub edit: Edit,
    /// The agent's own lock for this file.
    pub lock: Option<PathBuf>,
}

/// By real path: what undoing takes.
pub type Memories = BTreeMap<PathBuf, Memory>;

/// One file, with all that is to change in it, worked out.
#[derive(Debug)]
pub struct Planned {
    pub seen: Seen,
    pub new: Option<Vec<u8>>,
    memory: Memory,
    changes: Vec<Change>,
}

impl Planned {
    pub fn is_change(&self) -> bool {
        self.seen.bytes != self.new
    }

    /// Whether one of its changes names the file so.
    pub fn is_of(&self, named: &Path) -> bool {
        self.changes.iter().any(|change| change.path == named)
    }

    /// The file as the system knows it, and what undoing takes once this is written.
    pub fn memory(&self) -> (&Path, &Memory) {
        (&self.seen.real, &self.memory)
    }

    /// For a dry run; the text is shown as it is, secrets of the neighbourhood included.
    pub fn diff(&self) -> String {
        let text = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let (old, new) = (text(&self.seen.bytes), text(&self.new));
        super::diff::unified(&self.seen.named.to_string_lossy(), old.as_deref(), new.as_deref())
    }
}

/// How to write.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Where the content before our first edit is kept.
    pub backups: Option<PathBuf>,
    /// How often to begin anew when a file changes under us.
    pub attempts: u32,
    /// How long to wait for an agent's lock.
    pub patience: Duration,
    pub now: fn() -> SystemTime,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub files: Vec<PathBuf>,
    /// Folders that were made for them, outermost first.
    pub folders: Vec<PathBuf>,
}

/// Works out every change. Several for one file (under whatever names) add to each other.
pub fn plan(changes: &[Change], memories: &Memories) -> Result<Vec<Planned>, EditError> {
    let mut files: Vec<(PathBuf, Vec<Change>)> = Vec::new();
    for change in changes {
        let real = file::read(&change.path)?.real;
        match files.iter_mut().find(|(known, _)| *known == real) {
            Some((_, of)) => of.push(change.clone()),
            None => files.push((real, vec![change.clone()])),
        }
    }
    files.into_iter().map(|(real, changes)| work_out(changes, memories.get(&real))).collect()
}

fn work_out(changes: Vec<Change>, memory: Option<&Memory>) -> Result<Planned, EditError> {
    let named = changes.first().map(|change| change.path.clone()).unwrap_or_default();
    let mut seen = file::read(&named)?;
    loop {
        let mut memory = memory.cloned().unwrap_or_default();
        match content(&seen, &changes, &mut memory) {
            Ok(new) => return Ok(Planned { seen, new, memory, changes }),
            Err(error) => {
                // Half a file may be one that is just being written.
                thread::sleep(PAUSE);
                let now = file::read(&named)?;
                if now == seen {
                    return Err(error);
                }
                seen = now;
            }
        }
    }
}

fn content(seen: &Seen, changes: &[Change], memory: &mut Memory) -> Result<Option<Vec<u8>>, EditError> {
    let mut text = match seen.bytes.as_deref().map(std::str::from_utf8) {
        None => None,
        Some(Ok(text)) => Some(text.to_owned()),
        Some(Err(error)) => {
            let sound = String::from_utf8_lossy(
                seen.bytes.as_deref().unwrap_or_default().get(..error.valid_up_to()).unwrap_or_default(),
            );
            return Err(EditError::Encoding { path: seen.named.clone(), place: Place::of(&sound, sound.len()) });
        }
    };
    for change in changes {
        let before = text.clone();
        let after = edit(before.as_deref(), &change.edit, memory);
        text = after.map_err(|fault| fault.in_file(&change.path, before.as_deref().unwrap_or_default()))?;
    }
    Ok(text.map(String::into_bytes))
}

fn edit(text: Option<&str>, edit: &Edit, memory: &mut Memory) -> Result<Option<String>, Fault> {
    let done = match edit {
        Edit::Json(ops) => apply(&mut Json::open(text)?, ops, memory)?,
        Edit::Toml(ops) => apply(&mut Toml::open(text)?, ops, memory)?,
        Edit::Whole(whole) => return Ok(whole.clone()),
        Edit::Block { markers, body: Some(body) } => {
            if text.is_none() {
                memory.blank(None);
            }
            return Ok(Some(markers::put(text.unwrap_or_default(), markers, body)?));
        }
        Edit::Block { markers, body: None } => {
            let Some(text) = text else { return Ok(None) };
            let rest = markers::take_out(text, markers)?;
            let ours = memory.was_blank() == Some(None);
            memory.forget_blank();
            return Ok((!ours || !rest.trim_start_matches(BOM).trim().is_empty()).then_some(rest));
        }
    };
    Ok(match done {
        // Nothing to say in a file that is not there.
        Done::Text(new) if text.is_none() && new.is_empty() => None,
        Done::Text(new) => Some(new),
        Done::Gone => None,
    })
}

/// Writes what was planned. If one file can't be written, those written before it are put back as they were.
pub fn write(planned: Vec<Planned>, memories: &mut Memories, manner: &Manner) -> Result<Written, EditError> {
    let mut written = Written::default();
    let due: Vec<&Planned> = planned.iter().filter(|one| one.is_change()).collect();
    due.iter().try_for_each(|one| one.seen.check())?;
    if let Some(backups) = &manner.backups {
        due.iter().try_for_each(|one| file::back_up(&one.seen, backups))?;
    }
    let mut done: Vec<Planned> = Vec::new();
    for one in planned {
        let before = memories.get(&one.seen.real).cloned();
        match write_one(one, before.as_ref(), manner, &mut written.folders) {
            Ok(one) => done.push(one),
            Err(error) => {
                take_back(&done, &written.folders);
                return Err(error);
            }
        }
    }
    for one in done {
        if one.is_change() {
            written.files.push(one.seen.named.clone());
        }
        if one.memory.is_empty() {
            memories.remove(&one.seen.real);
        } else {
            memories.insert(one.seen.real, one.memory);
        }
    }
    Ok(written)
}

fn write_one(
    one: Planned,
    before: Option<&Memory>,
    manner: &Manner,
    folders: &mut Vec<PathBuf>,
) -> Result<Planned, EditError> {
    if !one.is_change() {
        return Ok(one);
    }
    make_folders(one.seen.folder(), folders)?;
    let lock = one.changes.iter().find_map(|change| change.lock.as_deref());
    let _held = lock.map(|lock| lock::take(&one.seen.named, lock, manner.patience, manner.now)).transpose()?;
    let mut one = one;
    for _ in 0..manner.attempts.max(1) {
        let outcome = match &one.new {
            Some(bytes) => file::replace(&one.seen, &file::stage(&one.seen, bytes)?)?,
            None => file::remove(&one.seen)?,
        };
        // Whoever wrote at the same moment may have put back what was there before.
        if outcome == Outcome::Done && !work_out(one.changes.clone(), Some(&one.memory))?.is_change() {
            return Ok(one);
        }
        one = work_out(one.changes, before)?;
        if !one.is_change() {
            return Ok(one);
        }
        one.seen.check()?;
    }
    Err(EditError::Restless { path: one.seen.named })
}

fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> Result<(), EditError> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder).map_err(|error| EditError::io(folder, error))?;
        made.push(folder.to_owned());
    }
    Ok(())
}

/// As far as nobody else wrote since.
fn take_back(done: &[Planned], folders: &[PathBuf]) {
    for one in done.iter().filter(|one| one.is_change()) {
        let Ok(now) = file::read(&one.seen.named) else { continue };
        if now.bytes != one.new {
            continue;
        }
        let _ = match &one.seen.bytes {
            // The stamp of the original still tells mode and owner, where the file was removed.
            Some(bytes) => {
                let like = Seen { stamp: now.stamp.or(one.seen.stamp), ..now.clone() };
                file::stage(&like, bytes).and_then(|staged| file::replace(&now, &staged))
            }
            None => file::remove(&now),
        };
    }
    for folder in folders.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}
