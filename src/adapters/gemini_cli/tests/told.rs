//! What is said in a chat, once, however often it is written.

use std::collections::BTreeMap;

use super::chat::{CHAT, CHILD, ID, OTHER, TOKENS, answer, at, chat, facts, header, message, read_on, user};
use crate::adapters::Parsed;
use crate::model::{Fact, Message, RawEvent, Role, SessionNote, SubagentNote, TitleRank, Usage};

/// Every message as the store keeps it: role, id, text and whose it is.
fn said(parsed: &Parsed) -> Vec<(Role, String, String, String)> {
    let mut known: BTreeMap<(&str, String), Message> = BTreeMap::new();
    let mut order = Vec::new();
    for message in facts!(parsed, Message, Message) {
        let key = (message.role.name(), message.message_id.clone());
        if let Some(known) = known.get_mut(&key) {
            known.absorb(message);
        } else {
            order.push(key.clone());
            known.insert(key, message);
        }
    }
    let text = |m: &Message| m.pieces.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" | ");
    order
        .iter()
        .map(|key| &known[key])
        .map(|m| (m.role, m.message_id.clone(), text(m), m.session.id.to_string()))
        .collect()
}

fn texts(parsed: &Parsed, role: Role) -> Vec<String> {
    said(parsed).into_iter().filter(|(of, ..)| *of == role).map(|(_, _, text, _)| text).collect()
}

fn compactions(parsed: &Parsed) -> usize {
    let keys: std::collections::BTreeSet<u64> =
        facts!(parsed, Event, RawEvent).into_iter().filter(|e| e.compaction).map(|e| e.key).collect();
    keys.len()
}

