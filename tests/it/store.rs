//! The store by itself: its views, its age limits, its schema, and SQL from outside.

use tma1::store::{Reader, StoreError, Writer};

use crate::support::{Home, Transcript};

/// The columns that users and scripts rely on, per view.
const VIEWS: &[(&str, &str)] = &[
    (
        "sessions",
        "session_id, agent, project_root, cwd, git_branch, model, title, started_ms, last_activity_ms, user_prompts, assistant_messages, tool_calls, tool_errors, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, reasoning_tokens, cost_usd, parent_session_id, compactions",
    ),
    ("messages", "session_id, agent, message_id, seq, ts_ms, role, content, model, agent_id"),
    (
        "tool_calls",
        "session_id, agent, tool_call_id, tool, kind, started_ms, ended_ms, duration_ms, status, file_path, command, error, agent_id",
    ),
    (
        "usage",
        "session_id, agent, request_id, ts_ms, model, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, reasoning_tokens, cost_usd, agent_id",
    ),
    ("events", "id, ts_ms, session_id, agent, source, event_type, tool, payload"),
    ("external_changes", "ts_ms, project_root, path, change, attribution, session_id, agent, reason"),
    (
        "deliveries",
        "id, session_id, kind, key, severity, channel, hook_event, related_files, tokens, delivered_ms, agent, project_root, state",
    ),
    (
        "builds",
        "status, tag, command, origin, started_ms, ended_ms, exit_code, duration_ms, last_error, diagnostics, tail",
    ),
    (
        "anomalies",
        "kind, severity, channel, evidence, suggestion, related_files, first_emitted_ms, delivered_ms, state, since_ms, resolved_ms",
    ),
    ("otel_logs", "ts_ms, service, name, session_id, attributes, resource"),
    ("otel_spans", "ts_ms, service, name, session_id, attributes, resource"),
    ("otel_metrics", "ts_ms, service, name, session_id, attributes, resource"),
];

fn one_session() -> Home {
    let home = Home::new();
    let text = Transcript::new("s", "/w/app")
        .prompt("find the needle")
        .bash("cargo test", "error: haystack", true)
        .answer("done")
        .text();
    home.write(".claude/projects/p/s.jsonl", text);
    home.ok(&["import"]);
    home
}

#[test]
fn every_view_has_the_promised_columns() {
    let home = one_session();
    for (view, columns) in VIEWS {
        home.sql(&format!("SELECT {columns} FROM {view}"));
    }
}

#[test]
fn sql_only_reads_one_statement_and_says_where_the_mistake_is() {
    let home = one_session();
    for (sql, words) in [
        ("DELETE FROM session", "only statements that read"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("  ", "no statement"),
        ("SELECT session_id\nFROM sesions", "sesions"),
        ("SELECT 1\n  WHERE oops", "line 2, column 9"),
        ("ATTACH 'x.db' AS x", "only statements that read"),
        ("PRAGMA journal_mode = DELETE", "only statements that read"),
    ] {
        let ran = home.run(&["sql", sql]);
        assert_eq!(ran.code, 2, "{sql}: {}", ran.stdout);
        assert!(ran.stderr.contains(words), "{sql}: {}", ran.stderr);
    }
    assert_eq!(home.one("SELECT count(*) FROM sessions"), 1);
}

#[test]
fn old_rows_go_only_where_that_was_asked_for() {
    let home = one_session();
    let counts = |home: &Home| {
        home.sql("SELECT (SELECT count(*) FROM sessions) AS s, (SELECT count(*) FROM messages) AS m, (SELECT count(*) FROM usage) AS u")
    };
    let before = counts(&home);
    let far = i64::MAX;
    let mut writer = Writer::open(&home.data()).unwrap();
    writer.sweep(far, None).unwrap();
    assert_eq!(counts(&home), before, "history is kept for good by default");
    assert_eq!(writer.sweep(far, Some(far)).unwrap().sessions, 1);
    writer.settle().unwrap();
    drop(writer);
    for entry in std::fs::read_dir(home.data()).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"needle"), "{} still holds it", entry.path().display());
    }
    assert_eq!(counts(&home).to_string(), r#"[{"m":0,"s":0,"u":0}]"#);
    assert_eq!(
        home.json(&["search", "needle", "--json"])["hits"].as_array().map_or(0, Vec::len),
        0,
        "the index forgets too"
    );
    home.ok(&["import"]);
    assert_eq!(home.one("SELECT count(*) FROM sessions"), 0, "what was let go does not come back");
}

#[test]
fn a_store_of_another_schema_is_refused_with_words() {
    let home = one_session();
    let db = home.data().join("tma1.db");
    let set = |version: u32| {
        // The version lies at byte 60 of the header; the log must be folded in before it is changed.
        let mut bytes = std::fs::read(&db).unwrap();
        bytes[60..64].copy_from_slice(&version.to_be_bytes());
        for rest in ["tma1.db-wal", "tma1.db-shm"] {
            let _ = std::fs::remove_file(home.data().join(rest));
        }
        std::fs::write(&db, bytes).unwrap();
    };
    set(999);
    assert!(matches!(Reader::open(&home.data()), Err(StoreError::Newer { found: 999, .. })));
    let ran = home.run(&["import"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("newer tma1"), "{}", ran.stderr);
    set(0);
    assert!(matches!(Reader::open(&home.data()), Err(StoreError::Missing(_))));
}

#[test]
fn before_the_first_import_everything_says_so() {
    let home = Home::new();
    let ran = home.run(&["sql", "SELECT 1"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("no store") && ran.stderr.contains("tma1 import"), "{}", ran.stderr);
}
