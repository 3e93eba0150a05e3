//! What was told and what came of it, on stores made for it with the writer that hooks use.

use std::time::Duration;

use insta::assert_snapshot;
use jiff::tz::{self, TimeZone};
use serde_json::json;

use super::*;
use crate::answer::anomalies::{Anomalies as GetAnomalies, Params};
use crate::answer::{Surroundings, budget, tell};
use crate::clock::Clock;
use crate::model::{Agent, Fact, Project, SessionId, SessionNote, ToolCall, ToolKind};
use crate::store::{Batch, FOLLOW_CALLS, FindingNow, LAST_TELLINGS, Noticed, Reader, Standing, Telling, Writer};

/// 2026-11-20T10:00:00Z, a Friday.
const NOW: Millis = 1_795_168_800_000;
const MINUTE: Millis = 60_000;

struct World {
    dir: tempfile::TempDir,
    writer: Writer,
    calls: usize,
    wish: Restraint,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::open(dir.path()).unwrap();
        Self { dir, writer, calls: 0, wish: Restraint::default() }
    }

    fn apply(&mut self, at: Millis, fact: Fact) {
        let mut batch = Batch::told(at);
        batch.push(fact);
        self.writer.apply(batch).unwrap();
    }

    /// A session in `/w/<project>` that was active then.
    fn begins(&mut self, id: &str, project: &str, at: Millis) -> SessionId {
        let session = SessionId::new(Agent::ClaudeCode, id);
        let mut note = SessionNote::new(session.clone());
        let root = format!("/w/{project}");
        (note.at, note.cwd) = (Some(at), Some(root.clone()));
        note.project = Some(Project { root: root.clone(), repo: root });
        self.apply(at, Fact::Session(note));
        self.calls(&session, at, 1);
        session
    }

    fn calls(&mut self, session: &SessionId, at: Millis, times: usize) {
        for _ in 0..times {
            self.calls += 1;
            let mut call = ToolCall::new(session.clone(), format!("c{}", self.calls));
            (call.tool, call.kind, call.started_at) = (Some("Read".to_owned()), Some(ToolKind::Read), Some(at));
            call.thread_known = true;
            self.apply(at, Fact::ToolCall(call));
        }
    }

    fn goes(&mut self, session: &SessionId, at: Millis, findings: Vec<FindingNow>) {
        let noticed = Noticed { findings, ..Noticed::default() };
        self.writer.keep_noticed(session, &noticed, at).unwrap();
    }

    fn tells(&mut self, session: &SessionId, at: Millis, kind: &str, key: &str) {
        self.goes(session, at, vec![told(finding(kind, key, Standing::Told))]);
    }

    fn resolves(&mut self, session: &SessionId, at: Millis, kind: &str, key: &str) {
        self.goes(session, at, vec![finding(kind, key, Standing::Resolved)]);
    }

    fn asker(&self) -> Asker {
        let wish = self.wish.clone();
        let around = Surroundings {
            data_dir: self.dir.path().to_owned(),
            wishes: Wishes::new(move || wish.clone()),
            ..Surroundings::default()
        };
        Asker::with(Reader::open(self.dir.path()).unwrap(), around, Clock::fixed(NOW))
    }

    fn open_in(&self, session: &str) -> serde_json::Value {
        tell::<GetAnomalies>(&self.asker(), Params { session_id: session.to_owned() }).unwrap().json
    }
}

fn finding(kind: &str, key: &str, standing: Standing) -> FindingNow {
    FindingNow {
        kind: kind.to_owned(),
        key: key.to_owned(),
        severity: "medium".to_owned(),
        channel: "post_tool_use".to_owned(),
        evidence: format!("{key} was seen"),
        suggestion: "Look at it".to_owned(),
        files: vec![format!("/w/app/{key}")],
        standing,
        since: 0,
        told_at: None,
        told_severity: None,
        held: false,
        farewell: None,
        is_step: true,
        told: None,
    }
}

