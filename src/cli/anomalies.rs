//! `tma1 anomalies`: what looks wrong in a session.

use std::fmt::Write as _;

use super::shell::Shell;
use super::short_ids::ShortIds;
use super::terminal::{self, Style};
use super::text;
use crate::answer::anomalies::{Anomalies, Anomaly, Params};
use crate::answer::{Question as _, Refusal};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 anomalies\n  tma1 anomalies --session a1b2c3d4 --json")]
pub struct Args {
    /// The session, or the beginning of its id [default: the newest of this project]
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Print JSON: the answer of get_anomalies
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let asker = shell.asker()?;
    let params = Params { session_id: args.session.clone().unwrap_or_default().trim().to_owned() };
    if args.json {
        return shell.print_told::<Anomalies>(&asker, params);
    }
    let answer = Anomalies::answer(&asker, params)?;
    let mut out = String::new();
    if let Some(id) = &answer.session_id {
        let ids = ShortIds::of(&asker)?;
        let _ = writeln!(out, "session {}", shell.terminal.paint(Style::Bold, ids.short(id)));
    }
    out.push_str(&lines(&answer.anomalies, shell));
    for remark in [&answer.note, &answer.truncated].into_iter().flatten() {
        let _ = writeln!(out, "{}", text::line(remark));
    }
    terminal::print(&out)
}

/// Each with its evidence and what to do about it.
pub fn lines(anomalies: &[Anomaly], shell: &Shell<'_>) -> String {
    let each = anomalies.iter().map(|anomaly| {
        let style = match anomaly.severity.as_str() {
            "critical" | "error" | "high" => Style::Red,
            _ => Style::Yellow,
        };
        let head = format!("{} {}", text::line(&anomaly.severity), text::line(&anomaly.kind));
        let mut out = format!("  {}  {}\n", shell.terminal.paint(style, &head), shell.age(&anomaly.first_emitted_at));
        for what in [&anomaly.evidence, &anomaly.suggestion, &anomaly.related_files.join(", ")] {
            out.push_str(&text::wrapped(&text::line(what), shell.terminal.width, "    "));
        }
        out
    });
    each.collect()
}
