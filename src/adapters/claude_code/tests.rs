//! A file that is read while it is written: wherever a reading stops, the next one goes on as if there had been one.

use std::path::Path;

use super::parser::Transcript;
use crate::adapters::{FileFacts, Parsed, Parser as _};
use crate::model::Fact;

/// Every kind of line there is, shorter than in life: a mark at the start, blanks, two records on one line, broken
/// ones, halves of characters, zeros, inline threads, a call with its result, and no line feed at the end.
const FILE: &str = concat!(
    "\u{feff}",
    r#"{"type":"mode","sessionId":"s"}"#,
    "\r\n\n",
    r#"{"type":"user","uuid":"u","sessionId":"s","timestamp":"2026-10-01T10:00:00Z","message":{"content":"漢字 \ud83d"}}"#,
    "\n",
    r#"{"type":"assistant","uuid":"a","message":{"id":"m","content":[{"type":"tool_use","id":"t","name":"Read","input":{}}],"usage":{"output_tokens":12}}}"#,
    r#"{"type":"user","uuid":"r","message":{"content":[{"type":"tool_result","tool_use_id":"t","content":"é"}]},"toolUseResult":{"filePath":"/x"}}"#,
    "\n",
    r#"{"type":"user","uuid":"p","isSidechain":true,"message":{"content":"x"}} {"type":"us"#,
    "\n\0\0\0\n7\n",
    r#"{"type":"assistant","uuid":"q","parentUuid":"p","isSidechain":true,"message":{"content":"y"}}"#,
);

/// Reads on from `offset` as the ingest does, and says where it stopped.
fn read(bytes: &[u8], offset: &mut usize, line: &mut u64, state: Option<&str>, out: &mut Parsed) -> Option<String> {
    let file = FileFacts { path: Path::new("/p/s.jsonl"), modified_ms: 1, beginning: FILE.as_bytes() };
    let mut parser = Transcript::new(&file, state);
    while let Some(length) = memchr::memchr(b'\n', &bytes[*offset..]) {
        *line += 1;
        let text = &bytes[*offset..*offset + length];
        if !text.trim_ascii().is_empty() {
            parser.line(text, *line, true, out);
        }
        *offset += length + 1;
    }
    *offset += parser.line(&bytes[*offset..], *line + 1, false, out);
    parser.state()
}

/// Notes of a session may be said again; all else is said once.
fn told(parsed: Parsed) -> (Vec<Fact>, Vec<String>, u64) {
    let facts = parsed.facts.into_iter().filter(|fact| !matches!(fact, Fact::Session(_))).collect();
    (facts, parsed.skips.into_iter().map(|skip| skip.reason).collect(), parsed.records)
}

#[test]
fn reading_goes_on_after_a_stop_at_any_byte() {
    let bytes = FILE.as_bytes();
    let mut whole = Parsed::default();
    read(bytes, &mut 0, &mut 0, None, &mut whole);
    let whole = told(whole);
    assert_eq!((whole.1.len(), whole.2), (3, 6), "{:?}", whole.1);
    for stop in 0..=bytes.len() {
        let mut parsed = Parsed::default();
        let (mut offset, mut line) = (0, 0);
        let state = read(&bytes[..stop], &mut offset, &mut line, None, &mut parsed);
        read(bytes, &mut offset, &mut line, state.as_deref(), &mut parsed);
        assert_eq!(told(parsed), whole, "stopped at {stop}");
    }
}
