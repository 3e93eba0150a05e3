//! Looks at the bytes around a keyword hit: most hits end here, before any regex runs.

use super::rules::Start;
use super::scan::MARK;

/// The longest name, or part of a name, that is looked at on either side of a keyword.
const NAME: usize = 64;

/// Where a rule's regex has to start for this hit, or nothing when the bytes around the hit
/// already show that it cannot match.
pub(super) fn start_of(kind: Start, text: &[u8], start: usize, end: usize) -> Option<usize> {
    match kind {
        Start::Here => Some(start),
        Start::Edge => is_edge(text, start).then_some(start),
        Start::Pem => Some(end),
        Start::Word => {
            let from = walk_back(text, start, |byte| is_name(byte) || matches!(byte, b'.' | b'%' | b'+'));
            let from = after_escape(text, from, start);
            (from < start).then_some(from)
        }
        Start::Name => {
            if continues(text, end) || !assigns(text, end) {
                return None;
            }
            let from = walk_back(text, start, is_name);
            if text[..from].ends_with(MARK.as_bytes()) {
                return None;
            }
            Some(after_escape(text, from, start))
        }
        Start::Flag => {
            if continues(text, end) {
                return None;
            }
            let from = walk_back(text, start, is_name);
            text[from..].starts_with(b"--").then_some(from)
        }
    }
}

/// An escaped line end, as in JSON, leaves a letter that is no part of the word behind it.
fn after_escape(text: &[u8], from: usize, start: usize) -> usize {
    let escaped = from < start && text[..from].last() == Some(&b'\\') && matches!(text[from], b'n' | b'r' | b't');
    from + usize::from(escaped)
}

fn walk_back(text: &[u8], start: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let run = text[start.saturating_sub(NAME)..start].iter().rev().take_while(|byte| wanted(**byte)).count();
    start - run
}

/// Whether the keyword is only the beginning of a longer word, as in `tokenizer` or `TOKENS`.
fn continues(text: &[u8], end: usize) -> bool {
    match (text.get(end - 1), text.get(end)) {
        (_, Some(next)) if next.is_ascii_lowercase() => true,
        (Some(last), Some(next)) => last.is_ascii_uppercase() && next.is_ascii_uppercase(),
        _ => false,
    }
}

/// Whether the name is followed by something that could hand it a value.
fn assigns(text: &[u8], end: usize) -> bool {
    let rest = &text[end..text.len().min(end + NAME)];
    let name = rest.iter().take_while(|byte| is_name(**byte)).count();
    rest[name..]
        .iter()
        .find(|byte| !matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b' ' | b'\t' | b'?'))
        .is_some_and(|byte| matches!(byte, b':' | b'=' | b',' | b'>'))
}

/// Whether a word may start here. Escapes count as edges too: `\n`, `%3D` and colour codes leave
/// a letter or digit right before the word.
fn is_edge(text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    match before {
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => true,
        [head @ .., b'm'] => {
            let from = walk_back(head, head.len(), |byte| byte.is_ascii_digit() || byte == b';');
            head[..from].ends_with(b"[")
        }
        _ => {
            // A dash starts an argument or a removed line, but also joins words.
            let from = walk_back(before, start, |byte| byte == b'-');
            !matches!(before[..from].last(), Some(&last) if last.is_ascii_alphanumeric() || last == b'_')
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

pub(super) fn is_value(byte: u8) -> bool {
    is_name(byte) || matches!(byte, b'+' | b'/' | b'=' | b'.' | b'~')
}
