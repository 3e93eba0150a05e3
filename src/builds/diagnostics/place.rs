//! Places in files, in the notations that tools share.

use crate::model::{Diagnostic, Severity};

/// A file, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
}

impl<'a> Place<'a> {
    pub(super) fn file(file: &'a str) -> Self {
        Self { file, line: None, column: None }
    }

    /// Whether the file's name ends in one of these extensions.
    pub(super) fn has_extension(&self, extensions: &[&str]) -> bool {
        has_extension(self.file, extensions)
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Diagnostic {
        self.diagnostic(Severity::Error, None, message)
    }

    pub(super) fn diagnostic(&self, severity: Severity, code: Option<&str>, message: impl Into<String>) -> Diagnostic {
        let file = self.file.strip_prefix("file://").unwrap_or(self.file);
        Diagnostic {
            file: (!file.is_empty()).then(|| file.to_owned()),
            line: self.line,
            column: self.column,
            severity,
            code: code.filter(|code| !code.is_empty()).map(str::to_owned),
            message: message.into(),
        }
    }
}

pub(super) fn has_extension(file: &str, extensions: &[&str]) -> bool {
    let (_, extension) = file.rsplit_once('.').unwrap_or_default();
    extensions.contains(&extension)
}

/// A complaint about no file in particular.
pub(super) fn nowhere(message: impl Into<String>) -> Diagnostic {
    Place::default().error(message)
}

/// `path:line` or `path:line:column` at the start, and what follows the last number.
pub(super) fn leading(text: &str) -> Option<(Place<'_>, &str)> {
    // A colon that is no separator can stand before: `C:\a.ts:3`, `file:///a.kt:3`.
    let mut from = 0;
    loop {
        let colon = from + text[from..].find(':')?;
        let (line, rest) = number(&text[colon + 1..]).unzip();
        if let (Some(line), Some(rest)) = (line, rest) {
            let file = &text[..colon];
            let (column, rest) =
                rest.strip_prefix(':').and_then(number).map_or((None, rest), |(column, rest)| (Some(column), rest));
            return is_path(file).then_some((Place { file, line: Some(line), column }, rest));
        }
        from = colon + 1;
        // Only a drive letter or a scheme may come before the path's end.
        if colon != 1 && !text[from..].starts_with("//") {
            return None;
        }
    }
}

/// A text that is nothing but a place.
pub(super) fn whole(text: &str) -> Option<Place<'_>> {
    leading(text).filter(|(_, rest)| rest.is_empty()).map(|(place, _)| place)
}

/// `path(line,column)` or `path(line)` at the start, and what follows the bracket. The path may
/// hold brackets itself (`app/(shop)/page.tsx(3,5)`).
pub(super) fn leading_in_brackets(text: &str) -> Option<(Place<'_>, &str)> {
    for (open, _) in text.match_indices('(').take(8) {
        let Some((line, rest)) = number(&text[open + 1..]) else {
            continue;
        };
        let (column, rest) =
            rest.strip_prefix(',').and_then(number).map_or((None, rest), |(column, rest)| (Some(column), rest));
        // MSBuild can print a range: `(3,5,3,9)`.
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',' || c == '-');
        if let Some(rest) = rest.strip_prefix(')')
            && is_path(text[..open].trim_end())
        {
            return Some((Place { file: text[..open].trim_end(), line: Some(line), column }, rest));
        }
    }
    None
}

/// The place in a stack frame: `at f (src/a.ts:3:5)`, `at src/a.ts:3:5`.
pub(super) fn in_frame(line: &str) -> Option<Place<'_>> {
    let frame = line.trim_start().strip_prefix("at ")?;
    let inner = match frame.rsplit_once('(') {
        Some((_, inner)) => inner.split(')').next().unwrap_or(inner),
        None => frame.rsplit(' ').next().unwrap_or(frame),
    };
    whole(inner)
}