fn told(finding: FindingNow) -> FindingNow {
    let telling = Telling { channel: "post_tool_use".to_owned(), hook_event: "PostToolUse".to_owned(), tokens: 30 };
    FindingNow { told: Some(telling), ..finding }
}

fn urgent(finding: FindingNow) -> FindingNow {
    FindingNow { severity: "high".to_owned(), ..finding }
}

fn utc() -> TimeZone {
    TimeZone::UTC
}

#[test]
fn followed_is_what_was_resolved_soon() {
    let mut world = World::new();
    let live = world.begins("live", "app", NOW - MINUTE);
    let idle = world.begins("idle", "app", NOW - 60 * MINUTE);
    let at = NOW - 50 * MINUTE;
    for (session, key, calls, resolved) in
        [(&live, "soon", 5, true), (&live, "late", 6, true), (&live, "never", 7, false), (&idle, "left", 2, false)]
    {
        world.tells(session, at, "test_stuck", key);
        world.calls(session, at, calls);
        if resolved {
            world.resolves(session, at + 1, "test_stuck", key);
        }
    }
    world.tells(&live, at + 2, "test_stuck", "expired");
    world.goes(&live, at + 3, vec![finding("test_stuck", "expired", Standing::Expired)]);
    world.calls(&live, NOW - MINUTE, 9);
    world.tells(&live, NOW - MINUTE, "test_stuck", "just told");
    world.calls(&live, NOW - MINUTE, 4);
    world.tells(&live, NOW - MINUTE, "edit_thrash", "once");
    let rate = world.asker().follow_rate(7, FOLLOW_CALLS, &utc()).unwrap();
    assert_eq!(
        serde_json::to_value(&rate).unwrap(),
        json!({"days": 7, "window": 5, "by_kind": {
            "edit_thrash": {"emits": 1, "followed": 0, "rate": 0.0, "status": "no-signal", "pending": 0},
            "test_stuck": {"emits": 6, "followed": 1, "rate": 0.2, "status": "ok", "pending": 1}}})
    );
    let wider = world.asker().follow_rate(7, 6, &utc()).unwrap();
    assert_eq!((wider.by_kind["test_stuck"].followed, wider.by_kind["test_stuck"].rate), (2, 0.4));
    // The telling of another round is none of this one's business.
    world.tells(&live, NOW - MINUTE, "test_stuck", "late");
    world.resolves(&live, NOW - MINUTE + 1, "test_stuck", "late");
    let again = world.asker().follow_rate(7, FOLLOW_CALLS, &utc()).unwrap();
    assert_eq!((again.by_kind["test_stuck"].emits, again.by_kind["test_stuck"].followed), (7, 2));
}

#[test]
fn telling_is_measured_against_not_telling() {
    let mut world = World::new();
    let session = world.begins("s", "app", NOW - MINUTE);
    let at = NOW - 10 * MINUTE;
    for n in 0..10 {
        world.tells(&session, at, "peer_modified_file", &format!("told {n}"));
        world.goes(&session, at, vec![finding("peer_modified_file", &format!("untold {n}"), Standing::Open)]);
        // Its severity changes: the same finding still.
        world.goes(&session, at, vec![urgent(finding("peer_modified_file", &format!("untold {n}"), Standing::Open))]);
    }
    for n in 0..8 {
        world.resolves(&session, at + 1, "peer_modified_file", &format!("told {n}"));
    }
    for n in 0..2 {
        world.resolves(&session, at + 1, "peer_modified_file", &format!("untold {n}"));
    }
    world.calls(&session, NOW - MINUTE, 5);
    let rate = world.asker().follow_rate(1, FOLLOW_CALLS, &utc()).unwrap();
    assert_eq!(
        serde_json::to_value(&rate.by_kind["peer_modified_file"]).unwrap(),
        json!({"emits": 10, "followed": 8, "rate": 0.8, "status": "ok", "pending": 0, "baseline_findings": 10,
            "baseline_resolved": 2, "baseline_rate": 0.2, "lift": 0.6})
    );
    assert_eq!(world.asker().follow_rate(1, 0, &utc()).unwrap().by_kind.len(), 1);
}

