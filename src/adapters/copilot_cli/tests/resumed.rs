//! Read wherever a reading stopped, a session tells the same; and nothing in it stops a reading.

use proptest::prelude::*;

use super::session::{begins, ends, line, of_agent, read, start};
use crate::adapters::Parsed;
use crate::model::Fact;

fn told(parsed: Parsed) -> (Vec<Fact>, Vec<String>, u64) {
    (parsed.facts, parsed.skips.into_iter().map(|skip| skip.reason).collect(), parsed.records)
}

fn lines() -> Vec<String> {
    vec![
        start("s"),
        line(1, "user.message", r#"{"content":"漢字 \ud83d"}"#),
        line(2, "assistant.reasoning", r#"{"reasoningId":"r","content":"Hm."}"#),
        line(3, "assistant.message", r#"{"messageId":"m","content":"é","reasoningText":"Hm.","outputTokens":3}"#),
        begins(4, "c", "bash", r#"{"command":"make"}"#) + "{\"ty",
        "\0\0".to_owned(),
        ends(5, "c", r#""success":true,"result":{"content":"<command with shellId: 7 is still running.>"}"#),
        line(6, "system.notification", r#"{"content":"x","kind":{"shellId":"7","exitCode":2}}"#),
        begins(7, "d", "task", "{}"),
        of_agent(8, "a", "subagent.started", r#"{"toolCallId":"d","agentName":"task"}"#),
        line(9, "assistant.message", r#"{"content":"in","parentToolCallId":"d"}"#),
        begins(10, "e", "edit", "{}"),
        ends(11, "e", r#""success":true,"fileEdits":[{"path":"/w/a.rs"}],"result":{"content":"ok"}"#),
        line(12, "hook.end", r#"{"hookType":"agentStop","output":{"decision":"block","reason":"test it"}}"#),
        line(13, "user.message", r#"{"content":"test it"}"#),
        line(14, "session.shutdown", r#"{"modelMetrics":{"m":{"usage":{"inputTokens":9,"outputTokens":5}}}}"#),
        line(15, "session.resume", "{}"),
        begins(16, "f", "view", "{}"),
        line(17, "session.shutdown", r#"{"modelMetrics":{"m":{"usage":{"inputTokens":19,"outputTokens":9}}}}"#),
        line(18, "abort", "{}"),
    ]
}

#[test]
fn reading_goes_on_after_a_stop_at_any_byte() {
    let text = lines().join("\n");
    let bytes = text.as_bytes();
    let mut whole = Parsed::default();
    read(bytes, bytes, &mut 0, &mut 0, None, &mut whole);
    let whole = told(whole);
    assert_eq!(whole.1, ["not JSON", "NUL bytes"]);
    for stop in 0..=bytes.len() {
        let mut parsed = Parsed::default();
        let (mut offset, mut line) = (0, 0);
        let state = read(&bytes[..stop], bytes, &mut offset, &mut line, None, &mut parsed);
        read(bytes, bytes, &mut offset, &mut line, state.as_deref(), &mut parsed);
        assert_eq!(told(parsed), whole, "stopped at {stop}");
    }
}

proptest! {
    /// Bytes change, go and come; fields are of other types.
    #[test]
    fn no_line_is_too_strange(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 0..12),
        stop in any::<prop::sample::Index>(),
    ) {
        let mut bytes = lines().join("\n").into_bytes();
        for (place, how, byte) in changes {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => { bytes.remove(place); }
                2 => bytes.insert(place, b"\"{}[]:,0"[usize::from(byte) % 8]),
                _ => bytes[place] = b"\"{}[]:,0"[usize::from(byte) % 8],
            }
        }
        let mut whole = Parsed::default();
        read(&bytes, &bytes, &mut 0, &mut 0, None, &mut whole);
        let mut parsed = Parsed::default();
        let (mut offset, mut line) = (0, 0);
        let stop = stop.index(bytes.len());
        let state = read(&bytes[..stop], &bytes, &mut offset, &mut line, None, &mut parsed);
        read(&bytes, &bytes, &mut offset, &mut line, state.as_deref(), &mut parsed);
        prop_assert_eq!(parsed.records, whole.records);
    }
}
