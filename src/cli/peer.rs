//! `tma1 peer`: what the agents did on this project lately, in their own words.

use super::args::{Lookback, lookback, whereabouts};
use super::facts::{Facts, joined};
use super::figures::{count, minutes, number};
use super::shell::Shell;
use super::short_ids::ShortIds;
use super::show::message;
use super::terminal::{self, Style};
use crate::answer::doing::{Doing, State};
use crate::answer::peers::{Answer, Params, Peer, PeerSessions};
use crate::answer::{Asker, Question as _, Refusal, Surroundings};
use crate::model::Agent;

/// Messages that people are shown of a session, and how long they may be in all: the most the question allows.
const MESSAGES: u32 = 4;
const MOST_TOKENS: u32 = 8_000;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 peer\n  tma1 peer codex 3 --since 7d\n  tma1 peer all --project app --json")]
pub struct Args {
    /// One agent, such as codex [default: all]
    #[arg(value_name = "AGENT")]
    agent: Option<String>,
    /// Sessions per agent: 1 to 5 [default: 1]
    #[arg(value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=5))]
    count: Option<u32>,
    /// How many of a session's newest messages: 1 to 100 [default: 4, as JSON 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    messages: Option<u32>,
    /// Another project than this one: a path or a name
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Within this time, such as 7d [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = lookback)]
    since: Option<Lookback>,
    /// Print JSON: the answer of get_peer_sessions
    #[arg(long)]
    json: bool,
}

/// As far as the question looks back; what `forever` means.
const MOST_MINUTES: i64 = 60 * 24 * 3650;

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    // A person has no session and is nobody's peer.
    let around = shell.config.surroundings(shell.env, None);
    let asker = Asker::new(Surroundings { caller: None, env_session: None, ..around }, shell.clock)?;
    let (agent, sessions) = agent_and_count(args)?;
    let params = Params {
        agent_source: agent.unwrap_or_default().to_owned(),
        project: args.project.as_deref().map(whereabouts).unwrap_or_default(),
        limit: sessions,
        message_limit: args.messages.or((!args.json).then_some(MESSAGES)),
        since_min: args.since.map(|since| since.minutes().unwrap_or(MOST_MINUTES).clamp(1, MOST_MINUTES)),
        max_tokens: (!args.json).then_some(MOST_TOKENS),
    };
    if args.json {
        return shell.print_told::<PeerSessions>(&asker, params);
    }
    let answer = PeerSessions::answer(&asker, params)?;
    if answer.sessions.is_empty() {
        return terminal::print(&format!("{}\n", nothing(&answer, args)));
    }
    let ids = ShortIds::of(&asker)?;
    let each: Vec<String> = answer.sessions.iter().map(|peer| readable(peer, &ids, shell)).collect();
    let notes: Vec<String> = answer.note.iter().cloned().chain(failures(&answer)).collect();
    terminal::print_noted(&each.join("\n"), Some(notes.join("; ")).filter(|notes| !notes.is_empty()).as_deref())
}

/// `tma1 peer 3` means three sessions of every agent.
fn agent_and_count(args: &Args) -> Result<(Option<&str>, Option<u32>), Refusal> {
    match &args.agent {
        Some(text) if args.count.is_none() && text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() => {
            let sessions = text.parse().ok().filter(|n| (1..=5).contains(n));
            sessions
                .map(|n| (None, Some(n)))
                .ok_or_else(|| Refusal::user(format!("COUNT: {text} is not between 1 and 5")))
        }
        Some(text) if !matches!(text.trim(), "" | "all" | "*") => {
            let agent: Agent = text.parse().map_err(|e| Refusal::user(format!("AGENT: {e}, all")))?;
            Ok((Some(agent.name()), args.count))
        }
        _ => Ok((None, args.count)),
    }
}

fn nothing(answer: &Answer, args: &Args) -> String {
    let project = answer.project.as_deref().unwrap_or("this project");
    let longer = if args.since.is_none() { "in the last 24 h; --since 30d looks further back" } else { "in that time" };
    let failures = failures(answer);
    let who = answer.agent_filter.as_deref().unwrap_or("no agent");
    let none = if answer.agent_filter.is_some() { "has no session" } else { "has a session" };
    let nobody = format!("{who} {none} on {} {longer}", super::text::line(project));
    std::iter::once(nobody).chain(failures).collect::<Vec<_>>().join("\n")
}

/// Whose history may be missing from what is shown.
fn failures(answer: &Answer) -> Vec<String> {
    let said = |(agent, why): (&String, &String)| format!("{agent}, not all of it read: {}", super::text::line(why));
    answer.partial_failures.iter().map(said).collect()
}

fn readable(peer: &Peer, ids: &ShortIds, shell: &Shell<'_>) -> String {
    let when = if peer.live { "live" } else { &peer.last_activity_ago };
    let head = joined(&[peer.agent_source.as_str(), when]);
    let mut text = format!("{}  {head}\n", shell.terminal.paint(Style::Bold, ids.short(&peer.session_id)));
    let mut facts = Facts::new();
    facts.styled("title", peer.title.as_deref().unwrap_or_default(), Style::Bold);
    facts.add("where", peer.cwd.as_deref().unwrap_or_default());
    let work = [
        shell.local(&peer.started_at),
        minutes(peer.duration_minutes),
        count(peer.tool_call_count, "tool call"),
        format!("{} tokens out", number(peer.tokens_output)),
    ];
    facts.add("started", &joined(&work));
    if let Some(now) = &peer.now {
        facts.add("now", &doing(now, shell));
    }
    facts.add("editing", &peer.editing.join(", "));
    facts.add("plan", &peer.plan.iter().map(|step| step.text.as_str()).collect::<Vec<_>>().join("; "));
    facts.add("tools", &peer.recent_tool_names.join(", "));
    facts.add("files", &peer.files_touched.join(", "));
    text.push_str(&facts.render(shell));
    for said in peer.messages.iter().rev() {
        text.push_str(&message(&shell.local(&said.ts), &said.role, &said.content, shell));
    }
    text
}

/// `Bash cargo test · since 10:41`
fn doing(now: &Doing, shell: &Shell<'_>) -> String {
    let what = [now.tool.clone(), now.what.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let state = match now.state {
        State::Running => what,
        State::Asking => format!("asked whether it may: {what}"),
        State::Thinking if what.is_empty() => "thinking".to_owned(),
        State::Thinking => format!("thinking, after {what}"),
        State::Waiting => "waiting for its user".to_owned(),
    };
    joined(&[state, format!("since {}", shell.local(&now.since))])
}