#[test]
fn a_day_is_one_of_the_calendar_here_and_a_note_is_one_answer() {
    let mut world = World::new();
    let session = world.begins("s", "app", NOW - MINUTE);
    let other = world.begins("t", "app", NOW - MINUTE);
    // In Tokyo it is 19:00; the day began at 15:00 UTC.
    let midnight = NOW - 19 * 60 * MINUTE;
    let grouped = ["a", "b", "c"].map(|key| told(finding("human_modified_during_session", key, Standing::Told)));
    world.goes(&session, midnight, grouped.to_vec());
    world.tells(&other, midnight, "human_modified_during_session", "a");
    world.tells(&session, midnight - 1, "human_modified_during_session", "d");
    world.tells(&session, midnight + 1, "test_stuck", "t");
    let tokyo = TimeZone::fixed(tz::offset(9));
    let answer = world.asker().delivery_budget(7, 1, &tokyo).unwrap();
    assert_eq!(
        serde_json::to_value(&answer).unwrap(),
        json!({"budget": 1, "days": 7, "muted": [],
            "totals_by_kind": {"human_modified_during_session": 3, "test_stuck": 1},
            "rows": [
                {"date": "2026-11-20", "kind": "human_modified_during_session", "count": 2, "over_budget": true},
                {"date": "2026-11-20", "kind": "test_stuck", "count": 1, "over_budget": false},
                {"date": "2026-11-19", "kind": "human_modified_during_session", "count": 1, "over_budget": false}]})
    );
    assert_eq!(world.asker().delivery_budget(1, 1, &tokyo).unwrap().rows.len(), 2);
    assert_eq!(world.asker().delivery_budget(7, 1, &utc()).unwrap().rows.len(), 2, "all of it was yesterday in UTC");
}

#[test]
fn a_kind_that_is_told_often_or_in_vain_falls_silent() {
    let mut world = World::new();
    let app = world.begins("a", "app", NOW - MINUTE);
    let web = world.begins("w", "web", NOW - MINUTE);
    for n in 0..5 {
        assert_eq!(world.asker().muted(&utc()).unwrap(), [], "{n}");
        world.tells(&app, NOW - MINUTE + n, "test_stuck", "same test");
    }
    world.tells(&web, NOW - MINUTE, "test_stuck", "t");
    let often = Muted {
        project: Some("/w/app".to_owned()),
        kind: "test_stuck".to_owned(),
        why: "told 5 times today".to_owned(),
    };
    assert_eq!(world.asker().muted(&utc()).unwrap(), [often]);
    let tomorrow = Asker { clock: Clock::fixed(NOW + 24 * 60 * MINUTE), ..world.asker() };
    assert_eq!(tomorrow.muted(&utc()).unwrap(), []);

    // Five of twenty were followed: too few.
    for n in 0..20_i64 {
        let (at, key) = (NOW - 30 * 24 * 60 * MINUTE + n * 10, format!("f{n}"));
        world.tells(&web, at, "repeated_tool_call", &key);
        if n < 5 {
            world.resolves(&web, at + 1, "repeated_tool_call", &key);
        }
        if n == 18 {
            world.calls(&web, at, 5);
        }
    }
    let before = world.asker().muted(&utc()).unwrap();
    assert_eq!(before.len(), 1, "the last telling is pending, nineteen are not enough: {before:?}");
    world.calls(&web, NOW - MINUTE, 5);
    let unheeded = Muted { project: None, kind: "repeated_tool_call".to_owned(), why: "follow-rate 0.25".to_owned() };
    assert_eq!(world.asker().muted(&utc()).unwrap()[0], unheeded);
    assert_snapshot!(world.open_in("a")["note"].as_str().unwrap(), @"not announced for now: repeated_tool_call (follow-rate 0.25), test_stuck (told 5 times today)");

    world.wish.pins = vec!["repeated_tool_call".to_owned(), "test_stuck".to_owned()];
    world.wish.mutes = vec!["edit_thrash".to_owned()];
    let by_wish = Muted { project: None, kind: "edit_thrash".to_owned(), why: "by the settings".to_owned() };
    assert_eq!(world.asker().muted(&utc()).unwrap(), [by_wish]);
}

