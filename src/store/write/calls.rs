//! Tool-call rows: start and end merged, whichever comes first, late or twice.

use rusqlite::{OptionalExtension, Row, params};

use super::search::{Part, doc_id};
use super::{Result, Writer, key};
use crate::model::{CallAsked, CallStatus, SessionId, ToolCall, ToolKind};

const COLUMNS: &str = "tool, kind, started_ms, ended_ms, duration_ms, status, file_path, command, input, output, error, \
                       exit_code, agent_id, thread_unsure, background, asked";

impl Writer {
    pub(super) fn tool_call(&mut self, call: ToolCall) -> Result<()> {
        if let Some(unnamed) = call.unnamed {
            return self.unnamed_call(call, unnamed);
        }
        let claimant = self.sessions.row(&self.db, &call.session)?;
        if let Some(row) = self.insert_call(claimant, &call)? {
            return self.name_call(claimant, row, &call);
        }
        let row = self.call_row(key(call.session.agent, "call", &call.call_id))?;
        row.map_or(Ok(()), |row| self.merge_call(row, claimant, call))
    }

    fn call_row(&self, key: i64) -> Result<Option<i64>> {
        let mut find = self.db.prepare_cached("SELECT id FROM tool_call WHERE key = ?1")?;
        Ok(find.query_row([key], |row| row.get(0)).optional()?)
    }

    /// The new row; `None`: the call is here already.
    pub(super) fn insert_call(&mut self, claimant: i64, call: &ToolCall) -> Result<Option<i64>> {
        let key = key(call.session.agent, "call", &call.call_id);
        let added = self
            .db
            .prepare_cached(&format!(
                "INSERT INTO tool_call (key, session, tool_call_id, {COLUMNS})
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19) ON CONFLICT (key) DO NOTHING"
            ))?
            .execute(params![
                key, claimant, call.call_id, call.tool, call.kind.map(ToolKind::name), call.started_at, call.ended_at,
                call.duration_ms, call.status.map(CallStatus::name), call.file_path, call.command, call.input, call.output,
                call.error, call.exit_code, call.agent_id, !call.thread_known, call.background,
                call.asked.map(u64::cast_signed)
            ])?;
        if added == 0 {
            return Ok(None);
        }
        let id = self.db.last_insert_rowid();
        self.index_call(id, None, call);
        self.count_call(claimant, call, 1);
        self.call_seen(claimant, call);
        Ok(Some(id))
    }

    /// Adds `more` to the call in row `id`.
    pub(super) fn merge_call(&mut self, id: i64, claimant: i64, more: ToolCall) -> Result<()> {
        let Some((session, kept)) = self.kept_call(id, &more.session)? else { return Ok(()) };
        let owner = self.sessions.owner(&self.db, session, claimant)?;
        let mut merged = kept.clone();
        merged.absorb(more);
        if owner == session && merged == kept {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "UPDATE tool_call SET session = ?2, tool = ?3, kind = ?4, started_ms = ?5, ended_ms = ?6, duration_ms = ?7,
                   status = ?8, file_path = ?9, command = ?10, input = ?11, output = ?12, error = ?13, exit_code = ?14,
                   agent_id = ?15, thread_unsure = ?16, background = ?17, asked = ?18 WHERE id = ?1",
            )?
            .execute(params![
                id, owner, merged.tool, merged.kind.map(ToolKind::name), merged.started_at, merged.ended_at,
                merged.duration_ms, merged.status.map(CallStatus::name), merged.file_path, merged.command, merged.input,
                merged.output, merged.error, merged.exit_code, merged.agent_id, !merged.thread_known, merged.background,
                merged.asked.map(u64::cast_signed)
            ])?;
        self.index_call(id, Some(&kept), &merged);
        self.count_call(session, &kept, -1);
        self.count_call(owner, &merged, 1);
        self.call_seen(owner, &merged);
        // What it asked was told only now.
        if kept.asked.is_none() { self.name_call(owner, id, &merged) } else { Ok(()) }
    }

    /// The session of the call in row `id`, and the call.
    pub(super) fn kept_call(&self, id: i64, session: &SessionId) -> Result<Option<(i64, ToolCall)>> {
        Ok(self
            .db
            .prepare_cached(&format!("SELECT tool_call_id, session, {COLUMNS} FROM tool_call WHERE id = ?1"))?
            .query_row([id], |row| Ok((row.get(1)?, read(row, session)?)))
            .optional()?)
    }

    /// Removes the call in row `id`, which another row tells of.
    pub(super) fn drop_call(&mut self, id: i64, session: i64, call: &ToolCall) -> Result<()> {
        self.db.prepare_cached("DELETE FROM tool_call WHERE id = ?1")?.execute([id])?;
        for (part, text) in [(Part::Command, &call.command), (Part::Error, &call.error)] {
            if text.is_some() {
                self.docs.remove(doc_id(id, part));
            }
        }
        self.count_call(session, call, -1);
        Ok(())
    }

    /// A person was asked whether the call may run: nothing of it runs before the answer.
    pub(super) fn call_asked(&mut self, asked: &CallAsked) -> Result<()> {
        let session = self.sessions.row(&self.db, &asked.session)?;
        self.db
            .prepare_cached(
                "UPDATE tool_call SET asked_ms = ?2 WHERE id = (
                   SELECT id FROM tool_call WHERE session = ?1 AND tool = ?3 AND command IS ?4 AND asked_ms IS NULL
                     AND at_ms BETWEEN ?2 - 60000 AND ?2 AND (ended_ms IS NULL OR ended_ms >= ?2)
                   ORDER BY at_ms DESC LIMIT 1)",
            )?
            .execute(params![session, asked.at, asked.tool, asked.command])?;
        Ok(())
    }

    /// A call of which only the end was seen (its record is in a file that is gone) is none yet.
    fn count_call(&mut self, session: i64, call: &ToolCall, sign: i64) {
        let Some(tool) = &call.tool else { return };
        let error = call.status.is_some_and(CallStatus::counts_as_error);
        self.sessions.call(session, tool, error, call.agent_id.as_deref(), sign);
    }

    fn call_seen(&mut self, session: i64, call: &ToolCall) {
        let Some(agent_id) = &call.agent_id else { return };
        for at in [call.started_at, call.ended_at].into_iter().flatten() {
            self.sessions.thread_seen(session, agent_id, at);
        }
    }

    /// Commands and errors can be searched for.
    fn index_call(&mut self, id: i64, before: Option<&ToolCall>, now: &ToolCall) {
        for (part, text, old) in [
            (Part::Command, &now.command, before.and_then(|b| b.command.as_ref())),
            (Part::Error, &now.error, before.and_then(|b| b.error.as_ref())),
        ] {
            if let Some(text) = text
                && old != Some(text)
            {
                self.docs.put(doc_id(id, part), text.clone(), old.is_some());
            }
        }
    }
}

