//! `tma1 context`: what an agent would be told now.

use std::fmt::Write as _;

use super::anomalies;
use super::facts::{self, Facts, joined};
use super::figures::count;
use super::shell::Shell;
use super::show::{plan, section};
use super::terminal::{self, Style};
use super::text;
use crate::answer::bundle::{Answer, Build, ContextBundle, External, Params, PeerLine};
use crate::answer::{Question as _, Refusal, project_state};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 context\n  tma1 context --session a1b2c3d4\n  tma1 context --json")]
pub struct Args {
    /// The session, or the beginning of its id [default: the newest of this project]
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Print JSON: the answer of get_context_bundle
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let asker = shell.asker()?;
    let session_id = args.session.clone().unwrap_or_default().trim().to_owned();
    let params = Params { session_id, ..Params::default() };
    if args.json {
        return shell.print_told::<ContextBundle>(&asker, params);
    }
    let answer = ContextBundle::answer(&asker, params)?;
    terminal::print(&readable(&answer, shell))
}

fn readable(answer: &Answer, shell: &Shell<'_>) -> String {
    let mut out = String::new();
    if let Some(session) = &answer.session {
        out.push_str(&facts::heading(session, shell));
        let mut facts = facts::facts(session, shell);
        facts.add("asked", session.last_user_prompt.as_deref().unwrap_or_default());
        facts.add("answered", session.last_assistant_message.as_deref().unwrap_or_default());
        out.push_str(&facts.render(shell));
        section(&mut out, "plan", &plan(&session.plan, shell), shell);
    }
    section(&mut out, "warnings", &anomalies::lines(&answer.anomalies, shell), shell);
    if let Some(build) = &answer.build {
        section(&mut out, "builds", &builds(build, shell), shell);
    }
    if let Some(external) = &answer.external {
        let title = format!("changes of the last {} min", external.since_min);
        section(&mut out, &title, &changes(external, shell), shell);
    }
    if let Some(state) = &answer.project_state {
        section(&mut out, "project", &project(state, shell), shell);
    }
    section(&mut out, "others", &others(&answer.peers, shell), shell);
    if let Some(note) = &answer.note {
        let _ = writeln!(out, "\n{}", shell.terminal.paint(Style::Dim, &text::line(note)));
    }
    out.trim_start_matches('\n').to_owned()
}

fn builds(build: &Build, shell: &Shell<'_>) -> String {
    let mut facts = Facts::new();
    let style = match build.status.as_str() {
        "passed" => Style::Green,
        "failed" => Style::Red,
        _ => Style::Plain,
    };
    let when = build.ended_at.as_deref().map(|at| shell.age(at)).unwrap_or_default();
    facts.styled("newest", &joined(&[build.tag.as_str(), &build.status, &when]), style);
    for error in &build.red {
        facts.styled("red", &facts::build_error(error, shell), Style::Red);
    }
    facts.render(shell)
}

fn changes(external: &External, shell: &Shell<'_>) -> String {
    let mut facts = Facts::new();
    for change in &external.changes {
        let who = change.attribution.as_deref().unwrap_or_default();
        facts.add(&change.change, &joined(&[change.path.as_str(), who, &shell.age(&change.ts)]));
    }
    for commit in &external.commits {
        let sha = commit.sha.get(..8).unwrap_or(&commit.sha);
        facts.add("commit", &joined(&[sha, &commit.subject, &commit.author, &shell.age(&commit.ts)]));
    }
    for moved in &external.branch_moves {
        facts.add("branch", &joined(&[format!("{} → {}", moved.from, moved.to), shell.age(&moved.ts)]));
    }
    facts.render(shell)
}

fn project(state: &project_state::Answer, shell: &Shell<'_>) -> String {
    let mut facts = Facts::new();
    facts.add("root", state.root.as_deref().unwrap_or_default());
    facts.add("written in", &state.languages.join(", "));
    facts.add("build", state.build_command.as_deref().or(state.build_system.as_deref()).unwrap_or_default());
    facts.add("tests", state.test_command.as_deref().unwrap_or_default());
    if let Some(vcs) = &state.vcs {
        let dirty = vcs.dirty_files.map(|n| count(n.into(), "dirty file")).unwrap_or_default();
        facts.add("git", &joined(&[vcs.branch.as_deref().unwrap_or("no branch"), &dirty]));
    }
    facts.add("key files", &state.key_files.join(", "));
    facts.render(shell)
}

fn others(peers: &[PeerLine], shell: &Shell<'_>) -> String {
    let mut facts = Facts::new();
    for peer in peers {
        let when = if peer.live { "live" } else { &peer.last_activity_ago };
        let files = if peer.overlap.is_empty() {
            prefixed("editing ", &peer.editing)
        } else {
            prefixed("on the same file: ", &peer.overlap)
        };
        let style = if peer.overlap.is_empty() { Style::Plain } else { Style::Yellow };
        facts.styled(&peer.agent_source, &joined(&[when, peer.title.as_deref().unwrap_or_default(), &files]), style);
    }
    facts.render(shell)
}

fn prefixed(words: &str, files: &[String]) -> String {
    if files.is_empty() { String::new() } else { format!("{words}{}", files.join(", ")) }
}
