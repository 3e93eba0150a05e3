//! `tma1 anomalies`: what looks wrong in a session, and what telling agents of such things came to.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::figures::{number, percent};
use super::shell::Shell;
use super::short_ids::ShortIds;
use super::table::{Cell, Column, Table};
use super::terminal::{self, Style};
use super::text;
use crate::answer::anomalies::{Anomalies, Anomaly, Params};
use crate::answer::deliveries::{Budget, FollowRate, Muted};
use crate::answer::{Question as _, Refusal};
use crate::store::FOLLOW_CALLS;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 anomalies\n  tma1 anomalies a1b2c3d4 --json\n  \
                        tma1 anomalies --budget           how often agents were told what, a day\n  \
                        tma1 anomalies --follow-rate --days 30")]
pub struct Args {
    /// The session, or the beginning of its id [default: the newest of this project]
    #[arg(value_name = "SESSION")]
    session: Option<String>,
    /// The same
    #[arg(long = "session", value_name = "SESSION", hide = true, conflicts_with = "session")]
    named: Option<String>,
    /// How often agents were told of each kind a day, and which kinds are muted
    #[arg(long, group = "measure", conflicts_with_all = ["session", "named"])]
    budget: bool,
    /// How much of what agents were told was resolved soon, against what nobody told them
    #[arg(long, group = "measure", conflicts_with_all = ["session", "named"])]
    follow_rate: bool,
    /// With these two: of so many calendar days, today included [default: 7]
    #[arg(long, value_name = "N", requires = "measure", value_parser = clap::value_parser!(i64).range(1..=30))]
    days: Option<i64>,
    /// Print JSON: the answer of get_anomalies, or of the endpoint of the same name
    #[arg(long)]
    json: bool,
}

const DAYS: i64 = 7;

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let days = args.days.unwrap_or(DAYS);
    if args.budget {
        let most = shell.config.settings.now().signals.notes_per_day.into();
        let answer = shell.asker()?.delivery_budget(days, most, &shell.zone)?;
        return if args.json { whole(&answer, shell) } else { terminal::print(&budget(&answer, shell)) };
    }
    if args.follow_rate {
        let answer = shell.asker()?.follow_rate(days, FOLLOW_CALLS, &shell.zone)?;
        return if args.json { whole(&answer, shell) } else { terminal::print(&follow_rate(&answer, shell)) };
    }
    of_session(args, shell)
}

fn of_session(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let asker = shell.asker()?;
    let session = args.session.as_ref().or(args.named.as_ref()).cloned().unwrap_or_default();
    let params = Params { session_id: session.trim().to_owned() };
    if args.json {
        return shell.print_told::<Anomalies>(&asker, params);
    }
    let answer = Anomalies::answer(&asker, params)?;
    let mut out = String::new();
    if let Some(id) = &answer.session_id {
        let ids = ShortIds::of(&asker)?;
        let _ = writeln!(out, "session {}", shell.terminal.paint(Style::Bold, ids.short(id)));
    }
    for (title, states) in [("open, not told", &["open"][..]), ("told", &["told"]), ("over", &["resolved", "expired"])]
    {
        let these: Vec<Anomaly> =
            answer.anomalies.iter().filter(|one| states.contains(&one.state.as_str())).cloned().collect();
        if !these.is_empty() {
            let _ = writeln!(out, "{}", shell.terminal.paint(Style::Bold, title));
            out.push_str(&lines(&these, shell));
        }
    }
    for remark in [&answer.note, &answer.truncated].into_iter().flatten() {
        let _ = writeln!(out, "{}", text::line(remark));
    }
    terminal::print(&out)
}

