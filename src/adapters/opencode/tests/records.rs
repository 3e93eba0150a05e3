//! Whose a record is, what is none, and that nothing is too strange.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{AT, MESSAGE, WRITTEN, facts, message, part, read, tool};
use crate::adapters::opencode::Opencode;
use crate::adapters::{Adapter, FileFacts, Parsed, Places, Shape};
use crate::model::{Fact, TitleRank};

fn session(fields: &Value) -> Value {
    let mut row = json!({"table": "session", "id": "ses_1", "directory": "/w", "title": "Fix it", "version": "1.18.33",
        "time_created": AT, "time_updated": AT + 9, "root": "ses_1"});
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row
}

#[test]
fn a_session_says_where_it_works_and_what_it_is_called() {
    let note = facts!(read(&[session(&json!({}))]), Session).remove(0);
    assert_eq!(
        (note.origin, note.cwd.as_deref(), note.agent_version.as_deref()),
        (Some(AT), Some("/w"), Some("1.18.33"))
    );
    assert_eq!(note.title, Some((TitleRank::Generated, AT + 9, "Fix it".to_owned())));
    let unnamed = session(&json!({"title": "New session - 2026-11-20T10:00:00.000Z"}));
    assert_eq!(facts!(read(&[unnamed]), Session)[0].title, None);
    let away = facts!(read(&[session(&json!({"time_archived": AT + 50}))]), Session);
    assert!(away.iter().any(|note| note.ended && note.at == Some(AT + 50)));
    let reverted = read(&[session(&json!({"revert": {"messageID": "msg_2"}}))]);
    assert_eq!(facts!(reverted, Event)[0].event_type, "revert");
}

#[test]
fn a_sub_agent_has_no_session_of_its_own() {
    let row = session(
        &json!({"id": "ses_3", "parent_id": "ses_2", "root": "ses_1", "title": "Count files (@general subagent)"}),
    );
    let parsed = read(&[row]);
    assert_eq!(facts!(parsed, Session), []);
    let note = facts!(parsed, Subagent).remove(0);
    assert_eq!((&*note.session.id, note.agent_id.as_str(), note.at), ("ses_1", "ses_3", Some(AT)));
    assert_eq!((note.agent_type.as_deref(), note.description.as_deref()), (Some("general"), Some("Count files")));
    let mut inside = tool("bash", json!({"status": "running"}));
    inside["session_id"] = json!("ses_3");
    let call = facts!(read(&[inside]), ToolCall).remove(0);
    assert_eq!((&*call.session.id, call.agent_id.as_deref()), ("ses_1", Some("ses_3")));
    let task = json!({"status": "completed", "input": {"description": "Count files", "subagent_type": "general"},
        "metadata": {"sessionId": "ses_3"}});
    let note = facts!(read(&[tool("task", task)]), Subagent).remove(0);
    assert_eq!((note.agent_id.as_str(), note.call_id.as_deref()), ("ses_3", Some("call_5517472ea36f41239d6f")));
}

#[test]
fn what_a_fork_copied_stays_its_owners() {
    let old = AT - 3_600_000;
    let answer = json!({"role": "assistant", "time": {"created": old}, "tokens": {"input": 7}});
    let mut copied = message(answer);
    copied["time_created"] = json!(old);
    let mut words = part("user", json!({"type": "text", "text": "Hello"}));
    words["message_created"] = json!(old);
    let parsed = read(&[copied, words]);
    assert_eq!((parsed.facts.as_slice(), parsed.records), (&[] as &[Fact], 2));
}

#[test]
fn files_of_the_tree_say_the_same_as_rows() {
    let lines = [
        json!({"id": "s", "version": "1.3", "projectID": "p", "directory": "/w", "title": "T", "parentID": "above",
               "time": {"created": AT, "updated": AT + 9}}),
        json!({"id": "m1", "sessionID": "s", "role": "user", "time": {"created": AT}, "summary": {"title": "Hello"}}),
        json!({"id": "p1", "type": "text", "text": "Hello"}),
        json!({"id": "p9", "messageID": "another", "type": "text", "text": "not here"}),
        json!({"id": "m2", "sessionID": "s", "role": "assistant", "time": {"created": AT}, "modelID": "m"}),
        json!({"id": "p2", "sessionID": "s", "messageID": "m2", "type": "tool", "tool": "read", "callID": "c1",
               "state": {"status": "completed", "input": {"filePath": "a.py"}, "time": {"start": AT, "end": AT}}}),
    ];
    let parsed = read(&lines);
    assert_eq!((parsed.records, parsed.skips.len()), (6, 0));
    let said: Vec<_> = facts!(parsed, Message).into_iter().map(|m| (m.message_id, m.pieces.len())).collect();
    assert_eq!(said, [("m1".to_owned(), 0), ("m1".to_owned(), 1), ("m2".to_owned(), 0)]);
    assert!(facts!(parsed, Message).iter().all(|m| m.agent_id.as_deref() == Some("s") && &*m.session.id == "above"));
    assert_eq!(facts!(parsed, File)[0].path, "/w/a.py");
    let along = |path: &str, line: &Value| Opencode.along(Path::new(path), line.to_string().as_bytes());
    assert_eq!(along("/d/storage/session/p/s.json", &lines[0]), [PathBuf::from("/d/storage/message/s")]);
    let parts = [PathBuf::from("/d/storage/part/m1"), PathBuf::from("/d/storage/part")];
    assert_eq!(along("/d/storage/message/s/m1.json", &lines[1]), parts);
    assert!(along("/d/storage/part/m1/p1.json", &lines[2]).is_empty());
    let mut bad = lines[0].clone();
    bad["id"] = json!("../../etc");
    assert!(along("/d/storage/session/p/s.json", &bad).is_empty());
}

