//! Message rows: one per response or record and role, its pieces put together as they arrive.

use rusqlite::{OptionalExtension, params};

use super::overheard::hashes;
use super::search::{Part, doc_id};
use super::{Result, Writer, key};
use crate::model::{Agent, Message, Millis, Role, TitleRank};

/// Between the pieces of one message.
const JOINT: &str = "\n\n";
/// A title taken from a prompt is its first line, this long at most.
const TITLE_BYTES: usize = 120;

pub(super) struct Kept {
    id: i64,
    session: i64,
    at: Millis,
    content: String,
    hashes: Vec<u64>,
    record_id: Option<String>,
    model: Option<String>,
    pub agent_id: Option<String>,
    turn: Option<String>,
}

impl Kept {
    /// The columns in the order of the fields.
    pub fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            session: row.get(1)?,
            at: row.get(2)?,
            content: row.get(3)?,
            hashes: hashes(&row.get::<_, Vec<u8>>(4)?),
            record_id: row.get(5)?,
            model: row.get(6)?,
            agent_id: row.get(7)?,
            turn: row.get(8)?,
        })
    }
}

impl Writer {
    pub(super) fn message(&mut self, m: &Message) -> Result<()> {
        if m.overheard {
            return self.overhear(m);
        }
        let claimant = self.sessions.row(&self.db, &m.session)?;
        self.title_from(claimant, m);
        if let (Role::Assistant, Some(model), None) = (m.role, &m.model, &m.agent_id) {
            self.sessions.spoke_with(claimant, m.at, model);
        }
        let content = join(m.pieces.iter().map(|p| p.text.as_str()));
        match self.insert_message(claimant, m, content)? {
            Some(row) => self.settle_overheard(claimant, row, m),
            None => self.merge_message(key(m.session.agent, m.role.name(), &m.message_id), claimant, m),
        }
    }

