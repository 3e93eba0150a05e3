//! Of what was said in a session, the part worth reading: what came of it, what was asked, what was found and planned,
//! then the rest as it fits.

use schemars::JsonSchema;
use serde::Serialize;

use super::foreign::without_reminders;
use super::{budget, harmless, rfc3339};
use crate::store::MessageRow;

/// The last answer says what came of it; it gets more room than the rest.
const FINAL_BYTES: usize = 2_400;
const FINDINGS_BYTES: usize = 1_800;
const PLAN_BYTES: usize = 1_200;
const REQUEST_BYTES: usize = 700;
const OTHER_BYTES: usize = 500;
/// More of a message is not judged.
const JUDGED_BYTES: usize = 16 * 1024;

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PeerMessage {
    pub ts: String,
    pub role: String,
    pub content: String,
}

/// How much is told, and whether that is less than there is.
pub(super) struct Worth {
    pub most_messages: usize,
    pub most_bytes: usize,
}

/// Of messages, newest first, the ones that say most, in the order in which they came.
pub(super) fn worth_reading(messages: &[MessageRow], worth: &Worth) -> (Vec<PeerMessage>, bool) {
    const WRAPPING: usize = 64;
    let said: Vec<(&MessageRow, String)> =
        messages.iter().map(|m| (m, without_reminders(&m.content))).filter(|(_, text)| !text.is_empty()).collect();
    let mut left = worth.most_bytes;
    let mut cut = false;
    let mut chosen = Vec::new();
    for (index, most) in in_order_of_worth(&said).into_iter().take(worth.most_messages) {
        let (message, text) = &said[index];
        let room = most.min(left.saturating_sub(WRAPPING));
        if room < 80 {
            cut = true;
            break;
        }
        let content = budget::ends(&harmless(text), room);
        cut |= text.len() > room;
        // As JSON it may take more: quotes and line ends are escaped.
        left = left.saturating_sub(budget::tokens(&content) * 4 + WRAPPING);
        chosen.push((index, PeerMessage { ts: rfc3339(message.at), role: message.role.clone(), content }));
    }
    chosen.sort_by_key(|(index, _)| *index);
    (chosen.into_iter().map(|(_, message)| message).collect(), cut)
}

/// Places of messages, and how much of each is told at most.
fn in_order_of_worth(said: &[(&MessageRow, String)]) -> Vec<(usize, usize)> {
    let answers = || said.iter().enumerate().filter(|(_, (m, _))| m.role == "assistant");
    let first = [
        answers().next().map(|(at, _)| (at, FINAL_BYTES)),
        said.iter().position(|(m, _)| m.role == "user").map(|at| (at, REQUEST_BYTES)),
        // Of equals the newest, which comes first.
        answers()
            .map(|(at, (_, text))| (at, findings(text)))
            .filter(|(_, found)| *found > 0)
            .min_by_key(|(at, found)| (std::cmp::Reverse(*found), *at))
            .map(|(at, _)| (at, FINDINGS_BYTES)),
        answers().find(|(_, (_, text))| is_plan(text)).map(|(at, _)| (at, PLAN_BYTES)),
    ];
    let mut order: Vec<(usize, usize)> = Vec::with_capacity(said.len());
    let rest = (0..said.len()).map(|at| (at, OTHER_BYTES));
    for (at, most) in first.into_iter().flatten().chain(rest) {
        if order.iter().all(|(known, _)| *known != at) {
            order.push((at, most));
        }
    }
    order
}

/// How much a text looks like the outcome of a review: a list of points that name places or call them bad.
fn findings(text: &str) -> usize {
    const BAD: [&str; 16] = [
        "[p0]",
        "[p1]",
        "[p2]",
        "[p3]",
        "critical",
        "severity",
        "bug",
        "blocker",
        "vulnerab",
        "race",
        "regression",
        "finding",
        "issue",
        "incorrect",
        "missing",
        "nit:",
    ];
    let points: Vec<String> = points(text).map(str::to_lowercase).collect();
    let places = points.iter().filter(|point| names_a_place(point)).count();
    let bad = points.iter().filter(|point| BAD.iter().any(|word| point.contains(word))).count();
    if points.len() < 2 || places + bad < 2 { 0 } else { 2 * places.min(8) + bad.min(8) }
}

/// A list of steps under a heading that says so.
fn is_plan(text: &str) -> bool {
    let text = judged(text);
    let heads = |line: &str| {
        let line = line.trim().trim_start_matches(['#', '*', ' ']).to_lowercase();
        let is_heading = line.len() <= 60 && (line.ends_with([':', '*']) || !line.contains('.'));
        is_heading && line.split(|c: char| !c.is_alphanumeric()).any(|word| word == "plan" || word == "proposed_plan")
    };
    points(text).count() >= 2 && text.lines().any(heads)
}

