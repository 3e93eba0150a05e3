//! The first thread: hears of changes, keeps the clock, and has in view what must be.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::background::Report;
use super::desk::{Desk, Why};
use super::inbox::{Inbox, Mail};
use super::listing::Listing;
use super::plan::{AWAKE_MS, plan};
use super::queues::Backoff;
use super::read::Shared;
use super::sources::Sources;
use super::watch::Watches;
use super::{Pace, TailCounters, TailError, TailHandle, TailSetup};
use crate::adapters;
use crate::ingest::rows;
use crate::ingest::source::Stamp;
use crate::ingest::watcher::Trouble;
use crate::model::{Agent, Millis};
use crate::store::StoreError;

/// A file written to so lately is looked at again and again.
const ACTIVE_MS: Millis = 10 * 60 * 1000;
/// More changed files in one directory were not written by a running agent.
const MANY: usize = 64;
/// Directories that one session's sub-agents lie in.
const SURROUNDINGS: usize = 64;
/// Listings asked for in a row come no faster.
const BREATH: Duration = Duration::from_millis(200);
/// With nothing to do.
const LONG: Duration = Duration::from_hours(1);

pub(super) struct Follow {
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
    published: Arc<Mutex<TailCounters>>,
    pace: Pace,
    sources: Sources,
    watches: Watches,
    desk: Desk,
    /// A listing is under way.
    listing: bool,
    /// Another one was asked for meanwhile.
    list_again: bool,
    listings: u64,
    listing_wait: Backoff,
    /// Between listings that are asked for.
    breath: Duration,
    next_listing: Instant,
    next_poll: Option<Instant>,
    next_safety: Instant,
    next_mark: Instant,
    caught_up: bool,
    overflows: u64,
}

impl Follow {
    pub fn new(setup: TailSetup, pace: Pace, handle: &TailHandle, halt: &Arc<AtomicBool>) -> Result<Self, TailError> {
        let shared = Arc::new(Shared::new(setup, halt));
        let inbox = Arc::clone(&handle.inbox);
        let now = Instant::now();
        Ok(Self {
            sources: Sources::new(&shared.places),
            watches: Watches::new(&inbox, pace.dirs, pace.events),
            desk: Desk::new(&shared, &inbox, pace)?,
            published: Arc::clone(&handle.counters),
            shared,
            inbox,
            pace,
            listing: false,
            list_again: false,
            listings: 0,
            listing_wait: Backoff::default(),
            breath: BREATH,
            next_listing: now,
            next_poll: None,
            next_safety: now,
            next_mark: now,
            caught_up: false,
            overflows: 0,
        })
    }

    pub fn run(mut self) {
        let mut faults = Backoff::default();
        // Before the first listing: what is written meanwhile must be heard of.
        self.contained(&mut faults, Self::find_footholds);
        let mut mail = Mail::default();
        while !mail.stop && !self.desk.over {
            self.contained(&mut faults, |follow| follow.step(std::mem::take(&mut mail)));
            self.publish();
            let rest = faults.until(Instant::now());
            let deadline = self.next_deadline();
            mail = self.inbox.take(rest.map_or(deadline, |rest| rest.max(deadline)));
        }
    }

