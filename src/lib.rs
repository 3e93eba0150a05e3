//! tma1: remembers what every coding agent on this machine did, and tells an agent what it needs to know.
//!
//! Data runs one way: agents' files and hooks → `adapters` → `ingest` → `store` → `answer` → `serve` and `cli`.
//! `AGENTS.md` has the map; `tests/it/architecture.rs` holds the modules to it.

pub mod adapters;
pub mod answer;
pub mod builds;
pub mod cli;
pub mod clock;
pub mod config;
pub mod hook;
pub mod ingest;
pub mod link;
pub mod model;
pub mod paths;
pub mod perceive;
pub mod pricing;
pub mod project;
pub mod redact;
pub mod serve;
pub mod setup;
pub mod sidecar;
pub mod spool;
pub mod store;
pub mod wrapper;
