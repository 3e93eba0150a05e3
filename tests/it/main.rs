//! Drives the real binary over its real interfaces. One binary, so that SQLite and the SDK are linked once.

mod adapters;
mod architecture;
mod cost;
mod import;
mod mcp;
mod privacy;
mod store;
mod support;
