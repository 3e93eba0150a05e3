//! What a value may look like: one form a kind of setting, lenient in what it takes, plain about what it does not.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use serde_json::{Number, Value, json};

use super::settings::KINDS;
use crate::redact::Level;

pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What a duration looks like, for messages.
pub const DURATION_FORM: &str = "expected a number and a unit such as 30d, 12h or 2w, or \"forever\"";

const MOST_NOTES: u64 = 1000;
const MOST_TOKENS: i64 = 1_000_000_000;
const MOST_USD: f64 = 1e9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A list of kinds of findings.
    Kinds,
    /// More than nothing, at most all.
    Share,
    /// From nothing to all.
    Rate,
    /// Zero is none.
    Tokens,
    Notes,
    Usd,
    Switch,
    Redaction,
    Duration,
    LogLevel,
    Host,
    Port,
}

impl Form {
    /// For the reference.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kinds => "list of kinds",
            Self::Share | Self::Rate => "number from 0 to 1",
            Self::Tokens | Self::Notes | Self::Port => "whole number",
            Self::Usd => "number",
            Self::Switch => "true or false",
            Self::Redaction | Self::LogLevel | Self::Host => "text",
            Self::Duration => "duration",
        }
    }

    /// What is allowed, for a message after the value that is not.
    pub fn expected(self) -> String {
        match self {
            Self::Kinds => format!("expected a list of kinds: {}", KINDS.join(", ")),
            Self::Share => "expected a number above 0 and at most 1, such as 0.7".to_owned(),
            Self::Rate => "expected a number from 0 to 1, such as 0.3".to_owned(),
            Self::Tokens => format!("expected a whole number of tokens up to {MOST_TOKENS}; 0 for none"),
            Self::Notes => format!("expected a whole number from 0 to {MOST_NOTES}"),
            Self::Usd => "expected a number of US dollars above 0; none is said by leaving it out".to_owned(),
            Self::Switch => "expected true or false".to_owned(),
            Self::Redaction => "allowed are none, preview and full".to_owned(),
            Self::Duration => DURATION_FORM.to_owned(),
            Self::LogLevel => "expected error, warn, info or debug".to_owned(),
            Self::Host => "expected an IP address such as 127.0.0.1".to_owned(),
            Self::Port => "expected a port number from 0 to 65535".to_owned(),
        }
    }

    /// The value as it is kept; `Null` for one that says "none". `None`: it is not allowed.
    pub fn read(self, value: &Value) -> Option<Value> {
        if value.is_null() {
            return Some(Value::Null);
        }
        match self {
            Self::Kinds => kinds(value),
            Self::Share => fraction(value).filter(|share| *share > 0.0 && *share <= 1.0).and_then(float),
            Self::Rate => fraction(value).filter(|rate| (0.0..=1.0).contains(rate)).and_then(float),
            Self::Tokens => match integer(value)? {
                0 => Some(Value::Null),
                tokens => (1..=MOST_TOKENS).contains(&tokens).then(|| tokens.into()),
            },
            Self::Notes => u64::try_from(integer(value)?).ok().filter(|n| *n <= MOST_NOTES).map(Value::from),
            Self::Usd => dollars(value).filter(|usd| *usd > 0.0 && *usd <= MOST_USD).and_then(float),
            Self::Switch => switch(value).map(Value::Bool),
            Self::Redaction => word::<Level>(value).map(|level| level.as_str().into()),
            Self::Duration => text(value).filter(|text| duration_ms(text).is_some()).map(Value::from),
            Self::LogLevel => word::<LogLevel>(value).map(|level| level.name().into()),
            Self::Host => word::<Host>(value).map(|_| text(value).unwrap_or_default().into()),
            Self::Port => u16::try_from(integer(value)?).ok().map(Value::from),
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim)
}

fn word<T: FromStr>(value: &Value) -> Option<T> {
    let text = text(value)?.to_ascii_lowercase();
    text.parse().ok()
}

/// A list, or names in a row with commas between them.
fn kinds(value: &Value) -> Option<Value> {
    let names: Vec<String> = match value {
        Value::Array(list) => list.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?,
        Value::String(row) => row.split(',').map(str::to_owned).collect(),
        _ => return None,
    };
    let mut known: Vec<&str> = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let name = name.to_ascii_lowercase().replace('-', "_");
        let kind = KINDS.iter().find(|kind| **kind == name)?;
        if !known.contains(kind) {
            known.push(kind);
        }
    }
    Some(json!(known))
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// `0.7`, also as `70 %`.
fn fraction(value: &Value) -> Option<f64> {
    match text(value).and_then(|text| text.strip_suffix('%')) {
        Some(percent) => number(&percent.trim().into()).map(|percent| percent / 100.0),
        None => number(value),
    }
}

/// `5`, also as `$5`.
fn dollars(value: &Value) -> Option<f64> {
    match text(value).and_then(|text| text.strip_prefix('$')) {
        Some(amount) => number(&amount.into()),
        None => number(value),
    }
}

