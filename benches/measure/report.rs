//! The tables that a run ends with, in Markdown.

use std::fmt;

use super::samples::{float, mb, rate};
use crate::corpus::Statistics;

struct Row {
    what: String,
    measured: String,
    /// Whether the budget is kept; `None` where there is none to keep.
    kept: Option<bool>,
    budget: String,
    floor: String,
}

pub struct Report {
    /// Others may be at work too; their share shows in it.
    load: String,
    rows: Vec<Row>,
    /// Expected and found totals.
    totals: Vec<(String, String, String)>,
    corpus: Option<Statistics>,
}

impl Report {
    pub fn new() -> Self {
        Self { load: load(), rows: Vec::new(), totals: Vec::new(), corpus: None }
    }

    pub fn corpus(&mut self, counts: &Statistics) {
        self.corpus = Some(counts.clone());
    }

    pub fn row(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<String>,
        budget: (&str, Option<bool>),
        floor: impl Into<String>,
    ) {
        let row = Row {
            what: what.into(),
            measured: measured.into(),
            kept: budget.1,
            budget: budget.0.to_owned(),
            floor: floor.into(),
        };
        eprintln!("  {}: {}", row.what, row.measured);
        self.rows.push(row);
    }

    pub fn total(&mut self, what: &str, expected: &impl ToString, found: &impl ToString) {
        self.totals.push((what.to_owned(), expected.to_string(), found.to_string()));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(counts) = &self.corpus {
            corpus(f, counts)?;
        }
        writeln!(f, "\nLoad of the machine (1, 5, 15 minutes) when it began: {}; at the end: {}.", self.load, load())?;
        writeln!(f, "\n| what | measured | budget | kept | floor or yardstick in the same run |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for row in &self.rows {
            let kept = row.kept.map_or("", |kept| if kept { "yes" } else { "**no**" });
            writeln!(f, "| {} | {} | {} | {kept} | {} |", row.what, row.measured, row.budget, row.floor)?;
        }
        if self.totals.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n| total | written | in the store | equal |\n|---|---|---|---|")?;
        for (what, expected, found) in &self.totals {
            let equal = if expected == found { "yes" } else { "**no**" };
            writeln!(f, "| {what} | {expected} | {found} | {equal} |")?;
        }
        Ok(())
    }
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn corpus(f: &mut fmt::Formatter<'_>, counts: &Statistics) -> fmt::Result {
    writeln!(
        f,
        "Corpus: {:.0} MB in {} files ({:.0} MB/s to write), {} sessions in {} projects, {} sub-agents, {} forks, {} records.\n",
        mb(counts.bytes),
        counts.files,
        rate(counts.bytes, counts.took),
        counts.sessions,
        counts.projects.len(),
        counts.subagents,
        counts.forks,
        counts.records
    )?;
    writeln!(f, "| record | share of records | share of bytes | mean size |\n|---|---|---|---|")?;
    let mut kinds: Vec<_> = counts.kinds.iter().collect();
    kinds.sort_by_key(|(_, (_, bytes))| std::cmp::Reverse(*bytes));
    for (kind, (count, bytes)) in kinds.into_iter().take(14) {
        let (count, bytes) = (*count, *bytes);
        let records = 100.0 * float(count) / float(counts.records);
        let share = 100.0 * float(bytes) / float(counts.bytes);
        writeln!(f, "| {kind} | {records:.1} % | {share:.1} % | {} |", bytes / count.max(1))?;
    }
    let parts: Vec<String> = counts
        .parts
        .iter()
        .map(|(part, bytes)| format!("{part} {:.1} %", 100.0 * float(*bytes) / float(counts.bytes)))
        .collect();
    writeln!(f, "\nInside the records: {}.", parts.join(", "))
}
