//! How long an answer may be. Tokens are counted as bytes of compact JSON by four.

use serde::Serialize;

use crate::builds;

/// Of any answer, whatever was asked for.
pub const MOST_TOKENS: usize = 8_000;
/// Of an answer to a question with default arguments.
pub const DEFAULT_TOKENS: usize = 2_000;

/// Tokens that `value` takes as JSON.
pub fn tokens<T: Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len().div_ceil(4))
}

/// The beginning of `text`, on a character boundary, with `…` where it was cut.
pub fn head(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    format!("{}…", text[..text.floor_char_boundary(most_bytes.saturating_sub(3))].trim_end())
}

/// One line without terminal sequences: control characters and runs of blanks become single blanks.
pub fn line(text: &str, most_bytes: usize) -> String {
    let text = &*builds::strip_ansi(text);
    let mut plain = String::with_capacity(text.len().min(most_bytes + 64));
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
        if plain.len() > most_bytes {
            break;
        }
    }
    head(&plain, most_bytes)
}

/// Both ends of a text that is too long.
pub fn ends(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    let half = most_bytes.saturating_sub(" … ".len()) / 2;
    let (from, to) = (text.floor_char_boundary(half), text.ceil_char_boundary(text.len() - half));
    format!("{} … {}", text[..from].trim_end(), text[to..].trim_start())
}

/// Keeps as many of the first `items` as fit `most_tokens`; tells whether any were left out.
pub fn fit<T: Serialize>(items: &mut Vec<T>, most_tokens: usize) -> bool {
    let mut used = 0;
    let fits = items.iter().take_while(|item| {
        used += tokens(item) + 1;
        used <= most_tokens
    });
    let keep = fits.count();
    let cut = keep < items.len();
    items.truncate(keep);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_fall_between_characters() {
        assert_eq!(head("häuser", 5), "h…");
        assert_eq!(line("a\n\tb  c\u{1b}[31md\u{7}", 99), "a b cd");
        assert!(ends(&"ü".repeat(100), 20).len() <= 20);
    }

    #[test]
    fn as_many_as_fit() {
        let mut items = vec!["x".repeat(38); 5];
        assert!(fit(&mut items, 25));
        assert_eq!(items.len(), 2);
        assert!(!fit(&mut items, 25));
    }
}
