//! Git's way of matching a path against a pattern, of `.gitignore` and `.gitattributes`.
//!
//! The glob crates at hand differ from it where it matters: `{a,b}` means nothing to git, `?` is one byte, and `[[:alpha:]]`
//! is a class.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Match,
    Not,
    /// No other start of a star can help.
    Never,
    /// Only a `**` before can help.
    ToStarStar,
}

/// `*` and `?` stop at `/`; `**` between slashes does not.
pub(super) fn matches(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    Glob { pattern, text, fold }.from(0, 0) == Outcome::Match
}

pub(super) fn is_special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[' | b'\\')
}

struct Glob<'a> {
    pattern: &'a [u8],
    text: &'a [u8],
    fold: bool,
}

impl Glob<'_> {
    /// Of the pattern; zero behind its end.
    fn p(&self, at: usize) -> u8 {
        self.pattern.get(at).copied().unwrap_or(0)
    }

    fn folded(&self, byte: u8) -> u8 {
        if self.fold { byte.to_ascii_lowercase() } else { byte }
    }

    fn t(&self, at: usize) -> u8 {
        self.text.get(at).map_or(0, |byte| self.folded(*byte))
    }

    fn from(&self, mut p: usize, mut t: usize) -> Outcome {
        while p < self.pattern.len() {
            let byte = self.t(t);
            if t >= self.text.len() && self.p(p) != b'*' {
                return Outcome::Never;
            }
            match self.p(p) {
                b'?' if byte == b'/' => return Outcome::Not,
                b'?' => {}
                b'*' => return self.star(p, t),
                b'[' => match self.class(p, byte) {
                    Ok(end) => p = end,
                    Err(outcome) => return outcome,
                },
                b'\\' => {
                    p += 1;
                    if self.folded(self.p(p)) != byte {
                        return Outcome::Not;
                    }
                }
                plain if self.folded(plain) != byte => return Outcome::Not,
                _ => {}
            }
            p += 1;
            t += 1;
        }
        if t < self.text.len() { Outcome::Not } else { Outcome::Match }
    }

    fn star(&self, begin: usize, mut t: usize) -> Outcome {
        let mut p = begin + 1;
        while self.p(p) == b'*' {
            p += 1;
        }
        let slash_before = begin == 0 || self.p(begin - 1) == b'/';
        let slash_behind = matches!((self.p(p), self.p(p + 1)), (0 | b'/', _) | (b'\\', b'/'));
        let across = p > begin + 1 && slash_before && slash_behind;
        if across && self.p(p) == b'/' && self.from(p + 1, t) == Outcome::Match {
            return Outcome::Match;
        }
        let rest = self.text.get(t..).unwrap_or_default();
        if p >= self.pattern.len() {
            return if across || !rest.contains(&b'/') { Outcome::Match } else { Outcome::ToStarStar };
        }
        if !across && self.p(p) == b'/' {
            let Some(slash) = rest.iter().position(|byte| *byte == b'/') else { return Outcome::Never };
            return self.from(p + 1, t + slash + 1);
        }
        while t < self.text.len() {
            if !is_special(self.p(p)) {
                let wanted = self.folded(self.p(p));
                while t < self.text.len() && self.t(t) != wanted && (across || self.t(t) != b'/') {
                    t += 1;
                }
                if t >= self.text.len() || self.t(t) != wanted {
                    return if across { Outcome::Never } else { Outcome::ToStarStar };
                }
            }
            match self.from(p, t) {
                Outcome::Not if !across && self.t(t) == b'/' => return Outcome::ToStarStar,
                Outcome::Not => {}
                Outcome::ToStarStar if across => {}
                other => return other,
            }
            t += 1;
        }
        Outcome::Never
    }

    /// The place of the closing bracket where `byte` is of the class that opens at `p`.
    fn class(&self, mut p: usize, byte: u8) -> Result<usize, Outcome> {
        p += 1;
        let negated = matches!(self.p(p), b'!' | b'^');
        if negated {
            p += 1;
        }
        let (mut matched, mut before, mut first) = (false, 0, true);
        while first || self.p(p) != b']' {
            first = false;
            let mut now = self.p(p);
            if p >= self.pattern.len() {
                return Err(Outcome::Never);
            }
            if now == b'\\' {
                p += 1;
                now = self.p(p);
                matched |= byte == now;
            } else if now == b'-' && before != 0 && !matches!(self.p(p + 1), 0 | b']') {
                p += 1;
                if self.p(p) == b'\\' {
                    p += 1;
                }
                let range = before..=self.p(p);
                matched |= range.contains(&byte) || self.fold && range.contains(&byte.to_ascii_uppercase());
                now = 0;
            } else if now == b'[' && self.p(p + 1) == b':' {
                let rest = self.pattern.get(p + 2..).unwrap_or_default();
                let end = rest.iter().position(|byte| *byte == b']').ok_or(Outcome::Never)?;
                match rest.get(..end).and_then(|name| name.strip_suffix(b":")) {
                    Some(name) => {
                        matched |= named(name, byte, self.fold).ok_or(Outcome::Never)?;
                        p += 2 + end;
                        now = 0;
                    }
                    None => matched |= byte == b'[',
                }
            } else {
                matched |= byte == now;
            }
            if p >= self.pattern.len() {
                return Err(Outcome::Never);
            }
            before = now;
            p += 1;
        }
        if matched == negated || byte == b'/' { Err(Outcome::Not) } else { Ok(p) }
    }
}

fn named(name: &[u8], byte: u8, fold: bool) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
        b"upper" => byte.is_ascii_uppercase() || fold && byte.is_ascii_lowercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn as_git_matches() {
        for (pattern, yes, no) in [
            ("foo", "foo", "Foo"),
            ("*.{js,ts}", "a.{js,ts}", "a.js"),
            ("*.py[cod]", "a.pyc", "a.py"),
            ("[!a-c]x", "dx", "bx"),
            ("[]-]", "]", "a"),
            ("[[:digit:]]*", "1a", "a1"),
            ("a?c", "abc", "a/c"),
            ("a/*/c", "a/b/c", "a/b/b/c"),
            ("a/**/c", "a/c", "a/cc"),
            ("a/**/c", "a/b/b/c", "b/a/c"),
            ("**/c", "a/b/c", "a/b/cc"),
            ("a/**", "a/b/c", "a"),
            ("a**c", "abc", "a/c"),
            (r"\!x", "!x", "x"),
            (r"a\*", "a*", "ab"),
            ("*a*b*c", "1a2b3c", "1a2b3"),
            ("[a", "nothing", "[a"),
        ] {
            if yes != "nothing" {
                assert!(matches(pattern.as_bytes(), yes.as_bytes(), false), "{pattern} {yes}");
            }
            assert!(!matches(pattern.as_bytes(), no.as_bytes(), false), "{pattern} {no}");
        }
        assert!(matches(b"FOO[A-C]", b"fooB", true));
        assert!(!matches(b"?", "\u{e9}".as_bytes(), false), "a byte each");
    }
}
