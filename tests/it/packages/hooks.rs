//! The hooks of the packages: what the installer registers, with the program from the search path.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tma1::adapters::{self, Adapter};
use tma1::model::Agent;

use super::{PACKAGES, Package, in_step, json};
use crate::support::Home;

/// The oldest Claude Code that was tried with plugins.
const FIRST_WITH_PLUGINS: &str = "2.0.76";
/// One that knows every event.
const NEWEST: &str = "2.1.328 (Claude Code)";

type Entries = BTreeMap<String, Value>;

/// What `tma1 install` registers with each agent, as if it were called `tma1`.
fn installed() -> BTreeMap<&'static str, Entries> {
    let home = Home::new();
    let ours = home.path().join("bin/tma1");
    std::fs::create_dir_all(home.path().join("bin")).expect("a directory");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tma1"), &ours).expect("a link");
    let claude = home.write("bin/claude", format!("#!/bin/sh\necho '{NEWEST}'\n"));
    std::fs::set_permissions(claude, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    let agents: Vec<&str> = PACKAGES.iter().map(|package| package.agent).collect();
    let ran = Command::new(&ours)
        .args(["install", "--adapter", &agents.join(","), "--skip-project-files", "--no-otel"])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", home.path().join("bin").display()))
        .env("HOME", home.path())
        .env("TMA1_AUTOSTART", "0")
        .output()
        .expect("the program runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let file = |agent: &str| match agent {
        "claude-code" => ".claude/settings.json",
        "codex" => ".codex/hooks.json",
        "copilot-cli" => ".copilot/hooks/tma1.json",
        _ => ".gemini/settings.json",
    };
    let entries = |agent: &'static str| {
        let hooks = json(&home.path().join(file(agent)))["hooks"].to_string();
        let ours = ours.display().to_string();
        assert!(hooks.contains(&ours), "{agent}: {hooks}");
        let entries: Entries = serde_json::from_str(&hooks.replace(&ours, "tma1")).expect("hooks");
        assert!(entries.len() > 5, "{agent}: {hooks}");
        (agent, entries)
    };
    agents.into_iter().map(entries).collect()
}

/// The version that first knows an event, where a package has to heed it.
fn since(package: &Package, event: &str) -> Option<&'static str> {
    let hooks =
        adapters::find(Agent::ClaudeCode).and_then(Adapter::hooks).filter(|_| package.agent == "claude-code")?;
    let event = hooks.events().iter().find(|registered| registered.name == event).expect("a registered event");
    event.since.filter(|since| *since != FIRST_WITH_PLUGINS)
}

/// Where the events from `since` on stand: clients refuse a file for one event that they do not know.
fn place(package: &Package, since: Option<&str>) -> String {
    match (since, package.agent) {
        (Some(since), _) => format!("hooks/since-{since}.json"),
        (None, "copilot-cli") => "hooks.json".to_owned(),
        (None, _) => "hooks/hooks.json".to_owned(),
    }
}

/// A hook file, one event a line.
fn file(package: &Package, events: &[(&String, &Value)]) -> String {
    let mut text = String::from("{\n");
    if package.agent == "copilot-cli" {
        text.push_str("  \"version\": 1,\n");
    }
    text.push_str("  \"hooks\": {\n");
    for (number, (event, entry)) in events.iter().enumerate() {
        let comma = if number + 1 < events.len() { "," } else { "" };
        writeln!(text, "    \"{event}\": {entry}{comma}").expect("a line");
    }
    text.push_str("  }\n}\n");
    text
}

#[test]
fn the_packages_hook_what_the_installer_registers() {
    let mut wanted: Vec<(PathBuf, String)> = Vec::new();
    let mut newer: BTreeSet<String> = BTreeSet::new();
    let installed = installed();
    for package in PACKAGES {
        let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (event, entry) in &installed[package.agent] {
            files.entry(since(package, event)).or_default().push((event, entry));
        }
        for (since, events) in files {
            let place = place(package, since);
            wanted.push((package.path(&place), file(package, &events)));
            newer.extend(since.map(|_| format!("./{place}")));
        }
    }
    in_step(wanted);
    // After the copies, which an update makes.
    let claude = &PACKAGES[0];
    let manifest = claude.json(claude.manifest);
    let named = manifest["hooks"].as_array().expect("a list of files").iter();
    assert_eq!(named.filter_map(|file| file.as_str().map(str::to_owned)).collect::<BTreeSet<_>>(), newer);
    let there = std::fs::read_dir(claude.path("hooks")).expect("hooks").count();
    assert_eq!(there, newer.len() + 1, "a hook file that nobody names");
}
