//! Read wherever a reading stopped, a session tells the same; and nothing that stands in one is too strange.

use proptest::prelude::*;

use super::session::{asks, entry, header, message, parsed, prompt, read, result, stored, window};
use crate::adapters::Parsed;
use crate::model::{Fact, TouchKind};

const EXEC: &str = "call_c1234a2968674948a026";
const READ: &str = "call_3b13122d9fb040ee822d";

fn lines() -> Vec<String> {
    vec![
        header("s", ""),
        entry("m", 0, r#""type":"model_change","provider":"p","modelId":"big""#),
        message("a", 1, r#"{"role":"user","content":"漢字 \ud83d","idempotencyKey":"1:user"}"#),
        asks("b", 2, EXEC, "exec", r#"{"command":"make"}"#),
        result("c", 3, EXEC, "exec", r#""content":"x","details":{"status":"running","sessionId":"reef"}"#) + "{\"ty",
        "\0\0".to_owned(),
        asks("d", 4, READ, "process", r#"{"sessionId":"reef"}"#) + &prompt("e", 5, "two in one line"),
        result(
            "f",
            6,
            READ,
            "process",
            r#""content":"é","details":{"status":"completed","sessionId":"reef","exitCode":0}"#,
        ),
        message("g", 7, r#"{"role":"user","content":"two in one line"}"#),
        asks("h", 8, "call_00000000000000000001", "tool_call", r#"{"id":"p__e"}"#),
        message(
            "i",
            9,
            r#"{"role":"custom","customType":"openclaw.nested-tool.v1","details":{"parentToolCallId":"call_00000000000000000001","toolCallId":"n","toolName":"p__e","result":{"content":"x"}}}"#,
        ),
        asks("j", 10, "call_00000000000000000002", "edit", r#"{"path":"é.py"}"#),
        result("k", 11, "call_00000000000000000002", "edit", r#""content":"Successfully replaced text in é.py.""#),
        r#"{"type":"message","id":"l","message":{"role":"assistant","content":"undated"}}"#.to_owned(),
    ]
}

/// Notes of a session may be said again, and a stop between a look at a file and its result loses the look.
fn told(parsed: Parsed) -> (Vec<Fact>, Vec<String>, u64) {
    let once = |fact: &Fact| match fact {
        Fact::Session(_) => false,
        Fact::File(touch) => touch.kind == TouchKind::Edit,
        _ => true,
    };
    let facts = parsed.facts.into_iter().filter(once).collect();
    (facts, parsed.skips.into_iter().map(|skip| skip.reason).collect(), parsed.records)
}

#[test]
fn reading_goes_on_after_a_stop_at_any_byte() {
    let text = lines().join("\n");
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

/// The small tables come anew with each reading.
#[test]
fn a_database_is_read_on_from_any_row() {
    let windows = [
        window(
            "kid",
            "agent:main:subagent:1",
            1_795_168_801_000,
            r#","spawned_by":"agent:main:main","display_name":"x""#,
        ),
        window("s", "agent:main:main", 1_795_168_800_000, ""),
    ];
    let rows: Vec<String> = (0..)
        .zip(lines().into_iter().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()))
        .map(|(n, event)| stored(if n % 3 == 1 { "kid" } else { "s" }, &event))
        .collect();
    let all: Vec<String> = windows.iter().cloned().chain(rows.clone()).collect();
    let whole = told(parsed(&all));
    assert!(whole.1.is_empty(), "{:?}", whole.1);
    for stop in 0..=rows.len() {
        let mut out = Parsed::default();
        let mut state: Option<String> = None;
        for part in [&rows[..stop], &rows[stop..]] {
            let text: String = windows.iter().chain(part).map(|line| line.clone() + "\n").collect();
            state = read(text.as_bytes(), b"SQLite format 3\0", &mut 0, &mut 0, state.as_deref(), &mut out);
        }
        let (facts, ..) = told(out);
        // Paths are not kept: of what came before the stop, the directory is forgotten until its row comes again.
        let path = |fact: &Fact| {
            matches!(fact, Fact::File(_)) || matches!(fact, Fact::ToolCall(call) if call.file_path.is_some())
        };
        let without = |facts: &[Fact]| {
            let mut kept: Vec<Fact> = Vec::new();
            for fact in facts.iter().filter(|fact| !path(fact)) {
                if !(matches!(fact, Fact::Subagent(_)) && kept.contains(fact)) {
                    kept.push(fact.clone());
                }
            }
            kept
        };
        assert_eq!(without(&facts), without(&whole.0), "stopped at {stop}");
    }
}

proptest! {
    #[test]
    fn whatever_bytes_come_nothing_falls(edits in prop::collection::vec((0usize..6000, any::<u8>()), 1..12), stored_too in any::<bool>()) {
        let mut lines = lines();
        if stored_too {
            lines = lines.iter().map(|line| stored("s", line)).collect();
        }
        let mut bytes = lines.join("\n").into_bytes();
        for (at, byte) in edits {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let mut out = Parsed::default();
        read(&bytes, &bytes, &mut 0, &mut 0, None, &mut out);
        prop_assert!(out.records > 0 || !out.skips.is_empty());
    }

    #[test]
    fn no_value_of_a_field_is_too_strange(line in 0usize..14, field in 0usize..14, value in 0usize..8) {
        const FIELDS: [&str; 14] = ["type", "id", "timestamp", "message", "role", "content", "details", "usage",
            "arguments", "toolCallId", "name", "status", "exitCode", "result"];
        const VALUES: [&str; 8] = ["null", "7", "-1e99", "[]", "{}", "\"x\"", "[{\"text\":1}]", "\"\\ud83d\""];
        let lines = lines();
        let name = format!("\"{}\":", FIELDS[field]);
        let line = &lines[line];
        if let Some(at) = line.find(&name) {
            // Of a repeated key the last counts.
            let end = at + name.len();
            let changed = format!("{}{}{},{}{}", &line[..at], name, VALUES[value], name, &line[end..]);
            parsed(&[header("s", ""), changed.clone()]);
            let swapped = format!("{}{}{}", &line[..at], name, VALUES[value]) + &line[line.len() - line.len().min(1)..];
            parsed(&[header("s", ""), swapped, stored("s", &changed)]);
        }
    }
}
