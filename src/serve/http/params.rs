//! What stands after the question mark, and between the slashes.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::fault::Fault;

/// Names and values of a query string; of two with one name the first counts.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub fn parse(query: Option<&str>) -> Self {
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let decoded = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name, true), decoded(value, true))
        });
        Self(decoded.collect())
    }

    /// What was given under any of these names; a blank is as good as nothing.
    pub fn any(&self, names: &[&str]) -> Option<&str> {
        let given = names.iter().find_map(|wanted| self.0.iter().find(|(name, _)| name == wanted));
        given.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.any(&[name])
    }

    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// `1` and `true` are yes, also the name alone.
    pub fn flag(&self, name: &str) -> bool {
        let given = self.0.iter().find(|(known, _)| known == name);
        given.is_some_and(|(_, value)| matches!(value.trim(), "" | "1" | "true" | "yes"))
    }

    pub fn number<N>(&self, name: &str, allowed: &RangeInclusive<N>) -> Result<Option<N>, Fault>
    where
        N: FromStr + PartialOrd + Display,
    {
        let Some(given) = self.get(name) else { return Ok(None) };
        match given.parse() {
            Ok(number) if allowed.contains(&number) => Ok(Some(number)),
            _ => Err(Fault::bad(format!(
                "parameter `{name}`: \"{}\" is not a number from {} to {}",
                shown(given),
                allowed.start(),
                allowed.end()
            ))),
        }
    }
}

/// As much of something foreign as belongs into a message.
pub(super) fn shown(given: &str) -> String {
    given.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Without percent signs. What is not UTF-8 then is replaced.
pub(super) fn decoded(text: &str, plus_is_blank: bool) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok().filter(|_| pair.bytes().all(|b| b.is_ascii_hexdigit()))
        });
        match escaped {
            Some(byte) => plain.push(byte),
            None if byte == b'+' && plus_is_blank => plain.push(b' '),
            None => plain.push(byte),
        }
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_blanks_are_nothing() {
        let params = Params::parse(Some("q=auth+token%20%C3%BC&limit=5&q=second&empty=&live&x=%zz%4&l=%+1"));
        assert_eq!(params.get("q"), Some("auth token ü"));
        assert_eq!(params.any(&["query", "q"]), Some("auth token ü"));
        assert_eq!((params.get("empty"), params.get("absent")), (None, None));
        assert_eq!(params.get("x"), Some("%zz%4"));
        assert_eq!(params.get("l"), Some("% 1"));
        assert!(params.flag("live") && !params.flag("limit") && !params.flag("absent"));
        assert_eq!(decoded("a+b%2Fc", false), "a+b/c");
        assert_eq!(decoded("%ff", false), "\u{fffd}");
    }

    #[test]
    fn numbers_are_held_to_what_is_allowed() {
        let params = Params::parse(Some("limit=5&days=x&window=51"));
        assert_eq!(params.number("limit", &(1..=50)), Ok(Some(5)));
        assert_eq!(params.number::<i64>("absent", &(1..=50)), Ok(None));
        assert_eq!(
            params.number("window", &(1..=50)).unwrap_err().message,
            "parameter `window`: \"51\" is not a number from 1 to 50"
        );
        assert!(params.number("days", &(1..=30)).is_err());
    }
}
