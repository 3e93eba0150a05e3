//! Rollouts of every kind, shorter than in life, and read wherever a reading stops.

use std::path::Path;

use super::parser::Rollout;
use crate::adapters::{FileFacts, Parsed, Parser as _};
use crate::model::{
    CallStatus, Fact, FileTouch, Message, PlanChange, Role, SessionNote, SubagentNote, ToolCall, Usage,
};

/// Reads on from `offset` as the ingest does, and says where it stopped.
fn read(
    bytes: &[u8],
    whole: &[u8],
    offset: &mut usize,
    line: &mut u64,
    state: Option<&str>,
    out: &mut Parsed,
) -> Option<String> {
    let file = FileFacts { path: Path::new("/s/rollout.jsonl"), modified_ms: 1, beginning: whole };
    let mut parser = Rollout::new(&file, state);
    while let Some(length) = memchr::memchr(b'\n', &bytes[*offset..]) {
        *line += 1;
        let text = &bytes[*offset..*offset + length];
        if !text.trim_ascii().is_empty() {
            parser.line(text, *line, true, out);
        }
        *offset += length + 1;
    }
    *offset += parser.line(&bytes[*offset..], *line + 1, false, out);
    parser.state()
}

fn parsed(lines: &[&str]) -> Parsed {
    let text = lines.join("\n") + "\n";
    let mut out = Parsed::default();
    read(text.as_bytes(), text.as_bytes(), &mut 0, &mut 0, None, &mut out);
    out
}

macro_rules! facts {
    ($parsed:expr, $kind:ident, $of:ty) => {{
        let of_kind = |fact: &Fact| match fact {
            Fact::$kind(fact) => Some(fact.clone()),
            _ => None,
        };
        $parsed.facts.iter().filter_map(of_kind).collect::<Vec<$of>>()
    }};
}

/// A call as all its records together tell it.
fn call(parsed: &Parsed, id: &str) -> ToolCall {
    let told = facts!(parsed, ToolCall, ToolCall).into_iter().filter(|call| call.call_id == id);
    told.reduce(|mut all, next| {
        all.absorb(next);
        all
    })
    .unwrap()
}

fn prompts(parsed: &Parsed) -> Vec<String> {
    let said = facts!(parsed, Message, Message).into_iter().filter(|m| m.role == Role::User);
    said.map(|m| m.pieces[0].text.clone()).collect()
}

