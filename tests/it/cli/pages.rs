//! What each command prints, pinned.

use super::{SESSION, plain, storied};
use crate::support::Home;

#[test]
fn every_page_looks_as_pinned() {
    let home = storied();
    let app = home.path().join("app");
    let blanks = regex::Regex::new(r"(\S) {3,}").unwrap();
    for (name, arguments) in [
        ("overview", &[][..]),
        ("sessions", &["sessions"]),
        ("show", &["show", "a1b2"]),
        ("peer", &["peer", "--since", "forever"]),
        ("peer_nobody", &["peer", "codex"]),
        ("search", &["search", "refresh"]),
        ("search_nothing", &["search", "unicorn"]),
        ("usage", &["usage", "--since", "forever"]),
        ("usage_by_session", &["usage", "--since", "forever", "--by", "session"]),
        ("status", &["status"]),
        ("context", &["context"]),
        ("anomalies", &["anomalies", "--session", SESSION]),
        ("sql_table", &["sql", "SELECT session_id, title, user_prompts FROM sessions ORDER BY started_ms"]),
        ("sql_csv", &["sql", "SELECT title, 'a,\"b' AS quoted FROM sessions ORDER BY started_ms", "--format", "csv"]),
        ("sql_json", &["sql", "SELECT title, cost_usd IS NULL AS free FROM sessions ORDER BY started_ms", "--json"]),
        ("help", &["help"]),
        ("help_search", &["search", "--help"]),
    ] {
        let mut command = home.command();
        let ran = command.args(arguments).current_dir(&app).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
        let page = plain(&home, &String::from_utf8(ran.stdout).unwrap());
        assert!(!page.contains('\u{1b}'), "no colour without a terminal: {arguments:?}");
        // Where an age stands in a column, its length moves the others.
        let page = if page.contains("AGE ago  ") { blanks.replace_all(&page, "${1}  ").into_owned() } else { page };
        insta::assert_snapshot!(name, page);
    }
    let none = home.ok(&["usage", "--since", "1h"]);
    assert!(none.starts_with("nothing was used since ") && none.contains("--since forever"), "{none}");
}

#[test]
fn an_import_ends_with_what_there_is_now() {
    let home = storied();
    let ran = home.run(&["import"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.starts_with("nothing to import (2 unchanged)"), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("2 sessions") && ran.stdout.contains("next: tma1 install --adapter detected · tma1 show "),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_import_that_finds_nothing_says_where_it_looked() {
    let home = Home::new();
    let ran = home.run(&["import"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("no history found; looked in ~/.claude/projects"), "{}", ran.stdout);
    home.write("nothing/here.txt", "");
    let place = home.path().join("nothing");
    let ran = home.run(&["import", "--path", place.to_str().unwrap()]);
    assert!(ran.code == 0 && ran.stdout.contains("looked in ~/nothing"), "{ran:?}");
    assert_eq!(home.json(&["import", "--json"])["sessions"], serde_json::json!([]));
}

#[test]
fn before_anything_is_stored_the_overview_says_how_to_begin() {
    let home = Home::new();
    insta::assert_snapshot!("overview_before", plain(&home, &home.ok(&[])));
    insta::assert_snapshot!("status_before", plain(&home, &home.ok(&["status"])));
    assert!(!home.data().exists(), "looking makes nothing");
}
