//! Bytes: broken, glued and unfinished lines, files that grow, shrink and are written anew.

use serde_json::json;

use super::{begun, column, counts, imported, skipped};
use crate::support::{Home, Transcript, difference};

/// Told by its own session, so that it can stand anywhere.
fn prompt(id: &str) -> String {
    json!({"type": "user", "uuid": id, "sessionId": "s", "timestamp": "2026-10-01T10:00:00Z", "message": {"content": id}}).to_string()
}

#[test]
fn whole_records_count_however_their_line_is_broken() {
    let (a, b) = (prompt("a"), prompt("b"));
    for (bytes, prompts, reason) in [
        (format!("{a}\n{b}\n"), 2, ""),
        (format!("{a}\n{b}"), 2, ""),
        (format!("{a}\r\n{b}\r\n"), 2, ""),
        (format!("\u{feff}{a}\n{b}\n"), 2, ""),
        (format!("\n\n  \n{a}\n\r\n{b}\n\n"), 2, ""),
        (format!("{a}{b}\n"), 2, ""),
        (format!("{a} {b}"), 2, ""),
        (format!("{a}{}\n{b}\n", &b[..40]), 2, "not JSON"),
        (format!("{}{a}\n{b}\n", &a[..40]), 1, "not JSON"),
        (format!("{}\n{b}\n", &a[..40]), 1, "not JSON"),
        (format!("{a}\n{}\n{b}\n", "\0".repeat(64)), 2, "NUL bytes"),
        (format!("[{a}]\n\"x\"\n7\nnull\n{b}\n"), 1, "not an object"),
        (format!("{{\"uuid\":\"b\",\"sessionId\":\"s\"}}\n{b}\n"), 1, "record without a type"),
        (format!("{a}\n{a}\n{b}\n{a}\n"), 2, ""),
    ] {
        let home = imported(&bytes);
        assert_eq!(counts(&home)[0], prompts, "{bytes:?}");
        if reason.is_empty() {
            assert_eq!(skipped(&home), "", "{bytes:?}");
        } else {
            assert!(skipped(&home).contains(reason), "{bytes:?}: {}", skipped(&home));
        }
    }
}

#[test]
fn a_broken_record_claims_no_id() {
    let broken = r#"{"type":"user","uuid":"a","sessionId":"s","message":{"role":"user"}}"#;
    let home = imported(format!("{broken}\n{}\n", prompt("a")));
    assert_eq!(counts(&home)[0], 1);
    assert!(skipped(&home).contains("user record without content"));
}

#[test]
fn texts_survive_halves_of_characters_and_repeated_keys() {
    let line = r#"{"type":"system","type":"user","uuid":"a","sessionId":"x","sessionId":"s","timestamp":"2026-10-01T10:00:00Z","message":{"content":"cut \ud83d here"}}"#;
    let home = imported(format!("{line}\n"));
    assert_eq!(column(&home, "SELECT session_id FROM sessions"), ["s"]);
    assert!(home.one("SELECT content FROM messages").as_str().unwrap().starts_with("cut "));
    let mut bytes = prompt("a").into_bytes();
    bytes.extend_from_slice(b"\n{\"type\":\"user\",\"message\":{\"content\":\"\xff\"}}\n");
    assert_eq!(counts(&imported(bytes))[0], 1);
}

#[test]
fn records_out_of_the_order_of_time_are_as_old_as_they_say() {
    let home = imported(begun().wait(100).prompt("late").wait(-90).prompt("early").text());
    assert_eq!(column(&home, "SELECT content FROM messages ORDER BY ts_ms"), ["early", "late"]);
    assert_eq!(home.one("SELECT title FROM sessions"), "early");
}

#[test]
fn records_that_name_no_session_are_the_files() {
    let lone = r#"{"type":"user","uuid":"a","timestamp":"2026-10-01T10:00:00Z","message":{"content":"x"}}"#;
    assert_eq!(column(&imported(format!("{lone}\n")), "SELECT session_id FROM sessions"), ["s"]);
    let named = Transcript::new("other", "/w/app").prompt("x").raw(lone);
    assert_eq!(
        imported(named.text()).sql("SELECT session_id, user_prompts FROM sessions"),
        json!([{"session_id": "other", "user_prompts": 2}])
    );
}

/// An agent may take back records: the file becomes shorter, others take their place.
#[test]
fn a_file_written_anew_is_read_anew_even_if_it_has_grown_meanwhile() {
    let begin = begun().prompt(&"a long beginning ".repeat(100));
    let path = ".claude/projects/p/s.jsonl";
    let home = Home::new();
    home.write(path, Transcript::new("s", "/w/app").copy_of(&begin).answer("taken back").text());
    home.ok(&["import"]);
    let then =
        Transcript::new("s", "/w/app").copy_of(&begin).wait(9).always(&json!({"uuid": "n1"})).prompt("something else");
    home.write(
        path,
        then.always(&json!({"uuid": "n2"})).prompt(&"that is longer than what was there ".repeat(30)).text(),
    );
    home.ok(&["import"]);
    assert_eq!(counts(&home)[0], 3);
    assert_eq!(skipped(&home), "");
}

#[test]
fn a_file_that_grows_by_pieces_comes_to_the_same() {
    let text = begun()
        .prompt("é ü 漢字")
        .bash("cargo test", "Exit code 1\nerror: x", true)
        .tool("Read", &json!({"file_path": "/w/app/x"}), &"long ".repeat(500), false)
        .answer("done")
        .text();
    let whole = imported(&text);
    let home = Home::new();
    for at in (0..text.len()).step_by(97).chain([text.len() - 1, text.len()]) {
        home.write(".claude/projects/p/s.jsonl", &text.as_bytes()[..at]);
        home.ok(&["import"]);
    }
    assert_eq!(difference(&home.dump(), &whole.dump()), None);
    assert_eq!(skipped(&home), "");
}
