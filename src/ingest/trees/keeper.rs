//! The thread: which trees are kept, and whose turn it is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::dirty::Moment;
use super::inbox::{Inbox, Mail};
use super::tree::Tree;
use super::watches::Watches;
use super::{Changed, Pace, TreesCounters, TreesHandle, TreesSetup};
use crate::clock::Clock;
use crate::ingest::watcher::Trouble;

/// With nothing to do.
const LONG: Duration = Duration::from_mins(1);

/// What all trees stand on.
pub(super) struct Ground {
    pub watches: Watches,
    pub pace: Pace,
    pub clock: Clock,
    pub home: PathBuf,
}

impl Ground {
    pub fn now(&self) -> Moment {
        Moment { at: Instant::now(), ms: self.clock.now_ms() }
    }
}

pub(super) struct Keeper {
    ground: Ground,
    inbox: Arc<Inbox>,
    published: Arc<Mutex<TreesCounters>>,
    changed: Changed,
    trees: Vec<Tree>,
    overflows: u64,
    failures: u64,
}

impl Keeper {
    pub fn new(setup: TreesSetup, pace: Pace, handle: &TreesHandle) -> Self {
        let TreesSetup { home, clock, changed } = setup;
        let watches = Watches::new(&handle.inbox, pace.events);
        Self {
            ground: Ground { watches, pace, clock, home },
            inbox: Arc::clone(&handle.inbox),
            published: Arc::clone(&handle.counters),
            changed,
            trees: Vec::new(),
            overflows: 0,
            failures: 0,
        }
    }

    pub fn run(mut self) {
        loop {
            let next = self.trees.iter().filter_map(|tree| tree.next(&self.ground)).min();
            let deadline = next.unwrap_or_else(|| Instant::now() + LONG);
            let patience = self.trees.iter().any(Tree::is_settling);
            let mail = self.inbox.take(deadline, patience);
            if mail.stop {
                return;
            }
            if catch_unwind(AssertUnwindSafe(|| self.read(mail))).is_err() {
                self.failures += 1;
                self.trees.iter_mut().for_each(Tree::survey_soon);
            }
            for at in (0..self.trees.len()).rev() {
                self.work(at);
            }
            self.release();
            self.publish();
        }
    }

    fn read(&mut self, mail: Mail) {
        for root in mail.seen {
            self.seen(&root);
        }
        if let Some(why) = mail.trouble {
            self.ground.watches.failed(Trouble::Other(why));
        }
        if mail.overflows > 0 {
            self.overflows += mail.overflows;
            self.trees.iter_mut().for_each(Tree::survey_soon);
        }
        for (path, heard) in mail.touched {
            for tree in &mut self.trees {
                if let Ok(inside) = path.strip_prefix(&tree.root) {
                    tree.touch(inside, heard);
                }
            }
        }
        for path in mail.minded {
            // The innermost is the working tree that the file belongs to.
            let inside = |tree: &&mut Tree| path.starts_with(&tree.root);
            let innermost = self.trees.iter_mut().filter(inside).max_by_key(|tree| tree.root.as_os_str().len());
            if let Some(tree) = innermost {
                tree.mind(&mut self.ground, &path);
            }
        }
        let again = self.ground.watches.ask_again();
        for tree in &mut self.trees {
            if again {
                tree.watch_again(&mut self.ground);
            } else if self.ground.watches.has_failed() {
                tree.lose_watches(&mut self.ground);
            }
        }
    }

    fn seen(&mut self, root: &Path) {
        let now = Instant::now();
        if let Some(tree) = self.trees.iter_mut().find(|tree| tree.root == root) {
            tree.last_seen = now;
            return;
        }
        let home = &self.ground.home;
        let above_home = |home: &Path| home.starts_with(root);
        let too_wide = above_home(home) || home.canonicalize().is_ok_and(|home| above_home(&home));
        if too_wide || root.parent().is_none() || !root.is_absolute() || !root.is_dir() {
            return;
        }
        if self.trees.len() >= self.ground.pace.roots
            && let Some(longest) = (0..self.trees.len()).min_by_key(|at| self.trees[*at].last_seen)
        {
            self.drop_tree(longest);
        }
        self.trees.push(Tree::new(root, &mut self.ground));
    }

    /// A fault of ours costs the tree.
    fn work(&mut self, at: usize) {
        let (tree, ground) = (&mut self.trees[at], &mut self.ground);
        let worked = catch_unwind(AssertUnwindSafe(|| tree.work(ground)));
        let failed = worked.is_err();
        if let Some(events) = worked.ok().filter(|events| !events.is_empty()) {
            let told = catch_unwind(AssertUnwindSafe(|| (self.changed)(&self.trees[at].root, events)));
            self.failures += u64::from(told.is_err());
        }
        self.failures += u64::from(failed);
        if failed || self.trees[at].gone {
            self.drop_tree(at);
        }
    }

    fn release(&mut self) {
        for at in (0..self.trees.len()).rev() {
            if self.trees[at].last_seen.elapsed() >= self.ground.pace.idle {
                self.drop_tree(at);
            }
        }
    }

    fn drop_tree(&mut self, at: usize) {
        let mut tree = self.trees.swap_remove(at);
        tree.unwatch_all(&mut self.ground);
    }

    fn publish(&self) {
        let mut roots: Vec<_> = self.trees.iter().map(Tree::state).collect();
        roots.sort_by(|a, b| a.root.cmp(&b.root));
        let counters = TreesCounters { roots, overflows: self.overflows, failures: self.failures };
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = counters;
    }
}
