//! Terminal output as text: without colours, cursor movements and overwritten lines.

use std::borrow::Cow;

const ESCAPE: char = '\u{1b}';
/// A longer line, with gaps at least this wide, is rows of a terminal that were filled up with blanks
/// instead of ended, as progress bars do it for the lines they print above themselves.
const LONG_LINE: usize = 400;
const WIDE_GAP: &str = "          ";

/// Removes ANSI escape sequences, backspaced characters and what a carriage return overwrote.
#[must_use]
pub fn strip_ansi(text: &str) -> Cow<'_, str> {
    // Byte by byte: this runs over every output, and most have nothing to remove.
    if !text.bytes().any(|byte| matches!(byte, 0x1b | b'\r' | 8)) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    // Where the current line starts in `clean`.
    let mut line_start = 0;
    let mut rest = text;
    let is_special = |byte| matches!(byte, 0x1b | b'\r' | 8 | b'\n');
    while let Some(at) = rest.bytes().position(is_special) {
        clean.push_str(&rest[..at]);
        let special = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match special {
            b'\n' => end_line(&mut clean, &mut line_start),
            // A progress bar starts over; at the end of a line it is a Windows line end.
            b'\r' => {
                rest = rest.trim_start_matches('\r');
                if !rest.is_empty() && !rest.starts_with('\n') {
                    clean.truncate(line_start);
                }
            }
            8 => {
                if clean.len() > line_start {
                    clean.pop();
                }
            }
            _ => {
                let after = after_escape(rest);
                // Upwards from a line that was not ended: what it says stays on the screen.
                let is_up = rest.starts_with('[') && rest[..rest.len() - after.len()].ends_with(['A', 'F']);
                if is_up && clean.len() > line_start {
                    end_line(&mut clean, &mut line_start);
                }
                rest = after;
            }
        }
    }
    clean.push_str(rest);
    unfold(&mut clean, line_start);
    Cow::Owned(clean)
}

fn end_line(clean: &mut String, line_start: &mut usize) {
    unfold(clean, *line_start);
    clean.push('\n');
    *line_start = clean.len();
}

/// Breaks a line of filled-up rows at its gaps.
fn unfold(clean: &mut String, line_start: usize) {
    if clean.len() - line_start < LONG_LINE || !clean[line_start..].contains(WIDE_GAP) {
        return;
    }
    let rows: Vec<&str> = clean[line_start..].split(WIDE_GAP).map(str::trim).filter(|row| !row.is_empty()).collect();
    let rows = rows.join("\n");
    clean.truncate(line_start);
    clean.push_str(&rows);
}

/// What follows a sequence whose escape character has been read.
fn after_escape(rest: &str) -> &str {
    match rest.bytes().next() {
        Some(b'[') => after_control_sequence(&rest[1..]),
        // Titles and links: up to a bell or a string terminator, on this line.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            let end = rest.find(['\u{7}', ESCAPE, '\n']).unwrap_or(rest.len());
            let tail = &rest[end..];
            tail.strip_prefix('\u{7}').or(tail.strip_prefix("\u{1b}\\")).unwrap_or(tail)
        }
        // Character sets and the like take one more character.
        Some(b'(' | b')' | b'#' | b'%' | b' ') => {
            let mut chars = rest.chars();
            chars.next();
            if !chars.as_str().starts_with('\n') {
                chars.next();
            }
            chars.as_str()
        }
        Some(byte) if byte.is_ascii_graphic() => &rest[1..],
        _ => rest,
    }
}

/// Parameters, then one final byte. A sequence that is cut off ends where it stops making sense.
fn after_control_sequence(rest: &str) -> &str {
    let rest = rest.trim_start_matches(|c: char| (' '..='?').contains(&c));
    match rest.bytes().next() {
        Some(b'@'..=b'~') => &rest[1..],
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_remains() {
        for (raw, clean) in [
            ("plain\ntext", "plain\ntext"),
            ("\u{1b}[1;31merror\u{1b}[0m: x", "error: x"),
            ("\u{1b}[38;2;1;2;3mé\u{1b}[K\n", "é\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            (" 10%\r 50%\r100%\ndone", "100%\ndone"),
            ("last line\r", "last line"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\ y", "link y"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("\u{1b}(Bx\u{1b}=y", "xy"),
            ("ab\u{8}c", "ac"),
            ("cut \u{1b}[3", "cut "),
            ("cut \u{1b}", "cut "),
        ] {
            assert_eq!(strip_ansi(raw), clean, "{raw:?}");
        }
        assert!(matches!(strip_ansi("x\ny"), Cow::Borrowed(_)));
    }

    #[test]
    fn rows_that_were_filled_up_are_lines() {
        let row = |text: &str| format!("{text:<100}");
        let report: String =
            ["FAIL [ 0.1s] shop a", "", "thread 'a' panicked at a.rs:3:5:", "1 of 3"].map(row).concat();
        let raw = format!("\u{1b}[1mstart\u{1b}[0m\r\n{report}\u{1b}[2A\r\u{1b}[2K\u{1b}[1B\r\u{1b}[2Kdone\r\n");
        assert_eq!(strip_ansi(&raw), "start\nFAIL [ 0.1s] shop a\nthread 'a' panicked at a.rs:3:5:\n1 of 3\ndone\n");
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in r"(\x1b\[[0-9;]{0,5}[a-zA-Z]?|\x1b.?|[a-zé\r\n\x08]){0,30}") {
            let once = strip_ansi(&text).into_owned();
            prop_assert!(!once.contains(ESCAPE));
            prop_assert_eq!(strip_ansi(&once).into_owned(), once.clone());
        }
    }
}
