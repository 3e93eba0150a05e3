//! `search_history`: words in prompts, answers, commands and errors of every session.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_facts::session_id;
use super::snippet::Words;
use super::{Asker, Question, Refusal, budget, rfc3339};
use crate::model::Agent;
use crate::store::{Hit, SearchFilter};

const LIMIT: u32 = 10;
const MOST: u32 = 50;
const SNIPPET_BYTES: usize = 260;
const MOST_QUERY: usize = 1_000;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Words that must all occur; "phrases", word* prefixes and -"left out" are understood, in Chinese, Japanese and Korean also parts of words.
    pub query: String,
    /// Only this agent's sessions.
    pub agent_source: String,
    /// Path or name of a project. Default: all.
    pub project: String,
    /// Minutes to look back. Default: everything.
    pub since_min: Option<i64>,
    /// Hits per page: 1 to 50, default 10.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Found {
    pub session_id: String,
    pub agent_source: String,
    pub ts: String,
    /// user, assistant, command or error
    pub role: String,
    pub snippet: String,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    /// Newest first.
    pub hits: Vec<Found>,
    pub next_cursor: Option<String>,
    pub truncated: Option<String>,
    pub note: Option<String>,
}

pub struct SearchHistory;

impl Question for SearchHistory {
    const NAME: &'static str = "search_history";
    const TITLE: &'static str = "Search history";
    const ABOUT: &'static str = "Full-text search over all past sessions of all agents: prompts, answers, shell commands, errors. Use for \
         \"did we solve this before\", \"which session changed X\"; then get_session_state with the session_id.";
    type Params = Params;
    type Answer = Answer;

    fn answer(asker: &Asker, params: Params) -> Result<Answer, Refusal> {
        let query = params.query.trim();
        if query.is_empty() {
            return Err(Refusal::user("argument `query` is missing: give the words to look for"));
        }
        let (query, shortened) = looked_for(query);
        let limit = params.limit.unwrap_or(LIMIT);
        if !(1..=MOST).contains(&limit) {
            return Err(Refusal::user(format!("argument `limit`: {limit} is not between 1 and {MOST}")));
        }
        let agent = match params.agent_source.trim() {
            "" | "all" | "*" => None,
            name => Some(asker.agent_named(name)?),
        };
        let before = match params.cursor.as_str() {
            "" => None,
            cursor => Some(
                position(cursor)
                    .ok_or_else(|| Refusal::user("argument `cursor`: not a next_cursor of an earlier answer"))?,
            ),
        };
        if let Some(minutes) = params.since_min.filter(|minutes| *minutes < 1) {
            return Err(Refusal::user(format!("argument `since_min`: {minutes} is less than 1")));
        }
        let projects = asker.projects_named(&params.project)?;
        let filter = SearchFilter {
            query,
            agent: agent.map(Agent::name),
            projects: projects.as_deref(),
            since: params.since_min.map(|minutes| asker.now() - minutes.saturating_mul(60_000)),
            before,
            limit: limit as usize + 1,
        };
        let rows = asker.store.search(&filter)?;
        let words = Words::of(query);
        let places: Vec<(i64, i64)> = rows.iter().map(|hit| (hit.at, hit.doc)).collect();
        let mut hits: Vec<Found> = rows.into_iter().take(limit as usize).map(|hit| found(hit, &words)).collect();
        let cut = budget::fit(&mut hits, Self::most_tokens(&params) - 200);
        // The next page begins after what was told, not after what was found.
        let last = hits.len().checked_sub(1).filter(|_| hits.len() < places.len()).map(|last| places[last]);
        let note = match projects {
            Some(none) if none.is_empty() => Some(asker.no_such_project(&params.project)?),
            _ if hits.is_empty() && before.is_some() => Some("there are no more".to_owned()),
            _ if hits.is_empty() => Some(nothing(asker, &params)?),
            _ => asker.freshness()?,
        };
        let notes: Vec<String> = shortened.into_iter().chain(note).collect();
        let note = Some(notes.join("; ")).filter(|note| !note.is_empty());
        Ok(Answer {
            hits,
            next_cursor: last.map(|(at, doc)| format!("{at}.{doc}")),
            truncated: cut.then(|| "more fit the limit than the answer; go on with next_cursor".to_owned()),
            note,
        })
    }

    fn most_tokens(params: &Params) -> usize {
        if params.limit.is_none_or(|limit| limit <= LIMIT) { budget::DEFAULT_TOKENS } else { budget::MOST_TOKENS }
    }

    fn text(answer: &Answer) -> String {
        if answer.hits.is_empty() {
            return answer.note.clone().unwrap_or_default();
        }
        let each = answer
            .hits
            .iter()
            .map(|h| format!("{} {} {}: {}", h.ts, h.agent_source, h.role, budget::head(&h.snippet, 120)));
        each.collect::<Vec<_>>().join("\n")
    }
}

fn nothing(asker: &Asker, params: &Params) -> Result<String, Refusal> {
    let narrowed = params.since_min.is_some() || !params.agent_source.is_empty() || !params.project.is_empty();
    let wider = if narrowed { ", or without agent_source, project and since_min" } else { "" };
    let fresh = asker.freshness()?.map(|note| format!("; {note}")).unwrap_or_default();
    Ok(format!("no session contains all of these words; try fewer{wider}, or a prefix with *{fresh}"))
}

fn position(cursor: &str) -> Option<(i64, i64)> {
    let (at, doc) = cursor.split_once('.')?;
    Some((at.parse().ok()?, doc.parse().ok()?))
}

/// What of a query is looked for: of a very long one the beginning.
fn looked_for(query: &str) -> (&str, Option<String>) {
    if query.len() <= MOST_QUERY {
        return (query, None);
    }
    let head = &query[..query.floor_char_boundary(MOST_QUERY)];
    let head = head.rfind(char::is_whitespace).map_or(head, |blank| head[..blank].trim_end());
    (head, Some(format!("only the first {} bytes of the query were looked for", head.len())))
}

fn found(hit: Hit, words: &Words) -> Found {
    Found {
        session_id: session_id(&hit.session_id),
        agent_source: hit.agent,
        ts: rfc3339(hit.at),
        role: hit.role,
        snippet: words.snippet(&hit.text, SNIPPET_BYTES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_query_the_beginning_is_looked_for() {
        assert_eq!(looked_for("short"), ("short", None));
        let long = "word ".repeat(2_000);
        let (head, note) = looked_for(&long);
        assert!(head.len() <= MOST_QUERY && head.ends_with("word"), "{head}");
        assert!(note.unwrap().contains(&head.len().to_string()));
        assert!(looked_for(&"ü".repeat(9_000)).0.len() <= MOST_QUERY);
    }

    #[test]
    fn cursors_are_checked() {
        assert_eq!(position("12.34"), Some((12, 34)));
        assert_eq!(position("12"), None);
        assert_eq!(position("a.b"), None);
    }
}
