//! Drives the real binary over its real interfaces. One binary, so that SQLite and the SDK are linked once.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod adapters;
mod answers;
mod architecture;
mod build_wrapper;
mod cli;
mod cost;
mod hook_client;
mod import;
mod live;
mod mcp;
mod opencode;
mod packages;
#[cfg(unix)]
mod peers;
mod privacy;
mod reference;
#[cfg(target_os = "linux")]
mod sense;
mod settings;
#[cfg(target_os = "linux")]
mod signal;
mod store;
mod support;
mod transcripts;
