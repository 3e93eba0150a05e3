//! The search index: texts of a batch are gathered and added in rising order, which is what FTS5 is fast at.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::Result;

/// Longer texts are found by their beginning.
const INDEXED_BYTES: usize = 16 * 1024;

/// Which text of a row a document is.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Part {
    Message = 0,
    Command = 1,
    Error = 2,
}

impl Part {
    /// The row and part behind a document.
    pub(in crate::store) fn of(doc: i64) -> (i64, Self) {
        let part = match doc & 3 {
            1 => Self::Command,
            2 => Self::Error,
            _ => Self::Message,
        };
        (doc >> 2, part)
    }
}

/// Per part: how to read its text (and a role of its own), and the role where there is none.
pub(in crate::store) const SEARCH_PARTS: [(&str, &str); 3] = [
    ("SELECT content, role FROM message WHERE id = ?1", "message"),
    ("SELECT command, NULL FROM tool_call WHERE id = ?1", "command"),
    ("SELECT error, NULL FROM tool_call WHERE id = ?1", "error"),
];

pub(in crate::store) fn doc_id(row: i64, part: Part) -> i64 {
    row << 2 | part as i64
}

#[derive(Default)]
pub(super) struct PendingDocs {
    /// The text, unless the document goes, and whether one may be in the index already.
    docs: BTreeMap<i64, (Option<String>, bool)>,
}

impl PendingDocs {
    /// `replace`: the document may be in the index already.
    pub fn put(&mut self, doc: i64, mut text: String, replace: bool) {
        if text.len() > INDEXED_BYTES {
            let mut end = INDEXED_BYTES;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        match self.docs.get_mut(&doc) {
            // Added earlier in this batch: not in the index, whatever the caller thinks.
            Some((known, _)) => *known = Some(text),
            None => {
                self.docs.insert(doc, (Some(text), replace));
            }
        }
    }

    /// The row behind `doc` is gone.
    pub fn remove(&mut self, doc: i64) {
        match self.docs.get_mut(&doc) {
            Some((known, true)) => *known = None,
            Some((_, false)) => {
                self.docs.remove(&doc);
            }
            None => {
                self.docs.insert(doc, (None, true));
            }
        }
    }

    pub fn flush(&mut self, db: &Connection) -> Result<()> {
        let docs = std::mem::take(&mut self.docs);
        let mut delete = db.prepare_cached("DELETE FROM search_index WHERE rowid = ?1")?;
        for (doc, _) in docs.iter().filter(|(_, (_, replace))| *replace) {
            delete.execute([doc])?;
        }
        let mut insert = db.prepare_cached("INSERT INTO search_index (rowid, text) VALUES (?1, ?2)")?;
        for (doc, (text, _)) in &docs {
            if let Some(text) = text {
                insert.execute(rusqlite::params![doc, text])?;
            }
        }
        Ok(())
    }
}
