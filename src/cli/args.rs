//! What can be typed: the list of commands, and the ways of saying whose history and since when.
//!
//! Parsing touches nothing but the text. A command's own arguments stand in its file.

use clap::{Args, Parser, Subcommand};

use super::{
    anomalies, build, completions, context, doctor, hook, import, install, mcp, peer, reference, search, serve,
    sessions, settings, show, sql, status, statusline, stop, uninstall, usage,
};
use crate::config::{DURATION_FORM, duration_ms};
use crate::model::{Agent, Millis, UnknownAgent};

#[derive(Debug, Parser)]
#[command(
    name = "tma1",
    version,
    about = "Remembers what every coding agent on this machine did",
    long_about = "Remembers what every coding agent on this machine did.\n\nWithout a command: a short overview.",
    after_help = "Examples:\n  tma1 import                   read the agents' history\n  \
                  tma1 sessions --since 2d      what was done lately\n  \
                  tma1 search \"auth token\"      where it was talked about"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Wire agents: hooks, tools, skills and telemetry
    Install(install::Args),
    /// Take the wiring out again, to the byte
    Uninstall(uninstall::Args),
    /// Try every wiring as its agent uses it, and say what to do where something is amiss
    Doctor(doctor::Args),
    /// Read the agents' history into the store
    Import(import::Args),
    /// List sessions, newest first
    Sessions(sessions::Args),
    /// Show one session: what it was about, did, changed and cost
    Show(show::Args),
    /// What the agents did on this project lately, in their own words
    Peer(peer::Args),
    /// Find words in prompts, answers, commands and errors
    Search(search::Args),
    /// Open warnings about a session
    Anomalies(anomalies::Args),
    /// Everything to know now: the session, builds, changes, the project, others at work
    Context(context::Args),
    /// Tokens and cost over time
    Usage(usage::Args),
    /// Run a build, test or watch command, and keep its output and verdict
    Build(build::Args),
    /// Run read-only SQL on the store
    Sql(sql::Args),
    /// How tma1 itself is doing: the store, its sources, what was passed over
    Status(status::Args),
    /// What is set and where that comes from; pin, mute, budgets and the rest
    Settings(settings::Args),
    /// Run the sidecar: it listens to hooks, follows transcripts and serves the status page
    Serve(serve::Args),
    /// Stop the sidecar, once everything it was given is stored
    Stop(stop::Args),
    /// Pass one event of an agent on, from its hook
    Hook(hook::Args),
    /// Serve the tools to one agent over standard input and output
    Mcp(mcp::Args),
    /// One line about the session, for Claude Code's statusLine setting
    Statusline(statusline::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the version
    #[command(after_help = "Examples:\n  tma1 version")]
    Version,
    /// Print the reference pages
    #[command(hide = true)]
    Reference(reference::Args),
}

/// Whose history, and since when.
#[derive(Debug, Clone, Args)]
pub struct Scope {
    /// Only this agent's sessions, such as codex or claude, or those of a program that telemetry tells of
    #[arg(long, value_name = "AGENT")]
    pub agent: Option<String>,
    /// Only this project: a path or a name
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
    /// Only within this time, such as 7d, 12h or 2w
    #[arg(long, value_name = "DURATION", value_parser = lookback)]
    pub since: Option<Lookback>,
}

impl Scope {
    pub fn agent_name(&self) -> String {
        self.agent.clone().unwrap_or_default()
    }

    pub fn project(&self) -> String {
        self.project.as_deref().map(whereabouts).unwrap_or_default()
    }

    pub fn since_min(&self) -> Option<i64> {
        self.since.and_then(Lookback::minutes)
    }
}

/// How far to look back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookback(Option<Millis>);

impl Lookback {
    /// `None`: for good.
    pub fn span(self) -> Option<Millis> {
        self.0
    }

    pub fn minutes(self) -> Option<i64> {
        self.0.map(|span| (span.max(1) - 1) / 60_000 + 1)
    }
}

pub fn lookback(text: &str) -> Result<Lookback, String> {
    duration_ms(text).map(Lookback).ok_or_else(|| DURATION_FORM.to_owned())
}

/// A project as it is asked for: a name stays one, a path seen from here becomes a whole one.
pub fn whereabouts(project: &str) -> String {
    let seen_from_here = matches!(project, "." | "..") || project.starts_with("./") || project.starts_with("../");
    let whole = if seen_from_here { std::path::absolute(project).ok() } else { None };
    whole.map_or_else(|| project.to_owned(), |path| path.to_string_lossy().into_owned())
}

pub fn agent(text: &str) -> Result<Agent, String> {
    text.parse().map_err(|e: UnknownAgent| e.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_commands_are_well_formed_and_each_shows_examples() {
        Cli::command().debug_assert();
        for command in Cli::command().get_subcommands().filter(|c| !c.is_hide_set()) {
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.starts_with("Examples:\n  tma1 "), "{}: {examples}", command.get_name());
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }

    /// What is shown must work.
    #[test]
    fn every_example_can_be_parsed() {
        let root = Cli::command();
        let texts = root.get_subcommands().chain([&root]).filter_map(|c| c.get_after_help().map(ToString::to_string));
        for text in texts {
            for line in text.lines().skip(1) {
                let command = line.split("   ").find(|part| part.contains("tma1")).unwrap_or(line);
                let command = command.split(" | ").last().unwrap().split(" > ").next().unwrap().trim();
                let words: Vec<String> = command.split('"').enumerate().fold(Vec::new(), |mut words, (index, part)| {
                    if index % 2 == 1 {
                        words.push(part.to_owned());
                    } else {
                        words.extend(part.split_whitespace().map(str::to_owned));
                    }
                    words
                });
                Cli::try_parse_from(&words).unwrap_or_else(|e| panic!("{words:?}: {e}"));
            }
        }
    }

    #[test]
    fn paths_from_here_are_made_whole() {
        assert_eq!(whereabouts("app"), "app");
        assert_eq!(whereabouts(".hidden"), ".hidden");
        assert_eq!(whereabouts("/src/app"), "/src/app");
        assert!(std::path::Path::new(&whereabouts(".")).is_absolute());
    }

    #[test]
    fn times_are_rounded_up_to_minutes() {
        assert_eq!(lookback("90s").unwrap().minutes(), Some(2));
        assert_eq!(lookback("7d").unwrap().minutes(), Some(7 * 1440));
        assert_eq!(lookback("forever").unwrap().minutes(), None);
        assert!(lookback("soon").unwrap_err().contains("30d"));
    }
}
