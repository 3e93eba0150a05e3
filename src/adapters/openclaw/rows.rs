//! The database of one of OpenClaw's agents: who a session belongs to, its events, and whole sessions put away.

use std::collections::HashMap;

use super::parser::{History, Told};
use super::wire::{Entry, Record, Report, Row};
use crate::adapters::{News, Parsed, Table, json};
use crate::model::{Agent, Fact, Millis, SessionId, SessionNote, SubagentNote, TitleRank};

/// First what tells whose an event is. A session's window is one run of its context; its node is the conversation.
pub(super) const TABLES: &[Table] = &[
    Table { name: "schema_meta", columns: &["app_version", "updated_at"], json: &[], news: News::Whole },
    Table {
        name: "session_windows",
        columns: &[
            "session_id",
            "session_key",
            "created_at",
            "updated_at",
            "parent_session_key",
            "spawned_by",
            "display_name",
        ],
        json: &[],
        news: News::Whole,
    },
    Table {
        name: "session_nodes",
        columns: &["current_session_id", "updated_at", "label", "display_name", "fork_source_session_id", "entry_json"],
        json: &["entry_json"],
        news: News::Changed("updated_at"),
    },
    Table {
        name: "transcript_events",
        columns: &["session_id", "created_at", "event_json", "event_zstd"],
        json: &["event_json", "event_zstd"],
        news: News::Added,
    },
    Table {
        name: "session_transcript_archives",
        columns: &["session_id", "session_key", "created_at", "archive_blob"],
        json: &["archive_blob"],
        news: News::Added,
    },
    Table {
        name: "session_transcript_cold_archives",
        columns: &["session_id", "archive_blob"],
        json: &["archive_blob"],
        news: News::Added,
    },
];

/// Deeper than this sub-agents do not start others.
const DEPTH: usize = 8;

/// Every session of the database by what it is called. The table is read anew each time, so nothing of it is kept.
#[derive(Debug, Default)]
pub(super) struct Windows {
    by_id: HashMap<String, Window>,
    /// A conversation may have had several sessions: when each began, and which it was.
    by_key: HashMap<String, Vec<(Millis, String)>>,
    /// The program that wrote last, and since when.
    version: Option<(String, Millis)>,
    /// Of this reading.
    news: Vec<WindowNews>,
}

#[derive(Debug)]
struct WindowNews {
    id: String,
    created: Millis,
    updated: Millis,
    name: Option<String>,
}

#[derive(Debug)]
struct Window {
    key: String,
    created: Millis,
    parent_key: Option<String>,
}

impl Windows {
    /// The session whose sub-agent `id` is.
    pub fn session_of(&self, id: &str) -> Option<String> {
        let mut session = None;
        for _ in 0..DEPTH {
            let next = self.parent_of(session.as_deref().unwrap_or(id));
            if next.is_none() {
                break;
            }
            session = next;
        }
        session.filter(|session| session != id)
    }

    fn parent_of(&self, id: &str) -> Option<String> {
        let window = self.by_id.get(id).filter(|window| is_side(&window.key))?;
        self.session_at(window.parent_key.as_deref()?, window.created)
    }

    /// Whether it is a sub-agent, whoever it works for.
    pub fn is_side(&self, id: &str) -> bool {
        self.by_id.get(id).is_some_and(|window| is_side(&window.key))
    }

    /// The session that a conversation was in at a moment.
    fn session_at(&self, key: &str, at: Millis) -> Option<String> {
        let sessions = self.by_key.get(key)?;
        let before = sessions.iter().filter(|(begun, _)| *begun <= at).max();
        before.or_else(|| sessions.iter().min()).map(|(_, id)| id.clone())
    }

    pub fn latest(&self, key: &str) -> Option<String> {
        self.session_at(key, Millis::MAX)
    }

    pub fn is_probe(&self, id: &str) -> bool {
        self.by_id.get(id).is_some_and(|window| window.key.contains(":explicit:model-run-"))
    }
}

fn is_side(key: &str) -> bool {
    [":subagent:", ":acp:"].iter().any(|kind| key.contains(kind))
}

impl History {
    pub(super) fn row(&mut self, text: &str, line: u64, out: &mut Parsed) {
        let row: Row<'_> = json::parse(text).unwrap_or_default();
        let table = json::text(row.table);
        if table.as_deref() != Some("session_windows") {
            self.windows_read(out);
        }
        match table.as_deref() {
            Some("schema_meta") => {
                let since = json::time(row.updated).unwrap_or(Millis::MAX);
                self.windows.version = json::string(row.app_version).map(|version| (version, since));
                out.records += 1;
            }
            Some("session_windows") => self.window(&row, out),
            Some("session_nodes") => self.node(&row, out),
            Some("transcript_events") => self.stored_event(&row, line, out),
            Some("session_transcript_archives" | "session_transcript_cold_archives") => self.archive(&row, line, out),
            _ => out.skip("unknown table", line),
        }
    }

