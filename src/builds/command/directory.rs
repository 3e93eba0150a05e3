//! Where a command line goes before it builds.

use super::{classify, programs};

/// The directory that the line changes to before its first build-like command, relative where it is; `None`: it stays.
#[must_use]
pub fn directory(line: &str) -> Option<String> {
    let mut dir: Option<String> = None;
    for words in programs(line)?.commands {
        match words.as_slice() {
            [cd, to] if cd == "cd" || cd == "pushd" => {
                let inside = dir.filter(|_| !to.starts_with('/'));
                dir = Some(inside.map_or_else(|| to.clone(), |dir| format!("{dir}/{to}")));
            }
            words if classify(&words.join(" ")).is_some() => break,
            _ => {}
        }
    }
    // A variable or a home directory is the shell's to know.
    dir.filter(|dir| !dir.contains(['$', '~', '*', '`']) && dir != "-")
}

#[cfg(test)]
mod tests {
    use super::directory;

    #[test]
    fn a_line_goes_where_it_builds() {
        for (line, want) in [
            ("cargo test", None),
            ("cd tools && cargo build", Some("tools")),
            ("cd a && cd b && npx tsc --noEmit | tail -5", Some("a/b")),
            ("cd a; cd /w/b; make", Some("/w/b")),
            ("(cd web && npm test) && cd ..", Some("web")),
            ("cargo build && cd x", None),
            ("cd $HOME && make", None),
            ("cd - && make", None),
        ] {
            assert_eq!(directory(line).as_deref(), want, "{line}");
        }
    }
}
