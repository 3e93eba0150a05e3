//! How many commits a branch is ahead of its upstream, and how many behind.

use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};

use super::config::Config;
use super::objects::{self, Objects};
use super::staged::count;
use super::{Bounds, Id, Stop};
use crate::project::git_dir::GitDir;
use crate::project::refs;

/// Commits looked at; two branches that are further apart are left to git.
const MOST: usize = 20_000;

const OURS: u8 = 1;
const THEIRS: u8 = 2;
const BOTH: u8 = OURS | THEIRS;

/// `None` without an upstream, or where it is gone.
pub(super) fn of(
    git: &GitDir,
    branch: &str,
    head: Id,
    config: &Config,
    objects: &mut Objects,
    bounds: Bounds,
) -> Result<Option<(u32, u32)>, Stop> {
    let Some(name) = upstream(branch, config, bounds)? else { return Ok(None) };
    let Some(theirs) = refs::commit_of(git, &name).as_deref().and_then(objects::id) else { return Ok(None) };
    if theirs == head { Ok(Some((0, 0))) } else { apart(head, theirs, objects, bounds).map(Some) }
}

/// The ref that keeps what was last seen of the branch that `branch` follows.
fn upstream(branch: &str, config: &Config, bounds: Bounds) -> Result<Option<String>, Stop> {
    let (remote_key, merge_key) = (format!("branch.{branch}.remote"), format!("branch.{branch}.merge"));
    let (Some(remote), Some(merge)) = (config.get(&remote_key), config.all(&merge_key).next()) else {
        return Ok(None);
    };
    if remote == "." {
        return Ok(Some(merge.to_owned()));
    }
    let key = format!("remote.{remote}.fetch");
    let fetched: Vec<&str> = config.all(&key).collect();
    if fetched.iter().any(|spec| spec.starts_with('^')) {
        bounds.doubt("a branch that is not fetched")?;
    }
    Ok(fetched.iter().find_map(|spec| {
        let (from, to) = spec.trim_start_matches('+').split_once(':')?;
        if to.is_empty() {
            return None;
        }
        let Some((before, behind)) = from.split_once('*') else { return (from == merge).then(|| to.to_owned()) };
        let star = merge.strip_prefix(before)?.strip_suffix(behind)?;
        Some(to.replacen('*', star, 1))
    }))
}

struct Seen {
    sides: u8,
    at: i64,
    parents: Vec<Id>,
    waits: bool,
    /// While it waits, there is more to find out.
    open: bool,
}

fn apart(ours: Id, theirs: Id, objects: &mut Objects, bounds: Bounds) -> Result<(u32, u32), Stop> {
    let (seen, queue) = (HashMap::new(), BinaryHeap::new());
    let mut walk = Walk { objects, seen, queue, open: 0, oldest: i64::MAX, bounds };
    walk.reach(ours, OURS, i64::MAX)?;
    walk.reach(theirs, THEIRS, i64::MAX)?;
    while walk.step()? {}
    let side = |side: u8| count(walk.seen.values().filter(|commit| commit.sides == side).count());
    Ok((side(OURS), side(THEIRS)))
}

struct Walk<'a> {
    objects: &'a mut Objects,
    seen: HashMap<Id, Seen>,
    /// Newest first.
    queue: BinaryHeap<(i64, Id)>,
    open: usize,
    /// Of those that were followed as one side's alone.
    oldest: i64,
    bounds: Bounds,
}

impl Walk<'_> {
    /// False once what only one side has is known: nothing of one side alone waits, and what both have is older.
    fn step(&mut self) -> Result<bool, Stop> {
        self.bounds.in_time()?;
        let Some((at, id)) = self.queue.peek().copied().filter(|(at, _)| self.open > 0 || *at >= self.oldest) else {
            return Ok(false);
        };
        self.queue.pop();
        let Some(commit) = self.seen.get_mut(&id) else { return Ok(true) };
        let sides = commit.sides;
        self.open -= usize::from(commit.open);
        (commit.waits, commit.open) = (false, false);
        if sides != BOTH {
            self.oldest = self.oldest.min(at);
        }
        for parent in commit.parents.clone() {
            self.reach(parent, sides, at)?;
        }
        Ok(true)
    }

    /// `sides` have that commit, through one that was made at `child`.
    fn reach(&mut self, id: Id, sides: u8, child: i64) -> Result<(), Stop> {
        if self.seen.len() > MOST {
            self.bounds.doubt("a long history")?;
        }
        let commit = match self.seen.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let commit = self.objects.commit(&id)?;
                let parents = commit.parents;
                free.insert(Seen { sides: 0, at: commit.at, parents, waits: false, open: false })
            }
        };
        if commit.sides | sides == commit.sides {
            return Ok(());
        }
        let again = commit.sides != 0 && !commit.waits;
        commit.sides |= sides;
        let open = commit.sides != BOTH || again;
        if !commit.waits {
            self.queue.push((commit.at, id));
        }
        self.open = self.open + usize::from(open) - usize::from(commit.open);
        (commit.waits, commit.open) = (true, open);
        if commit.at > child {
            // The order by time, on which this relies, does not hold.
            self.bounds.doubt("commits that are older than their parents")?;
        }
        Ok(())
    }
}
