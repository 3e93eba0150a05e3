//! Why a question could not be answered, in one sentence, and what to do about it in another.

use std::fmt;

use crate::store::StoreError;

/// Who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The asker: an argument is wrong.
    User,
    /// Nobody now: there is no store yet, or it is being brought up to date.
    NotReady,
    NotFound,
    /// We.
    Internal,
}

/// The message begins in lower case and has no full stop; the hint is a sentence that begins with a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: Kind,
    pub message: String,
    pub hint: Option<String>,
}

impl Refusal {
    pub fn user(message: impl Into<String>) -> Self {
        Self { kind: Kind::User, message: message.into(), hint: None }
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self { kind: Kind::NotFound, message: message.into(), hint: None }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self { kind: Kind::Internal, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, ". {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let (kind, hint) = match &error {
            StoreError::Missing(_) => (Kind::NotReady, Some("Run `tma1 import` to read the history on this machine.")),
            StoreError::Newer { .. } => (Kind::NotReady, Some("Restart with the newer tma1.")),
            StoreError::Older { .. } => (Kind::NotReady, Some("Run `tma1 import` once to bring the store up to date.")),
            StoreError::NotAStore(_) => {
                (Kind::NotReady, Some("Move it away and run `tma1 import`: the transcripts are read again."))
            }
            StoreError::Io { .. } => (
                Kind::NotReady,
                Some("Let TMA1_DATA_DIR name a directory that you can write, or mend its permissions."),
            ),
            StoreError::Locked(_) => (Kind::NotReady, Some("Try again in a moment.")),
            StoreError::DiskFull(_) => (Kind::NotReady, Some("Make room and run the command again.")),
            StoreError::Statement(_) | StoreError::Timeout(_) => (Kind::User, None),
            _ => (Kind::Internal, None),
        };
        Self { kind, message: error.to_string(), hint: hint.map(str::to_owned) }
    }
}
