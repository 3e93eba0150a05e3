//! What is said to the sidecar about an event, in letters, and what it makes of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use crate::link::{self, LinkError, Place, Request};
use crate::spool::Entry;

pub enum Told {
    /// With what is to be printed.
    Kept(Vec<u8>),
    NotKept,
    /// It would be refused again.
    Refused,
}

/// # Errors
/// It is not known whether the event was kept.
pub fn post(place: &Place, entry: &Entry, deadline: Instant) -> Result<Told, LinkError> {
    let path = path(entry);
    let hints = ascii_json(&entry.hints);
    let at = entry.at.to_string();
    let process = entry.process.map(|(pid, started)| format!("{pid}:{started}"));
    let mut headers = vec![
        ("Content-Type", "application/json"),
        ("tma1-event-id", entry.id.as_str()),
        ("tma1-at", at.as_str()),
        ("tma1-env", hints.as_str()),
    ];
    if let Some(process) = &process {
        headers.push(("tma1-process", process));
    }
    let request = Request { path: &path, headers: &headers, body: &entry.body, deadline };
    let response = link::post(place, &request)?;
    Ok(match response.status {
        200..=299 => Told::Kept(response.body),
        // Not now is not never.
        408 | 429 => Told::NotKept,
        400..=499 => Told::Refused,
        _ => Told::NotKept,
    })
}

fn path(entry: &Entry) -> String {
    let said =
        [("source", Some(&entry.source)), ("envelope", entry.envelope.as_ref()), ("event", entry.event.as_ref())];
    let pairs: Vec<String> = said
        .into_iter()
        .filter_map(|(name, value)| value.filter(|value| !value.is_empty()).map(|value| (name, encoded(value))))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("/api/hooks?{}", pairs.join("&"))
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A header takes nothing but ASCII.
fn ascii_json(hints: &BTreeMap<String, String>) -> String {
    let json = serde_json::to_string(hints).unwrap_or_default();
    let mut ascii = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            ascii.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_a_path() {
        let entry = Entry {
            source: "claude_code".to_owned(),
            envelope: Some("claude_code".to_owned()),
            event: Some("a b&c=ü/".to_owned()),
            ..Entry::default()
        };
        assert_eq!(path(&entry), "/api/hooks?source=claude_code&envelope=claude_code&event=a%20b%26c%3D%C3%BC%2F");
        assert_eq!(path(&Entry::default()), "/api/hooks?");
    }

    #[test]
    fn hints_are_ascii_and_come_back() {
        let hints = BTreeMap::from([("CLAUDE_PROJECT_DIR".to_owned(), "/w/ü \u{1F600}\n\"\u{7f}".to_owned())]);
        let ascii = ascii_json(&hints);
        assert!(ascii.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{ascii}");
        assert_eq!(serde_json::from_str::<BTreeMap<String, String>>(&ascii).unwrap(), hints);
    }
}
