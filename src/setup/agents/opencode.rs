//! opencode: a plugin of ours in its settings' folder, which it finds there by itself; the MCP server in `opencode.json`.
//!
//! Source of the formats: the vendor's documentation and runs of 1.18.33. What it sends of telemetry goes by its
//! environment.

use std::path::{Path, PathBuf};

use super::Wiring;
use crate::model::Agent;
use crate::setup::doctor::{Files, Obstacle};
use crate::setup::edit::{Claim, Edit, Op, Pick, Value, keys};
use crate::setup::ours;
use crate::setup::shared::{instructions, mcp_member, skills};
use crate::setup::wanted::{Part, Piece, Surroundings, Target, Wanted};

/// The name that every version reads; later ones also take `plugins`.
const PLUGINS: &str = "plugin";

const PLUGIN: &str = include_str!("../../../adapters/opencode/plugin/tma1.js");

/// It reads them all; where there is one, the first of these has the last word.
const SETTINGS: [&str; 2] = ["opencode.jsonc", "opencode.json"];

pub struct Opencode;

impl Wiring for Opencode {
    fn agent(&self) -> Agent {
        Agent::Opencode
    }

    fn program(&self) -> &'static str {
        "opencode"
    }

    fn package(&self) -> &'static str {
        "opencode-ai"
    }

    fn home(&self, around: &Surroundings) -> PathBuf {
        around.dir(around.xdg_config_home.as_deref(), ".config").join("opencode")
    }

    fn pieces(&self, wanted: &Wanted<'_>) -> Vec<Piece> {
        let around = &wanted.target.around;
        let home = self.home(around);
        let plugins = home.join(PLUGINS);
        let mut pieces = vec![
            // What the plugin calls; first, because it is looked for as soon as the plugin is there.
            called(wanted, plugins.join("tma1.json")),
            Piece::own_file(Part::Hooks, plugins.join("tma1.js"), PLUGIN, true),
            server(wanted, &home),
        ];
        pieces.extend(skills(&around.home.join(".agents/skills")));
        pieces.extend(instructions(wanted, &["AGENTS.md", "CLAUDE.md"]));
        pieces
    }

    fn obstacles(&self, target: &Target, files: &Files) -> Vec<Obstacle> {
        let home = self.home(&target.around);
        let of_project = target.project.iter().flat_map(|project| [project.clone(), project.join(".opencode")]);
        let mut found = Vec::new();
        for path in of_project.chain([home]).flat_map(|dir| SETTINGS.map(|name| dir.join(name))) {
            if files.is(&path, &["mcp", "tma1", "enabled"], false) {
                found.push(Obstacle::mcp("`mcp.tma1.enabled = false`", &path, "remove it there"));
            }
        }
        found
    }

    fn sends_telemetry(&self, url: &str) -> Option<String> {
        Some(format!(
            "sent only with `experimental.openTelemetry` in its settings and OTEL_EXPORTER_OTLP_ENDPOINT={url} in its environment"
        ))
    }
}

fn called(wanted: &Wanted<'_>, path: PathBuf) -> Piece {
    let words = ours::words(&wanted.program.hook_line(Agent::Opencode, None));
    let claim = || {
        Claim::Known(Pick::new(|hook| {
            let words: Vec<&str> = hook.elements().iter().filter_map(Value::text).collect();
            let calls = |program: &&str| Path::new(program).file_stem().is_some_and(|name| name == "tma1");
            words.first().is_some_and(calls) && words.get(1) == Some(&"hook")
        }))
    };
    let put = Op::Set { at: keys(&["hook"]), value: Value::array(words), claim: claim() };
    let take = Op::Unset { at: keys(&["hook"]), claim: claim() };
    Piece::new(Part::Hooks, path, Edit::Json(vec![put]), Edit::Json(vec![take]))
}

/// In the settings that are there; it makes some itself where there are none.
fn server(wanted: &Wanted<'_>, home: &Path) -> Piece {
    let mut command = vec![wanted.program.name()];
    command.extend(wanted.program.mcp_args(Agent::Opencode));
    let server = Value::table([
        ("type", Value::from("local")),
        ("command", Value::array(command)),
        ("enabled", Value::Bool(true)),
    ]);
    let (put, take) = mcp_member(keys(&["mcp", "tma1"]), server);
    let mut here: Vec<PathBuf> = SETTINGS.iter().map(|name| home.join(name)).collect();
    let chosen = here.iter().position(|path| path.exists()).unwrap_or(SETTINGS.len() - 1);
    let path = here.remove(chosen);
    let piece = Piece::new(Part::Mcp, path, Edit::Json(put), Edit::Json(take));
    Piece { elsewhere: here, ..piece }
}