    /// The new row; `None`: the message is here already.
    pub(super) fn insert_message(&mut self, claimant: i64, m: &Message, content: String) -> Result<Option<i64>> {
        let key = key(m.session.agent, m.role.name(), &m.message_id);
        let hashes: Vec<u8> = m.pieces.iter().flat_map(|p| p.hash.to_le_bytes()).collect();
        let added = self
            .db
            .prepare_cached(
                "INSERT INTO message (key, session, message_id, record_id, ts_ms, role, content, pieces, model, agent_id, turn)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                key, claimant, m.message_id, m.record_id, m.at, m.role.name(), content, hashes, m.model, m.agent_id, m.turn
            ])?;
        if added == 0 {
            return Ok(None);
        }
        let id = self.db.last_insert_rowid();
        self.index_message(id, m.role, content, false);
        self.count_message(claimant, m.role, m.agent_id.as_deref(), 1);
        self.told(claimant, m)?;
        Ok(Some(id))
    }

    /// A session is called after its first prompt, copied or not, until something better is said.
    pub(super) fn title_from(&mut self, session: i64, m: &Message) {
        if m.role == Role::User
            && m.agent_id.is_none()
            && let Some(title) = m.pieces.iter().find_map(|p| title_line(&p.text))
        {
            // Of equal rank the later wins; for prompts that must be the first.
            self.sessions.title(session, TitleRank::FirstPrompt, -m.at, &title);
        }
    }

    fn merge_message(&mut self, key: i64, claimant: i64, m: &Message) -> Result<()> {
        let Some(kept) = self.kept_message(key)? else { return Ok(()) };
        let owner = self.sessions.owner(&self.db, kept.session, claimant)?;
        let mut content = kept.content.clone();
        let mut hashes = kept.hashes.clone();
        for piece in &m.pieces {
            if !hashes.contains(&piece.hash) {
                if !content.is_empty() && !piece.text.is_empty() {
                    content.push_str(JOINT);
                }
                content.push_str(&piece.text);
                hashes.push(piece.hash);
            }
        }
        let at = kept.at.min(m.at);
        let agent_id = kept.agent_id.clone().filter(|_| m.agent_id.is_some());
        let record_id = m.record_id.clone().filter(|_| hashes.len() > kept.hashes.len()).or(kept.record_id.clone());
        let model = kept.model.clone().or(m.model.clone());
        // A fork repeats prompts under its own turn: the owner's telling counts.
        let turn =
            if owner == claimant { m.turn.clone().or(kept.turn.clone()) } else { kept.turn.clone().or(m.turn.clone()) };
        let grown = hashes.len() > kept.hashes.len();
        let same = owner == kept.session
            && hashes.len() == kept.hashes.len()
            && at == kept.at
            && agent_id == kept.agent_id
            && record_id == kept.record_id
            && turn == kept.turn
            && model == kept.model;
        if same {
            return Ok(());
        }
        let blob: Vec<u8> = hashes.iter().flat_map(|h| h.to_le_bytes()).collect();
        self.db
            .prepare_cached(
                "UPDATE message SET session = ?2, ts_ms = ?3, content = ?4, pieces = ?5, record_id = ?6, model = ?7, agent_id = ?8,
                   turn = ?9 WHERE id = ?1",
            )?
            .execute(params![kept.id, owner, at, content, blob, record_id, model, agent_id, turn])?;
        if content != kept.content {
            self.index_message(kept.id, m.role, content, true);
        }
        self.count_message(kept.session, m.role, kept.agent_id.as_deref(), -1);
        if let Some(left) = kept.agent_id.as_deref().filter(|_| owner != kept.session || agent_id.is_none()) {
            self.sessions.thread_left(kept.session, left);
        }
        self.count_message(owner, m.role, agent_id.as_deref(), 1);
        self.told(owner, m)?;
        // A record that came to its owner, or came to be what a hook told.
        if grown || owner != kept.session { self.settle_overheard(owner, kept.id, m) } else { Ok(()) }
    }

    fn kept_message(&self, key: i64) -> Result<Option<Kept>> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT id, session, ts_ms, content, pieces, record_id, model, agent_id, turn FROM message WHERE key = ?1",
            )?
            .query_row([key], Kept::read)
            .optional()?)
    }

    pub(super) fn count_message(&mut self, session: i64, role: Role, agent_id: Option<&str>, sign: i64) {
        match role {
            Role::User if agent_id.is_none() => self.sessions.counts(session).user_prompts += sign,
            Role::Assistant => self.sessions.counts(session).assistant_messages += sign,
            _ => {}
        }
    }

    fn index_message(&mut self, id: i64, role: Role, content: String, replace: bool) {
        if matches!(role, Role::User | Role::Assistant) && !content.is_empty() {
            self.docs.put(doc_id(id, Part::Message), content, replace);
        }
    }

    /// What a message says about its session beside its text.
    fn told(&mut self, session: i64, m: &Message) -> Result<()> {
        if let Some(agent_id) = &m.agent_id {
            self.sessions.thread_seen(session, agent_id, m.at);
        }
        for id in m.record_id.iter().chain(std::iter::once(&m.message_id)) {
            if let Some(title) = self.awaited_titles.remove(id) {
                self.sessions.title(session, TitleRank::Summary, m.at, &title);
                self.db.prepare_cached("DELETE FROM pending_title WHERE record_id = ?1")?.execute([id])?;
            }
        }
        Ok(())
    }

    /// A title for the session that holds `record_id`: now, or when the record comes.
    pub(super) fn title_of(&mut self, agent: Agent, record_id: String, title: String) -> Result<()> {
        let holder: Option<(i64, Millis)> = self
            .db
            .prepare_cached("SELECT session, ts_ms FROM message WHERE record_id = ?1")?
            .query_row([&record_id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let holder = match holder {
            Some(found) => Some(found),
            None => self
                .db
                .prepare_cached("SELECT session, ts_ms FROM message WHERE key = ?1")?
                .query_row([key(agent, Role::User.name(), &record_id)], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?,
        };
        if let Some((session, at)) = holder {
            self.sessions.title(session, TitleRank::Summary, at, &title);
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT OR REPLACE INTO pending_title (record_id, title) VALUES (?1, ?2)")?
            .execute([&record_id, &title])?;
        self.awaited_titles.insert(record_id, title);
        Ok(())
    }
}

pub(super) fn join<'a>(pieces: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for piece in pieces {
        if !text.is_empty() && !piece.is_empty() {
            text.push_str(JOINT);
        }
        text.push_str(piece);
    }
    text
}

fn title_line(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let mut end = line.len().min(TITLE_BYTES);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    Some(if end < line.len() { format!("{}…", line[..end].trim_end()) } else { line.to_owned() })
}
