//! Spells paths one way, also those of another operating system and those that are gone.

use std::path::{Component, Path, PathBuf};

use super::elsewhere::drive;

/// Whether the path belongs to the other family of systems, so that asking this disk is pointless.
pub(super) fn is_foreign(path: &Path) -> bool {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        text.starts_with('/') && !text.starts_with("//")
    } else {
        has_drive(&text) || text.starts_with(r"\\")
    }
}

fn has_drive(text: &str) -> bool {
    drive(text).is_some()
}

/// The path without trailing separators; native ones also without `.`, `..` and doubled separators.
pub(super) fn tidy(path: &Path) -> PathBuf {
    if is_foreign(path) {
        return path.to_str().map_or_else(|| path.to_path_buf(), |text| trim_foreign(text).into());
    }
    let mut tidied = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if !tidied.as_os_str().is_empty() => {
                // `/..` is `/`, where `pop` does nothing.
                tidied.pop();
            }
            other => tidied.push(other),
        }
    }
    tidied
}

pub(super) fn trim_foreign(text: &str) -> &str {
    let trimmed = text.trim_end_matches(['/', '\\']);
    if trimmed.is_empty() {
        text
    } else if has_drive(trimmed) && trimmed.len() == 2 {
        // `D:\` is a root, `D:` would be the current directory of a drive.
        text.get(..3).unwrap_or(text)
    } else {
        trimmed
    }
}

/// The real path, or `None` where there is nothing to be found.
pub(super) fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().map(without_verbatim_prefix)
}

/// Windows answers with `\\?\C:\x`, which no agent and no person ever writes.
fn without_verbatim_prefix(path: PathBuf) -> PathBuf {
    let Some(rest) = path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) else {
        return path;
    };
    if has_drive(rest) {
        PathBuf::from(rest)
    } else if let Some(share) = rest.strip_prefix(r"UNC\") {
        PathBuf::from(format!(r"\\{share}"))
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbatim_prefixes_go() {
        for (given, wanted) in [
            (r"\\?\C:\work\app", r"C:\work\app"),
            (r"\\?\UNC\server\share\app", r"\\server\share\app"),
            (r"\\?\Volume{1}\app", r"\\?\Volume{1}\app"),
            ("/work/app", "/work/app"),
        ] {
            assert_eq!(without_verbatim_prefix(PathBuf::from(given)), PathBuf::from(wanted));
        }
    }

    #[cfg(unix)]
    #[test]
    fn paths_are_tidied_by_their_spelling() {
        for (given, wanted) in [
            ("/gone/app/", "/gone/app"),
            ("/gone//app/./x/", "/gone/app/x"),
            ("/gone/app/../web", "/gone/web"),
            ("/..", "/"),
            ("/", "/"),
            ("", ""),
            (r"D:\x\", r"D:\x"),
            (r"D:\", r"D:\"),
            ("D:/x/", "D:/x"),
            ("D:", "D:"),
            (r"\\server\share\app\", r"\\server\share\app"),
            (r"D:\a\..\b", r"D:\a\..\b"),
        ] {
            assert_eq!(tidy(Path::new(given)).as_os_str(), PathBuf::from(wanted).as_os_str(), "{given}");
        }
    }
}
