//! Foreign text on its way to a terminal: what agents, people and files wrote may hold escape sequences.
//!
//! Everything that a command prints and tma1 did not write itself goes through `line` or `paragraph`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// One line: escape sequences and invisible characters are gone, runs of blanks are one blank.
pub fn line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(512));
    for word in visible(text).split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    plain
}

/// Several lines: as `line`, but line ends and indentation stay.
pub fn paragraph(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|one| visible(&one.replace('\t', "    ")).trim_end().to_owned()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The beginning of `text` in at most `most` columns, with `…` where it was cut.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most || width(text) <= most {
        return Cow::Borrowed(text);
    }
    let mut used = 0;
    let fits = text.char_indices().find(|(_, c)| {
        used += char_width(*c);
        used >= most
    });
    let end = fits.map_or(text.len(), |(at, _)| at);
    Cow::Owned(if most == 0 { String::new() } else { format!("{}…", text[..end].trim_end()) })
}

/// Each line of `text` behind `indent`, broken between words where the terminal ends.
pub fn wrapped(text: &str, terminal: Option<usize>, indent: &str) -> String {
    let room = terminal.map_or(usize::MAX, |columns| columns.saturating_sub(width(indent)).max(20));
    let mut out = String::with_capacity(text.len() + text.len() / 8 + 8);
    for line in text.lines() {
        for piece in pieces(line, room) {
            if !piece.is_empty() {
                out.push_str(indent);
            }
            out.push_str(piece);
            out.push('\n');
        }
    }
    out
}

/// `line` in pieces of at most `room` columns; longer words stay whole.
fn pieces(line: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut from, mut used, mut last_blank) = (0, 0, None);
    for (at, c) in line.char_indices() {
        used += char_width(c);
        if c == ' ' {
            last_blank = Some(at);
        }
        if used > room
            && let Some(blank) = last_blank.take().filter(|blank| !line[from..*blank].trim().is_empty())
        {
            pieces.push(&line[from..blank]);
            from = blank + 1;
            used = width(&line[from..at + c.len_utf8()]);
        }
    }
    pieces.push(&line[from..]);
    pieces
}

/// Columns that `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// A path as its owner would write it: below `home` with `~`.
pub fn path(path: &Path, home: &Path) -> String {
    let written = match path.strip_prefix(home) {
        Ok(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Ok(rest) => format!("~/{}", rest.display()),
        Err(_) => path.display().to_string(),
    };
    line(&written)
}

/// JSON without characters that a terminal could take for commands; the document means the same.
pub fn json(document: &str) -> Cow<'_, str> {
    // Below U+0020 the serializer escapes already.
    if !document.chars().any(unsafe_in_json) {
        return Cow::Borrowed(document);
    }
    let mut safe = String::with_capacity(document.len() + 64);
    for c in document.chars() {
        if unsafe_in_json(c) {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

fn unsafe_in_json(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}') || reorders(c)
}

/// Without escape sequences, and with a blank for every other control character.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c.is_control() || reorders(c)) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                skip_sequence(&mut chars);
            }
            '\u{9b}' => skip_sequence(&mut chars),
            c if reorders(c) => {}
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

/// The rest of a control sequence: parameters, then one final byte.
fn skip_sequence(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    chars.next_if(|c| matches!(c, '@'..='~'));
}

/// Characters that show text in another order than it has, or break a line where none seems to be.
fn reorders(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn char_width(c: char) -> usize {
    match u32::from(c) {
        // Marks that join the character before them.
        0x300..=0x36f | 0x200b..=0x200d | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        // East Asian characters and pictures, which take two columns.
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sequences_are_taken_out_whole() {
        assert_eq!(line("a \u{1b}[1;31mred\u{1b}[0m\tb\r\n c"), "a red b c");
        assert_eq!(line("\u{9b}2Jx\u{1b}]0;title\u{7}y"), "x ]0;title y");
        assert_eq!(line("user\u{202e}gpj.exe"), "usergpj.exe");
        assert_eq!(paragraph("\n  a\u{1b}[K\n\tb  \r\n\n"), "  a\n    b");
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(width("日本"), 4);
        assert_eq!(cut("日本語です", 6), "日本…");
        assert_eq!(cut("e\u{301}tude", 5), "e\u{301}tude");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let text = "  one two three four\n\nveryveryverylongwordindeed five";
        assert_eq!(wrapped(text, Some(24), "  "), "    one two three four\n\n  veryveryverylongwordindeed\n  five\n");
        assert_eq!(wrapped("a b", None, "> "), "> a b\n");
    }

    #[test]
    fn home_is_written_short() {
        assert_eq!(path(Path::new("/h/u/.tma1/tma1.db"), Path::new("/h/u")), "~/.tma1/tma1.db");
        assert_eq!(path(Path::new("/h/u"), Path::new("/h/u")), "~");
        assert_eq!(path(Path::new("/h/us"), Path::new("/h/u")), "/h/us");
    }

    proptest! {
        #[test]
        fn nothing_reaches_the_terminal_but_text(text in any::<String>(), most in 0_usize..40) {
            let one = line(&text);
            prop_assert!(!one.chars().any(|c| c.is_control() || reorders(c)), "{one:?}");
            prop_assert_eq!(line(&one), one.clone());
            let many = paragraph(&text);
            prop_assert!(!many.chars().any(|c| (c.is_control() && c != '\n') || reorders(c)), "{many:?}");
            prop_assert!(width(&cut(&one, most)) <= most);
        }

        #[test]
        fn json_means_the_same(text in any::<String>()) {
            let document = serde_json::Value::String(text).to_string();
            let safe = json(&document);
            prop_assert!(!safe.chars().any(char::is_control));
            prop_assert_eq!(
                serde_json::from_str::<String>(&safe).unwrap(),
                serde_json::from_str::<String>(&document).unwrap()
            );
        }

        #[test]
        fn escapes_never_survive(pieces in proptest::collection::vec("(\u{1b}\\[[0-9;]{0,4}[mKJH]|\u{9b}[0-9]m|[a-z ]{0,5}|\u{1b}|\u{7})", 0..12)) {
            let one = line(&pieces.concat());
            prop_assert!(!one.contains(['\u{1b}', '\u{9b}', '\u{7}']), "{:?}", one);
        }
    }
}
