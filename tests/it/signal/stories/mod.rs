//! The stories, by the kind of finding that they are about.

#![allow(clippy::too_many_lines, reason = "a list is as long as it is")]

mod block;
mod budget_exceeded;
mod build_broken;
mod codex;
mod context_pressure;
mod edit_thrash;
mod human_modified;
mod often;
mod peer_modified;
mod recorded;
mod repeated_call;
mod repeated_failure;
mod settings;
mod stale_view;
mod stop;
mod test_stuck;
mod trouble;
mod untouched;

use super::Story;
use super::scene::Scene;

pub fn all() -> Vec<Story> {
    [
        stale_view::all(),
        human_modified::all(),
        peer_modified::all(),
        build_broken::all(),
        repeated_failure::all(),
        test_stuck::all(),
        repeated_call::all(),
        edit_thrash::all(),
        context_pressure::all(),
        budget_exceeded::all(),
        often::all(),
        stop::all(),
        block::all(),
        settings::all(),
        trouble::all(),
        untouched::all(),
        recorded::all(),
        codex::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A name, and what happens.
type Telling = (&'static str, fn(&Scene));

fn of(kind: &'static str, stories: Vec<Telling>) -> Vec<Story> {
    stories.into_iter().map(|(name, tell)| Story { kind, name, tell }).collect()
}

/// What a person makes of `src/lib.rs`.
const THEIRS: &str = "pub mod parse;\n\npub fn one() -> i32 {\n    11\n}\n";
const LIB: &str = "src/lib.rs";
const PARSE: &str = "src/parse.rs";
