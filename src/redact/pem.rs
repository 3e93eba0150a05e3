//! Private key blocks, whole or cut: their length is open, so no window and no regex fits them.

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// The longest marker line is `-----BEGIN ENCRYPTED PRIVATE KEY-----`; some room is left.
const MARKER: usize = 64;
/// No name in source code has a run of letters and digits this long; a line of a key has.
const LONG: usize = 32;
/// A run that counts as a line of a key when nothing else is on the line.
const SHORT: usize = 12;

/// The block that the marker ending at `marker_end` belongs to, and how many bytes were looked at.
///
/// A block that was cut runs to the end of the text (or from its start) over all lines that look
/// like key material, so that the text around a key that was printed in part survives. A marker
/// with no key material next to it, as in code that handles keys, is no block.
pub(super) fn block(text: &[u8], marker_end: usize, floor: usize) -> (Option<(usize, usize)>, usize) {
    let line = marker_end.saturating_sub(MARKER).max(floor);
    let head = &text[line..marker_end];
    let begin = rfind(head, BEGIN);
    let end = rfind(head, END);
    match (begin, end) {
        (Some(begin), end) if end.is_none_or(|end| end < begin) => open(text, line + begin, marker_end),
        (_, Some(end)) => close(text, floor, line + end, marker_end),
        _ => (None, head.len()),
    }
}

fn open(text: &[u8], start: usize, marker_end: usize) -> (Option<(usize, usize)>, usize) {
    let rest = &text[marker_end..];
    let Some(next) = find(rest, DASHES) else {
        let end = marker_end + forward(rest);
        return ((end > marker_end).then_some((start, end)), rest.len());
    };
    let body = &rest[..next];
    if rest[next..].starts_with(END) && is_key_line(body) {
        let after = &rest[next + END.len()..];
        let close = find(&after[..after.len().min(MARKER)], DASHES);
        let end = close.map_or(next + END.len(), |at| next + END.len() + at + DASHES.len());
        return (Some((start, marker_end + end)), next);
    }
    let end = marker_end + forward(body);
    ((end > marker_end).then_some((start, end)), next)
}

fn close(text: &[u8], floor: usize, marker: usize, marker_end: usize) -> (Option<(usize, usize)>, usize) {
    let before = &text[floor..marker];
    let from = rfind(before, DASHES).map_or(0, |at| at + DASHES.len());
    let body = &before[from..];
    let start = marker - backward(body);
    ((start < marker).then_some((start, marker_end)), body.len())
}

/// How far key material reaches from the start of a body that has no end marker.
fn forward(body: &[u8]) -> usize {
    let mut reach = 0;
    let mut at = 0;
    for (index, line) in lines(body).enumerate() {
        at += line.len();
        let is_last = at == body.len();
        if is_key_line(line) || (is_last && reach > 0 && is_plain(line)) {
            reach = at;
        } else if index > 0 && !is_header(line) {
            break;
        }
    }
    reach
}

/// How much of the end of a body that has no begin marker is key material.
fn backward(body: &[u8]) -> usize {
    let all: Vec<&[u8]> = lines(body).collect();
    let mut reach = 0;
    let mut seen = 0;
    for (index, line) in all.iter().enumerate().rev() {
        seen += line.len();
        let is_tail = all.len() - index <= 2;
        let is_cut = index == 0 && reach > 0;
        if is_key_line(line) || ((is_tail || is_cut) && is_plain(line)) {
            reach = seen;
        } else {
            break;
        }
    }
    // A short last line alone could be any word before the marker.
    if all.iter().any(|line| is_key_line(line)) { reach } else { 0 }
}

/// Lines with their ends; an escaped line end, as in JSON, ends a line too.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = body;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut last = 0;
        let end = rest.iter().position(|&byte| {
            let ends = byte == b'\n' || (last == b'\\' && byte == b'n');
            last = byte;
            ends
        });
        let (line, tail) = rest.split_at(end.map_or(rest.len(), |at| at + 1));
        rest = tail;
        Some(line)
    })
}

/// Also good for all that stands between two markers: code between two string literals has other
/// signs and only short words.
fn is_key_line(line: &[u8]) -> bool {
    let run = longest_run(line);
    run >= LONG || (run >= SHORT && is_plain(line))
}

fn is_plain(line: &[u8]) -> bool {
    line.iter().all(|&byte| is_base64(byte) || is_filler(byte))
}

fn is_header(line: &[u8]) -> bool {
    is_plain(line) && longest_run(line) < 2
        || [&b"Proc-Type:"[..], b"DEK-Info:", b"Version:", b"Comment:"]
            .iter()
            .any(|header| find(line, header).is_some())
}

fn longest_run(line: &[u8]) -> usize {
    line.split(|&byte| !is_base64(byte)).map(<[u8]>::len).max().unwrap_or(0)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn is_filler(byte: u8) -> bool {
    // The last three are the arrow that agents put after a line number.
    byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'"' | b'\'' | b'`' | b',' | b'|' | b'>' | 0xe2 | 0x86 | 0x92)
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|part| part == needle)
}

fn rfind(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).rposition(|part| part == needle)
}
