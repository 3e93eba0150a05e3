//! Numbers in Prometheus's text format, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use super::door::Door;
use crate::answer::status::Sidecar;
use crate::spool::State;
use crate::store::AgentTotals;

/// Among the sidecar's counters, those that also fall.
const AS_IT_IS: [&str; 3] = ["followed_files", "waiting_files", "watched_directories"];

/// What only the store knows.
pub(super) struct Stored {
    pub agents: Vec<AgentTotals>,
    pub bytes: i64,
}

pub(super) fn text(door: &Door, sidecar: &Sidecar, spool: State, stored: Option<&Stored>) -> String {
    let mut page = Page::default();
    page.family("tma1_build_info", "gauge", "Version of the sidecar.");
    page.sample("tma1_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let uptime = (door.settings.clock.now_ms() - door.since).max(0) / 1000;
    page.gauge("tma1_uptime_seconds", "Since the sidecar started to listen.", uptime);
    for (name, count) in counters(door, sidecar) {
        if AS_IT_IS.contains(&name.as_str()) {
            page.gauge(&format!("tma1_{name}"), &format!("Now: {}.", name.replace('_', " ")), count);
            continue;
        }
        let help = format!("Since the sidecar started: {}.", name.replace('_', " "));
        page.counter(&name, &help, count);
    }
    let streams = door.limits.streams.saturating_sub(door.streams.available_permits());
    page.gauge("tma1_live_streams", "Readers of the live stream.", streams);
    page.gauge("tma1_queue_events", "Events that wait to be stored.", sidecar.queue);
    page.gauge("tma1_spool_events", "Events in the spool.", spool.entries);
    page.gauge("tma1_spool_files", "Files in the spool.", spool.files);
    page.gauge("tma1_spool_bytes", "Size of the spool.", spool.bytes);
    page.counter("spool_lost", "Events that could neither be stored nor kept, ever.", spool.lost);
    page.counter("spool_damaged", "Places of the spool that could not be read, ever.", spool.damaged);
    let log = door.settings.data_dir.join("tma1.db-wal").metadata().map_or(0, |meta| meta.len());
    page.gauge("tma1_store_log_bytes", "Size of the store's write-ahead log.", log);
    if let Some(stored) = stored {
        page.gauge("tma1_store_bytes", "Size of the store.", stored.bytes);
        page.by_agent(&stored.agents);
    }
    page.0
}

/// Counted since the start, under the names that the sidecar gives them.
fn counters(door: &Door, sidecar: &Sidecar) -> BTreeMap<String, i64> {
    let told = |counter: &AtomicU64| i64::try_from(counter.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
    let counts = &door.counts;
    let own = [
        ("http_requests", &counts.requests),
        ("http_requests_refused", &counts.refused),
        ("http_panics", &counts.panics),
        ("http_connections_refused", &counts.turned_away),
    ];
    let own = own.into_iter().map(|(name, counter)| (name.to_owned(), told(counter)));
    own.chain(sidecar.counters.iter().map(|(name, count)| (name.clone(), *count))).collect()
}

/// What a number is, its name, its help, and where it stands in the totals.
type Total = (&'static str, &'static str, fn(&AgentTotals) -> i64);

const TOTALS: [Total; 7] = [
    ("tma1_sessions", "Sessions in the store.", |a| a.sessions),
    ("tma1_live_sessions", "Sessions that live.", |a| a.live),
    ("tma1_tool_calls", "Tool calls in the store.", |a| a.tool_calls),
    ("tma1_tool_errors", "Tool calls that failed.", |a| a.tool_errors),
    ("tma1_requests", "Requests to models in the store.", |a| a.requests),
    ("tma1_records", "Records read from files.", |a| a.records),
    ("tma1_records_skipped", "Records passed over.", |a| a.skipped),
];

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        let legal = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let plain: String = name.trim_end_matches("_total").chars().map(legal).collect();
        let name = format!("tma1_{plain}_total");
        self.family(&name, "counter", help);
        self.sample(&name, &[], value);
    }

    fn by_agent(&mut self, agents: &[AgentTotals]) {
        for (name, help, value) in TOTALS {
            self.family(name, "gauge", help);
            for agent in agents {
                self.sample(name, &[("agent", &agent.agent)], value(agent));
            }
        }
        self.family("tma1_cost_dollars", "gauge", "Cost of the requests that have a price, in USD.");
        for agent in agents {
            #[expect(clippy::cast_precision_loss, reason = "money below nine million dollars is exact enough")]
            self.sample("tma1_cost_dollars", &[("agent", &agent.agent)], agent.cost_nanos as f64 / 1e9);
        }
        self.family("tma1_tokens", "gauge", "Tokens in the store.");
        for agent in agents {
            for (kind, tokens) in [
                ("input", agent.input_tokens),
                ("output", agent.output_tokens),
                ("cache_read", agent.cache_read_tokens),
                ("cache_creation", agent.cache_creation_tokens),
            ] {
                self.sample("tma1_tokens", &[("agent", &agent.agent), ("kind", kind)], tokens);
            }
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_legal() {
        let mut page = Page::default();
        page.counter("Odd-Name_total", "Odd.", 3);
        page.sample("tma1_x", &[("agent", "a\"b\\c\nd"), ("kind", "k")], 1);
        assert_eq!(
            page.0,
            "# HELP tma1_odd_name_total Odd.\n# TYPE tma1_odd_name_total counter\n\
             tma1_odd_name_total 3\ntma1_x{agent=\"a\\\"b\\\\c\\nd\",kind=\"k\"} 1\n"
        );
    }
}
