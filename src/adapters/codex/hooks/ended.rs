//! How a call ended, read from the end of its thread's rollout: the hook after it does not tell, and the rollout has
//! it some milliseconds before.

use super::super::told::Told;
use super::super::wire::{Item, Payload, Record};
use crate::adapters::{Heard, json};
use crate::model::{CallStatus, Fact, ToolKind, TouchKind};

/// Completes what a hook told of a call that it told no end of. `tail`: the last bytes of the transcript it names.
/// `false`: nothing was missing, or the transcript does not have it (yet).
pub(super) fn complete(heard: &mut Heard, tail: &[u8]) -> bool {
    let open = heard.parsed.facts.iter_mut().find_map(|fact| match fact {
        Fact::ToolCall(call) if call.status.is_none() && call.ended_at.is_some() => Some(call),
        _ => None,
    });
    let Some(call) = open else { return false };
    let Some(told) = end_of(tail, &call.call_id) else { return false };
    call.status = told.status;
    call.exit_code = told.exit_code;
    call.duration_ms = told.duration_ms;
    if call.output.is_none() {
        call.output = told.text.filter(|text| !text.is_empty());
    }
    if told.status.is_some_and(CallStatus::counts_as_error) {
        call.error.clone_from(&call.output);
        // It showed why it failed, not a file.
        let seen = |fact: &Fact| matches!(fact, Fact::File(touch) if touch.kind == TouchKind::Read);
        heard.parsed.facts.retain(|fact| !seen(fact));
    }
    true
}

/// The newest record in `tail` that tells how `call_id` ended. The first line, and the last, may be cut.
fn end_of(tail: &[u8], call_id: &str) -> Option<Told> {
    let mut rest = tail;
    while !rest.is_empty() {
        let begin = memchr::memrchr(b'\n', rest).map_or(0, |at| at + 1);
        let line = &rest[begin..];
        rest = &rest[..begin.saturating_sub(1)];
        if memchr::memmem::find(line, call_id.as_bytes()).is_some()
            && let Some(told) = in_record(line, call_id)
        {
            return Some(told);
        }
    }
    None
}

fn in_record(line: &[u8], call_id: &str) -> Option<Told> {
    let record: Record<'_> = json::parse(std::str::from_utf8(line).ok()?)?;
    let payload: Payload<'_> = json::object(record.payload)?;
    let kind = json::text(payload.kind)?;
    let told = match &*kind {
        "function_call_output" | "custom_tool_call_output" => Told::output(&payload, Some(ToolKind::Shell)),
        "exec_command_end" => Told::event(&kind, &payload)?,
        "item_completed" => Told::item(&json::object::<Item<'_>>(payload.item)?, &payload)?,
        _ => return None,
    };
    let ends = told.call_id.as_deref() == Some(call_id) && told.status.is_some();
    Some(told).filter(|_| ends)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::CodexHooks;
    use super::*;
    use crate::adapters::{Hooks, Posted};

    fn after(command: &str, response: &str) -> Heard {
        let body = serde_json::json!({"session_id": "s", "hook_event_name": "PostToolUse", "cwd": "/w", "tool_use_id": "c1",
            "tool_name": "Bash", "tool_input": {"command": command}, "tool_response": response});
        let body = body.to_string();
        CodexHooks.read(&Posted { body: body.as_bytes(), at: 9, key: 1, event: None, hints: &BTreeMap::new() }).unwrap()
    }

    fn end(heard: &Heard) -> (Option<CallStatus>, Option<i32>, Option<i64>) {
        let call = heard.parsed.facts.iter().find_map(|f| if let Fact::ToolCall(call) = f { Some(call) } else { None });
        call.map(|call| (call.status, call.exit_code, call.duration_ms)).unwrap()
    }

    const ITEM: &str = r#"{"timestamp":"2026-11-20T09:56:45.174Z","type":"event_msg","payload":{"type":"item_completed","item":{"type":"CommandExecution","id":"c1","status":"failed","exit_code":3,"duration":{"secs":1,"nanos":5000000}}}}"#;
    const EVENT: &str = r#"{"type":"event_msg","payload":{"type":"exec_command_end","call_id":"c1","exit_code":0}}"#;
    const OUTPUT: &str = r#"{"type":"response_item","payload":{"type":"function_call_output","call_id":"c1","output":"Exit code: 2\nWall time: 1 seconds\nOutput:\nx"}}"#;
    const RUNNING: &str = r#"{"type":"response_item","payload":{"type":"function_call_output","call_id":"c1","output":"Wall time: 1 seconds\nProcess running with session ID 4\nOutput:\nx"}}"#;
    const OTHER: &str = r#"{"type":"response_item","payload":{"type":"function_call_output","call_id":"c2","output":"about c1: Exit code: 7"}}"#;
    const BEGAN: &str = r#"{"type":"response_item","payload":{"type":"function_call","call_id":"c1","name":"exec_command","arguments":"{}"}}"#;

    #[test]
    fn the_rollouts_end_tells_how_a_command_did() {
        for (tail, want) in [
            (format!("{BEGAN}\n{ITEM}\n"), (Some(CallStatus::Error), Some(3), Some(1005))),
            (format!("half a line c1\"}}\n{BEGAN}\n{EVENT}\n{{\"c1"), (Some(CallStatus::Ok), Some(0), None)),
            (format!("{OUTPUT}\n{OTHER}"), (Some(CallStatus::Error), Some(2), Some(1000))),
            (OUTPUT.to_owned(), (Some(CallStatus::Error), Some(2), Some(1000))),
        ] {
            let mut heard = after("cargo test", "boom");
            assert!(complete(&mut heard, tail.as_bytes()), "{tail}");
            assert_eq!(end(&heard), want, "{tail}");
        }
        for tail in
            [format!("{BEGAN}\n{OTHER}\n"), format!("{RUNNING}\n"), ITEM[..ITEM.len() - 3].to_owned(), String::new()]
        {
            let mut heard = after("cargo test", "boom");
            assert!(!complete(&mut heard, tail.as_bytes()), "{tail}");
            assert_eq!(end(&heard), (None, None, None), "{tail}");
        }
    }

    #[test]
    fn a_failed_look_at_a_file_was_none() {
        let files = |heard: &Heard| heard.parsed.facts.iter().filter(|f| matches!(f, Fact::File(_))).count();
        let mut heard = after("cat a.rs", "cat: a.rs: No such file or directory");
        assert_eq!(files(&heard), 1);
        assert!(complete(&mut heard, ITEM.as_bytes()));
        assert_eq!(files(&heard), 0);
        let mut heard = after("cat a.rs", "text");
        assert!(complete(&mut heard, EVENT.as_bytes()));
        assert_eq!(files(&heard), 1);
    }
}
