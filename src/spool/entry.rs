//! An entry in bytes: one line of JSON that describes it, then the body as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Entry;

const VERSION: u32 = 1;

/// Fields that a later version adds are passed over, those that it drops are empty.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Head {
    v: u32,
    id: String,
    at: i64,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<(u32, u64)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    hints: BTreeMap<String, String>,
}

pub fn encode(entry: &Entry) -> Vec<u8> {
    let head = Head {
        v: VERSION,
        id: entry.id.clone(),
        at: entry.at,
        source: entry.source.clone(),
        envelope: entry.envelope.clone(),
        event: entry.event.clone(),
        process: entry.process,
        hints: entry.hints.clone(),
    };
    let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend_from_slice(&entry.body);
    bytes
}

/// `None`: the bytes are none of ours.
pub fn decode(mut bytes: Vec<u8>) -> Option<Entry> {
    let line = memchr::memchr(b'\n', &bytes)?;
    let head: Head = serde_json::from_slice(&bytes[..line]).ok()?;
    if head.v == 0 {
        return None;
    }
    bytes.drain(..=line);
    Some(Entry {
        id: head.id,
        at: head.at,
        source: head.source,
        envelope: head.envelope,
        event: head.event,
        process: head.process,
        hints: head.hints,
        body: bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was() {
        let full = Entry {
            id: "00ff".to_owned(),
            at: -5,
            source: "claude_code".to_owned(),
            envelope: Some("claude_code".to_owned()),
            event: Some("Stop\n\"x\"".to_owned()),
            process: Some((7, u64::MAX)),
            hints: BTreeMap::from([("CLAUDE_PROJECT_DIR".to_owned(), "/ü\n".to_owned())]),
            body: b"{\"a\":1}\n\xff\0".to_vec(),
        };
        for entry in [full, Entry::default()] {
            assert_eq!(decode(encode(&entry)), Some(entry));
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_goes() {
        let told = decode(b"{\"v\":9,\"id\":\"a\",\"mood\":[1]}\nbody".to_vec());
        assert_eq!(told, Some(Entry { id: "a".to_owned(), body: b"body".to_vec(), ..Entry::default() }));
        for none in [&b""[..], b"\n", b"{}\n", b"no line", b"[]\nx", b"{\"v\":1,\"id\":3}\n"] {
            assert_eq!(decode(none.to_vec()), None);
        }
    }
}