/// Each with its evidence and what to do about it.
pub fn lines(anomalies: &[Anomaly], shell: &Shell<'_>) -> String {
    let each = anomalies.iter().map(|anomaly| {
        let style = match anomaly.severity.as_str() {
            _ if !anomaly.holds() => Style::Dim,
            "critical" | "error" | "high" => Style::Red,
            _ => Style::Yellow,
        };
        let head = format!("{} {}", text::line(&anomaly.severity), text::line(&anomaly.kind));
        let mut out = format!("  {}  {}\n", shell.terminal.paint(style, &head), when(anomaly, shell));
        for what in [&anomaly.evidence, &anomaly.suggestion, &anomaly.related_files.join(", ")] {
            out.push_str(&text::wrapped(&text::line(what), shell.terminal.width, "    "));
        }
        out
    });
    each.collect()
}

/// `5 min ago, told 2 min ago (post_tool_use), resolved`
fn when(anomaly: &Anomaly, shell: &Shell<'_>) -> String {
    let mut when = shell.age(&anomaly.first_emitted_at);
    if let Some(told) = &anomaly.delivered_at {
        let _ = write!(when, ", told {} ({})", shell.age(told), text::line(&anomaly.channel));
    }
    if !anomaly.holds() {
        let _ = write!(when, ", {}", text::line(&anomaly.state));
    }
    when
}

fn budget(answer: &Budget, shell: &Shell<'_>) -> String {
    let mut table = Table::new(vec![Column::left("day"), Column::left("kind").elastic(16), Column::right("notes")]);
    for row in &answer.rows {
        let style = if row.over_budget { Style::Yellow } else { Style::Plain };
        table.row(vec![row.date.as_str().into(), row.kind.as_str().into(), Cell::new(&number(row.count), style)]);
    }
    let mut out = if table.is_empty() { nothing_told(answer.days) } else { table.render(&shell.terminal) };
    for muted in &answer.muted {
        let _ = writeln!(out, "muted: {}", muted_line(muted, shell));
    }
    out
}

/// `edit_thrash in ~/app: told 5 times today`
pub fn muted_line(muted: &Muted, shell: &Shell<'_>) -> String {
    let place = muted.project.as_deref().map(|root| format!(" in {}", text::path(Path::new(root), &shell.config.home)));
    format!("{}{}: {}", text::line(&muted.kind), place.unwrap_or_default(), text::line(&muted.why))
}

fn follow_rate(answer: &FollowRate, shell: &Shell<'_>) -> String {
    let mut table = Table::new(vec![
        Column::left("kind").elastic(16),
        Column::right("told"),
        Column::right("followed"),
        Column::right("rate"),
        Column::right("pending").expendable(1),
        Column::right("untold").expendable(2),
        Column::right("resolved anyway"),
        Column::right("lift"),
    ]);
    for (kind, told) in &answer.by_kind {
        let judged = told.status == "ok" && told.emits > told.pending;
        let share = |share: f64| percent(share);
        table.row(vec![
            kind.as_str().into(),
            number(told.emits).into(),
            if judged { number(told.followed) } else { String::new() }.into(),
            if judged { share(told.rate) } else { String::new() }.into(),
            if told.pending > 0 { number(told.pending) } else { String::new() }.into(),
            told.baseline_findings.map(number).unwrap_or_default().into(),
            told.baseline_rate.map(share).unwrap_or_default().into(),
            told.lift.map(|lift| format!("{:+.0} %", lift * 100.0)).unwrap_or_default().into(),
        ]);
    }
    if table.is_empty() {
        return nothing_told(answer.days);
    }
    let note = format!("followed: resolved within {} calls of the session", answer.window);
    format!("{}{}\n", table.render(&shell.terminal), shell.terminal.paint(Style::Dim, &note))
}

fn nothing_told(days: i64) -> String {
    if days == 1 { "nothing was told today\n".to_owned() } else { format!("nothing was told in {days} days\n") }
}

/// With what is empty, as the endpoint has it.
fn whole<A: Serialize>(answer: &A, shell: &Shell<'_>) -> Result<(), Refusal> {
    let one = shell.terminal.is_one();
    let document = if one { serde_json::to_string_pretty(answer) } else { serde_json::to_string(answer) };
    let document = document.map_err(|e| Refusal::internal(format!("the answer could not be written: {e}")))?;
    terminal::print(&format!("{}\n", text::json(&document)))
}
