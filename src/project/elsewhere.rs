//! Paths as other systems spell them: of histories that were copied here, or written on the other side of WSL.
//!
//! A drive or a share is nothing that this disk could be asked about, unless WSL shows it here. Windows knows no case;
//! inside a distribution of WSL, case counts as it does here.

use std::path::{Path, PathBuf};

/// Under which Windows shows the files of a distribution.
const WSL_SHARES: [&str; 2] = ["wsl$", "wsl.localhost"];
/// Where WSL shows the drives of Windows.
const DRIVES: &str = "/mnt/";

/// Whether a path is spelt as another system's.
#[must_use]
pub fn is_foreign(path: &str) -> bool {
    cfg!(not(windows))
        && (drive(path).is_some()
            || path.starts_with(r"\\")
            || path.starts_with("//")
            || (path.contains('\\') && !path.starts_with('/')))
}

/// Whether `path` is `place` or lies below it, however each of them is spelt.
#[must_use]
pub fn lies_in(path: &str, place: &str) -> bool {
    if is_foreign(path) || is_foreign(place) {
        return below(&unified(path), &unified(place));
    }
    below(path, place)
}

fn below(path: &str, place: &str) -> bool {
    let place = place.trim_end_matches('/');
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// One spelling for all that one directory has on either side of WSL: `c:/users/x/app`, `//server/share/app`, or a path
/// of this system.
pub(super) fn unified(path: &str) -> String {
    let plain = without_verbatim_prefix(path);
    if let Some(rest) = in_distribution(&plain) {
        return on_drive(&rest).unwrap_or(rest);
    }
    if drive(&plain).is_some() || plain.starts_with(r"\\") || plain.starts_with("//") || plain.contains('\\') {
        return trimmed(&plain.replace('\\', "/")).to_ascii_lowercase();
    }
    on_drive(&plain).unwrap_or_else(|| trimmed(&plain).to_owned())
}

/// Where this system would show a path of Windows, if it does.
pub(super) fn shown_here(path: &Path) -> Option<PathBuf> {
    let text = path.to_str().filter(|text| is_foreign(text))?;
    let plain = without_verbatim_prefix(text);
    if let Some(rest) = in_distribution(&plain) {
        return Some(rest.into());
    }
    let (letter, rest) = drive(&plain)?;
    Some(format!("{DRIVES}{}{}", letter.to_ascii_lowercase(), trimmed(&rest.replace('\\', "/"))).into())
}

/// The drive, and the path on it.
pub(super) fn drive(path: &str) -> Option<(char, &str)> {
    match path.as_bytes() {
        [letter, b':', rest @ ..]
            if letter.is_ascii_alphabetic() && matches!(rest.first(), None | Some(b'/' | b'\\')) =>
        {
            Some((char::from(*letter), &path[2..]))
        }
        _ => None,
    }
}

/// Windows answers with `\\?\C:\x`, which no agent and no person ever writes.
fn without_verbatim_prefix(path: &str) -> String {
    match path.strip_prefix(r"\\?\").or_else(|| path.strip_prefix("//?/")) {
        Some(rest) => match rest.strip_prefix(r"UNC\").or_else(|| rest.strip_prefix("UNC/")) {
            Some(share) => format!(r"\\{share}"),
            None => rest.to_owned(),
        },
        None => path.to_owned(),
    }
}

/// The path within a distribution of WSL, whichever that is: what copies of a history tell apart is no distribution.
fn in_distribution(path: &str) -> Option<String> {
    let slashed = path.replace('\\', "/");
    let (server, rest) = slashed.strip_prefix("//")?.split_once('/')?;
    if !WSL_SHARES.iter().any(|share| server.eq_ignore_ascii_case(share)) {
        return None;
    }
    let within = rest.split_once('/').map_or("", |(_distribution, within)| within);
    let within = within.trim_matches('/');
    Some(format!("/{within}"))
}

/// `/mnt/c/Users` as Windows knows it.
fn on_drive(path: &str) -> Option<String> {
    let rest = path.strip_prefix(DRIVES)?;
    let (letter, rest) = rest.split_at_checked(1)?;
    let is_drive = letter.as_bytes()[0].is_ascii_alphabetic() && (rest.is_empty() || rest.starts_with('/'));
    is_drive.then(|| format!("{letter}:{}", trimmed(rest)).to_ascii_lowercase())
}

fn trimmed(path: &str) -> &str {
    path.trim_end_matches('/')
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn places_hold_what_lies_in_them() {
        for (path, place, want) in [
            ("/w/app", "/w/app", true),
            ("/w/app/sub", "/w/app", true),
            ("/w/app2", "/w/app", false),
            ("/w", "/w/app", false),
            ("/w/app", "/", true),
            ("/w/App", "/w/app", false),
            ("/mnt/c/App", "/mnt/c/app", false),
            (r"C:\Work\App", "c:/work/app/", true),
            (r"C:\Work\App\sub", r"C:\work\app", true),
            (r"C:\Work\App2", r"C:\work\app", false),
            (r"C:\Work", r"C:\", true),
            (r"\\server\share\app", "//SERVER/share/app", true),
            (r"\\server\share\app", r"\\other\share\app", false),
            (r"C:\work\app", r"\\?\C:\work\app", true),
            (r"\\?\UNC\server\share\app", r"\\server\share", true),
        ] {
            assert_eq!(lies_in(path, place), want, "{path} in {place}");
        }
    }

    #[test]
    fn either_side_of_wsl_means_the_same_place() {
        let windows = [r"C:\Users\x\App", "c:/users/x/app/", r"\\?\C:\Users\x\App", r"\\wsl$\Ubuntu\mnt\c\Users\x\app"];
        for path in windows {
            assert!(lies_in(path, "/mnt/c/Users/x/App") && lies_in("/mnt/c/users/x/app", path), "{path}");
            assert!(!lies_in(path, "/mnt/d/Users/x/App") && !lies_in(path, "/mnt/cd/Users/x/App"), "{path}");
        }
        for path in
            [r"\\wsl$\Ubuntu\home\x\app", r"\\wsl.localhost\Ubuntu-24.04\home\x\app", "//WSL$/Ubuntu/home/x/app/"]
        {
            assert!(lies_in(path, "/home/x/app") && lies_in("/home/x/app/src", path), "{path}");
            assert!(!lies_in(path, "/home/x/App"), "{path}");
        }
    }

    #[test]
    fn what_windows_has_is_looked_for_where_wsl_shows_it() {
        for (path, here) in [
            (r"C:\Users\x\App", Some("/mnt/c/Users/x/App")),
            ("d:/", Some("/mnt/d")),
            (r"\\wsl$\Ubuntu\home\x\App", Some("/home/x/App")),
            (r"\\wsl.localhost\Ubuntu", Some("/")),
            (r"\\server\share\app", None),
            ("/home/x", None),
        ] {
            assert_eq!(shown_here(Path::new(path)).as_deref(), here.map(Path::new), "{path}");
        }
    }
}
