//! Every "now" in the program.

use std::time::{SystemTime, UNIX_EPOCH};

/// Gives the time in UTC milliseconds; tests give their own.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Option<i64>);

impl Clock {
    pub const SYSTEM: Self = Self(None);

    /// A clock that stands still.
    pub const fn fixed(ms: i64) -> Self {
        Self(Some(ms))
    }

    pub fn now_ms(self) -> i64 {
        self.0.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }
}