#[test]
fn a_message_that_is_written_again_is_one() {
    let thoughts = r#","thoughts":[{"subject":"Plan","description":"Look."},{"description":"Then act."}]"#;
    let told = chat(&[
        header(ID),
        user("u", "10:00:01.000", "fix it"),
        answer("a", "10:00:02.000", "Done.", ""),
        r#"{"$set":{"lastUpdated":"2026-11-20T10:00:02.000Z"}}"#.to_owned(),
        answer("a", "10:00:02.000", "Done.", thoughts),
        message("a", "10:00:09.000", "gemini", r#"[{"text":"hm","thought":true},{"text":"Done."}]"#, ""),
    ]);
    assert!(told.skips.is_empty(), "{:?}", told.skips);
    assert_eq!(texts(&told, Role::User), ["fix it"]);
    assert_eq!(texts(&told, Role::Assistant), ["Done."]);
    assert_eq!(texts(&told, Role::Thinking), ["Plan\nLook. | Then act."]);
    let usage = facts!(told, Usage, Usage);
    assert_eq!(usage[0], usage[1]);
    assert_eq!(usage[0].response_id, format!("{ID}:a"));
    let tokens = usage[0].tokens;
    assert_eq!((tokens.input, tokens.cache_read, tokens.output, tokens.reasoning), (67, 40, 15, 5));
}

#[test]
fn what_was_rewound_was_said() {
    let told = chat(&[
        header(ID),
        user("u1", "10:00:01.000", "one"),
        answer("a1", "10:00:02.000", "1", ""),
        r#"{"$rewindTo":"u1"}"#.to_owned(),
        user("u2", "10:00:03.000", "two"),
    ]);
    assert_eq!(texts(&told, Role::User), ["one", "two"]);
    assert_eq!(facts!(told, Usage, Usage).len(), 1);
    assert_eq!(facts!(told, Event, RawEvent)[0].event_type, "rewind");
}

#[test]
fn a_summary_is_no_prompt_and_what_it_keeps_is_not_said_again() {
    let summary = "<state_snapshot>we did things</state_snapshot>";
    let ack = "Got it. Thanks for the additional context!";
    let copy = |id: &str, kind: &str, text: &str| {
        message(id, "10:01:00.000", kind, &serde_json::json!([{"text": text}]).to_string(), r#","tokens":null"#)
    };
    let copies =
        [copy("s", "user", summary), copy("g", "gemini", ack), copy("k1", "user", "two"), copy("k2", "gemini", "2")];
    let all = [format!(r#"{{"$set":{{"messages":[{}]}}}}"#, copies.join(","))];
    let before = [
        header(ID),
        user("u1", "10:00:01.000", "one"),
        answer("a1", "10:00:02.000", "1", ""),
        user("u2", "10:00:03.000", "two"),
        answer("a2", "10:00:04.000", "2", ""),
    ];
    let after = [user("u3", "10:02:00.000", "three"), answer("a3", "10:02:01.000", "3", "")];
    let one_by_one = [&before[..], &copies, &all, &after, &all].concat();
    let at_once = [&before[..], &all, &after].concat();
    for lines in [one_by_one, at_once] {
        let told = chat(&lines);
        assert_eq!(texts(&told, Role::User), ["one", "two", "three"]);
        assert_eq!(texts(&told, Role::Assistant), ["1", "2", "3"]);
        assert_eq!(texts(&told, Role::System), [summary, ack]);
        assert_eq!(compactions(&told), 1);
    }
    // A model may summarise in another form; the client's own words behind it tell.
    let plain = [copy("s", "user", "We did things."), copy("g", "gemini", ack), copy("k1", "user", "two")];
    let lines = [&before[..], &plain, &after].concat();
    assert_eq!(compactions(&chat(&lines)), 1);
    // A turn that was taken back is no compaction.
    let back = format!(r#"{{"$set":{{"messages":[{}]}}}}"#, user("u1", "10:00:01.000", "one"));
    assert_eq!(compactions(&chat(&[&before[..], &[back]].concat())), 0);
}

#[test]
fn a_chat_may_go_on_under_another_id() {
    let told = chat(&[
        header(ID),
        user("u1", "10:00:01.000", "one"),
        format!(r#"{{"$set":{{"sessionId":"{OTHER}","summary":"Things"}}}}"#),
        format!(r#"{{"$set":{{"messages":[{}]}}}}"#, user("u1", "10:05:00.000", "one")),
        user("u2", "10:05:01.000", "two"),
    ]);
    let prompts: Vec<(String, String)> = said(&told).into_iter().map(|(_, id, _, session)| (id, session)).collect();
    assert_eq!(prompts, [(format!("{ID}:u1"), ID.to_owned()), (format!("{ID}:u2"), OTHER.to_owned())]);
    let notes = facts!(told, Session, SessionNote);
    assert_eq!(notes[1].parent.as_deref(), Some(ID));
    assert!(notes[1].origin > notes[0].origin);
    let title = notes[2].title.clone().unwrap();
    assert_eq!((title.0, title.2.as_str(), &*notes[2].session.id), (TitleRank::Summary, "Things", OTHER));
}

#[test]
fn a_sub_agents_chat_belongs_to_its_session() {
    let lines = [
        format!(
            r#"{{"sessionId":"{CHILD}","projectHash":"app","startTime":"2026-11-20T10:00:00.000Z","kind":"subagent"}}"#
        ),
        user("u", "10:00:01.000", "count"),
        answer("a", "10:00:02.000", "3", ""),
    ];
    let told = at(&format!("/h/.gemini/tmp/app/chats/{ID}/{CHILD}.jsonl"), &lines);
    for message in facts!(told, Message, Message) {
        assert_eq!((&*message.session.id, message.agent_id.as_deref()), (ID, Some(CHILD)));
    }
    let usage = facts!(told, Usage, Usage).remove(0);
    assert_eq!((&*usage.session.id, usage.agent_id.as_deref(), usage.sidechain), (ID, Some(CHILD), true));
    let note = facts!(told, Subagent, SubagentNote).remove(0);
    assert_eq!((&*note.session.id, note.agent_id.as_str()), (ID, CHILD));
    assert!(facts!(told, Session, SessionNote).is_empty());
}

#[test]
fn a_document_is_a_chat_in_one_piece() {
    let messages = [
        user("m1", "10:00:01.000", "one"),
        answer("m2", "10:00:02.000", "1", ""),
        message("m3", "10:00:03.000", "info", "\"Cancelled.\"", ""),
    ];
    let document = format!(
        r#"{{"sessionId":"{ID}","projectHash":"x","startTime":"2026-11-20T10:00:00.000Z","messages":[{}],"kind":"chat"}}"#,
        messages.join(",\n  ")
    );
    let mut told = Parsed::default();
    read_on("/w/session-1.json", &[], document.replace('\n', " ").as_bytes(), &mut 0, &mut 0, None, &mut told);
    assert_eq!(said(&told).len(), 3);
    assert_eq!(texts(&told, Role::System), ["Cancelled."]);
    assert_eq!(facts!(told, Session, SessionNote)[0].origin, Some(1_795_168_800_000));
    // The same, written on as a log.
    let log = [vec![header(ID)], messages.to_vec()].concat();
    assert_eq!(said(&chat(&log)), said(&told));
}

#[test]
fn the_neighbours_tell_the_directory() {
    let cwd = |beside: &[(&str, &str)], lines: &[String]| {
        let mut told = Parsed::default();
        read_on(CHAT, beside, (lines.join("\n") + "\n").as_bytes(), &mut 0, &mut 0, None, &mut told);
        facts!(told, Session, SessionNote).iter().find_map(|note| note.cwd.clone())
    };
    let root = ("/h/.gemini/tmp/app/.project_root", "/w/app");
    let registry = ("/h/.gemini/projects.json", r#"{"projects":{"/w/app":"app"}}"#);
    let lines = [header(ID), user("u", "10:00:01.000", "one")];
    assert_eq!(cwd(&[root], &lines).as_deref(), Some("/w/app"));
    assert_eq!(cwd(&[registry], &lines).as_deref(), Some("/w/app"));
    assert_eq!(cwd(&[], &lines), None);
    let named = header(ID).replace(r#""kind""#, r#""directories":["/w/dir"],"kind""#);
    assert_eq!(cwd(&[], &[named]).as_deref(), Some("/w/dir"));
}

#[test]
fn what_is_not_understood_is_counted() {
    let told = chat(&[
        user("early", "10:00:00.000", "whose?"),
        header(ID),
        message("x", "10:00:01.000", "model", "\"?\"", ""),
        r#"{"id":"y"}"#.to_owned(),
        r#"{"id":{}}"#.to_owned(),
        r#"{"$set":7}"#.to_owned(),
        r#"{"history":[]}"#.to_owned(),
        "[]".to_owned(),
        answer("a", "10:00:02.000", "1", "").replace(r#""input":100"#, r#""input":-3"#),
        user("u", "10:00:03.000", "one").replace("2026", "99999"),
    ]);
    let reasons: Vec<&str> = told.skips.iter().map(|skip| skip.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "record without a session",
            "unknown message type model",
            "message without a type",
            "message without an id",
            "change of nothing",
            "unknown record",
            "not an object",
            "number out of range"
        ]
    );
    assert!(TOKENS.contains("\"cached\":40"));
    assert_eq!(facts!(told, Usage, Usage)[0].tokens.input, 7);
    assert_eq!(texts(&told, Role::User), ["one"]);
}
