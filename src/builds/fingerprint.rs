//! What a failed run comes down to: one line to quote, and a mark to compare runs by.

use crate::builds::ansi::strip_ansi;
use crate::model::{Diagnostic, Severity};

/// Longest line that is quoted.
const MAX_QUOTE: usize = 300;
/// Lines from the end among which one that states an error is looked for.
const MAX_TAIL: usize = 2000;

/// The one line worth quoting: the first error with its place, else the first failing test, else
/// the last line that states an error, else the first warning.
#[must_use]
pub fn headline(diagnostics: &[Diagnostic], failing: &[String], output: &str) -> Option<String> {
    let placed = |found: &Diagnostic| {
        let place = match (&found.file, found.line) {
            (Some(file), Some(line)) => format!("{file}:{line} "),
            (Some(file), None) => format!("{file} "),
            _ => String::new(),
        };
        quoted(&format!("{place}{}", found.message))
    };
    let error = first(diagnostics, Severity::Error).map(placed);
    let test = || failing.first().map(|test| quoted(test));
    error
        .or_else(test)
        .or_else(|| last_error_line(output))
        .or_else(|| first(diagnostics, Severity::Warning).map(placed))
}

fn last_error_line(output: &str) -> Option<String> {
    let text = strip_ansi(output);
    let lines = || text.trim_end().rsplit('\n').take(MAX_TAIL).map(str::trim).filter(|line| states_error(line));
    // What npm says after a script's failure is the same for all scripts.
    let is_echo = |line: &&str| line.starts_with("npm error") || line.starts_with("npm ERR!");
    lines().find(|line| !is_echo(line)).or_else(|| lines().next()).map(quoted)
}

/// The same for two runs that fail alike: the failing tests in order of name, or else the first
/// error without what changes by itself (numbers of lines, addresses, times, places outside the
/// project). A run that fails with nothing but warnings treats them as errors.
#[must_use]
pub fn fingerprint(diagnostics: &[Diagnostic], failing: &[String]) -> Option<String> {
    if !failing.is_empty() {
        let mut ids: Vec<String> = failing.iter().map(|id| without_addresses(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        return Some(ids.join("\n"));
    }
    let error = first(diagnostics, Severity::Error).or_else(|| first(diagnostics, Severity::Warning))?;
    let file = error.file.as_deref().map(lasting_path).unwrap_or_default();
    let code = error.code.as_deref().unwrap_or_default();
    Some(format!("{file} {code} {}", lasting(&error.message)).trim().to_owned())
}

/// One with a place before one without: the latter often only sums up.
fn first(diagnostics: &[Diagnostic], severity: Severity) -> Option<&Diagnostic> {
    let mut of_kind = diagnostics.iter().filter(|found| found.severity == severity);
    let first = of_kind.next()?;
    if first.file.is_some() {
        return Some(first);
    }
    of_kind.find(|found| found.file.is_some()).or(Some(first))
}

fn states_error(line: &str) -> bool {
    const SIGNS: &[&str] = &[
        "error[",
        "error:",
        "error ",
        "failed:",
        "failed ",
        "failure:",
        "panic:",
        "fatal:",
        "undefined:",
        "cannot find",
        "no such file",
        "not found",
        "exception",
        "uncaught",
        "exited with code",
        "*** ",
        "no module named",
        "permission denied",
    ];
    let lower = line.get(..line.floor_char_boundary(400)).unwrap_or_default().to_ascii_lowercase();
    // `0 errors`, `errors: 0` and the like say the opposite.
    let denies = ["0 error", "no error", "0 failed", "0 failures", "error(s): 0", "failed: 0", "code 0", "failed 0"];
    SIGNS.iter().any(|sign| lower.contains(sign)) && !denies.iter().any(|denial| lower.contains(denial))
}

fn quoted(line: &str) -> String {
    line[..line.floor_char_boundary(MAX_QUOTE)].to_owned()
}

/// A path inside the project is printed relative; of one outside, the name stays.
fn lasting_path(path: &str) -> String {
    let is_absolute =
        path.starts_with(['/', '~']) || path.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/");
    // What lies right in the directory for temporary files has a name made up for this run.
    let temporary = ["/tmp/", "/var/tmp/", "/private/tmp/"].iter().find_map(|dir| path.strip_prefix(dir));
    if temporary.is_some_and(|name| !name.contains('/')) {
        return "#".to_owned();
    }
    let path = if is_absolute { path.rsplit(['/', '\\']).next().unwrap_or(path) } else { path };
    path.strip_prefix("./").unwrap_or(path).to_owned()
}

/// Ids name parameters as the language prints them, now and then with their address.
fn without_addresses(id: &str) -> String {
    let mut parts = id.split("0x");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        let is_address = part.len() - rest.len() >= 6;
        text.push_str(if is_address { "#" } else { "0x" });
        text.push_str(if is_address { rest } else { part });
    }
    text
}

/// The text with numbers of lines, times, addresses and ids as `#`, and absolute paths as their last
/// name. Other numbers stay: `left: 3` after `left: 2` is a different failure.
fn lasting(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut counts = false;
    let mut words = message.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !text.is_empty() {
            text.push(' ');
        }
        let is_duration = words.peek().is_some_and(|next| is_time_unit(next.trim_matches([',', '.', ';', ')'])));
        text.push_str(&lasting_word(word, counts || is_duration));
        counts = matches!(
            word.trim_matches([',', ':', '(']),
            "line" | "lines" | "column" | "col" | "pid" | "PID" | "process" | "port" | "seed" | "--seed"
        );
    }
    text
}

