//! The table of the stories in the documentation.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::verdicts::{Expected, Who};
use crate::support::check_part;

/// One story, and what came of it.
pub struct Line {
    story: String,
    truth: String,
    told: String,
    /// Of each change: whether it is a person's, whether it is told as a person's, whether its owner is told.
    changes: Vec<(bool, bool, bool)>,
}

impl Line {
    pub fn new(story: &str, expected: &[Expected]) -> Self {
        let joined = |of: fn(&Expected) -> String| {
            let mut seen = BTreeSet::new();
            let names = expected.iter().map(of).filter(|name| seen.insert(name.clone()));
            names.collect::<Vec<_>>().join(", ")
        };
        let told = |e: &Expected| match e.told {
            Who::Unsure if e.truth != Who::Unsure => "not told".to_owned(),
            told => told.to_string(),
        };
        let real = expected.iter().filter(|e| e.truth != Who::Nothing);
        let changes =
            real.map(|e| (e.truth == Who::Human, e.told == Who::Human, e.told == e.truth && e.told != Who::Unsure));
        let (truth, told) = (joined(|e| e.truth.to_string()), joined(told));
        Self { story: story.to_owned(), truth, told, changes: changes.collect() }
    }
}

/// The page holds this table.
pub fn check(lines: &[Line]) {
    check_part("docs/signal.md", &text(lines), |kept, told| kept == told);
}

fn text(lines: &[Line]) -> String {
    let changes = || lines.iter().flat_map(|line| &line.changes);
    let count = |of: fn(&(bool, bool, bool)) -> bool| changes().filter(|change| of(change)).count();
    let of_people = |line: &&Line| line.changes.iter().any(|(_, told, _)| *told);
    let people = lines.iter().filter(of_people).count();
    let named = count(|(.., told)| *told);
    let mut text = format!(
        "# Whose change it was\n\n\
         Real files, real git and real processes, driven through the sidecar and the hooks by `tests/it/sense`; the test\n\
         writes this part (`UPDATE_DOCS=1 cargo test --test it sense`) and fails when a story is told otherwise.\n\n\
         | | |\n|---|---|\n\
         | stories | {} |\n\
         | in which nobody may be called a person | {} |\n\
         | changes | {} |\n\
         | told wrongly | 0 |\n\
         | precision: right, of those told | {named} of {named} |\n\
         | told, of all | {named} of {} |\n\
         | people's changes told, of all | {} of {} |\n\n\
         \"not told\": it can't be known, so nobody is named. \"nothing\": there is no change.\n\n\
         | story | truth | told |\n|---|---|---|\n",
        lines.len(),
        lines.len() - people,
        changes().count(),
        changes().count(),
        count(|(_, human, told)| *human && *told),
        count(|(human, ..)| *human),
    );
    for line in lines {
        let _ = writeln!(text, "| {} | {} | {} |", line.story, line.truth, line.told);
    }
    text
}
