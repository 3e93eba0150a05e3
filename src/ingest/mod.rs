//! Gets bytes in: finds agents' files, reads on where the last reading ended, hands batches to the store.

mod backfill;
mod discover;
mod enrich;
mod lines;
mod projects;
mod source;

pub use backfill::{Import, ImportError, ImportReport, Progress};
