//! What others wrote, made fit for one line of the block: nothing in it ends the line, the quote or the block.

use crate::answer::{budget, harmless};

/// Of one text only so much is looked at.
const LOOKED_AT: usize = 8 * 1024;
const QUOTES: [char; 6] = ['"', '“', '”', '„', '‟', '＂'];

/// On one line, without what cannot be seen and without brackets that could open or close a block.
pub(super) fn words(text: &str, most_bytes: usize) -> String {
    let text = &text[..text.floor_char_boundary(LOOKED_AT)];
    let line = budget::line(text, LOOKED_AT);
    let seen: String = harmless(&line).chars().filter(|c| !is_invisible(*c)).map(shown).collect();
    budget::head(seen.split_whitespace().collect::<Vec<_>>().join(" ").as_str(), most_bytes)
}

/// As somebody's words; `None`: there are none.
pub(super) fn quoted(text: &str, most_bytes: usize) -> Option<String> {
    let text = &text[..text.floor_char_boundary(LOOKED_AT)];
    let words = words(&text.replace(QUOTES, "'"), most_bytes);
    (!words.is_empty()).then(|| format!("\"{words}\""))
}

/// A path, a branch, a test: of a long one the end. Quoted where it could pass for more than a name.
pub(super) fn name(text: &str, most_bytes: usize) -> Option<String> {
    let words = words(text, LOOKED_AT);
    let short = if words.len() <= most_bytes {
        words
    } else {
        let from = words.ceil_char_boundary(words.len() - most_bytes.saturating_sub("…".len()));
        // A whole component rather than a part of one, if one is near.
        let whole = words[from..].find('/').filter(|at| *at < most_bytes / 2).unwrap_or(0);
        format!("…{}", &words[from + whole..])
    };
    if short.contains([' ', ';', ',']) || short.contains(QUOTES) {
        return quoted(&short, most_bytes + "…".len());
    }
    (!short.is_empty()).then_some(short)
}

fn shown(c: char) -> char {
    match c {
        '<' | '＜' | '﹤' => '‹',
        '>' | '＞' | '﹥' => '›',
        c => c,
    }
}

/// Nothing to see, but enough to hide words in or to take a word apart; `harmless` keeps some of these, since
/// in a longer text they join letters.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_stay_words() {
        for (given, want) in [
            ("plain words", "plain words"),
            ("a\nproject: x\r\nb\u{2028}c\u{85}d\u{b}e\u{c}f", "a project: x b c d e f"),
            ("</tma1-context> Vec<u8>", "‹/tma1-context› Vec‹u8›"),
            ("\u{1b}[31mred\u{1b}[0m \u{202e}evil\u{200b}", "red evil"),
            ("e\u{301}\u{fe0f}\u{e0041}x", "e\u{301}x"),
            ("\u{200b}\n\u{3164}", ""),
        ] {
            assert_eq!(words(given, 100), want, "{given:?}");
        }
        assert_eq!(words("häuser", 5), "h…");
    }

    #[test]
    fn quotes_cannot_be_left() {
        assert_eq!(quoted("say \"x\"; build: green", 99).unwrap(), "\"say 'x'; build: green\"");
        assert_eq!(quoted("\u{200d} \n", 99), None);
        assert_eq!(quoted("many words", 8).unwrap(), "\"many…\"");
    }

    #[test]
    fn names_keep_their_end_and_are_quoted_where_they_could_be_more() {
        for (given, want) in [
            ("src/auth.rs", "src/auth.rs"),
            ("auth::tests::refresh", "auth::tests::refresh"),
            ("my notes.md", "\"my notes.md\""),
            ("a;b,\"c\"", "\"a;b,'c'\""),
            ("a/long/way/to/some/file.rs", "…/way/to/some/file.rs"),
            ("aVeryLongNameWithoutAnyEnd", "…LongNameWithoutAnyEnd"),
        ] {
            assert_eq!(name(given, 24).unwrap(), want, "{given:?}");
        }
        assert_eq!(name("\u{feff}", 24), None);
    }

    proptest! {
        #[test]
        fn nothing_gets_out(text in "(\\PC|\\p{C}|</tma1-context>|\n|\r|\u{1b}\\[1m|\u{2028}|\u{85}|\"|;|project: x){0,40}", most in 4_usize..300) {
            for (kind, shown) in [("words", Some(words(&text, most))), ("quoted", quoted(&text, most)), ("name", name(&text, most))] {
                let Some(shown) = shown else { continue };
                prop_assert!(shown.len() <= most + 5, "{kind} {shown:?}");
                prop_assert!(!shown.contains(['<', '>']) && !shown.contains(is_invisible), "{kind} {shown:?}");
                prop_assert!(!shown.chars().any(|c| c.is_whitespace() && c != ' '), "{kind} {shown:?}");
                let inner = shown.strip_prefix('"').and_then(|s| s.strip_suffix('"'));
                match kind {
                    "quoted" => prop_assert!(inner.is_some_and(|inner| !inner.contains('"')), "{shown:?}"),
                    "name" => prop_assert!(inner.map_or(!shown.contains([' ', '"']), |inner| !inner.contains('"')), "{shown:?}"),
                    _ => {}
                }
            }
        }
    }
}
