//! Histories that could not be read as a whole: a store in use, of an unknown version, closed to us, or gone.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Asker, Refusal, budget, rfc3339};
use crate::model::{Agent, Millis};
use crate::store::Reader;

/// Of an agent's files so many of those read last are looked for. Agents remove old ones by themselves.
const LOOKED_FOR: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trouble {
    pub agent: String,
    pub path: String,
    pub reason: String,
    /// In the words of whoever refused.
    pub detail: Option<String>,
    /// When it was met last.
    pub at: Option<String>,
}

impl Trouble {
    pub fn in_words(&self) -> String {
        let detail = self.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
        budget::line(&format!("{}: {}{detail}", budget::path(&self.path), self.reason), 400)
    }
}

impl Asker {
    /// What cannot be read at the moment, newest first.
    pub(super) fn troubles(&self) -> Result<Vec<Trouble>, Refusal> {
        troubles(&self.store)
    }
}

pub(super) fn troubles(store: &Reader) -> Result<Vec<Trouble>, Refusal> {
    let trouble = |row: crate::store::TroubleRow| Trouble {
        agent: row.agent,
        path: row.path,
        reason: budget::line(&row.reason, 160),
        detail: Some(budget::line(&row.sample, 160)).filter(|detail| !detail.is_empty()),
        at: moment(row.at),
    };
    Ok(store.troubles()?.into_iter().map(trouble).collect())
}

/// Agents of whose history nothing is left on the disk.
pub(super) fn gone(store: &Reader) -> Result<Vec<Trouble>, Refusal> {
    let mut gone = Vec::new();
    for agent in Agent::ALL {
        let newest = store.newest_sources(agent.name(), LOOKED_FOR)?;
        if let Some(path) = newest.first().filter(|_| newest.iter().all(|path| !Path::new(path).exists())) {
            let (path, reason) = match newest.len() {
                1 => (path.clone(), "is gone; what was read of it is kept"),
                _ => (
                    common(&newest).unwrap_or_else(|| path.clone()),
                    "its files are gone; what was read of them is kept",
                ),
            };
            gone.push(Trouble {
                agent: agent.name().to_owned(),
                path,
                reason: reason.to_owned(),
                detail: None,
                at: None,
            });
        }
    }
    Ok(gone)
}

/// The directory that all of them lay in.
fn common(paths: &[String]) -> Option<String> {
    let mut common = Path::new(paths.first()?).parent()?;
    while !paths.iter().all(|path| Path::new(path).starts_with(common)) {
        common = common.parent()?;
    }
    Some(common.to_string_lossy().into_owned())
}

fn moment(at: Millis) -> Option<String> {
    (at > 0).then(|| rfc3339(at))
}
