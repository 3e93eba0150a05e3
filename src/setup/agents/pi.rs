//! Pi: an extension of ours among its extensions, with the hook's command beside it; the MCP server in `mcp.json`, skills
//! in the shared folder.
//!
//! Source of the formats: the vendor's documentation up to 1.5 and runs of 0.73.1. It has no telemetry of its own.

use std::path::{Path, PathBuf};

use super::Wiring;
use crate::model::Agent;
use crate::setup::doctor::{Files, Obstacle};
use crate::setup::edit::{Claim, Edit, Op, Pick, Value, keys};
use crate::setup::ours;
use crate::setup::shared::{instructions, mcp_member, mcp_server, skills};
use crate::setup::wanted::{Part, Piece, Surroundings, Target, Wanted};

const EXTENSION: &str = "extensions/tma1";

const PROGRAM: &str = include_str!("../../../adapters/pi/extension/index.js");

pub struct Pi;

impl Wiring for Pi {
    fn agent(&self) -> Agent {
        Agent::Pi
    }

    fn program(&self) -> &'static str {
        "pi"
    }

    fn package(&self) -> &'static str {
        "@earendil-works/pi-coding-agent"
    }

    /// Whose `--version` is answered where nobody listens.
    fn former_package(&self) -> Option<&'static str> {
        Some("@mariozechner/pi-coding-agent")
    }

    fn home(&self, around: &Surroundings) -> PathBuf {
        around.dir(around.pi_coding_agent_dir.as_deref(), ".pi/agent")
    }

    fn pieces(&self, wanted: &Wanted<'_>) -> Vec<Piece> {
        let around = &wanted.target.around;
        let home = self.home(around);
        let extension = home.join(EXTENSION);
        // What it calls first: without it the extension does nothing.
        let mut pieces = vec![
            self.called(wanted, extension.join("hook.json")),
            Piece::own_file(Part::Hooks, extension.join("index.js"), PROGRAM, true),
        ];
        // Read from 0.99 on, and before by an extension that brings servers.
        let (put, take) = mcp_member(keys(&["mcpServers", "tma1"]), mcp_server(wanted, self.agent(), &[]));
        pieces.push(Piece::new(Part::Mcp, home.join("mcp.json"), Edit::Json(put), Edit::Json(take)));
        pieces.extend(skills(&around.home.join(".agents/skills")));
        pieces.extend(instructions(wanted, &["AGENTS.md", "CLAUDE.md"]));
        pieces
    }

    fn obstacles(&self, target: &Target, files: &Files) -> Vec<Obstacle> {
        let home = self.home(&target.around);
        let mut found = Vec::new();
        let settings = home.join("settings.json");
        // As `pi config` writes it.
        let is_off = |entry: &String| {
            entry.strip_prefix(['-', '!']).is_some_and(|path| Path::new(path).iter().any(|part| part == "tma1"))
        };
        if files.list(&settings, &["extensions"]).is_some_and(|list| list.iter().any(is_off)) {
            let fix = "remove it from that list";
            found.push(Obstacle::hooks("an entry against `extensions/tma1` in `extensions`", &settings, fix));
        }
        let servers = home.join("mcp.json");
        if files.is(&servers, &["mcpServers", "tma1", "enabled"], false) {
            found.push(Obstacle::mcp("`mcpServers.tma1.enabled = false`", &servers, "enable it under `/mcp` in Pi"));
        }
        found
    }

    fn sends_telemetry(&self, url: &str) -> Option<String> {
        Some(format!("it has none; an extension that exports OpenTelemetry may send it to {url}"))
    }
}

impl Pi {
    /// What the extension calls.
    fn called(&self, wanted: &Wanted<'_>, path: PathBuf) -> Piece {
        let line = wanted.program.hook_line(self.agent(), None);
        let claim = || Claim::Known(call());
        let put = vec![Op::Set { at: keys(&["hook"]), value: Value::array(ours::words(&line)), claim: claim() }];
        let take = vec![Op::Unset { at: keys(&["hook"]), claim: claim() }];
        Piece::new(Part::Hooks, path, Edit::Json(put), Edit::Json(take))
    }
}

/// The words of a call of ours.
fn call() -> Pick {
    Pick::new(|words| {
        let words: Vec<&str> = words.elements().iter().filter_map(Value::text).collect();
        let is_tma1 =
            words.first().is_some_and(|program| Path::new(program).file_stem().is_some_and(|name| name == "tma1"));
        is_tma1 && words.get(1) == Some(&"hook")
    })
}
