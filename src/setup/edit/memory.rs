//! What must be known of a file to undo our edits to the byte; the manifest keeps it.

use serde::{Deserialize, Serialize};

use super::op::Keys;
use super::value::Value;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Note {
    /// Nothing but blanks (and comments) was there: the text, or `None` where there was no file.
    Blank { text: Option<String> },
    /// We made this table or array (or opened its header in TOML).
    Made { at: Keys },
    /// It was empty, with these blanks between its brackets.
    Empty { at: Keys, inner: String },
    /// We put this member, in place of what stood there.
    Put { at: Keys, value: Value, was: Option<String> },
}

/// Of one file. Grows while we install (a second install adds nothing), shrinks while we uninstall.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Memory {
    notes: Vec<Note>,
    /// The manifest is gone: what becomes empty was ours, a member nobody can recognise was not.
    lost: bool,
}

impl Memory {
    pub fn lost() -> Self {
        Self { notes: Vec::new(), lost: true }
    }

    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    pub(super) fn blank(&mut self, text: Option<String>) {
        if !self.notes.iter().any(|note| matches!(note, Note::Blank { .. })) {
            self.notes.push(Note::Blank { text });
        }
    }

    /// The text of the file before us, where that was blank.
    pub fn was_blank(&self) -> Option<Option<&str>> {
        self.notes.iter().find_map(|note| match note {
            Note::Blank { text } => Some(text.as_deref()),
            _ => None,
        })
    }

    pub(super) fn made(&mut self, at: &[String]) {
        if !self.has_made(at) {
            self.notes.push(Note::Made { at: at.to_vec() });
        }
    }

    pub(super) fn has_made(&self, keys: &[String]) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Made { at } if at == keys))
    }

    pub(super) fn emptied(&mut self, at: &[String], inner: &str) {
        if self.inner(at).is_none() {
            self.notes.push(Note::Empty { at: at.to_vec(), inner: inner.to_owned() });
        }
    }

    pub(super) fn inner(&self, keys: &[String]) -> Option<&str> {
        self.notes.iter().find_map(|note| match note {
            Note::Empty { at, inner } if at == keys => Some(inner.as_str()),
            _ => None,
        })
    }

    /// A member put anew keeps what stood there before the first time.
    pub(super) fn put(&mut self, keys: &[String], new: &Value, before: Option<String>) {
        for note in &mut self.notes {
            if let Note::Put { at, value, .. } = note
                && at == keys
            {
                *value = new.clone();
                return;
            }
        }
        self.notes.push(Note::Put { at: keys.to_vec(), value: new.clone(), was: before });
    }

    /// What we put there and still have to answer for.
    pub fn put_there(&self, keys: &[String]) -> Option<&Value> {
        self.has_put(keys).map(|(value, _)| value)
    }

    pub(super) fn has_put(&self, keys: &[String]) -> Option<(&Value, Option<&str>)> {
        self.notes.iter().find_map(|note| match note {
            Note::Put { at, value, was } if at == keys => Some((value, was.as_deref())),
            _ => None,
        })
    }

    /// Drops what is known of a path and below it: it is gone, or the user's from now on.
    pub(super) fn forget(&mut self, keys: &[String]) {
        self.notes.retain(|note| match note {
            Note::Blank { .. } => true,
            Note::Made { at } | Note::Empty { at, .. } | Note::Put { at, .. } => !at.starts_with(keys),
        });
    }

    pub(super) fn forget_put(&mut self, keys: &[String]) {
        self.notes.retain(|note| !matches!(note, Note::Put { at, .. } if at == keys));
    }

    pub(super) fn forget_blank(&mut self) {
        self.notes.retain(|note| !matches!(note, Note::Blank { .. }));
    }
}