fn is_time_unit(word: &str) -> bool {
    matches!(word, "ms" | "milliseconds" | "s" | "sec" | "secs" | "second" | "seconds" | "minute" | "minutes")
}

/// `counts`: the word before says that this is a number of a line, a process ….
fn lasting_word(word: &str, counts: bool) -> String {
    // Quotes and brackets around a path stay as they are.
    let edge = |c: char| "\"'`()[]{}<>,;".contains(c);
    let core = word.trim_matches(edge);
    let start = word.len() - word.trim_start_matches(edge).len();
    if core.is_empty() {
        return word.to_owned();
    }
    let end = &word[start + core.len()..];
    if is_uuid(core) || is_date(core) {
        return format!("{}#{end}", &word[..start]);
    }
    // `open('/tmp/x')`, `path=/tmp/x`: a path may start behind a sign.
    let from = core
        .find('/')
        .filter(|at| core[..*at].ends_with(|c: char| "=('\"`<:[".contains(c)) && !core[*at..].starts_with("//"));
    let from = if core.len() > 1 && (core.starts_with('/') || core.get(1..3) == Some(":\\")) { Some(0) } else { from };
    let lasting = from.map_or_else(|| core.to_owned(), |at| format!("{}{}", &core[..at], lasting_path(&core[at..])));
    format!("{}{}{end}", &word[..start], without_numbers(&lasting, counts))
}

/// `3f2a9c1e-0b7d-4e21-9a55-0c1d2e3f4a5b`.
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// `2026-11-20`, `2026-11-20T18:17:16.183Z`.
fn is_date(text: &str) -> bool {
    let date = text.as_bytes().get(..10).unwrap_or_default();
    let is_shaped = date.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    date.len() == 10 && is_shaped && text[10..].bytes().all(|b| b.is_ascii_digit() || b"TZ:.+-".contains(&b))
}

fn without_numbers(text: &str, counts: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut in_number = first.is_ascii_digit();
        let end = rest.find(|c: char| {
            // A number takes its decimals along, a name does not take a dot.
            in_number &= c.is_ascii_digit() || c == '.';
            !(c.is_alphanumeric() || c == '_' || in_number)
        });
        let end = end.unwrap_or(rest.len()).max(first.len_utf8());
        let (token, after) = rest.split_at(end);
        let in_clock = out.ends_with(':')
            || out.ends_with("pid=")
            || after.strip_prefix(':').is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        out.push_str(if changes(token, counts || in_clock) { "#" } else { token });
        rest = after;
    }
    out
}

