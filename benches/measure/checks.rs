//! Right at scale: the store's totals against what was written, and no secret in its bytes.

use std::collections::BTreeSet;
use std::fs::File;

use aho_corasick::AhoCorasick;
use serde_json::Value;

use super::Failure;
use super::program;
use super::report::Report;
use super::scene::Scene;

const TOTALS: &str = "SELECT count(*) AS sessions, sum(user_prompts) AS prompts, sum(assistant_messages) AS responses, \
    sum(tool_calls) AS calls, sum(tool_errors) AS errors, sum(compactions) AS compactions, sum(input_tokens) AS input, \
    sum(output_tokens) AS output, sum(cache_read_tokens) AS cache_read, sum(cache_creation_tokens) AS cache_creation, \
    sum(reasoning_tokens) AS reasoning FROM sessions";

const ROWS: &str = "SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM tool_calls) AS calls, \
    (SELECT count(*) FROM usage) AS requests, (SELECT count(*) FROM events) AS events, \
    (SELECT count(*) FROM tool_calls WHERE status = 'error') AS failed, \
    (SELECT count(*) FROM tool_calls WHERE status = 'denied') AS denied, \
    (SELECT count(*) FROM messages WHERE role = 'thinking') AS thinking";

const MODELS: &str = "SELECT model, sum(input_tokens) + sum(output_tokens) + sum(cache_read_tokens) \
    + sum(cache_creation_tokens) AS tokens FROM usage GROUP BY model ORDER BY model";

pub fn compare(scene: &Scene, report: &mut Report) -> Result<(), Failure> {
    let counts = &scene.counts;
    let tokens = counts.tokens();
    let sessions = first(scene, TOTALS)?;
    let rows = first(scene, ROWS)?;
    for (what, expected, found) in [
        ("sessions", counts.sessions, &sessions["sessions"]),
        ("user prompts", counts.prompts, &sessions["prompts"]),
        ("assistant messages", counts.responses, &sessions["responses"]),
        ("tool calls, by session", counts.tool_calls, &sessions["calls"]),
        ("tool calls, rows", counts.tool_calls, &rows["calls"]),
        ("calls that failed", counts.tool_errors, &rows["failed"]),
        ("calls that were denied", counts.denied, &rows["denied"]),
        ("both, by session", counts.tool_errors + counts.denied, &sessions["errors"]),
        ("requests", counts.responses, &rows["requests"]),
        ("thinking", counts.thinking, &rows["thinking"]),
        ("compactions", counts.compactions, &sessions["compactions"]),
        ("input tokens", tokens.input, &sessions["input"]),
        ("output tokens", tokens.output, &sessions["output"]),
        ("cache read tokens", tokens.cache_read, &sessions["cache_read"]),
        ("cache creation tokens", tokens.cache_creation, &sessions["cache_creation"]),
        ("reasoning tokens", tokens.reasoning, &sessions["reasoning"]),
    ] {
        report.total(what, &expected, found);
    }
    models(scene, report)?;
    secrets(scene, report)?;
    let all: u64 = ["messages", "calls", "requests", "events"].iter().filter_map(|name| rows[*name].as_u64()).sum();
    let parts = format!(
        "{all}: {} messages, {} tool calls, {} requests, {} events",
        rows["messages"], rows["calls"], rows["requests"], rows["events"]
    );
    report.row("rows in the store", parts, ("", None), "");
    Ok(())
}

fn models(scene: &Scene, report: &mut Report) -> Result<(), Failure> {
    let expected: Vec<String> = scene
        .counts
        .models
        .iter()
        .map(|(model, t)| format!("{model} {}", t.input + t.output + t.cache_read + t.cache_creation))
        .collect();
    let found: Vec<String> = query(scene, MODELS)?
        .iter()
        .map(|row| format!("{} {}", row["model"].as_str().unwrap_or_default(), row["tokens"]))
        .collect();
    let differ =
        expected.iter().filter(|line| !found.contains(line)).count() + found.len().saturating_sub(expected.len());
    report.total("models whose tokens differ", &0, &differ);
    Ok(())
}

/// Looks for every made-up secret in the very bytes of the store's files, and for words that have to be there: if those
/// cannot be seen either, not seeing a secret proves nothing.
fn secrets(scene: &Scene, report: &mut Report) -> Result<(), Failure> {
    let (secrets, words) = (&scene.counts.secrets, &scene.counts.rare);
    let found = seen(scene, secrets)?;
    report.total(&format!("of {} secrets, seen in the store's bytes", secrets.len()), &0, &found);
    let found = seen(scene, words)?;
    // A word may stand across two pages.
    let most = if found * 100 >= words.len() * 98 { "nearly all".to_owned() } else { found.to_string() };
    report.total(&format!("of {} words said once, seen there", words.len()), &"nearly all", &most);
    Ok(())
}

/// How many of `words` stand in the store's files.
fn seen(scene: &Scene, words: &[String]) -> Result<usize, Failure> {
    let search = AhoCorasick::new(words)?;
    let mut found = BTreeSet::new();
    for path in scene.store_files() {
        for hit in search.stream_find_iter(File::open(path)?) {
            found.insert(hit?.pattern());
        }
    }
    Ok(found.len())
}

fn first(scene: &Scene, sql: &str) -> Result<Value, Failure> {
    query(scene, sql)?.into_iter().next().ok_or_else(|| format!("no row for {sql}").into())
}

pub fn query(scene: &Scene, sql: &str) -> Result<Vec<Value>, Failure> {
    let run = program::run(&mut scene.tma1(&["sql", sql, "--format", "json"]), "")?;
    Ok(serde_json::from_slice(&run.stdout)?)
}
