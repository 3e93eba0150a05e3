//! Runs of builds and tests, with what makes two of them the same.

use std::path::{Component, Path, PathBuf};

use crate::builds;
use crate::model::{BuildKind, Millis, Severity};
use crate::perceive::view::BuildSeen;
use crate::store::{BuildAround, Head, Reader, Result};

use super::BUILDS;

/// Files of one run that errors point at.
const FILES: usize = 50;

pub(super) fn builds(store: &Reader, trees: &[i64], since: Millis, head: &Head) -> Result<Vec<BuildSeen>> {
    // Of other worktrees nothing here depends.
    let here = &trees[..trees.len().min(1)];
    let rows = store.builds_around(here, since, BUILDS)?;
    Ok(rows.into_iter().map(|row| seen(row, head.root.as_deref())).collect())
}

fn seen(row: BuildAround, root: Option<&str>) -> BuildSeen {
    let normal = builds::classify(&row.command);
    let same = normal.map(|normal| format!("{} {}", normal.family, normal.target).trim_end().to_owned());
    let base = row.cwd.as_deref().or(root);
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
        cwd: row.cwd,
        tag: row.tag,
        session: row.session,
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
