//! Tokens and money over time, from the roll-ups.

use rusqlite::params;

use super::{Reader, Result, id_list};
use crate::model::Millis;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageGroup {
    Model,
    Agent,
    Project,
    Session,
    /// Quarter hours; days of whatever time zone are made of them.
    Bucket,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct UsageFilter<'a> {
    pub since: Option<Millis>,
    pub session: Option<i64>,
    pub projects: Option<&'a [i64]>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageRow {
    /// Of the group: a model, an agent, a root, a session id, or empty.
    pub name: String,
    /// Of a bucket: its begin.
    pub bucket: Millis,
    pub requests: i64,
    pub priced_requests: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cache_read_tokens: i64,
    pub cache_creation_tokens: i64,
    pub reasoning_tokens: i64,
    pub cost_nanos: i64,
}

impl UsageRow {
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.priced_requests += other.priced_requests;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cache_read_tokens += other.cache_read_tokens;
        self.cache_creation_tokens += other.cache_creation_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
        self.cost_nanos += other.cost_nanos;
    }
}

impl Reader {
    pub fn usage(&self, group: UsageGroup, filter: &UsageFilter<'_>) -> Result<Vec<UsageRow>> {
        let (name, bucket, by) = match group {
            UsageGroup::Model => ("b.model", "0", "b.model"),
            UsageGroup::Agent => ("s.agent", "0", "s.agent"),
            UsageGroup::Project => ("coalesce(p.root, '')", "0", "p.root"),
            UsageGroup::Session => ("s.session_id", "max(b.bucket_ms)", "b.session"),
            UsageGroup::Bucket => ("''", "b.bucket_ms", "b.bucket_ms"),
        };
        let joins = match group {
            UsageGroup::Model | UsageGroup::Bucket if filter.projects.is_none() => "",
            UsageGroup::Project => "JOIN session s ON s.id = b.session LEFT JOIN project p ON p.id = s.project",
            _ => "JOIN session s ON s.id = b.session",
        };
        let in_projects =
            if filter.projects.is_some() { "AND s.project IN (SELECT value FROM json_each(?3))" } else { "" };
        let of_session = if filter.session.is_some() { "b.session = ?2" } else { "?2 IS NULL" };
        let mut find = self.db.prepare_cached(&format!(
            "SELECT {name}, {bucket}, sum(b.requests), sum(b.priced_requests), sum(b.input_tokens), sum(b.output_tokens),
                    sum(b.cache_read_tokens), sum(b.cache_creation_tokens), sum(b.reasoning_tokens), sum(b.cost_nanos)
             FROM usage_bucket b {joins}
             WHERE b.bucket_ms >= ?1 AND {of_session} AND (?3 IS NULL OR ?3 <> '') {in_projects}
             GROUP BY {by} HAVING sum(b.requests) > 0"
        ))?;
        let projects = filter.projects.map(id_list);
        let rows = find.query_map(params![filter.since.unwrap_or(0), filter.session, projects], |row| {
            Ok(UsageRow {
                name: row.get(0)?,
                bucket: row.get(1)?,
                requests: row.get(2)?,
                priced_requests: row.get(3)?,
                input_tokens: row.get(4)?,
                output_tokens: row.get(5)?,
                cache_read_tokens: row.get(6)?,
                cache_creation_tokens: row.get(7)?,
                reasoning_tokens: row.get(8)?,
                cost_nanos: row.get(9)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the first and the last request of a time was told; `None`: there was none.
    pub fn first_and_last_request(&self, from: Millis, to: Millis) -> Result<Option<(Millis, Millis)>> {
        let mut find = self.db.prepare_cached(
            "SELECT min(ts_ms), max(ts_ms) FROM request WHERE counts = 1 AND ts_ms >= ?1 AND ts_ms < ?2",
        )?;
        let ends: (Option<Millis>, Option<Millis>) =
            find.query_row(params![from, to], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(ends.0.zip(ends.1))
    }

    /// Models with requests that nothing has a price for.
    pub fn unpriced_models(&self, filter: &UsageFilter<'_>) -> Result<Vec<String>> {
        let mut find = self.db.prepare_cached(
            "SELECT b.model FROM usage_bucket b JOIN session s ON s.id = b.session
             WHERE b.requests > b.priced_requests AND b.bucket_ms >= ?1 AND (?2 IS NULL OR b.session = ?2)
               AND (?3 IS NULL OR s.project IN (SELECT value FROM json_each(?3)))
             GROUP BY b.model ORDER BY b.model",
        )?;
        let projects = filter.projects.map(id_list);
        let rows = find.query_map(params![filter.since.unwrap_or(0), filter.session, projects], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
