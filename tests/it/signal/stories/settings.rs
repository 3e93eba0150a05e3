//! What the user has settled: kinds that are never told, and kinds that are told however often.

use serde_json::json;

use super::super::Story;
use super::super::record::At;
use super::super::session::Session;
use super::{LIB, THEIRS, of};

fn thrash(a: &Session, path: &str) {
    a.write(path, "// one\n");
    a.edit(path, "one", "two");
    a.edit(path, "two", "one");
    a.edit(path, "one", "two");
}

pub fn all() -> Vec<Story> {
    of(
        "general",
        vec![
            ("a muted kind is only there for those who ask", |s| {
                s.settings(&json!({"signals": {"mute": ["stale_file_view", "human_modified_during_session"]}}));
                let a = s.claude();
                a.prompt("Look.");
                a.read(LIB);
                s.person_writes(LIB, THEIRS);
                a.prompt("Go on.");
                a.edit(LIB, "11", "12");
                let asked = s.tma1(&["anomalies", "--json"]);
                if !asked.contains("stale_file_view") {
                    s.record.borrow_mut().odd(format!("who asks is not told of it: {asked}"));
                }
            }),
            ("a pinned kind is told the sixth time", |s| {
                s.at_noon();
                s.settings(&json!({"signals": {"pin": ["edit_thrash"]}}));
                let a = s.claude();
                a.prompt("Go.");
                for number in 0..7 {
                    let path = format!("src/n{number}.rs");
                    thrash(&a, &path);
                    a.told(At::After, "edit_thrash", &path);
                }
            }),
            ("settings that cannot be read are none", |s| {
                s.home.write("data/settings.json", "{\"signals\": [1,");
                let a = s.claude();
                a.prompt("Look.");
                a.read(LIB);
                s.person_writes(LIB, THEIRS);
                a.prompt("Go on.");
                a.told(At::Prompt, "human_modified_during_session", LIB);
            }),
        ],
    )
}
