//! What does not work that should, as `tma1 status` shows it: said once, and taken back when it is over.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a trouble is about: one at a time each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    Door,
    Store,
    Storing,
    Reserve,
    Transcripts,
    Files,
    Changes,
}

#[derive(Debug, Default)]
pub(super) struct Troubles(Mutex<BTreeMap<Topic, Vec<String>>>);

impl Troubles {
    pub fn note(&self, topic: Topic, trouble: String) {
        let mut all = self.all();
        let known = all.entry(topic).or_default();
        if !known.contains(&trouble) {
            tracing::warn!("{trouble}");
            // A socket and a port are two; of the rest the newest counts.
            if topic != Topic::Door {
                known.clear();
            }
            known.push(trouble);
        }
    }

    pub fn over(&self, topic: Topic) {
        if let Some(trouble) = self.all().remove(&topic) {
            tracing::info!("no longer: {}", trouble.join("; "));
        }
    }

    pub fn has(&self, topic: Topic) -> bool {
        self.all().contains_key(&topic)
    }

    pub fn list(&self) -> Vec<String> {
        self.all().values().flatten().cloned().collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Topic, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_kind_stands_until_it_is_over() {
        let troubles = Troubles::default();
        troubles.note(Topic::Store, "first".to_owned());
        troubles.note(Topic::Store, "second".to_owned());
        troubles.note(Topic::Door, "port".to_owned());
        troubles.note(Topic::Door, "socket".to_owned());
        assert_eq!(troubles.list(), ["port", "socket", "second"]);
        troubles.over(Topic::Store);
        assert_eq!(troubles.list(), ["port", "socket"]);
    }
}
