//! Questions to a full store: commands as whole processes, tools over one connection, and the size of their answers.

use std::time::Duration;

use serde_json::{Value, json};

use super::Failure;
use super::checks::query;
use super::floors::Floors;
use super::mcp::{Client, tokens};
use super::options::Options;
use super::program::{memory_kb, repeat};
use super::report::Report;
use super::samples::{Samples, ms};
use super::scene::Scene;

/// Measured calls of each tool, and those before them that warm it up.
const CALLS: usize = 200;
const WARM: usize = 10;

pub fn measure(scene: &Scene, options: &Options, floors: &Floors, report: &mut Report) {
    let part = |name: &str, outcome: Result<(), Failure>, report: &mut Report| {
        if let Err(problem) = outcome {
            let problem = problem.to_string();
            let line = problem.lines().next().unwrap_or_default();
            report.row(name, format!("failed: {line}"), ("", Some(false)), "");
        }
    };
    if options.wants("usage") {
        let outcome = usage(scene, floors, report);
        part("usage", outcome, report);
    }
    if options.wants("start") {
        let outcome = start(scene, floors, report);
        part("mcp start", outcome, report);
    }
    if ["tools", "search", "sizes"].iter().any(|name| options.wants(name)) {
        let outcome = tools(scene, options, report);
        part("mcp tools", outcome, report);
    }
}

fn within(samples: &Samples, p50_ms: u64, p99_ms: u64) -> bool {
    samples.median() <= Duration::from_millis(p50_ms) && samples.p99() <= Duration::from_millis(p99_ms)
}

fn usage(scene: &Scene, floors: &Floors, report: &mut Report) -> Result<(), Failure> {
    for args in [&["usage", "--json"][..], &["usage", "--by", "day", "--since", "120d", "--json"]] {
        let took = repeat(30, || scene.tma1(args), "")?;
        let kept = took.median() <= Duration::from_millis(30);
        let measured = format!("{} (p99 {})", ms(took.median()), ms(took.p99()));
        report.row(
            format!("`tma1 {}`, whole process", args.join(" ")),
            measured,
            ("≤ 30 ms", Some(kept)),
            floors.spawning(),
        );
    }
    Ok(())
}

fn start(scene: &Scene, floors: &Floors, report: &mut Report) -> Result<(), Failure> {
    let mut took = Samples::default();
    for at in 0..55 {
        let began = std::time::Instant::now();
        let mut client = server(scene)?;
        client.initialize()?;
        if at >= 5 {
            took.push(began.elapsed());
        }
    }
    let measured = format!("p50 {}, p99 {}", ms(took.median()), ms(took.p99()));
    let kept = Some(took.median() <= Duration::from_millis(5));
    report.row("`tma1 mcp`: spawn → `initialize` answered", measured, ("p50 ≤ 5 ms", kept), floors.spawning());
    Ok(())
}

/// Another agent than the one that wrote the history: it has peers then.
fn server(scene: &Scene) -> Result<Client, Failure> {
    Client::start(&mut scene.tma1(&["mcp", "--caller", "codex"]))
}

/// The sessions that were last at work.
fn newest(scene: &Scene) -> Result<Vec<String>, Failure> {
    let rows = query(scene, "SELECT session_id FROM sessions ORDER BY last_activity_ms DESC LIMIT 20")?;
    Ok(rows.iter().filter_map(|row| row["session_id"].as_str().map(str::to_owned)).collect())
}

fn tools(scene: &Scene, options: &Options, report: &mut Report) -> Result<(), Failure> {
    let sessions = newest(scene)?;
    let mut client = server(scene)?;
    client.initialize()?;
    let ping = timed(&mut client, CALLS, |client, _| Ok(client.ask("ping", &json!({}))?.took))?;
    let round_trip = format!("`ping` {}", ms(ping.median()));
    if options.wants("tools") {
        for (name, arguments) in questions(&sessions) {
            let took = timed(&mut client, CALLS, |client, at| answered(client, name, &arguments(at)))?;
            let measured = format!("p50 {}, p99 {}", ms(took.median()), ms(took.p99()));
            let label = format!("`{name}`{}", shown(&arguments(0)));
            report.row(label, measured, ("p50 ≤ 5 ms, p99 ≤ 20 ms", Some(within(&took, 5, 20))), &round_trip);
        }
    }
    if options.wants("search") {
        search(scene, &mut client, &round_trip, report)?;
    }
    if options.wants("sizes") {
        sizes(&mut client, &sessions, report)?;
    }
    let [peak, now, own] = ["VmHWM:", "VmRSS:", "RssAnon:"].map(|name| memory_kb(client.pid(), name));
    let measured = format!(
        "peak {} MB; at the end {} MB resident, of which {} MB its own",
        megabytes(peak),
        megabytes(now),
        megabytes(own)
    );
    report.row("`tma1 mcp` over all these calls", measured, ("≤ 15 MB", Some(megabytes(peak) <= 15)), "");
    Ok(())
}

fn megabytes(kb: u64) -> u64 {
    kb * 1024 / 1_000_000
}

type Arguments<'a> = Box<dyn Fn(usize) -> Value + 'a>;

