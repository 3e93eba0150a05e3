//! What the page is told of this moment, on stores made for it.

use super::*;
use crate::answer::doing::State;
use crate::answer::json;
use crate::answer::stage::{HOUR, MINUTE, NOW, Told, asker};
use crate::model::CallStatus::{self, Error, Ok as Passed};
use crate::model::{
    Agent, BuildKind, BuildOrigin, BuildRun, BuildStatus, Diagnostic, Fact, Role, Severity, ToolCall, ToolKind,
};

fn answered(zone: &TimeZone, told: Vec<Told>) -> Now {
    asker(told).now_in(zone).unwrap()
}

fn doing(told: Told) -> Doing {
    answered(&TimeZone::UTC, vec![told]).live.remove(0).doing
}

fn session() -> Told {
    Told::new(Agent::ClaudeCode, "s", "/w/app").says(Role::User, NOW - 5 * MINUTE, "fix it")
}

#[test]
fn nothing_stored_is_an_answer() {
    let now = answered(&TimeZone::UTC, vec![]);
    assert_eq!((now.live.len(), now.recent.len(), now.sources.len(), now.days.len()), (0, 0, 0, 30));
    assert_eq!((now.today.date.as_str(), now.today.sessions, now.today.cost_usd), ("2026-11-20", 0, None));
    assert_eq!(now.days[29].date, "2026-10-22");
}

#[test]
fn live_ones_stand_apart_from_those_that_are_over() {
    let now = answered(
        &TimeZone::UTC,
        vec![
            Told::new(Agent::Codex, "old", "/w/lib").says(Role::User, NOW - HOUR, "look"),
            Told::new(Agent::ClaudeCode, "ended", "/w/app").says(Role::User, NOW - MINUTE, "bye").ends(),
            session(),
            // Begun, and nobody asked yet.
            Told::new(Agent::Codex, "fresh", "/w/lib").says(Role::System, NOW - MINUTE, "hello"),
        ],
    );
    let live: Vec<_> = now.live.iter().map(|live| live.facts.session_id.as_str()).collect();
    let recent: Vec<_> = now.recent.iter().map(|line| line.session_id.as_str()).collect();
    assert_eq!((live, recent), (vec!["fresh", "s"], vec!["ended", "old"]));
    assert_eq!(now.live[1].facts.last_user_prompt.as_deref(), Some("fix it"));
    let source = |agent: &str, at: &str| Source {
        agent_source: agent.into(),
        last_event_at: Some(at.into()),
        sessions: 2,
        skipped: 0,
    };
    assert_eq!(now.sources, [source("claude_code", "2026-11-20T09:59:00Z"), source("codex", "2026-11-20T09:59:00Z")]);
}

#[test]
fn says_what_is_done_this_moment() {
    let running = doing(session().runs("cargo test", NOW - MINUTE, None));
    assert_eq!((running.state, running.tool.as_deref()), (State::Running, Some("Bash")));
    assert_eq!((running.what.as_deref(), running.since.as_str()), (Some("cargo test"), "2026-11-20T09:59:00Z"));

    let after = doing(session().calls(ToolKind::Edit, NOW - MINUTE, |call| {
        call.file_path = Some("/w/app/src/a.rs".to_owned());
        call.status = Some(Passed);
        call.ended_at = Some(NOW - MINUTE + 2_000);
    }));
    assert_eq!((after.state, after.what.as_deref()), (State::Thinking, Some("src/a.rs")));
    assert_eq!(after.since, "2026-11-20T09:59:02Z");

    assert_eq!(doing(session()).state, State::Thinking);
    let done = session().runs("true", NOW - 4 * MINUTE, Some(Passed)).says(Role::Assistant, NOW - MINUTE, "done");
    let done = doing(done);
    assert_eq!((done.state, done.what, done.since.as_str()), (State::Waiting, None, "2026-11-20T09:59:00Z"));
    // A call may follow these words.
    assert_eq!(doing(session().says(Role::Assistant, NOW - 1_000, "let me look")).state, State::Thinking);
}

#[test]
fn a_call_after_which_its_thread_went_on_does_not_run() {
    let told = session().runs("sleep 99", NOW - 4 * MINUTE, None).says(Role::User, NOW - 3 * MINUTE, "stop that");
    assert_eq!(doing(told).state, State::Thinking);
    // Of two at once, one is done.
    let told = session().runs("slow", NOW - MINUTE, None).runs("quick", NOW - MINUTE + 1, Some(Passed));
    let both = doing(told);
    assert_eq!((both.state, both.what.as_deref()), (State::Running, Some("slow")));
}

#[test]
fn what_a_subagent_does_is_what_is_done() {
    let by = |agent: &'static str| move |call: &mut ToolCall| call.agent_id = Some(agent.to_owned());
    let told = session().calls(ToolKind::Agent, NOW - 2 * MINUTE, |_| {});
    assert_eq!(doing(told).agent_id, None);
    let told = session()
        .calls(ToolKind::Agent, NOW - 2 * MINUTE, |_| {})
        .calls(ToolKind::Edit, NOW - MINUTE - 1, by("a1"))
        .calls(ToolKind::Edit, NOW - MINUTE, |call| {
            by("a1")(call);
            call.status = Some(Passed);
        })
        .calls(ToolKind::Edit, NOW - 2 * MINUTE + 1, by("a2"));
    let doing = doing(told);
    assert_eq!((doing.state, doing.agent_id.as_deref()), (State::Running, Some("a2")));
}

