//! Arbitrary bytes as a Claude Code transcript: no panic, and pieces come to the same as the whole.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tma1::adapters::{self, FileFacts, Parsed, Parser};
use tma1::model::{Agent, Fact};

fn parser(beginning: &[u8], state: Option<&str>) -> Box<dyn Parser> {
    let adapter = adapters::find(Agent::ClaudeCode).expect("there is one");
    adapter.parser(&FileFacts { path: Path::new("/p/s.jsonl"), modified_ms: 0, beginning }, state)
}

/// Reads `bytes` as a file that ends after `upto` for now, from where the last reading ended.
fn read(bytes: &[u8], from: &mut (usize, u64), state: Option<String>, facts: &mut Vec<Fact>) -> Option<String> {
    let mut parser = parser(bytes, state.as_deref());
    while from.0 < bytes.len() {
        let rest = &bytes[from.0..];
        let end = rest.iter().position(|b| *b == b'\n');
        let line = &rest[..end.unwrap_or(rest.len())];
        let mut parsed = Parsed::default();
        let used = if line.trim_ascii().is_empty() && end.is_some() {
            line.len()
        } else {
            parser.line(line, from.1 + 1, end.is_some(), &mut parsed)
        };
        assert!(used <= line.len());
        facts.extend(parsed.facts);
        if end.is_none() {
            from.0 += used;
            break;
        }
        from.0 += line.len() + 1;
        from.1 += 1;
    }
    parser.state()
}

fuzz_target!(|data: (u16, &[u8])| {
    let (cut, bytes) = data;
    let mut whole = Vec::new();
    read(bytes, &mut (0, 0), None, &mut whole);
    let mut pieces = Vec::new();
    let mut from = (0, 0);
    let cut = usize::from(cut) % (bytes.len() + 1);
    let state = read(&bytes[..cut], &mut from, None, &mut pieces);
    read(bytes, &mut from, state, &mut pieces);
    // Notes about a session are said anew after a pause; everything else is said once.
    let said = |facts: Vec<Fact>| facts.into_iter().filter(|f| !matches!(f, Fact::Session(_))).count();
    assert_eq!(said(whole), said(pieces));
});
