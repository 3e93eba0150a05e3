//! Secret removal: takes keys, passwords and tokens out of text before it reaches the disk.
//!
//! The transcripts this runs over are code, JSON, shell output and prose, where words such as
//! `token` are everywhere and mostly innocent. Replaced text is lost for good, so a rule must be
//! sure of the shape of a value, not only of the name next to it.

mod judge;
mod pem;
mod rules;
mod scan;
mod start;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use scan::Engine;

/// How much is taken out of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Nothing: texts pass through untouched.
    None,
    /// Credentials.
    Preview,
    /// Credentials and personal data (e-mail addresses).
    Full,
}

impl Level {
    /// The spelling that [`FromStr`] reads.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Preview => "preview",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        [Self::None, Self::Preview, Self::Full]
            .into_iter()
            .find(|level| level.as_str() == value)
            .ok_or_else(|| UnknownLevel(value.to_owned()))
    }
}

/// A level name that is none of the known ones; it carries what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLevel(pub String);

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown redaction level {:?}: allowed are none, preview and full", self.0)
    }
}

impl std::error::Error for UnknownLevel {}

// One engine per level for the whole process: a process that never scrubs never pays for parsing
// the rules, and every `Redactor` shares the regexes that others already compiled.
static PREVIEW: LazyLock<Engine> = LazyLock::new(|| Engine::new(rules::load(Level::Preview)));
static FULL: LazyLock<Engine> = LazyLock::new(|| Engine::new(rules::load(Level::Full)));

/// Removes secrets at one level. Building one is free; the first scrub of a process loads the
/// rules and each rule compiles its regex when it first gets something to look at.
#[derive(Debug, Clone, Copy)]
pub struct Redactor {
    level: Level,
}

impl Redactor {
    /// A redactor for `level`.
    #[must_use]
    pub fn new(level: Level) -> Self {
        Self { level }
    }

    /// The level this redactor was made for.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// The text with each secret replaced by `[redacted:<rule-id>]`, borrowed when none was found.
    ///
    /// Scrubbing a scrubbed text changes nothing. A value is judged by its first few hundred
    /// bytes; private key blocks may have any length. Time grows linearly with the text.
    #[must_use]
    pub fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.level {
            Level::None => Cow::Borrowed(text),
            Level::Preview => PREVIEW.scrub(text),
            Level::Full => FULL.scrub(text),
        }
    }
}
