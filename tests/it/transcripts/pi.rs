//! Pi's forks, and files that a later version wrote anew: what is told in several places counts once.

use serde_json::json;

use crate::support::{Home, difference};

fn header(id: &str, at: &str, more: &str) -> String {
    format!(r#"{{"type":"session","version":3,"id":"{id}","timestamp":"2026-01-01T{at}.000Z","cwd":"/w/app"{more}}}"#)
}

/// A prompt, and an answer that runs a command under an id that only counts.
fn turn(minute: u32, prompt: &str) -> Vec<String> {
    let message = |second: u32, rest: &str| {
        let began = 1_767_261_600_000_i64 + i64::from(minute * 60 + second) * 1000;
        let at = format!("2026-01-01T10:{minute:02}:{second:02}.000Z");
        format!(
            r#"{{"type":"message","id":"{minute:04}{second:04}","timestamp":"{at}","message":{{{rest},"timestamp":{began}}}}}"#
        )
    };
    let call = r#"{"type":"toolCall","id":"call_0","name":"bash","arguments":{"command":"ls"}}"#;
    let usage = r#""usage":{"input":10,"output":5,"cacheRead":0,"cacheWrite":0,"cost":{"total":0.5}}"#;
    vec![
        message(0, &format!(r#""role":"user","content":"{prompt}""#)),
        message(1, &format!(r#""role":"assistant","content":[{call}],"model":"m",{usage},"stopReason":"toolUse""#)),
        message(
            2,
            r#""role":"toolResult","toolCallId":"call_0","toolName":"bash","content":[{"type":"text","text":"a"}],"isError":false"#,
        ),
    ]
}

fn file(header: &str, entries: &[Vec<String>]) -> String {
    let lines: Vec<&str> = [header].into_iter().chain(entries.iter().flatten().map(String::as_str)).collect();
    lines.join("\n") + "\n"
}

const PER_SESSION: &str = "SELECT session_id, user_prompts AS p, assistant_messages AS a, tool_calls AS t, input_tokens AS i, \
                           parent_session_id AS parent FROM sessions ORDER BY 1";

#[test]
fn forks_of_forks_own_only_what_they_added() {
    let names = [
        "p/2026-01-01T10-00-00-000Z_ccc.jsonl",
        "p/2026-01-01T10-05-00-000Z_aaa.jsonl",
        "p/2026-01-01T10-10-00-000Z_bbb.jsonl",
    ];
    let parent = |name: &str| format!(r#","parentSession":"/elsewhere/{name}""#);
    let files = [
        file(&header("ccc", "10:00:00", ""), &[turn(1, "one"), turn(20, "late")]),
        file(&header("aaa", "10:05:00", &parent(names[0])), &[turn(1, "one"), turn(6, "two")]),
        file(&header("bbb", "10:10:00", &parent(names[1])), &[turn(1, "one"), turn(6, "two"), turn(11, "three")]),
    ];
    let read = |order: [usize; 3]| {
        let home = Home::new();
        for at in order {
            let path = home.write(names[at], &files[at]);
            home.import(&path);
        }
        home
    };
    let home = read([0, 1, 2]);
    let row = |id: &str, n: i64, parent: Option<&str>| json!({"session_id": id, "p": n, "a": n, "t": n, "i": 10 * n, "parent": parent});
    assert_eq!(
        home.sql(PER_SESSION),
        json!([row("aaa", 1, Some("ccc")), row("bbb", 1, Some("aaa")), row("ccc", 2, None)])
    );
    for order in [[2, 1, 0], [1, 2, 0]] {
        assert_eq!(read(order).sql(PER_SESSION), home.sql(PER_SESSION), "{order:?}");
    }
}

#[test]
fn a_file_that_a_later_version_wrote_anew_is_the_same_session() {
    let strip = |line: String| {
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        let mut record = record.as_object().unwrap().clone();
        if record["type"] != "session" {
            record.remove("id");
        }
        record.remove("version");
        serde_json::Value::from(record).to_string() + "\n"
    };
    let name = "p/2026-01-01T10-00-00-000Z_own.jsonl";
    let new = file(&header("own", "10:00:00", ""), &[turn(1, "one"), turn(2, "two")]);
    // As the client writes it: its fields stand in the order in which they came.
    let old: String = new.lines().map(str::to_owned).map(strip).collect();
    let new: String =
        new.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap().to_string() + "\n").collect();
    let home = Home::new();
    home.import(&home.write(name, &old));
    let before = home.dump();
    home.import(&home.write(name, &new));
    assert_eq!(difference(&before, &home.dump()), None);
    assert_eq!(home.sql(PER_SESSION)[0]["p"], 2);
}
