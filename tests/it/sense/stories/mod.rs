//! The stories.

mod commands;
mod edits;
mod files;
mod git;
mod late;
mod peers;
mod people;

use super::Story;

pub fn all() -> Vec<Story> {
    // The longest first.
    [git::STORIES, edits::STORIES, people::STORIES, commands::STORIES, peers::STORIES, files::STORIES, late::STORIES]
        .into_iter()
        .flatten()
        .map(|(name, tell)| Story { name, tell: *tell })
        .collect()
}

/// Of one file: what is told of them, by a name that says it.
type Told = (&'static str, fn(&mut super::Scene));
