//! Looks at everything that is known, and finds what was not told.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::dirty::{Heard, Moment};
use super::keeper::Ground;
use super::tree::Tree;
use crate::model::Millis;

/// A tree of so many files is looked at once in the shortest time.
const SMALL: usize = 5_000;
/// However slow the disk is.
const LONGEST: Duration = Duration::from_mins(1);

pub(super) struct Survey {
    began: Moment,
    /// The directory that was looked at last.
    at: Option<PathBuf>,
    took: Duration,
}

/// The looks of one tree.
pub(super) struct Surveys {
    pub under_way: Option<Survey>,
    pub next: Instant,
    /// Something happened unheard.
    pub missed: bool,
    /// What the last one found comes before the next.
    pub settle_first: bool,
    /// When the last one began.
    pub since: Millis,
}

impl Surveys {
    pub fn new(now: Moment) -> Self {
        Self { under_way: None, next: now.at, missed: false, settle_first: false, since: now.ms }
    }
}

impl Tree {
    /// Something may have happened unheard.
    pub fn survey_soon(&mut self) {
        self.surveys.missed = true;
        self.surveys.next = Instant::now();
    }

    pub fn begin_survey(&mut self, ground: &mut Ground) {
        self.surveys.missed = false;
        self.surveys.under_way = Some(Survey { began: ground.now(), at: None, took: Duration::ZERO });
    }

    /// Goes on for a while; what it finds is settled as if it had been told.
    pub fn survey_on(&mut self, ground: &mut Ground, until: Instant) {
        let Some(mut survey) = self.surveys.under_way.take() else { return };
        let began = Instant::now();
        let first = Moment { at: began, ms: self.surveys.since };
        let heard = Heard { first, last: ground.now(), moved: false };
        while let Some(dir) = self.known.after(survey.at.as_deref()).map(ToOwned::to_owned) {
            if !self.is_looked_at() {
                // It may have been lost unheard.
                self.renew_watch(ground, &dir);
            }
            for other in self.compare(&dir) {
                self.dirty.find(&other, heard);
            }
            survey.at = Some(dir);
            if Instant::now() >= until {
                survey.took += began.elapsed();
                self.surveys.under_way = Some(survey);
                return;
            }
        }
        survey.took += began.elapsed();
        self.surveys.since = survey.began.ms;
        self.surveys.settle_first = true;
        let pace = &ground.pace;
        let files = u32::try_from(self.known.files().div_ceil(SMALL)).unwrap_or(u32::MAX).max(1);
        let rest = (survey.took * pace.share).min(LONGEST);
        let wait = if self.is_looked_at() { pace.poll.saturating_mul(files).min(LONGEST) } else { pace.safety };
        if !self.surveys.missed {
            self.surveys.next = Instant::now() + wait.max(rest);
        }
    }
}
