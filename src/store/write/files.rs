//! What a session saw of files, planned to do, and its other events.

use rusqlite::{OptionalExtension, params};

use super::{Result, Writer, key};
use crate::model::{FileTouch, Millis, PlanChange, PlanItem, PlanStatus, RawEvent, SessionId, TouchKind, UNNAMED_ID};

impl Writer {
    pub(super) fn file_touch(&mut self, touch: &FileTouch) -> Result<()> {
        let session = self.sessions.row(&self.db, &touch.session)?;
        let named = self.named(&touch.session, &touch.call_id)?;
        let call_id = named.as_ref().map_or(&touch.call_id, |(_, id)| id);
        let key = key(touch.session.agent, &touch.path, call_id);
        // While its call is not known by its own id.
        let (call, path) =
            named.as_ref().filter(|(_, id)| id.starts_with(UNNAMED_ID)).map(|(row, _)| (row, &touch.path)).unzip();
        let added = self
            .db
            .prepare_cached(
                "INSERT INTO file_touch (session, key, call, path) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![session, key, call, path])?;
        self.file_edit(session, key, touch)?;
        if added == 0 {
            if let Some(hash) = touch.content_hash {
                self.db
                    .prepare_cached(
                        "UPDATE file_view SET content_hash = ?4
                         WHERE session = ?1 AND path = ?2 AND last_touch = ?3 AND content_hash IS NULL",
                    )?
                    .execute(params![session, touch.path, key, hash])?;
            }
            return Ok(());
        }
        let (read, edit) = match touch.kind {
            TouchKind::Read => (Some(touch.at), None),
            TouchKind::Edit => (None, Some(touch.at)),
        };
        self.db
            .prepare_cached(
                "INSERT INTO file_view (session, path, first_ms, last_read_ms, last_edit_ms, reads, edits, content_hash, last_touch)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?4 IS NOT NULL, ?5 IS NOT NULL, ?6, ?7)
                 ON CONFLICT (session, path) DO UPDATE SET
                   first_ms = min(first_ms, excluded.first_ms),
                   reads = reads + excluded.reads, edits = edits + excluded.edits,
                   content_hash = CASE WHEN ?3 >= max(coalesce(last_read_ms, 0), coalesce(last_edit_ms, 0))
                                       THEN excluded.content_hash ELSE content_hash END,
                   last_touch = CASE WHEN ?3 >= max(coalesce(last_read_ms, 0), coalesce(last_edit_ms, 0))
                                     THEN excluded.last_touch ELSE last_touch END,
                   last_read_ms = max(coalesce(last_read_ms, excluded.last_read_ms), coalesce(excluded.last_read_ms, last_read_ms)),
                   last_edit_ms = max(coalesce(last_edit_ms, excluded.last_edit_ms), coalesce(excluded.last_edit_ms, last_edit_ms))",
            )?
            .execute(params![session, touch.path, touch.at, read, edit, touch.content_hash, key])?;
        Ok(())
    }

    /// What an edit led to, and from where.
    fn file_edit(&mut self, session: i64, key: i64, touch: &FileTouch) -> Result<()> {
        let (TouchKind::Edit, Some(after)) = (touch.kind, touch.content_hash) else { return Ok(()) };
        let before = match touch.before_hash {
            Some(before) => Some(before),
            None => self.last_seen(session, touch)?,
        };
        self.db
            .prepare_cached(
                "INSERT INTO file_edit (session, at_ms, key, path, before_hash, after_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![session, touch.at, key, touch.path, before, after])?;
        Ok(())
    }

    /// What the session saw in it before this touch.
    fn last_seen(&self, session: i64, touch: &FileTouch) -> Result<Option<i64>> {
        let mut find = self.db.prepare_cached(
            "SELECT content_hash FROM file_view
             WHERE session = ?1 AND path = ?2 AND max(coalesce(last_read_ms, 0), coalesce(last_edit_ms, 0)) <= ?3",
        )?;
        let known: Option<Option<i64>> =
            find.query_row(params![session, touch.path, touch.at], |row| row.get(0)).optional()?;
        Ok(known.flatten())
    }

    pub(super) fn plan(&mut self, session: &SessionId, at: Millis, change: &PlanChange) -> Result<()> {
        let session = self.sessions.row(&self.db, session)?;
        match change {
            PlanChange::Replace(items) => {
                let newest: Option<Millis> = self
                    .db
                    .prepare_cached("SELECT max(ts_ms) FROM plan_item WHERE session = ?1")?
                    .query_row([session], |row| row.get(0))?;
                if newest.is_some_and(|known| known > at) {
                    return Ok(());
                }
                self.db.prepare_cached("DELETE FROM plan_item WHERE session = ?1")?.execute([session])?;
                for (seq, item) in items.iter().enumerate() {
                    self.plan_item(session, at, i64::try_from(seq).unwrap_or(i64::MAX), item)?;
                }
                Ok(())
            }
            PlanChange::Item(item) => {
                let seq: i64 = self
                    .db
                    .prepare_cached("SELECT coalesce(max(seq), -1) + 1 FROM plan_item WHERE session = ?1")?
                    .query_row([session], |row| row.get(0))?;
                self.plan_item(session, at, seq, item)
            }
        }
    }

    fn plan_item(&mut self, session: i64, at: Millis, seq: i64, item: &PlanItem) -> Result<()> {
        let status = item.status.map(PlanStatus::name);
        self.db
            .prepare_cached(
                "INSERT INTO plan_item (session, key, seq, text, status, ts_ms) VALUES (?1, ?2, ?3, ?4, coalesce(?5, 'pending'), ?6)
                 ON CONFLICT (session, key) DO UPDATE SET
                   text = coalesce(CASE WHEN ?6 >= ts_ms THEN ?4 END, text, ?4),
                   status = CASE WHEN ?6 >= ts_ms THEN coalesce(?5, status) ELSE status END,
                   ts_ms = max(ts_ms, ?6)",
            )?
            .execute(params![session, item.key, seq, item.text, status, at])?;
        Ok(())
    }

    pub(super) fn event(&mut self, event: &RawEvent) -> Result<()> {
        let session = event.session.as_ref().map(|s| self.sessions.row(&self.db, s)).transpose()?;
        let key = event.key.cast_signed();
        let added = self
            .db
            .prepare_cached(
                "INSERT INTO event (key, session, ts_ms, source, event_type, tool, payload, compaction)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                key,
                session,
                event.at,
                event.source.name(),
                event.event_type,
                event.tool,
                event.payload,
                event.compaction
            ])?;
        let Some(claimant) = session else { return Ok(()) };
        if added > 0 {
            if event.compaction {
                self.sessions.compacted(claimant);
            }
            return Ok(());
        }
        let (holder, at): (Option<i64>, Millis) = self
            .db
            .prepare_cached("SELECT session, ts_ms FROM event WHERE key = ?1")?
            .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some(holder) = holder else { return Ok(()) };
        // Told without a time it was given that of a neighbour, and copies have other neighbours.
        if event.at < at {
            self.db.prepare_cached("UPDATE event SET ts_ms = ?2 WHERE key = ?1")?.execute(params![key, event.at])?;
        }
        let owner = self.sessions.owner(&self.db, holder, claimant)?;
        if owner != holder {
            self.db.prepare_cached("UPDATE event SET session = ?2 WHERE key = ?1")?.execute([key, owner])?;
            if event.compaction {
                self.sessions.compacted(holder);
                self.sessions.compacted(owner);
            }
        }
        Ok(())
    }
}
