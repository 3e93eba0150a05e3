//! `tma1 sessions`: the list, newest first.

use std::fmt::Write as _;

use super::args::Scope;
use super::figures::{count, minutes, money, number};
use super::shell::Shell;
use super::short_ids::ShortIds;
use super::table::{Cell, Column, Table};
use super::terminal::{self, Style};
use crate::answer::Refusal;
use crate::answer::sessions::{Line, Params};

/// As many as fit a screen.
const LIMIT: u32 = 20;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 sessions --since 7d\n  tma1 sessions --agent codex --project app\n  \
                        tma1 sessions --all --json")]
pub struct Args {
    #[command(flatten)]
    scope: Scope,
    /// How many [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: Option<u32>,
    /// All of them, those in which nothing was asked or done too
    #[arg(long)]
    all: bool,
    /// Go on after an earlier list: its `next_cursor`
    #[arg(long)]
    cursor: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let asker = shell.asker()?;
    let answer = asker.list_sessions(&Params {
        agent_source: args.scope.agent_name(),
        project: args.scope.project(),
        since_min: args.scope.since_min(),
        all: args.all,
        limit: args.limit.or((!args.all).then_some(LIMIT)),
        cursor: args.cursor.clone().unwrap_or_default(),
    })?;
    if args.json {
        return shell.print_json(&answer);
    }
    if answer.sessions.is_empty() {
        return terminal::print("no session fits; `tma1 import` reads what is new\n");
    }
    let mut text = table(&answer.sessions, &ShortIds::of(&asker)?, shell).render(&shell.terminal);
    if answer.next_cursor.is_some() {
        let shown = i64::try_from(answer.sessions.len()).unwrap_or(i64::MAX);
        let note = format!("the newest {}; more with --limit N or --all", count(shown, "session"));
        let _ = writeln!(text, "{}", shell.terminal.paint(Style::Dim, &note));
    }
    terminal::print_noted(&text, answer.note.as_deref())
}

fn table(sessions: &[Line], ids: &ShortIds, shell: &Shell<'_>) -> Table {
    let mut table = Table::new(vec![
        Column::left("id").whole(),
        Column::left("agent"),
        Column::left("project").elastic(10),
        Column::left("started").expendable(1),
        Column::right("took").expendable(4),
        Column::right("prompts").expendable(6),
        Column::right("tools").expendable(3),
        Column::right("failed").expendable(2),
        Column::right("tokens out").expendable(5),
        Column::right("cost"),
        Column::left("title").elastic(24),
    ]);
    for session in sessions {
        let failed = if session.tool_error_count > 0 { number(session.tool_error_count) } else { String::new() };
        table.row(vec![
            Cell::new(ids.short(&session.session_id), Style::Bold),
            session.agent_source.as_str().into(),
            session.project.as_deref().unwrap_or_default().into(),
            shell.local(&session.started_at).into(),
            minutes(session.duration_minutes).into(),
            number(session.user_prompts).into(),
            number(session.tool_call_count).into(),
            Cell::new(&failed, Style::Red),
            number(session.tokens.output).into(),
            money(session.cost_usd).into(),
            match &session.title {
                Some(title) if session.live => Cell::new(title, Style::Green),
                title => title.as_deref().unwrap_or_default().into(),
            },
        ]);
    }
    table
}
