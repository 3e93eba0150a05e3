//! What the page leafs through: sessions that live, and the messages and calls of one session, newest first.

use serde::Serialize;
use serde_json::Value;

use super::session_facts::{relative, session_id};
use super::usage::{GetUsage, Period};
use super::{Asker, Refusal, budget, rfc3339, sessions, tell, usage};
use crate::model::{LIVE_MS, Millis, Role};
use crate::store::{CallRow, MessageFilter, MessageRow};

/// Of one page of messages or calls; what does not fit is on the next.
const PAGE_BYTES: usize = 1024 * 1024;
const COMMAND_BYTES: usize = 2_000;
const ERROR_BYTES: usize = 2_000;

/// Which page of a session's messages or calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaf {
    /// The session, or the beginning of its id.
    pub session_id: String,
    pub limit: usize,
    /// `next_cursor` of the page before.
    pub cursor: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    pub ts: String,
    /// The same to the millisecond: messages and calls of one second have an order.
    pub at_ms: Millis,
    pub role: String,
    pub content: String,
    pub message_id: String,
    pub model: Option<String>,
    /// The sub-agent whose message it is.
    pub agent_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conversation {
    pub session_id: String,
    pub agent_source: String,
    pub messages: Vec<Said>,
    pub next_cursor: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    pub ts: String,
    pub at_ms: Millis,
    pub tool_call_id: String,
    pub tool_name: String,
    pub kind: String,
    /// ok, error, denied, interrupted or running
    pub status: String,
    /// Below the project's root where relative.
    pub file_path: Option<String>,
    pub command: Option<String>,
    pub error: Option<String>,
    pub exit_code: Option<i64>,
    pub duration_ms: Option<i64>,
    pub agent_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    pub session_id: String,
    pub agent_source: String,
    pub actions: Vec<Done>,
    pub next_cursor: Option<String>,
}

impl Asker {
    /// The sessions of `params` that live.
    ///
    /// # Errors
    /// Names the argument that is wrong.
    pub fn live_sessions(&self, params: &sessions::Params) -> Result<sessions::Answer, Refusal> {
        let recent = LIVE_MS / 60_000;
        let mut params = sessions::Params {
            agent_source: params.agent_source.clone(),
            project: params.project.clone(),
            since_min: Some(params.since_min.map_or(recent, |given| given.min(recent))),
            all: params.all,
            limit: params.limit,
            cursor: params.cursor.clone(),
        };
        let wanted = params.limit;
        let mut live = Vec::new();
        loop {
            let mut answer = self.list_sessions(&params)?;
            live.extend(answer.sessions.drain(..).filter(|line| line.live));
            let found = u32::try_from(live.len()).unwrap_or(u32::MAX);
            params.limit = wanted.map(|wanted| wanted.saturating_sub(found));
            match answer.next_cursor.take() {
                Some(next) if params.limit != Some(0) => params.cursor = next,
                next_cursor => {
                    let note = if live.is_empty() { Some("no session is live".to_owned()) } else { answer.note };
                    return Ok(sessions::Answer { sessions: live, next_cursor, note });
                }
            }
        }
    }

    /// Messages with text; `roles` empty: all.
    ///
    /// # Errors
    /// No such session; a bad cursor.
    pub fn conversation(&self, leaf: &Leaf, roles: &[Role]) -> Result<Conversation, Refusal> {
        let all = [Role::User, Role::Assistant, Role::Thinking, Role::System];
        let roles: Vec<&str> = if roles.is_empty() { &all } else { roles }.iter().map(|role| role.name()).collect();
        let session = self.leafed(leaf)?;
        let before = position(&leaf.cursor)?;
        let filter = MessageFilter { roles: &roles, main_only: false, before, limit: leaf.limit + 1 };
        let rows = self.store.messages(session.row, &filter)?;
        let (rows, next_cursor) = cut(rows, leaf.limit, |m| m.content.len(), |m| (m.at, m.row));
        Ok(Conversation {
            session_id: session_id(&session.session_id),
            agent_source: session.agent.name().to_owned(),
            messages: rows.into_iter().map(said).collect(),
            next_cursor,
        })
    }

    /// Tool calls.
    ///
    /// # Errors
    /// No such session; a bad cursor.
    pub fn timeline(&self, leaf: &Leaf) -> Result<Timeline, Refusal> {
        let session = self.leafed(leaf)?;
        let rows = self.store.calls(session.row, position(&leaf.cursor)?, leaf.limit + 1)?;
        let (rows, next_cursor) = cut(rows, leaf.limit, |_| COMMAND_BYTES + ERROR_BYTES, |c| (c.at, c.row));
        let open = if self.is_live(&session) { "running" } else { "interrupted" };
        let base = session.project_root.as_deref();
        Ok(Timeline {
            session_id: session_id(&session.session_id),
            agent_source: session.agent.name().to_owned(),
            actions: rows.into_iter().map(|row| done(row, open, base)).collect(),
            next_cursor,
        })
    }

