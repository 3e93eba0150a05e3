//! Paths that something happened to, until they have come to rest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Pace;
use crate::model::Millis;

/// Between two looks whether git is still at work.
const LOCKED: Duration = Duration::from_millis(20);
/// With its lock held and files changing all the time it is; but not for longer than the second.
const AT_WORK: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_mins(1);
/// More paths than this at once are one deed, told as one when all of it has come to rest.
const STORM: usize = 100;

/// A point in time by the clock that measures and by the one that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub at: Instant,
    pub ms: Millis,
}

/// When something was heard of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub first: Moment,
    pub last: Moment,
    /// It came, went or moved: of a directory, everything below may be another.
    pub moved: bool,
}

impl Heard {
    pub fn at(moment: Moment, moved: bool) -> Self {
        Self { first: moment, last: moment, moved }
    }

    pub fn and(self, later: Self) -> Self {
        Self { first: self.first, last: later.last, moved: self.moved || later.moved }
    }
}

/// By path, so that a directory comes before what lies in it.
#[derive(Default)]
pub(super) struct Dirty {
    paths: BTreeMap<PathBuf, Heard>,
    /// Of all, the first and the last event.
    span: Option<(Instant, Instant)>,
    /// Since when there have been more than a few.
    storm: Option<Instant>,
}

impl Dirty {
    pub fn touch(&mut self, path: &Path, heard: Heard) {
        match self.paths.get_mut(path) {
            Some(known) => *known = known.and(heard),
            None => drop(self.paths.insert(path.to_owned(), heard)),
        }
        self.stretch(heard);
        if self.paths.len() > STORM {
            self.storm.get_or_insert(heard.last.at);
        }
    }

    /// As [`Dirty::touch`], for what was found by looking: it does not begin anew with every look.
    pub fn find(&mut self, path: &Path, heard: Heard) {
        if !self.paths.contains_key(path) {
            self.touch(path, heard);
        }
    }

    fn stretch(&mut self, heard: Heard) {
        let (first, last) = self.span.unwrap_or((heard.first.at, heard.last.at));
        self.span = Some((first.min(heard.first.at), last.max(heard.last.at)));
    }

    /// What has waited already waits as if it had been heard of `now`.
    pub fn begin_anew(&mut self, now: Instant) {
        for heard in self.paths.values_mut() {
            heard.first.at = now;
        }
        self.span = self.span.map(|(_, last)| (now, last));
        self.storm = self.storm.map(|_| now);
    }

    pub fn len(&self) -> usize {
        self.paths.len()
    }

    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// When something was heard last.
    pub fn last(&self) -> Option<Instant> {
        self.span.map(|(_, last)| last)
    }

    /// When there is something to look at: all is quiet, or something has waited long enough.
    pub fn due(&self, pace: &Pace) -> Option<Instant> {
        let latest = |first| self.storm.map_or(first + pace.latest, |since| since + pace.storm);
        self.span.map(|(first, last)| (last + pace.quiet).min(latest(first)))
    }

    /// What can be looked at `now`.
    pub fn take(&mut self, now: Instant, pace: &Pace) -> Vec<(PathBuf, Heard)> {
        if self.storm.is_some() && self.due(pace).is_some_and(|due| due > now) {
            return Vec::new();
        }
        let since = |at: Instant| now.saturating_duration_since(at);
        let rests = |heard: &Heard| since(heard.last.at) >= pace.quiet || since(heard.first.at) >= pace.latest;
        let (due, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.paths).into_iter().partition(|(_, h)| rests(h));
        (self.span, self.storm) = (None, None);
        for (path, heard) in rest {
            self.touch(&path, heard);
        }
        due
    }
}

/// Waits while git is at work, but not for a lock that somebody left behind.
#[derive(Default)]
pub(super) struct Hold {
    since: Option<Instant>,
    /// The lock was given up.
    stale: bool,
}

