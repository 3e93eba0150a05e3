//! The beginning and the end of a long text.

use std::borrow::Cow;

/// A line cut in the middle is better than losing more than this of what was asked for.
const MAX_LOSS: usize = 4;

/// Head and tail of a text that is longer than both, with a line between that says how much is
/// left out. Cut between lines where one ends nearby, else between characters.
#[must_use]
pub fn excerpt(text: &str, head_bytes: usize, tail_bytes: usize) -> Cow<'_, str> {
    if text.len() <= head_bytes.saturating_add(tail_bytes) {
        return Cow::Borrowed(text);
    }
    let head = head_of(text, head_bytes);
    let tail = tail_of(text, tail_bytes);
    let left_out = text.len() - head.len() - tail.len();
    let break_after_head = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    Cow::Owned(format!("{head}{break_after_head}… [{left_out} bytes left out] …\n{tail}"))
}

fn head_of(text: &str, bytes: usize) -> &str {
    let head = &text[..text.floor_char_boundary(bytes)];
    match head.rfind('\n') {
        Some(end) if end + 1 >= head.len() - head.len() / MAX_LOSS => &head[..=end],
        _ => head,
    }
}

fn tail_of(text: &str, bytes: usize) -> &str {
    let start = text.ceil_char_boundary(text.len() - bytes);
    let tail = &text[start..];
    if text[..start].ends_with('\n') {
        return tail;
    }
    match tail.find('\n') {
        Some(end) if end < tail.len() / MAX_LOSS => &tail[end + 1..],
        _ => tail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_at_lines_or_characters() {
        for (text, head, tail, expected) in [
            ("short", 3, 2, "short"),
            ("abcdef", 2, 2, "ab\n… [2 bytes left out] …\nef"),
            ("aaaa\nbbbb\ncccc\n", 6, 5, "aaaa\n… [5 bytes left out] …\ncccc\n"),
            ("aaaa\nbbbb\ncccc\n", 0, 5, "… [10 bytes left out] …\ncccc\n"),
            ("ééé", 3, 1, "é\n… [4 bytes left out] …\n"),
        ] {
            assert_eq!(excerpt(text, head, tail), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn keeps_within_the_sizes(text in "[aé…\n]{0,80}", head in 0_usize..50, tail in 0_usize..50) {
            let short = excerpt(&text, head, tail);
            if text.len() > head + tail {
                prop_assert!(short.len() <= head + tail + 45);
                prop_assert!(short.contains("bytes left out"));
            } else {
                prop_assert_eq!(short.as_ref(), text.as_str());
            }
        }
    }
}
