//! Read wherever a reading stopped, a chat tells the same; and no record is too strange.

use proptest::prelude::*;

use super::chat::{CHAT, ID, OTHER, answer, header, message, read_on, user};
use crate::adapters::Parsed;
use crate::model::Fact;

fn lines() -> Vec<String> {
    let summary = message("s", "10:01:00.000", "user", r#""<state_snapshot>x</state_snapshot>""#, "");
    let kept = message("k", "10:01:00.000", "user", r#"[{"text":"one"}]"#, "");
    let call = r#","toolCalls":[{"id":"c","name":"run_shell_command","args":{"command":"ls"},"status":"success",
        "timestamp":"2026-11-20T10:00:03.000Z","result":[{"functionResponse":{"id":"c","response":{"output":"Output: x\nExit Code: 1"}}}]}]"#;
    vec![
        header(ID),
        user("u1", "10:00:01.000", "漢字 one"),
        answer("a1", "10:00:02.000", "1", ""),
        answer("a1", "10:00:02.000", "1", &call.replace("\n        ", "")) + r#"{"$rewi"#,
        "\0\0".to_owned(),
        r#"{"$rewindTo":"u1"}"#.to_owned(),
        summary.clone(),
        kept.clone(),
        format!(r#"{{"$set":{{"messages":[{summary},{kept}]}}}}"#),
        format!(r#"{{"$set":{{"sessionId":"{OTHER}"}}}}"#),
        message("i", "10:02:00.000", "info", "\"note\"", ""),
        kept,
        answer("a2", "10:02:01.000", "2", ""),
    ]
}

/// Notes of a session may be said again; all else is said once.
fn told(parsed: Parsed) -> (Vec<Fact>, Vec<String>, u64) {
    let facts = parsed.facts.into_iter().filter(|fact| !matches!(fact, Fact::Session(_))).collect();
    (facts, parsed.skips.into_iter().map(|skip| skip.reason).collect(), parsed.records)
}

fn stopped_at(bytes: &[u8], stop: usize) -> (Vec<Fact>, Vec<String>, u64) {
    let mut parsed = Parsed::default();
    let (mut offset, mut line) = (0, 0);
    let state = read_on(CHAT, &[], &bytes[..stop], &mut offset, &mut line, None, &mut parsed);
    read_on(CHAT, &[], bytes, &mut offset, &mut line, state.as_deref(), &mut parsed);
    told(parsed)
}

#[test]
fn reading_goes_on_after_a_stop_at_any_byte() {
    let text = lines().join("\n") + "\n";
    let whole = stopped_at(text.as_bytes(), 0);
    assert_eq!(whole.1, ["not JSON", "NUL bytes"]);
    for stop in 0..=text.len() {
        assert_eq!(stopped_at(text.as_bytes(), stop), whole, "stopped at {stop}");
    }
}

proptest! {
    #[test]
    fn no_record_is_too_strange(at in 0usize..12, from in 0usize..400, to in 0usize..400, with in ".{0,12}", stop in 0usize..1200) {
        let mut lines = lines();
        let line = &mut lines[at];
        let (from, to) = (line.floor_char_boundary(from), line.floor_char_boundary(to));
        if from <= to {
            line.replace_range(from..to, &with);
        }
        let text = lines.join("\n") + "\n";
        let stop = text.floor_char_boundary(stop);
        // What stands alone in a line without its end may still grow.
        prop_assert_eq!(stopped_at(text.as_bytes(), stop), stopped_at(text.as_bytes(), 0));
    }

    #[test]
    fn no_value_of_a_field_is_too_strange(field in 0usize..14, value in 0usize..9) {
        const FIELDS: [&str; 14] = ["id", "timestamp", "type", "content", "displayContent", "thoughts", "tokens", "model",
            "toolCalls", "sessionId", "messages", "$set", "$rewindTo", "summary"];
        const VALUES: [&str; 9] = ["null", "7", "[]", "{}", "\"x\"", "[[{}]]", "[{\"text\":{}}]", "{\"input\":\"1e400\"}",
            "[{\"id\":3,\"args\":[],\"result\":[{\"functionResponse\":7}],\"status\":\"success\",\"timestamp\":-1}]"];
        let line = answer("a", "10:00:02.000", "1", &format!(r#","{}":{}"#, FIELDS[field], VALUES[value]));
        let mut parsed = Parsed::default();
        let text = format!("{}\n{line}\n", header(ID));
        read_on(CHAT, &[], text.as_bytes(), &mut 0, &mut 0, None, &mut parsed);
        prop_assert!(parsed.records > 0);
    }
}