/// One line of a rollout.
fn line(at: &str, kind: &str, payload: &str) -> String {
    format!(r#"{{"timestamp":"2026-11-20T{at}Z","type":"{kind}","payload":{payload}}}"#)
}

fn meta(at: &str, id: &str, more: &str) -> String {
    let payload = format!(
        r#"{{"id":"{id}","timestamp":"2026-11-20T{at}Z","cwd":"/w","cli_version":"0.1","source":"cli"{more}}}"#
    );
    line(at, "session_meta", &payload)
}

fn event(at: &str, payload: &str) -> String {
    line(at, "event_msg", payload)
}

fn item(at: &str, payload: &str) -> String {
    line(at, "response_item", payload)
}

fn begins(at: &str, turn: &str) -> String {
    event(at, &format!(r#"{{"type":"task_started","turn_id":"{turn}"}}"#))
}

fn prompt(at: &str, text: &str) -> String {
    event(at, &format!(r#"{{"type":"user_message","message":"{text}"}}"#))
}

fn count(at: &str, total: i64, last: i64) -> String {
    let tokens = |n: i64| {
        format!(r#"{{"input_tokens":{n},"cached_input_tokens":{},"output_tokens":1,"total_tokens":{}}}"#, n / 2, n + 1)
    };
    let info = format!(r#"{{"total_token_usage":{},"last_token_usage":{}}}"#, tokens(total), tokens(last));
    event(at, &format!(r#"{{"type":"token_count","info":{info}}}"#))
}

fn joined(lines: &[String]) -> Parsed {
    parsed(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

// Ids of version 7 tell when they were made: 09:00:00, 10:00:00, and turns a second after each.
const PARENT: &str = "01a1f82f-1e80-7000-8000-000000000001";
const PARENT_TURN: &str = "01a1f82f-2268-7000-8000-000000000002";
const CHILD: &str = "01a1f866-0d00-7000-8000-000000000003";
const CHILD_TURN: &str = "01a1f866-10e8-7000-8000-000000000004";

#[test]
fn the_ids_above_are_of_their_hours() {
    let hour = |id: &str| i64::from_str_radix(&format!("{}{}", &id[..8], &id[9..13]), 16).unwrap();
    assert_eq!(hour(PARENT), 1_795_165_200_000);
    assert_eq!((hour(PARENT_TURN) - hour(PARENT), hour(CHILD) - hour(PARENT)), (1000, 3_600_000));
    assert_eq!(hour(CHILD_TURN) - hour(CHILD), 1000);
}

#[test]
fn a_fork_tells_only_what_is_its_own() {
    // Copied anew in the moment of the fork, or with the dates that they had.
    for copied in ["10:00:00.010", "09:00:02.000"] {
        let fork = joined(&[
            meta("10:00:00.000", CHILD, &format!(r#","forked_from_id":"{PARENT}""#)),
            meta(copied, PARENT, ""),
            begins(copied, PARENT_TURN),
            prompt(copied, "of the parent"),
            count(copied, 10, 10),
            begins("10:00:01.000", CHILD_TURN),
            prompt("10:00:01.100", "of the fork"),
            count("10:00:02.000", 30, 20),
        ]);
        assert_eq!(prompts(&fork), ["of the fork"], "{copied}");
        let usage = facts!(fork, Usage, Usage);
        assert_eq!(usage.len(), 1, "{copied}");
        assert_eq!((usage[0].tokens.input, usage[0].tokens.cache_read), (10, 10));
        let notes = facts!(fork, Session, SessionNote);
        assert!(notes.iter().all(|note| &*note.session.id == CHILD));
        assert_eq!(notes[0].parent.as_deref(), Some(PARENT));
        assert_eq!(notes[0].origin, Some(1_795_168_800_000));
    }
}

#[test]
fn old_forks_number_no_turns_but_come_in_one_go() {
    let fork = joined(&[
        meta("10:00:00.000", "97b66f6c-a160-40e0-bd0f-1fdcbbb9498b", ""),
        meta("10:00:00.001", "11111111-a160-40e0-bd0f-1fdcbbb9498b", ""),
        prompt("10:00:00.002", "of the parent"),
        prompt("10:00:00.003", "of the parent, too"),
        prompt("10:00:09.000", "of the fork"),
        prompt("10:00:09.100", "at once again"),
    ]);
    assert_eq!(prompts(&fork), ["of the fork", "at once again"]);
}

#[test]
fn a_spawned_thread_belongs_to_its_session() {
    let spawned = |more: &str| {
        let source = format!(
            r#","session_id":"{PARENT}","source":{{"subagent":{{"thread_spawn":{{"parent_thread_id":"{PARENT}","agent_role":"explorer"}}}}}}{more}"#
        );
        let meta = meta("10:00:00.000", CHILD, "").replace(r#","source":"cli""#, &source);
        joined(&[
            meta,
            self::meta("10:00:00.001", PARENT, ""),
            line("10:00:00.002", "event_msg", r#"{"type":"user_message","message":"of the parent"}"#).replacen(
                '{',
                r#"{"ordinal":2,"#,
                1,
            ),
            begins("10:00:01.000", CHILD_TURN).replacen('{', r#"{"ordinal":9,"#, 1),
            prompt("10:00:01.000", "count").replacen('{', r#"{"ordinal":10,"#, 1),
            count("10:00:02.000", 8, 8).replacen('{', r#"{"ordinal":11,"#, 1),
        ])
    };
    for told in [spawned(""), spawned(r#","subagent_history_start_ordinal":9"#)] {
        assert!(facts!(told, Session, SessionNote).is_empty(), "it does not speak for its session");
        let note = facts!(told, Subagent, SubagentNote).remove(0);
        assert_eq!(
            (&*note.session.id, note.agent_id.as_str(), note.agent_type.as_deref()),
            (PARENT, CHILD, Some("explorer"))
        );
        assert_eq!(prompts(&told), ["count"]);
        let usage = facts!(told, Usage, Usage).remove(0);
        assert_eq!((&*usage.session.id, usage.agent_id.as_deref()), (PARENT, Some(CHILD)));
    }
}

#[test]
fn a_thread_of_the_clients_own_is_no_session() {
    for (source, kind) in [
        (r#"{"subagent":"review"}"#, "review"),
        (r#"{"subagent":{"other":"guardian"}}"#, "guardian"),
        (r#"{"subagent":"memory_consolidation"}"#, "memory_consolidation"),
    ] {
        let meta = meta("10:00:00.000", CHILD, "").replace(r#""source":"cli""#, &format!(r#""source":{source}"#));
        let told = joined(&[meta, prompt("10:00:00.001", "review this")]);
        let note = facts!(told, Subagent, SubagentNote).remove(0);
        assert_eq!((note.agent_id.as_str(), note.agent_type.as_deref()), (CHILD, Some(kind)));
        assert!(facts!(told, Message, Message).iter().all(|m| m.agent_id.as_deref() == Some(CHILD)));
    }
}

#[test]
fn history_of_other_agents_is_theirs() {
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        begins("10:00:00.001", "external-import-turn-1"),
        prompt("10:00:00.002", "asked elsewhere"),
        begins("10:00:01.000", CHILD_TURN),
        prompt("10:00:02.000", "asked here"),
    ]);
    assert_eq!(prompts(&told), ["asked here"]);
}

#[test]
fn every_request_counts_once() {
    let sum = |parsed: &Parsed| facts!(parsed, Usage, Usage).iter().map(|u| u.tokens.prompt_total()).sum::<i64>();
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        event("10:00:00.500", r#"{"type":"token_count","info":null}"#),
        count("10:00:01.000", 10, 10),
        count("10:00:01.001", 10, 10),
        count("10:00:02.000", 30, 20),
        // Counted anew.
        count("10:00:03.000", 7, 7),
    ]);
    assert_eq!((sum(&told), facts!(told, Usage, Usage).len()), (37, 3));
    let record = |at: &str, id: &str, n: i64| {
        line(
            at,
            "token_usage_record",
            &format!(
                r#"{{"response_id":"{id}","usage":{{"input_tokens":{n},"cache_write_input_tokens":4,"output_tokens":2}}}}"#
            ),
        )
    };
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        record("10:00:01.000", "r1", 10),
        count("10:00:01.001", 10, 10),
        record("10:00:02.000", "r2", 20),
        count("10:00:02.001", 30, 20),
    ]);
    assert_eq!(sum(&told), 30);
    let first = facts!(told, Usage, Usage).remove(0);
    assert_eq!((first.response_id.as_str(), first.tokens.input, first.tokens.cache_write_other), ("r1", 6, 4));
    // Where only the sum is told.
    let total = |at: &str, n: i64| {
        event(at, &format!(r#"{{"type":"token_count","info":{{"total_token_usage":{{"input_tokens":{n}}}}}}}"#))
    };
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        total("10:00:01.000", 5),
        total("10:00:02.000", 9),
        total("10:00:03.000", 3),
    ]);
    assert_eq!(sum(&told), 5 + 4 + 3);
}

fn began(at: &str, id: &str, name: &str, arguments: &str) -> String {
    let arguments = serde_json::to_string(arguments).unwrap();
    item(at, &format!(r#"{{"type":"function_call","name":"{name}","call_id":"{id}","arguments":{arguments}}}"#))
}

fn output(at: &str, id: &str, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    item(at, &format!(r#"{{"type":"function_call_output","call_id":"{id}","output":{text}}}"#))
}

#[test]
fn a_command_that_goes_on_ends_when_somebody_looks() {
    let mut lines = vec![
        meta("10:00:00.000", CHILD, ""),
        began("10:00:01.000", "c1", "exec_command", r#"{"cmd":"cargo test"}"#),
        output("10:00:11.000", "c1", "Wall time: 10 seconds\nProcess running with session ID 7\nOutput:\nhalf"),
        began("10:00:12.000", "c2", "write_stdin", r#"{"session_id":7,"chars":""}"#),
    ];
    let still = joined(&lines);
    assert_eq!((call(&still, "c1").status, call(&still, "c1").ended_at), (None, None));
    lines.push(output("10:00:20.000", "c2", "Wall time: 8 seconds\nProcess exited with code 101\nOutput:\nred"));
    let over = joined(&lines);
    let test = call(&over, "c1");
    assert_eq!(
        (test.status, test.exit_code, test.command.as_deref()),
        (Some(CallStatus::Error), Some(101), Some("cargo test"))
    );
    assert_eq!(test.ended_at, Some(1_795_168_820_000));
    assert_eq!(call(&over, "c2").status, Some(CallStatus::Error));
}

#[test]
fn a_stopped_turn_stops_its_calls() {
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        began("10:00:01.000", "c1", "exec_command", r#"{"cmd":"sleep 9"}"#),
        began("10:00:01.000", "c2", "exec_command", r#"{"cmd":"ls"}"#),
        output("10:00:02.000", "c2", "Wall time: 1 seconds\nProcess exited with code 0\nOutput:\nx"),
        event("10:00:03.000", r#"{"type":"turn_aborted","reason":"interrupted"}"#),
    ]);
    assert_eq!(
        (call(&told, "c1").status, call(&told, "c2").status),
        (Some(CallStatus::Interrupted), Some(CallStatus::Ok))
    );
}

#[test]
fn patches_name_their_files_however_they_are_applied() {
    let patch = r#"{"type":"custom_tool_call","name":"apply_patch","call_id":"p","input":"*** Begin Patch\n*** Update File: a.py\n*** End Patch"}"#;
    let done = "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nM a.py\n";
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        item("10:00:01.000", patch),
        event(
            "10:00:01.500",
            r#"{"type":"patch_apply_end","call_id":"p","success":true,"changes":{"/w/a.py":{"type":"update"}}}"#,
        ),
        item(
            "10:00:02.000",
            &format!(
                r#"{{"type":"custom_tool_call_output","call_id":"p","output":{}}}"#,
                serde_json::to_string(done).unwrap()
            ),
        ),
        began(
            "10:00:03.000",
            "s",
            "shell",
            r#"{"command":["bash","-lc","apply_patch <<'E'\n*** Begin Patch\n*** Add File: b.py\n+x\n*** End Patch\nE"]}"#,
        ),
        output(
            "10:00:04.000",
            "s",
            r#"{"output":"Success. Updated the following files:\nA b.py\n","metadata":{"exit_code":0}}"#,
        ),
    ]);
    let files: Vec<(String, String)> = facts!(told, File, FileTouch).into_iter().map(|t| (t.call_id, t.path)).collect();
    let named = |call: &str, path: &str| (call.to_owned(), path.to_owned());
    assert_eq!(files, [named("p", "/w/a.py"), named("p", "/w/a.py"), named("s", "/w/b.py")]);
    let shell = call(&told, "s");
    assert_eq!((shell.tool.as_deref(), shell.kind.map(crate::model::ToolKind::name)), (Some("shell"), Some("edit")));
    assert_eq!(call(&told, "p").file_path.as_deref(), Some("/w/a.py"));
}

#[test]
fn commands_that_show_files_read_them() {
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        began("10:00:01.000", "a", "exec_command", r#"{"cmd":"cat a.py","workdir":"/w/sub"}"#),
        began("10:00:01.000", "b", "shell_command", r#"{"command":"cat b.py"}"#),
        output("10:00:02.000", "a", "Wall time: 1 seconds\nProcess exited with code 0\nOutput:\nx"),
        output("10:00:02.000", "b", "Exit code: 1\nWall time: 1 seconds\nOutput:\nno such file"),
        event(
            "10:00:03.000",
            r#"{"type":"item_completed","item":{"type":"CommandExecution","id":"c","status":"completed","exit_code":0,"parsed_cmd":[{"type":"read","path":"c.py"},{"type":"list_files","path":"d"}]}}"#,
        ),
    ]);
    let files: Vec<String> = facts!(told, File, FileTouch).into_iter().map(|touch| touch.path).collect();
    assert_eq!(files, ["/w/sub/a.py", "/w/c.py"]);
}

#[test]
fn what_mcp_tools_print_is_data_and_their_errors_are_told_beside() {
    let begins = |id: &str| {
        item(
            "10:00:01.000",
            &format!(
                r#"{{"type":"function_call","name":"run","namespace":"mcp__x","call_id":"{id}","arguments":"{{}}"}}"#
            ),
        )
    };
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        begins("a"),
        output("10:00:02.000", "a", "Exit code: 1\nWall time: 1 seconds\nOutput:\nno"),
        begins("b"),
        event(
            "10:00:03.000",
            r#"{"type":"mcp_tool_call_end","call_id":"b","invocation":{"server":"x","tool":"run"},"result":{"Ok":{"isError":true,"content":[{"type":"text","text":"no"}]}}}"#,
        ),
        output("10:00:03.000", "b", "no"),
        event(
            "10:00:04.000",
            r#"{"type":"mcp_tool_call_end","call_id":"c","invocation":{"server":"x","tool":"run"},"result":{"Err":"gone"}}"#,
        ),
    ]);
    assert_eq!((call(&told, "a").status, call(&told, "a").exit_code), (Some(CallStatus::Ok), None));
    assert_eq!(
        (call(&told, "b").status, call(&told, "b").tool.as_deref()),
        (Some(CallStatus::Error), Some("mcp__x.run"))
    );
    assert_eq!((call(&told, "c").status, call(&told, "c").error.as_deref()), (Some(CallStatus::Error), Some("gone")));
}

#[test]
fn plans_titles_and_thoughts_are_read() {
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        line("10:00:00.500", "turn_context", r#"{"cwd":"/w/sub","model":"gpt-5.5"}"#),
        began(
            "10:00:01.000",
            "c",
            "update_plan",
            r#"{"plan":[{"step":"a","status":"completed"},{"step":"b","status":"in_progress"}]}"#,
        ),
        event("10:00:02.000", r#"{"type":"thread_name_updated","thread_name":"Tidy"}"#),
        item(
            "10:00:03.000",
            r#"{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"x"}"#,
        ),
        item(
            "10:00:04.000",
            r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context>x"}]}"#,
        ),
        item(
            "10:00:05.000",
            r#"{"type":"message","role":"developer","content":[{"type":"input_text","text":"rules"}]}"#,
        ),
        line("10:00:06.000", "compacted", r#"{"message":"sum"}"#),
    ]);
    let plans = told
        .facts
        .iter()
        .filter(|f| matches!(f, Fact::Plan { change: PlanChange::Replace(items), .. } if items.len() == 2));
    assert_eq!(plans.count(), 1);
    let notes = facts!(told, Session, SessionNote);
    assert_eq!((notes[1].cwd.as_deref(), notes[1].model.as_deref()), (Some("/w/sub"), Some("gpt-5.5")));
    assert_eq!(notes[2].title.as_ref().map(|(_, _, title)| title.as_str()), Some("Tidy"));
    let said: Vec<(Role, String)> =
        facts!(told, Message, Message).into_iter().map(|m| (m.role, m.pieces[0].text.clone())).collect();
    assert_eq!(said, [(Role::Thinking, "hm".to_owned()), (Role::System, "<environment_context>x".to_owned())]);
    assert_eq!(told.facts.iter().filter(|f| matches!(f, Fact::Event(e) if e.compaction)).count(), 1);
}

#[test]
fn the_bare_format_is_read() {
    let told = parsed(&[
        r#"{"id":"s","timestamp":"2025-08-01T10:00:00Z","instructions":null,"git":{"branch":"main"}}"#,
        r#"{"record_type":"state"}"#,
        r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context>x"}]}"#,
        r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"go on"}]}"#,
        r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"go on"}]}"#,
        r#"{"type":"local_shell_call","call_id":"c","action":{"type":"exec","command":["ls"]}}"#,
        r#"{"type":"function_call_output","call_id":"c","output":{"content":"a.txt","success":true}}"#,
    ]);
    assert_eq!(prompts(&told), ["go on", "go on"]);
    let ids: std::collections::BTreeSet<String> =
        facts!(told, Message, Message).into_iter().map(|m| m.message_id).collect();
    assert_eq!(ids.len(), 3, "said twice is two");
    let ls = call(&told, "c");
    assert_eq!(
        (ls.command.as_deref(), ls.output.as_deref(), ls.status),
        (Some("ls"), Some("a.txt"), Some(CallStatus::Ok))
    );
    assert_eq!(facts!(told, Session, SessionNote)[0].git_branch.as_deref(), Some("main"));
    assert!(told.skips.is_empty(), "{:?}", told.skips);
}

#[test]
fn rollouts_are_known_by_their_first_line() {
    for (text, want) in [
        (meta("10:00:00.000", CHILD, ""), true),
        (format!("\n{}", &meta("10:00:00.000", CHILD, "")[..80]), true),
        (r#"{"id":"s","timestamp":"2025-08-01T10:00:00Z","instructions":null,"git":{}}"#.to_owned(), true),
        (r#"{"type":"user","uuid":"u","sessionId":"s","timestamp":"2025-08-01T10:00:00Z"}"#.to_owned(), false),
        (r#"{"type":"session","version":3,"id":"s","timestamp":"2025-08-01T10:00:00Z"}"#.to_owned(), false),
        (String::new(), false),
    ] {
        assert_eq!(super::parser::is_rollout(text.as_bytes()), want, "{text}");
    }
}

#[test]
fn a_prompt_told_by_an_event_and_an_item_is_one() {
    let as_item = |at: &str, id: &str| {
        event(
            at,
            &format!(
                r#"{{"type":"item_completed","item":{{"type":"UserMessage","id":"{id}","content":[{{"type":"text","text":"go"}}]}}}}"#
            ),
        )
    };
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        prompt("10:00:01.000", "go"),
        as_item("10:00:01.001", "i1"),
        as_item("10:00:09.000", "i2"),
    ]);
    assert_eq!(prompts(&told).len(), 2);
}

#[test]
fn foreign_data_is_counted_and_harmless() {
    let told = joined(&[
        "7".to_owned(),
        meta("10:00:00.000", CHILD, ""),
        r#"{"type":"response_item","payload":[]}"#.to_owned(),
        line("10:00:01.000", "invented", "{}"),
        event("10:00:01.000", r#"{"type":"invented"}"#),
        item("10:00:01.000", r#"{"type":"invented"}"#),
        line("10:00:01.000", "token_usage_record", "{}"),
        "{\"half\": ".to_owned(),
    ]);
    let reasons: Vec<&str> = told.skips.iter().map(|skip| skip.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "not an object",
            "record without a payload",
            "unknown record type invented",
            "unknown event invented",
            "unknown item invented",
            "usage without tokens",
            "not JSON"
        ]
    );
}

/// Notes of a session may be said again; all else is said once.
fn told(parsed: Parsed) -> (Vec<Fact>, Vec<String>, u64) {
    let facts = parsed.facts.into_iter().filter(|fact| !matches!(fact, Fact::Session(_))).collect();
    (facts, parsed.skips.into_iter().map(|skip| skip.reason).collect(), parsed.records)
}

#[test]
fn reading_goes_on_after_a_stop_at_any_byte() {
    let lines = [
        meta("10:00:00.000", CHILD, &format!(r#","forked_from_id":"{PARENT}""#)),
        meta("10:00:00.001", PARENT, ""),
        prompt("10:00:00.002", "of the parent"),
        begins("10:00:01.000", CHILD_TURN),
        prompt("10:00:01.100", "漢字 \\ud83d"),
        line("10:00:01.200", "turn_context", &format!(r#"{{"turn_id":"{CHILD_TURN}","cwd":"/w","model":"m"}}"#)),
        began("10:00:01.000", "c1", "exec_command", r#"{"cmd":"ls"}"#),
        output("10:00:01.500", "c1", "Wall time: 1 seconds\nProcess running with session ID 7\nOutput:\n"),
        count("10:00:02.000", 30, 20),
        began("10:00:02.000", "c2", "write_stdin", r#"{"session_id":7}"#) + "{\"ty",
        "\0\0".to_owned(),
        output(
            "10:00:03.000",
            "c2",
            "Wall time: 1 seconds\nProcess exited with code 0\nOutput:\nSuccess. Updated the following files:\nM é.py",
        ),
        count("10:00:04.000", 30, 20),
        event("10:00:05.000", r#"{"type":"turn_aborted"}"#),
    ];
    let text = lines.join("\n");
    let bytes = text.as_bytes();
    let mut whole = Parsed::default();
    read(bytes, bytes, &mut 0, &mut 0, None, &mut whole);
    let whole = told(whole);
    assert_eq!(whole.1.len(), 2, "{:?}", whole.1);
    for stop in 0..=bytes.len() {
        let mut parsed = Parsed::default();
        let (mut offset, mut line) = (0, 0);
        let state = read(&bytes[..stop], bytes, &mut offset, &mut line, None, &mut parsed);
        read(bytes, bytes, &mut offset, &mut line, state.as_deref(), &mut parsed);
        assert_eq!(told(parsed), whole, "stopped at {stop}");
    }
}
