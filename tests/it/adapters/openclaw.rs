//! OpenClaw's runs: sessions in files, sessions in its database, and what its plugin told meanwhile.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Value, json};
use tma1::model::{Agent, CallStatus, Message, Role, ToolCall};

use super::{Told, beside_fixtures, files_under, hooks_come_out_as_pinned, name, outcome, runs};
use crate::support::Home;

/// As the client has them, as far as they are read.
const SCHEMA: &str = "
    CREATE TABLE schema_meta (app_version TEXT, updated_at INTEGER) STRICT;
    CREATE TABLE session_windows (session_id TEXT NOT NULL PRIMARY KEY, session_key TEXT NOT NULL, created_at INTEGER,
      updated_at INTEGER, display_name TEXT, parent_session_key TEXT, spawned_by TEXT) STRICT;
    CREATE TABLE session_nodes (session_key TEXT, current_session_id TEXT NOT NULL, entry_json TEXT NOT NULL,
      updated_at INTEGER NOT NULL, label TEXT, display_name TEXT, fork_source_session_id TEXT) STRICT;
    CREATE TABLE transcript_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, event_json TEXT, created_at INTEGER,
      event_zstd BLOB, PRIMARY KEY (session_id, seq)) STRICT;
    CREATE TABLE session_transcript_archives (session_id TEXT NOT NULL, session_key TEXT, archive_blob BLOB,
      created_at INTEGER) STRICT;";

/// A home whose OpenClaw has these rows in its database.
fn database(home: &Home, rows: &[Value]) -> PathBuf {
    let path = home.path().join(".openclaw/agents/main/agent/openclaw-agent.sqlite");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let db = Connection::open(&path).unwrap();
    db.execute_batch(SCHEMA).unwrap();
    for row in rows {
        let fields = row.as_object().unwrap().iter().filter(|(column, _)| *column != "table");
        let (columns, cells): (Vec<&str>, Vec<Cell>) =
            fields.map(|(column, value)| (column.as_str(), cell(column, value))).unzip();
        let marks = vec!["?"; cells.len()].join(", ");
        let table = row["table"].as_str().unwrap();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "));
        db.execute(&sql, params_from_iter(cells)).unwrap();
    }
    path
}

fn cell(column: &str, value: &Value) -> Cell {
    match value {
        Value::Number(number) => Cell::Integer(number.as_i64().unwrap()),
        Value::String(text) if column.ends_with("blob") => Cell::Blob(text.clone().into_bytes()),
        Value::String(text) => Cell::Text(text.clone()),
        json if column == "event_zstd" => Cell::Blob(stored(json.to_string().as_bytes())),
        json => Cell::Text(json.to_string()),
    }
}

/// A zstd frame whose one block is not compressed.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    frame.extend(length.to_le_bytes());
    frame.extend(&(1 | length << 3).to_le_bytes()[..3]);
    frame.extend(bytes);
    frame
}

fn rows_of(run: &Path) -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(run.join("agents/main/agent/rows.jsonl")).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn import(home: &Home, path: &Path) -> Value {
    home.json(&["import", "--agent", "openclaw", "--path", path.to_str().unwrap(), "--json"])
}

fn imported(run: &Path) -> Home {
    let home = Home::new();
    match rows_of(run) {
        Some(rows) => import(&home, &database(&home, &rows)),
        None => import(&home, &run.join("agents")),
    };
    home
}

#[test]
fn runs_come_out_as_pinned() {
    let runs = runs("openclaw", "agents");
    assert!(runs.len() >= 3, "fixtures are missing");
    for run in runs {
        beside_fixtures("openclaw").bind(|| insta::assert_json_snapshot!(name(&run), outcome(&imported(&run))));
    }
}

#[test]
fn hooks_come_out_as_they_are_pinned() {
    hooks_come_out_as_pinned(Agent::Openclaw, "openclaw", 4);
}

/// What the scripted model said it used, and what it asked for.
#[test]
fn tokens_and_tools_are_those_of_the_script() {
    for run in runs("openclaw", "agents") {
        let expected: Value = serde_json::from_slice(&std::fs::read(run.join("expected.json")).unwrap()).unwrap();
        let home = imported(&run);
        let tools = home.sql("SELECT tool, count(*) AS n FROM tool_calls GROUP BY tool");
        let tools = tools.as_array().unwrap().iter().map(|t| (t["tool"].as_str().unwrap().to_owned(), t["n"].clone()));
        assert_eq!(
            Value::from(tools.collect::<serde_json::Map<_, _>>()),
            expected["model_tool_calls"],
            "{}",
            run.display()
        );
        let got = home.sql(
            "SELECT count(*) AS model_answers, sum(input_tokens) AS uncached_input_tokens, sum(output_tokens) AS output_tokens, \
             sum(cache_read_tokens) AS cache_read_tokens, sum(cache_creation_tokens) AS cache_creation_tokens FROM usage",
        );
        for (name, value) in got[0].as_object().unwrap() {
            assert_eq!(*value, expected["totals"][name], "{name} of {}", run.display());
        }
    }
}

