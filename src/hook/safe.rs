//! An event as it may lie on the disk: without secrets, and no longer than it need be.

use serde_json::Value;

use crate::redact::{Level, Redactor};
use crate::spool::Entry;

/// What is kept of a string that is too long, and how much of either side is looked at before it is cut: no secret is
/// longer than what is cut off again.
#[derive(Debug, Clone, Copy)]
struct Cut {
    longest: usize,
    head: usize,
    tail: usize,
    looked_at: usize,
}

const USUAL: Cut = Cut { longest: 64 * 1024, head: 48 * 1024, tail: 15 * 1024, looked_at: 128 * 1024 };

/// Of a very large event so much as there is time for.
const LARGE: Cut = Cut { longest: 4 * 1024, head: 3 * 1024, tail: 900, looked_at: 8 * 1024 };
const IS_LARGE: usize = 1024 * 1024;

/// What tells that something happened, but not what; the only part that level `full` keeps.
const STRUCTURE: &[&str] = &[
    "session_id",
    "run_id",
    "kind",
    "status",
    "exit_code",
    "started_at",
    "ended_at",
    "hook_event_name",
    "tool_name",
    "tool_use_id",
    "prompt_id",
    "agent_id",
    "agent_type",
    "source",
    "reason",
    "trigger",
    "is_interrupt",
    "duration_ms",
    "stop_hook_active",
    "permission_mode",
    "model",
    "sessionId",
    "hookEventName",
    "hookName",
    "toolName",
    "toolUseId",
    "promptId",
    "agentId",
    "agentType",
    "isInterrupt",
    "durationMs",
    "stopHookActive",
    "permissionMode",
];

/// Longer than any name or id.
const LONGEST_NAME: usize = 256;

pub fn entry(entry: &Entry, level: Level) -> Entry {
    let mut safe = Entry { body: body(&entry.body, level), ..entry.clone() };
    let redactor = Redactor::new(level);
    safe.hints.retain(|name, _| level != Level::Full || !is_place(name));
    for value in safe.hints.values_mut() {
        *value = scrubbed(value, redactor);
    }
    safe
}

/// Paths are content.
fn is_place(hint: &str) -> bool {
    hint.ends_with("_DIR") || hint.ends_with("_HOME")
}

fn body(raw: &[u8], level: Level) -> Vec<u8> {
    let redactor = Redactor::new(level);
    let cut = if raw.len() > IS_LARGE { LARGE } else { USUAL };
    let text = String::from_utf8_lossy(raw);
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if level == Level::Full => structure(&value, redactor),
        Ok(mut value) => {
            clean(&mut value, redactor, cut);
            let whole = value.to_string();
            // Only beside its name does many a value look like a secret.
            let scrubbed = scrubbed(&whole, redactor);
            if scrubbed != whole && serde_json::from_str::<serde::de::IgnoredAny>(&scrubbed).is_err() {
                return structure(&value, redactor);
            }
            scrubbed.into_bytes()
        }
        Err(_) if level == Level::Full => Vec::new(),
        Err(_) => shortened(&text, redactor, USUAL).into_bytes(),
    }
}

fn structure(value: &Value, redactor: Redactor) -> Vec<u8> {
    let known = value.as_object().into_iter().flatten().filter(|(name, _)| STRUCTURE.contains(&name.as_str()));
    let kept = known.filter_map(|(name, value)| {
        let value = match value {
            Value::String(text) if text.len() <= LONGEST_NAME => Value::String(scrubbed(text, redactor)),
            Value::Bool(_) | Value::Number(_) => value.clone(),
            _ => return None,
        };
        Some((name.clone(), value))
    });
    Value::Object(kept.collect()).to_string().into_bytes()
}

