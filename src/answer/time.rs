//! Times as answers give them: RFC 3339 in UTC, and ages in words.

use jiff::Timestamp;

use crate::model::Millis;

/// `2026-11-20T10:41:10Z`, to the second.
pub fn rfc3339(ms: Millis) -> String {
    Timestamp::from_millisecond(ms - ms.rem_euclid(1000)).map_or_else(|_| String::new(), |t| t.to_string())
}

/// `just now`, `5 min ago`, `3 h ago`, `2 days ago`.
pub fn ago(now: Millis, then: Millis) -> String {
    let seconds = (now - then).max(0) / 1000;
    match seconds {
        0..5 => "just now".to_owned(),
        5..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ages() {
        assert_eq!(rfc3339(1_795_168_800_123), "2026-11-20T10:00:00Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59Z");
        let now = 1_000_000_000;
        for (seconds, want) in [
            (0, "just now"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (7200, "2 h ago"),
            (172_800, "2 days ago"),
            (-9, "just now"),
        ] {
            assert_eq!(ago(now, now - seconds * 1000), want);
        }
    }
}
