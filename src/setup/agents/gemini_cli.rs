//! Gemini CLI: hooks, the MCP server and telemetry in `settings.json`, skills in the shared folder.
//!
//! Source of the formats: the vendor's documentation and runs of 0.61.0.

use std::path::PathBuf;

use super::Wiring;
use crate::model::Agent;
use crate::setup::edit::{Edit, Value, keys};
use crate::setup::shared::{hook_groups, instructions, mcp_member, mcp_server, noted, skills};
use crate::setup::wanted::{Part, Piece, Surroundings, Wanted};

/// Milliseconds.
const TIMEOUT: i64 = 5000;
/// A server that hangs would otherwise be waited for ten minutes.
const MCP_TIMEOUT: i64 = 30_000;

/// The events with a use. The others run before every request to the model, or on every piece of its answer.
const EVENTS: &[&str] =
    &["SessionStart", "SessionEnd", "BeforeAgent", "AfterAgent", "BeforeTool", "AfterTool", "Notification"];

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
}

impl GeminiCli {
    fn hooks(&self, wanted: &Wanted<'_>, path: PathBuf) -> Piece {
        let handler = Value::table([
            // Its list of what is switched off goes by names.
            ("name", Value::from("tma1")),
            ("type", "command".into()),
            ("command", wanted.program.hook_line(self.agent(), None).into()),
            ("timeout", TIMEOUT.into()),
        ]);
        let group = Value::table([("hooks", Value::Array(vec![handler]))]);
        let events: Vec<(&str, Value)> = EVENTS.iter().map(|event| (*event, group.clone())).collect();
        let (put, take) = hook_groups(&events, &[]);
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