/// Whether a token is a time, an address, an id, or a number in a place where such stand.
fn changes(token: &str, in_place: bool) -> bool {
    let unit = token.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let digits = token.len() - unit.len();
    let is_number = token.starts_with(|c: char| c.is_ascii_digit());
    let is_time = is_number && matches!(unit, "ms" | "s" | "us" | "µs" | "ns");
    let is_address = token.starts_with("0x");
    let all_hex = token.bytes().all(|b| b.is_ascii_hexdigit());
    let is_id = token.len() >= 7 && all_hex && token.bytes().any(|b| b.is_ascii_digit());
    is_time || is_address || is_id || is_number && unit.is_empty() && (in_place || digits >= 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(file: &str, line: u32, message: &str) -> Diagnostic {
        Diagnostic {
            file: Some(file.to_owned()),
            line: Some(line),
            column: None,
            severity: Severity::Error,
            code: Some("E1".to_owned()),
            message: message.to_owned(),
        }
    }

    fn mark(file: &str, line: u32, message: &str) -> String {
        fingerprint(&[error(file, line, message)], &[]).unwrap_or_default()
    }

    #[test]
    fn a_mark_survives_what_changes_by_itself() {
        for (one, other) in [
            (("a.rs", 3, "at a.rs:3:5"), ("./a.rs", 9, "at a.rs:19:7")),
            (("/home/me/lib/a.rs", 3, "x"), ("/root/other/lib/a.rs", 4, "x")),
            (("a.rs", 1, "timeout after 12ms"), ("a.rs", 1, "timeout after 3.5ms")),
            (("a.rs", 1, "<Foo at 0x7f00aa>"), ("a.rs", 1, "<Foo at 0x8e11bb>")),
            (("a.rs", 1, "cannot read '/tmp/x1/data.txt'"), ("a.rs", 1, "cannot read '/var/y/data.txt'")),
            (("a.rs", 1, "at 12:30:45 line 7"), ("a.rs", 1, "at 09:01:02 line 12")),
            (("a.rs", 1, "commit 3fa9c1d2 pid 812"), ("a.rs", 1, "commit 88ab0c1e pid 9")),
            (("a.rs", 1, "exceeded timeout of 50 ms"), ("a.rs", 1, "exceeded timeout of 61 ms")),
            (("a.py", 1, "open('/tmp/pytest-3/t0/a.txt')"), ("a.py", 1, "open('/tmp/pytest-4/t0/a.txt')")),
            (("a.py", 1, "no such file: '/tmp/tmpab12xy'"), ("a.py", 1, "no such file: '/tmp/tmpqq98zz'")),
            (("a.c", 1, "/tmp/ccOpd3O8.o: in function f"), ("a.c", 1, "/tmp/ccLyoDuP.o: in function f")),
            (("a.go", 1, "at 2026-11-20T18:17:16.183Z"), ("a.go", 1, "at 2027-01-02T03:04:05Z")),
            (
                ("a.go", 1, "id 3f2a9c1e-0b7d-4e21-9a55-0c1d2e3f4a5b is gone"),
                ("a.go", 1, "id 00aa9c1e-1b7d-4e21-8a55-0c1d2e3f4aff is gone"),
            ),
            (("a.rs", 1, "connect 127.0.0.1:41234 refused"), ("a.rs", 1, "connect 127.0.0.1:39876 refused")),
        ] {
            assert_eq!(mark(one.0, one.1, one.2), mark(other.0, other.1, other.2));
        }
    }

    #[test]
    fn a_mark_tells_failures_apart() {
        for (one, other) in [
            ("cannot find value `x`", "cannot find value `y`"),
            ("left: 1, right: 2", "left: 3, right: 2"),
            ("expected i32", "expected i64"),
            ("cannot find symbol: class Strin", "cannot find symbol: class Lis"),
            ("No module named 'a/b'", "No module named 'a/c'"),
            ("exit code 1", "exit code 2"),
            ("expected 2026 items", "expected 2027 items"),
            ("open('/etc/hosts')", "open('/etc/passwd')"),
        ] {
            assert_ne!(mark("a.rs", 1, one), mark("a.rs", 1, other));
        }
        assert_ne!(mark("a.rs", 1, "x"), mark("b.rs", 1, "x"));
    }

    #[test]
    fn tests_come_first_and_sorted() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<String>>();
        let found = [error("a.rs", 3, "x")];
        assert_eq!(fingerprint(&found, &ids(&["b", "a", "b"])).as_deref(), Some("a\nb"));
        let named = |address: &str| ids(&[&format!("a.py::t[<O at 0x{address}>]"), "a.py::t[0x1]"]);
        assert_eq!(fingerprint(&[], &named("7f94096")), fingerprint(&[], &named("7f00aa1")));
        assert_ne!(fingerprint(&[], &ids(&["a.py::t[0x1]"])), fingerprint(&[], &ids(&["a.py::t[0x2]"])));
        assert_eq!(fingerprint(&[], &[]), None);
        let warning = Diagnostic { severity: Severity::Warning, ..error("a.rs", 3, "x") };
        assert_eq!(fingerprint(std::slice::from_ref(&warning), &[]), fingerprint(&found, &[]));
        assert_eq!(headline(&[warning], &[], "all good").as_deref(), Some("a.rs:3 x"));
    }

    #[test]
    fn the_line_worth_quoting() {
        let placeless = Diagnostic { file: None, line: None, ..error("", 0, "linking failed") };
        let tests = ["a::b".to_owned()];
        let output = "Compiling\nError: no such file or directory\n0 errors\nexit\n";
        for (diagnostics, failing, expected) in [
            (vec![placeless.clone(), error("a.rs", 3, "bad")], &tests[..], Some("a.rs:3 bad")),
            (vec![placeless], &tests[..], Some("linking failed")),
            (vec![], &tests[..], Some("a::b")),
            (vec![], &[], Some("Error: no such file or directory")),
        ] {
            assert_eq!(headline(&diagnostics, failing, output).as_deref(), expected);
        }
        assert_eq!(headline(&[], &[], "all good\n"), None);
    }

    proptest! {
        #[test]
        fn never_panics(message in r"([a-zé/:.'0-9 (]|0x|C:\\|line ){0,30}", output in any::<String>()) {
            let found = [error(&message, 1, &message)];
            let mark = fingerprint(&found, &[]);
            prop_assert_eq!(mark, fingerprint(&found, &[]));
            let _ = headline(&[], &[], &output);
            let _ = headline(&[], &[], &format!("error: {message}"));
        }
    }
}
