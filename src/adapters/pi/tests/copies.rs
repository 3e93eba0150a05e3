//! The same entry in another file, or in its own file written anew, tells the same.

use super::{HEADER, answer, asks, calls, entry, message, messages, result, told_by, usages};
use crate::model::{Fact, Role};

/// A session of the first version, and the same file after a later one has opened it.
#[test]
fn a_file_that_is_written_anew_with_ids_tells_the_same() {
    let old = [
        r#"{"type":"session","id":"own","timestamp":"2026-01-01T10:00:02.000Z","cwd":"/w","provider":"p","modelId":"m","thinkingLevel":"off"}"#.to_owned(),
        message(1, "x", r#""role":"user","content":"one""#),
        answer(3, "x", &asks("0", "bash", r#"{"command":"ls"}"#), "toolUse"),
        result(4, "x", "0", "bash", "a", r#","isError":false"#),
        message(5, "x", r#""role":"hookMessage","customType":"o","content":"note""#),
        entry(6, "x", "compaction", r#""summary":"s""#),
    ];
    let without_ids: Vec<String> = old.iter().map(|line| line.replace(r#""id":"x","parentId":null,"#, "")).collect();
    let with_ids: Vec<String> = old
        .iter()
        .enumerate()
        .map(|(n, line)| {
            line.replace(r#""id":"x""#, &format!(r#""id":"{n:08x}""#))
                .replace("hookMessage", "custom")
                .replace(r#""id":"own""#, r#""version":3,"id":"own""#)
        })
        .collect();
    let facts = |lines: &[String]| told_by(&lines.iter().map(String::as_str).collect::<Vec<_>>()).facts;
    assert_eq!(facts(&without_ids), facts(&with_ids));
    let notes: Vec<_> = facts(&with_ids)
        .into_iter()
        .filter_map(|fact| if let Fact::Session(note) = fact { note.origin } else { None })
        .collect();
    assert_eq!(notes.last(), Some(&1_767_261_601_000), "it began before its header was written");
}

#[test]
fn a_fork_says_what_it_copied_under_the_same_ids_and_began_when_it_was_made() {
    let parent = [
        message(1, "a", r#""role":"user","content":"one""#),
        answer(2, "b", &asks("0", "bash", r#"{"command":"ls"}"#), "toolUse"),
    ];
    let ids = |header: &str, entries: &[String]| {
        let lines: Vec<&str> = [header].into_iter().chain(entries.iter().map(String::as_str)).collect();
        let parsed = told_by(&lines);
        let mut ids: Vec<String> = messages(&parsed, Role::User)
            .iter()
            .map(|message| format!("{} {}", message.message_id, message.at))
            .collect();
        ids.extend(usages(&parsed).iter().map(|usage| usage.response_id.clone()));
        ids.extend(calls(&parsed).iter().map(|call| call.call_id.clone()));
        (ids, parsed)
    };
    let (own, _) = ids(HEADER, &parent);
    let forks = [
        (
            r#"{"type":"session","version":3,"id":"f","timestamp":"2026-01-01T10:01:00Z","cwd":"/w","parentSession":"/h/2026-01-01T10-00-00-000Z_own.jsonl"}"#,
            parent.to_vec(),
        ),
        // The first versions dated copies anew.
        (
            r#"{"type":"session","id":"f","timestamp":"2026-01-01T10:01:00Z","cwd":"/w","branchedFrom":"C:\\s\\2026-01-01T10-00-00-000Z_own.jsonl"}"#,
            parent.iter().map(|line| line.replace("T10:00:0", "T10:01:0")).collect(),
        ),
    ];
    for (header, entries) in forks {
        let (copied, parsed) = ids(header, &entries);
        let began = |text: &str| text.replace(char::is_whitespace, "");
        assert_eq!(copied[1..].iter().map(|id| began(id)).collect::<Vec<_>>(), own[1..], "{header}");
        assert_eq!(copied[0].split(' ').next(), own[0].split(' ').next(), "{header}");
        let Some(Fact::Session(note)) = parsed.facts.first() else { panic!("{header}") };
        assert_eq!((note.parent.as_deref(), note.origin), (Some("own"), Some(1_767_261_660_000)));
        assert_eq!(
            parsed.facts.iter().filter(|fact| matches!(fact, Fact::Session(note) if note.origin.is_some())).count(),
            1
        );
    }
}
