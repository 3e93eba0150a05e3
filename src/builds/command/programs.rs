//! The programs that a shell line runs, each with its words, and the files that it redirects output to.

use super::shell::{self, Item, Stage};
use super::verdict::script_of;
use super::wrappers;

const MAX_NESTING: usize = 6;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Programs {
    /// Every simple command, also in groups, loops and `sh -c`, without wrappers and assignments.
    pub commands: Vec<Vec<String>>,
    pub written: Vec<String>,
}

/// `None`: the line does not parse, nothing is known of it.
#[must_use]
pub fn programs(line: &str) -> Option<Programs> {
    let mut found = Programs::default();
    script(line, 0, &mut found)?;
    Some(found)
}

fn script(line: &str, depth: usize, found: &mut Programs) -> Option<()> {
    let (items, written) = shell::parse_with_files(line).ok()?;
    found.written.extend(written);
    collect(&items, depth, found)
}

fn collect(items: &[Item], depth: usize, found: &mut Programs) -> Option<()> {
    for stage in items.iter().flat_map(|item| &item.pipeline.stages) {
        match stage {
            Stage::Group(items) | Stage::Compound(items) => collect(items, depth, found)?,
            Stage::Simple(words) => match script_of(words) {
                Some(inner) if depth < MAX_NESTING => script(inner, depth + 1, found)?,
                Some(_) => return None,
                None => found.commands.extend(wrappers::unwrap(words).map(<[String]>::to_vec)),
            },
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_line_is_seen() {
        let shown = |line: &str| {
            let found = programs(line)?;
            let commands: Vec<String> = found.commands.iter().map(|words| words.join(" ")).collect();
            Some((commands.join(" | "), found.written.join(" ")))
        };
        for (line, want) in [
            ("cd x && sudo sed -i s/a/b/ f.rs", Some(("cd x | sed -i s/a/b/ f.rs", ""))),
            ("for f in *.py; do black $f; done", Some(("black $f", ""))),
            ("bash -c 'git stash > log; A=b timeout 5 make'", Some(("git stash | make", "log"))),
            ("(cat <<EOF\nrm x\nEOF\n) >> out 2>&1", Some(("cat", "out"))),
            ("grep 'a > b' c 2> /dev/null", Some(("grep a > b c", "/dev/null"))),
            ("echo 'unfinished", None),
        ] {
            let found = shown(line);
            assert_eq!(found.as_ref().map(|(a, b)| (a.as_str(), b.as_str())), want, "{line}");
        }
    }
}
