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
            let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
            #[cfg(debug_assertions)]
            let ms = ms.saturating_add(shift::ms());
            ms
        })
    }
}

/// Tests move the clock of running processes; not part of a release.
#[cfg(debug_assertions)]
mod shift {
    use std::ffi::OsString;
    use std::sync::OnceLock;

    /// The milliseconds that stand in the file which `TMA1_TEST_CLOCK` names.
    pub fn ms() -> i64 {
        static FILE: OnceLock<Option<OsString>> = OnceLock::new();
        let file = FILE.get_or_init(|| std::env::var_os("TMA1_TEST_CLOCK"));
        let said = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        said.and_then(|said| said.trim().parse().ok()).unwrap_or_default()
    }
}
