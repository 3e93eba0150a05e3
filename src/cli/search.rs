//! `tma1 search`: where something was said, run or went wrong; newest first.

use std::fmt::Write as _;

use super::args::Scope;
use super::facts::joined;
use super::shell::Shell;
use super::short_ids::ShortIds;
use super::terminal::{self, Style, Terminal};
use super::text;
use crate::answer::search::{Answer, Found, Params, SearchHistory};
use crate::answer::{Question as _, Refusal};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tma1 search auth token\n  tma1 search '\"connection refused\"' --agent codex --since 30d\n  \
                        tma1 search refresh* --project app --json"
)]
pub struct Args {
    /// Words that must all occur; "quoted phrases" and word* prefixes are understood
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<String>,
    #[command(flatten)]
    scope: Scope,
    /// How many: 1 to 50 [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50))]
    limit: Option<u32>,
    /// Go on after an earlier page: its `next_cursor`
    #[arg(long)]
    cursor: Option<String>,
    /// Print JSON: the answer of search_history
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let asker = shell.asker()?;
    let query = args.query.join(" ");
    let params = Params {
        query: query.clone(),
        agent_source: args.scope.agent_name(),
        project: args.scope.project(),
        since_min: args.scope.since_min(),
        limit: args.limit,
        cursor: args.cursor.clone().unwrap_or_default(),
    };
    if args.json {
        return shell.print_told::<SearchHistory>(&asker, params);
    }
    let answer = SearchHistory::answer(&asker, params)?;
    if answer.hits.is_empty() {
        return terminal::print(&format!("{}\n", answer.note.as_deref().unwrap_or("nothing found")));
    }
    terminal::print_noted(&readable(&answer, &query, &ShortIds::of(&asker)?, shell), answer.note.as_deref())
}

fn readable(answer: &Answer, query: &str, ids: &ShortIds, shell: &Shell<'_>) -> String {
    let words = words(query);
    let mut text: String = answer.hits.iter().map(|hit| entry(hit, &words, ids, shell)).collect();
    if let Some(cursor) = &answer.next_cursor {
        let _ =
            writeln!(text, "{}", shell.terminal.paint(Style::Dim, &format!("more: the same with --cursor {cursor}")));
    }
    text
}

fn entry(hit: &Found, words: &[String], ids: &ShortIds, shell: &Shell<'_>) -> String {
    let head =
        joined(&[&shell.local(&hit.ts), ids.short(&hit.session_id), hit.agent_source.as_str(), hit.role.as_str()]);
    let snippet = text::wrapped(&text::line(&hit.snippet), shell.terminal.width, "  ");
    format!("{}\n{}", shell.terminal.paint(Style::Dim, &head), emphasised(&snippet, words, &shell.terminal))
}

/// The words that a query asks for, as the index compares them.
fn words(query: &str) -> Vec<String> {
    let words = query.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| !word.is_empty()).collect()
}

/// `text` with every word that begins as one of `words` made bold, where the terminal shows that.
fn emphasised(text: &str, words: &[String], terminal: &Terminal) -> String {
    if !terminal.colour {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while !rest.is_empty() {
        let is_word = rest.starts_with(char::is_alphanumeric);
        let end = rest.find(|c: char| c.is_alphanumeric() != is_word).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        let found = is_word && words.iter().any(|word| piece.to_lowercase().starts_with(word.as_str()));
        out.push_str(&terminal.paint(if found { Style::Bold } else { Style::Plain }, piece));
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_words_stand_out_on_terminals_only() {
        let colour = Terminal { colour: true, width: Some(80) };
        let words = words("\"Auth Token\" refr*");
        assert_eq!(
            emphasised("the AUTH-tokens, refreshed", &words, &colour),
            "the \u{1b}[1mAUTH\u{1b}[0m-\u{1b}[1mtokens\u{1b}[0m, \u{1b}[1mrefreshed\u{1b}[0m"
        );
        assert_eq!(emphasised("auth", &words, &Terminal::plain(Some(80))), "auth");
    }
}