/// Every tool with its defaults, and with what costs most.
fn questions(sessions: &[String]) -> Vec<(&'static str, Arguments<'_>)> {
    let each = move |at: usize| sessions.get(at % sessions.len().max(1)).cloned().unwrap_or_default();
    vec![
        ("get_context_bundle", Box::new(|_| json!({}))),
        ("get_context_bundle", Box::new(move |at| json!({ "session_id": each(at) }))),
        ("get_session_state", Box::new(|_| json!({}))),
        (
            "get_session_state",
            Box::new(move |at| json!({ "session_id": each(at), "verbose": true, "action_limit": 200 })),
        ),
        ("get_anomalies", Box::new(|_| json!({}))),
        ("get_anomalies", Box::new(move |at| json!({ "session_id": each(at) }))),
        ("get_external_changes", Box::new(|_| json!({}))),
        ("get_build_status", Box::new(|_| json!({}))),
        ("get_project_state", Box::new(|_| json!({}))),
        ("get_peer_sessions", Box::new(|_| json!({}))),
        (
            "get_peer_sessions",
            Box::new(|_| json!({ "limit": 5, "message_limit": 100, "since_min": 200_000, "max_tokens": 8000 })),
        ),
        ("get_usage", Box::new(|_| json!({}))),
        ("get_usage", Box::new(|_| json!({ "period": "30d", "group_by": "day" }))),
        ("get_usage", Box::new(|_| json!({ "period": "30d", "group_by": "project" }))),
    ]
}

/// Ids are as long as they are alike.
fn shown(arguments: &Value) -> String {
    let mut arguments = arguments.clone();
    if let Some(id) = arguments.get_mut("session_id") {
        *id = "…".into();
    }
    if arguments == json!({}) { String::new() } else { format!(" `{arguments}`") }
}

fn search(scene: &Scene, client: &mut Client, round_trip: &str, report: &mut Report) -> Result<(), Failure> {
    let rare: Vec<&str> = scene.counts.rare.iter().map(String::as_str).collect();
    for (label, words, p50_ms) in [
        ("a word said once", &rare[..], 5),
        ("the most common words", &["the", "to", "a", "of", "and"], 60),
        ("frequent words", &["test", "error", "build", "cursor", "theme"], 60),
        ("two words", &["error test", "cache layout", "build failed", "the buffer", "proxy theme"], 60),
        ("half a word", &["err*", "inter*", "pro*", "co*", "un*"], 60),
    ] {
        // Nothing is found quickly: such an answer would be no measurement.
        let mut empty = 0;
        let took = timed(client, CALLS, |client, at| {
            let query = words.get(at % words.len().max(1)).copied().unwrap_or_default();
            let answer = client.call("search_history", &json!({ "query": query }))?;
            empty += usize::from(answer.result["structuredContent"]["hits"].as_array().is_none_or(Vec::is_empty));
            Ok(answer.took)
        })?;
        let mut measured = format!("p50 {}, p99 {}", ms(took.median()), ms(took.p99()));
        if empty > 0 {
            let asked = CALLS + WARM;
            measured = format!("{measured}; {empty} of {asked} found nothing");
        }
        let kept = took.median() <= Duration::from_millis(p50_ms) && empty == 0;
        let budget = format!("p50 ≤ {p50_ms} ms");
        report.row(format!("`search_history`, {label}"), measured, (&budget, Some(kept)), round_trip);
    }
    Ok(())
}

fn sizes(client: &mut Client, sessions: &[String], report: &mut Report) -> Result<(), Failure> {
    let list = client.ask("tools/list", &json!({}))?.result;
    let size = tokens(&list);
    report.row("`tools/list`", format!("{size} tokens"), ("≤ 3,000 tokens", Some(size <= 3000)), "agentsview: 16,700");
    let (mut usual, mut largest) = ((0, String::new()), (0, String::new()));
    let mut asked = questions(sessions);
    asked.push(("search_history", Box::new(|_| json!({ "query": "the" }))));
    asked.push(("search_history", Box::new(|_| json!({ "query": "the", "limit": 50 }))));
    for (name, arguments) in asked {
        for at in 0..20 {
            let arguments = arguments(at);
            let size = tokens(&client.call(name, &arguments)?.result["structuredContent"]);
            let plain = arguments.as_object().is_none_or(|a| a.keys().all(|key| key == "session_id" || key == "query"));
            let most = if plain { &mut usual } else { &mut largest };
            if size > most.0 {
                *most = (size, format!("`{name}`{}", shown(&arguments)));
            }
        }
    }
    for (label, (size, whose), budget) in
        [("largest answer by default", usual, 2000), ("largest answer to the largest arguments", largest, 8000)]
    {
        report.row(
            label,
            format!("{size} tokens ({whose})"),
            (&format!("≤ {budget} tokens"), Some(size <= budget)),
            "",
        );
    }
    Ok(())
}

/// Calls that are refused are no measurement.
fn answered(client: &mut Client, tool: &str, arguments: &Value) -> Result<Duration, Failure> {
    let answer = client.call(tool, arguments)?;
    if answer.result["isError"] == true {
        return Err(format!("{tool} {arguments}: {}", answer.result["content"][0]["text"]).into());
    }
    Ok(answer.took)
}

fn timed(
    client: &mut Client,
    count: usize,
    mut ask: impl FnMut(&mut Client, usize) -> Result<Duration, Failure>,
) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    for at in 0..WARM + count {
        let took = ask(client, at)?;
        if at >= WARM {
            samples.push(took);
        }
    }
    Ok(samples)
}