/// Whether a place belongs to a library or the runtime rather than to the project.
pub(super) fn is_foreign(file: &str) -> bool {
    file.starts_with("node:")
        || file.starts_with('<')
        || [
            "node_modules/",
            "/site-packages/",
            "/dist-packages/",
            "/lib/python3",
            "/usr/local/go/",
            "/usr/lib/go",
            "/go/pkg/mod/",
            "/src/runtime/",
            "/src/testing/",
            "/.cargo/registry/",
            "/rustc/",
            "/gems/",
            "/lib/ruby/",
            "internal/process/",
            "/vendor/phpunit/",
            "/opt/homebrew/",
            "\\node_modules\\",
            "/usr/include/",
            "/include/c++/",
            "/usr/lib/gcc/",
            "/usr/share/php/",
            "/usr/share/ruby/",
        ]
        .iter()
        .any(|part| file.contains(part))
}

/// A decimal number at the start that fits a line number, and the rest.
pub(super) fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    // Seven digits are no line of a source file but a time or an id.
    if digits == 0 || digits > 7 {
        return None;
    }
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

/// Whether a text looks like the path of a source file: no blanks or quotes, and a name with an
/// extension that is no number, or one of the known names without.
pub(super) fn is_path(text: &str) -> bool {
    const BARE: &[&str] = &[
        "Makefile",
        "makefile",
        "GNUmakefile",
        "Dockerfile",
        "Containerfile",
        "Rakefile",
        "Gemfile",
        "justfile",
        "Justfile",
        "BUILD",
        "WORKSPACE",
        "Jenkinsfile",
        "Podfile",
        "Vagrantfile",
        "Procfile",
    ];
    // Ends of host names and of files that only quote others.
    const NOT_SOURCE: &[&str] = &["com", "org", "net", "io", "dev", "local", "internal", "log", "lock"];
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    let named = BARE.contains(&name)
        || name.rsplit_once('.').is_some_and(|(stem, extension)| {
            (!stem.is_empty() || name.len() < text.len())
                && (1..=12).contains(&extension.len())
                && extension.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'+')
                && !extension.bytes().all(|b| b.is_ascii_digit())
                && !NOT_SOURCE.contains(&extension)
        });
    // The name is looked at first: it rules out most texts without reading them whole.
    named
        && text.len() <= 400
        && !text.bytes().any(|byte| NOT_IN_PATH[usize::from(byte)])
        && (!text.contains("://") || text.starts_with("file://"))
}

/// Blanks, quotes and signs of code, at least where tools print paths with places.
const NOT_IN_PATH: [bool; 256] = {
    let mut table = [false; 256];
    let signs = b" \t\r\n\"'<>|`,;=?*{}";
    let mut at = 0;
    while at < signs.len() {
        table[signs[at] as usize] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &str, line: u32, column: Option<u32>) -> Place<'_> {
        Place { file, line: Some(line), column }
    }

    #[test]
    fn places_are_read() {
        for (text, expected, rest) in [
            ("src/a.rs:3:5: x", place("src/a.rs", 3, Some(5)), ": x"),
            ("a.c:3: x", place("a.c", 3, None), ": x"),
            (r"C:\x\a.ts:3:5", place(r"C:\x\a.ts", 3, Some(5)), ""),
            ("file:///p/A.kt:3:5 x", place("file:///p/A.kt", 3, Some(5)), " x"),
            ("Dockerfile:7", place("Dockerfile", 7, None), ""),
            ("app/[id]/(x)/page.tsx:1:2", place("app/[id]/(x)/page.tsx", 1, Some(2)), ""),
        ] {
            assert_eq!(leading(text), Some((expected, rest)), "{text}");
        }
        assert_eq!(
            leading_in_brackets("app/(shop)/page.tsx(3,5): x"),
            Some((place("app/(shop)/page.tsx", 3, Some(5)), ": x"))
        );
        assert_eq!(
            in_frame("      at Object.<anonymous> (src/a.test.ts:3:5)"),
            Some(place("src/a.test.ts", 3, Some(5)))
        );
    }

    #[test]
    fn other_colons_are_no_places() {
        for text in [
            "12:30:45 foo",
            "2024-01-01T12:30:45 foo",
            "http://localhost:80/",
            "http://x.y:80/",
            "localhost:3000: x",
            "127.0.0.1:8080: error: x",
            "example.com:443: error",
            "key: 3",
            "a b.rs:3:1",
            "v1.2:3:4",
            "server.log:3: error",
            ":3:4",
            "",
        ] {
            assert_eq!(leading(text), None, "{text}");
        }
    }
}
