//! Gets bytes in: finds agents' files, reads on where the last reading ended, hands batches to the store.

mod backfill;
mod discover;
mod enrich;
mod hook;
mod lines;
mod neighbours;
pub mod otlp;
mod payload;
mod projects;
mod rows;
mod source;
mod tail;
mod trees;
mod views;
mod watcher;
mod wrapper;
mod zstd;

pub use backfill::{Import, ImportError, ImportReport, Progress};
pub use hook::{CallHere, HookError, HookRead, HookReader};
pub use tail::{Tail, TailCounters, TailError, TailHandle, TailNews, TailSetup};
pub use trees::{Change, Changed, FileEvent, RootState, Trees, TreesCounters, TreesError, TreesHandle, TreesSetup};
pub use views::view_of;
