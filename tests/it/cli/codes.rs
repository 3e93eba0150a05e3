//! Exit codes, what is said on which stream, pipes that close, and hints that work.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Stdio;

use super::storied;
use crate::support::{Home, project_dir};

#[test]
fn codes_tell_wrong_usage_from_failure() {
    let home = storied();
    for (arguments, code, words) in [
        (&["no-such-command"][..], 2, "no-such-command"),
        (&["sessions", "--since", "soon"], 2, "30d"),
        (&["sessions", "--agent", "nobody"], 2, "claude_code"),
        (&["peer", "nobody"], 2, "nobody"),
        (&["peer", "9"], 2, "between 1 and 5"),
        (&["search"], 2, "QUERY"),
        (&["search", "x", "--cursor", "y"], 2, "cursor"),
        (&["show", " "], 2, "SESSION"),
        (&["show", "zzz"], 1, "no session \"zzz\""),
        (&["usage", "--by", "moon"], 2, "project"),
        (&["sql", "SELEC 1"], 2, "line 1, column 1"),
        (&["sql", "DELETE FROM session"], 2, "only statements that read"),
        (&["sql", "SELECT 1; SELECT 2"], 2, "one statement"),
        (&["import", "--path", "/nonexistent/place"], 1, "/nonexistent/place"),
        (&["import", "--agent", "codexx"], 2, "codexx"),
        (&["mcp", "--toolsets", "none"], 2, "context"),
    ] {
        let ran = home.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words) && ran.stdout.is_empty(), "{arguments:?}: {ran:?}");
    }
    let mut command = home.command();
    let ran = command.env("TMA1_REDACTION", "loud").arg("sessions").output().unwrap();
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    for fine in [&["help"][..], &["--version"], &["version"], &["completions", "bash"], &["usage", "--help"]] {
        assert_eq!(home.run(fine).code, 0, "{fine:?}");
    }
}

#[test]
fn without_a_store_commands_say_how_to_get_one() {
    let home = Home::new();
    for arguments in
        [&["sessions"][..], &["show", "x"], &["peer"], &["search", "x"], &["usage"], &["context"], &["sql", "SELECT 1"]]
    {
        let ran = home.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{arguments:?}");
        assert!(ran.stderr.contains("`tma1 import`"), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(home.json(&["status", "--json"])["health"], "empty");
}

/// `tma1 sql … | head -1`: a reader that has seen enough is no failure.
#[test]
fn a_pipe_that_closes_is_no_failure() {
    let home = storied();
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) SELECT i FROM n";
    let mut child = home.command().args(["sql", many]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((first.trim(), child.wait().unwrap().code(), said.as_str()), ("i", Some(0), ""));
}

#[test]
fn status_counts_what_was_read_and_what_was_not() {
    let home = storied();
    home.write(".claude/projects/app/broken.jsonl", "{\"type\":\"martian\",\"sessionId\":\"m\"}\n[1]\n");
    home.ok(&["import"]);
    let status = home.json(&["status", "--json"]);
    assert_eq!(status["health"], "ok");
    assert!(status["store"]["bytes"].as_i64().unwrap() > 0, "{status}");
    assert_eq!(status["spool"], serde_json::json!({"events": 0, "files": 0, "bytes": 0, "lost": 0, "damaged": 0}));
    assert_eq!(status["sidecar"]["running"], false);
    let source = &status["sources"][0];
    assert_eq!((&source["agent"], &source["files"]), (&"claude_code".into(), &3.into()), "{source}");
    assert_eq!(source["sessions"], status["sessions"]);
    assert!(source["rows"].as_i64().unwrap() > 10 && source["last_event_at"].is_string(), "{source}");
    assert_eq!(source["skipped_records"], status["skipped_total"]);
    assert!(status["skipped"][0]["reason"].is_string(), "{status}");
}

/// Commands that are named in hints, help and schemas exist.
#[test]
fn hints_name_commands_that_exist() {
    let home = Home::new();
    let mut known: Vec<String> = Vec::new();
    let named = regex::Regex::new(r"`tma1 ([a-z]+)").unwrap();
    let mut seen = 0;
    let mut files = Vec::new();
    for module in ["answer", "cli", "config", "serve", "store"] {
        sources(&project_dir().join("src").join(module), &mut files);
    }
    for text in files {
        let spoken = text.lines().filter(|line| !line.trim_start().starts_with("// ") && !line.starts_with("//!"));
        for line in spoken {
            for found in named.captures_iter(line) {
                seen += 1;
                // Asked of the program, because the help keeps quiet about some.
                if !known.iter().any(|command| *command == found[1]) {
                    assert_eq!(home.run(&[&found[1], "--help"]).code, 0, "{line}");
                    known.push(found[1].to_owned());
                }
            }
        }
    }
    assert!(seen > 8, "the hints were not found");
}

fn sources(dir: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        match entry.path() {
            dir if dir.is_dir() => sources(&dir, texts),
            file => texts.push(std::fs::read_to_string(file).unwrap()),
        }
    }
}

#[test]
fn the_reference_is_the_same_whoever_asks() {
    let (one, other) = (Home::new(), storied());
    let mut narrow = other.command();
    let narrow = narrow
        .env("COLUMNS", "40")
        .env("TZ", "Asia/Tokyo")
        .env("HOME", "/elsewhere")
        .arg("reference")
        .output()
        .unwrap();
    assert_eq!(one.ok(&["reference"]), String::from_utf8(narrow.stdout).unwrap());
}
