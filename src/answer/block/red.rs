//! Builds, tests and lints of this working tree that are red, and those that were.

use super::Farewell;
use super::letter::{Item, subject};
use super::scene::Scene;
use crate::answer::Refusal;
use crate::answer::session_facts::open_failures;
use crate::builds;
use crate::model::{Diagnostic, Millis, Severity};
use crate::perceive::plain;
use crate::store::{BuildFilter, BuildOutput, BuildRow};

/// Older failures say little about what lies there now.
const SINCE_MS: Millis = 7 * 24 * 60 * 60 * 1000;
/// Among so many of the newest runs.
const RUNS: usize = 50;
/// So many families are looked into.
const RED: usize = 6;
const TAG_BYTES: usize = 60;

/// The newest runs, newest first.
pub(super) struct Builds {
    runs: Vec<BuildRow>,
}

impl Builds {
    pub fn of(scene: &Scene<'_>) -> Result<Self, Refusal> {
        let Some(place) = &scene.place else { return Ok(Self { runs: Vec::new() }) };
        let since = Some(scene.now - SINCE_MS);
        let filter = BuildFilter { projects: Some(&place.rows), since, limit: RUNS, ..BuildFilter::default() };
        Ok(Self { runs: scene.asker.store.builds(&filter, scene.asker.live_since())? })
    }

    /// What is red: which command, since when, and the first thing it complains about.
    pub fn red(&self, scene: &Scene<'_>) -> Result<Vec<Item>, Refusal> {
        open_failures(&self.runs).into_iter().take(RED).map(|run| self.item(run, scene)).collect()
    }

    fn item(&self, run: &BuildRow, scene: &Scene<'_>) -> Result<Item, Refusal> {
        let printed = scene.asker.store.build_output(run.row)?;
        let reason = complaint(&printed, run, scene).map(|reason| format!(": {reason}")).unwrap_or_default();
        let since = self.red_since(run).map(|at| format!(" since {}", scene.clock(at))).unwrap_or_default();
        let fingerprint = builds::fingerprint(&printed.diagnostics, &printed.failing_tests);
        let fingerprint = fingerprint.or_else(|| run.last_error.clone()).unwrap_or_default();
        let state = format!("{:x}", xxhash_rust::xxh3::xxh3_64(fingerprint.as_bytes()));
        let tag = shown(&run.tag);
        let edited = if Self::is_stale(run, scene)? { " (files edited since)" } else { "" };
        Ok(Item::news(subject(&run.tag), state, format!("{tag} red{since}{edited}{reason}")))
    }

    /// It may well be green by now.
    fn is_stale(run: &BuildRow, scene: &Scene<'_>) -> Result<bool, Refusal> {
        let (Some(place), Some(ended)) = (&scene.place, run.ended) else { return Ok(false) };
        Ok(scene.asker.store.edited_since(&place.rows, ended)?)
    }

    /// The first failure after the last success of the same family.
    fn red_since(&self, run: &BuildRow) -> Option<Millis> {
        let family = self.with_verdict().filter(|other| other.tag == run.tag);
        family.take_while(|run| run.status == "failed").filter_map(|run| run.ended.or(run.started)).last()
    }

    fn with_verdict(&self) -> impl Iterator<Item = &BuildRow> {
        self.runs.iter().filter(|run| matches!(&*run.status, "passed" | "failed"))
    }

    /// A family that was told to be red and is not listed now.
    pub fn farewell(&self, about: &str, scene: &Scene<'_>) -> Farewell {
        let Some(newest) = self.with_verdict().find(|run| subject(&run.tag) == about) else {
            return Farewell::Forget;
        };
        if newest.status == "failed" {
            return Farewell::Keep;
        }
        let tag = shown(&newest.tag);
        let at = newest.ended.map(|at| format!(" {}", scene.clock(at))).unwrap_or_default();
        Farewell::Say(if open_failures(&self.runs).is_empty() {
            format!("build green again, {tag}{at}")
        } else {
            format!("{tag} green again{at}")
        })
    }
}

fn shown(tag: &str) -> String {
    let tag = plain::words(tag, TAG_BYTES);
    if tag.is_empty() { "a build".to_owned() } else { tag }
}

/// The failing test, the place and the message; as much of it as there is.
fn complaint(printed: &BuildOutput, run: &BuildRow, scene: &Scene<'_>) -> Option<String> {
    let test = printed.failing_tests.first().and_then(|test| plain::name(test, 80));
    let test = test.map(|test| match printed.failing_tests.len() {
        1 => test,
        several => format!("{several} tests, first {test}"),
    });
    let first = first_error(&printed.diagnostics);
    let place = first.and_then(|found| {
        let line = found.line.map(|line| format!(":{line}")).unwrap_or_default();
        Some(format!("{}{line}", scene.path(found.file.as_deref()?)?))
    });
    let message = first.map(|found| &*found.message).or(run.last_error.as_deref().filter(|_| test.is_none()));
    let message = message.and_then(|message| plain::quoted(message, 140));
    let placed: Vec<String> = place.into_iter().chain(message).collect();
    let placed = (!placed.is_empty()).then(|| placed.join(" "));
    let parts: Vec<String> = test.into_iter().chain(placed).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// One with a place before one without: the latter often only sums up.
fn first_error(diagnostics: &[Diagnostic]) -> Option<&Diagnostic> {
    let errors = || diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors().find(|found| found.file.is_some()).or_else(|| errors().next()).or(diagnostics.first())
}
