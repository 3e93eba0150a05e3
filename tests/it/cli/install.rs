//! `tma1 install` and `uninstall` as people run them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

use crate::support::{Home, Ran};

/// A home in which two agents were used, one of them with its program.
struct Machine {
    home: Home,
    /// Where the binary lies, as a package manager would have it: a link.
    tma1: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let home = Home::new();
        let bin = home.path().join("bin dir");
        fs::create_dir_all(&bin).unwrap();
        let tma1 = bin.join("tma1");
        symlink(env!("CARGO_BIN_EXE_tma1"), &tma1).unwrap();
        let machine = Self { home, tma1 };
        machine.program("claude", "2.1.328 (Claude Code)");
        machine.home.write(".claude.json", "{\n  \"numStartups\": 3\n}\n");
        machine.home.write(".codex/config.toml", "# mine\nmodel = \"gpt-5\" # keep\n");
        machine.home.write("app/AGENTS.md", "# App\n");
        machine
    }

    fn program(&self, name: &str, version: &str) {
        let path = self.home.write(&format!("bin dir/{name}"), format!("#!/bin/sh\necho '{version}'\n"));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(path, mode).unwrap();
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(&self.tma1);
        let search = format!("{}:/usr/bin:/bin", self.tma1.parent().unwrap().display());
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", search)
            .env("TMA1_AUTOSTART", "0")
            .current_dir(self.home.path().join("app"))
            .args(args);
        Ran::of(command.output().expect("the binary runs"))
    }

    fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "tma1 {args:?}: {}", ran.stderr);
        self.plain(&ran.stdout)
    }

    fn plain(&self, text: &str) -> String {
        text.replace(&*self.home.path().to_string_lossy(), "~")
    }

    fn read(&self, name: &str) -> String {
        self.plain(&fs::read_to_string(self.home.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}")))
    }

    /// Every file below the home but tma1's own, with its content.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut found, mut dirs) = (Vec::new(), vec![self.home.path().to_owned()]);
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).unwrap().flatten() {
                let path = entry.path();
                if path == self.data() {
                    continue;
                }
                if path.is_dir() {
                    found.push((path.clone(), Vec::new()));
                    dirs.push(path);
                } else {
                    found.push((path.clone(), fs::read(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    fn data(&self) -> PathBuf {
        self.home.path().join(".tma1")
    }
}

#[test]
fn what_was_there_comes_back_to_the_byte() {
    let machine = Machine::new();
    let before = machine.files();
    let dry = machine.ok(&["install", "--adapter", "claude,codex", "--project", ".", "--dry-run"]);
    assert!(dry.contains("+++ ~/.claude.json") && dry.ends_with("nothing was written\n"), "{dry}");
    assert!(machine.files() == before && !machine.data().exists());

    assert_snapshot!("installed", machine.ok(&["install", "--adapter", "detected", "--project", "."]));
    assert_snapshot!("claude_state", machine.read(".claude.json"));
    assert_snapshot!("codex_config", machine.read(".codex/config.toml"));
    assert_snapshot!("codex_hooks", machine.read(".codex/hooks.json").lines().take(12).collect::<Vec<_>>().join("\n"));
    assert_snapshot!("instructions", machine.read("app/AGENTS.md"));
    let settings = machine.read(".claude/settings.json");
    let count = |name: &str| settings.matches(&format!("\"{name}\": [")).count();
    assert_eq!((count("SessionStart"), count("PostModelSwitch"), count("WorktreeCreate")), (1, 1, 0), "{settings}");

    let installed = machine.files();
    machine.ok(&["install", "--adapter", "detected", "--project", "."]);
    assert!(machine.files() == installed, "twice is not once");

    assert_snapshot!("uninstalled", machine.ok(&["uninstall", "--adapter", "detected"]));
    assert!(machine.files() == before, "{:?}", machine.files());
    assert_snapshot!("nothing_left", machine.ok(&["uninstall", "--adapter", "all"]));
}

#[test]
fn an_old_client_gets_only_what_it_knows() {
    let machine = Machine::new();
    machine.program("claude", "2.0.76 (Claude Code)");
    machine.ok(&["install", "--adapter", "cc", "--skip-project-files"]);
    let settings = machine.read(".claude/settings.json");
    assert!(settings.contains("PostToolUseFailure") && !settings.contains("StopFailure"), "{settings}");
    assert!(machine.home.path().join(".claude/commands/tma1-peer.md").exists());
    assert!(!machine.home.path().join(".claude/skills/tma1-peer").exists());
    assert!(!machine.read("app/AGENTS.md").contains("tma1"));
    machine.program("claude", "2.1.328 (Claude Code)");
    machine.ok(&["install", "--adapter", "cc"]);
    assert!(machine.read(".claude/settings.json").contains("StopFailure"));
    assert!(!machine.home.path().join(".claude/commands/tma1-peer.md").exists());
    assert!(machine.home.path().join(".claude/skills/tma1-peer/SKILL.md").exists());
}

#[test]
fn a_data_directory_of_ones_own_is_said_in_every_call() {
    let machine = Machine::new();
    let data = machine.home.path().join("da ta");
    let mut command = Command::new(&machine.tma1);
    command
        .env_clear()
        .env("HOME", machine.home.path())
        .env("PATH", "/usr/bin:/bin")
        .env("TMA1_DATA_DIR", &data)
        .args(["install", "--adapter", "codex", "--no-otel", "--skip-project-files"])
        .current_dir(machine.home.path());
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let hooks = machine.read(".codex/hooks.json");
    assert!(hooks.contains("\"'~/bin dir/tma1' hook --agent codex --data-dir '~/da ta'\""), "{hooks}");
    let config = machine.read(".codex/config.toml");
    assert!(config.contains(r#"args = ["mcp", "--caller", "codex", "--data-dir", "~/da ta"]"#), "{config}");
    assert!(!config.contains("otel"), "{config}");
    assert!(data.join("install.json").exists() && !machine.data().exists());
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is() {
    let machine = Machine::new();
    machine.home.write(".codex/config.toml", "model = \n");
    let before = machine.files();
    let refused = |args: &[&str]| {
        let ran = machine.run(args);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
        format!("{}: {}", ran.code, machine.plain(&ran.stderr))
    };
    assert_snapshot!("broken", refused(&["install", "--adapter", "claude,codex"]));
    assert_snapshot!("unknown_agent", refused(&["install", "--adapter", "claude,cursor"]));
    assert_snapshot!("no_project", refused(&["install", "--adapter", "claude", "--project", "/nowhere"]));
    assert_eq!(
        refused(&["install"]).lines().next(),
        Some("2: error: the following required arguments were not provided:")
    );
    assert!(machine.files() == before);
    let lock = fs::File::create(machine.data().join("install.lock")).unwrap();
    lock.lock().unwrap();
    assert_snapshot!("busy", refused(&["install", "--adapter", "claude"]));
    drop(lock);
    fs::write(machine.data().join("install.json"), "{\"layout\": 99}").unwrap();
    assert_snapshot!("newer_manifest", refused(&["uninstall", "--adapter", "claude"]));
}

#[test]
fn secrets_beside_our_lines_are_not_shown() {
    let machine = Machine::new();
    let secret = format!("sk-ant-api03-{}", "aB3dE5gH7jK9".repeat(8));
    machine.home.write(".claude.json", format!("{{\n  \"key\": \"{secret}\"\n}}\n"));
    let dry = machine.ok(&["install", "--adapter", "claude", "--dry-run"]);
    assert!(dry.contains("+++ ~/.claude.json") && !dry.contains(&secret), "{dry}");
}

#[test]
fn purging_says_what_goes_and_leaves_what_is_not_ours() {
    let machine = Machine::new();
    machine.ok(&["install", "--adapter", "claude,codex"]);
    fs::write(machine.data().join("letter.txt"), "mine").unwrap();
    let refused = machine.run(&["uninstall", "--adapter", "codex", "--purge-data"]);
    assert_eq!((refused.code, machine.plain(&refused.stderr).contains("still used by claude_code")), (2, true));
    let dry = machine.ok(&["uninstall", "--adapter", "all", "--purge-data", "--dry-run"]);
    assert!(dry.contains("~/.tma1 holds") && dry.ends_with("nothing was removed\n"), "{dry}");
    let purged = machine.ok(&["uninstall", "--adapter", "all", "--purge-data"]);
    assert!(purged.ends_with("removed, but for what is not tma1's: letter.txt\n"), "{purged}");
    let left: Vec<PathBuf> = fs::read_dir(machine.data()).unwrap().flatten().map(|entry| entry.path()).collect();
    assert_eq!(left, [machine.data().join("letter.txt")]);
    assert!(Path::new(&machine.tma1).exists());
}

#[test]
fn the_history_that_is_there_is_read() {
    let machine = Machine::new();
    let fixture = crate::support::project_dir().join("adapters/codex/fixtures");
    let rollout = walk(&fixture).into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    let text = fs::read_to_string(rollout).unwrap();
    machine.home.write(
        ".codex/sessions/2026/11/20/rollout-2026-11-20T10-00-00-0199a000-0000-7000-8000-000000000001.jsonl",
        text,
    );
    let told = machine.ok(&["install", "--adapter", "codex"]);
    assert!(told.contains("codex history"), "{told}");
    assert!(!machine.ok(&["install", "--adapter", "codex", "--no-import"]).contains("history"));
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut dirs) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir) = dirs.pop() {
        for path in fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path()) {
            if path.is_dir() { dirs.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
fn a_binary_by_another_name_knows_its_own_again_or_writes_nothing() {
    let home = Home::new();
    for (name, takes) in [("tma1-nightly", true), ("helper", false)] {
        let program = home.path().join("bin").join(name);
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        std::fs::copy(home.command().get_program(), &program).unwrap();
        let run = |args: &[&str]| {
            let ran = std::process::Command::new(&program)
                .args(args)
                .env_clear()
                .env("HOME", home.path())
                .env("TMA1_DATA_DIR", home.data())
                .env("TMA1_AUTOSTART", "0")
                .output()
                .unwrap();
            (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
        };
        let settings = home.path().join(".gemini/settings.json");
        let install = ["install", "--adapter", "gemini", "--skip-project-files", "--no-import"];
        let (code, said) = run(&install);
        assert_eq!(code, Some(if takes { 0 } else { 2 }), "{name}: {said}");
        assert_eq!(settings.exists(), takes, "{name}");
        if takes {
            let once = std::fs::read(&settings).unwrap();
            assert_eq!(run(&install).0, Some(0));
            assert_eq!(std::fs::read(&settings).unwrap(), once, "twice is once");
            assert_eq!(run(&["uninstall", "--adapter", "gemini"]).0, Some(0));
            assert!(!settings.exists());
        } else {
            assert!(said.contains("helper"), "{said}");
        }
    }
}
