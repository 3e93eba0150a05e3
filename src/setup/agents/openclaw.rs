//! OpenClaw: a plugin of ours in its state directory, named in `openclaw.json`; the MCP server there too.
//!
//! Source of the formats: the vendor's documentation and runs of 2026.9.6. It exports telemetry only with a plugin that is
//! installed apart.

use std::path::{Path, PathBuf};

use super::Wiring;
use crate::model::Agent;
use crate::setup::doctor::{Files, Obstacle};
use crate::setup::edit::{Claim, Edit, List, Op, Pick, Value, keys};
use crate::setup::ours;
use crate::setup::shared::{instructions, mcp_member, mcp_server, skills};
use crate::setup::wanted::{Part, Piece, Surroundings, Target, Wanted};

/// From here on every release takes the permission; some before it refuse the whole file for it.
const ASKS_PERMISSION: &str = "2026.5.7";

const PLUGIN: &str = "extensions/tma1";

const FILES: &[(&str, &str)] = &[
    ("package.json", include_str!("../../../adapters/openclaw/plugin/package.json")),
    ("openclaw.plugin.json", include_str!("../../../adapters/openclaw/plugin/openclaw.plugin.json")),
    ("index.js", include_str!("../../../adapters/openclaw/plugin/index.js")),
];

pub struct Openclaw;

impl Wiring for Openclaw {
    fn agent(&self) -> Agent {
        Agent::Openclaw
    }

    fn program(&self) -> &'static str {
        "openclaw"
    }

    fn package(&self) -> &'static str {
        "openclaw"
    }

    fn home(&self, around: &Surroundings) -> PathBuf {
        around.dir(around.openclaw_state_dir.as_deref(), ".openclaw")
    }

    fn pieces(&self, wanted: &Wanted<'_>) -> Vec<Piece> {
        let around = &wanted.target.around;
        let home = self.home(around);
        let config = config(around);
        let plugin = home.join(PLUGIN);
        let (put, take) = mcp_member(keys(&["mcp", "servers", "tma1"]), mcp_server(wanted, self.agent(), &[]));
        // The files first: a gateway that runs loads what its settings name at once.
        let mut pieces: Vec<Piece> =
            FILES.iter().map(|(name, text)| Piece::own_file(Part::Hooks, plugin.join(name), *text, true)).collect();
        pieces.push(self.named(wanted, config.clone(), &plugin));
        pieces.push(allowed(config.clone()));
        pieces.push(Piece::new(Part::Mcp, config, Edit::Json(put), Edit::Json(take)));
        pieces.extend(skills(&around.home.join(".agents/skills")));
        pieces.extend(instructions(wanted, &["AGENTS.md"]));
        pieces
    }

    fn obstacles(&self, target: &Target, files: &Files) -> Vec<Obstacle> {
        let config = config(&target.around);
        // As it compares them.
        let is_ours = |id: &String| id.trim().eq_ignore_ascii_case("tma1");
        let list = |name: &str| files.list(&config, &["plugins", name]).unwrap_or_default();
        let mut found = Vec::new();
        if files.is(&config, &["plugins", "enabled"], false) {
            found.push(Obstacle::hooks("`plugins.enabled = false`", &config, "remove it there"));
        }
        if list("deny").iter().any(is_ours) {
            found.push(Obstacle::hooks("`tma1` in `plugins.deny`", &config, "remove it from that list"));
        }
        if files.is(&config, &["plugins", "entries", "tma1", "enabled"], false) {
            let fix = "run `openclaw plugins enable tma1`";
            found.push(Obstacle::hooks("`plugins.entries.tma1.enabled = false`", &config, fix));
        }
        // An empty list shuts nobody out.
        let allowed = list("allow");
        if !allowed.is_empty() && !allowed.iter().any(is_ours) {
            found.push(Obstacle::hooks("`plugins.allow` without `tma1`", &config, "add it to that list"));
        }
        found
    }

    fn sends_telemetry(&self, url: &str) -> Option<String> {
        Some(format!("sent only with its plugin `diagnostics-otel`, here with {url} as `diagnostics.otel.endpoint`"))
    }

    fn hands_on(&self) -> Option<&'static [&'static str]> {
        Some(&["HOME", "LANG", "PATH", "SHELL", "TERM", "USER"])
    }
}

/// The file of its settings.
fn config(around: &Surroundings) -> PathBuf {
    match around.openclaw_config_path.as_deref().map(str::trim).filter(|path| !path.is_empty()) {
        Some(path) => around.dir(Some(path), ""),
        None => Openclaw.home(around).join("openclaw.json"),
    }
}

impl Openclaw {
    /// The plugin in the settings: where it lies, what it may see, what it calls.
    fn named(&self, wanted: &Wanted<'_>, config: PathBuf, plugin: &Path) -> Piece {
        let line = wanted.program.hook_line(self.agent(), None);
        let mut entry = vec![("enabled", Value::Bool(true))];
        if wanted.version.is_some_and(|version| version.at_least(ASKS_PERMISSION)) {
            entry.push(("hooks", Value::table([("allowConversationAccess", true)])));
        }
        entry.push(("config", Value::table([("hook", Value::array(ours::words(&line)))])));
        let paths = || keys(&["plugins", "load", "paths"]);
        let at = || keys(&["plugins", "entries", "tma1"]);
        let path = plugin.to_string_lossy().into_owned();
        let put = vec![
            Op::Element { at: paths(), list: plugin_path(), value: path.into() },
            Op::Set { at: at(), value: Value::table(entry), claim: Claim::Known(plugin_entry()) },
        ];
        let take = vec![
            Op::Unset { at: at(), claim: Claim::Known(plugin_entry()) },
            Op::NoElement { at: paths(), list: plugin_path() },
        ];
        Piece::new(Part::Hooks, config, Edit::Json(put), Edit::Json(take))
    }
}

/// Where the user lists the plugins that may run, ours has to be among them. A list of ours alone would shut out the others.
fn allowed(config: PathBuf) -> Piece {
    let at = || keys(&["plugins", "allow"]);
    let list = || List::Whole(Pick::new(|id| id.text() == Some("tma1")));
    let put = Op::Element { at: at(), list: list(), value: "tma1".into() };
    let take = Op::NoElement { at: at(), list: list() };
    Piece::new(Part::Hooks, config, Edit::Json(vec![put]), Edit::Json(vec![take])).only_beside(at())
}

fn plugin_path() -> List {
    List::Whole(Pick::new(|path| path.text().is_some_and(|path| Path::new(path).ends_with(PLUGIN))))
}

/// An entry whose plugin calls us.
fn plugin_entry() -> Pick {
    Pick::new(|entry| {
        let hook = entry.get("config").and_then(|config| config.get("hook"));
        let words: Vec<&str> = hook.map_or(&[][..], Value::elements).iter().filter_map(Value::text).collect();
        let is_tma1 =
            words.first().is_some_and(|program| Path::new(program).file_stem().is_some_and(|name| name == "tma1"));
        is_tma1 && words.get(1) == Some(&"hook")
    })
}
