//! `tma1 doctor` beside clients that are small scripts: what it says of sound wirings, and of every way to break one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::plain;
use crate::support::{Home, Sidecar, eventually};

const CLAUDE: &str = "2.1.328 (Claude Code)";
const CODEX: &str = "codex-cli 0.169.0";

/// A home in which clients seem to be installed, and a sidecar that hears them.
struct Ward {
    home: Home,
    sidecar: Option<Sidecar>,
}

impl Ward {
    fn new(clients: &[(&str, &str)]) -> Self {
        let ward = Self { home: Home::new(), sidecar: None };
        for (name, says) in clients {
            ward.client(name, &format!("echo '{says}'"));
        }
        ward
    }

    fn served(clients: &[(&str, &str)]) -> Self {
        let mut ward = Self::new(clients);
        ward.sidecar = Some(ward.home.serve());
        ward.stored();
        ward
    }

    /// It listens before it has a store.
    fn stored(&self) {
        eventually("a store", || (self.home.json(&["status", "--json"])["health"] == "ok").then_some(()));
    }

    fn client(&self, name: &str, script: &str) -> PathBuf {
        let path = self.home.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        path
    }

    fn command(&self) -> Command {
        let mut command = self.home.command();
        command.env("PATH", format!("{}:/usr/bin:/bin", self.home.path().join("bin").display()));
        // Without one, a port that nobody can hold.
        let port = self.sidecar.as_ref().map_or(0, Sidecar::port);
        command.env("TMA1_PORT", port.to_string());
        command
    }

    fn install(&self, adapters: &str) {
        let args = ["install", "--adapter", adapters, "--skip-project-files", "--no-import"];
        let ran = self.command().args(args).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
    }

    fn doctor(&self, change: impl FnOnce(&mut Command)) -> (i32, String) {
        let mut command = self.command();
        command.arg("doctor");
        change(&mut command);
        let ran = command.output().unwrap();
        (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap())
    }

    fn told(&self) -> (i32, String) {
        let (code, text) = self.doctor(|_| {});
        (code, self.plain(&text))
    }

    fn plain(&self, text: &str) -> String {
        let text = text.replace(env!("CARGO_BIN_EXE_tma1"), "BINARY");
        let text = regex::Regex::new(r"process \d+").unwrap().replace_all(&text, "process PID");
        let text = regex::Regex::new(r"\d+(\.\d+)? GB").unwrap().replace_all(&text, "SIZE");
        let text = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&text, "127.0.0.1:PORT").into_owned();
        plain(&self.home, &text)
    }

    /// Status, message and what to do of one check.
    fn check(&self, agent: &str, check: &str) -> (String, String) {
        let (code, text) = self.doctor(|command| {
            command.arg("--json");
        });
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["ok"], code == 0, "{text}");
        let checks = report["checks"].as_array().unwrap();
        let found = checks.iter().find(|one| one["agent"] == agent && one["check"] == check);
        let found = found.unwrap_or_else(|| panic!("no {check} of {agent}: {text}"));
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        (text("status"), format!("{}: {}", text("message"), text("fix")))
    }

    fn says(&self, agent: &str, check: &str, status: &str, words: &[&str]) {
        let (found, told) = self.check(agent, check);
        assert_eq!(found, status, "{told}");
        for word in words {
            assert!(told.contains(word), "{word:?} is not in {told:?}");
        }
    }

    fn edit(&self, path: &str, change: impl FnOnce(String) -> String) {
        let path = self.home.path().join(path);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, change(text)).unwrap();
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Value)) {
        self.edit(path, |text| {
            let mut root: Value = serde_json::from_str(&text).unwrap();
            change(&mut root);
            root.to_string()
        });
    }

    /// Every file below the home but the data directory's, which the sidecar writes.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(self.home.path(), &self.home.data(), &mut files);
        files
    }
}