#[test]
fn the_governor_counts_by_project_and_judges_by_kind() {
    let mut world = World::new();
    let app = world.begins("a", "app", NOW - MINUTE);
    let web = world.begins("w", "web", NOW - MINUTE);
    let grouped = ["a", "b"].map(|key| told(finding("peer_modified_file", key, Standing::Told)));
    world.goes(&app, NOW - 2 * MINUTE, grouped.to_vec());
    world.resolves(&app, NOW - 2 * MINUTE, "peer_modified_file", "a");
    world.tells(&web, NOW - 2 * MINUTE, "peer_modified_file", "c");
    world.calls(&web, NOW - MINUTE, 5);
    world.tells(&web, NOW - MINUTE, "edit_thrash", "e");
    let asker = world.asker();
    let project = |id: &str| asker.session(id).unwrap().unwrap().session.project;
    let counts = |project: Option<i64>, since: Millis| {
        let told = asker.store.governor(project, since, LAST_TELLINGS, FOLLOW_CALLS).unwrap();
        told.into_iter().map(|kind| (kind.kind, kind.notes_today, kind.followed, kind.judged)).collect::<Vec<_>>()
    };
    let kinds = |thrash: i64, peer: i64| {
        // Of `b` it is too early to say.
        vec![("edit_thrash".to_owned(), thrash, 0, 0), ("peer_modified_file".to_owned(), peer, 1, 2)]
    };
    assert_eq!(counts(project("a"), NOW - 5 * MINUTE), kinds(0, 1));
    assert_eq!(counts(project("w"), NOW - 5 * MINUTE), kinds(1, 1));
    assert_eq!(counts(project("w"), NOW - MINUTE), kinds(1, 0));
    assert_eq!(counts(None, 0), kinds(0, 0));
}

#[test]
fn every_telling_is_listed_with_what_became_of_it() {
    let mut world = World::new();
    let session = world.begins("a1b2c3d4", "app", NOW - MINUTE);
    let old = world.begins("b", "app", NOW - 60 * MINUTE);
    world.tells(&session, NOW - 30 * MINUTE, "test_stuck", "t");
    world.resolves(&session, NOW - 20 * MINUTE, "test_stuck", "t");
    world.tells(&session, NOW - 10 * MINUTE, "test_stuck", "t");
    world.goes(&session, NOW - 5 * MINUTE, vec![finding("edit_thrash", "medium", Standing::Open)]);
    world.goes(&session, NOW - 6 * MINUTE, vec![urgent(finding("stale_file_view", "high", Standing::Open))]);
    world.goes(&old, NOW - 50 * MINUTE, vec![finding("stale_file_view", "of nobody", Standing::Open)]);
    let asker = world.asker();
    let told = asker.told_anomalies("", 50, true).unwrap();
    let states: Vec<_> =
        told.anomalies.iter().map(|told| (told.state.as_str(), told.delivered_at.as_deref())).collect();
    assert_eq!(states, [("told", Some("2026-11-20T09:50:00Z")), ("resolved", Some("2026-11-20T09:30:00Z"))]);
    let first = &told.anomalies[1];
    assert_eq!((first.hook_event.as_deref(), first.tokens, first.id), (Some("PostToolUse"), Some(30), Some(1)));
    assert_eq!((told.count, first.ts.as_str()), (2, "2026-11-20T09:30:00Z"));
    let open: Vec<_> =
        told.open.iter().map(|open| (open.kind.as_str(), open.id, open.delivered_at.as_deref())).collect();
    assert_eq!(open, [("stale_file_view", None, None), ("edit_thrash", None, None)]);
    assert_eq!(asker.told_anomalies("b", 50, true).unwrap(), Anomalies::default());
    assert_eq!(asker.told_anomalies("a1b2", 1, false).unwrap().anomalies.len(), 1);
}

