//! Runs of builds and tests, with what makes two of them the same.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::builds;
use crate::model::{BuildKind, Millis, Severity};
use crate::perceive::view::BuildSeen;
use crate::store::{BuildAround, Reader, Result};

use super::BUILDS;

/// Files of one run that errors point at.
const FILES: usize = 50;

/// Runs that were read already: what one printed is long, and every hook looks at the same ones.
#[derive(Debug, Default)]
pub struct Memo(Mutex<HashMap<(i64, i64), Known>>);

/// So many are remembered, of all projects.
const REMEMBERED: usize = 256;

#[derive(Debug, Clone)]
struct Known {
    /// Where the agent worked.
    start: Option<String>,
    seen: BuildSeen,
}

/// `start`: where the agent works, unless a run says otherwise.
pub(super) fn builds(
    store: &Reader,
    trees: &[i64],
    since: Millis,
    start: Option<&str>,
    memo: &Memo,
) -> Result<Vec<BuildSeen>> {
    // Of other worktrees nothing here depends.
    let here = &trees[..trees.len().min(1)];
    let mut known = memo.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut builds = Vec::new();
    for key in store.builds_around(here, since, BUILDS)? {
        if let Some(known) = known.get(&key).filter(|known| known.start.as_deref() == start) {
            builds.push(known.seen.clone());
            continue;
        }
        let Some(row) = store.build_around(key.0)? else { continue };
        let seen = seen(row, start);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, Known { start: start.map(str::to_owned), seen: seen.clone() });
        builds.push(seen);
    }
    Ok(builds)
}

fn seen(row: BuildAround, start: Option<&str>) -> BuildSeen {
    let normal = builds::classify(&row.command);
    let same = normal.map(|normal| format!("{} {}", normal.family, normal.target).trim_end().to_owned());
    let base = ran_in(&row, start);
    let base = base.as_deref();
    let mut errors_in: Vec<String> = Vec::new();
    let errors = row.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    for file in errors.filter_map(|found| found.file.as_deref()) {
        let path = absolute(file, base);
        if errors_in.len() < FILES && !errors_in.contains(&path) {
            errors_in.push(path);
        }
    }
    BuildSeen {
        same: same.unwrap_or_else(|| row.tag.clone()),
        kind: kind(&row.kind),
        started: row.started,
        ended: row.ended,
        error: row.last_error.or_else(|| builds::headline(&row.diagnostics, &row.failing_tests, "")),
        fingerprint: builds::fingerprint(&row.diagnostics, &row.failing_tests),
        status: row.status,
        errors_in: errors_in.into(),
        failing_tests: row.failing_tests.into(),
        cwd: base.map(str::to_owned),
        tag: row.tag,
        session: row.session,
    }
}

/// A shell line may go somewhere else first.
fn ran_in(row: &BuildAround, start: Option<&str>) -> Option<String> {
    let start = row.cwd.as_deref().or(start);
    match builds::directory(&row.command) {
        Some(dir) if row.session.is_some() => Some(absolute(&dir, start)),
        _ => start.map(str::to_owned),
    }
}

fn kind(name: &str) -> BuildKind {
    match name {
        "test" => BuildKind::Test,
        "lint" => BuildKind::Lint,
        "type_check" => BuildKind::TypeCheck,
        _ => BuildKind::Build,
    }
}

/// Without `.` and `..`, so that it reads as others spell it.
fn absolute(file: &str, base: Option<&str>) -> String {
    let joined = base.map_or_else(|| PathBuf::from(file), |base| Path::new(base).join(file));
    let mut plain = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain.to_string_lossy().into_owned()
}
