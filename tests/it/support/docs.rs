//! Suites of stories, and the pages that they write: a part of one is a heading of the first level and all up to the
//! next one.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::project_dir;

/// Suites that take all of the machine run one after the other.
static SUITE: Mutex<()> = Mutex::new(());

pub fn alone() -> MutexGuard<'static, ()> {
    SUITE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two tests may write parts of one page.
static WRITING: Mutex<()> = Mutex::new(());

/// The page's part that begins with the first line of `text`, if `same` says that it says the same.
///
/// With `UPDATE_DOCS=1` it is written anew first, the other parts stay.
pub fn check_part(page: &str, text: &str, same: impl Fn(&str, &str) -> bool) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let path: PathBuf = project_dir().join(page);
    let whole = std::fs::read_to_string(&path).unwrap_or_default();
    let heading = text.lines().next().expect("a heading");
    let mut parts = parts(&whole);
    let at = parts.iter().position(|part| part.lines().next() == Some(heading));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let text = format!("{}\n", text.trim_end());
        match at {
            Some(at) => parts[at] = text,
            None => parts.push(text),
        }
        let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
        std::fs::write(&path, format!("{}\n", parts.join("\n\n"))).unwrap();
        return;
    }
    let kept = at.map(|at| parts[at].clone()).unwrap_or_default();
    assert!(
        same(kept.trim_end(), text.trim_end()),
        "{page} is not what the stories tell; UPDATE_DOCS=1 writes it anew:\n{text}"
    );
}

fn parts(page: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in page.lines() {
        if line.starts_with("# ") || parts.is_empty() {
            parts.push(String::new());
        }
        let part = parts.last_mut().expect("there is one");
        part.push_str(line);
        part.push('\n');
    }
    parts
}
