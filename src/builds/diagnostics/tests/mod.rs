//! Outputs of real shape, and what must and must not be read from them.

mod compiled;
mod javascript;
mod noise;
mod real;
mod scripting;

use super::{diagnostics, failing_tests};
use crate::model::{Diagnostic, Severity};

/// A diagnostic in one line: `E a.rs:3:5 [E0308] message`.
fn shown(found: &Diagnostic) -> String {
    let grade = match found.severity {
        Severity::Error => "E",
        Severity::Warning => "W",
        Severity::Note => "N",
    };
    let mut place = found.file.clone().unwrap_or_else(|| "-".to_owned());
    for number in [found.line, found.column].into_iter().flatten() {
        place = format!("{place}:{number}");
    }
    let code = found.code.as_ref().map(|code| format!("[{code}] ")).unwrap_or_default();
    format!("{grade} {place} {code}{}", found.message)
}

#[track_caller]
fn assert_reads(output: &str, expected: &[&str]) {
    let found: Vec<String> = diagnostics(output, 50).iter().map(shown).collect();
    assert_eq!(found, expected, "\n{output}");
}

#[track_caller]
fn assert_fails(output: &str, expected: &[&str]) {
    assert_eq!(failing_tests(output, 50), expected, "\n{output}");
}
