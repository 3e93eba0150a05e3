//! What must hold for any configuration: twice is once, and out leaves no trace.

mod cases;
pub(in crate::setup) mod files;
pub(in crate::setup) mod generate;
pub(in crate::setup) mod json;
mod markers;
mod race;
pub(in crate::setup) mod toml;

use std::fmt::Write as _;

use super::{Claim, Done, Fault, List, Memory, Op, Pick, Value, keys};

pub(super) type Edit = fn(Option<&str>, &[Op], &mut Memory) -> Result<Done, Fault>;

pub(in crate::setup) fn seeds() -> std::ops::Range<u64> {
    let of = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let from = of("SEED").unwrap_or(0);
    from..from + of("CASES").unwrap_or(200)
}

/// Our command, wherever it stands.
pub(super) fn ours(value: &Value) -> bool {
    value.get("command").and_then(Value::text).is_some_and(|command| command.starts_with("/opt/tma1/bin/tma1"))
}

fn handlers() -> List {
    List::Parts { key: "hooks".into(), ours: Pick::new(ours) }
}

const EVENTS: [&str; 3] = ["PreToolUse", "PostToolUse", "Stop"];

pub(super) fn group(matcher: Option<&str>) -> Value {
    let handler = Value::table([
        ("type", "command".into()),
        ("command", "/opt/tma1/bin/tma1 hook --agent x".into()),
        ("timeout", Value::from(5)),
    ]);
    let mut members: Vec<(&str, Value)> = matcher.map(|matcher| ("matcher", matcher.into())).into_iter().collect();
    members.push(("hooks", Value::array([handler])));
    Value::table(members)
}

fn server() -> Value {
    Value::table([
        ("type", "stdio".into()),
        ("command", "/opt/tma1/bin/tma1".into()),
        ("args", Value::array(["mcp", "--caller", "x"])),
        ("env", Value::table([("TMA1_DATA_DIR", "C:\\Users\\Jö \"x\"")])),
    ])
}

pub(super) fn install(servers: &str) -> Vec<Op> {
    let mut ops = vec![
        Op::Set { at: keys(&[servers, "tma1"]), value: server(), claim: Claim::Known(Pick::new(ours)) },
        Op::Set { at: keys(&["env", "OTEL_LOGS_EXPORTER"]), value: "otlp".into(), claim: Claim::Noted },
        Op::Set { at: keys(&["otel", "deep", "enabled"]), value: true.into(), claim: Claim::Noted },
    ];
    for event in EVENTS {
        ops.push(Op::Element { at: keys(&["hooks", event]), list: handlers(), value: group(Some("*")) });
    }
    ops
}

pub(super) fn uninstall(servers: &str) -> Vec<Op> {
    let mut ops: Vec<Op> =
        EVENTS.iter().map(|event| Op::NoElement { at: keys(&["hooks", event]), list: handlers() }).collect();
    ops.push(Op::Unset { at: keys(&["otel", "deep", "enabled"]), claim: Claim::Noted });
    ops.push(Op::Unset { at: keys(&["env", "OTEL_LOGS_EXPORTER"]), claim: Claim::Noted });
    ops.push(Op::Unset { at: keys(&[servers, "tma1"]), claim: Claim::Known(Pick::new(ours)) });
    ops
}

/// Install twice, a user's edit in between, uninstall. The user's edit is made by the same editor, on the file with and
/// without us; whether it came out the same to the last blank: new lines copy their neighbours, which may be ours.
pub(super) fn round(edit: Edit, before: Option<&str>, user: &[Op], servers: &str) -> Result<bool, String> {
    let text = |done: Done| match done {
        Done::Text(text) => Some(text),
        Done::Gone => None,
    };
    let say = |what: &str, all: &[(&str, Option<&str>)]| {
        let mut out = format!("{what}\n");
        for (name, text) in all {
            _ = writeln!(out, "=== {name}: {text:?}\n{}", text.unwrap_or_default());
        }
        out
    };
    let run = |text: Option<&str>, ops: &[Op], memory: &mut Memory| {
        edit(text, ops, memory).map_err(|fault| say(&format!("{fault:?}"), &[("text", text), ("before", before)]))
    };
    let mut memory = Memory::default();
    let first = text(run(before, &install(servers), &mut memory)?);
    let remembered = memory.clone();
    let second = text(run(first.as_deref(), &install(servers), &mut memory)?);
    if first != second || memory != remembered {
        return Err(say(
            "twice is not once",
            &[("before", before), ("first", first.as_deref()), ("second", second.as_deref())],
        ));
    }
    let edited = text(run(first.as_deref(), user, &mut Memory::default())?);
    let wanted = text(run(before, user, &mut Memory::default())?).filter(|text| before.is_some() || !text.is_empty());
    let json = serde_json::to_string(&memory).unwrap();
    let mut memory: Memory = serde_json::from_str(&json).unwrap();
    let after = text(run(edited.as_deref(), &uninstall(servers), &mut memory)?);
    let bare = |text: &Option<String>| text.as_deref().map(|text| text.replace(char::is_whitespace, ""));
    if after != wanted && (user.is_empty() || bare(&after) != bare(&wanted)) {
        let all = [("before", before), ("installed", first.as_deref()), ("edited", edited.as_deref())];
        let all = [&all[..], &[("after", after.as_deref()), ("wanted", wanted.as_deref())]].concat();
        return Err(say("a trace is left", &all));
    }
    if !memory.is_empty() && !remembered.is_empty() && user.is_empty() {
        return Err(say(&format!("still remembered: {memory:?}"), &[("before", before)]));
    }
    Ok(after == wanted)
}

/// Fails with the shortest story, or where more than one in a hundred of the user's own edits is laid out otherwise.
pub(super) fn worst(failed: &[String], otherwise: usize) {
    assert!(otherwise * 100 <= seeds().count(), "{otherwise} laid out otherwise");
    if let Some(shortest) = failed.iter().min_by_key(|what| what.len()) {
        let seeds: Vec<_> =
            failed.iter().map(|what| what.lines().take(2).collect::<Vec<_>>().join(" ")).take(40).collect();
        panic!("{} failed\n{}\n{shortest}", failed.len(), seeds.join("\n"));
    }
}