#[test]
fn hooks_and_records_of_a_run_tell_the_same() {
    for run in runs("openclaw", "agents") {
        let at = run.display();
        let hooks = Told::by_hooks(Agent::Openclaw, &run);
        let records = Told::by_transcripts(Agent::Openclaw, &run.join("agents"));
        assert_eq!(hooks.calls.keys().collect::<Vec<_>>(), records.calls.keys().collect::<Vec<_>>(), "{at}");
        for (id, told) in &hooks.calls {
            let record = &records.calls[id];
            let input = |c: &ToolCall| c.input.as_deref().map(|json| serde_json::from_str::<Value>(json).unwrap());
            let asked = |c: &ToolCall| (c.tool.clone(), c.kind, c.command.clone(), c.file_path.clone(), input(c));
            assert_eq!(asked(told), asked(record), "{id} of {at}");
            let ended = |c: &ToolCall| (c.status, c.exit_code, c.error.clone(), c.session.clone(), c.agent_id.clone());
            assert_eq!(ended(told), ended(record), "{id} of {at}");
            assert!(record.status.is_some(), "{id} of {at}");
        }
        let prompts = |told: &Told| -> Vec<String> {
            let said = told.messages.iter().filter(|m: &&Message| m.role == Role::User);
            said.map(|m| m.pieces[0].text.clone()).collect()
        };
        assert_eq!(prompts(&hooks).len(), 1, "{at}");
        assert_eq!(prompts(&records), prompts(&hooks), "{at}");
        assert_eq!(hooks.subagents, records.subagents, "{at}");
        for told in hooks.messages.iter().filter(|m| m.role == Role::Assistant) {
            let same =
                |m: &&Message| m.role == Role::Assistant && m.pieces.iter().any(|p| p.hash == told.pieces[0].hash);
            assert_eq!(records.messages.iter().filter(same).count(), 1, "{at}");
        }
    }
}

/// A call that was held back by somebody's hook, and an answer that was sent back once.
#[test]
fn a_blocked_call_is_denied_and_a_turn_is_held_once() {
    let run = crate::support::project_dir().join("adapters/openclaw/fixtures/2026.9.6/inject");
    let told = Told::by_hooks(Agent::Openclaw, &run);
    let calls: Vec<_> = told.calls.values().map(|call| (call.command.as_deref(), call.status)).collect();
    assert_eq!(calls, [(Some("echo DENIED-CMD"), Some(CallStatus::Denied))]);
    assert_eq!(told.messages.iter().filter(|m| m.role == Role::User).count(), 1);
}

/// Files of older versions stay where they are when their sessions are moved into the database, and come anew when
/// they are put away.
#[test]
fn a_history_that_was_moved_is_not_told_twice() {
    let run = runs("openclaw", "agents").remove(0);
    let file = files_under(&run.join("agents")).remove(0);
    let text = std::fs::read_to_string(&file).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let session = events[0]["id"].as_str().unwrap().to_owned();
    let home = Home::new();
    import(&home, &file);
    let told = |home: &Home| {
        let all = "SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM tool_calls) AS calls,
                   (SELECT count(*) FROM usage) AS requests, (SELECT count(*) FROM events) AS events";
        (
            home.sql(all),
            home.sql("SELECT * FROM sessions"),
            home.sql("SELECT path, reads, edits FROM files ORDER BY path"),
        )
    };
    let before = told(&home);
    let mut rows = vec![
        json!({"table": "session_windows", "session_id": session, "session_key": "agent:main:main", "created_at": 1, "updated_at": 2}),
    ];
    let stored = events.iter().zip(0..).map(|(event, seq)| {
        let column = if seq % 2 == 0 { "event_json" } else { "event_zstd" };
        json!({"table": "transcript_events", "session_id": session, "seq": seq, "created_at": 3, column: event})
    });
    rows.extend(stored);
    rows.push(json!({"table": "session_transcript_archives", "session_id": session, "session_key": "agent:main:main", "archive_blob": text}));
    let read = import(&home, &database(&home, &rows));
    assert_eq!(told(&home), before, "{read}");
    let archived = home.write(".openclaw/agents/main/sessions/x.jsonl.deleted.2026-11-20T10-00-00Z", &text);
    import(&home, &archived);
    assert_eq!(told(&home), before);
    let skipped = &home.json(&["status", "--json"])["skipped"];
    assert!(skipped.as_array().is_none_or(Vec::is_empty), "{skipped}");
}

/// Where OpenClaw keeps its state, under its names of today and before.
#[test]
fn its_history_is_found_where_it_is_kept() {
    let run = runs("openclaw", "agents").remove(0);
    let file = files_under(&run.join("agents")).remove(0);
    let text = std::fs::read(&file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let found: BTreeMap<&str, bool> = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"]
        .into_iter()
        .map(|dir| {
            let home = Home::new();
            home.write(&format!("{dir}/agents/main/sessions/{name}"), &text);
            home.write(&format!("{dir}/agents/main/agent/codex-home/sessions/{name}"), "7\n");
            home.write(&format!("{dir}/agents/main/sessions/x.trajectory.jsonl"), "7\n");
            let told = home.json(&["import", "--agent", "openclaw", "--json"]);
            (dir, home.one("SELECT count(*) FROM sessions") == 1 && !told.to_string().contains("codex-home"))
        })
        .collect();
    assert!(found.values().all(|found| *found), "{found:?}");
}
