//! Who is in whose way, and who is not.

use crate::answer::stage::{HOUR, MINUTE, NOW, Told, asker};
use crate::answer::{Asker, now};
use crate::model::{Agent, Role};

const A: &str = "/w/app/src/a.rs";
const B: &str = "/w/app/src/b.rs";

fn live(agent: Agent, id: &str) -> Told {
    Told::new(agent, id, "/w/app").says(Role::User, NOW - MINUTE, "do it")
}

/// What the session is told to share: file, with whom, and what that one did.
fn shared(asker: &Asker, id: &str) -> Vec<(String, String, &'static str)> {
    let session = asker.store.session(id).unwrap().unwrap();
    let shared = asker.overlap_of(&session).unwrap();
    shared.into_iter().map(|file| (file.file, file.session_id, file.did)).collect()
}

fn row(file: &str, with: &str, did: &'static str) -> (String, String, &'static str) {
    (file.to_owned(), with.to_owned(), did)
}

#[test]
fn an_edit_of_what_another_one_has_in_hand_is_told_to_both() {
    let asker = asker(vec![
        live(Agent::ClaudeCode, "one").reads(A, NOW - HOUR).edits(B, NOW - 3 * MINUTE),
        live(Agent::Codex, "two").edits(A, NOW - 2 * MINUTE).edits(B, NOW - MINUTE),
        live(Agent::Pi, "reader").reads(A, NOW - MINUTE),
    ]);
    assert_eq!(
        shared(&asker, "one"),
        [row("src/b.rs", "two", "edited"), row("src/a.rs", "two", "edited")],
        "the newest edit first; two readers are in nobody's way"
    );
    assert_eq!(
        shared(&asker, "two"),
        [row("src/b.rs", "one", "edited"), row("src/a.rs", "reader", "read"), row("src/a.rs", "one", "read")]
    );
    assert_eq!(shared(&asker, "reader"), [row("src/a.rs", "two", "edited")]);

    let all = now::now(&asker).unwrap().overlap;
    let files: Vec<_> = all.iter().map(|shared| (shared.file.as_str(), shared.sessions.len())).collect();
    assert_eq!(files, [("src/b.rs", 2), ("src/a.rs", 3)]);
    assert_eq!((all[1].sessions[0].session_id.as_str(), all[1].root.as_deref()), ("two", Some("/w/app")));
}

#[test]
fn nobody_is_in_the_way_of_itself_or_of_what_is_over() {
    let other = |told: fn(Told) -> Told| {
        let asker = asker(vec![live(Agent::ClaudeCode, "one").reads(A, NOW - HOUR), told(live(Agent::Codex, "two"))]);
        (shared(&asker, "one").len(), now::now(&asker).unwrap().overlap.len())
    };
    assert_eq!(other(|two| two.edits(A, NOW - MINUTE)), (1, 1));
    assert_eq!(other(|two| two.edits(A, NOW - MINUTE).ends()), (0, 0), "it has ended");
    assert_eq!(other(|two| two.edits(A, NOW - 20 * MINUTE)), (0, 0), "edited long ago");
    assert_eq!(other(|two| two.reads(A, NOW - MINUTE)), (0, 0), "nobody edits");
    assert_eq!(other(|two| two.edits("/w/app-topic/src/a.rs", NOW - MINUTE)), (0, 0), "another working tree");

    let forked = live(Agent::ClaudeCode, "two").forked_from("one").edits(A, NOW - MINUTE);
    let asker = asker(vec![live(Agent::ClaudeCode, "one").edits(A, NOW - 2 * MINUTE), forked]);
    assert_eq!((shared(&asker, "one").len(), now::now(&asker).unwrap().overlap.len()), (0, 0), "one conversation");
}

#[test]
fn another_window_of_the_same_agent_is_somebody_else() {
    let asker = asker(vec![
        live(Agent::ClaudeCode, "one").edits(A, NOW - 2 * MINUTE),
        live(Agent::ClaudeCode, "two").edits(A, NOW - MINUTE),
    ]);
    assert_eq!(shared(&asker, "one"), [row("src/a.rs", "two", "edited")]);
}

/// A file has one name, whatever way leads to it.
#[cfg(unix)]
#[test]
fn links_lead_to_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let real = dir.path().canonicalize().unwrap();
    std::fs::create_dir_all(real.join("app/src")).unwrap();
    std::fs::write(real.join("app/src/a.rs"), "").unwrap();
    std::os::unix::fs::symlink(real.join("app"), real.join("link")).unwrap();
    let session = |agent, id: &str, cwd: &str| {
        Told::new(agent, id, &real.join(cwd).display().to_string()).says(Role::User, NOW - MINUTE, "do it")
    };
    let path = |way: &str| real.join(way).join("src/a.rs").display().to_string();
    let asker = asker(vec![
        session(Agent::ClaudeCode, "one", "link").reads(&path("link"), NOW - HOUR),
        session(Agent::Codex, "two", "app").edits(&path("app"), NOW - MINUTE),
    ]);
    assert_eq!(shared(&asker, "one"), [row("src/a.rs", "two", "edited")]);
}