    /// A fault of ours costs one step, and a listing to make up for it.
    fn contained(&mut self, faults: &mut Backoff, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.shared.failed();
            self.next_listing = faults.failed(Instant::now(), self.pace.first_wait, self.pace.last_wait);
        }
    }

    fn step(&mut self, mail: Mail) {
        for report in mail.reports {
            self.reported(report);
        }
        if let Some(why) = mail.trouble {
            self.watches.failed(Trouble::Other(why));
            self.list_soon();
        }
        if mail.overflows > 0 {
            self.overflows += mail.overflows;
            self.watches.renew();
            self.list_soon();
        }
        if mail.everything {
            self.list_soon();
        }
        for (agent, path) in mail.named {
            self.named(agent, path);
        }
        for path in mail.gone {
            self.watches.forget(&path);
        }
        for path in mail.touched {
            if self.shared.halted() {
                return;
            }
            self.touched(&path);
        }
        self.keep_the_clock();
        self.desk.send_on();
        self.wake();
    }

    fn reported(&mut self, report: Report) {
        match report {
            Report::Read(outcome) => {
                self.desk.background.reported();
                self.desk.settle(*outcome);
            }
            Report::Listed(listing) => {
                self.listing = false;
                self.listing_wait.went_well();
                self.listed(*listing);
            }
            Report::NotListed(error) => {
                self.listing = false;
                self.desk.over |= matches!(error, Some(StoreError::WriterGone));
                self.shared.failed();
                self.next_listing = self.listing_wait.failed(Instant::now(), self.pace.first_wait, self.pace.last_wait);
            }
        }
    }

    // Changes.

    fn touched(&mut self, path: &Path) {
        let whole =
            rows::belongs_to(path).filter(|db| self.sources.adapter_of(db).is_some_and(|a| a.shape(db).is_some()));
        let path = whole.as_deref().unwrap_or(path);
        if self.sources.leads_to_foothold(path) {
            self.find_footholds();
        }
        let Some(adapter) = self.sources.adapter_of(path) else { return };
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.take_in(path, Why::Live),
            Ok(metadata) if metadata.is_file() && adapter.shape(path).is_some() => {
                self.desk.consider(adapter, path, Stamp::of_source(adapter, path, &metadata), Why::Live);
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                self.watches.forget(path);
                self.desk.forget(path);
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn named(&mut self, agent: Agent, path: PathBuf) {
        let adapter = adapters::find(agent).filter(|a| path.is_absolute() && a.shape(&path).is_some());
        let Some(adapter) = adapter else { return };
        let path = self.sources.take_in(adapter, path);
        match path.parent() {
            Some(dir) if self.sources.depth(&path).is_some() => self.take_in(dir, Why::Live),
            _ => self.find_footholds(),
        }
        self.touched(&path);
        self.take_in(&path.with_extension(""), Why::Live);
    }

    /// Watches every foothold that is there, and where it would appear if it is not.
    fn find_footholds(&mut self) {
        let mut kept = Vec::new();
        for foothold in self.sources.footholds() {
            // What is waited for may have come while the watch was set: then it is the next to be watched.
            while !foothold.is_dir() {
                let Some(above) = self.sources.above(&foothold) else { break };
                let new = self.watches.add_foothold(&above);
                kept.push(above);
                if !new {
                    break;
                }
            }
            if foothold.is_dir() {
                let new = self.watches.add_foothold(&foothold);
                if new && self.listings > 0 {
                    self.look_in(&foothold, Why::Live);
                    self.list_soon();
                }
                kept.push(foothold);
            }
        }
        self.watches.keep_footholds(&kept);
    }

    /// Takes a directory below a root into view, and looks at what is in it already.
    fn take_in(&mut self, dir: &Path, why: Why) {
        if self.sources.adapter_of(dir).is_some_and(|adapter| !adapter.enters(dir)) {
            return;
        }
        if self.sources.depth(dir) != Some(0) && self.watches.add(dir, self.now()) {
            self.look_in(dir, why);
        }
    }

    fn look_in(&mut self, dir: &Path, why: Why) {
        let Ok(entries) = fs::read_dir(dir) else { return };
        let lately = self.now() - AWAKE_MS;
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            let Some(adapter) = self.sources.adapter_of(&path) else { continue };
            let wanted = adapter.shape(&path).is_some();
            if !wanted && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            let Ok(metadata) = fs::metadata(&path) else { continue };
            let stamp = Stamp::of_source(adapter, &path, &metadata);
            // Others are found by the next listing.
            if metadata.is_dir() && stamp.modified_ms() > lately {
                self.take_in(&path, why);
            } else if metadata.is_file() && wanted {
                found.push((adapter, path, stamp));
            }
        }
        let why = if found.len() > MANY { Why::Found } else { why };
        for (adapter, path, stamp) in found {
            self.desk.consider(adapter, &path, stamp, why);
        }
    }

    /// Whoever is written to may be one of many that no watch was left for, and may start sub-agents.
    fn wake(&mut self) {
        while let Some(path) = self.desk.woken.pop() {
            if let Some(dir) = path.parent().filter(|dir| !self.watches.tells_of(dir)) {
                self.take_in(dir, Why::Live);
            }
            let mut dirs = vec![path.with_extension("")];
            for _ in 0..SURROUNDINGS {
                let Some(dir) = dirs.pop() else { break };
                let Ok(entries) = fs::read_dir(&dir) else { continue };
                self.take_in(&dir, Why::Live);
                let below = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
                dirs.extend(below.map(|entry| entry.path()));
            }
        }
    }

    // The clock.

    fn keep_the_clock(&mut self) {
        let now = Instant::now();
        for path in self.desk.later.due(now) {
            self.touched(&path);
        }
        if self.next_poll.is_some_and(|at| at <= now) {
            self.poll(now);
        } else if self.next_poll.is_none() && (self.desk.followed() > 0 || self.watches.has_untold()) {
            self.next_poll = Some(now + self.pace.poll);
        }
        if !self.listing && self.next_listing <= now {
            self.listing = true;
            self.desk.background.list(self.sources.places());
        }
        if self.listings > 0 && self.desk.is_idle() && !self.listing && self.next_mark <= now {
            self.caught_up = true;
            self.next_mark = now + self.pace.mark;
            let at = self.now().to_string();
            // Where it can't be noted, the store is found to fail soon enough.
            let _ = self.shared.writer.with(move |writer| writer.set_meta("last_import_ms", &at));
        }
    }

    /// Looks at what is active and nothing may have been told of.
    fn poll(&mut self, now: Instant) {
        let all = now >= self.next_safety;
        let (mut told, mut untold) = (false, self.watches.has_untold());
        let mut changed = Vec::new();
        for path in self.desk.active(self.now() - ACTIVE_MS) {
            let covered = path.parent().is_some_and(|dir| self.watches.tells_of(dir));
            (told, untold) = (told || covered, untold || !covered);
            let due = all || !covered;
            let stamp = self.sources.adapter_of(&path).zip(fs::metadata(&path).ok());
            let stamp = stamp.map(|(adapter, m)| Stamp::of_source(adapter, &path, &m));
            if due && !stamp.is_some_and(|stamp| self.desk.ledger.is_read(&path, stamp)) {
                changed.push(path);
            }
        }
        let dirs = self.watches.changed();
        // What this takes of a core stays small however much there is to look at.
        let rest = now.elapsed() * self.pace.share;
        if all {
            self.next_safety = now + self.pace.safety.max(rest);
        }
        self.next_poll = match (untold, told) {
            (true, _) => Some(now + self.pace.poll.max(rest)),
            (false, true) => Some(self.next_safety),
            (false, false) => None,
        };
        for dir in dirs {
            self.touched(&dir);
            self.look_in(&dir, Why::Live);
        }
        for path in changed {
            self.touched(&path);
        }
    }

    fn listed(&mut self, listing: Listing) {
        self.listings += 1;
        self.next_listing = Instant::now() + self.pace.listing.max(listing.took * self.pace.share);
        self.breath = BREATH.max(listing.took * 20);
        if std::mem::take(&mut self.list_again) {
            self.list_soon();
        }
        self.watches.ask_again();
        self.find_footholds();
        let now = self.now();
        for path in self.desk.tidy(now) {
            if let Some((adapter, metadata)) = self.sources.adapter_of(&path).zip(fs::metadata(&path).ok()) {
                self.desk.consider(adapter, &path, Stamp::of_source(adapter, &path, &metadata), Why::Anyway);
            }
        }
        let worth = plan(&listing, &self.sources, now, self.pace.dirs);
        for (path, stamp) in listing.recent {
            if now - stamp.modified_ms() < ACTIVE_MS {
                self.desk.follow(path, stamp);
            }
        }
        // What runs now, then the past in its order.
        let (active, past): (Vec<_>, Vec<_>) =
            listing.changed.into_iter().partition(|found| now - found.stamp.modified_ms() < ACTIVE_MS);
        for found in active.into_iter().chain(past) {
            self.desk.consider(found.adapter, &found.path, found.stamp, Why::Found);
        }
        let wanted: HashMap<&Path, Millis> = worth.iter().map(|(path, at)| (path.as_path(), *at)).collect();
        self.watches.keep(&wanted, now - AWAKE_MS);
        for (path, at) in &worth {
            if self.watches.add(path, *at) {
                self.look_in(path, Why::Found);
            }
        }
    }

    fn list_soon(&mut self) {
        self.list_again |= self.listing;
        self.next_listing = self.next_listing.min(Instant::now() + self.breath);
    }

    fn now(&self) -> Millis {
        self.shared.clock.now_ms()
    }

    fn next_deadline(&self) -> Instant {
        let now = Instant::now();
        let listing = (!self.listing).then_some(self.next_listing);
        let mark = (self.listings > 0 && self.desk.is_idle() && !self.listing).then_some(self.next_mark);
        [listing, mark, self.next_poll, self.desk.next()].into_iter().flatten().min().unwrap_or(now + LONG)
    }

    fn publish(&self) {
        let trouble = self.watches.trouble().map(|t| format!("{t}; transcripts are looked at every second instead"));
        let counters = TailCounters {
            watched_dirs: self.watches.told(),
            followed_files: self.desk.followed(),
            waiting_files: self.desk.waiting(),
            caught_up: self.caught_up,
            rescans: self.listings.saturating_sub(1),
            overflows: self.overflows,
            failures: self.shared.failures.load(Ordering::Relaxed),
            polling: self.watches.is_polling(),
            problems: trouble.into_iter().chain(self.desk.problems()).collect(),
        };
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = counters;
    }
}