#[test]
fn a_session_is_told_what_holds_and_what_ended_lately() {
    let mut world = World::new();
    let session = world.begins("a1b2c3d4", "app", NOW - MINUTE);
    assert_snapshot!(world.open_in("a1b2"), @r#"{"note":"nothing open; rules run on live sessions, not on imported history","resolved_by":"session_id prefix","session_id":"a1b2c3d4"}"#);
    world.goes(&session, NOW - 90 * MINUTE, vec![finding("edit_thrash", "long ago", Standing::Open)]);
    world.goes(&session, NOW - 80 * MINUTE, vec![finding("edit_thrash", "long ago", Standing::Expired)]);
    world.tells(&session, NOW - 30 * MINUTE, "test_stuck", "ended");
    world.resolves(&session, NOW - 20 * MINUTE, "test_stuck", "ended");
    world.tells(&session, NOW - 15 * MINUTE, "repeated_tool_call", "told");
    world.goes(&session, NOW - 12 * MINUTE, vec![finding("edit_thrash", "open", Standing::Open)]);
    world.tells(&session, NOW - 29 * MINUTE, "stale_file_view", "again");
    world.resolves(&session, NOW - 28 * MINUTE, "stale_file_view", "again");
    world.goes(&session, NOW - 14 * MINUTE, vec![urgent(finding("stale_file_view", "again", Standing::Open))]);
    let answer = world.open_in("a1b2");
    let columns = ["severity", "kind", "state", "first_emitted_at", "delivered_at"];
    let each = answer["anomalies"].as_array().unwrap().iter();
    let lines: Vec<String> = each.map(|one| columns.map(|name| one[name].as_str().unwrap_or("-")).join(" ")).collect();
    // What was told of the first one, it was told of the time before.
    assert_snapshot!(lines.join("\n"), @r"
    high stale_file_view open 2026-11-20T09:46:00Z -
    medium edit_thrash open 2026-11-20T09:48:00Z -
    medium repeated_tool_call told 2026-11-20T09:45:00Z 2026-11-20T09:45:00Z
    medium test_stuck resolved 2026-11-20T09:30:00Z 2026-11-20T09:30:00Z
    ");
    assert_eq!(answer.get("note"), None);
}

#[test]
fn however_much_holds_the_answer_fits_and_looking_changes_nothing() {
    let mut world = World::new();
    let session = world.begins("a1b2c3d4", "app", NOW - MINUTE);
    let many = (0..200).map(|n| {
        let mut finding = told(finding("stale_file_view", &"x/".repeat(60 + n), Standing::Told));
        finding.evidence = "words ".repeat(200);
        finding
    });
    world.goes(&session, NOW - MINUTE, many.collect());
    world.resolves(&session, NOW - MINUTE, "stale_file_view", &"x/".repeat(61));
    let all = |mut asker: Asker| {
        ["finding", "finding_step", "delivery", "told", "session"]
            .map(|table| {
                let rows = asker.store.sql(&format!("SELECT * FROM {table}"), Duration::from_secs(9), 1_000).unwrap();
                format!("{rows:?}")
            })
            .concat()
    };
    let before = all(world.asker());
    let answer = world.open_in("a1b2");
    assert!(budget::tokens(&answer) <= 2_000, "{}", budget::tokens(&answer));
    assert!(answer["truncated"].as_str().unwrap().contains("older"), "{}", answer["truncated"]);
    assert!(answer["anomalies"].as_array().unwrap().iter().all(|one| one["state"] == "told"));
    for days in [1, 7] {
        world.asker().delivery_budget(days, 5, &utc()).unwrap();
        world.asker().follow_rate(days, 5, &utc()).unwrap();
    }
    world.asker().told_anomalies("", 500, true).unwrap();
    assert_eq!(all(world.asker()), before);
}