#[test]
fn its_history_and_nothing_beside_it_is_taken() {
    let places = Places { home: "/h".into(), ..Places::default() };
    assert_eq!(Opencode.roots(&places), [PathBuf::from("/h/.local/share/opencode")]);
    let moved = Places { xdg_data_home: Some("/x".into()), ..places };
    assert_eq!(Opencode.roots(&moved), [PathBuf::from("/x/opencode")]);
    let root = Path::new("/h/.local/share/opencode");
    for (name, shape) in [
        ("opencode.db", Some(Shape::Rows)),
        ("opencode-dev.db", Some(Shape::Rows)),
        ("opencode.db-wal", None),
        ("opencoder.db", None),
        ("auth.json", None),
        ("storage/session/abc/ses_1.json", Some(Shape::Document)),
        ("storage/message/ses_1/msg_1.json", None),
        ("log/opencode.log", None),
    ] {
        assert_eq!(Opencode.shape(&root.join(name)), shape, "{name}");
    }
    for (name, entered) in [("storage", true), ("storage/session", true), ("storage/session/abc", true)]
        .into_iter()
        .chain(["snapshot", "log", "bin", "storage/message", "storage/part", "storage/part/msg_1"].map(|n| (n, false)))
    {
        assert_eq!(Opencode.enters(&root.join(name)), entered, "{name}");
    }
    assert!(Opencode.claims(br#"{"id":"s","version":"1","projectID":"p","directory":"/w"}"#));
    assert!(!Opencode.claims(br#"{"sessionId":"s","projectHash":"p"}"#));
}

#[test]
fn what_is_not_understood_is_counted() {
    for (line, reason) in [
        (json!([1]), "not an object"),
        (json!({"table": "todo", "session_id": "s"}), "unknown table todo"),
        (json!({"table": "part", "id": "p"}), "record without an id or a session"),
        (json!({"id": "p", "type": "text", "text": "of nobody"}), "record without an id or a session"),
        (part("assistant", json!({"type": "hologram"})), "unknown part hologram"),
        (part("assistant", json!({"type": "text", "time": {"start": i64::MAX}})), "number out of range"),
        (message(json!({"role": "assistant", "tokens": {"input": -7, "output": 1}})), "number out of range"),
    ] {
        let parsed = read(std::slice::from_ref(&line));
        assert!(parsed.skips.iter().any(|skip| skip.reason == reason), "{line}: {:?}", parsed.skips);
    }
}

/// Rows of a real run.
const REAL: &str = include_str!("../../../../adapters/opencode/fixtures/1.18.33/multi/rows.jsonl");

proptest! {
    #[test]
    fn nothing_is_too_strange(line in 0usize..40, at in 0usize..4000, byte: u8, cut: bool) {
        let lines: Vec<&str> = REAL.lines().collect();
        let mut bytes = lines[line % lines.len()].as_bytes().to_vec();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let facts = FileFacts { path: Path::new("/d/opencode.db"), modified_ms: WRITTEN, beginning: b"" };
        let mut parsed = Parsed::default();
        Opencode.parser(&facts, None).line(&bytes, 1, true, &mut parsed);
    }

    #[test]
    fn no_value_of_a_field_is_too_strange(line in 0usize..40, field in 0usize..60, value in 0usize..8) {
        let values = [json!(null), json!(7), json!([]), json!({}), json!("x"), json!([{"a": 1}]), json!(-1e300), json!(true)];
        let mut row: Value = serde_json::from_str(REAL.lines().nth(line % REAL.lines().count()).unwrap()).unwrap();
        let mut places = Vec::new();
        pointers(&row, "", &mut places);
        let place = &places[field % places.len()];
        *row.pointer_mut(place).unwrap() = values[value].clone();
        row["root"] = json!("ses_1");
        row["message_role"] = json!("user");
        row["message_created"] = values[7 - value].clone();
        read(&[row]);
    }
}

fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    if let Value::Object(members) = value {
        for (key, member) in members {
            let place = format!("{here}/{}", key.replace('~', "~0").replace('/', "~1"));
            pointers(member, &place, found);
            found.push(place);
        }
    }
}

#[test]
fn a_message_id_is_kept_whole() {
    assert_eq!(facts!(read(&[message(json!({"role": "assistant"}))]), Message)[0].message_id, MESSAGE);
}
