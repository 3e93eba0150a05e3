//! Runs of builds and tests, with what makes two of them the same.

use std::path::{Component, Path, PathBuf};

use crate::builds;
use crate::model::{BuildKind, Millis, Severity};
use crate::perceive::view::BuildSeen;
use crate::store::{BuildAround, Reader, Result};

use super::BUILDS;

/// Files of one run that errors point at.
const FILES: usize = 50;

/// `start`: where the agent works, unless a run says otherwise.
pub(super) fn builds(store: &Reader, trees: &[i64], since: Millis, start: Option<&str>) -> Result<Vec<BuildSeen>> {
    // Of other worktrees nothing here depends.
    let here = &trees[..trees.len().min(1)];
    let rows = store.builds_around(here, since, BUILDS)?;
    Ok(rows.into_iter().map(|row| seen(row, start)).collect())
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
        errors_in,
        failing_tests: row.failing_tests,
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
