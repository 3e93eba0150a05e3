//! Stories in which hooks that do not name calls, and records, tell the same calls, in any order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::model::{
    Agent, BuildKind, BuildOrigin, BuildRun, BuildStatus, CallStatus, Fact, FileTouch, SessionId, ToolCall, ToolKind,
    TouchKind, UNNAMED_ID, Unnamed,
};
use crate::store::{Batch, Reader, SearchFilter, SqlValue, Writer};

const BEGIN: i64 = 1_795_168_800_000;

fn session() -> SessionId {
    SessionId::new(Agent::CopilotCli, "s")
}

fn call(id: &str, asked: u64) -> ToolCall {
    let mut call = ToolCall::new(session(), id.to_owned());
    call.tool = Some("bash".to_owned());
    call.kind = Some(ToolKind::Shell);
    call.command = Some(format!("make word {asked}"));
    call.asked = Some(asked);
    call.thread_known = true;
    call
}

fn begins(id: &str, asked: u64, at: i64) -> ToolCall {
    ToolCall { started_at: Some(at), ..call(id, asked) }
}

fn ends(id: &str, asked: u64, at: i64, status: CallStatus) -> ToolCall {
    ToolCall { ended_at: Some(at), status: Some(status), ..call(id, asked) }
}

fn heard(key: u64, voice: u8, call: ToolCall) -> ToolCall {
    let before = call.ended_at.is_none();
    ToolCall { call_id: format!("{UNNAMED_ID}{key:016x}"), unnamed: Some(Unnamed { before, voice }), ..call }
}

/// The call with what a telling of its end brings besides.
fn facts(call: &ToolCall) -> Vec<Fact> {
    let mut facts = vec![Fact::ToolCall(call.clone())];
    let build = |status| {
        Fact::Build(BuildRun {
            process: None,
            run_id: call.call_id.clone(),
            session: Some(session()),
            origin: BuildOrigin::AgentShell,
            kind: BuildKind::Build,
            tag: "make".to_owned(),
            command: "make".to_owned(),
            cwd: None,
            project: None,
            started_at: call.started_at,
            ended_at: call.ended_at,
            status: Some(status),
            exit_code: None,
            diagnostics: Vec::new(),
            failing_tests: Vec::new(),
            tail: None,
        })
    };
    if let Some(at) = call.ended_at {
        facts.push(build(BuildStatus::Failed));
        facts.push(Fact::File(FileTouch {
            session: session(),
            path: "/w/a.rs".to_owned(),
            at,
            kind: TouchKind::Edit,
            call_id: call.call_id.clone(),
            content_hash: None,
            before_hash: None,
            agent_id: None,
        }));
    } else {
        facts.push(build(BuildStatus::Running));
    }
    facts
}

fn tell(writer: &mut Writer, call: &ToolCall) {
    let mut batch = Batch::told(BEGIN);
    for fact in facts(call) {
        batch.push(fact);
    }
    writer.apply(batch).unwrap();
}

fn rows(dir: &std::path::Path, sql: &str) -> Vec<Vec<SqlValue>> {
    let limit = std::time::Duration::from_secs(5);
    Reader::open(dir).unwrap().sql(sql, limit, 10_000).unwrap().rows
}

fn text(value: &SqlValue) -> String {
    format!("{value:?}")
}

/// Ids and statuses of calls.
type Calls = Vec<(String, String)>;

/// Per call its id and status; the session's counts of calls and errors; edits of the file; builds; hits of a search.
fn seen(dir: &std::path::Path) -> (Calls, (i64, i64), i64, i64, i64) {
    let calls = rows(dir, "SELECT tool_call_id, status FROM tool_calls ORDER BY started_ms, tool_call_id");
    let calls = calls.iter().map(|row| (text(&row[0]), text(&row[1]))).collect();
    let number = |sql: &str| match rows(dir, sql).first().map(|row| row[0].clone()) {
        Some(SqlValue::Integer(n)) => n,
        _ => 0,
    };
    let reader = Reader::open(dir).unwrap();
    let session = reader.session("s").unwrap();
    let filter = SearchFilter { query: "word", agent: None, projects: None, since: None, before: None, limit: 1000 };
    let found = i64::try_from(reader.search(&filter).unwrap().len()).unwrap();
    let counts = session.map_or((0, 0), |s| (s.tool_calls, s.tool_errors));
    (calls, counts, number("SELECT edits FROM files"), number("SELECT count(*) FROM builds"), found)
}

fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for rest in orders(of - 1) {
        for place in 0..of {
            let mut order = rest.clone();
            order.insert(place, of - 1);
            all.push(order);
        }
    }
    all
}

