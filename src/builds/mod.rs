//! Build runs read from outside: what a command line builds, and what its output complains about.
//!
//! Pure functions over text. Agents' own formats (exit code lines, JSON results) are not known here.

mod ansi;
mod command;
mod diagnostics;
mod excerpt;
mod fingerprint;
pub mod report;

pub use ansi::strip_ansi;
pub use command::{BuildCommand, Programs, classify, directory, programs};
pub use diagnostics::{diagnostics, failing_tests};
pub use excerpt::excerpt;
pub use fingerprint::{fingerprint, headline};
