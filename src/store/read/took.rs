//! How long requests and calls took, and how many failed.

use std::collections::BTreeMap;

use super::{Reader, Result};
use crate::model::Millis;

/// Of one model or tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Took {
    pub name: String,
    /// Those that failed included.
    pub count: i64,
    pub errors: i64,
    /// Milliseconds, in no order.
    pub durations: Vec<i64>,
    pub first_tokens: Vec<i64>,
    /// Tokens that were sent, and those of them that came from a cache.
    pub sent: i64,
    pub cached: i64,
}

impl Reader {
    /// By model, since then.
    pub fn models_took(&self, since: Millis) -> Result<Vec<Took>> {
        let mut all = BTreeMap::new();
        let mut find = self.db.prepare_cached(
            "SELECT coalesce(model, ''), duration_ms, first_token_ms, cache_read_tokens,
                    input_tokens + cache_read_tokens + cache_write_5m + cache_write_1h + cache_write_other
             FROM request WHERE counts = 1 AND ts_ms >= ?1",
        )?;
        let mut rows = find.query([since])?;
        while let Some(row) = rows.next()? {
            let took = of(&mut all, row.get_ref(0)?.as_str().unwrap_or_default());
            took.count += 1;
            took.durations.extend(row.get::<_, Option<i64>>(1)?);
            took.first_tokens.extend(row.get::<_, Option<i64>>(2)?);
            took.cached = took.cached.saturating_add(row.get(3)?);
            took.sent = took.sent.saturating_add(row.get(4)?);
        }
        let mut find = self
            .db
            .prepare_cached("SELECT coalesce(model, ''), count(*) FROM failed_request WHERE ts_ms >= ?1 GROUP BY 1")?;
        let mut rows = find.query([since])?;
        while let Some(row) = rows.next()? {
            let took = of(&mut all, row.get_ref(0)?.as_str().unwrap_or_default());
            let failed: i64 = row.get(1)?;
            took.errors += failed;
            took.count += failed;
        }
        Ok(all.into_values().collect())
    }

    /// By tool, since then.
    pub fn tools_took(&self, since: Millis) -> Result<Vec<Took>> {
        let mut all = BTreeMap::new();
        let mut find = self.db.prepare_cached(
            "SELECT tool, coalesce(duration_ms, ended_ms - started_ms), status = 'error' FROM tool_call
             WHERE tool IS NOT NULL AND coalesce(started_ms, ended_ms) >= ?1",
        )?;
        let mut rows = find.query([since])?;
        while let Some(row) = rows.next()? {
            let took = of(&mut all, row.get_ref(0)?.as_str().unwrap_or_default());
            took.count += 1;
            took.errors += i64::from(row.get::<_, Option<bool>>(2)?.unwrap_or(false));
            took.durations.extend(row.get::<_, Option<i64>>(1)?.filter(|took| *took >= 0));
        }
        Ok(all.into_values().collect())
    }
}

fn of<'a>(all: &'a mut BTreeMap<String, Took>, name: &str) -> &'a mut Took {
    all.entry(name.to_owned()).or_insert_with(|| Took { name: name.to_owned(), ..Took::default() })
}
