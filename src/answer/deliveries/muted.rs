//! Kinds of findings that agents are not told of for now, and why.

use std::fmt;
use std::sync::Arc;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::usage::midnight;
use crate::answer::{Asker, Refusal, budget};
use crate::model::Millis;
use crate::store::{FOLLOW_CALLS, Hushed, LAST_TELLINGS};

/// How much agents are told, as the user wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Restraint {
    /// Kinds that are told however often and however little is made of them.
    pub pins: Vec<String>,
    /// Kinds that are never told; they go before pins.
    pub mutes: Vec<String>,
    /// Of one kind, in one project.
    pub notes_per_day: i64,
    /// A kind of which less is followed falls silent.
    pub least_follow_rate: f64,
}

impl Default for Restraint {
    fn default() -> Self {
        Self { pins: Vec::new(), mutes: Vec::new(), notes_per_day: 5, least_follow_rate: 0.3 }
    }
}

/// Says what the user wants now, also of a process that runs on while it changes.
#[derive(Clone, Default)]
pub struct Wishes(Option<Arc<dyn Fn() -> Restraint + Send + Sync>>);

impl Wishes {
    pub fn new(now: impl Fn() -> Restraint + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// What holds by default, where nobody can say.
    pub fn now(&self) -> Restraint {
        self.0.as_ref().map(|now| now()).unwrap_or_default()
    }
}

impl fmt::Debug for Wishes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}

/// A kind that is not told, but where it is urgent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Muted {
    /// Absent: everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub kind: String,
    pub why: String,
}

impl Asker {
    /// What is not told for now: by the user's wish, because little is made of it, or because it was told so often
    /// today.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn muted(&self, zone: &TimeZone) -> Result<Vec<Muted>, Refusal> {
        let today = midnight(self.now(), 0, zone);
        self.muted_among(&self.store.projects_told(today)?, today)
    }

    /// The same of one project, in words.
    pub(in crate::answer) fn muted_in_words(
        &self,
        project: Option<i64>,
        zone: &TimeZone,
    ) -> Result<Option<String>, Refusal> {
        let muted = self.muted_among(&[(project, None)], midnight(self.now(), 0, zone))?;
        let words: Vec<String> = muted.iter().map(|muted| format!("{} ({})", muted.kind, muted.why)).collect();
        Ok((!words.is_empty()).then(|| format!("not announced for now: {}", words.join(", "))))
    }

    fn muted_among(&self, places: &[(Option<i64>, Option<String>)], today: Millis) -> Result<Vec<Muted>, Refusal> {
        let wish = self.around.wishes.now();
        let everywhere = |kind: &str, why: String| Muted { project: None, kind: budget::name(kind), why };
        let mut muted: Vec<Muted> =
            wish.mutes.iter().map(|kind| everywhere(kind, "by the settings".to_owned())).collect();
        let mut kinds = self.store.kinds_told()?;
        kinds.retain(|kind| !wish.mutes.contains(kind) && !wish.pins.contains(kind));
        for kind in &kinds {
            let mut often = Vec::new();
            for (project, root) in places {
                let told = self.store.kind_told(kind, *project, today, LAST_TELLINGS, FOLLOW_CALLS)?;
                match told.hushed(wish.notes_per_day, wish.least_follow_rate) {
                    None => {}
                    // So it is in every project.
                    Some(Hushed::Ignored(rate)) => {
                        often.clear();
                        muted.push(everywhere(kind, format!("follow-rate {rate:.2}")));
                        break;
                    }
                    Some(Hushed::Often(notes)) => {
                        let project = root.as_deref().map(budget::path);
                        often.push(Muted {
                            project,
                            kind: budget::name(kind),
                            why: format!("told {notes} times today"),
                        });
                    }
                }
            }
            muted.append(&mut often);
        }
        Ok(muted)
    }
}
