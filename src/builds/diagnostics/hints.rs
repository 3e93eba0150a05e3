//! A cheap look at a line that tells which formats need to see it.
//!
//! Most lines of most outputs say nothing; one pass over their bytes must be enough to know.

/// A set of signs found in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hints(u32);

impl Hints {
    /// A colon before a digit or a bracket: `a.c:3`, `A.java:[3,5]`.
    pub(super) const COLON_NUMBER: Self = Self(1);
    /// A bracket before a digit: `a.ts(3,5)`.
    pub(super) const PAREN_NUMBER: Self = Self(1 << 1);
    /// `error`, `Error`, `ERROR`, `AssertionError` ….
    pub(super) const ERROR: Self = Self(1 << 2);
    pub(super) const WARNING: Self = Self(1 << 3);
    /// `fail`, `FAILED`, `Failure` ….
    pub(super) const FAIL: Self = Self(1 << 4);
    pub(super) const PANIC: Self = Self(1 << 5);
    pub(super) const TRACEBACK: Self = Self(1 << 6);
    pub(super) const UNDEFINED: Self = Self(1 << 7);
    /// Not ASCII: `●`, `✕`, `❯`, `└─`, `━━━`.
    pub(super) const SYMBOL: Self = Self(1 << 8);
    /// Starts (after blanks) with three of one sign: `---`, `===`, `___`.
    pub(super) const RULER: Self = Self(1 << 9);
    /// Starts (after blanks) with a number and a closing bracket: `  1) suite`.
    pub(super) const NUMBERED: Self = Self(1 << 10);
    /// Starts with `E` and three blanks, as pytest marks what went wrong.
    pub(super) const PYTEST_E: Self = Self(1 << 11);
    /// Starts (after blanks) with a digit: a row below a heading.
    pub(super) const ROW: Self = Self(1 << 12);
    /// Starts with `not ok` or `# Subtest`, as the Test Anything Protocol has it.
    pub(super) const NOT_OK: Self = Self(1 << 13);
    /// `File "`, as Python and OCaml print places.
    pub(super) const FILE: Self = Self(1 << 14);
    /// `exception`, `Exception`; `** (` of Elixir, `***` of make.
    pub(super) const EXCEPTION: Self = Self(1 << 15);
    /// Phrases that need no `error`: `would reformat`, `Diff in`, `Module not found`, `unexpected`.
    pub(super) const PHRASE: Self = Self(1 << 16);

    /// `TS` and a digit, a code of tsc.
    pub(super) const TS_CODE: Self = Self(1 << 17);

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn of(line: &str) -> Self {
        let bytes = line.as_bytes();
        let mut hints = Self::of_start(bytes);
        for (at, pair) in bytes.windows(2).enumerate() {
            let [one, two] = [usize::from(pair[0]), usize::from(pair[1])];
            if PAIRS.0[one] & PAIRS.1[two] != 0 {
                hints = hints.or(Self::at(bytes, at));
            }
        }
        hints
    }

    fn at(bytes: &[u8], at: usize) -> Self {
        let rest = &bytes[at..];
        let next = rest.get(1).copied().unwrap_or(b' ');
        let none = Self::default();
        let when = |word: &[u8], hint| if rest.starts_with(word) { hint } else { none };
        match rest[0] {
            b':' if (next.is_ascii_digit() || next == b'[') && ends_path(&bytes[..at]) => Self::COLON_NUMBER,
            b'(' | b'[' if next.is_ascii_digit() => Self::PAREN_NUMBER,
            b'(' => {
                when(b"(Timeout)", Self::FAIL).or(when(b"(SEGFAULT)", Self::FAIL)).or(when(b"(Not Run)", Self::FAIL))
            }
            b'r' if next == b'r' => when(b"rror", Self::ERROR),
            b'R' if next == b'R' => when(b"RROR", Self::ERROR),
            b'w' | b'W' if matches!(next, b'a' | b'A') => {
                when(b"warn", Self::WARNING).or(when(b"Warn", Self::WARNING)).or(when(b"WARN", Self::WARNING))
            }
            b'w' | b'W' if next == b'o' => {
                if rest[1..].starts_with(b"ould reformat") {
                    Self::PHRASE
                } else {
                    none
                }
            }
            b'f' if next == b'a' => when(b"fail", Self::FAIL),
            b'F' if next == b'A' => when(b"FAIL", Self::FAIL),
            b'F' if next == b'a' => when(b"Fail", Self::FAIL),
            b'F' if next == b'i' => when(b"File \"", Self::FILE),
            b'M' if next == b'o' => when(b"Module not found", Self::PHRASE),
            b'D' if next == b'i' => when(b"Diff in ", Self::PHRASE),
            b'p' if next == b'a' => when(b"panic", Self::PANIC),
            b'T' if next == b'S' && rest.get(2).is_some_and(u8::is_ascii_digit) => Self::TS_CODE,
            b'T' if next == b'r' => when(b"Traceback (most", Self::TRACEBACK),
            b'T' if next == b'I' => when(b"TIMEOUT [", Self::FAIL),
            b'S' if next == b'I' => when(b"SIGABRT [", Self::FAIL).or(when(b"SIGSEGV [", Self::FAIL)),
            b'U' if next == b'n' => when(b"Undefined symbols", Self::UNDEFINED),
            b'u' if next == b'n' => when(b"undefined", Self::UNDEFINED).or(when(b"unexpected", Self::PHRASE)),
            b'x' if next == b'c' => when(b"xception", Self::EXCEPTION),
            b'*' if next == b'*' => when(b"** (", Self::EXCEPTION).or(when(b"*** ", Self::EXCEPTION)),
            128.. => Self::SYMBOL,
            _ => none,
        }
    }

