//! Gemini CLI: hooks, the MCP server and telemetry in `settings.json`, skills in the shared folder.
//!
//! Source of the formats: the vendor's documentation and runs of 0.61.0.

use std::path::{Path, PathBuf};

use super::Wiring;
use crate::adapters;
use crate::model::Agent;
use crate::setup::doctor::{Files, Obstacle};
use crate::setup::edit::{Edit, Value, keys};
use crate::setup::shared::{hook_groups, instructions, mcp_member, mcp_server, noted, skills};
use crate::setup::wanted::{Part, Piece, Surroundings, Target, Wanted};

/// Milliseconds.
const TIMEOUT: i64 = 5000;
/// A server that hangs would otherwise be waited for ten minutes.
const MCP_TIMEOUT: i64 = 30_000;

/// Of our handlers and of the server.
const NAME: &str = "tma1";

pub struct GeminiCli;

impl Wiring for GeminiCli {
    fn agent(&self) -> Agent {
        Agent::GeminiCli
    }

    fn program(&self) -> &'static str {
        "gemini"
    }

    fn package(&self) -> &'static str {
        "@google/gemini-cli"
    }

    fn home(&self, around: &Surroundings) -> PathBuf {
        above(around).join(".gemini")
    }

    fn pieces(&self, wanted: &Wanted<'_>) -> Vec<Piece> {
        let around = &wanted.target.around;
        let settings = self.home(around).join("settings.json");
        // Never `trust`: whether a tool may run unasked is the user's to say.
        let server = mcp_server(wanted, self.agent(), &[("timeout", MCP_TIMEOUT.into())]);
        let (put, take) = mcp_member(keys(&["mcpServers", "tma1"]), server);
        let mut pieces = vec![
            self.hooks(wanted, settings.clone()),
            Piece::new(Part::Mcp, settings.clone(), Edit::Json(put), Edit::Json(take)),
        ];
        pieces.extend(skills(&above(around).join(".agents/skills")));
        pieces.push(telemetry(wanted, settings));
        pieces.extend(instructions(wanted, &["GEMINI.md", "AGENTS.md"]));
        pieces
    }

    fn obstacles(&self, target: &Target, files: &Files) -> Vec<Obstacle> {
        let home = self.home(&target.around);
        let of_project = target.project.as_ref().map(|project| project.join(".gemini/settings.json"));
        let own = [Some(home.join("settings.json")), of_project];
        let mut found: Vec<Obstacle> = Vec::new();
        for path in own.iter().flatten() {
            found.extend(in_settings(path, files, None));
        }
        found.extend(in_settings(Path::new(MANAGED), files, Some("ask whoever manages this machine")));
        // Where `gemini mcp disable` writes.
        let switched = home.join("mcp-server-enablement.json");
        if files.is(&switched, &[NAME, "enabled"], false) {
            found.push(Obstacle::mcp("`enabled = false`", &switched, "run `gemini mcp enable tma1`"));
        }
        found
    }
}

/// What an organisation decides for all its machines.
const MANAGED: &str = if cfg!(target_os = "macos") {
    "/Library/Application Support/GeminiCli/settings.json"
} else if cfg!(windows) {
    r"C:\ProgramData\gemini-cli\settings.json"
} else {
    "/etc/gemini-cli/settings.json"
};

/// `fix`: what to do, where the file is not the user's.
fn in_settings(path: &Path, files: &Files, fix: Option<&str>) -> Vec<Obstacle> {
    let names = |keys: &[&str]| files.list(path, keys).map(|list| list.iter().any(|name| name == NAME));
    let fix = |own: &str| fix.unwrap_or(own).to_owned();
    let mut found = Vec::new();
    if files.is(path, &["hooksConfig", "enabled"], false) {
        found.push(Obstacle::hooks("`hooksConfig.enabled = false`", path, fix("remove it there")));
    }
    if names(&["hooksConfig", "disabled"]) == Some(true) {
        found.push(Obstacle::hooks("`tma1` in `hooksConfig.disabled`", path, fix("remove it from that list")));
    }
    if names(&["mcp", "excluded"]) == Some(true) {
        found.push(Obstacle::mcp("`tma1` in `mcp.excluded`", path, fix("remove it from that list")));
    }
    // An empty list lets all of them start.
    let is_short = || files.list(path, &["mcp", "allowed"]).is_some_and(|list| !list.is_empty());
    if names(&["mcp", "allowed"]) == Some(false) && is_short() {
        found.push(Obstacle::mcp("`mcp.allowed` without `tma1`", path, fix("add it to that list")));
    }
    found
}

impl GeminiCli {
    fn hooks(&self, wanted: &Wanted<'_>, path: PathBuf) -> Piece {
        let handler = Value::table([
            // Its list of what is switched off goes by names.
            ("name", Value::from(NAME)),
            ("type", "command".into()),
            ("command", wanted.program.hook_line(self.agent(), None).into()),
            ("timeout", TIMEOUT.into()),
        ]);
        let group = Value::table([("hooks", Value::Array(vec![handler]))]);
        let hooks = adapters::find(self.agent()).and_then(adapters::Adapter::hooks);
        let registered = hooks.map(adapters::Hooks::events).unwrap_or_default();
        // Older versions of ours may have left something under any of them.
        let ever = hooks.map(adapters::Hooks::known).unwrap_or_default();
        let events: Vec<(&str, Value)> = registered.iter().map(|event| (event.name, group.clone())).collect();
        let (put, take) = hook_groups(&events, ever);
        Piece::new(Part::Hooks, path, Edit::Json(put), Edit::Json(take))
    }
}

fn telemetry(wanted: &Wanted<'_>, path: PathBuf) -> Piece {
    let of = |name: &str| keys(&["telemetry", name]);
    let members = [
        (of("enabled"), Value::Bool(true)),
        (of("target"), "local".into()),
        (of("otlpEndpoint"), wanted.url.into()),
        (of("otlpProtocol"), "http".into()),
    ];
    let (put, take) = noted(&members);
    // Those send it elsewhere.
    let elsewhere = [of("outfile"), of("useCollector")];
    Piece::new(Part::Telemetry, path, Edit::Json(put), Edit::Json(take)).yielding(elsewhere.to_vec())
}

/// The folder that its settings and the shared skills lie in: a variable moves both.
fn above(around: &Surroundings) -> PathBuf {
    around.dir(around.gemini_cli_home.as_deref(), "")
}
