//! Claude Code: hooks and telemetry in `settings.json`, the MCP server in `.claude.json`, skills in their folders.
//!
//! Source of the formats: the vendor's documentation up to 2.1.240, and runs of 2.0.76, 2.1.110 and 2.1.328.

use std::path::{Path, PathBuf};

use super::Wiring;
use crate::adapters;
use crate::model::Agent;
use crate::setup::doctor::{Files, Obstacle};
use crate::setup::edit::{Edit, Value, keys};
use crate::setup::shared::{hook_group, hook_groups, instructions, mcp_member, mcp_server, noted};
use crate::setup::texts::SKILLS;
use crate::setup::wanted::{Part, Piece, Surroundings, Target, Wanted};

/// Seconds. The call ends within a third of one; this is for a machine that stands still.
const TIMEOUT: i64 = 5;

pub struct ClaudeCode;

impl Wiring for ClaudeCode {
    fn agent(&self) -> Agent {
        Agent::ClaudeCode
    }

    fn program(&self) -> &'static str {
        "claude"
    }

    fn package(&self) -> &'static str {
        "@anthropic-ai/claude-code"
    }

    fn home(&self, around: &Surroundings) -> PathBuf {
        around.dir(around.claude_config_dir.as_deref(), ".claude")
    }

    fn pieces(&self, wanted: &Wanted<'_>) -> Vec<Piece> {
        let around = &wanted.target.around;
        let home = self.home(around);
        let settings = home.join("settings.json");
        // Beside the folder, or in it where a variable names it.
        let state = match &around.claude_config_dir {
            Some(_) => home.join(".claude.json"),
            None => around.home.join(".claude.json"),
        };
        let mut pieces = vec![self.hooks(wanted, settings.clone()), mcp(wanted, state)];
        pieces.extend(peer_skill(wanted, &home));
        pieces.push(telemetry(wanted, settings));
        pieces.extend(instructions(wanted, &["CLAUDE.md", "AGENTS.md"]));
        pieces
    }

    fn obstacles(&self, target: &Target, files: &Files) -> Vec<Obstacle> {
        let user = self.home(&target.around).join("settings.json");
        let of_project = |name: &str| target.project.as_ref().map(|project| project.join(".claude").join(name));
        let own = [Some(user), of_project("settings.json"), of_project("settings.local.json")];
        let mut found: Vec<Obstacle> = own
            .iter()
            .flatten()
            .filter(|path| files.is(path, &["disableAllHooks"], true))
            .map(|path| Obstacle::hooks("`disableAllHooks`", path, "remove it there"))
            .collect();
        let managed = Path::new(MANAGED);
        for member in ["disableAllHooks", "allowManagedHooksOnly"] {
            if files.is(managed, &[member], true) {
                let fix = "ask whoever manages this machine";
                found.push(Obstacle::hooks(&format!("`{member}`"), managed, fix));
            }
        }
        found
    }
}

/// What an organisation decides for all its machines.
const MANAGED: &str = if cfg!(target_os = "macos") {
    "/Library/Application Support/ClaudeCode/managed-settings.json"
} else if cfg!(windows) {
    r"C:\Program Files\ClaudeCode\managed-settings.json"
} else {
    "/etc/claude-code/managed-settings.json"
};

impl ClaudeCode {
    fn hooks(&self, wanted: &Wanted<'_>, path: PathBuf) -> Piece {
        let hooks = adapters::find(self.agent()).and_then(adapters::Adapter::hooks);
        let registered = hooks.map(adapters::Hooks::events).unwrap_or_default();
        // Older versions of ours may have left something under any of them.
        let ever = hooks.map(adapters::Hooks::known).unwrap_or_default();
        let line = wanted.program.hook_line(self.agent(), None);
        // A client refuses the whole file for one event that it does not know.
        let knows = |since: Option<&str>| match (since, wanted.version) {
            (None, _) => true,
            (Some(since), Some(version)) => version.at_least(since),
            (Some(_), None) => false,
        };
        let events: Vec<(&str, Value)> = registered
            .iter()
            .filter(|event| knows(event.since))
            .map(|event| (event.name, hook_group(&line, TIMEOUT)))
            .collect();
        let (put, take) = hook_groups(&events, ever);
        Piece::new(Part::Hooks, path, Edit::Json(put), Edit::Json(take))
    }
}

/// Before this version a skill is no command for its user, and a command of the same name takes its place.
const SKILLS_ARE_COMMANDS: &str = "2.1.110";

fn peer_skill(wanted: &Wanted<'_>, home: &Path) -> Vec<Piece> {
    let by_command = wanted.version.is_some_and(|version| !version.at_least(SKILLS_ARE_COMMANDS));
    let pieces = SKILLS.iter().flat_map(|skill| {
        let asked_for = skill.name == "tma1-peer";
        let file = home.join("skills").join(skill.name).join("SKILL.md");
        let command = home.join("commands").join(format!("{}.md", skill.name));
        let mut pieces = vec![Piece::own_file(Part::Skill, file, skill.text, !(asked_for && by_command))];
        pieces.extend(asked_for.then(|| Piece::own_file(Part::Skill, command, skill.text, by_command)));
        pieces
    });
    pieces.collect()
}

fn mcp(wanted: &Wanted<'_>, path: PathBuf) -> Piece {
    let server = mcp_server(wanted, Agent::ClaudeCode, &[("type", "stdio".into())]);
    let (put, take) = mcp_member(keys(&["mcpServers", "tma1"]), server);
    let lock = PathBuf::from(format!("{}.lock", path.display()));
    Piece::new(Part::Mcp, path, Edit::Json(put), Edit::Json(take)).locked_by(lock)
}

fn telemetry(wanted: &Wanted<'_>, path: PathBuf) -> Piece {
    let env = |name: &str| keys(&["env", name]);
    let members = [
        (env("CLAUDE_CODE_ENABLE_TELEMETRY"), "1".into()),
        (env("CLAUDE_CODE_ENHANCED_TELEMETRY_BETA"), "1".into()),
        (env("OTEL_EXPORTER_OTLP_ENDPOINT"), wanted.url.into()),
        (env("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf".into()),
        (env("OTEL_LOGS_EXPORTER"), "otlp".into()),
        (env("OTEL_METRICS_EXPORTER"), "otlp".into()),
        (env("OTEL_TRACES_EXPORTER"), "otlp".into()),
    ];
    let (put, take) = noted(&members);
    let elsewhere = [
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
    ];
    Piece::new(Part::Telemetry, path, Edit::Json(put), Edit::Json(take)).yielding(elsewhere.map(env).to_vec())
}
