//! What is set: in the file, in the environment, over HTTP and by the command; seen at once by a sidecar that runs.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::{Home, Ran, Response, Sidecar, eventually};

fn row(sheet: &Value, key: &str) -> Value {
    let rows = sheet["keys"].as_array().expect("rows");
    rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no {key}: {sheet}")).clone()
}

/// Value and source.
fn holds(sheet: &Value, key: &str) -> (Value, String) {
    let row = row(sheet, key);
    (row["value"].clone(), row["source"].as_str().expect("a source").to_owned())
}

fn patch(sidecar: &Sidecar, method: &str, body: &Value) -> Response {
    let json = [("Content-Type", "application/json")];
    sidecar.request(method, "/api/settings", &json, body.to_string().as_bytes())
}

fn saved(home: &Home) -> Value {
    serde_json::from_slice(&std::fs::read(home.data().join("settings.json")).expect("a file")).expect("JSON")
}

/// The lines of `tma1 status` that tell a problem.
fn problems(home: &Home) -> Vec<String> {
    let status = home.json(&["status", "--json"]);
    let told = status["sidecar"]["problems"].as_array().cloned().unwrap_or_default();
    told.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn the_kinds_that_can_be_muted_are_those_that_there_are_rules_for() {
    let rules: Vec<&str> = tma1::perceive::rules::ALL.iter().map(|rule| rule.kind()).collect();
    assert_eq!(tma1::config::KINDS, rules);
}

#[test]
fn everything_is_shown_with_where_it_comes_from() {
    let home = Home::new();
    home.write("data/settings.json", r#"{"signals": {"mute": ["edit_thrash"]}, "budgets": {"day_usd": "20"}}"#);
    let sidecar = home.serve_with(|command| {
        command.env("TMA1_CONTEXT_PRESSURE_THRESHOLD", "90000");
    });
    let sheet = sidecar.get("/api/settings").json();
    assert_eq!(holds(&sheet, "signals.mute"), (json!(["edit_thrash"]), "file".to_owned()));
    assert_eq!(holds(&sheet, "budgets.day_usd"), (json!(20.0), "file".to_owned()));
    assert_eq!(holds(&sheet, "signals.context_pressure_tokens"), (json!(90_000), "environment".to_owned()));
    assert_eq!(holds(&sheet, "signals.notes_per_day"), (json!(5), "default".to_owned()));
    assert_eq!(sheet["settings"]["signals"]["mute"], json!(["edit_thrash"]));
    assert_eq!(sheet["settings"]["budgets"]["enforce"], json!(false));
    assert_eq!((&sheet["problems"], sheet["kinds"].as_array().map(Vec::len)), (&json!([]), Some(10)));
}

#[test]
fn a_change_is_saved_and_seen_and_what_is_not_ours_stays() {
    let home = Home::new();
    let sidecar = home.serve();
    for (method, body) in [
        ("PATCH", json!({"signals": {"mute": ["test-stuck"], "pin": "stale_file_view"}})),
        ("PUT", json!({"budgets": {"session_usd": 5}})),
        ("POST", json!({"signals": {"pin": null}})),
    ] {
        let answer = patch(&sidecar, method, &body);
        assert_eq!(answer.status, 200, "{method}: {answer:?}");
    }
    assert_eq!(saved(&home), json!({"signals": {"mute": ["test_stuck"]}, "budgets": {"session_usd": 5.0}}));
    let mode = std::fs::metadata(home.data().join("settings.json")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    home.write("data/settings.json", r#"{"theirs": [1], "signals": {"of a later version": 2}}"#);
    let answer = patch(&sidecar, "PATCH", &json!({"injection": false}));
    let told = answer.json();
    assert_eq!(holds(&told, "injection"), (json!(false), "file".to_owned()));
    assert_eq!(told["problems"].as_array().map(Vec::len), Some(2), "unknown keys are told: {told}");
    assert_eq!(saved(&home), json!({"theirs": [1], "signals": {"of a later version": 2}, "injection": false}));
}

#[test]
fn a_change_with_a_fault_changes_nothing_and_names_it() {
    let home = Home::new();
    let sidecar = home.serve();
    patch(&sidecar, "PATCH", &json!({"signals": {"notes_per_day": 3}}));
    let before = saved(&home);
    for (body, part) in [
        (json!({"signals": {"notes_per_day": 4, "mute": ["edit_trash"]}}), "stale_file_view"),
        (json!({"signals": {"notes_per_day": 4, "mutes": []}}), "signals.mutes"),
        (json!({"budgets": {"day_usd": -1}, "injection": false}), "budgets.day_usd = -1"),
        (json!([]), "expected an object"),
        (json!({"port": 70_000}), "0 to 65535"),
    ] {
        let answer = patch(&sidecar, "PATCH", &body);
        assert_eq!(answer.status, 400, "{body}");
        let error = answer.json()["error"].clone();
        assert!(error["message"].as_str().is_some_and(|message| message.contains(part)), "{part}: {error}");
    }
    assert_eq!(sidecar.request("PATCH", "/api/settings", &[("Content-Type", "application/json")], b"{").status, 400);
    assert_eq!(saved(&home), before);
}

#[test]
fn a_file_that_broke_is_told_and_neither_taken_nor_replaced() {
    let home = Home::new();
    home.write("data/settings.json", r#"{"signals": {"notes_per_day": 3}}"#);
    let sidecar = home.serve();
    let broken = "{\"signals\":\n  {\"notes_per_day\": 9,,}}";
    home.write("data/settings.json", broken);
    let sheet = sidecar.get("/api/settings").json();
    assert_eq!(holds(&sheet, "signals.notes_per_day"), (json!(3), "file".to_owned()), "the last good ones hold");
    let problem = sheet["problems"][0].as_str().expect("a problem").to_owned();
    assert!(problem.contains("settings.json: line 2, column 23: "), "{problem}");
    assert_eq!(patch(&sidecar, "PATCH", &json!({"injection": false})).status, 409);
    assert_eq!(std::fs::read_to_string(home.data().join("settings.json")).expect("a file"), broken);
    let told = problems(&home);
    assert!(told.iter().any(|line| line.contains("settings.json: line 2, column 23")), "{told:?}");
    // Nothing stops: a new one starts with the defaults.
    drop(sidecar);
    let again = home.serve();
    assert_eq!(holds(&again.get("/api/settings").json(), "signals.notes_per_day").0, json!(5));
    home.write("data/settings.json", "{}");
    assert_eq!(again.get("/api/settings").json()["problems"], json!([]));
    assert_eq!(problems(&home), [""; 0]);
}

#[test]
fn pages_of_others_change_nothing_and_our_own_does() {
    let home = Home::new();
    let sidecar = home.serve();
    let ours = format!("http://127.0.0.1:{}", sidecar.port());
    let (host, json) = (format!("127.0.0.1:{}", sidecar.port()), "application/json");
    let body = br#"{"signals": {"mute": ["edit_thrash"]}}"#;
    let other = format!("http://127.0.0.1:{}", sidecar.port().wrapping_add(1));
    for (origin, kind, site, status) in [
        ("http://evil.example", json, "cross-site", 403),
        (other.as_str(), json, "same-site", 403),
        ("null", json, "cross-site", 403),
        (ours.as_str(), "text/plain", "same-origin", 415),
        (ours.as_str(), "application/x-www-form-urlencoded", "same-origin", 415),
        (ours.as_str(), json, "same-origin", 200),
    ] {
        let headers = [("Origin", origin), ("Content-Type", kind), ("Sec-Fetch-Site", site)];
        for method in ["PATCH", "PUT", "POST"] {
            let answer = sidecar.over_tcp(method, "/api/settings", &host, &headers, body);
            assert_eq!(answer.status, status, "{method} {origin} {kind}: {answer:?}");
        }
        if status != 200 {
            assert!(!home.data().join("settings.json").exists(), "{origin} {kind}");
        }
    }
    let headers = [("Content-Type", json)];
    assert_eq!(sidecar.over_tcp("PATCH", "/api/settings", "evil.example", &headers, body).status, 403);
    let refused = sidecar.over_tcp("DELETE", "/api/settings", &host, &[], b"");
    assert!(refused.status == 405 && refused.headers.to_lowercase().contains("allow: get, head, patch"), "{refused:?}");
    // Who merely reaches the port does not say what is kept and who is answered.
    for (key, value) in [("redaction", json!("none")), ("history_ttl", json!("1s")), ("host", json!("0.0.0.0"))] {
        let body = json!({key: value}).to_string();
        let answer = sidecar.over_tcp("PATCH", "/api/settings", &host, &headers, body.as_bytes());
        assert_eq!(answer.status, 403, "{key}");
    }
    assert_eq!(saved(&home), json!({"signals": {"mute": ["edit_thrash"]}}));
}

#[test]
fn the_command_goes_through_the_sidecar_and_does_without_one() {
    let home = Home::new();
    let set = |args: &[&str]| home.ok(&[&["settings", "set"], args].concat());
    // Nobody runs, and there is no data directory yet.
    assert_eq!(set(&["signals.mute", "edit-thrash,test_stuck"]), "signals.mute = edit_thrash,test_stuck (file)\n");
    assert_eq!(set(&["signals.pin", r#"["stale_file_view"]"#]), "signals.pin = stale_file_view (file)\n");
    let sidecar = home.serve_with(|command| {
        command.env("TMA1_SIGNALS_PIN", "edit_thrash");
    });
    assert_eq!(set(&["budgets.day_usd", "20"]), "budgets.day_usd = 20.0 (file)\n");
    assert_eq!(holds(&sidecar.get("/api/settings").json(), "budgets.day_usd").0, json!(20.0));
    // What the sidecar's environment says counts, and not this command's.
    let ran = home.run(&["settings", "set", "signals.pin", "test_stuck"]);
    assert_eq!(ran.stdout, "signals.pin = edit_thrash (TMA1_SIGNALS_PIN)\n");
    assert!(ran.stderr.contains("TMA1_SIGNALS_PIN is set in the environment"), "{ran:?}");
    // On the socket everything can be set.
    let Ran { stderr, code, .. } = home.run(&["settings", "set", "data_ttl", "7d"]);
    assert!(code == 0 && stderr.contains("data_ttl"), "{stderr}");
    assert_eq!(home.ok(&["settings", "unset", "signals.mute"]), "signals.mute = none (default)\n");
    let want = json!({"signals": {"pin": ["test_stuck"]}, "budgets": {"day_usd": 20.0}, "data_ttl": "7d"});
    assert_eq!(saved(&home), want);
    let shown = home.ok(&["settings"]);
    assert!(shown.lines().any(|line| line.contains("signals.pin") && line.contains("TMA1_SIGNALS_PIN")), "{shown}");
    assert_eq!(holds(&home.json(&["settings", "--json"]), "budgets.day_usd").1, "file");
}

#[test]
fn the_command_refuses_as_the_sidecar_does() {
    let home = Home::new();
    let running = Home::new();
    let _sidecar = running.serve();
    for home in [&home, &running] {
        let wrong = home.run(&["settings", "set", "signals.notes_per_day", "many"]);
        assert_eq!(wrong.code, 2, "{wrong:?}");
        assert!(wrong.stderr.contains("signals.notes_per_day = \"many\": expected a whole number"), "{wrong:?}");
        let unknown = home.run(&["settings", "set", "signals.mutes", "x"]);
        assert!(unknown.code == 2 && unknown.stderr.contains("signals.mute"), "{unknown:?}");
        assert!(!home.data().join("settings.json").exists());
    }
}

#[test]
fn what_a_process_starts_with_may_stand_in_the_file() {
    let home = Home::new();
    home.write(
        "data/settings.json",
        r#"{"port": "0", "host": "127.0.0.1", "log_level": "debug", "redaction": "full"}"#,
    );
    let sidecar = home.serve_with(|command| {
        command.env_remove("TMA1_PORT");
    });
    assert_ne!(sidecar.port(), 14318);
    let secret = "SECRET-WORDS-OF-A-PROMPT";
    let prompt = json!({
        "session_id": "5ca1ab1e-0000-4000-8000-000000000001", "cwd": "/nowhere", "prompt_id": "p1",
        "hook_event_name": "UserPromptSubmit", "prompt": secret,
    });
    assert_eq!(sidecar.hook(&prompt).status, 200);
    eventually("the event is stored", || {
        (home.one("SELECT count(*) FROM events WHERE event_type = 'UserPromptSubmit'") == 1).then_some(())
    });
    let found = home.one(&format!("SELECT count(*) FROM events WHERE payload LIKE '%{secret}%'"));
    assert_eq!(found, 0, "the file asked for no content");
    // A wrong variable is said at once, a wrong file is not.
    let ran = home.run(&["status"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut command = home.command();
    let wrong = command.args(["status"]).env("TMA1_PORT", "many").output().expect("the binary runs");
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn what_the_file_says_of_injection_holds_from_then_on() {
    let home = Home::new();
    home.write("app/Cargo.toml", "[package]\nname = \"app\"\n");
    let sidecar = home.serve();
    let start = |session: &str| {
        let told = json!({
            "session_id": session, "cwd": home.path().join("app"), "hook_event_name": "SessionStart", "source": "startup",
        });
        sidecar.hook(&told).body
    };
    assert!(start("5ca1ab1e-0000-4000-8000-000000000001").contains("<tma1-context>"));
    home.write("data/settings.json", r#"{"injection": false}"#);
    let mut number = 1;
    eventually("silence", || {
        number += 1;
        start(&format!("5ca1ab1e-0000-4000-8000-0000000{number:05}")).is_empty().then_some(())
    });
}
