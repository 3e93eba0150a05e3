//! The skills: copies in every package, and texts that name only what there is.

use std::path::PathBuf;

use tma1::model::Agent;

use super::{PACKAGES, in_step, read};
use crate::support::{Home, project_dir};

/// They are paid for by whoever asks.
const LINES: usize = 60;

/// Name and text of every skill.
fn skills() -> Vec<(String, String)> {
    let dirs = std::fs::read_dir(project_dir().join("skills")).expect("skills").flatten();
    let mut found: Vec<(String, String)> =
        dirs.map(|dir| (dir.file_name().to_string_lossy().into_owned(), read(&dir.path().join("SKILL.md")))).collect();
    found.sort();
    assert_eq!(found.len(), 2, "a new skill? say so here");
    found
}

/// A line of the head, without its name.
fn head<'a>(text: &'a str, name: &str) -> &'a str {
    let head = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).expect("a head").0;
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default();
    line.trim_matches('"')
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_package_has_the_same_skills() {
    let mut wanted: Vec<(PathBuf, String)> = Vec::new();
    for package in PACKAGES {
        for (name, text) in skills() {
            wanted.push((package.path(&format!("skills/{name}/SKILL.md")), text));
        }
    }
    in_step(wanted);
    for package in PACKAGES {
        let there = std::fs::read_dir(package.path("skills")).expect("skills").count();
        assert_eq!(there, skills().len(), "{} has a skill without a source", package.dir);
    }
}

#[test]
fn heads_are_what_every_agent_takes() {
    for (name, text) in skills() {
        assert_eq!(head(&text, "name"), name);
        let about = head(&text, "description");
        assert!(about.len() <= 300 && about.contains("Use when "), "{name}: {about}");
        assert!(text.lines().count() <= LINES, "{name} has {} lines", text.lines().count());
        let colon = about.contains(": ");
        assert!(!colon, "{name}: a colon in a plain YAML value");
    }
}

#[test]
fn the_peer_skill_may_call_the_peer_tool_only() {
    let (_, text) = skills().into_iter().find(|(name, _)| name == "tma1-peer").expect("the skill");
    // As a plugin's server is called, and as one that was installed.
    assert_eq!(head(&text, "allowed-tools"), "mcp__tma1__get_peer_sessions, mcp__plugin_tma1_tma1__get_peer_sessions");
    assert!(text.contains("$ARGUMENTS"));
    let known = quoted(&text);
    for agent in Agent::ALL {
        assert!(known.contains(&agent.name()), "{agent} is not named");
    }
    let refused = known.iter().find(|words| words.starts_with("unknown peer agent")).expect("the fixed answer");
    for agent in Agent::ALL {
        assert!(refused.contains(agent.name()), "{agent} is not offered");
    }
    for alias in ["claude", "cc", "copilot", "gemini"] {
        assert!(known.contains(&alias) && alias.parse::<Agent>().is_ok(), "{alias}");
    }
}

#[test]
fn tools_commands_and_views_that_are_named_exist() {
    let home = Home::new();
    let tools = home.ok(&["reference", "tools"]);
    let views = home.ok(&["reference", "sql"]);
    let commands = home.ok(&["--help"]);
    for (name, text) in skills() {
        let named = quoted(&text);
        assert!(named.len() > 10, "{name}");
        for words in named {
            if words.starts_with("get_") || words == "search_history" {
                assert!(tools.contains(&format!("## `{words}`")), "{name}: no tool {words}");
            }
            if let Some(command) = words.strip_prefix("tma1 ").and_then(|rest| rest.split(' ').next()) {
                assert!(commands.contains(&format!("\n  {command} ")), "{name}: no command {command}");
            }
        }
    }
    let (_, text) = skills().into_iter().find(|(name, _)| name == "tma1").expect("the skill");
    let list = text.split_once("views that stay: ").and_then(|(_, rest)| rest.split_once(". ")).expect("the views").0;
    let listed = quoted(list);
    assert!(listed.len() > 8, "{listed:?}");
    for view in listed {
        assert!(views.contains(&format!("## `{view}`")), "no view {view}");
    }
}

#[test]
fn its_sql_runs() {
    let home = Home::new();
    home.import(&project_dir().join("adapters/claude-code/fixtures/2.1.328/multi"));
    let (_, text) = skills().into_iter().find(|(name, _)| name == "tma1").expect("the skill");
    let sql = text.split_once("```sql\n").and_then(|(_, rest)| rest.split_once("```")).expect("an example").0;
    home.sql(&sql.replace("-7 days", "-36500 days")).as_array().filter(|rows| !rows.is_empty()).expect("rows");
}
