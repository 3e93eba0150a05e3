//! Copilot CLI: hooks in a file of their own, the MCP server in `mcp-config.json`, skills in the shared folder.
//!
//! Source of the formats: the vendor's documentation and runs of 1.0.102. Its telemetry is set by the environment alone.

use std::path::PathBuf;

use super::Wiring;
use crate::adapters;
use crate::model::Agent;
use crate::setup::doctor::{Files, Obstacle};
use crate::setup::edit::{Claim, Edit, Op, Value, keys};
use crate::setup::ours::words;
use crate::setup::shared::{hook_entries, instructions, mcp_member, mcp_server, skills};
use crate::setup::wanted::{Part, Piece, Surroundings, Target, Wanted};

/// Seconds.
const TIMEOUT: i64 = 10;

const HOOKS: &str = "hooks/tma1.json";

/// Its settings, and what held them before.
const SETTINGS: &[&str] = &["settings.json", "config.json"];

const MARK: &[&str] = &["version"];

pub struct CopilotCli;

impl Wiring for CopilotCli {
    fn agent(&self) -> Agent {
        Agent::CopilotCli
    }

    fn program(&self) -> &'static str {
        "copilot"
    }

    fn package(&self) -> &'static str {
        "@github/copilot"
    }

    /// It unpacks itself at its first start.
    fn tells_version(&self) -> bool {
        false
    }

    fn home(&self, around: &Surroundings) -> PathBuf {
        around.dir(around.copilot_home.as_deref(), ".copilot")
    }

    fn pieces(&self, wanted: &Wanted<'_>) -> Vec<Piece> {
        let around = &wanted.target.around;
        let home = self.home(around);
        let (put, take) = mcp_member(
            keys(&["mcpServers", "tma1"]),
            mcp_server(wanted, self.agent(), &[("type", "local".into()), ("tools", Value::array(["*"]))]),
        );
        let mut pieces = vec![
            self.hooks(wanted, home.join(HOOKS)),
            Piece::new(Part::Mcp, home.join("mcp-config.json"), Edit::Json(put), Edit::Json(take)),
        ];
        // The shared folder is read only where nothing says where the settings are.
        let shared = around.copilot_home.as_deref().is_none_or(str::is_empty);
        pieces.extend(skills(&if shared { around.home.join(".agents/skills") } else { home.join("skills") }));
        pieces.extend(instructions(wanted, &["AGENTS.md"]));
        pieces
    }

    fn obstacles(&self, target: &Target, files: &Files) -> Vec<Obstacle> {
        let home = self.home(&target.around);
        let settings = SETTINGS.iter().map(|name| home.join(name));
        let mut found: Vec<Obstacle> = settings
            .clone()
            .chain([home.join(HOOKS)])
            .filter(|path| files.is(path, &["disableAllHooks"], true))
            .map(|path| Obstacle::hooks("`disableAllHooks`", &path, "remove it there"))
            .collect();
        let names = |path: &PathBuf| files.list(path, &["disabledMcpServers"]).unwrap_or_default();
        let disabled = settings.filter(|path| names(path).iter().any(|name| name == "tma1"));
        found.extend(
            disabled.map(|path| Obstacle::mcp("`tma1` in `disabledMcpServers`", &path, "remove it from that list")),
        );
        found
    }

    fn sends_telemetry(&self, url: &str) -> Option<String> {
        let variables = format!("`COPILOT_OTEL_ENABLED=true` and `OTEL_EXPORTER_OTLP_ENDPOINT={url}`");
        Some(format!("its environment alone decides: {variables} send it here"))
    }
}

impl CopilotCli {
    /// Edited like a file of others: what somebody adds to it stays.
    fn hooks(&self, wanted: &Wanted<'_>, path: PathBuf) -> Piece {
        let entry = |event: &str| {
            let line = wanted.program.hook_line(self.agent(), Some(event));
            Value::table([
                ("type", Value::from("command")),
                // A call of a tool whose hook fails is refused: not even a binary that is gone may do that.
                ("bash", format!("{line} || true").into()),
                ("powershell", power_line(&line).into()),
                ("timeoutSec", TIMEOUT.into()),
            ])
        };
        let known = adapters::find(self.agent()).and_then(adapters::Adapter::hooks);
        let registered = known.map(adapters::Hooks::events).unwrap_or_default();
        let events: Vec<(&str, Value)> = registered.iter().map(|event| (event.name, entry(event.name))).collect();
        let (mut put, mut take) = hook_entries(&events, &[]);
        put.insert(0, Op::Set { at: keys(MARK), value: 1.into(), claim: Claim::Noted });
        take.push(Op::Unset { at: keys(MARK), claim: Claim::Noted });
        Piece::new(Part::Hooks, path, Edit::Json(put), Edit::Json(take))
    }
}

/// The call as PowerShell takes it.
fn power_line(line: &str) -> String {
    let quoted: Vec<String> = words(line).iter().map(|word| format!("'{}'", word.replace('\'', "''"))).collect();
    format!("try {{ & {} }} catch {{ }}; exit 0", quoted.join(" "))
}
