//! `tma1 show`: one session, in facts and in its own words.

use std::fmt::Write as _;

use serde_json::Value;

use super::facts::{self, Facts, joined};
use super::figures::{local_clock, number, took};
use super::shell::Shell;
use super::table::{Cell, Column, Table};
use super::terminal::{self, Style};
use super::text;
use crate::answer::overlap::SharedFile;
use crate::answer::session_facts::{PlanEntry, Subagent};
use crate::answer::session_state::{self, Action, SessionState};
use crate::answer::{self, Asker, Kind, Question as _, Refusal, budget, rfc3339};
use crate::store::{MessageFilter, MessageRow};

const MESSAGES: u32 = 4;
const ACTIONS: u32 = 10;
/// Of a message; `--json` has all of it.
const MESSAGE_BYTES: usize = 1_500;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 show a1b2c3d4\n  tma1 show a1b2c3d4 --messages 20 --actions 50\n  \
                        tma1 show a1b2c3d4 --json")]
pub struct Args {
    /// The session, or the beginning of its id (see `tma1 sessions`)
    #[arg(value_name = "SESSION")]
    session: String,
    /// How many of its newest messages [default: 4]
    #[arg(long, value_name = "N")]
    messages: Option<u32>,
    /// How many of its newest tool calls: 0 to 200 [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=200))]
    actions: Option<u32>,
    /// Print JSON: the answer of get_session_state, and the messages that are asked for
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let asker = shell.asker()?;
    let wanted = args.actions.or((!args.json).then_some(ACTIONS));
    let session = named(&args.session)?;
    let params = || session_state::Params {
        session_id: session.to_owned(),
        verbose: wanted != Some(0),
        action_limit: wanted.filter(|n| *n > 0),
    };
    let answer = SessionState::answer(&asker, params()).map_err(|refusal| match refusal.kind {
        Kind::NotFound => refusal.hint("Run `tma1 sessions` to see which there are."),
        _ => refusal,
    })?;
    let said = messages(&asker, &answer, args.messages.unwrap_or(if args.json { 0 } else { MESSAGES }))?;
    if args.json {
        return shell.print_json(&with_messages(answer::tell::<SessionState>(&asker, params())?.json, &said));
    }
    terminal::print_noted(&readable(&answer, &said, shell), answer.note.as_deref())
}

/// A blank name would mean "your own" to the question; here it is a slip.
fn named(session: &str) -> Result<&str, Refusal> {
    let session = session.trim();
    if session.is_empty() {
        return Err(Refusal::user("SESSION is blank").hint("Name a session; `tma1 sessions` lists them."));
    }
    Ok(session)
}

/// Newest first, as the store gives them.
fn messages(asker: &Asker, answer: &session_state::Answer, limit: u32) -> Result<Vec<MessageRow>, Refusal> {
    let Some(facts) = answer.session.as_ref().filter(|_| limit > 0) else { return Ok(Vec::new()) };
    let Some(session) = asker.store.session(&facts.session_id)? else { return Ok(Vec::new()) };
    let filter = MessageFilter { roles: &["user", "assistant"], main_only: true, before: None, limit: limit as usize };
    Ok(asker.store.messages(session.row, &filter)?)
}

fn with_messages(mut json: Value, said: &[MessageRow]) -> Value {
    if let (Some(fields), false) = (json.as_object_mut(), said.is_empty()) {
        let each = said.iter().map(|m| serde_json::json!({"ts": rfc3339(m.at), "role": m.role, "content": m.content}));
        fields.insert("messages".to_owned(), Value::Array(each.collect()));
    }
    json
}

fn readable(answer: &session_state::Answer, said: &[MessageRow], shell: &Shell<'_>) -> String {
    let Some(session) = &answer.session else {
        return format!("{}\n", answer.note.as_deref().unwrap_or_default());
    };
    let mut text = facts::heading(session, shell);
    text.push_str(&facts::facts(session, shell).render(shell));
    section(&mut text, "on the same file", &overlap(&answer.overlap, shell), shell);
    section(&mut text, "plan", &plan(&session.plan, shell), shell);
    section(&mut text, "sub-agents", &subagents(&session.subagents, shell), shell);
    section(&mut text, "actions", &actions(&answer.actions, shell), shell);
    section(&mut text, "messages", &conversation(said, shell), shell);
    text
}

