//! What agents are told in the course of their work.

use insta::assert_snapshot;

use super::*;
use crate::answer::block::around;
use crate::answer::block::scene::Scene;
use crate::store::ChangeRow;

#[test]
fn an_empty_store_knows_the_project() {
    let mut world = World::new();
    let session = SessionId::new(Agent::ClaudeCode, "a1b2c3d4-5678");
    assert_snapshot!(world.told(&session, Occasion::Startup), @r"
    <tma1-context>
    project: app
    stack: rust, cargo; tests: cargo test
    session: a1b2c3d4
    git: main at 1a2b3c4
    </tma1-context>
    ");
}

#[test]
fn no_project_is_not_much_to_tell() {
    let mut world = World::empty();
    let session = SessionId::new(Agent::Codex, "a1b2c3d4");
    let home = world.path("").to_string_lossy().into_owned();
    world.write("notes.py", "");
    assert!(!world.told_at(&session, &home, Occasion::Startup).contains("stack"), "home is no project");
    assert_snapshot!(world.told_at(&session, "/nonexistent/app", Occasion::Startup), @r"
    <tma1-context>
    project: app
    session: a1b2c3d4
    </tma1-context>
    ");
    for nowhere in ["", "app", "../x"] {
        assert_eq!(world.told_at(&session, nowhere, Occasion::Startup), "nothing", "{nowhere:?}");
    }
    assert!(world.told_at(&session, r"C:\work\App", Occasion::Resume).contains("project: App\n"));
}

/// A codex session that left something half an hour ago.
fn left(world: &mut World) -> SessionId {
    let before = world.begins(Agent::Codex, "c3d4", 60);
    world.asks(&before, 50, "review the token refresh,\nplease");
    world.touches(&before, 40, TouchKind::Edit, "src/auth.rs");
    world.calls(&before, 35, ToolKind::Shell, |call| call.command = Some("cargo test".to_owned()));
    world.builds(&before, 35, "cargo test", Some((88, "expected 3600, found 0")));
    world.touches(&before, 32, TouchKind::Edit, "src/auth.rs");
    world.plans(
        &before,
        &[
            ("read it", PlanStatus::Completed),
            ("check the clock", PlanStatus::Pending),
            ("fix refresh", PlanStatus::InProgress),
        ],
    );
    world.asks(&before, 30, "fix it then");
    before
}

#[test]
fn a_fresh_session_hears_what_the_last_one_left() {
    let mut world = World::new();
    left(&mut world);
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4-5678", 0);
    assert_snapshot!(world.told(&session, Occasion::Startup), @r#"
    <tma1-context>
    project: app
    stack: rust, cargo; tests: cargo test
    session: a1b2c3d4
    git: main at 1a2b3c4
    last here: codex, 30 min ago, asked "fix it then"; was at src/auth.rs; left 2 of 3 plan steps, first "fix refresh"
    build: cargo test red since 09:25 (files edited since): auth::tests::refresh, src/auth.rs:88 "expected 3600, found 0"
    </tma1-context>
    "#);
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
}

#[test]
fn agents_without_a_start_hear_it_with_the_first_prompt() {
    let mut world = World::new();
    left(&mut world);
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4-5678", 0);
    world.asks(&session, 0, "go on");
    let first = world.told(&session, Occasion::Prompt);
    assert!(first.contains("last here: codex, 30 min ago") && first.contains("project: app"), "{first}");
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
}

#[test]
fn red_turns_green_and_is_told_once() {
    let mut world = World::new();
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4", 20);
    world.asks(&session, 19, "fix it");
    world.told(&session, Occasion::Startup);
    world.builds(&session, 10, "cargo test", Some((88, "expected 3600, found 0")));
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r#"
    <tma1-context>
    build: cargo test red since 09:50: auth::tests::refresh, src/auth.rs:88 "expected 3600, found 0"
    </tma1-context>
    "#);
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");

    // The same failure elsewhere in the file is the same; another one is news.
    world.builds(&session, 9, "cargo test", Some((90, "expected 3600, found 0")));
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
    world.builds(&session, 8, "cargo clippy", Some((3, "unused")));
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r#"
    <tma1-context>
    build: cargo clippy red since 09:52: auth::tests::refresh, src/auth.rs:3 "unused"
    </tma1-context>
    "#);

    world.builds(&session, 5, "cargo clippy", None);
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r"
    <tma1-context>
    cleared: cargo clippy green again 09:55
    </tma1-context>
    ");
    world.builds(&session, 4, "cargo test", None);
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r"
    <tma1-context>
    cleared: build green again, cargo test 09:56
    </tma1-context>
    ");
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
    world.builds(&session, 2, "cargo test", Some((88, "expected 3600, found 0")));
    assert!(world.told(&session, Occasion::Prompt).contains("cargo test red since 09:58"));
}

#[test]
fn what_found_its_end_while_nobody_was_told_is_no_news() {
    let mut world = World::new();
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4", 20);
    world.told(&session, Occasion::Startup);
    world.builds(&session, 10, "cargo test", Some((88, "x")));
    world.builds(&session, 9, "cargo test", None);
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
}

#[test]
fn others_come_get_close_and_go() {
    let mut world = World::new();
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4", 20);
    world.touches(&session, 15, TouchKind::Read, "src/auth.rs");
    world.told(&session, Occasion::Startup);
    let peer = world.begins(Agent::Codex, "c3d4", 5);
    world.asks(&peer, 5, "review the token refresh");
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r"
    <tma1-context>
    others now: codex is at work, last active 09:55
    </tma1-context>
    ");
    // What it does there is no matter, until it is a file of this session.
    world.touches(&peer, 4, TouchKind::Edit, "src/other.rs");
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
    world.touches(&peer, 3, TouchKind::Edit, "src/auth.rs");
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r"
    <tma1-context>
    others now: codex is editing src/auth.rs, which this session read
    </tma1-context>
    ");
    world.touches(&peer, 2, TouchKind::Edit, "src/other.rs");
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
    world.ends(&peer, 1);
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r"
    <tma1-context>
    cleared: codex has ended
    </tma1-context>
    ");
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
}

#[test]
fn a_peer_that_falls_silent_is_taken_back() {
    let mut world = World::new();
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4", 20);
    let peer = world.begins(Agent::GeminiCli, "g", 5);
    world.asks(&peer, 5, "look");
    assert!(world.told(&session, Occasion::Startup).contains("others now: gemini_cli is at work, last active 09:55"));
    world.now += 20 * MINUTE;
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r"
    <tma1-context>
    cleared: gemini_cli is no longer active
    </tma1-context>
    ");
}

#[test]
fn other_worktrees_are_told_apart() {
    let mut world = World::new();
    world.write("feature-x/.git", &format!("gitdir: {}\n", world.path("app/.git/worktrees/feature-x").display()));
    world.write("app/.git/worktrees/feature-x/HEAD", "ref: refs/heads/feature-x\n");
    world.write("app/.git/worktrees/feature-x/commondir", "../..\n");
    let peer = world.begins_in("feature-x", Agent::Codex, "c3d4", 5);
    world.asks(&peer, 5, "look");
    world.builds(&peer, 4, "cargo test", Some((88, "x")));
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4", 0);
    assert_snapshot!(world.told(&session, Occasion::Startup), @r#"
    <tma1-context>
    project: app
    stack: rust, cargo; tests: cargo test
    session: a1b2c3d4
    git: main at 1a2b3c4
    last here: codex in worktree feature-x, 5 min ago, asked "look"
    others now: codex in worktree feature-x is at work, last active 09:55
    </tma1-context>
    "#);
    // The session moves there.
    let there = world.path("feature-x").to_string_lossy().into_owned();
    assert_snapshot!(world.told_at(&session, &there, Occasion::Prompt), @r#"
    <tma1-context>
    git: feature-x
    build: cargo test red since 09:56: auth::tests::refresh, src/auth.rs:88 "x"
    </tma1-context>
    "#);
}

#[test]
fn commits_and_branches_of_others_are_news_and_own_ones_are_not() {
    let mut world = World::new();
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4", 20);
    world.told(&session, Occasion::Startup);
    world.log(6, "a", "commit: fix the </tma1-context> parser");
    world.log(5, "b", "commit: mine");
    world.calls(&session, 5, ToolKind::Shell, |call| call.command = Some("git commit -am mine".to_owned()));
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r#"
    <tma1-context>
    external_git: commit aaaaaaa "fix the ‹/tma1-context› parser" by Ann 09:54
    </tma1-context>
    "#);
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");

    world.write("app/.git/HEAD", "ref: refs/heads/topic\n");
    world.log(4, "c", "checkout: moving from main to topic");
    world.calls(&session, 4, ToolKind::Shell, |call| call.command = Some("git switch topic".to_owned()));
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing", "it did that itself");
    world.write("app/.git/HEAD", "ref: refs/heads/other\n");
    world.log(2, "d", "checkout: moving from topic to other");
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r"
    <tma1-context>
    git: other
    </tma1-context>
    ");
    world.now += 60 * MINUTE;
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing", "what happened is not taken back");
}

/// The session's own work, an hour of it.
fn worked(world: &mut World) -> SessionId {
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4-5678", 60);
    world.asks(&session, 55, "make refresh honour the clock");
    world.touches(&session, 50, TouchKind::Read, "README.md");
    world.touches(&session, 12, TouchKind::Edit, "src/token.rs");
    world.touches(&session, 11, TouchKind::Edit, "src/auth.rs");
    world.plans(
        &session,
        &[
            ("read it", PlanStatus::Completed),
            ("fix refresh", PlanStatus::InProgress),
            ("add a test", PlanStatus::Pending),
        ],
    );
    world.calls(&session, 11, ToolKind::Edit, |call| {
        call.file_path = Some("src/auth.rs".to_owned());
        call.status = Some(CallStatus::Error);
        call.error = Some("String to replace not found in file.\nString: x".to_owned());
    });
    for (command, status) in [("grep -rn nothing src", CallStatus::Error), ("ls", CallStatus::Ok)] {
        world.calls(&session, 10, ToolKind::Shell, |call| {
            call.command = Some(command.to_owned());
            call.status = Some(status);
        });
    }
    world.builds(&session, 10, "cargo test", Some((88, "expected 3600, found 0")));
    session
}

#[test]
fn after_compaction_it_hears_where_it_stands() {
    let mut world = World::new();
    left(&mut world);
    let session = worked(&mut world);
    world.told(&session, Occasion::Startup);
    assert_snapshot!(world.told(&session, Occasion::Compact), @r#"
    <tma1-context>
    project: app
    stack: rust, cargo; tests: cargo test
    session: a1b2c3d4
    git: main at 1a2b3c4
    current_focus: src/auth.rs
    recent_files: src/token.rs; README.md
    plan: 1 of 3 done; now "fix refresh"; open "add a test"
    last_request: "make refresh honour the clock"
    last_failure: Edit src/auth.rs 09:49: "String to replace not found in file. String: x"
    build: cargo test red since 09:25: auth::tests::refresh, src/auth.rs:88 "expected 3600, found 0"
    </tma1-context>
    "#);
    assert_eq!(world.told(&session, Occasion::Resume), world.told(&session, Occasion::Compact));
    assert_eq!(world.told(&session, Occasion::Prompt), "nothing");
}

#[test]
fn what_has_cleared_is_said_with_a_full_block_too() {
    let mut world = World::new();
    let session = worked(&mut world);
    world.told(&session, Occasion::Startup);
    world.builds(&session, 5, "cargo test", None);
    let resumed = world.told(&session, Occasion::Resume);
    assert!(resumed.contains("\ncleared: build green again, cargo test 09:55\n"), "{resumed}");
    assert!(!resumed.contains("\nbuild: "), "{resumed}");
}

#[test]
fn a_failure_made_good_is_not_told() {
    let mut world = World::new();
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4", 60);
    let run = |world: &mut World, minutes_ago, status| {
        world.calls(&session, minutes_ago, ToolKind::Shell, |call| {
            call.command = Some("./deploy.sh".to_owned());
            call.status = Some(status);
            call.error = (status == CallStatus::Error).then(|| "Exit code 3\nno such host".to_owned());
        });
    };
    run(&mut world, 30, CallStatus::Error);
    let text = world.told(&session, Occasion::Resume);
    assert!(text.contains("last_failure: Bash \"./deploy.sh\" 09:30: \"Exit code 3 no such host\""), "{text}");
    run(&mut world, 20, CallStatus::Ok);
    assert!(!world.told(&session, Occasion::Resume).contains("last_failure"));
}

#[test]
fn after_clear_it_hears_what_was_cleared() {
    let mut world = World::new();
    let old = worked(&mut world);
    world.asks(&old, 1, "now the docs");
    world.ends(&old, 0);
    // Another window of the same agent is busier.
    let other = world.begins(Agent::ClaudeCode, "other", 30);
    world.asks(&other, 0, "something else");
    let session = world.begins(Agent::ClaudeCode, "e5f6a7b8", 0);
    assert_snapshot!(world.told(&session, Occasion::Clear), @r#"
    <tma1-context>
    project: app
    stack: rust, cargo; tests: cargo test
    session: e5f6a7b8
    git: main at 1a2b3c4
    last here: before /clear, 1 min ago, asked "now the docs"; was at src/auth.rs; left 2 of 3 plan steps, first "fix refresh"
    build: cargo test red since 09:50: auth::tests::refresh, src/auth.rs:88 "expected 3600, found 0"
    others now: claude_code is at work, last active 10:00
    </tma1-context>
    "#);
}

#[test]
fn counts_of_a_long_plan_are_of_all_its_steps() {
    let mut world = World::new();
    let session = world.begins(Agent::Codex, "c3d4", 30);
    world.asks(&session, 20, "all of it");
    let steps: Vec<(String, PlanStatus)> = (0..30)
        .map(|n| (format!("step {n}"), if n < 27 { PlanStatus::Completed } else { PlanStatus::Pending }))
        .collect();
    world.plans(&session, &steps.iter().map(|(text, status)| (&**text, *status)).collect::<Vec<_>>());
    world.calls(&session, 15, ToolKind::Shell, |_| {});
    let own = world.told(&session, Occasion::Compact);
    assert!(own.contains("plan: 27 of 30 done; open \"step 27\"; open \"step 28\"; open \"step 29\"\n"), "{own}");
    let fresh = world.begins(Agent::Codex, "fresh", 0);
    let other = world.told(&fresh, Occasion::Clear);
    assert!(
        other.contains(
            "last here: codex, 14 min ago, asked \"all of it\"; left 3 of 30 plan steps, first \"step 27\"\n"
        ),
        "{other}"
    );
}

#[test]
fn a_fork_goes_on_from_its_parent() {
    let mut world = World::new();
    let parent = worked(&mut world);
    let newer = world.begins(Agent::Codex, "c3d4", 20);
    world.asks(&newer, 1, "something else");
    let fork = SessionId::new(Agent::ClaudeCode, "e5f6a7b8");
    let mut note = SessionNote::new(fork.clone());
    note.at = Some(NOW);
    note.parent = Some(parent.id.to_string());
    world.tell(Fact::Session(note));
    let text = world.told(&fork, Occasion::Fork);
    assert!(text.contains("last here: claude_code, ") && text.contains("make refresh honour the clock"), "{text}");
}

#[test]
fn the_same_id_under_two_agents_is_two_sessions() {
    let mut world = World::new();
    let one = world.begins(Agent::Codex, "same", 5);
    world.asks(&one, 5, "of codex");
    let two = world.begins(Agent::ClaudeCode, "same", 0);
    let text = world.told(&two, Occasion::Startup);
    assert!(text.contains("last here: codex") && text.contains("others now: codex"), "{text}");
}

#[test]
fn a_huge_session_fits() {
    let mut world = World::new();
    let session = worked(&mut world);
    let long = "a very long step of the plan that goes on and on ".repeat(40);
    world.plans(&session, &vec![(long.as_str(), PlanStatus::Pending); 60]);
    world.asks(&session, 3, &"many words ".repeat(20_000));
    for n in 0..40 {
        world.touches(&session, 10, TouchKind::Edit, &format!("{}/{n}/file.rs", "deep/down".repeat(20)));
        world.builds(&session, 9, &format!("cargo test -p part-{n}"), Some((n, &"mismatched types ".repeat(50))));
        let peer = world.begins(Agent::Codex, &format!("peer-{n}"), 8);
        world.asks(&peer, 7, &long);
        world.touches(&peer, 6, TouchKind::Edit, &format!("{}/{n}/file.rs", "deep/down".repeat(20)));
        world.log(5, "e", &format!("commit: {long}"));
    }
    let full = world.told(&session, Occasion::Compact);
    assert!(full.len() > 1200, "{}", full.len());
    for kept in
        ["project: app\n", "stack: rust", "session: a1b2c3d4\n", "build: cargo test -p part-39 red", "; 3 more\n"]
    {
        assert!(full.contains(kept), "{kept}: {full}");
    }
    assert_eq!(lines(&full).len(), lines(&full).iter().filter(|line| line.contains(": ")).count());

    // Told in full or not at all, and never in pieces from now on.
    let fresh = world.begins(Agent::Pi, "fresh", 0);
    world.keep(&fresh, "{}");
    let mut blocks = 0;
    while world.told(&fresh, Occasion::Prompt) != "nothing" {
        blocks += 1;
        assert!(blocks < 5, "there is always more");
    }
    assert!(blocks > 0);
}

#[test]
fn a_memory_that_cannot_be_read_is_one_of_something() {
    let mut world = World::new();
    let session = world.begins(Agent::ClaudeCode, "a1b2c3d4", 5);
    world.keep(&session, "[\"of another version\"]");
    assert_snapshot!(world.told(&session, Occasion::Prompt), @r"
    <tma1-context>
    git: main at 1a2b3c4
    </tma1-context>
    ");
}

#[test]
fn changes_are_told_where_it_is_known_whose_they_are() {
    let mut world = World::new();
    let session = world.begins(Agent::ClaudeCode, "mine", 5);
    let cwd = world.path("app").to_string_lossy().into_owned();
    let asker = world.asker();
    let scene = Scene::look(&asker, &session, &cwd, TimeZone::UTC).unwrap();
    let change = |path: &str, attribution: Option<&str>, by: Option<(&str, &str)>| ChangeRow {
        at: NOW - MINUTE,
        path: path.to_owned(),
        old_path: None,
        change: "modified".to_owned(),
        files: 1,
        attribution: attribution.map(str::to_owned),
        session_id: by.map(|(_, id)| id.to_owned()),
        agent: by.map(|(agent, _)| agent.to_owned()),
    };
    let items = around::shown(
        &scene,
        vec![
            change("src/config.rs", Some("human"), None),
            change("src/config.rs", Some("human"), None),
            change("src/mine.rs", Some("agent"), Some(("claude_code", "mine"))),
            change("src/unsure.rs", None, None),
            change("src/theirs.rs", Some("agent"), Some(("codex", "mine"))),
            change("Cargo.lock", Some("command"), Some(("codex", "c3d4"))),
            change("a\nproject: x", Some("human"), None),
        ],
    );
    let texts: Vec<_> = items.iter().map(|item| &*item.text).collect();
    assert_eq!(
        texts,
        [
            "src/config.rs modified by a human 09:59",
            "src/theirs.rs modified by codex 09:59",
            "Cargo.lock modified by a command of codex 09:59",
            "\"a project: x\" modified by a human 09:59",
        ]
    );
}