#[test]
fn a_call_told_by_two_registrations_and_the_record_is_one_in_every_order() {
    let tellings = [
        begins("record", 7, BEGIN),
        ends("record", 7, BEGIN + 900, CallStatus::Error),
        heard(1, 0, begins("", 7, BEGIN + 3)),
        heard(2, 0, ends("", 7, BEGIN + 890, CallStatus::Error)),
        heard(3, 1, begins("", 7, BEGIN + 40)),
        heard(4, 1, ends("", 7, BEGIN + 930, CallStatus::Error)),
    ];
    for order in orders(tellings.len()).into_iter().step_by(7) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        for at in order.iter().chain(&order) {
            tell(&mut writer, &tellings[*at]);
        }
        drop(writer);
        let (calls, counts, edits, builds, found) = seen(dir.path());
        let one = vec![(r#"Text("record")"#.to_owned(), r#"Text("error")"#.to_owned())];
        assert_eq!((calls, counts, builds, found), (one, (1, 1), 1, 1), "{order:?}");
        assert_eq!(edits, 1, "{order:?}");
    }
}

#[test]
fn without_a_record_the_two_ends_are_one_call_and_calls_that_look_alike_are_two() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    for telling in [
        heard(1, 0, begins("", 7, BEGIN)),
        heard(2, 0, begins("", 7, BEGIN)),
        heard(3, 0, begins("", 8, BEGIN)),
        heard(4, 0, ends("", 7, BEGIN + 10, CallStatus::Ok)),
        heard(5, 0, ends("", 8, BEGIN + 11, CallStatus::Ok)),
        heard(6, 0, ends("", 7, BEGIN + 12, CallStatus::Error)),
    ] {
        tell(&mut writer, &telling);
    }
    let (calls, counts, ..) = seen(dir.path());
    assert_eq!((calls.len(), counts), (3, (3, 1)), "{calls:?}");
    assert!(calls.iter().all(|(_, status)| status != r#"Text("running")"#), "{calls:?}");
    // Their records come: each takes the place of one.
    for (id, asked) in [("a", 7), ("b", 8), ("c", 7)] {
        tell(&mut writer, &begins(id, asked, BEGIN));
    }
    let (calls, counts, ..) = seen(dir.path());
    let ids: Vec<&str> = calls.iter().map(|(id, _)| &**id).collect();
    assert_eq!((ids, counts), (vec![r#"Text("a")"#, r#"Text("b")"#, r#"Text("c")"#], (3, 1)));
}

#[test]
fn a_thread_of_its_own_and_another_day_are_other_calls() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    tell(&mut writer, &begins("record", 7, BEGIN));
    let inside = ToolCall { agent_id: Some("a".to_owned()), ..begins("", 7, BEGIN) };
    tell(&mut writer, &heard(1, 0, inside));
    tell(&mut writer, &heard(2, 0, begins("", 7, BEGIN + 86_400_000)));
    assert_eq!(seen(dir.path()).0.len(), 3);
}

#[test]
fn whoever_asks_by_the_telling_finds_the_call() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    let told = heard(1, 0, begins("", 7, BEGIN));
    tell(&mut writer, &told);
    let meant = |id: &str| Reader::open(dir.path()).unwrap().meant_call(&session(), id).unwrap();
    assert_eq!(meant(&told.call_id), Some(told.call_id.clone()));
    tell(&mut writer, &begins("record", 7, BEGIN + 5));
    assert_eq!(meant(&told.call_id).as_deref(), Some("record"));
    assert_eq!((meant("record"), meant("hook:unheard")), (None, None));
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one of the ways in which stories differ")]
struct Made {
    asked: u64,
    by_record: bool,
    by_hook: bool,
    by_other: bool,
    /// The hook after it is told, too.
    whole: bool,
}

fn made() -> impl Strategy<Value = Made> {
    (1..3_u64, any::<(bool, bool, bool, bool)>()).prop_map(|(asked, (by_record, by_hook, by_other, whole))| Made {
        asked,
        by_record,
        by_hook,
        by_other,
        whole,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whoever tells first, late or twice: as many calls as the one who knew of most.
    #[test]
    fn hooks_and_records_are_one(all in prop::collection::vec(made(), 1..8), order in any::<u64>()) {
        let mut tellings = Vec::new();
        let mut want: BTreeMap<u64, [usize; 3]> = BTreeMap::new();
        for (index, one) in (0_u64..).zip(&all) {
            let at = BEGIN + i64::try_from(index).unwrap() * 1000;
            let counts = want.entry(one.asked).or_default();
            if one.by_record {
                counts[0] += 1;
                tellings.push(begins(&format!("record-{index}"), one.asked, at));
                tellings.push(ends(&format!("record-{index}"), one.asked, at + 500, CallStatus::Ok));
            }
            for (voice, by) in [(0_u8, one.by_hook), (1, one.by_other)] {
                if by {
                    counts[usize::from(voice) + 1] += 1;
                    let key = index * 10 + u64::from(voice) * 2;
                    tellings.push(heard(key, voice, begins("", one.asked, at + 3)));
                    if one.whole {
                        tellings.push(heard(key + 1, voice, ends("", one.asked, at + 490, CallStatus::Ok)));
                    }
                }
            }
        }
        let mut state = order | 1;
        for at in (1..tellings.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            tellings.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        for telling in tellings.iter().chain(&tellings) {
            tell(&mut writer, telling);
        }
        drop(writer);
        let (calls, counts, _, builds, found) = seen(dir.path());
        let wanted: usize = want.values().map(|counts| *counts.iter().max().unwrap()).sum();
        prop_assert_eq!(calls.len(), wanted, "{:?}", calls);
        let wanted = i64::try_from(wanted).unwrap();
        prop_assert_eq!((counts.0, builds, found), (wanted, wanted, wanted));
    }
}
