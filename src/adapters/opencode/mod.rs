//! opencode: an SQLite database of sessions, messages and their parts; before it, a tree of JSON files with the same
//! records.
//!
//! Sources of the format: the database of version 1.18.33, file trees of 0.1 and 1.3.

mod calls;
mod copies;
mod hooks;
mod messages;
mod outcome;
mod parser;
mod parts;
mod sessions;
#[cfg(test)]
mod tests;
mod tools;
mod usage;
mod wire;

use std::path::{Path, PathBuf};

use super::{Adapter, FileFacts, Hooks, LookUp, News, Parser, Places, Shape, Table};
use crate::model::Agent;

pub struct Opencode;

const CHANGES: News = News::Changed("time_updated");

/// Plans are not read from their table: the calls that write them tell them whole.
const TABLES: &[Table] = &[
    Table {
        name: "session",
        columns: &[
            "id",
            "parent_id",
            "directory",
            "title",
            "version",
            "agent",
            "revert",
            "time_created",
            "time_updated",
            "time_archived",
        ],
        json: &["revert"],
        news: CHANGES,
    },
    Table { name: "message", columns: &["id", "session_id", "time_created", "data"], json: &["data"], news: CHANGES },
    Table {
        name: "part",
        columns: &["id", "message_id", "session_id", "time_created", "data"],
        json: &["data"],
        news: CHANGES,
    },
];

/// The session that a person began, however deep below it the row's own session works.
macro_rules! root_of {
    ($id:literal) => {
        concat!(
            "(WITH RECURSIVE up(id, above, n) AS (SELECT id, parent_id, 0 FROM session WHERE id = ",
            $id,
            " UNION ALL SELECT s.id, s.parent_id, up.n + 1 FROM session s JOIN up ON s.id = up.above WHERE up.n < 16) ",
            "SELECT coalesce(above, id) FROM up ORDER BY n DESC LIMIT 1)"
        )
    };
}

const LOOK_UPS: &[LookUp] = &[
    LookUp { table: "session", name: "root", sql: root_of!("session.id") },
    LookUp { table: "message", name: "root", sql: root_of!("message.session_id") },
    LookUp { table: "part", name: "root", sql: root_of!("part.session_id") },
    LookUp {
        table: "part",
        name: "session_directory",
        sql: "(SELECT directory FROM session WHERE id = part.session_id)",
    },
    LookUp {
        table: "part",
        name: "message_role",
        sql: "(SELECT json_extract(m.data, '$.role') FROM message m WHERE m.id = part.message_id)",
    },
    LookUp {
        table: "part",
        name: "message_created",
        sql: "(SELECT m.time_created FROM message m WHERE m.id = part.message_id)",
    },
];

impl Adapter for Opencode {
    fn agent(&self) -> Agent {
        Agent::Opencode
    }

    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let named = places.xdg_data_home.as_deref().filter(|dir| dir.is_absolute());
        vec![named.map_or_else(|| places.home.join(".local/share"), Path::to_owned).join("opencode")]
    }

    /// Beside its history there lie copies of every project, logs, and programs that it fetched.
    fn enters(&self, dir: &Path) -> bool {
        let is = |dir: Option<&Path>, names: &[&str]| {
            dir.and_then(Path::file_name).is_some_and(|name| names.iter().any(|known| name == *known))
        };
        is(Some(dir), &["storage", "session"]) || is(dir.parent(), &["session"])
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn look_ups(&self) -> &'static [LookUp] {
        LOOK_UPS
    }

    fn shape(&self, path: &Path) -> Option<Shape> {
        let name = path.file_name()?.to_str()?;
        // Other channels of its releases have databases of their own.
        if let Some(channel) = name.strip_prefix("opencode").and_then(|rest| rest.strip_suffix(".db")) {
            return (channel.is_empty() || channel.starts_with('-')).then_some(Shape::Rows);
        }
        is_session(path).then_some(Shape::Document)
    }

    fn claims(&self, beginning: &[u8]) -> bool {
        let has = |key: &str| memchr::memmem::find(beginning, key.as_bytes()).is_some();
        beginning.trim_ascii_start().starts_with(b"{") && has("\"projectID\"") && has("\"directory\"")
    }

    fn hooks(&self) -> Option<&'static dyn Hooks> {
        Some(&hooks::OpencodeHooks)
    }

    fn along(&self, path: &Path, document: &[u8]) -> Vec<PathBuf> {
        parser::along(path, document)
    }

    fn parser(&self, file: &FileFacts<'_>, _state: Option<&str>) -> Box<dyn Parser> {
        Box::new(parser::Records::new(file))
    }
}

/// `session/<project>/<session>.json`; messages and parts lie beside `session/` and are read along with it.
fn is_session(path: &Path) -> bool {
    let above = path.parent().and_then(Path::parent).and_then(Path::file_name);
    path.extension().is_some_and(|e| e == "json") && above.is_some_and(|name| name == "session")
}

/// Names of foreign kinds stay readable in counters.
fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(48).map_or(name.len(), |(at, _)| at);
    &name[..end]
}
