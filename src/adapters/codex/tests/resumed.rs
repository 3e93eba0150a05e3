//! Read wherever a reading stopped, a rollout tells the same.

use super::rollout::{CHILD, CHILD_TURN, PARENT, began, begins, count, event, line, meta, output, prompt, read};
use crate::adapters::Parsed;
use crate::model::Fact;

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
