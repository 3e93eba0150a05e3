//! What others wrote, made fit for one line of ours: nothing in it ends the line, the quote or the block around it.

use crate::builds::strip_ansi;

/// Of one text only so much is looked at.
const LOOKED_AT: usize = 8 * 1024;
const QUOTES: [char; 6] = ['"', '“', '”', '„', '‟', '＂'];
const CUT: &str = "…";

/// On one line, without what cannot be seen and without brackets that could open or close a block.
pub fn words(text: &str, most_bytes: usize) -> String {
    let text = strip_ansi(&text[..text.floor_char_boundary(LOOKED_AT)]);
    let mut line = String::with_capacity(text.len().min(most_bytes.saturating_add(16)));
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let before = line.len();
        if !line.is_empty() {
            line.push(' ');
        }
        let from = line.len();
        line.extend(word.chars().filter(|c| !is_invisible(*c)).map(shown));
        if line.len() == from {
            line.truncate(before);
        } else if line.len() > most_bytes {
            break;
        }
    }
    head(line, most_bytes)
}

/// As somebody's words; `None`: there are none.
pub fn quoted(text: &str, most_bytes: usize) -> Option<String> {
    let words = words(&text[..text.floor_char_boundary(LOOKED_AT)].replace(QUOTES, "'"), most_bytes);
    (!words.is_empty()).then(|| format!("\"{words}\""))
}

/// A path, a branch, a test: of a long one the end. Quoted where it could pass for more than a name.
pub fn name(text: &str, most_bytes: usize) -> Option<String> {
    // Nearly all names are so.
    if (1..=most_bytes).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && is_of_names(b.into())) {
        return Some(text.to_owned());
    }
    let short = end(text, most_bytes);
    if !short.chars().all(is_of_names) {
        return quoted(&short, most_bytes + CUT.len());
    }
    (!short.is_empty()).then_some(short)
}

fn head(text: String, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text;
    }
    format!("{}{CUT}", text[..text.floor_char_boundary(most_bytes.saturating_sub(CUT.len()))].trim_end())
}

/// The same as `words`, but of what is too long the end.
pub fn end(text: &str, most_bytes: usize) -> String {
    tail(words(text, LOOKED_AT), most_bytes)
}

fn tail(text: String, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text;
    }
    let from = text.ceil_char_boundary(text.len() - most_bytes.saturating_sub(CUT.len()));
    // A whole component rather than a part of one, if one is near.
    let whole = text[from..].find('/').filter(|at| *at < most_bytes / 2).unwrap_or(0);
    format!("{CUT}{}", text[from + whole..].trim_start())
}

fn is_of_names(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '/' | '\\' | '.' | '_' | '-' | '+' | '@' | '#' | '~' | '=' | ':' | '%' | '$' | '&' | '!' | '*')
        || matches!(c, '[' | ']' | '(' | ')' | '{' | '}' | '^' | '|' | '…' | '‹' | '›')
        || c.is_alphanumeric()
        || is_mark(c)
}

/// Accents that are letters of their own.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn shown(c: char) -> char {
    match c {
        '<' | '＜' | '﹤' => '‹',
        '>' | '＞' | '﹥' => '›',
        c => c,
    }
}

/// Nothing to see, but enough to hide words in or to take a word apart.
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
            ("app/[id]/(tabs)/page.tsx", "app/[id]/(tabs)/page.tsx"),
            ("my notes.md", "\"my notes.md\""),
            ("a;b,\"c\"", "\"a;b,'c'\""),
            ("a`b`", "\"a`b`\""),
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