impl Hold {
    /// Until when to wait. What git did last has to come to rest too.
    pub fn until(&mut self, locked: bool, last: Option<Instant>, now: Instant, pace: &Pace) -> Option<Instant> {
        if !locked {
            let held = self.since.is_some() && !self.stale;
            *self = Self::default();
            return held.then(|| now + pace.quiet);
        }
        let since = *self.since.get_or_insert(now);
        let held = now.saturating_duration_since(since);
        let at_work = last.is_some_and(|last| now.saturating_duration_since(last) < AT_WORK) && held < MOST;
        self.stale |= held >= pace.lock && !at_work;
        (!self.stale).then(|| now + LOCKED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace::LIVE;

    fn heard(start: Instant, first: u64, last: u64) -> Heard {
        let at = |ms| Moment { at: start + Duration::from_millis(ms), ms: 0 };
        Heard { first: at(first), last: at(last), moved: false }
    }

    #[test]
    fn a_path_rests_after_its_last_event_or_has_waited_long_enough() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut dirty = Dirty::default();
        assert_eq!(dirty.due(&PACE), None);
        dirty.touch(Path::new("a"), heard(start, 0, 0));
        assert_eq!(dirty.due(&PACE), Some(at(60)));
        dirty.touch(Path::new("a"), heard(start, 50, 50));
        dirty.touch(Path::new("b"), heard(start, 390, 390));
        assert_eq!(dirty.due(&PACE), Some(at(400)));
        let taken = dirty.take(at(400), &PACE);
        assert_eq!(taken, [(PathBuf::from("a"), heard(start, 0, 50))]);
        assert_eq!(dirty.take(at(449), &PACE), []);
        assert_eq!(dirty.take(at(450), &PACE).len(), 1);
    }

    #[test]
    fn a_storm_is_taken_whole_though_it_begins_long_before_it_ends() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut dirty = Dirty::default();
        for file in 0..=STORM as u64 {
            dirty.touch(Path::new(&format!("{file}")), heard(start, 0, file * 9));
        }
        assert_eq!(dirty.due(&PACE), Some(at(960)));
        assert_eq!(dirty.take(at(900), &PACE), []);
        // What was heard of early may reach us late.
        dirty.touch(Path::new("late"), heard(start, 1, 950));
        assert_eq!(dirty.take(at(960), &PACE), []);
        assert_eq!(dirty.take(at(1010), &PACE).len(), STORM + 2);
        assert!(dirty.is_empty());
    }

    #[test]
    fn a_storm_without_end_is_told_in_parts() {
        let start = Instant::now();
        let mut dirty = Dirty::default();
        for file in 0..600_u64 {
            dirty.touch(Path::new(&format!("{file}")), heard(start, file * 10, file * 10));
        }
        let now = start + Duration::from_secs(6);
        assert!(dirty.due(&PACE).is_some_and(|due| due <= now));
        assert_eq!(dirty.take(now, &PACE).len(), 595);
    }

    #[test]
    fn a_lock_holds_until_it_goes_or_is_given_up() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut hold = Hold::default();
        assert_eq!(hold.until(false, None, at(0), &PACE), None);
        assert_eq!(hold.until(true, None, at(0), &PACE), Some(at(20)));
        assert_eq!(hold.until(false, None, at(2000), &PACE), Some(at(2060)));
        assert_eq!(hold.until(false, None, at(2060), &PACE), None);
        assert_eq!(hold.until(true, None, at(3000), &PACE), Some(at(3020)));
        assert_eq!(hold.until(true, None, at(6000), &PACE), None);
        assert_eq!(hold.until(true, None, at(9000), &PACE), None);
        assert_eq!(hold.until(false, None, at(9100), &PACE), None);
        assert_eq!(hold.until(true, None, at(9200), &PACE), Some(at(9220)));
        // Files change all the time: git is at work.
        assert_eq!(hold.until(true, Some(at(12_500)), at(13_000), &PACE), Some(at(13_020)));
        assert_eq!(hold.until(true, Some(at(12_500)), at(13_600), &PACE), None);
    }
}
