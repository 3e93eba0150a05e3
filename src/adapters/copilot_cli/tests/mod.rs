//! Stories of sessions: their records, and what comes of them.

mod calls;
mod records;
mod resumed;
mod session;
mod tokens;
