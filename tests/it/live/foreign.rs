//! A store of another program's, followed while that program has it open, locks it, changes it and takes it away.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Home, eventually};

struct Store {
    path: PathBuf,
    db: Connection,
    prompts: usize,
}

impl Store {
    fn new(home: &Home, journal: &str) -> Self {
        let path = home.write(".local/share/opencode/opencode.db", "");
        let db = Connection::open(&path).unwrap();
        // Whoever is kept waiting by us fails.
        db.busy_timeout(std::time::Duration::ZERO).unwrap();
        db.execute_batch(&format!(
            "PRAGMA journal_mode = {journal};
             CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, title TEXT, version TEXT,
               time_created INTEGER, time_updated INTEGER);
             CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
             CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER,
               time_updated INTEGER, data TEXT);
             INSERT INTO session VALUES ('ses_1', NULL, '/w/app', 'A title', '1.18.33', 1795168800000, 1795168800000)"
        ))
        .unwrap();
        Self { path, db, prompts: 0 }
    }

    fn prompt(&mut self) {
        self.prompts += 1;
        let (n, at) = (self.prompts, 1_795_168_800_000 + 1000 * i64::try_from(self.prompts).unwrap());
        self.db
            .execute_batch(&format!(
                "INSERT INTO message VALUES ('msg_{n:03}', 'ses_1', {at}, {at}, '{{\"role\":\"user\",\"time\":{{\"created\":{at}}}}}');
                 INSERT INTO part VALUES ('prt_{n:03}', 'msg_{n:03}', 'ses_1', {at}, {at}, '{{\"type\":\"text\",\"text\":\"prompt {n}\"}}')"
            ))
            .unwrap();
    }
}

fn await_prompts(home: &Home, count: usize) {
    eventually("so many prompts", || {
        let told =
            home.run(&["sql", "SELECT user_prompts AS n FROM sessions WHERE agent = 'opencode'", "--format", "json"]);
        let rows: Value = serde_json::from_str(&told.stdout).unwrap_or_default();
        (rows[0]["n"] == count).then_some(())
    });
}

/// What `tma1 status` says cannot be read; empty: nothing.
fn await_trouble(home: &Home, words: &str) {
    eventually(words, || {
        let status = home.json(&["status", "--json"]);
        let trouble = status["unreadable"].as_array().cloned().unwrap_or_default();
        let said = trouble.iter().any(|one| !words.is_empty() && one.to_string().contains(words));
        (said || (words.is_empty() && trouble.is_empty())).then_some(())
    });
}

#[test]
fn rows_are_followed_as_they_are_written() {
    for journal in ["wal", "delete"] {
        let home = Home::new();
        let sidecar = home.serve();
        let mut store = Store::new(&home, journal);
        for count in 1..=3 {
            store.prompt();
            await_prompts(&home, count);
        }
        await_trouble(&home, "");
        let beside = fs::read_dir(store.path.parent().unwrap()).unwrap().count();
        assert_eq!(beside, if journal == "wal" { 3 } else { 1 }, "{journal}: nothing of ours lies there");
        sidecar.stop();
    }
}

#[test]
fn a_store_in_the_middle_of_a_change_is_read_afterwards() {
    let home = Home::new();
    let mut store = Store::new(&home, "delete");
    store.prompt();
    store.db.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.prompt();
    let sidecar = home.serve();
    await_trouble(&home, "in use");
    store.db.execute_batch("COMMIT").unwrap();
    await_prompts(&home, 2);
    await_trouble(&home, "");
    sidecar.stop();
}

#[test]
fn one_of_an_unknown_version_a_broken_one_and_none_are_said_and_over() {
    let home = Home::new();
    let sidecar = home.serve();
    let mut store = Store::new(&home, "wal");
    store.prompt();
    await_prompts(&home, 1);
    store.db.execute_batch("ALTER TABLE session RENAME TO session_of_tomorrow").unwrap();
    await_trouble(&home, "unknown version");
    store.db.execute_batch("ALTER TABLE session_of_tomorrow RENAME TO session").unwrap();
    store.prompt();
    await_prompts(&home, 2);
    await_trouble(&home, "");

    let Store { path, db, .. } = store;
    db.close().unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    await_trouble(&home, "could not be read");
    fs::write(&path, &whole).unwrap();
    await_trouble(&home, "");
    await_prompts(&home, 2);

    fs::write(&path, "no database at all, and longer than a page of one would have to be").unwrap();
    await_trouble(&home, "could not be read");
    fs::remove_file(&path).unwrap();
    // It has gone, with what it was about; what was read of it stays.
    await_prompts(&home, 2);
    sidecar.stop();
    home.ok(&["import"]);
    await_trouble(&home, "");
    assert_eq!(home.one("SELECT user_prompts FROM sessions WHERE agent = 'opencode'"), 2);
}
