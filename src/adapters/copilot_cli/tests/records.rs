//! What is said, by whom, and of the session itself.

use super::session::{at, begins, facts, line, of_agent, parsed, said, skips, start};
use crate::adapters::copilot_cli::CopilotCli;
use crate::adapters::{Adapter as _, Shape};
use crate::model::{Fact, RawEvent, Role, SessionNote, SubagentNote};

#[test]
fn only_the_sessions_own_files_are_history() {
    for (path, shape) in [
        ("/h/.copilot/session-state/5d/events.jsonl", Some(Shape::Lines)),
        ("/h/.copilot/session-state/5d.jsonl", Some(Shape::Lines)),
        ("/h/.copilot/history-session-state/5d.jsonl", Some(Shape::Lines)),
        ("/h/.copilot/session-store.db", Some(Shape::Rows)),
        ("/somewhere/else/old.jsonl", Some(Shape::Lines)),
        ("/h/.copilot/session-state/5d/files/events.jsonl", None),
        ("/h/.copilot/session-state/5d/data.jsonl", None),
        ("/h/.copilot/session-state/5d/workspace.yaml", None),
        ("/h/.copilot/other.db", None),
    ] {
        assert_eq!(CopilotCli.shape(std::path::Path::new(path)), shape, "{path}");
    }
}

