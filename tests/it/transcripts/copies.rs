//! Forks, resumes and plain copies: what is told in several files counts once, for its owner.

use serde_json::{Value, json};

use super::{begun, column, counts, imported, in_any_order};
use crate::support::{Home, Transcript};

fn per_session(home: &Home) -> Value {
    home.sql("SELECT session_id, user_prompts, assistant_messages FROM sessions ORDER BY 1")
}

fn row(session: &str, prompts: i64, answers: i64) -> Value {
    json!({"session_id": session, "user_prompts": prompts, "assistant_messages": answers})
}

/// `parent` as the beginning of a fork's file.
fn fork(id: &str, parent: &Transcript, from: &str, named: bool, new_uuids: bool) -> Transcript {
    Transcript::new(id, "/w/app")
        .copy_of(parent)
        .changed(|record| {
            record["sessionId"] = json!(id);
            if named {
                record["forkedFrom"] = json!({"sessionId": from, "messageUuid": record["uuid"]});
            }
            if new_uuids {
                record["uuid"] = json!(format!("{id}-{}", record["uuid"].as_str().unwrap()));
            }
        })
        .wait(100)
}

#[test]
fn a_fork_that_names_its_parent_owns_only_what_it_added() {
    for (new_uuids, child) in [(false, "aaa"), (false, "zzz"), (true, "aaa"), (true, "zzz")] {
        let parent = Transcript::new("parent", "/w/app").prompt("one").answer("1").bash("ls", "x", false);
        let forked = fork(child, &parent, "parent", true, new_uuids).prompt("two").answer("2");
        let parent = parent.wait(50).prompt("three").answer("3");
        let home = in_any_order(&[("p/parent.jsonl", parent.text()), ("p/fork.jsonl", forked.text())]);
        let mut want = vec![row("parent", 2, 3), row(child, 1, 1)];
        want.sort_by_key(|row| row["session_id"].as_str().unwrap().to_owned());
        assert_eq!(per_session(&home), json!(want), "{child} {new_uuids}");
        assert_eq!(home.one("SELECT count(*) FROM usage"), 4);
        let parents = "SELECT parent_session_id FROM sessions WHERE session_id <> 'parent'";
        assert_eq!(home.one(parents), "parent");
    }
}

#[test]
fn a_fork_that_names_nobody_leaves_the_copies_to_the_earlier_session() {
    let parent = Transcript::new("bbb", "/w/app").prompt("one").answer("1");
    // The client writes a line of its own first.
    let queue = |id: &str| {
        json!({"type": "queue-operation", "operation": "enqueue", "sessionId": id, "timestamp": "2026-10-01T00:00:00Z"})
            .to_string()
    };
    let forked = Transcript::new("aaa", "/w/app")
        .raw(&json!({"type": "mode", "mode": "normal", "sessionId": "aaa"}).to_string())
        .raw(&queue("aaa"))
        .copy_of(&fork("aaa", &parent, "bbb", false, false))
        .wait(100)
        .always(&json!({"uuid": "own-1"}))
        .prompt("two");
    let home = in_any_order(&[("p/bbb.jsonl", parent.text()), ("p/aaa.jsonl", forked.text())]);
    assert_eq!(per_session(&home), json!([row("aaa", 1, 0), row("bbb", 1, 1)]));
}

#[test]
fn three_generations_count_every_record_once() {
    let first = Transcript::new("one", "/w/app").prompt("a").answer("1");
    let second = fork("two", &first, "one", true, false).prompt("b").answer("2");
    let third = fork("three", &second, "two", true, false).prompt("c").answer("3");
    let files = [("p/1.jsonl", first.text()), ("p/2.jsonl", second.text()), ("p/3.jsonl", third.text())];
    let home = in_any_order(&files);
    assert_eq!(per_session(&home), json!([row("one", 1, 1), row("three", 1, 1), row("two", 1, 1)]));
    let middle_first = in_any_order(&[files[1].clone(), files[0].clone(), files[2].clone()]);
    assert_eq!(per_session(&middle_first), per_session(&home));
}

/// Early versions: `--resume` copies the history under a new session, ids and times as they were.
#[test]
fn a_resume_under_a_new_session_id_counts_once_in_all() {
    let old = Transcript::new("old", "/w/app").prompt("one").answer("1");
    let new = fork("new", &old, "old", false, false).prompt("two").answer("2");
    let home = in_any_order(&[("p/old.jsonl", old.text()), ("p/new.jsonl", new.text())]);
    assert_eq!(counts(&home), [2, 2, 0]);
    assert_eq!(home.one("SELECT count(*) FROM usage"), 2);
}

#[test]
fn one_session_in_two_directories_is_one() {
    let begin = begun().prompt("one").answer("1").tool("Edit", &json!({"file_path": "/w/app/x"}), "ok", false);
    let whole = Transcript::new("s", "/w/app")
        .copy_of(&begin)
        .wait(60)
        .always(&json!({"uuid": "late", "version": "2.1.999", "gitBranch": "next"}));
    let home = in_any_order(&[("p/s.jsonl", begin.text()), ("q/s.jsonl", whole.prompt("two").text())]);
    assert_eq!(counts(&home), [2, 2, 1]);
    assert_eq!(home.one("SELECT edits FROM files"), 1);
    assert_eq!(
        home.sql("SELECT agent_version, git_branch FROM sessions"),
        json!([{"agent_version": "2.1.999", "git_branch": "next"}])
    );
}

#[test]
fn a_session_resumed_elsewhere_by_another_version_goes_on() {
    let home = imported(
        begun()
            .prompt("one")
            .always(&json!({"cwd": "/w/other", "version": "2.1.400", "gitBranch": "next"}))
            .wait(90_000)
            .prompt("two")
            .text(),
    );
    assert_eq!(
        home.sql("SELECT cwd, agent_version, git_branch, user_prompts FROM sessions"),
        json!([{"cwd": "/w/app", "agent_version": "2.1.400", "git_branch": "next", "user_prompts": 2}])
    );
}

#[test]
fn two_sessions_in_one_file_stay_two() {
    let second = Transcript::new("t", "/w/app").prompt("b").answer("2");
    let home = imported(begun().prompt("a").copy_of(&second).answer("1").text());
    assert_eq!(per_session(&home), json!([row("s", 1, 1), row("t", 1, 1)]));
}

#[test]
fn records_told_again_change_nothing_and_counts_only_grow() {
    let usage = |n: i64| json!({"input_tokens": 3, "output_tokens": n, "cache_read_input_tokens": 5});
    let piece = |t: Transcript, uuid: &str, text: &str, n: i64| {
        let message = json!({"id": "m1", "role": "assistant", "model": "claude-opus-5-5", "usage": usage(n),
            "content": [{"type": "text", "text": text}]});
        t.record("assistant", json!({"uuid": uuid, "requestId": "r1", "message": message}))
    };
    let t = piece(piece(begun().prompt("go"), "a1", "one", 1), "a2", "two", 40);
    let again = piece(Transcript::new("s", "/w/app").copy_of(&t), "a1", "one", 1);
    let home = in_any_order(&[("p/s.jsonl", t.text()), ("q/s.jsonl", again.text())]);
    assert_eq!(counts(&home), [1, 1, 0]);
    assert_eq!(column(&home, "SELECT output_tokens FROM usage"), [40]);
    assert_eq!(home.one("SELECT content FROM messages WHERE role = 'assistant'"), "one\n\ntwo");
}