/// The entries of a text's lists.
fn points(text: &str) -> impl Iterator<Item = &str> {
    judged(text).lines().map(str::trim_start).filter(|line| {
        let after = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let numbered = after.len() < line.len() && after.len() + 3 >= line.len() && after.starts_with(['.', ')']);
        numbered || ["- ", "* ", "• ", "### "].iter().any(|bullet| line.starts_with(bullet))
    })
}

fn judged(text: &str) -> &str {
    &text[..text.floor_char_boundary(JUDGED_BYTES)]
}

/// `src/auth.rs:88`
fn names_a_place(text: &str) -> bool {
    text.match_indices(':').any(|(at, _)| {
        let before = text[..at].rsplit(|c: char| c.is_whitespace() || "`([".contains(c)).next().unwrap_or_default();
        let is_file = before.rsplit_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty() && (1..=8).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        is_file && text[at + 1..].starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(row: i64, role: &str, content: &str) -> MessageRow {
        MessageRow {
            row,
            message_id: row.to_string(),
            at: row * 1000,
            role: role.to_owned(),
            content: content.to_owned(),
            model: None,
            agent_id: None,
        }
    }

    fn told(messages: &[MessageRow], most_messages: usize, most_bytes: usize) -> (Vec<String>, bool) {
        let (chosen, cut) = worth_reading(messages, &Worth { most_messages, most_bytes });
        (chosen.into_iter().map(|m| m.content).collect(), cut)
    }

    #[test]
    fn the_last_answer_and_request_come_before_the_rest() {
        let long = "x".repeat(400);
        let messages = [
            message(5, "assistant", "done"),
            message(4, "assistant", &long),
            message(3, "assistant", &long),
            message(2, "user", "do it"),
        ];
        let (chosen, cut) = told(&messages, 20, 700);
        assert!(cut);
        assert_eq!(chosen.iter().map(String::len).collect::<Vec<_>>(), [4, 400, 5]);
        let (all, cut) = told(&messages, 20, 10_000);
        assert!(!cut);
        assert_eq!(all.len(), 4);
        assert_eq!(told(&messages, 2, 10_000), (vec!["done".to_owned(), "do it".to_owned()], false));
        assert_eq!(told(&[], 20, 100), (vec![], false));
    }

    #[test]
    fn what_was_found_and_planned_comes_before_chatter() {
        let review =
            "I looked at it:\n\n1. src/auth.rs:88 the expiry is incorrect\n2. `src/token.rs:12` race on refresh";
        let plan = "## Plan\n\n- move the clock out\n- test the expiry";
        let chatter = |row| message(row, "assistant", "Let me look at the next file.");
        let mut messages = vec![message(40, "assistant", "Both fixed."), message(39, "user", "fix both")];
        messages.extend((20..39).rev().map(chatter));
        messages.extend([
            message(9, "assistant", review),
            message(8, "user", "review it"),
            message(7, "assistant", plan),
        ]);
        assert_eq!(told(&messages, 4, 10_000).0, ["Both fixed.", "fix both", review, plan]);
        // The newest of those that are as good.
        messages.insert(0, message(41, "assistant", "That is all."));
        assert_eq!(told(&messages, 2, 10_000).0, ["That is all.", "fix both"]);
        assert_eq!(
            told(&messages, 6, 10_000).0[..4],
            ["That is all.", "Both fixed.", "fix both", "Let me look at the next file."]
        );
    }

    #[test]
    fn reviews_and_plans_are_known_by_their_form() {
        for (text, is_found) in [
            ("- [P1] Check the bounds — src/a.rs:3-9\n- [P2] Say why", true),
            ("### Critical\n### Missing test", true),
            ("1. a.py:3 off by one\n2. b/c.py:10 leaks", true),
            ("- src/a.rs\n- src/b.rs", false),
            ("it is at src/a.rs:3 and src/b.rs:9", false),
            ("1. first\n2. second\n3. at 10:30", false),
        ] {
            assert_eq!(findings(text) > 0, is_found, "{text}");
        }
        for (text, want) in [
            ("**Plan**\n1. a\n2. b", true),
            ("Here is my plan:\n- a\n- b", true),
            ("<proposed_plan>\n# Clock\n- a\n- b\n</proposed_plan>", true),
            ("I plan to do it.\n- a\n- b", false),
            ("# Plan\nnothing", false),
        ] {
            assert_eq!(is_plan(text), want, "{text}");
        }
    }

    #[test]
    fn reminders_are_nobodys_words() {
        let messages = [
            message(3, "user", "<system-reminder>be quick</system-reminder>"),
            message(2, "user", "do it\n<system-reminder>\nbe quick\n</system-reminder>"),
        ];
        assert_eq!(told(&messages, 20, 10_000).0, ["do it"]);
    }
}
