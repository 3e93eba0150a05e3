//! Numbers, money, sizes and times as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::Millis;

/// What stands where a value is unknown.
pub const UNKNOWN: &str = "–";

/// `41,880`.
pub fn number(n: i64) -> String {
    grouped(&n.unsigned_abs().to_string(), n < 0)
}

fn grouped(digits: &str, negative: bool) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if negative {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 session`, `2 sessions`.
pub fn count(n: i64, thing: &str) -> String {
    format!("{} {thing}{}", number(n), if n == 1 { "" } else { "s" })
}

/// `$12.40`; below a cent as many digits as show something: `$0.004`; unknown: `–`.
pub fn money(usd: Option<f64>) -> String {
    let Some(usd) = usd.filter(|usd| usd.is_finite()) else { return UNKNOWN.to_owned() };
    if usd == 0.0 || usd >= 0.01 {
        let cents = format!("{usd:.2}");
        let (whole, rest) = cents.split_once('.').unwrap_or((&cents, "00"));
        return format!("${}.{rest}", grouped(whole, false));
    }
    let shown = (3..=6).map(|digits| format!("{usd:.digits$}")).find(|text| text.contains(|c| matches!(c, '1'..='9')));
    shown.map_or_else(|| "<$0.000001".to_owned(), |text| format!("${text}"))
}

/// `61 %`.
pub fn percent(ratio: f64) -> String {
    format!("{:.0} %", ratio * 100.0)
}

/// `512 B`, `12.3 MB`.
pub fn size(bytes: i64) -> String {
    const UNITS: [(&str, i64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => {
            let tenths = bytes / (unit / 10);
            format!("{}.{} {name}", number(tenths / 10), tenths % 10)
        }
        None => format!("{bytes} B"),
    }
}

/// Of minutes: `0 min`, `38 min`, `1 h 38`, `3 d 4 h`.
pub fn minutes(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{} min", minutes.max(0)),
        60..1440 => format!("{} h {:02}", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1440, minutes % 1440 / 60),
    }
}

/// Of a call: `12 ms`, `1.2 s`, `3 min`.
pub fn took(ms: i64) -> String {
    match ms {
        ..1_000 => format!("{} ms", ms.max(0)),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => minutes(ms / 60_000),
    }
}

/// `2026-11-20 10:41`, where its reader is.
pub fn local(ms: Millis, zone: &TimeZone) -> String {
    written(ms, zone, "%Y-%m-%d %H:%M")
}

/// `10:41:10`, where its reader is.
pub fn local_clock(ms: Millis, zone: &TimeZone) -> String {
    written(ms, zone, "%H:%M:%S")
}

fn written(ms: Millis, zone: &TimeZone, form: &str) -> String {
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| UNKNOWN.to_owned(), |moment| moment.to_zoned(zone.clone()).strftime(form).to_string())
}

/// The moment that an answer gives as RFC 3339.
pub fn moment(rfc3339: &str) -> Option<Millis> {
    rfc3339.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (n, want) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (41_880, "41,880"),
            (1_234_567, "1,234,567"),
            (-12_345, "-12,345"),
        ] {
            assert_eq!(number(n), want);
        }
        assert_eq!(number(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!((count(1, "call"), count(1_200, "call")), ("1 call".into(), "1,200 calls".into()));
    }

    #[test]
    fn money_below_a_cent_still_shows() {
        for (usd, want) in [
            (Some(12.4), "$12.40"),
            (Some(1_234.567), "$1,234.57"),
            (Some(0.0), "$0.00"),
            (Some(0.01), "$0.01"),
            (Some(0.0042), "$0.004"),
            (Some(0.000_37), "$0.0004"),
            (Some(1e-9), "<$0.000001"),
            (Some(f64::NAN), "–"),
            (None, "–"),
        ] {
            assert_eq!(money(usd), want, "{usd:?}");
        }
    }

    #[test]
    fn sizes_and_spans() {
        assert_eq!(
            [0, 999, 12_345, 12_345_678, 1_300_000_000].map(size),
            ["0 B", "999 B", "12.3 kB", "12.3 MB", "1.3 GB"]
        );
        assert_eq!([-3, 0, 59, 98, 4_560].map(minutes), ["0 min", "0 min", "59 min", "1 h 38", "3 d 4 h"]);
        assert_eq!([7, 1_250, 200_000].map(took), ["7 ms", "1.2 s", "3 min"]);
        assert_eq!(percent(0.614), "61 %");
    }

    #[test]
    fn times_are_local() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(local(1_795_168_800_000, &zone), "2026-11-20 12:00");
        assert_eq!(local_clock(1_795_168_800_000, &zone), "12:00:00");
        assert_eq!(moment("2026-11-20T10:00:00Z"), Some(1_795_168_800_000));
        assert_eq!(moment(""), None);
    }
}