    fn window(&mut self, row: &Row<'_>, out: &mut Parsed) {
        out.records += 1;
        let (Some(id), Some(key)) = (json::string(row.session_id), json::string(row.session_key)) else { return };
        let created = json::time(row.created).unwrap_or(0);
        let parent_key = json::string(row.spawned_by).or_else(|| json::string(row.parent_key));
        self.windows.by_key.entry(key.clone()).or_default().push((created, id.clone()));
        self.windows.by_id.insert(id.clone(), Window { key, created, parent_key });
        let updated = json::time(row.updated).unwrap_or(0);
        if updated >= self.state.told_ms {
            let name = json::string(row.display_name);
            self.windows.news.push(WindowNews { id, created, updated, name });
        }
    }

    /// What is new of sessions. Only now is each known that one may belong to.
    fn windows_read(&mut self, out: &mut Parsed) {
        for WindowNews { id, created, updated, name } in std::mem::take(&mut self.windows.news) {
            self.state.told_ms = self.state.told_ms.max(updated);
            if let Some(session) = self.windows.session_of(&id) {
                let (session, at) = (SessionId::new(Agent::Openclaw, &session), Some(created).filter(|at| *at > 0));
                let note =
                    SubagentNote { session, agent_id: id, at, agent_type: None, description: name, call_id: None };
                out.facts.push(Fact::Subagent(note));
                continue;
            }
            let mut note = SessionNote::new(SessionId::new(Agent::Openclaw, &id));
            note.title = name.map(|name| (TitleRank::Generated, updated, name));
            let version = self.windows.version.as_ref().filter(|(_, since)| updated >= *since);
            note.agent_version = version.map(|(version, _)| version.clone());
            if (note.title.is_some() || note.agent_version.is_some()) && !self.windows.is_probe(&id) {
                out.facts.push(Fact::Session(note));
            }
        }
    }

    fn node(&mut self, row: &Row<'_>, out: &mut Parsed) {
        out.records += 1;
        let Some(id) = json::string(row.current) else { return };
        let entry: Entry<'_> = json::object(row.entry).unwrap_or_default();
        let report: Report<'_> = json::object(entry.report).unwrap_or_default();
        if let Some(cwd) = json::string(report.workspace).filter(|_| self.cwd(&id).is_none()) {
            self.works_in(&id, &cwd);
        }
        if self.windows.session_of(&id).is_some() || self.windows.is_probe(&id) {
            return;
        }
        let updated = json::time(row.updated).unwrap_or(0);
        let by_user = json::string(row.label).map(|name| (TitleRank::ByUser, updated, name));
        let mut note = SessionNote::new(SessionId::new(Agent::Openclaw, &id));
        note.title =
            by_user.or_else(|| json::string(row.display_name).map(|name| (TitleRank::Generated, updated, name)));
        note.window = json::int(entry.window).filter(|window| *window > 0);
        note.parent = json::string(row.forked_from).filter(|from| *from != id);
        out.facts.push(Fact::Session(note));
    }

    fn stored_event(&mut self, row: &Row<'_>, line: u64, out: &mut Parsed) {
        let session = json::string(row.session_id);
        let told = Told { session: session.as_deref(), at: json::time(row.created) };
        let event = [row.event, row.packed].into_iter().flatten().find(|raw| raw.get() != "null");
        let record = event.and_then(|raw| json::parse::<Record<'_>>(raw.get()));
        match (event, record) {
            (Some(event), Some(record)) if record.is_object && session.is_some() => {
                self.record(event.get(), &record, told, line, out);
            }
            (_, _) if session.is_none() => out.skip("record without a session", line),
            _ => out.skip("event that cannot be read", line),
        }
    }

    /// A session as the file that it once was; one line of it alone comes as what it holds.
    fn archive(&mut self, row: &Row<'_>, line: u64, out: &mut Parsed) {
        let session = json::string(row.session_id);
        // With the session its row may be gone.
        if let (Some(id), Some(key)) = (&session, json::string(row.session_key)) {
            self.windows.by_id.entry(id.clone()).or_insert(Window { key, created: 0, parent_key: None });
        }
        let told = Told { session: session.as_deref(), at: None };
        let text = match row.archive {
            Some(raw) if raw.get().starts_with('{') => raw.get().into(),
            raw => json::text(raw).unwrap_or_default(),
        };
        for event in text.lines().filter(|event| !event.trim().is_empty()) {
            match json::parse::<Record<'_>>(event) {
                Some(record) if json::present(record.cold) && !json::present(record.kind) => {
                    self.cold(&record, session.as_deref(), line, out);
                }
                Some(record) => self.record(event, &record, told, line, out),
                None => out.skip("not JSON", line),
            }
        }
    }

    /// A line of a session that was put into cold storage, row by row.
    pub(super) fn cold(&mut self, record: &Record<'_>, session: Option<&str>, line: u64, out: &mut Parsed) {
        if json::text(record.cold).as_deref() != Some("event") {
            out.records += 1;
            return;
        }
        let row: Row<'_> = json::object(record.row).unwrap_or_default();
        let text = match row.event {
            Some(raw) if raw.get().starts_with('{') => raw.get().into(),
            raw => json::text(raw).unwrap_or_default(),
        };
        match json::parse::<Record<'_>>(&text) {
            Some(event) => self.record(&text, &event, Told { session, at: json::time(row.created) }, line, out),
            None => out.skip("event that cannot be read", line),
        }
    }
}
