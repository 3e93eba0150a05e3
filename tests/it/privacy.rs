//! What must not reach the disk does not, at each level, and nobody else can read what does.

use crate::support::{Home, Transcript};

const KEY: &str = "sk-ant-api03-EXAMPLEexampleEXAMPLEexample0123456789EXAMPLEexampleEXAMPLEexample0123456789EXAMPLEexampleEXA-AAAAAAAA";
const PASSWORD: &str = "hunter2-Correct-Horse-77";

fn transcript() -> String {
    Transcript::new("s", "/home/u/secret-project")
        .prompt(&format!("use the key {KEY} please, mail me at someone@company.example"))
        .answer(&format!("I will use {KEY}"))
        .bash(
            &format!("curl -H 'x-api-key: {KEY}' https://u:{PASSWORD}@host.example/"),
            &format!("{}\nDB_PASSWORD={PASSWORD}\n", "line\n".repeat(3000)),
            false,
        )
        .bash("cargo test", &format!("error: token {KEY} refused"), true)
        .bash("pytest", &format!("FAILED tests/{KEY}/a.py::test_key[{KEY}] - AssertionError: {KEY}\n"), true)
        .tool("Read", &serde_json::json!({"file_path": format!("/home/u/secret-project/{KEY}.txt")}), "ok", false)
        .tool(
            "Write",
            &serde_json::json!({"file_path": "/home/u/secret-project/.env", "content": format!("API_KEY={KEY}")}),
            "ok",
            false,
        )
        .raw(&format!("{{\"type\":\"custom-title\",\"customTitle\":\"about {KEY}\",\"sessionId\":\"s\"}}"))
        .text()
}

fn stored(home: &Home) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in ["tma1.db", "tma1.db-wal"] {
        bytes.extend(std::fs::read(home.data().join(name)).unwrap_or_default());
    }
    bytes
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle.as_bytes())
}

fn imported(level: Option<&str>) -> Home {
    let home = Home::new();
    home.write(".claude/projects/p/s.jsonl", transcript());
    let mut command = home.command();
    if let Some(level) = level {
        command.env("TMA1_REDACTION", level);
    }
    assert!(command.arg("import").status().unwrap().success());
    home
}

#[test]
fn by_default_secrets_are_scrubbed_and_the_rest_is_kept() {
    let home = imported(None);
    let bytes = stored(&home);
    assert!(!holds(&bytes, &KEY[8..]) && !holds(&bytes, PASSWORD), "a secret is in the store");
    assert!(holds(&bytes, "someone@company.example") && holds(&bytes, "use the key"));
    assert_eq!(home.one("SELECT count(*) FROM messages WHERE content LIKE '%[redacted:%'"), 2);
}

#[test]
fn a_change_of_level_says_that_it_is_not_for_what_is_there() {
    let home = imported(Some("none"));
    let ran = home.run(&["import"]);
    assert!(ran.stderr.contains("TMA1_REDACTION=none") && ran.stderr.contains("remove"), "{}", ran.stderr);
    assert!(!home.run(&["import"]).stderr.contains("TMA1_REDACTION"), "once is enough");
}

#[test]
fn at_none_everything_is_kept() {
    let bytes = stored(&imported(Some("none")));
    assert!(holds(&bytes, KEY) && holds(&bytes, PASSWORD));
}

#[test]
fn at_full_no_content_title_command_or_path_is_kept_but_the_numbers_are() {
    let home = imported(Some("full"));
    let bytes = stored(&home);
    for text in [
        &KEY[8..],
        PASSWORD,
        "use the key",
        "cargo test",
        "secret-project",
        ".env",
        "someone@company.example",
        "I will",
    ] {
        // The source's own path is how it is found again; it names the directory of this test, not the project's.
        assert!(!holds(&bytes, text), "\"{text}\" is in the store");
    }
    let row =
        &home.sql("SELECT user_prompts, assistant_messages, tool_calls, tool_errors, output_tokens FROM sessions")[0];
    assert_eq!(
        row.to_string(),
        r#"{"assistant_messages":6,"output_tokens":600,"tool_calls":5,"tool_errors":2,"user_prompts":1}"#
    );
}

#[test]
fn an_unknown_level_is_refused_before_anything_is_written() {
    let home = Home::new();
    let ran = home.command().env("TMA1_REDACTION", "some").arg("import").output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("TMA1_REDACTION"));
    assert!(!home.data().exists());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_data() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = imported(None);
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(home.data()), 0o700);
    for entry in std::fs::read_dir(home.data()).unwrap().flatten() {
        assert_eq!(mode(entry.path()), 0o600, "{}", entry.path().display());
    }
}
