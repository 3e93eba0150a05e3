//! When the agents were heard last, found from the newest end: a store may hold years of what they told.

use std::collections::BTreeMap;

use rusqlite::params;

use super::{Reader, Result};
use crate::model::{Agent, Millis};

/// Events of an agent among which one of a hook is looked for. Where hooks work it is among the first.
const LOOKED_AT: usize = 20_000;
/// The same for telemetry, of all services together and of each signal.
const TOLD_LOOKED_AT: i64 = 50_000;

/// Newest first.
const SESSIONS: &str = "SELECT id, agent, last_activity_ms FROM session WHERE last_activity_ms IS NOT NULL
  ORDER BY last_activity_ms DESC";
const EVENTS: &str = "SELECT ts_ms, source = 'hook' FROM event WHERE session = ?1 ORDER BY ts_ms DESC LIMIT ?2";
const TOLD: &str = "SELECT service, max(ts_ms) FROM
  (SELECT * FROM (SELECT service, ts_ms FROM otel_log ORDER BY ts_ms DESC LIMIT ?1)
   UNION ALL SELECT * FROM (SELECT service, ts_ms FROM otel_span ORDER BY ts_ms DESC LIMIT ?1)
   UNION ALL SELECT * FROM (SELECT service, ts_ms FROM otel_metric ORDER BY ts_ms DESC LIMIT ?1))
  WHERE service IS NOT NULL GROUP BY service";

/// How far an agent's hooks were looked for.
struct Search {
    found: Option<Millis>,
    left: usize,
}

impl Search {
    /// Whether no session that was active at `last` at the latest can tell more.
    fn is_over(&self, last: Millis) -> bool {
        self.left == 0 || self.found.is_some_and(|at| at >= last)
    }
}

impl Reader {
    /// When a hook of each agent was heard last.
    pub fn last_hooks(&self) -> Result<BTreeMap<Agent, Millis>> {
        let mut searches = Agent::ALL.map(|agent| (agent, Search { found: None, left: LOOKED_AT }));
        let mut sessions = self.db.prepare_cached(SESSIONS)?;
        let mut events = self.db.prepare_cached(EVENTS)?;
        let mut newest_first = sessions.query([])?;
        while let Some(session) = newest_first.next()? {
            let (row, agent, last): (i64, String, Millis) = (session.get(0)?, session.get(1)?, session.get(2)?);
            let of = |(known, _): &&mut (Agent, Search)| known.name() == agent;
            let search = searches.iter_mut().find(of).map(|(_, search)| search).filter(|search| !search.is_over(last));
            let Some(search) = search else { continue };
            let mut told = events.query(params![row, i64::try_from(search.left).unwrap_or(i64::MAX)])?;
            while let Some(event) = told.next()? {
                search.left -= 1;
                if event.get(1)? {
                    search.found = search.found.max(Some(event.get(0)?));
                    break;
                }
            }
        }
        Ok(searches.into_iter().filter_map(|(agent, search)| Some((agent, search.found?))).collect())
    }

    /// When each service sent telemetry last, as far as that is not long ago.
    pub fn last_telemetry(&self) -> Result<Vec<(String, Millis)>> {
        let mut find = self.db.prepare_cached(TOLD)?;
        let rows = find.query_map([TOLD_LOOKED_AT], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fact, RawEvent, SessionId, SourceKind, TelemetryLog, TelemetryOrigin};
    use crate::store::{Batch, Writer};

    fn store(facts: impl IntoIterator<Item = Fact>) -> (tempfile::TempDir, Reader) {
        let dir = tempfile::tempdir().unwrap();
        let mut batch = Batch::told(1);
        facts.into_iter().for_each(|fact| batch.push(fact));
        Writer::open(dir.path()).unwrap().apply(batch).unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        (dir, reader)
    }

    /// Each at a moment of its own, which is its key.
    fn event(agent: Agent, session: &str, at: Millis, source: SourceKind) -> Fact {
        Fact::Event(RawEvent {
            session: Some(SessionId::new(agent, session)),
            key: at.cast_unsigned(),
            at,
            source,
            event_type: "Stop".to_owned(),
            tool: None,
            payload: None,
            compaction: false,
        })
    }

    #[test]
    fn the_newest_hook_of_each_agent_is_found_behind_what_was_read() {
        use SourceKind::{Hook, Transcript};
        let (_dir, reader) = store([
            event(Agent::Codex, "only read", 900, Transcript),
            // It ended last, but another one was heard later.
            event(Agent::ClaudeCode, "long", 100, Hook),
            event(Agent::ClaudeCode, "long", 800, Transcript),
            event(Agent::ClaudeCode, "short", 300, Hook),
            event(Agent::ClaudeCode, "short", 200, Hook),
            event(Agent::ClaudeCode, "older", 250, Hook),
        ]);
        assert_eq!(reader.last_hooks().unwrap(), BTreeMap::from([(Agent::ClaudeCode, 300)]));
    }

    #[test]
    fn what_was_only_read_is_looked_at_to_an_end() {
        let read = (0..=LOOKED_AT).map(|n| {
            let at = 1_000 + Millis::try_from(n).unwrap();
            event(Agent::Codex, if n % 2 == 0 { "a" } else { "b" }, at, SourceKind::Transcript)
        });
        let (_dir, reader) = store(read.chain([
            event(Agent::Codex, "c", 10, SourceKind::Hook),
            event(Agent::ClaudeCode, "d", 5, SourceKind::Hook),
        ]));
        assert_eq!(reader.last_hooks().unwrap(), BTreeMap::from([(Agent::ClaudeCode, 5)]));
    }

    #[test]
    fn the_newest_record_of_each_service_is_found() {
        let log = |service: Option<&str>, at: Millis| {
            Fact::Log(TelemetryLog {
                origin: TelemetryOrigin {
                    key: at.cast_unsigned(),
                    at,
                    service: service.map(str::to_owned),
                    name: None,
                    session_id: None,
                    attributes: "{}".to_owned(),
                    resource: "{}".to_owned(),
                },
                severity: None,
                body: None,
                trace_id: None,
                span_id: None,
            })
        };
        let (_dir, reader) = store([log(Some("a"), 3), log(Some("b"), 2), log(Some("a"), 1), log(None, 4)]);
        assert_eq!(reader.last_telemetry().unwrap(), [("a".to_owned(), 3), ("b".to_owned(), 2)]);
    }

    /// Without an index for its order, each would look at everything there is.
    #[test]
    fn nothing_has_to_be_sorted() {
        let (_dir, reader) = store([]);
        let plan = |sql: &str| -> Vec<String> {
            let mut explain = reader.db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values: Vec<i64> = vec![1; explain.parameter_count()];
            let steps = explain.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
            steps.collect::<std::result::Result<_, _>>().unwrap()
        };
        for (sql, index) in [
            (SESSIONS, "session_recent"),
            (EVENTS, "event_session"),
            (TOLD, "otel_log_time"),
            (TOLD, "otel_span_time"),
            (TOLD, "otel_metric_time"),
        ] {
            let steps = plan(sql);
            assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
            assert!(!steps.iter().any(|step| step.contains("B-TREE FOR ORDER BY")), "{steps:?}");
        }
    }
}