fn clean(value: &mut Value, redactor: Redactor, cut: Cut) {
    match value {
        Value::String(text) => *text = shortened(text, redactor, cut),
        Value::Array(values) => values.iter_mut().for_each(|value| clean(value, redactor, cut)),
        Value::Object(fields) => {
            let known = std::mem::take(fields);
            fields.extend(known.into_iter().map(|(name, mut value)| {
                clean(&mut value, redactor, cut);
                (shortened(&name, redactor, cut), value)
            }));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn scrubbed(text: &str, redactor: Redactor) -> String {
    redactor.scrub(text).into_owned()
}

/// Without its secrets first, for a half one would no longer be known.
fn shortened(text: &str, redactor: Redactor, cut: Cut) -> String {
    if text.len() <= 2 * cut.looked_at {
        let text = scrubbed(text, redactor);
        return if text.len() > cut.longest { cut.ends(&text, &text, text.len()) } else { text };
    }
    let head = scrubbed(&text[..text.floor_char_boundary(cut.looked_at)], redactor);
    let tail = scrubbed(&text[text.ceil_char_boundary(text.len() - cut.looked_at)..], redactor);
    cut.ends(&head, &tail, text.len())
}

impl Cut {
    fn ends(self, head: &str, tail: &str, of: usize) -> String {
        let head = &head[..head.floor_char_boundary(self.head)];
        let tail = &tail[tail.ceil_char_boundary(tail.len().saturating_sub(self.tail))..];
        format!("{head}\n… [{} bytes left out] …\n{tail}", of.saturating_sub(head.len() + tail.len()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "sk-ant-api03-Qm9nB4kd82LsPzT71xYvRw3uHc";

    fn of(value: &Value, level: Level) -> Value {
        serde_json::from_slice(&body(value.to_string().as_bytes(), level)).unwrap()
    }

    #[test]
    fn secrets_go_wherever_they_stand() {
        let event = json!({
            "session_id": "s",
            "tool_input": {"command": format!("export A={KEY}\nls"), "env": {"DB_PASSWORD": "Zk39!xPq82mV"}},
            "list": [[format!("é {KEY}")]],
            KEY: 1,
        });
        let safe = of(&event, Level::Preview);
        let text = safe.to_string();
        assert!(!text.contains("Qm9nB4kd") && !text.contains("Zk39"), "{text}");
        assert_eq!(safe["session_id"], "s");
        assert!(safe["tool_input"]["command"].as_str().unwrap().ends_with("\nls"), "{text}");
        assert_eq!(of(&event, Level::None), event);
    }

    #[test]
    fn long_strings_keep_both_ends() {
        for (length, cut) in [(70_000, USUAL), (300_000, USUAL), (3_000_000, LARGE)] {
            let text = format!("begin {}é{} end", "a".repeat(length / 2), "b".repeat(length / 2));
            let safe = of(&json!({"text": text}), Level::Preview);
            let safe = safe["text"].as_str().unwrap();
            assert!(safe.len() <= cut.longest && safe.len() > cut.head + cut.tail, "{}", safe.len());
            assert!(safe.starts_with("begin a") && safe.ends_with("b end"));
            let (head, rest) = safe.split_once("\n… [").unwrap();
            let (left_out, rest) = rest.split_once(" bytes left out] …\n").unwrap();
            assert_eq!(head.len() + rest.len() + left_out.parse::<usize>().unwrap(), text.len());
        }
        let short = json!({"text": "x".repeat(USUAL.longest)});
        assert_eq!(of(&short, Level::Preview), short);
    }

    #[test]
    fn a_secret_at_the_cut_does_not_come_through_half() {
        for shift in [0, 4, 10, KEY.len() - 1] {
            for (length, cut) in [(100_000, USUAL), (900_000, USUAL), (2_000_000, LARGE)] {
                let head = " ".repeat(cut.head - shift);
                let tail = " ".repeat(cut.tail - KEY.len() + shift);
                let text = format!("{head}{KEY} {} {KEY}{tail}", "x ".repeat(length / 2));
                let safe = of(&json!({"t": text}), Level::Preview).to_string();
                assert!(!safe.contains("Qm9") && !safe.contains("uHc"), "{shift} {length}");
            }
        }
    }

    #[test]
    fn level_full_keeps_what_happened_but_not_what_it_was() {
        let event = json!({
            "session_id": "s", "hook_event_name": "PostToolUse", "tool_name": "Bash", "is_interrupt": false,
            "duration_ms": 7, "cwd": "/secret/place", "tool_input": {"command": "ls"}, "prompt": "words",
            "toolName": "Read", "reason": "r".repeat(300), "model": {"a": 1},
        });
        let kept = json!({
            "session_id": "s", "hook_event_name": "PostToolUse", "tool_name": "Bash", "is_interrupt": false,
            "duration_ms": 7, "toolName": "Read",
        });
        assert_eq!(of(&event, Level::Full), kept);
        assert_eq!(of(&json!([1, "words"]), Level::Full), json!({}));
        assert_eq!(body(b"words", Level::Full), b"");
    }

    #[test]
    fn what_is_no_json_is_kept_as_text() {
        assert_eq!(body(format!("{{\"a\": {KEY}").as_bytes(), Level::Preview), b"{\"a\": [redacted:anthropic-key]");
        assert_eq!(body(b"a\xffb", Level::Preview), "a\u{fffd}b".as_bytes());
        assert_eq!(body(b"{\"a\":\"\xff\"}", Level::Preview), "{\"a\":\"\u{fffd}\"}".as_bytes());
        let deep = "[".repeat(100_000);
        assert!(body(deep.as_bytes(), Level::Preview).len() <= USUAL.longest);
        assert_eq!(body(b"", Level::Preview), b"");
    }

    #[test]
    fn hints_are_no_hiding_place() {
        let given = Entry {
            hints: [("CLAUDE_PROJECT_DIR", format!("/w/{KEY}")), ("CLAUDE_CODE_SESSION_ID", "s".to_owned())]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            ..Entry::default()
        };
        assert_eq!(entry(&given, Level::Preview).hints["CLAUDE_PROJECT_DIR"], "/w/[redacted:anthropic-key]");
        let full: Vec<String> = entry(&given, Level::Full).hints.into_keys().collect();
        assert_eq!(full, ["CLAUDE_CODE_SESSION_ID"]);
    }
}
