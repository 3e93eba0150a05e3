//! Runs under `adapters/opencode/fixtures/`, as the database that they were taken from.

use std::path::Path;

use rusqlite::types::Value as Sql;
use serde_json::{Map, Value, json};
use tma1::model::{Agent, Fact, Role};

use crate::adapters::{beside_fixtures, heard, hooks_come_out_as_pinned, name, outcome, runs};
use crate::support::Home;

/// The database of a run, in a data directory of its own.
fn database(run: &Path, dir: &Path) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(dir.join("opencode.db")).unwrap();
    for line in std::fs::read_to_string(run.join("rows.jsonl")).unwrap().lines() {
        let mut row: Map<String, Value> = serde_json::from_str(line).unwrap();
        let table = row.remove("table").unwrap();
        let table = table.as_str().unwrap();
        let columns: Vec<&str> = row.keys().map(String::as_str).collect();
        let list = columns.join(", ");
        // Its own keys: rows are found again by them.
        let declared = list.replacen("id", "id TEXT PRIMARY KEY", 1);
        db.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {table} ({declared})")).unwrap();
        let values = row.values().map(|value| match value {
            Value::Null => Sql::Null,
            Value::String(text) => Sql::Text(text.clone()),
            Value::Number(number) => Sql::Integer(number.as_i64().unwrap()),
            other => Sql::Text(other.to_string()),
        });
        let marks = vec!["?"; columns.len()].join(", ");
        db.execute(&format!("INSERT INTO {table} ({list}) VALUES ({marks})"), rusqlite::params_from_iter(values))
            .unwrap();
    }
    db
}

fn imported(run: &Path) -> (Home, tempfile::TempDir, rusqlite::Connection) {
    let (home, dir) = (Home::new(), tempfile::tempdir().unwrap());
    let db = database(run, dir.path());
    home.import(dir.path());
    (home, dir, db)
}

#[test]
fn opencode_runs_come_out_as_pinned() {
    let runs = runs("opencode", "rows.jsonl");
    assert!(runs.len() >= 5, "fixtures are missing");
    for run in runs {
        let (home, _dir, _db) = imported(&run);
        beside_fixtures("opencode").bind(|| insta::assert_json_snapshot!(name(&run), outcome(&home)));
    }
}

#[test]
fn opencode_hooks_come_out_as_pinned() {
    hooks_come_out_as_pinned(Agent::Opencode, "opencode", 2);
}

/// What the scripted model said it used, and which tools it called.
#[test]
fn opencode_tokens_and_tools_are_those_of_the_script() {
    let runs = runs("opencode", "expected.json");
    assert!(runs.len() >= 3, "fixtures are missing");
    for run in runs {
        let expected: Value = serde_json::from_slice(&std::fs::read(run.join("expected.json")).unwrap()).unwrap();
        let (home, _dir, _db) = imported(&run);
        let tools = home.sql("SELECT tool, count(*) AS n FROM tool_calls GROUP BY tool");
        let tools = tools.as_array().unwrap().iter().map(|t| (t["tool"].as_str().unwrap().to_owned(), t["n"].clone()));
        assert_eq!(Value::from(tools.collect::<Map<_, _>>()), expected["model_tool_calls"], "{}", run.display());
        let got = home.sql(
            "SELECT count(*) AS model_answers, sum(input_tokens) AS uncached_input_tokens, sum(output_tokens) AS output_tokens, \
             sum(cache_read_tokens) AS cache_read_tokens, sum(cache_creation_tokens) AS cache_creation_tokens FROM usage",
        );
        for (name, value) in got[0].as_object().unwrap() {
            assert_eq!(*value, expected["totals"][name], "{name} of {}", run.display());
        }
    }
}

/// What the plugin told while a run lasted is what its database says afterwards.
#[test]
fn opencode_hooks_and_rows_of_a_run_tell_the_same() {
    for run in runs("opencode", "hooks.jsonl") {
        let (home, _dir, _db) = imported(&run);
        let one = |sql: String| home.sql(&sql)[0].clone();
        let (mut ended, mut prompts) = (0, 0);
        for heard in heard(Agent::Opencode, &run) {
            for fact in &heard.parsed.facts {
                match fact {
                    Fact::ToolCall(call) => {
                        let row = one(format!("SELECT * FROM tool_calls WHERE tool_call_id = '{}'", call.call_id));
                        let told = json!([
                            call.session.id.as_ref(),
                            call.agent_id,
                            call.kind.unwrap().name(),
                            call.command,
                            call.file_path
                        ]);
                        let kept =
                            json!([row["session_id"], row["agent_id"], row["kind"], row["command"], row["file_path"]]);
                        assert_eq!(told, kept, "{} of {}", call.call_id, run.display());
                        if let Some(status) = call.status {
                            ended += 1;
                            assert_eq!(
                                (status.name(), json!(call.exit_code)),
                                (row["status"].as_str().unwrap(), row["exit_code"].clone())
                            );
                        }
                    }
                    Fact::Message(message) if message.role == Role::User => {
                        prompts += 1;
                        let sql = format!(
                            "SELECT content, agent_id FROM messages WHERE role = 'user' AND message_id = '{}'",
                            message.message_id
                        );
                        let row = one(sql);
                        assert_eq!(row, json!({"content": message.pieces[0].text, "agent_id": message.agent_id}));
                    }
                    _ => {}
                }
            }
        }
        let calls = home.sql("SELECT count(*) AS n FROM tool_calls")[0]["n"].clone();
        assert_eq!((json!(ended), prompts > 0), (calls, true), "{}", run.display());
    }
}

/// A part is rewritten in its place while its call runs; read again, only that is new.
#[test]
fn a_call_that_ends_later_is_read_again() {
    let run = runs("opencode", "rows.jsonl").into_iter().find(|run| name(run) == "1.18.33__multi").unwrap();
    let (home, dir, db) = imported(&run);
    let count = || home.sql("SELECT count(*) AS n FROM tool_calls WHERE status = 'ok'")[0]["n"].as_i64().unwrap();
    let before = (count(), outcome(&home));
    db.execute_batch(
        "UPDATE part SET data = json_set(data, '$.state', json('{\"status\":\"running\",\"input\":{}}')), time_updated = 1800000000000
         WHERE json_extract(data, '$.tool') = 'write'",
    )
    .unwrap();
    home.import(dir.path());
    assert_eq!((count(), outcome(&home)), before, "what was known stays");
    db.execute_batch(
        "INSERT INTO part (id, message_id, session_id, time_created, time_updated, data) SELECT 'prt_9', message_id, session_id, time_created, 1800000000001,
           json_set(data, '$.callID', 'call_that_runs_now', '$.state', json('{\"status\":\"running\",\"input\":{}}'))
         FROM part WHERE json_extract(data, '$.tool') = 'write'",
    )
    .unwrap();
    home.import(dir.path());
    assert_eq!(count(), before.0);
    db.execute_batch(
        "UPDATE part SET data = json_set(data, '$.state', json('{\"status\":\"completed\",\"input\":{}}')), time_updated = 1800000000002
         WHERE id = 'prt_9'",
    )
    .unwrap();
    home.import(dir.path());
    assert_eq!(count(), before.0 + 1);
}
