//! `tma1 usage`: tokens and money, by whatever one likes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use clap::ValueEnum;

use super::args::{Lookback, lookback};
use super::figures::{UNKNOWN, count, local, minutes, money, number, percent, took};
use super::shell::Shell;
use super::short_ids::ShortIds;
use super::table::{Cell, Column, Table};
use super::terminal::{self, Style};
use super::text;
use crate::answer::sessions::{self, Line};
use crate::answer::usage::{Answer, By, Row, midnight};
use crate::answer::{Asker, Refusal, rfc3339};
use crate::model::Millis;
use crate::store::UsageFilter;

const DAY_MS: Millis = 24 * 60 * 60 * 1000;
const DAYS: i64 = 30;
/// Sessions that people are shown; `--json` has all.
const SESSIONS: usize = 40;
/// The same of models and of tools.
const MOST_SPEEDS: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    Day,
    Week,
    Month,
    Model,
    Agent,
    Project,
    Session,
    /// Five hours each, as limits of subscriptions count them
    Block,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tma1 usage\n  tma1 usage --by model --since 7d\n  tma1 usage --by month --since forever --json\n  tma1 usage --by block --since 2d"
)]
pub struct Args {
    /// What to sum by
    #[arg(long, value_enum, value_name = "GROUP", default_value = "day")]
    by: Group,
    /// Within this time, such as 7d or 12h; whole days are calendar days, today included [default: 30d]
    #[arg(long, value_name = "DURATION", value_parser = lookback)]
    since: Option<Lookback>,
    /// How long models and tools take, and how often they fail, in place of tokens
    #[arg(long, conflicts_with = "by")]
    latency: bool,
    /// Print JSON: the answer of get_usage
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let asker = shell.asker()?;
    let since = begin(args.since, shell);
    if args.latency {
        return latency(&asker, since, args.json, shell);
    }
    if args.by == Group::Block {
        return blocks(&asker, since, args.json, shell);
    }
    let answer = ask(&asker, args.by, since, shell)?;
    if args.json {
        return shell.print_json(&answer);
    }
    let span = since.map_or_else(|| "of all time".to_owned(), |since| format!("since {}", local(since, &shell.zone)));
    if answer.rows.is_empty() {
        return terminal::print(&format!("nothing was used {span}; --since forever looks at everything\n"));
    }
    let mut text = match args.by {
        Group::Session => by_session(&answer, &asker, shell)?,
        _ => table(&answer, args.by, &shell.config.home),
    }
    .render(&shell.terminal);
    let mut notes = vec![span];
    if args.by == Group::Session && answer.rows.len() > SESSIONS {
        notes.push(format!("{} more sessions are in the total; --json lists them", answer.rows.len() - SESSIONS));
    }
    if !answer.unpriced_models.is_empty() {
        notes.push(format!("no price known for: {}; not in the sums", text::line(&answer.unpriced_models.join(", "))));
    }
    for note in notes {
        let _ = writeln!(text, "{}", shell.terminal.paint(Style::Dim, &note));
    }
    terminal::print_noted(&text, answer.note.as_deref())
}

fn latency(asker: &Asker, since: Option<Millis>, json: bool, shell: &Shell<'_>) -> Result<(), Refusal> {
    let latency = asker.latency(since)?;
    if json {
        return shell.print_json(&latency);
    }
    if latency.models.is_empty() && latency.tools.is_empty() {
        return terminal::print("nothing ran in this time; --since forever looks at everything\n");
    }
    let mut text = String::new();
    for (title, speeds) in [("model", &latency.models), ("tool", &latency.tools)] {
        if speeds.is_empty() {
            continue;
        }
        let mut columns = vec![
            Column::left(title).elastic(12),
            Column::right("count"),
            Column::right("failed"),
            Column::right("median"),
            Column::right("95 %"),
        ];
        let models = title == "model";
        if models {
            columns.extend([Column::right("first token").expendable(2), Column::right("from cache").expendable(1)]);
        }
        let mut table = Table::new(columns);
        let time = |ms: Option<i64>| ms.map_or_else(|| UNKNOWN.to_owned(), took);
        for speed in speeds.iter().take(MOST_SPEEDS) {
            let mut row: Vec<Cell> = vec![
                text::line(&speed.name).into(),
                number(speed.count).into(),
                percent(speed.error_rate).into(),
                time(speed.p50_ms).into(),
                time(speed.p95_ms).into(),
            ];
            if models {
                row.push(time(speed.first_token_p50_ms).into());
                row.push(speed.cache_hit_ratio.map_or_else(|| UNKNOWN.to_owned(), percent).into());
            }
            table.row(row);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&table.render(&shell.terminal));
    }
    terminal::print_noted(&text, asker.freshness()?.as_deref())
}

