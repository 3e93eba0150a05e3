//! Transcripts, shape by shape: what each becomes, and that reading it again changes nothing. Claude Code's but for `pi`.

mod calls;
mod copies;
mod files;
mod messages;
mod numbers;
mod pi;
mod threads;
mod titles;

use serde_json::Value;

use crate::support::{Home, Transcript, difference};

/// A home that has read `text` as the only transcript.
fn imported(text: impl AsRef<[u8]>) -> Home {
    let home = Home::new();
    home.write(".claude/projects/p/s.jsonl", text);
    home.ok(&["import"]);
    home
}

fn begun() -> Transcript {
    Transcript::new("s", "/w/app")
}

/// Prompts, answers and calls of all sessions together.
fn counts(home: &Home) -> [i64; 3] {
    let row = home.sql("SELECT sum(user_prompts) p, sum(assistant_messages) a, sum(tool_calls) t FROM sessions");
    ["p", "a", "t"].map(|name| row[0][name].as_i64().unwrap_or(0))
}

/// Rows of one column.
fn column(home: &Home, sql: &str) -> Vec<Value> {
    let rows = home.sql(sql);
    rows.as_array().unwrap().iter().map(|row| row.as_object().unwrap().values().next().unwrap().clone()).collect()
}

/// Reads the files one by one, in this order and in the opposite one, and insists on the same outcome, also
/// after all were read once more under another root.
fn in_any_order(files: &[(&str, String)]) -> Home {
    let read = |home: &Home, root: &str, order: &mut dyn Iterator<Item = &(&str, String)>| {
        for (name, text) in order {
            let path = home.write(&format!("{root}/projects/{name}"), text);
            home.import(&path);
        }
    };
    let forth = Home::new();
    read(&forth, "one", &mut files.iter());
    let back = Home::new();
    read(&back, "one", &mut files.iter().rev());
    assert_eq!(difference(&back.dump(), &forth.dump()), None, "backwards");
    read(&back, "two", &mut files.iter());
    assert_eq!(difference(&back.dump(), &forth.dump()), None, "once more");
    forth
}

/// What was passed over, as `tma1 status` tells it; empty if nothing was.
fn skipped(home: &Home) -> String {
    let status = home.json(&["status", "--json"]);
    status.get("skipped").map(Value::to_string).unwrap_or_default()
}
