//! What the budgets are measured with, one part of the program a file.

pub mod answering;
pub mod checks;
pub mod floors;
pub mod importing;
pub mod live;
pub mod mcp;
pub mod options;
pub mod program;
pub mod report;
pub mod rivals;
pub mod samples;
pub mod scene;

/// A benchmark stops at the first thing that goes wrong, with a sentence that says what it was.
pub type Failure = Box<dyn std::error::Error>;
