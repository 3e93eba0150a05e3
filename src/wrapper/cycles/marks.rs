//! What watchers print about their own cycles. To teach one more, add a line here and a story to the tests.

use super::Verdict;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Begins,
    Ends(Verdict),
    /// It goes well or badly; more may come.
    Passes,
    Fails,
    /// Between cycles; begins none.
    Chatter,
}

use Mark::{Begins, Chatter, Ends, Fails, Passes};
use Verdict::{AsItLooks, Failed, Passed};

enum Place {
    Start,
    /// After whatever the tool or a time stamp puts in front.
    Within,
}
use Place::{Start, Within};

/// The first that fits counts.
const MARKS: &[(Place, &str, Mark)] = &[
    // cargo watch; watchexec
    (Start, "[Running ", Begins),
    (Start, "[Running: ", Begins),
    (Start, "[Finished running. Exit status: 0]", Ends(Passed)),
    (Start, "[Finished running", Ends(Failed)),
    (Start, "[Command was successful", Ends(Passed)),
    (Start, "[Command exited with", Ends(Failed)),
    (Start, "[Command was killed by", Ends(Failed)),
    // tsc --watch
    (Within, "Starting compilation in watch mode", Begins),
    (Within, "Starting incremental compilation", Begins),
    (Within, "Found 0 errors. Watching for file changes", Ends(Passed)),
    (Within, ". Watching for file changes", Ends(AsItLooks)),
    // gradle -t
    (Start, "Change detected, executing build", Begins),
    (Start, "Waiting for changes to input files", Ends(AsItLooks)),
    (Start, "BUILD SUCCESSFUL", Passes),
    (Start, "BUILD FAILED", Fails),
    // nodemon
    (Start, "[nodemon] starting ", Begins),
    (Start, "[nodemon] restarting due to changes", Chatter),
    (Start, "[nodemon] clean exit", Ends(Passed)),
    (Start, "[nodemon] app crashed", Ends(Failed)),
    (Start, "[nodemon] ", Chatter),
    // esbuild --watch
    (Start, "[watch] build started", Begins),
    (Start, "[watch] build finished", Ends(AsItLooks)),
    (Start, "✘ [ERROR]", Fails),
    // vitest
    (Start, "RERUN ", Begins),
    (Start, "Test Files ", Chatter),
    (Within, "Tests failed. Watching for file changes", Ends(Failed)),
    (Within, "Waiting for file changes", Ends(AsItLooks)),
    // jest --watch
    (Start, "Ran all test suites", Ends(AsItLooks)),
    (Start, "Watch Usage", Chatter),
    (Start, "› Press ", Chatter),
    (Start, "Press ", Chatter),
    (Start, "press ", Chatter),
    // vite build --watch, rollup
    (Start, "build started...", Begins),
    (Start, "built in ", Ends(Passed)),
    (Start, "✓ built in ", Ends(Passed)),
    (Start, "created dist", Passes),
    (Within, "waiting for changes", Ends(AsItLooks)),
    // vite
    (Within, "[vite] Internal server error", Fails),
    (Within, "[vite] Pre-transform error", Fails),
    (Within, "[vite] (client) hmr update", Passes),
    (Within, "[vite] hmr update", Passes),
    (Within, "[vite] page reload", Passes),
    // next dev
    (Start, "○ Compiling", Begins),
    (Start, "wait  - compiling", Begins),
    (Start, "✓ Compiled", Ends(Passed)),
    (Start, "event - compiled", Ends(Passed)),
    (Start, "⨯ ", Fails),
    (Start, "Failed to compile", Ends(Failed)),
    // cargo, whoever runs it
    (Start, "error: could not compile", Fails),
    (Start, "error: test failed", Fails),
    (Start, "test result: FAILED", Fails),
    (Start, "test result: ok", Passes),
    (Start, "Finished `", Passes),
];

pub(super) fn mark(line: &str) -> Option<Mark> {
    if line.is_empty() {
        return None;
    }
    if let Some(mark) = webpack(line).or_else(|| tests(line)).or_else(|| counted(line)) {
        return Some(mark);
    }
    let fits = |place: &Place, words: &str| match place {
        Start => line.starts_with(words),
        Within => line.contains(words),
    };
    MARKS.iter().find(|(place, words, _)| fits(place, words)).map(|(_, _, mark)| *mark)
}

/// `webpack 5.90.0 compiled with 1 error in 80 ms`, with the name of a configuration in front or not.
fn webpack(line: &str) -> Option<Mark> {
    let (front, rest) = line.split_once(" compiled ")?;
    if !front.contains("webpack ") && !front.ends_with(':') && !front.ends_with(')') {
        return None;
    }
    if rest.starts_with("successfully") {
        return Some(Ends(Passed));
    }
    let with = rest.strip_prefix("with ")?;
    Some(Ends(if with.contains(" error") { Failed } else { Passed }))
}

/// `Found 3 errors. Watching for file changes.`
fn counted(line: &str) -> Option<Mark> {
    let (_, rest) = line.split_once("Found ")?;
    let (count, rest) = rest.split_once(' ')?;
    let errors = (rest.starts_with("errors. Watching") || rest.starts_with("error. Watching")).then_some(count)?;
    Some(Ends(if errors.parse() == Ok(0) { Passed } else { Failed }))
}

/// `Tests:  1 failed, 3 passed, 4 total` and `Tests  1 failed | 3 passed (4)`.
fn tests(line: &str) -> Option<Mark> {
    let (name, counts) = line.split_at_checked(5)?;
    if !matches!(name, "Tests") || !counts.starts_with([':', ' ']) {
        return None;
    }
    let is_count = |word: &str| counts.contains(word) && counts.chars().any(|c| c.is_ascii_digit());
    if is_count(" failed") {
        return Some(Fails);
    }
    is_count(" passed").then_some(Passes)
}
