//! The database: the same events as in files, and whose they are.

use super::session::{asks, call, facts, header, message, parsed, prompt, read, result, row, said, stored, window};
use crate::adapters::Parsed;
use crate::model::{Fact, FileTouch, Message, Role, SessionNote, SubagentNote, TitleRank, ToolCall, Usage};

const CALL: &str = "call_00000000000000000001";

fn events() -> Vec<String> {
    vec![
        header("s", ""),
        prompt("a", 1, "[Fri 2026-11-20 10:15 UTC] Fix it."),
        asks("b", 2, CALL, "edit", r#"{"path":"x.py"}"#),
        result("c", 3, CALL, "edit", r#""content":"Successfully replaced 1 block(s) in x.py.""#),
    ]
}

#[test]
fn a_history_that_was_moved_tells_the_same() {
    let file = parsed(&events());
    let rows: Vec<String> = events().iter().map(|event| stored("s", event)).collect();
    assert_eq!(parsed(&rows).facts, file.facts);
    let packed: Vec<String> = rows.iter().map(|row| row.replace("event_json", "event_zstd")).collect();
    assert_eq!(parsed(&packed).facts, file.facts);
    let text = serde_json::json!(events().join("\n"));
    let archive =
        row("session_transcript_archives", &format!(r#""session_id":"s","session_key":"k","archive_blob":{text}"#));
    assert_eq!(parsed(&[archive]).facts, file.facts);
    let cold = |event: &String| {
        format!(r#"{{"kind":"event","row":{{"seq":1,"created_at":1,"event_json":{}}}}}"#, serde_json::json!(event))
    };
    let lines: Vec<String> =
        std::iter::once(r#"{"kind":"header","sessionId":"s"}"#.to_owned()).chain(events().iter().map(cold)).collect();
    assert_eq!(parsed(&lines).facts, file.facts);
    let blob = serde_json::json!(lines.join("\n"));
    let cold = row("session_transcript_cold_archives", &format!(r#""session_id":"s","archive_blob":{blob}"#));
    assert_eq!(parsed(&[cold]).facts, file.facts);
}

#[test]
fn an_archive_of_one_line_comes_as_what_it_is() {
    let archive =
        row("session_transcript_archives", &format!(r#""session_id":"s","archive_blob":{}"#, header("s", "")));
    assert_eq!(facts!(parsed(&[archive]), Session, SessionNote)[0].cwd.as_deref(), Some("/w"));
}

#[test]
fn sessions_stand_side_by_side() {
    let parsed = parsed(&[
        stored("s", &header("s", "")),
        stored("t", &header("t", "").replace("/w", "/other")),
        stored("s", &asks("a", 1, CALL, "edit", r#"{"path":"x.py"}"#)),
        stored("t", &asks("b", 1, "call_00000000000000000002", "edit", r#"{"path":"x.py"}"#)),
        stored("s", &result("c", 2, CALL, "edit", r#""content":"done""#)),
        stored("t", &result("d", 2, "call_00000000000000000002", "edit", r#""content":"done""#)),
    ]);
    let touches: Vec<_> =
        facts!(parsed, File, FileTouch).into_iter().map(|t| (t.session.id.to_string(), t.path)).collect();
    assert_eq!(touches, [("s".to_owned(), "/w/x.py".to_owned()), ("t".to_owned(), "/other/x.py".to_owned())]);
}

#[test]
fn a_sub_agents_rows_are_its_sessions() {
    let spawn = "call_00000000000000000009";
    let child = r#","spawned_by":"agent:main:main","display_name":"Counting""#;
    let lines = [
        row("schema_meta", r#""app_version":"2026.9.6","updated_at":1795168000000"#),
        window("kid", "agent:main:subagent:1", 1_795_168_801_000, child),
        window(
            "grandkid",
            "agent:main:subagent:2",
            1_795_168_802_000,
            r#","parent_session_key":"agent:main:subagent:1""#,
        ),
        window("before", "agent:main:main", 1_795_160_000_000, ""),
        window("s", "agent:main:main", 1_795_168_800_000, ""),
        window("later", "agent:main:main", 1_795_169_900_000, ""),
        stored("s", &header("s", "")),
        stored("s", &asks("a", 1, spawn, "sessions_spawn", r#"{"task":"count"}"#)),
        stored(
            "s",
            &result(
                "b",
                2,
                spawn,
                "sessions_spawn",
                r#""content":"{}","details":{"status":"accepted","childSessionKey":"agent:main:subagent:1"}"#,
            ),
        ),
        stored("kid", &header("kid", "")),
        stored("kid", &prompt("c", 3, "[Subagent Task]: count")),
        stored("kid", &asks("d", 4, CALL, "exec", r#"{"command":"ls"}"#)),
        stored("grandkid", &asks("e", 5, "call_00000000000000000003", "exec", "{}")),
    ];
    let parsed = parsed(&lines);
    for (id, agent) in [(CALL, Some("kid")), ("call_00000000000000000003", Some("grandkid")), (spawn, None)] {
        let call = call(&parsed, id);
        assert_eq!((&*call.session.id, call.agent_id.as_deref(), call.thread_known), ("s", agent, true), "{id}");
    }
    assert!(facts!(parsed, Usage, Usage).iter().all(|usage| &*usage.session.id == "s"));
    assert!(said(&parsed, Role::User).is_empty());
    let notes = facts!(parsed, Subagent, SubagentNote);
    assert!(notes.iter().all(|note| &*note.session.id == "s"));
    let spawned = notes.iter().find(|note| note.call_id.is_some()).unwrap();
    assert_eq!((spawned.agent_id.as_str(), spawned.description.as_deref()), ("kid", Some("count")));
    assert!(notes.iter().any(|note| note.description.as_deref() == Some("Counting")));
    let sessions: std::collections::BTreeSet<String> =
        facts!(parsed, Session, SessionNote).into_iter().map(|n| n.session.id.to_string()).collect();
    assert!(!sessions.contains("kid") && !sessions.contains("grandkid"), "{sessions:?}");
}

#[test]
fn a_session_is_called_as_its_rows_say() {
    let parsed = parsed(&[
        row("schema_meta", r#""app_version":"2026.9.6","updated_at":5000000000000"#),
        window("s", "agent:main:main", 1_795_168_800_000, r#","display_name":"Mending""#),
        row(
            "session_nodes",
            r#""current_session_id":"s","updated_at":1795168800001,"label":"Mine","display_name":"Mending","fork_source_session_id":"r","entry_json":{"contextTokens":120000,"systemPromptReport":{"workspaceDir":"/w"}}"#,
        ),
        stored("s", &asks("a", 1, CALL, "read", r#"{"path":"x"}"#)),
    ]);
    let notes = facts!(parsed, Session, SessionNote);
    assert_eq!(notes[0].title.as_ref().unwrap().0, TitleRank::Generated);
    assert_eq!(notes[0].agent_version, None, "it last ran before that version");
    assert_eq!(notes[1].title.as_ref().unwrap(), &(TitleRank::ByUser, 1_795_168_800_001, "Mine".to_owned()));
    assert_eq!((notes[1].window, notes[1].parent.as_deref()), (Some(120_000), Some("r")));
    assert_eq!(call(&parsed, CALL).file_path.as_deref(), Some("/w/x"));
}

#[test]
fn what_was_told_of_windows_is_not_told_again_and_probes_never() {
    let named = |id: &str, key: &str, at: i64| window(id, key, at, r#","display_name":"A""#);
    let first = [
        named("s", "agent:main:main", 1_795_168_800_000),
        named("p", "agent:main:explicit:model-run-1", 1_795_168_800_001),
        named("old", "agent:main:x", 1_795_168_700_000),
        stored("p", &prompt("a", 1, "ping")),
    ];
    let mut out = Parsed::default();
    let mut reads = |lines: &[String], state: Option<&str>| {
        out = Parsed::default();
        let text = lines.join("\n") + "\n";
        let state = read(text.as_bytes(), b"", &mut 0, &mut 0, state, &mut out);
        assert!(facts!(out, Message, Message).is_empty());
        let told = facts!(out, Session, SessionNote).into_iter().map(|n| n.session.id.to_string()).collect::<Vec<_>>();
        (told, state)
    };
    let (told, state) = reads(&first, None);
    assert_eq!(told, ["s", "old"]);
    let mut again = first;
    again[2] = named("old", "agent:main:x", 1_795_168_900_000);
    assert_eq!(reads(&again, state.as_deref()).0, ["old"]);
}

#[test]
fn broken_rows_are_counted() {
    let parsed = parsed(&[
        row("transcript_events", r#""session_id":"s""#),
        row("transcript_events", r#""session_id":"s","event_json":"half"#).replace("half", r#"{\"type\":"half""#),
        row("transcript_events", &format!(r#""event_json":{}"#, prompt("a", 1, "x"))),
        row("session_transcript_archives", r#""session_id":"s","archive_blob":"{}\n7\nx""#),
        row("session_windows", r#""x":1"#),
        row("session_nodes", r#""x":1"#),
    ]);
    assert_eq!(parsed.skips.len(), 6, "{:?}", parsed.skips);
    assert!(parsed.facts.is_empty());
    let number = super::session::parsed(&[stored("s", &message("a", 1, r#"{"role":"user","content":5}"#))]);
    assert_eq!(said(&number, Role::User), ["5"]);
    assert!(facts!(number, ToolCall, ToolCall).is_empty());
}