fn float(number: f64) -> Option<Value> {
    Number::from_f64(number).map(Value::Number)
}

#[expect(clippy::cast_possible_truncation, reason = "whole, and far from where floats leave numbers out")]
fn integer(value: &Value) -> Option<i64> {
    let exact = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().replace('_', "").parse().ok(),
        _ => None,
    };
    exact.or_else(|| number(value).filter(|n| n.fract() == 0.0 && n.abs() <= 1e15).map(|n| n as i64))
}

fn switch(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(on) => Some(*on),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(word) => match word.trim().to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Some(true),
            word if off(word) => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The spellings of "no".
pub(super) fn off(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off")
}

/// An address, or the one name that needs no looking up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host(pub IpAddr);

impl FromStr for Host {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_start_matches('[').trim_end_matches(']');
        if text.eq_ignore_ascii_case("localhost") {
            return Ok(Self(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        }
        text.parse().map(Self)
    }
}

/// How much the sidecar writes into its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

impl LogLevel {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

impl FromStr for LogLevel {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "error" => Ok(Self::Error),
            "warn" | "warning" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" | "trace" => Ok(Self::Debug),
            _ => Err(()),
        }
    }
}

/// `90m`, `12h`, `30d`, `2w`, `1y` in milliseconds; `Some(None)` for `forever`; `None` for anything else.
pub fn duration_ms(text: &str) -> Option<Option<i64>> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("forever") {
        return Some(None);
    }
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let unit_ms = match unit.trim() {
        "s" => 1000,
        "m" | "min" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        "d" => DAY_MS,
        "w" => 7 * DAY_MS,
        "M" => 30 * DAY_MS,
        "y" => 365 * DAY_MS,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit_ms).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration_ms("30d"), Some(Some(30 * DAY_MS)));
        assert_eq!(duration_ms(" 12h "), Some(Some(DAY_MS / 2)));
        assert_eq!(duration_ms("forever"), Some(None));
        for bad in ["", "30", "d", "-3d", "3 parsecs", "99999999999999999999d"] {
            assert_eq!(duration_ms(bad), None, "{bad}");
        }
    }

    #[test]
    fn values_are_taken_in_the_ways_that_people_write_them() {
        use Form::*;
        for (form, given, kept) in [
            (Kinds, json!(["edit-thrash", "EDIT_THRASH", " test_stuck "]), json!(["edit_thrash", "test_stuck"])),
            (Kinds, json!("edit_thrash, test_stuck"), json!(["edit_thrash", "test_stuck"])),
            (Kinds, json!([]), json!([])),
            (Kinds, json!(""), json!([])),
            (Share, json!("0.7"), json!(0.7)),
            (Share, json!("70 %"), json!(0.7)),
            (Share, json!(1), json!(1.0)),
            (Rate, json!(0), json!(0.0)),
            (Tokens, json!("500000"), json!(500_000)),
            (Tokens, json!("500_000"), json!(500_000)),
            (Tokens, json!(5e5), json!(500_000)),
            (Tokens, json!(0), json!(null)),
            (Notes, json!("0"), json!(0)),
            (Usd, json!("$5"), json!(5.0)),
            (Usd, json!(0.5), json!(0.5)),
            (Switch, json!("off"), json!(false)),
            (Switch, json!(1), json!(true)),
            (Redaction, json!("Full"), json!("full")),
            (Duration, json!(" 30d "), json!("30d")),
            (LogLevel, json!("WARNING"), json!("warn")),
            (Host, json!("localhost"), json!("localhost")),
            (Port, json!("14318"), json!(14318)),
            (Usd, json!(null), json!(null)),
        ] {
            assert_eq!(form.read(&given), Some(kept), "{form:?} {given}");
        }
    }

    #[test]
    fn what_is_none_of_its_kind_is_refused() {
        use Form::*;
        for (form, given) in [
            (Kinds, json!(["edit_trash"])),
            (Kinds, json!([1])),
            (Kinds, json!(7)),
            (Share, json!(0)),
            (Share, json!(1.5)),
            (Share, json!("70")),
            (Share, json!("NaN")),
            (Rate, json!(-0.1)),
            (Rate, json!("inf")),
            (Tokens, json!(-1)),
            (Tokens, json!(1.5)),
            (Tokens, json!(1e300)),
            (Notes, json!(1001)),
            (Notes, json!(-1)),
            (Usd, json!(0)),
            (Usd, json!("five")),
            (Usd, json!(true)),
            (Switch, json!("perhaps")),
            (Switch, json!(2)),
            (Redaction, json!("fulll")),
            (Duration, json!(30)),
            (LogLevel, json!("loud")),
            (Host, json!("example.org")),
            (Port, json!(65536)),
            (Port, json!([])),
        ] {
            assert_eq!(form.read(&given), None, "{form:?} {given}");
        }
    }
}