#[test]
fn the_last_failure_says_what_the_build_said() {
    let told = session()
        .calls(ToolKind::Edit, NOW - 3 * MINUTE, |call| {
            call.file_path = Some("/w/app/src/a.rs".to_owned());
            call.status = Some(Error);
            call.error = Some("not\nread yet".to_owned());
        })
        .runs("true", NOW - MINUTE, Some(Passed))
        .runs("rm -r /", NOW - MINUTE, Some(CallStatus::Denied));
    let plain = answered(&TimeZone::UTC, vec![told]).live.remove(0).last_failure.unwrap();
    assert_eq!((plain.tool.as_deref(), plain.what.as_deref()), (Some("Edit"), Some("src/a.rs")));
    assert_eq!((plain.message.as_deref(), plain.at.as_str()), (Some("not read yet"), "2026-11-20T09:57:00Z"));

    let mut told = session().runs("cargo test", NOW - 3 * MINUTE, Some(Error));
    let diagnostic = Diagnostic {
        file: Some("src/a.rs".to_owned()),
        line: Some(8),
        column: None,
        severity: Severity::Error,
        code: None,
        message: "expected 3600".to_owned(),
    };
    told.facts.push(Fact::Build(BuildRun {
        process: None,
        run_id: "c2-s".to_owned(),
        session: Some(told.session.clone()),
        origin: BuildOrigin::AgentShell,
        kind: BuildKind::Test,
        tag: "cargo test".to_owned(),
        command: "cargo test".to_owned(),
        cwd: None,
        project: None,
        started_at: Some(NOW - 3 * MINUTE),
        ended_at: Some(NOW - 3 * MINUTE + 10_000),
        status: Some(BuildStatus::Failed),
        exit_code: Some(101),
        diagnostics: vec![diagnostic],
        failing_tests: vec![],
        tail: None,
    }));
    let failure = answered(&TimeZone::UTC, vec![told]).live.remove(0).last_failure.unwrap();
    assert_eq!(failure.message.as_deref(), Some("src/a.rs:8 expected 3600"));
}

#[test]
fn days_are_those_of_the_place() {
    // Midnight in Tokyo was at 15:00 UTC of the day before.
    let zone = TimeZone::fixed(jiff::tz::offset(9));
    let told = || {
        Told::new(Agent::ClaudeCode, "s", "/w/app")
            .says(Role::User, NOW - 20 * HOUR, "begin")
            .runs("before", NOW - 20 * HOUR, Some(Passed))
            .costs(100, NOW - 20 * HOUR)
            .runs("after", NOW - 18 * HOUR, Some(Passed))
            .costs(25, NOW - 18 * HOUR)
            .runs("now", NOW - HOUR, Some(Passed))
    };
    let there = answered(&zone, vec![told()]);
    let spent: Vec<_> = there.days[..3].iter().map(|day| (day.date.as_str(), day.cost_usd, day.requests)).collect();
    assert_eq!(spent, [("2026-11-20", Some(0.25), 1), ("2026-11-19", Some(1.0), 1), ("2026-11-18", None, 0)]);
    assert_eq!((there.today.cost_usd, there.today.sessions, there.today.tool_calls), (Some(0.25), 1, 2));
    assert_eq!(there.today.tokens.input, 1_000);

    let here = answered(&TimeZone::UTC, vec![told()]);
    assert_eq!((here.today.cost_usd, here.today.tool_calls), (None, 1));
    assert_eq!(here.days[1].cost_usd, Some(1.25));
}

#[test]
fn calls_of_a_long_day_are_counted_one_by_one() {
    let midnight = NOW - 10 * HOUR;
    let begun = Told::new(Agent::ClaudeCode, "s", "/w/app").says(Role::User, midnight - HOUR, "begin");
    let pages = i64::try_from(PAGE).unwrap() * 2;
    let long = (-5..pages).fold(begun, |told, n| told.runs("true", midnight + n, Some(Passed)));
    assert_eq!(answered(&TimeZone::UTC, vec![long]).today.tool_calls, pages);
}

#[test]
fn hostile_text_is_cut_and_cleaned() {
    let told = session().runs(&format!("echo \u{1b}[31m{}\n\u{202e}x", "y".repeat(9_000)), NOW - MINUTE, Some(Error));
    let now = json(&answered(&TimeZone::UTC, vec![told])).unwrap();
    let text = now.to_string();
    assert!(text.len() < 6_000, "{}", text.len());
    assert!(!text.contains("\\u001b") && !text.contains('\u{202e}'), "{text}");
    assert!(now["live"][0]["doing"]["what"].as_str().unwrap().starts_with("echo yyy"));
}
