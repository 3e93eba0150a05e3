//! The table of the stories in the documentation: how often each kind is told rightly, and what it costs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::record::Outcome;
use crate::support::check_part;

pub const KINDS: [&str; 10] = [
    "stale_file_view",
    "human_modified_during_session",
    "peer_modified_file",
    "build_broken_after_my_edit",
    "repeated_failed_build",
    "test_stuck",
    "repeated_tool_call",
    "edit_thrash",
    "context_pressure",
    "budget_exceeded",
];

/// The page holds this table; how many tokens a block takes may vary a little.
pub fn check(outcomes: &[Outcome]) {
    check_part("docs/signal.md", &text(outcomes), |kept, told| {
        // How much a session reads depends on what else had come in by then.
        let near = |kept: &str, told: &str| kept.parse::<u32>().is_ok() && told.parse::<u32>().is_ok();
        let alike = |(kept, told): (&str, &str)| {
            let (kept, told): (Vec<&str>, Vec<&str>) = (kept.split(" | ").collect(), told.split(" | ").collect());
            let tokens = kept.len() >= 10;
            kept.len() == told.len()
                && kept.iter().zip(&told).enumerate().all(|(number, (kept, told))| {
                    let trimmed = |text: &str| text.trim_end_matches(" |").to_owned();
                    kept == told || tokens && number >= 8 && near(&trimmed(kept), &trimmed(told))
                })
        };
        kept.lines().count() == told.lines().count() && kept.lines().zip(told.lines()).all(alike)
    });
}

#[derive(Default)]
struct Sum {
    positive: usize,
    negative: usize,
    right: usize,
    wrong: usize,
    missed: usize,
    tokens: Vec<usize>,
}

impl Sum {
    fn row(&self, name: &str) -> String {
        let share = |of: usize, all: usize| {
            // Cut, not rounded: 1.00 is without a fault.
            (of * 100)
                .checked_div(all)
                .map_or("-".to_owned(), |percent| format!("{}.{:02}", percent / 100, percent % 100))
        };
        let mut tokens = self.tokens.clone();
        tokens.sort_unstable();
        let median = tokens.get(tokens.len() / 2).copied().unwrap_or_default();
        let most = tokens.last().copied().unwrap_or_default();
        format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {median} | {most} |\n",
            self.positive,
            self.negative,
            self.right,
            self.wrong,
            self.missed,
            share(self.right, self.right + self.wrong),
            share(self.right, self.right + self.missed),
        )
    }
}

pub fn text(outcomes: &[Outcome]) -> String {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    let mut all = Sum::default();
    for outcome in outcomes {
        let sum = sums.entry(outcome.kind).or_default();
        for sum in [&mut *sum, &mut all] {
            if outcome.is_positive() {
                sum.positive += 1;
            } else {
                sum.negative += 1;
            }
            sum.tokens.extend(&outcome.tokens);
        }
        // What is told of another kind counts for that one, wherever it is told.
        for (told, add) in [(&outcome.right, 0), (&outcome.wrong, 1), (&outcome.missed, 2)] {
            for (kind, count) in told {
                let kind = KINDS.iter().find(|known| *known == kind).copied().unwrap_or("other");
                let own = sums.entry(kind).or_default();
                for sum in [own, &mut all] {
                    *[&mut sum.right, &mut sum.wrong, &mut sum.missed][add] += count;
                }
            }
        }
    }
    let mut text = "# What an agent is told\n\n\
         Stories of sessions, driven through the real sidecar and the real `tma1 hook` by `tests/it/signal`; the test\n\
         writes this part (`UPDATE_DOCS=1 cargo test --test it signal`) and fails when a story is told otherwise.\n\n\
         A positive story has something to tell of its kind, a negative one has nothing. Told, missed, precision and\n\
         recall count deliveries, in whichever story they happen. Tokens are all that a session was made to read in a\n\
         story (bytes / 4), its blocks included.\n\n\
         | kind | positive stories | negative stories | told rightly | told wrongly | missed | precision | recall | tokens \
         a session, median | most |\n|---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for kind in KINDS {
        let _ = write!(text, "{}", sums.get(kind).unwrap_or(&Sum::default()).row(&format!("`{kind}`")));
    }
    if let Some(sum) = sums.get("general") {
        // What is told there counts for its kinds.
        let sum = Sum { positive: 0, negative: 0, tokens: sum.tokens.clone(), ..Sum::default() };
        let count = outcomes.iter().filter(|outcome| outcome.kind == "general").count();
        let row = sum.row(&format!("when and how ({count} stories)"));
        text.push_str(&row.replacen("| 0 | 0 | 0 | 0 | 0 |", "|  |  |  |  |  |", 1));
    }
    all.positive = outcomes.iter().filter(|outcome| !outcome.right.is_empty() || !outcome.missed.is_empty()).count();
    all.negative = outcomes.len() - all.positive;
    text.push_str(&all.row("all"));
    text
}
