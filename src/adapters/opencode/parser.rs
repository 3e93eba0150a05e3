//! From rows and files to facts: what each record is, and whose.

use std::path::{Path, PathBuf};

use super::wire::{Record, Time};
use super::{copies, messages, parts, sessions, shorten};
use crate::adapters::framing::each_record;
use crate::adapters::json::{self, Raw};
use crate::adapters::{FileFacts, Parsed, Parser};
use crate::model::{Agent, Millis, SessionId};

/// The end of the year 9999: what lies beyond is no time.
const LATEST: Millis = 253_402_207_200_000;

/// Whose a record is.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    /// The one that a person began.
    pub session: SessionId,
    /// opencode's own session, which may be a sub-agent's.
    pub own: String,
    pub cwd: Option<String>,
}

impl Owner {
    /// `root`: the session above, where there is one.
    pub fn of(own: String, root: Option<&str>, cwd: Option<String>) -> Self {
        let session = SessionId::new(Agent::Opencode, root.unwrap_or(&own));
        Self { session, own, cwd }
    }

    pub fn agent_id(&self) -> Option<String> {
        (*self.session.id != *self.own).then(|| self.own.clone())
    }
}

/// The message that a part is of.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub id: String,
    pub by_user: bool,
    pub at: Option<Millis>,
    /// Somebody else's.
    pub copied: bool,
}

/// What all facts of one record share.
pub(super) struct Context<'a> {
    pub owner: &'a Owner,
    pub at: Millis,
    /// When the file was written that the record stands in, or the hook ran.
    pub written: Millis,
    pub line: u64,
}

/// Reads a database, or the files of one session; of rows nothing has to be remembered.
pub(super) struct Records {
    modified_ms: Millis,
    /// A file of a session is followed by its messages, each by its parts.
    session: Option<Owner>,
    message: Option<Whole>,
}

impl Records {
    pub fn new(file: &FileFacts<'_>) -> Self {
        Self { modified_ms: file.modified_ms, session: None, message: None }
    }

    fn record(&mut self, text: &str, record: &Record<'_>, line: u64, out: &mut Parsed) {
        if !record.is_object {
            out.skip("not an object", line);
            return;
        }
        let table = json::text(record.table);
        let known = match table.as_deref() {
            Some("session") => self.session(record, line, out),
            Some("message") => {
                let owner = row_owner(record);
                self.message(record.data, record, owner, line, out).map(drop)
            }
            Some("part") => {
                let owner = row_owner(record);
                let whole = row_whole(record);
                self.part(record.data, record, owner.as_ref(), whole.as_ref(), line, out)
            }
            Some(other) => {
                out.skip(format!("unknown table {}", shorten(other)), line);
                return;
            }
            None => self.document(text, record, line, out),
        };
        match known {
            Some(()) => out.records += 1,
            None => out.skip("record without an id or a session", line),
        }
    }

    /// A file of the tree: what it is shows in its fields.
    fn document(&mut self, text: &str, record: &Record<'_>, line: u64, out: &mut Parsed) -> Option<()> {
        let raw: &serde_json::value::RawValue = serde_json::from_str(text).ok()?;
        if json::present(record.role) {
            let told = json::string(record.session_id_camel);
            let owner = self.session.clone().filter(|owner| told.as_ref().is_none_or(|id| *id == owner.own));
            let owner = owner.or_else(|| Some(Owner::of(told?, None, None)));
            self.message = None;
            self.message = Some(self.message(Some(raw), record, owner, line, out)?);
            return Some(());
        }
        if json::present(record.kind) {
            let (owner, whole) = (self.session.clone(), self.message.clone());
            let told = json::string(record.message_id_camel);
            // Trees made by hand have the parts of all messages in one folder.
            if whole.as_ref().zip(told.as_ref()).is_some_and(|(whole, told)| whole.id != *told) {
                return Some(());
            }
            return self.part(Some(raw), record, owner.as_ref(), whole.as_ref(), line, out);
        }
        self.session(record, line, out)
    }