fn blocks(asker: &Asker, since: Option<Millis>, json: bool, shell: &Shell<'_>) -> Result<(), Refusal> {
    let blocks = asker.usage_blocks(since)?;
    if json {
        return shell.print_json(&serde_json::json!({ "blocks": blocks }));
    }
    if blocks.is_empty() {
        return terminal::print("nothing was used in this time; --since forever looks at everything\n");
    }
    let mut table = numbers(vec![Column::left("block").whole(), Column::left("until").expendable(4)]);
    for block in &blocks {
        let style = if block.active { Style::Bold } else { Style::Plain };
        let row =
            Row { requests: block.requests, tokens: block.tokens.clone(), cost_usd: block.cost_usd, ..Row::default() };
        let own = vec![Cell::new(&shell.local(&block.start), style), shell.local(&block.end).into()];
        table.row(cells(own, &row, style));
    }
    let mut text = table.render(&shell.terminal);
    if let Some(burn) = blocks.iter().find_map(|block| block.burn.as_ref()) {
        let note = format!(
            "now {} tokens a minute, {} an hour; at the end of the block {} tokens, {}; {} left",
            number(burn.tokens_per_minute),
            money(burn.cost_per_hour_usd),
            number(burn.projected_tokens),
            money(burn.projected_cost_usd),
            minutes(burn.minutes_left)
        );
        let _ = writeln!(text, "{}", shell.terminal.paint(Style::Dim, &note));
    }
    terminal::print_noted(&text, asker.freshness()?.as_deref())
}

/// When to begin; `None`: with the first record.
fn begin(since: Option<Lookback>, shell: &Shell<'_>) -> Option<Millis> {
    let span = since.map_or(Some(DAYS * DAY_MS), Lookback::span)?;
    let days = span / DAY_MS;
    // More days than calendars have are all of them.
    match span % DAY_MS {
        _ if days > 100_000 => None,
        0 if days > 0 => Some(midnight(shell.now(), days - 1, &shell.zone)),
        _ => Some(shell.now() - span),
    }
}

fn ask(asker: &Asker, by: Group, since: Option<Millis>, shell: &Shell<'_>) -> Result<Answer, Refusal> {
    let by = match by {
        Group::Day => By::Day,
        Group::Week => By::Week,
        Group::Month => By::Month,
        Group::Model => By::Model,
        Group::Agent => By::Agent,
        Group::Project => By::Project,
        Group::Session | Group::Block => By::Session,
    };
    let filter = UsageFilter { since, ..UsageFilter::default() };
    let (rows, total) = asker.usage_rows(by, &filter, &shell.zone)?;
    let unpriced = asker.store.unpriced_models(&filter)?.into_iter().filter(|model| !model.is_empty());
    Ok(Answer {
        since: since.map(rfc3339),
        rows,
        total,
        unpriced_models: unpriced.collect(),
        note: asker.freshness()?,
        ..Answer::default()
    })
}

/// The columns that every grouping has, behind those of its own.
fn numbers(mut own: Vec<Column>) -> Table {
    own.extend([
        Column::right("requests").expendable(3),
        Column::right("input"),
        Column::right("output"),
        Column::right("cache read").expendable(1),
        Column::right("cache written").expendable(2),
        Column::right("cost"),
    ]);
    Table::new(own)
}

fn cells(mut own: Vec<Cell>, row: &Row, style: Style) -> Vec<Cell> {
    let t = &row.tokens;
    let each = [row.requests, t.input, t.output, t.cache_read, t.cache_creation].map(|n| Cell::new(&number(n), style));
    own.extend(each);
    own.push(Cell::new(&money(row.cost_usd), style));
    own
}

fn table(answer: &Answer, by: Group, home: &Path) -> Table {
    let title = by.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let mut table = numbers(vec![Column::left(title).elastic(12)]);
    for row in &answer.rows {
        let name = [&row.day, &row.model, &row.agent].into_iter().flatten().next().cloned();
        let name = name.or_else(|| row.project.as_deref().map(|root| text::path(Path::new(root), home)));
        table.row(cells(vec![name.unwrap_or_default().into()], row, Style::Plain));
    }
    table.total(cells(vec![Cell::new("total", Style::Bold)], &answer.total, Style::Bold));
    table
}

fn by_session(answer: &Answer, asker: &Asker, shell: &Shell<'_>) -> Result<Table, Refusal> {
    let known = asker.list_sessions(&sessions::Params { all: true, ..sessions::Params::default() })?.sessions;
    let known: HashMap<&str, &Line> = known.iter().map(|line| (line.session_id.as_str(), line)).collect();
    let ids = ShortIds::of(asker)?;
    let mut table = numbers(vec![
        Column::left("session").whole(),
        Column::left("started").expendable(5),
        Column::left("agent").expendable(4),
        Column::left("project").elastic(12),
    ]);
    for row in answer.rows.iter().take(SESSIONS) {
        let id = row.session_id.as_deref().unwrap_or_default();
        let line = known.get(id);
        let own = vec![
            Cell::new(ids.short(id), Style::Bold),
            line.map(|l| shell.local(&l.started_at)).unwrap_or_default().into(),
            line.map(|l| l.agent_source.as_str()).unwrap_or_default().into(),
            line.and_then(|l| l.project.as_deref()).unwrap_or_default().into(),
        ];
        table.row(cells(own, row, Style::Plain));
    }
    let sessions = count(i64::try_from(answer.rows.len()).unwrap_or(i64::MAX), "session");
    let own = vec![Cell::new("total", Style::Bold), sessions.into(), "".into(), "".into()];
    table.total(cells(own, &answer.total, Style::Bold));
    Ok(table)
}