    fn leafed(&self, leaf: &Leaf) -> Result<crate::store::SessionRow, Refusal> {
        let unknown = || Refusal::not_found("no session is named");
        if leaf.session_id.trim().is_empty() {
            return Err(unknown());
        }
        Ok(self.session(&leaf.session_id)?.ok_or_else(unknown)?.session)
    }

    /// What the tool answers, also for a session that is named.
    ///
    /// # Errors
    /// The period is a session, and none is named or known.
    pub fn usage_of(&mut self, params: usage::Params, session: &str) -> Result<Value, Refusal> {
        if params.period == Period::Session {
            if session.trim().is_empty() {
                return Err(Refusal::user("argument `session_id` is missing: the period is a session"));
            }
            self.around.meta_session = self.session(session)?.map(|found| found.session.session_id);
        }
        Ok(tell::<GetUsage>(self, params)?.json)
    }
}

fn said(row: MessageRow) -> Said {
    Said {
        ts: rfc3339(row.at),
        at_ms: row.at,
        role: row.role,
        content: row.content,
        message_id: budget::name(&row.message_id),
        model: row.model.as_deref().map(budget::name),
        agent_id: row.agent_id.as_deref().map(budget::name),
    }
}

fn done(row: CallRow, open: &str, base: Option<&str>) -> Done {
    Done {
        ts: rfc3339(row.at),
        at_ms: row.at,
        tool_call_id: budget::name(&row.call_id),
        tool_name: budget::name(&row.tool),
        kind: row.kind.unwrap_or_else(|| "other".to_owned()),
        status: row.status.unwrap_or_else(|| open.to_owned()),
        file_path: row.file_path.map(|path| relative(&path, base)),
        command: row.command.map(|command| budget::head(&command, COMMAND_BYTES)),
        error: row.error.map(|error| budget::ends(&error, ERROR_BYTES)),
        exit_code: row.exit_code,
        duration_ms: row.duration_ms,
        agent_id: row.agent_id.as_deref().map(budget::name),
    }
}

/// The first `limit` rows, fewer where they are long, and where the next page begins if there is one.
fn cut<R>(
    mut rows: Vec<R>,
    limit: usize,
    bytes: impl Fn(&R) -> usize,
    place: impl Fn(&R) -> (Millis, i64),
) -> (Vec<R>, Option<String>) {
    let found = rows.len();
    let mut used = 0;
    let fit = rows.iter().take(limit).take_while(|row| {
        let first = used == 0;
        used += bytes(row).max(1);
        first || used <= PAGE_BYTES
    });
    let keep = fit.count();
    rows.truncate(keep);
    let last = rows.last().filter(|_| keep < found).map(&place);
    (rows, last.map(|(at, row)| format!("{at}.{row}")))
}

fn position(cursor: &str) -> Result<Option<(Millis, i64)>, Refusal> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let place = cursor.split_once('.').and_then(|(at, row)| Some((at.parse().ok()?, row.parse().ok()?)));
    place.map(Some).ok_or_else(|| Refusal::user("argument `cursor`: not a next_cursor of an earlier answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_at_its_limit_or_when_it_is_long() {
        let cut = |lengths: &[usize], limit| {
            let rows: Vec<(i64, usize)> = (1..).zip(lengths.iter().copied()).collect();
            let (rows, next) = cut(rows, limit, |r| r.1, |r| (r.0 * 10, r.0));
            (rows.len(), next)
        };
        assert_eq!(cut(&[1, 1, 1], 3), (3, None));
        assert_eq!(cut(&[1, 1, 1], 2), (2, Some("20.2".to_owned())));
        assert_eq!(cut(&[PAGE_BYTES, 1, 1], 3), (1, Some("10.1".to_owned())));
        assert_eq!(cut(&[PAGE_BYTES + 1, 1], 9), (1, Some("10.1".to_owned())));
        assert_eq!(cut(&[PAGE_BYTES + 1], 9), (1, None));
        assert_eq!(cut(&[], 9), (0, None));
    }

    #[test]
    fn cursors_are_checked() {
        assert_eq!(position("12.34"), Ok(Some((12, 34))));
        assert_eq!(position(""), Ok(None));
        assert!(position("12").is_err() && position("a.b").is_err());
    }
}
