//! The questions one can ask, one file each; tools, commands and pages all ask here, so they cannot disagree.
//!
//! A question has a name, typed parameters and a typed answer, both with schemas. Adding one is one file and
//! one line in [`all`]. Answers are what a model reads: short plain keys, nothing null or empty, newest first,
//! and within [`budget`]'s limits.

pub mod anomalies;
mod asker;
pub mod block;
pub mod budget;
pub mod build_status;
pub mod bundle;
pub mod deliveries;
pub mod doing;
mod error;
pub mod external_changes;
mod foreign;
mod git_moves;
mod here;
mod kin;
pub mod now;
pub mod overlap;
pub mod pages;
pub mod peers;
pub mod project_state;
mod question;
pub mod search;
pub mod session_facts;
pub mod session_state;
pub mod sessions;
mod snippet;
#[cfg(test)]
mod stage;
pub mod standing;
pub mod status;
mod time;
pub mod trouble;
pub mod usage;
mod whose;
mod words;

pub use asker::{Asker, Interrupter, Surroundings};
pub use error::{Kind, Refusal};
pub use foreign::harmless;
pub use question::{AnyQuestion, Question, Told, erase, json, tell};
pub use time::{ago, rfc3339};

/// Every question, in the order in which they are listed.
pub fn all() -> Vec<AnyQuestion> {
    vec![
        erase::<bundle::ContextBundle>(),
        erase::<session_state::SessionState>(),
        erase::<anomalies::Anomalies>(),
        erase::<external_changes::ExternalChanges>(),
        erase::<build_status::BuildStatus>(),
        erase::<project_state::ProjectState>(),
        erase::<peers::PeerSessions>(),
        erase::<search::SearchHistory>(),
        erase::<usage::GetUsage>(),
    ]
}