fn gather(dir: &Path, but: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for path in std::fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path()) {
        if path.is_dir() && path != but {
            gather(&path, but, files);
        } else if path.is_file() {
            files.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
}

const BOTH: &[(&str, &str)] = &[("claude", CLAUDE), ("codex", CODEX)];

#[test]
fn without_any_wiring_it_says_how_to_get_one() {
    let ward = Ward::new(BOTH);
    let (code, text) = ward.told();
    assert_eq!(code, 0, "{text}");
    insta::assert_snapshot!("doctor_nothing", text);
    assert!(!ward.home.data().exists(), "looking leaves nothing");
}

#[test]
fn sound_wirings_are_green_and_looking_leaves_no_trace() {
    let ward = Ward::served(BOTH);
    ward.install("claude-code,codex");
    let before = ward.files();
    let (code, text) = ward.told();
    assert_eq!(code, 1, "nobody trusts Codex's hooks yet");
    insta::assert_snapshot!("doctor_wired", text);
    assert!(ward.files() == before, "it writes nothing");
    assert_eq!(ward.home.one("SELECT count(*) FROM events"), 0);
    let told = ward.sidecar.as_ref().unwrap().get("/api/sidecar").json();
    assert_eq!(told["counters"]["hooks_received"], 0, "{told}");
}

/// Each has its own way of being called: groups, plain lists, a plug-in with the words parted.
#[test]
fn every_agent_is_heard_and_served() {
    let ward = Ward::served(&[("claude", CLAUDE), ("openclaw", "OpenClaw 2026.9.6")]);
    ward.install("all");
    for agent in ["claude_code", "codex", "copilot_cli", "openclaw", "gemini_cli", "pi"] {
        ward.says(agent, "hooks", "ok", &["none from a session yet"]);
        ward.says(agent, "mcp", "ok", &["9 tools"]);
    }
    ward.says("codex", "client", "warn", &["`codex` is not on the search path"]);
    let port = ward.sidecar.as_ref().unwrap().port();
    let here = format!("http://127.0.0.1:{port}");
    ward.says("copilot_cli", "telemetry", "info", &["COPILOT_OTEL_ENABLED=true", &here]);
    ward.says("openclaw", "telemetry", "info", &["`diagnostics-otel`", &here]);
    ward.home.hook(&json!({"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": "hi", "cwd": "/w"}));
    ward.says("claude_code", "hooks", "ok", &["last heard"]);
}

/// Found before anything is tried: what is switched off cannot be heard.
#[test]
fn what_somebody_switched_off_is_named() {
    let ward = Ward::served(&[("openclaw", "OpenClaw 2026.9.6")]);
    ward.install("copilot-cli,openclaw,gemini-cli");
    ward.home.write(".copilot/settings.json", r#"{"disableAllHooks": true, "disabledMcpServers": ["tma1"]}"#);
    ward.says("copilot_cli", "hooks", "fail", &["`disableAllHooks` stands in", "settings.json"]);
    ward.says("copilot_cli", "mcp", "fail", &["`disabledMcpServers` stands in", "from that list"]);
    ward.change(".gemini/settings.json", |root| root["mcp"] = json!({"allowed": ["other"]}));
    ward.says("gemini_cli", "hooks", "ok", &[]);
    ward.says("gemini_cli", "mcp", "fail", &["`mcp.allowed` without `tma1`", "add it"]);
    let config = ".openclaw/openclaw.json";
    let sound = std::fs::read(ward.home.path().join(config)).unwrap();
    for (list, word) in [("deny", "`plugins.deny`"), ("allow", "`plugins.allow` without `tma1`")] {
        let id = if list == "deny" { "tma1" } else { "other" };
        ward.change(config, |root| root["plugins"][list] = json!([id]));
        ward.says("openclaw", "hooks", "fail", &[word, "openclaw.json"]);
        ward.home.write(config, &sound);
    }
    ward.change(config, |root| root["plugins"]["allow"] = json!(["other", "tma1"]));
    ward.says("openclaw", "hooks", "ok", &[]);
}

#[test]
fn the_question_itself_is_never_an_event() {
    let ward = Ward::new(&[]);
    let body = br#"{"tma1":"doctor"}"#;
    let ran = ward.home.hook_with(body, |_| {});
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    let spool = &ward.home.json(&["status", "--json"])["spool"];
    assert_eq!((&spool["events"], &spool["lost"]), (&json!(0), &json!(0)), "{spool}");
    let sidecar = ward.home.serve();
    ward.stored();
    let ran = ward.home.hook_with(body, |command| {
        command.env("TMA1_DISABLE_INJECTION", "1");
    });
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer, json!({"heard": "claude_code", "pid": sidecar.pid()}));
    assert_eq!(ward.home.one("SELECT count(*) FROM events"), 0);
}

#[test]
fn hooks_that_cannot_fire_are_red() {
    let ward = Ward::served(&[("claude", CLAUDE)]);
    ward.install("claude-code");
    let settings = ".claude/settings.json";
    let sound = std::fs::read(ward.home.path().join(settings)).unwrap();
    let again = || ward.home.write(settings, &sound);
    let hooks = |status, words: &[&str]| ward.says("claude_code", "hooks", status, words);

    ward.edit(settings, |text| text.replace(env!("CARGO_BIN_EXE_tma1"), "/nowhere/tma1"));
    hooks("fail", &["/nowhere/tma1 is gone", "`tma1 install --adapter claude-code`"]);
    again();
    ward.edit(settings, |text| text.replacen(env!("CARGO_BIN_EXE_tma1"), "/nowhere/tma1", 1));
    hooks("fail", &["several programs", "/nowhere/tma1"]);
    again();
    ward.change(settings, |root| root["hooks"]["Stop"] = json!([]));
    hooks("fail", &["settings.json is not as this tma1 writes it"]);
    again();
    ward.change(settings, |root| root["hooks"] = json!({}));
    hooks("fail", &["none of ours in"]);
    again();
    ward.change(settings, |root| root["disableAllHooks"] = json!(true));
    hooks("fail", &["`disableAllHooks` stands in", "settings.json"]);
    ward.home.write(settings, "{\n  \"hooks\": {,}\n}");
    hooks("fail", &["settings.json:2:13", "mend this line"]);
    again();
    hooks("ok", &["18 events"]);
}

#[test]
fn a_binary_that_is_not_this_one_is_named() {
    let ward = Ward::served(&[("claude", CLAUDE)]);
    ward.install("claude-code");
    let other = ward.client("tma1", &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_tma1")));
    for file in [".claude/settings.json", ".claude.json"] {
        ward.edit(file, |text| text.replace(env!("CARGO_BIN_EXE_tma1"), &other.display().to_string()));
    }
    let words = [other.to_str().unwrap(), "18 events"];
    ward.says("claude_code", "hooks", "warn", &words);
    ward.says("claude_code", "mcp", "warn", &["9 tools", words[0]]);
    ward.client("tma1", "exit 3");
    ward.says("claude_code", "hooks", "fail", &["ended without an answer"]);
    ward.client("tma1", "echo 'no such thing' >&2; exit 3");
    ward.says("claude_code", "mcp", "fail", &["ended without an answer: no such thing", "by hand"]);
    std::fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    ward.says("claude_code", "hooks", "fail", &["may not be run"]);
}

/// A server that works only with a variable that the client keeps to itself does not work.
#[test]
fn a_server_gets_what_its_client_hands_on() {
    let ward = Ward::served(&[("codex", CODEX)]);
    ward.install("codex");
    let seen = ward.home.path().join("seen");
    let real = env!("CARGO_BIN_EXE_tma1");
    let other = ward.client("tma1", &format!("env > '{}'\nexec '{real}' \"$@\"", seen.display()));
    ward.edit(".codex/config.toml", |text| text.replace(real, &other.display().to_string()));
    let (code, text) = ward.doctor(|command| {
        command.env("SECRET_OF_MINE", "1").env("LANG", "C.UTF-8");
    });
    assert!(code == 1 && text.contains("9 tools"), "{text}");
    let names: Vec<String> =
        std::fs::read_to_string(seen).unwrap().lines().map(|line| line.split('=').next().unwrap().to_owned()).collect();
    assert!(names.contains(&"HOME".to_owned()) && names.contains(&"LANG".to_owned()), "{names:?}");
    for kept in ["SECRET_OF_MINE", "TMA1_DATA_DIR", "TMA1_PORT", "TZ"] {
        assert!(!names.contains(&kept.to_owned()), "{names:?}");
    }
    ward.edit(".codex/config.toml", |text| text.replace("[mcp_servers.tma1]", "[mcp_servers.tma1]\nenabled = false"));
    ward.says("codex", "mcp", "fail", &["switched off in", "config.toml"]);
}

/// What Codex's own settings and Codex itself say of trust.
#[test]
fn trust_is_asked_of_the_client_where_it_was_given_once() {
    let ward = Ward::served(&[("codex", CODEX)]);
    ward.install("codex");
    ward.says("codex", "trust", "fail", &["the hooks are not trusted yet", "Trust all"]);
    let hooks = ward.home.path().join(".codex/hooks.json");
    let events: Value = serde_json::from_slice(&std::fs::read(&hooks).unwrap()).unwrap();
    let keys: Vec<String> = events["hooks"]
        .as_object()
        .unwrap()
        .keys()
        .map(|event| {
            let name = regex::Regex::new("(.)([A-Z])").unwrap().replace_all(event, "${1}_$2").to_lowercase();
            format!("{}:{name}:0:0", hooks.display())
        })
        .collect();
    let state = |keys: &[String]| -> String {
        let of = |key: &String| format!("[hooks.state.\"{key}\"]\ntrusted_hash = \"sha256:1\"\n");
        keys.iter().map(of).collect::<Vec<_>>().concat()
    };
    let config = std::fs::read_to_string(ward.home.path().join(".codex/config.toml")).unwrap();
    let with = |more: &str| ward.home.write(".codex/config.toml", format!("{config}\n{more}"));
    with(&state(&keys[1..]));
    ward.says("codex", "trust", "fail", &["1 of ", "not trusted yet"]);
    with(&format!("{}enabled = false\n", state(&keys)));
    ward.says("codex", "trust", "fail", &["1 of ", "switched off"]);

    with(&state(&keys));
    let answers = |last: &str| {
        let hook = |key: &String, status: &str| json!({"key": key, "trustStatus": status, "enabled": true});
        let mut hooks: Vec<Value> = keys.iter().map(|key| hook(key, "trusted")).collect();
        *hooks.last_mut().unwrap() = hook(keys.last().unwrap(), last);
        let list = json!({"id": 2, "result": {"data": [{"hooks": hooks}]}});
        let script = format!(
            "[ \"$1\" = app-server ] || exec echo '{CODEX}'\nread hello\necho 'no frame'\necho '{{\"id\":1,\"result\":{{}}}}'\n\
             read ready\nread question\necho '{{\"method\":\"x\"}}'\necho '{list}'\nread end"
        );
        ward.client("codex", &script);
    };
    answers("trusted");
    ward.says("codex", "trust", "ok", &["11 hooks trusted"]);
    answers("modified");
    ward.says("codex", "trust", "fail", &["1 of 11 hooks changed since they were trusted"]);
    ward.client("codex", &format!("[ \"$1\" = app-server ] || exec echo '{CODEX}'\nexit 1"));
    ward.says("codex", "trust", "info", &["were trusted once", "ended without an answer"]);
    with(&format!("{}[features]\nhooks = false\n", state(&keys)));
    ward.says("codex", "hooks", "fail", &["hooks = false", "config.toml"]);
}

#[test]
fn a_sidecar_that_is_down_is_started_or_said_to_be() {
    let ward = Ward::new(&[("claude", CLAUDE)]);
    ward.install("claude-code");
    let (code, text) = ward.told();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("TMA1_AUTOSTART=0") && text.contains("not tried, as no sidecar runs"), "{text}");
    assert_eq!(ward.home.json(&["status", "--json"])["spool"]["events"], 0);

    let (_, text) = ward.doctor(|command| {
        command.env("TMA1_AUTOSTART", "1");
    });
    let stopped = ward.home.ok(&["stop"]);
    assert!(text.contains("✓ sidecar") && text.contains("✓ hooks"), "{text}");
    assert_eq!(stopped, "stopped\n");
}

#[test]
fn telemetry_that_goes_elsewhere_is_the_users_to_say() {
    let ward = Ward::served(&[("claude", CLAUDE)]);
    let collector = json!({"env": {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector\u{1b}[31m:4318",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=hunter2",
    }});
    ward.home.write(".claude/settings.json", collector.to_string());
    ward.install("claude-code");
    let (_, text) = ward.told();
    let line = text.lines().find(|line| line.contains("telemetry")).unwrap();
    assert!(line.contains("– telemetry") && line.contains("http://collector:4318"), "{line}");
    assert!(!text.contains("hunter2") && !text.contains('\u{1b}'), "{text}");
    ward.change(".claude/settings.json", |root| {
        root["env"].as_object_mut().unwrap().remove("OTEL_EXPORTER_OTLP_ENDPOINT");
    });
    let (_, told) = ward.check("claude_code", "telemetry");
    assert!(told.contains("OTEL_EXPORTER_OTLP_HEADERS") && !told.contains("hunter2"), "{told}");
    ward.home.write(".claude/settings.json", "{}");
    ward.says("claude_code", "telemetry", "fail", &["no settings for it"]);
}

#[test]
fn another_version_of_the_client_is_noticed() {
    let ward = Ward::served(&[("claude", "2.0.76 (Claude Code)")]);
    ward.install("claude-code");
    ward.says("claude_code", "hooks", "ok", &["events"]);
    ward.client("claude", &format!("echo '{CLAUDE}'"));
    ward.says("claude_code", "client", "ok", &["2.1.328, 2.0.76 when it was wired"]);
    ward.says("claude_code", "hooks", "warn", &["registered for version 2.0.76", "more events"]);
    ward.install("claude-code");
    ward.says("claude_code", "hooks", "ok", &["18 events"]);
    ward.client("claude", "echo 2.0.76");
    ward.says("claude_code", "hooks", "fail", &["2.0.76 may refuse"]);
}

/// Each place where an agent was wired is looked at, whatever the environment names now.
#[test]
fn a_second_home_is_not_forgotten() {
    let ward = Ward::served(&[("codex", CODEX)]);
    ward.install("codex");
    let other = ward.home.path().join("work/codex");
    std::fs::create_dir_all(&other).unwrap();
    let args = ["install", "--adapter", "codex", "--skip-project-files", "--no-import"];
    assert!(ward.command().args(args).env("CODEX_HOME", &other).output().unwrap().status.success());
    let (_, text) = ward.told();
    assert!(text.contains("\ncodex 0.169.0\n") && text.contains("\ncodex 0.169.0 in ~/work/codex\n"), "{text}");
    assert_eq!(text.matches("✓ hooks        11 events").count(), 2, "{text}");
}

#[test]
fn skills_and_instructions_are_compared() {
    let ward = Ward::served(&[("claude", CLAUDE)]);
    ward.home.write("app/.git/HEAD", "ref: refs/heads/main\n");
    let project = ward.home.path().join("app");
    let install = ["install", "--adapter", "claude-code", "--no-import", "--project"];
    assert!(ward.command().args(install).arg(&project).output().unwrap().status.success());
    ward.says("claude_code", "skill", "ok", &["tma1, tma1-peer"]);
    ward.says("claude_code", "instructions", "ok", &["app/CLAUDE.md"]);
    ward.home.write("app/CLAUDE.md", "# mine\n");
    ward.says("claude_code", "instructions", "warn", &["app/CLAUDE.md", "--project"]);
    ward.home.write(".claude/skills/tma1/SKILL.md", "mine");
    ward.says("claude_code", "skill", "info", &["changed by hand"]);
    std::fs::remove_file(ward.home.path().join(".claude/skills/tma1/SKILL.md")).unwrap();
    ward.says("claude_code", "skill", "fail", &["tma1/SKILL.md is missing"]);
}

#[test]
fn what_is_wrong_with_tma1_itself_comes_first() {
    let ward = Ward::served(&[("claude", CLAUDE)]);
    ward.install("claude-code");
    let general = |words: &str| {
        let (code, text) = ward.told();
        assert!(text.contains(words), "{words:?} is not in {text}");
        code
    };
    ward.home.write("data/settings.json", "{\"port\": \"many\"}");
    assert_eq!(general("! settings"), 0);
    std::fs::remove_file(ward.home.data().join("settings.json")).unwrap();
    let manifest = std::fs::read(ward.home.data().join("install.json")).unwrap();
    ward.home.write("data/install.json", "{");
    assert_eq!(general("✗ install      ~/data/install.json"), 1);
    // Known all the same, by what stands in its files.
    general("claude-code 2.1.328");
    ward.home.write("data/install.json", manifest);
    ward.sidecar.as_ref().unwrap().signal("-STOP");
    let text = eventually("a word on the sidecar that hangs", || {
        let (_, text) = ward.told();
        text.contains("does not answer").then_some(text)
    });
    ward.sidecar.as_ref().unwrap().signal("-CONT");
    assert!(text.contains("claude-code 2.1.328"), "{text}");
}
