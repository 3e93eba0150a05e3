//! One session in a few lines, as `show` and `context` print it.

use super::figures::{count, minutes, money, number, percent};
use super::shell::Shell;
use super::table::{Cell, Column, Table};
use super::terminal::Style;
use super::text;
use crate::answer::session_facts::{BuildError, SessionFacts, Tokens};

/// Names in one column, what they are in the other.
pub struct Facts(Table);

impl Facts {
    pub fn new() -> Self {
        Self(Table::new(vec![Column::left(""), Column::left("").elastic(20)]).indented())
    }

    /// Says nothing where there is nothing to say.
    pub fn add(&mut self, name: &str, what: &str) {
        self.styled(name, what, Style::Plain);
    }

    pub fn styled(&mut self, name: &str, what: &str, style: Style) {
        if !what.is_empty() {
            self.0.row(vec![Cell::new(name, Style::Dim), Cell::new(what, style)]);
        }
    }

    pub fn render(&self, shell: &Shell<'_>) -> String {
        self.0.render(&shell.terminal)
    }
}

/// The first line: who, where, when.
pub fn heading(facts: &SessionFacts, shell: &Shell<'_>) -> String {
    let when = if facts.live { "live".to_owned() } else { shell.age(&facts.last_activity_at) };
    let parts = [facts.agent_source.as_str(), facts.project.as_deref().unwrap_or_default(), &when];
    let id = text::line(&facts.session_id);
    format!("{}  {}\n", shell.terminal.paint(Style::Bold, &id), joined(&parts))
}

/// Everything about a session but its plan, its sub-agents and its words.
pub fn facts(session: &SessionFacts, shell: &Shell<'_>) -> Facts {
    let mut facts = Facts::new();
    let times = [
        shell.local(&session.started_at),
        minutes(session.duration_minutes),
        format!("last active {}", shell.age(&session.last_activity_at)),
    ];
    facts.styled("title", session.title.as_deref().unwrap_or_default(), Style::Bold);
    facts.add("started", &joined(&times));
    facts.add(
        "where",
        &joined(&[session.cwd.as_deref().unwrap_or_default(), session.git_branch.as_deref().unwrap_or_default()]),
    );
    let compactions = if session.compactions > 0 { count(session.compactions, "compaction") } else { String::new() };
    facts.add("model", &joined(&[session.model.as_deref().unwrap_or_default(), &context(session), &compactions]));
    facts.add("tokens", &tokens(&session.tokens));
    facts.add("cost", &money(session.cost_usd));
    facts.add("tools", &tools(session));
    facts.add("focus", session.current_focus.as_deref().unwrap_or_default());
    facts.add("files", &session.recent_files.join(", "));
    if let Some(error) = &session.last_build_error {
        facts.styled("red build", &build_error(error, shell), Style::Red);
    }
    facts
}

/// `context 61 % of 200,000`.
pub fn context(session: &SessionFacts) -> String {
    match &session.context {
        None => String::new(),
        Some(context) => match (context.ratio, context.window_tokens) {
            (Some(ratio), Some(window)) => format!("context {} of {}", percent(ratio), number(window)),
            _ => format!("context {} tokens", number(context.occupancy_tokens)),
        },
    }
}

fn tokens(tokens: &Tokens) -> String {
    let kinds = [
        (tokens.input, "in"),
        (tokens.output, "out"),
        (tokens.cache_read, "cache read"),
        (tokens.cache_creation, "cache written"),
    ];
    let used = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, kind)| format!("{} {kind}", number(*n)));
    used.collect::<Vec<_>>().join(" · ")
}

fn tools(session: &SessionFacts) -> String {
    if session.tool_call_count == 0 {
        return String::new();
    }
    let mut by_calls: Vec<_> = session.tools.iter().collect();
    by_calls.sort_by_key(|(_, calls)| std::cmp::Reverse(**calls));
    let each: Vec<String> = by_calls.iter().map(|(tool, calls)| format!("{tool} {}", number(**calls))).collect();
    let failed = if session.tool_error_count > 0 {
        format!(", {} failed", number(session.tool_error_count))
    } else {
        String::new()
    };
    format!("{}{failed}: {}", count(session.tool_call_count, "call"), each.join(", "))
}

/// `cargo test · src/auth.rs:88 expected 3600, found 0 · 25 min ago`.
pub fn build_error(error: &BuildError, shell: &Shell<'_>) -> String {
    let place = match (&error.file, error.line) {
        (Some(file), Some(line)) => format!("{file}:{line} "),
        (Some(file), None) => format!("{file} "),
        (None, _) => String::new(),
    };
    let what = format!("{place}{}", error.message.as_deref().unwrap_or_default());
    let when = error.at.as_deref().map(|at| shell.age(at)).unwrap_or_default();
    joined(&[error.command.as_str(), what.trim(), &when])
}

/// The parts that are there, with dots between them, on one line.
pub fn joined<T: AsRef<str>>(parts: &[T]) -> String {
    let there = parts.iter().map(|part| text::line(part.as_ref())).filter(|part| !part.is_empty());
    there.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_missing_leaves_no_gap() {
        assert_eq!(joined(&["a", "", "b\u{1b}[1m\n"]), "a · b");
        assert_eq!(tokens(&Tokens { input: 4_120, output: 7, ..Tokens::default() }), "4,120 in · 7 out");
        let tools_used = BTreeMap::from([("Bash".to_owned(), 1), ("Edit".to_owned(), 3)]);
        let session =
            SessionFacts { tool_call_count: 4, tool_error_count: 1, tools: tools_used, ..SessionFacts::default() };
        assert_eq!(tools(&session), "4 calls, 1 failed: Edit 3, Bash 1");
        assert_eq!(tools(&SessionFacts::default()), "");
    }
}