    fn of_start(bytes: &[u8]) -> Self {
        let text = bytes.trim_ascii_start();
        let mut hints = Self::default();
        match text {
            [a, b, c, ..] if a == b && b == c && matches!(a, b'-' | b'=' | b'_') => {
                hints = Self::RULER;
            }
            [digit, rest @ ..] if digit.is_ascii_digit() => {
                hints = Self::ROW;
                let after = rest.iter().position(|byte| !byte.is_ascii_digit());
                if after.is_some_and(|at| rest[at] == b')') {
                    hints = hints.or(Self::NUMBERED);
                }
            }
            _ if text.starts_with(b"not ok") || text.starts_with(b"# Subtest: ") => hints = Self::NOT_OK,
            _ if bytes.starts_with(b"E   ") => hints = Self::PYTEST_E,
            _ => {}
        }
        hints
    }
}

/// Whether a path could end here. Times (`12:30`) and data (`"x":3`) have colons before numbers
/// too, on so many lines that they must be told apart at once; `a.f90:3` is a path.
fn ends_path(before: &[u8]) -> bool {
    let Some(&last) = before.last() else {
        return false;
    };
    if last.is_ascii_digit() {
        let name = before.len().saturating_sub(8);
        let tail = &before[name..];
        let letters = tail.iter().rposition(|byte| !byte.is_ascii_digit());
        let tail = &tail[..letters.map_or(0, |at| at + 1)];
        let dot = tail.iter().rposition(|byte| !byte.is_ascii_alphabetic());
        return dot.is_some_and(|at| tail[at] == b'.' && at + 1 < tail.len());
    }
    last.is_ascii_alphabetic() || matches!(last, b'_' | b'+')
}

/// The first two bytes of all signs: each row has a bit that its first bytes set in the one table
/// and its second bytes in the other. Looking at pairs keeps the loop from stopping at every `r`.
const PAIRS: ([u16; 256], [u16; 256]) = {
    const ROWS: &[(&[u8], &[u8])] = &[
        (b":([", b"0123456789["),
        (b"(", b"TSN"),
        (b"r", b"r"),
        (b"R", b"R"),
        (b"wW", b"aAo"),
        (b"fFp", b"aAi"),
        (b"T", b"rSI"),
        (b"D", b"i"),
        (b"S", b"I"),
        (b"M", b"o"),
        (b"uU", b"n"),
        (b"x", b"c"),
        (b"*", b"*"),
    ];
    let mut first = [0; 256];
    let mut second = [0; 256];
    let mut row = 0;
    while row < ROWS.len() {
        let (ones, twos) = ROWS[row];
        let mut at = 0;
        while at < ones.len() {
            first[ones[at] as usize] |= 1 << row;
            at += 1;
        }
        at = 0;
        while at < twos.len() {
            second[twos[at] as usize] |= 1 << row;
            at += 1;
        }
        row += 1;
    }
    // Beyond ASCII any pair will do.
    let mut byte = 0;
    while byte < 256 {
        if byte >= 128 {
            first[byte] |= 1 << 15;
        }
        second[byte] |= 1 << 15;
        byte += 1;
    }
    (first, second)
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_seen_and_plain_lines_have_none() {
        for (line, hint) in [
            ("src/a.rs:3: x", Hints::COLON_NUMBER),
            ("src/a.f90:3: x", Hints::COLON_NUMBER),
            ("[ERROR] A.java:[3,5] x", Hints::COLON_NUMBER),
            ("a.ts(3,5): x", Hints::PAREN_NUMBER),
            ("AssertionError", Hints::ERROR),
            ("  WARN x", Hints::WARNING),
            ("test a ... FAILED", Hints::FAIL),
            ("  1) suite", Hints::NUMBERED),
            ("E   assert 1", Hints::PYTEST_E),
            ("__ test_a __", Hints::default()),
            ("___ test_a ___", Hints::RULER),
            ("  3  msg", Hints::ROW),
            ("  ● x", Hints::SYMBOL),
            ("Diff in /a", Hints::PHRASE),
        ] {
            assert!(Hints::of(line).meets(hint) || hint == Hints::default(), "{line}");
        }
        assert_eq!(Hints::of("   Compiling app v0.1.0 (/work/app)"), Hints::default());
        for line in ["https://example.org/path", "at 2024-05-01T12:30:45 x", "{\"x\":3}", "[12:30] x"] {
            assert!(!Hints::of(line).meets(Hints::COLON_NUMBER), "{line}");
        }
    }
}
