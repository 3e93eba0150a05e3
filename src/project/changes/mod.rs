//! How much has changed in a working tree and how far it is from its upstream, read from git's own files.
//!
//! What git would answer, or nothing: where the files leave room for doubt (filters, submodules, formats that only git
//! reads), the reading stops and says why, so that git itself can be asked. Nothing is ever written.

mod attributes;
mod config;
mod delta;
mod distance;
mod exclude;
mod objects;
mod pack;
mod staged;
mod staging;
mod tracked;
mod untracked;
mod wildmatch;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Instant;

use super::git_dir::GitDir;
use super::refs;
use config::Config;
use objects::Objects;
use staging::Staging;

pub(super) type Id = [u8; 20];
/// A variable of the environment.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub dirty_files: u32,
    pub ahead: Option<u32>,
    pub behind: Option<u32>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    #[error("{0}: only git itself knows")]
    Doubt(&'static str),
    #[error("{0} cannot be read")]
    Broken(&'static str),
    #[error("not within the time")]
    Late,
}

/// How long to read, and whether to go on where only git would know for certain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub deadline: Instant,
    /// There is no git: a good guess is better than nothing.
    pub lenient: bool,
}

impl Bounds {
    fn doubt(&self, what: &'static str) -> Result<(), Stop> {
        if self.lenient { Ok(()) } else { Err(Stop::Doubt(what)) }
    }

    fn in_time(&self) -> Result<(), Stop> {
        if Instant::now() < self.deadline { Ok(()) } else { Err(Stop::Late) }
    }
}

/// The working tree `root` of the repository `git`.
pub(super) fn count(root: &Path, git: &GitDir, env: Env<'_>, bounds: Bounds) -> Result<Counts, Stop> {
    if !(git.common.join("objects").is_dir() && git.common.join("refs").is_dir()) {
        return Err(Stop::Broken("the repository"));
    }
    let config = Config::read(git, env, bounds)?;
    config.check(bounds)?;
    let staging = Staging::read(&git.own.join("index"), bounds)?;
    let mut objects = Objects::open(&git.common, bounds)?;
    let head = refs::head(git).ok_or(Stop::Broken("HEAD"))?;
    let commit = head.commit.as_deref().map(|id| objects::id(id).ok_or(Stop::Broken("HEAD"))).transpose()?;
    let staged = staged::compare(&staging, commit, &mut objects, &config, bounds)?;
    let dirty = tracked::dirty(root, git, &staging, &staged, &config, bounds)?;
    let untracked = untracked::count(root, git, &staging, &config, bounds)?;
    let (ahead, behind) = match (head.branch, commit) {
        (Some(branch), Some(commit)) => distance::of(git, &branch, commit, &config, &mut objects, bounds)?.unzip(),
        _ => (None, None),
    };
    Ok(Counts { dirty_files: dirty.saturating_add(untracked), ahead, behind })
}