    fn session(&mut self, record: &Record<'_>, line: u64, out: &mut Parsed) -> Option<()> {
        let own = json::string(record.id)?;
        let above = json::string(record.root)
            .or_else(|| json::string(record.parent_id))
            .or_else(|| json::string(record.parent_id_camel));
        let owner = Owner::of(own, above.as_deref(), json::string(record.directory));
        let time: Time<'_> = json::object(record.time).unwrap_or_default();
        let at = Self::moment(&[time.created, record.time_created], line, out).unwrap_or(self.modified_ms);
        sessions::session(record, &time, &self.context(&owner, at, line), out);
        (self.session, self.message) = (Some(owner), None);
        Some(())
    }

    fn message(
        &self,
        data: Raw<'_>,
        record: &Record<'_>,
        owner: Option<Owner>,
        line: u64,
        out: &mut Parsed,
    ) -> Option<Whole> {
        let (id, owner) = (json::string(record.id)?, owner?);
        let data: super::wire::Message<'_> = json::object(data)?;
        let time: Time<'_> = json::object(data.time).unwrap_or_default();
        let told = Self::moment(&[time.created, record.time_created], line, out);
        let by_user = json::text(data.role).as_deref() == Some("user");
        let whole = Whole { copied: copies::is_copy(&id, told), id, by_user, at: told };
        if !whole.copied {
            let context = self.context(&owner, told.unwrap_or(self.modified_ms), line);
            messages::message(&data, &time, &whole, &context, out);
        }
        Some(whole)
    }

    fn part(
        &self,
        data: Raw<'_>,
        record: &Record<'_>,
        owner: Option<&Owner>,
        whole: Option<&Whole>,
        line: u64,
        out: &mut Parsed,
    ) -> Option<()> {
        let (owner, whole) = (owner?, whole?);
        let part: super::wire::Part<'_> = json::object(data)?;
        let id = json::string(record.id).or_else(|| json::string(part.id))?;
        let time: Time<'_> = json::object(part.time).unwrap_or_default();
        if !whole.copied {
            let told = Self::moment(&[time.start, time.created, record.time_created], line, out);
            let at = told.or(whole.at).unwrap_or(self.modified_ms);
            parts::part(&part, &time, &id, whole, &self.context(owner, at, line), out);
        }
        Some(())
    }

    fn context<'a>(&self, owner: &'a Owner, at: Millis, line: u64) -> Context<'a> {
        Context { owner, at, written: self.modified_ms, line }
    }

    /// The first of these that is a time.
    fn moment(told: &[Raw<'_>], line: u64, out: &mut Parsed) -> Option<Millis> {
        let told = told.iter().find_map(|raw| json::time(*raw));
        let at = told.filter(|at| (0..=LATEST).contains(at));
        if told != at {
            out.skip("number out of range", line);
        }
        at
    }
}

fn row_owner(record: &Record<'_>) -> Option<Owner> {
    let own = json::string(record.session_id)?;
    Some(Owner::of(
        own,
        json::text(record.root).filter(|root| !root.is_empty()).as_deref(),
        json::string(record.session_directory),
    ))
}

fn row_whole(record: &Record<'_>) -> Option<Whole> {
    let id = json::string(record.message_id)?;
    let at = json::time(record.message_created);
    let by_user = json::text(record.message_role).as_deref() == Some("user");
    Some(Whole { copied: copies::is_copy(&id, at), id, by_user, at })
}

impl Parser for Records {
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        each_record(line, number, terminated, out, |text, record: &Record<'_>, out| {
            self.record(text, record, number, out);
        })
    }

    /// Rows stand for themselves, and files are read anew.
    fn state(&self) -> Option<String> {
        None
    }
}

/// The folders with a session's messages, or a message's parts.
pub(super) fn along(path: &Path, document: &[u8]) -> Vec<PathBuf> {
    let record: Option<Record<'_>> = std::str::from_utf8(document).ok().and_then(json::parse);
    let Some(record) = record.filter(|record| record.is_object) else { return Vec::new() };
    let Some(storage) = path.parent().and_then(Path::parent).and_then(Path::parent) else { return Vec::new() };
    // An id is one name, and leads nowhere else.
    let id = json::string(record.id).filter(|id| !id.contains(['/', '\\']) && id != "..");
    match id {
        Some(id) if json::present(record.role) => vec![storage.join("part").join(id), storage.join("part")],
        Some(id) if !json::present(record.kind) => vec![storage.join("message").join(id)],
        _ => Vec::new(),
    }
}