#[test]
fn a_session_is_known_by_its_beginning() {
    assert!(CopilotCli.claims(start("s").as_bytes()));
    assert!(!CopilotCli.claims(br#"{"type":"session_meta","payload":{}}"#));
    assert!(!CopilotCli.claims(br#"{"type":"session.start","data":{}}"#));
}

#[test]
fn the_session_is_where_its_records_say() {
    let out = parsed(&[
        start("s"),
        line(1, "session.model_change", r#"{"newModel":"auto"}"#),
        line(2, "session.model_change", r#"{"newModel":"claude-sonnet-5-5"}"#),
        of_agent(3, "a", "session.model_change", r#"{"newModel":"mini"}"#),
        line(4, "session.context_changed", r#"{"cwd":"/w/sub","branch":"fix"}"#),
        line(5, "session.shutdown", r#"{"shutdownType":"routine"}"#),
        line(9, "session.resume", r#"{"context":{"cwd":"/w","branch":"fix"}}"#),
    ]);
    let notes = facts!(out, Session, SessionNote);
    assert_eq!(notes[0].origin, Some(at(0)));
    assert_eq!((notes[0].cwd.as_deref(), notes[0].agent_version.as_deref()), (Some("/w"), Some("1.0.102")));
    let models: Vec<_> = notes.iter().filter_map(|note| note.model.as_deref()).collect();
    assert_eq!(models, ["gpt-5.5", "claude-sonnet-5-5"]);
    let places: Vec<_> = notes.iter().filter_map(|note| note.cwd.as_deref()).collect();
    assert_eq!(places, ["/w", "/w/sub", "/w"]);
    assert_eq!(notes.iter().filter(|note| note.ended).map(|note| note.at).collect::<Vec<_>>(), [Some(at(5))]);
    assert_eq!(skips(&out), Vec::<&str>::new());
}

#[test]
fn a_file_may_come_to_hold_another_session() {
    let out = parsed(&[
        start("s"),
        line(1, "user.message", r#"{"content":"one"}"#),
        start("t"),
        line(2, "user.message", r#"{"content":"two"}"#),
    ]);
    let whose: Vec<_> = out
        .facts
        .iter()
        .filter_map(|fact| if let Fact::Message(m) = fact { Some(&*m.session.id) } else { None })
        .collect();
    assert_eq!(whose, ["s", "t"]);
    // Without its beginning a session is known by its hooks, and not before.
    let out = parsed(&[
        line(1, "user.message", r#"{"content":"lost"}"#),
        line(2, "hook.start", r#"{"hookType":"preToolUse","input":{"sessionId":"u"}}"#),
        line(3, "user.message", r#"{"content":"kept"}"#),
    ]);
    assert_eq!((said(&out, Role::User), skips(&out)), (vec!["kept".to_owned()], vec!["record without a session"]));
}

#[test]
fn prompts_are_what_a_person_asked() {
    let out = parsed(&[
        start("s"),
        line(
            1,
            "user.message",
            r#"{"content":"do it","transformedContent":"<current_datetime>x</current_datetime>\n\ndo it"}"#,
        ),
        line(
            2,
            "user.message",
            r#"{"content":"","transformedContent":"<current_datetime>x</current_datetime>\n\nnow that"}"#,
        ),
        line(3, "user.message", r#"{"content":"","attachments":[{"type":"file"}]}"#),
        line(4, "user.message", r#"{"content":"go on","isAutopilotContinuation":true}"#),
        line(5, "user.message", r#"{"content":"read the skill","source":"skill-pdf"}"#),
        line(
            6,
            "hook.end",
            r#"{"hookType":"agentStop","success":true,"output":{"decision":"block","reason":"test it"}}"#,
        ),
        line(7, "user.message", r#"{"content":"test it","delivery":"queued"}"#),
        line(8, "user.message", r#"{"content":"test it"}"#),
        of_agent(9, "a", "user.message", r#"{"content":"count","source":"agent-s"}"#),
        of_agent(10, "a", "user.message", r#"{"content":"","transformedContent":"go on","source":"system"}"#),
        line(
            11,
            "system.notification",
            r#"{"content":"<system_notification>done</system_notification>","kind":{"type":"agent_idle"}}"#,
        ),
    ]);
    assert_eq!(said(&out, Role::User), ["do it", "now that", "[attachment]", "test it", "count"]);
    let nobody = said(&out, Role::System);
    assert_eq!(nobody.len(), 5, "{nobody:?}");
}

#[test]
fn an_answer_told_again_is_one_and_a_thought_is_told_once() {
    let answer = r#"{"messageId":"m","content":"Done.","model":"gpt-5.5","reasoningText":"Hm."}"#;
    let out = parsed(&[
        start("s"),
        line(1, "assistant.reasoning", r#"{"reasoningId":"r","content":"Hm."}"#),
        line(2, "assistant.message", answer),
        line(3, "assistant.message", r#"{"content":"","toolRequests":[{"toolCallId":"c","name":"bash"}]}"#),
        line(4, "assistant.message", r#"{"content":"old","reasoningText":"Why?"}"#),
    ]);
    assert_eq!(said(&out, Role::Thinking), ["Hm.", "Why?"]);
    assert_eq!(said(&out, Role::Assistant), ["Done.", "", "old"]);
    let again = parsed(&[start("s"), line(1, "assistant.message", answer), line(2, "assistant.message", answer)]);
    let ids: Vec<_> = again
        .facts
        .iter()
        .filter_map(|f| if let Fact::Message(m) = f { Some(m.message_id.as_str()) } else { None })
        .collect();
    assert!(ids.iter().all(|id| *id == "m"), "{ids:?}");
    // A tool that was only asked for was not called.
    assert!(out.facts.iter().all(|fact| !matches!(fact, Fact::ToolCall(_))));
}

#[test]
fn sub_agents_are_threads_of_their_session() {
    let out = parsed(&[
        start("s"),
        begins(1, "c", "task", r#"{"prompt":"count"}"#),
        of_agent(2, "a", "subagent.started", r#"{"toolCallId":"c","agentName":"task","agentDescription":"Count"}"#),
        line(3, "assistant.message", r#"{"content":"one","parentToolCallId":"c"}"#),
        // Without an id of its own it goes by the call.
        line(4, "subagent.started", r#"{"toolCallId":"d","agentName":"explore"}"#),
        line(5, "assistant.message", r#"{"content":"two","parentToolCallId":"d"}"#),
    ]);
    let agents: Vec<_> = facts!(out, Subagent, SubagentNote)
        .into_iter()
        .map(|note| (note.agent_id, note.agent_type.unwrap(), note.call_id.unwrap()))
        .collect();
    let named = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(agents, [named("a", "task", "c"), named("d", "explore", "d")]);
    let whose: Vec<_> =
        out.facts.iter().filter_map(|f| if let Fact::Message(m) = f { m.agent_id.as_deref() } else { None }).collect();
    assert_eq!(whose, ["a", "d"]);
}

#[test]
fn what_happened_is_kept_and_what_is_unknown_counted() {
    let out = parsed(&[
        start("s"),
        line(1, "session.compaction_complete", r#"{"success":true,"tokenLimit":64000}"#),
        line(2, "session.compaction_complete", r#"{"success":false}"#),
        of_agent(3, "a", "session.compaction_complete", r#"{"success":true}"#),
        line(4, "session.error", r#"{"errorType":"query","message":"no"}"#),
        line(5, "session.truncation", "{}"),
        line(6, "hook.start", "{}"),
        line(7, "session.invented", r#"{"x":1}"#),
        r#"{"type":"user.message"}"#.to_owned(),
        "[1]".to_owned(),
    ]);
    let events = facts!(out, Event, RawEvent);
    let names: Vec<_> = events.iter().map(|event| (event.event_type.as_str(), event.compaction)).collect();
    assert_eq!(
        names,
        [
            ("session.compaction_complete", true),
            ("session.compaction_complete", false),
            ("session.compaction_complete", false),
            ("session.error", false),
            ("session.truncation", false),
            ("session.invented", false)
        ]
    );
    assert_eq!(skips(&out), ["unknown record type session.invented", "record without data", "not an object"]);
    let window = facts!(out, Session, SessionNote).into_iter().find_map(|note| note.window);
    assert_eq!(window, Some(64_000));
}

#[test]
fn times_are_read_as_older_versions_wrote_them() {
    let old = r#"{"type":"user.message","data":{"content":"x"},"timestamp":"11/20/2026 10:00:07","id":"e"}"#;
    let out = parsed(&[start("s"), old.to_owned()]);
    let Some(Fact::Message(message)) = out.facts.last() else { panic!("no message") };
    assert_eq!(message.at, at(7));
}