/// Who else has a file of the session in hand.
pub fn overlap(shared: &[SharedFile], shell: &Shell<'_>) -> String {
    let mut facts = Facts::new();
    for one in shared {
        let what = format!("{} by {}", one.did, one.agent_source);
        facts.styled(&one.file, &joined(&[what, shell.age(&one.at)]), Style::Yellow);
    }
    facts.render(shell)
}

/// A title and what stands under it, set in.
pub fn section(out: &mut String, title: &str, body: &str, shell: &Shell<'_>) {
    if body.is_empty() {
        return;
    }
    let _ = write!(out, "\n{}\n{body}", shell.terminal.paint(Style::Bold, title));
}

pub fn plan(plan: &[PlanEntry], shell: &Shell<'_>) -> String {
    let each = plan.iter().map(|item| {
        let (mark, style) = match item.status.as_str() {
            "completed" => ("[x]", Style::Dim),
            "in_progress" => ("[>]", Style::Yellow),
            _ => ("[ ]", Style::Plain),
        };
        let line = format!("{mark} {}", text::line(&item.text));
        format!("  {}\n", shell.terminal.paint(style, &shell.terminal.fitted(&line, 2)))
    });
    each.collect()
}

fn subagents(subagents: &[Subagent], shell: &Shell<'_>) -> String {
    let mut table = Table::new(vec![
        Column::left("type"),
        Column::left("started"),
        Column::right("tools"),
        Column::right("tokens out"),
        Column::left("task").elastic(20),
    ])
    .indented();
    for subagent in subagents {
        table.row(vec![
            subagent.agent_type.as_deref().unwrap_or("sub-agent").into(),
            subagent.started_at.as_deref().map(|at| shell.local(at)).unwrap_or_default().into(),
            number(subagent.tool_call_count).into(),
            number(subagent.tokens_output).into(),
            subagent.description.as_deref().unwrap_or(&subagent.agent_id).into(),
        ]);
    }
    if table.is_empty() { String::new() } else { table.render(&shell.terminal) }
}

/// Oldest first, so that the newest stands where the reader is.
fn actions(actions: &[Action], shell: &Shell<'_>) -> String {
    let mut table = Table::new(vec![
        Column::left(""),
        Column::left("").elastic(12),
        Column::left(""),
        Column::right(""),
        Column::left("").elastic(12),
    ])
    .indented();
    for action in actions.iter().rev() {
        let (outcome, style) = match (action.success, &action.status) {
            (Some(true), _) => ("ok", Style::Plain),
            (Some(false), _) => ("failed", Style::Red),
            (None, status) => (status.as_deref().unwrap_or_default(), Style::Yellow),
        };
        let what = action.command_prefix.as_deref().or(action.file_path.as_deref()).unwrap_or_default();
        table.row(vec![
            super::figures::moment(&action.ts).map(|at| local_clock(at, &shell.zone)).unwrap_or_default().into(),
            action.tool_name.as_deref().unwrap_or_default().into(),
            Cell::new(outcome, style),
            action.duration_ms.map(took).unwrap_or_default().into(),
            what.into(),
        ]);
    }
    table.render(&shell.terminal)
}

fn conversation(said: &[MessageRow], shell: &Shell<'_>) -> String {
    let each = said.iter().rev().map(|m| {
        let at = super::figures::local(m.at, &shell.zone);
        message(&at, &m.role, &budget::ends(&m.content, MESSAGE_BYTES), shell)
    });
    each.collect()
}

/// When and who in one line, and what below it; nothing of a message that only looks blank.
pub fn message(at: &str, role: &str, content: &str, shell: &Shell<'_>) -> String {
    if content.trim().is_empty() {
        return String::new();
    }
    let head = format!("{at} {}", text::line(role));
    let body = text::wrapped(&text::paragraph(content), shell.terminal.width, "    ");
    format!("  {}\n{body}", shell.terminal.paint(Style::Dim, &head))
}