/// A kept call, for merging; `session` is that of the call it is merged with.
fn read(row: &Row<'_>, session: &SessionId) -> rusqlite::Result<ToolCall> {
    let kind: Option<String> = row.get(3)?;
    let status: Option<String> = row.get(7)?;
    Ok(ToolCall {
        session: session.clone(),
        call_id: row.get(0)?,
        tool: row.get(2)?,
        kind: kind.as_deref().and_then(parse_kind),
        started_at: row.get(4)?,
        ended_at: row.get(5)?,
        duration_ms: row.get(6)?,
        status: status.as_deref().and_then(parse_status),
        file_path: row.get(8)?,
        command: row.get(9)?,
        input: row.get(10)?,
        output: row.get(11)?,
        error: row.get(12)?,
        exit_code: row.get(13)?,
        agent_id: row.get(14)?,
        thread_known: !row.get::<_, bool>(15)?,
        background: row.get(16)?,
        output_file: None,
        asked: row.get::<_, Option<i64>>(17)?.map(i64::cast_unsigned),
        unnamed: None,
    })
}

fn parse_kind(name: &str) -> Option<ToolKind> {
    use ToolKind::{Agent, Edit, Mcp, Other, Read, Search, Shell, Web};
    [Shell, Read, Edit, Search, Web, Agent, Mcp, Other].into_iter().find(|k| k.name() == name)
}

fn parse_status(name: &str) -> Option<CallStatus> {
    use CallStatus::{Denied, Error, Interrupted, Ok};
    [Ok, Error, Denied, Interrupted].into_iter().find(|s| s.name() == name)
}
