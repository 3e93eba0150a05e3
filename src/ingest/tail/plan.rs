//! Which directories are worth a watch: those where something was written last.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::listing::Listing;
use super::sources::Sources;
use crate::model::Millis;

/// A session is awake for so long after it was written to: its sub-agents' directories are watched.
pub(super) const AWAKE_MS: Millis = 60 * 60 * 1000;

/// The `most` directories below the roots where something was written last, and when: those directly below always
/// count, deeper ones only with an awake session. Where there are too many, awake projects come before sub-agents,
/// and those before sleeping projects.
pub(super) fn plan(listing: &Listing, sources: &Sources, now: Millis, most: usize) -> Vec<(PathBuf, Millis)> {
    let mut written: HashMap<&Path, Millis> = HashMap::new();
    for dir in &listing.dirs {
        let at = dir.stamp.modified_ms().max(dir.youngest_ns / 1_000_000);
        written.insert(&dir.path, at);
    }
    // Whoever lies below comes later.
    for dir in listing.dirs.iter().rev() {
        let at = written.get(&*dir.path).copied();
        let above = dir.path.parent().and_then(|parent| written.get_mut(parent));
        if let Some((above, at)) = above.zip(at) {
            *above = at.max(*above);
        }
    }
    // A session's sub-agents lie in a directory named as its transcript.
    let awake: HashSet<PathBuf> = listing.recent.iter().map(|(path, _)| path.with_extension("")).collect();
    let mut worth: Vec<(PathBuf, Millis)> = Vec::new();
    for dir in &listing.dirs {
        let at = written.get(&*dir.path).copied().unwrap_or(0);
        let depth = sources.depth(&dir.path);
        let of_awake = || dir.path.ancestors().any(|above| awake.contains(above));
        match depth {
            Some(0) | None => {}
            Some(1) => worth.push((dir.path.clone(), at)),
            Some(_) if of_awake() => worth.push((dir.path.clone(), now)),
            Some(_) if now - at < AWAKE_MS => worth.push((dir.path.clone(), at)),
            Some(_) => {}
        }
    }
    let rank = |(path, at): &(PathBuf, Millis)| match sources.depth(path) {
        Some(1) if now - at < AWAKE_MS => 0,
        Some(1) => 2,
        _ => 1,
    };
    worth.sort_by(|a, b| rank(a).cmp(&rank(b)).then(b.1.cmp(&a.1)).then_with(|| a.0.cmp(&b.0)));
    worth.truncate(most);
    worth
}
