//! Names that editors and tools give to files of a moment: locks, swap files, backups, halves of an atomic save.

use std::ffi::OsStr;

/// Whether a file of this name is never somebody's work.
pub(super) fn is_noise(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let starts = |with: &[u8]| name.starts_with(with);
    let ends = |with: &[u8]| name.ends_with(with);
    name == b"4913"
        || name == b".DS_Store"
        || (ends(b"~") && name.len() > 1)
        || (starts(b"#") && ends(b"#") && name.len() > 2)
        || starts(b".#")
        || starts(b".~lock.")
        || ends(b"___jb_tmp___")
        || ends(b"___jb_old___")
        || ends(b".kate-swp")
        || ends(b".crswap")
        || starts(b".goutputstream-")
        || starts(b".nfs0000")
        || is_swap(name)
        || is_numbered(name)
        || name.strip_prefix(b".tmp").is_some_and(is_drawn)
        || name.strip_prefix(b"sed").is_some_and(is_drawn)
}

/// `.name.swp` and what vim calls further ones of the same file.
fn is_swap(name: &[u8]) -> bool {
    let Some(rest) = name.strip_prefix(b".") else { return false };
    let Some(dot) = rest.iter().rposition(|b| *b == b'.') else { return false };
    match &rest[dot + 1..] {
        [b's', b'w' | b'v', b'j'..=b'z'] | b"swpx" => dot > 0,
        _ => false,
    }
}

/// `name.tmp.1234`, `name.tmp.1234.567890`, `name.tmp.3fa9c1`.
fn is_numbered(name: &[u8]) -> bool {
    const MARK: &[u8] = b".tmp.";
    let Some(at) = name.windows(MARK.len()).rposition(|window| window == MARK) else { return false };
    let rest = &name[at + MARK.len()..];
    !rest.is_empty()
        && rest.iter().any(u8::is_ascii_digit)
        && rest.iter().all(|b| b.is_ascii_hexdigit() || *b == b'.' || *b == b'-')
}

/// Six characters as `mkstemp` draws them; six small letters are more likely a word.
fn is_drawn(rest: &[u8]) -> bool {
    rest.len() == 6 && rest.iter().all(u8::is_ascii_alphanumeric) && !rest.iter().all(u8::is_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_moment_are_known() {
        for name in [
            "4913",
            "main.rs~",
            "#main.rs#",
            ".#main.rs",
            ".main.rs.swp",
            ".main.rs.swo",
            ".main.rs.swx",
            "main.rs___jb_tmp___",
            "main.rs.tmp.4711",
            "a.ts.tmp.312.1760000000000",
            "sedAb12xY",
            ".tmpQ1w2e3",
            ".~lock.table.ods#",
            ".main.rs.swpx",
        ] {
            assert!(is_noise(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn work_is_not() {
        for name in [
            "main.rs",
            "Cargo.lock",
            "yarn.lock",
            "sediment",
            "sedentary",
            "x.tmp",
            "~",
            "#",
            "logo.swf",
            "a.swp",
            ".env",
            "notes.tmp.md",
            ".tmpl",
            ".swp",
            "#hash",
            "4914",
            "flake.lock",
            ".x.swf",
        ] {
            assert!(!is_noise(OsStr::new(name)), "{name}");
        }
    }
}
