//! Codex: hooks in `hooks.json`, the MCP server and telemetry in `config.toml`, skills in the shared folder.
//!
//! Source of the formats: schemas and runs of 0.169.

use std::path::{Path, PathBuf};

use super::Wiring;
use crate::adapters;
use crate::model::Agent;
use crate::setup::doctor::{Files, Handler, Obstacle, Trust};
use crate::setup::edit::{Edit, Value, keys};
use crate::setup::ours::is_hook_line;
use crate::setup::shared::{hook_group, hook_groups, instructions, mcp_member, mcp_server, noted, skills};
use crate::setup::wanted::{Part, Piece, Surroundings, Target, Wanted};

/// Seconds.
const TIMEOUT: i64 = 5;
/// The client takes no longer one for these, and says so in every run.
const SHORT_TIMEOUT: i64 = 3;
const SHORT: &[&str] = &["SessionEnd", "Interrupt"];

/// Switches of the hooks as a whole, under `[features]`: its name, and the one it had before.
const FEATURES: &[&str] = &["hooks", "codex_hooks"];

pub struct Codex;

impl Wiring for Codex {
    fn agent(&self) -> Agent {
        Agent::Codex
    }

    fn program(&self) -> &'static str {
        "codex"
    }

    fn package(&self) -> &'static str {
        "@openai/codex"
    }

    fn home(&self, around: &Surroundings) -> PathBuf {
        around.dir(around.codex_home.as_deref(), ".codex")
    }

    fn pieces(&self, wanted: &Wanted<'_>) -> Vec<Piece> {
        let home = self.home(&wanted.target.around);
        let config = home.join("config.toml");
        let (put, take) = mcp_member(keys(&["mcp_servers", "tma1"]), mcp_server(wanted, self.agent(), &[]));
        let mut pieces = vec![
            self.hooks(wanted, home.join("hooks.json")),
            Piece::new(Part::Mcp, config.clone(), Edit::Toml(put), Edit::Toml(take)),
        ];
        pieces.extend(skills(&wanted.target.around.home.join(".agents/skills")));
        pieces.push(telemetry(wanted, config));
        pieces.extend(instructions(wanted, &["AGENTS.md"]));
        pieces
    }

    fn still_to_do(&self) -> Option<&'static str> {
        Some("open Codex once and choose \"Trust all\" under /hooks: it runs no hook before that")
    }

    fn hands_on(&self) -> Option<&'static [&'static str]> {
        Some(&["HOME", "LANG", "PATH", "SHELL", "TERM", "USER"])
    }

    fn obstacles(&self, target: &Target, files: &Files) -> Vec<Obstacle> {
        let config = self.home(&target.around).join("config.toml");
        let feature = |name: &&str| files.is(&config, &["features", name], false);
        let mut found: Vec<Obstacle> = FEATURES
            .iter()
            .filter(|name| feature(name))
            .map(|name| Obstacle::hooks(&format!("`{name} = false` under [features]"), &config, "remove that line"))
            .collect();
        let managed = Path::new("/etc/codex/requirements.toml");
        if files.is(managed, &["allow_managed_hooks_only"], true) {
            found.push(Obstacle::hooks("`allow_managed_hooks_only`", managed, "ask whoever manages this machine"));
        }
        found
    }

    fn trust(&self, around: &Surroundings, files: &Files) -> Option<Trust> {
        let home = self.home(around);
        let (named, real) = (home.join("hooks.json"), files.real(&home.join("hooks.json")));
        let known = files.value(&home.join("config.toml"), &["hooks", "state"]);
        let handler = |rest: String| {
            let keys = [&named, &real].map(|path| format!("{}:{rest}", path.display()));
            let found = keys.iter().find_map(|key| Some((key.clone(), known.as_ref()?.get(key)?)));
            let is_off = |state: &Value| state.get("enabled") == Some(&Value::Bool(false));
            match found {
                Some((key, state)) => {
                    Handler { key, agreed: state.get("trusted_hash").is_some(), switched_off: is_off(state) }
                }
                None => Handler { key: keys[0].clone(), agreed: false, switched_off: false },
            }
        };
        let handlers = self.handlers(around, files).into_iter().map(handler).collect();
        Some(Trust { handlers, server: &["app-server"] })
    }
}

impl Codex {
    /// Key of the trust in each of our handlers: file, event, group, handler.
    fn handlers(&self, around: &Surroundings, files: &Files) -> Vec<String> {
        let path = self.home(around).join("hooks.json");
        let Some(Value::Table(events)) = files.value(&path, &["hooks"]) else { return Vec::new() };
        let mut keys = Vec::new();
        for (event, groups) in &events {
            for (group, about) in groups.elements().iter().enumerate() {
                let handlers = about.get("hooks").map_or(&[][..], Value::elements).iter().enumerate();
                let ours = handlers
                    .filter(|(_, handler)| handler.get("command").and_then(Value::text).is_some_and(is_hook_line));
                keys.extend(ours.map(|(handler, _)| format!("{}:{group}:{handler}", snake_case(event))));
            }
        }
        keys
    }

    fn hooks(&self, wanted: &Wanted<'_>, path: PathBuf) -> Piece {
        let hooks = adapters::find(self.agent()).and_then(adapters::Adapter::hooks);
        let registered = hooks.map(adapters::Hooks::events).unwrap_or_default();
        // Older versions of ours may have left something under any of them.
        let ever = hooks.map(adapters::Hooks::known).unwrap_or_default();
        let line = wanted.program.hook_line(self.agent(), None);
        let timeout = |event: &str| if SHORT.contains(&event) { SHORT_TIMEOUT } else { TIMEOUT };
        let events: Vec<(&str, Value)> =
            registered.iter().map(|event| (event.name, hook_group(&line, timeout(event.name)))).collect();
        let (put, take) = hook_groups(&events, ever);
        Piece::new(Part::Hooks, path, Edit::Json(put), Edit::Json(take))
    }
}

/// As the client writes an event's name in a key.
fn snake_case(event: &str) -> String {
    let mut name = String::with_capacity(event.len() + 4);
    for c in event.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn telemetry(wanted: &Wanted<'_>, path: PathBuf) -> Piece {
    // An endpoint is taken as it is, with the path of its signal.
    let exporter = |signal: &str| {
        let about = [("endpoint", format!("{}/v1/{signal}", wanted.url)), ("protocol", "binary".to_owned())];
        Value::table([("otlp-http", Value::table(about))])
    };
    let members = [
        (keys(&["otel", "exporter"]), exporter("logs")),
        (keys(&["otel", "trace_exporter"]), exporter("traces")),
        (keys(&["otel", "metrics_exporter"]), exporter("metrics")),
    ];
    let (put, take) = noted(&members);
    Piece::new(Part::Telemetry, path, Edit::Toml(put), Edit::Toml(take)).yielding(Vec::new())
}
