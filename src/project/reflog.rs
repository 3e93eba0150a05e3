//! What git's own log of HEAD tells: commits and branch moves, without running git.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::git_dir::GitDir;
use crate::model::Millis;

/// Read from the end of the log; thousands of entries.
const READ: i64 = 256 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadMove {
    Commit { subject: String },
    Branch { from: String, to: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub at: Millis,
    pub sha: String,
    pub author: String,
    pub what: HeadMove,
}

/// Entries of the log of the working tree at `root` since `since`, newest first.
pub fn reflog(root: &Path, since: Millis) -> Vec<Entry> {
    GitDir::of(root).map(|dir| entries(&dir.own, since)).unwrap_or_default()
}

fn entries(git_dir: &Path, since: Millis) -> Vec<Entry> {
    let Some(text) = tail(&git_dir.join("logs/HEAD")) else { return Vec::new() };
    let newest_first = text.lines().rev().filter_map(parse);
    newest_first.take_while(|entry| entry.at >= since).collect()
}

fn tail(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len().cast_signed();
    file.seek(SeekFrom::Start((length - READ).max(0).cast_unsigned())).ok()?;
    let mut bytes = Vec::new();
    file.take(READ.cast_unsigned()).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `<old> <new> <name> <mail> <seconds> <zone>\t<message>`
fn parse(line: &str) -> Option<Entry> {
    let (head, message) = line.split_once('\t')?;
    let (who, when) = head.rsplit_once("> ")?;
    let mut ids = who.splitn(3, ' ');
    let (_, new, name) = (ids.next()?, ids.next()?, ids.next()?);
    let seconds: i64 = when.split(' ').next()?.parse().ok()?;
    let author = name.split(" <").next().unwrap_or(name).to_owned();
    let what = if let Some(moved) = message.strip_prefix("checkout: moving from ") {
        let (from, to) = moved.split_once(" to ")?;
        HeadMove::Branch { from: from.to_owned(), to: to.to_owned() }
    } else {
        let (kind, subject) = message.split_once(": ")?;
        // `commit`, `commit (amend)`, `commit (initial)`, `cherry-pick`, `revert`, `merge x`, `rebase (pick)`, `pull`
        let commits = ["commit", "cherry-pick", "revert", "merge", "rebase (pick)", "rebase (squash)", "pull"];
        if !commits.iter().any(|known| kind.starts_with(known)) {
            return None;
        }
        HeadMove::Commit { subject: subject.to_owned() }
    };
    Some(Entry { at: seconds * 1000, sha: new.chars().take(10).collect(), author, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_and_moves_are_told_apart_from_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("logs")).unwrap();
        let id = "1".repeat(40);
        let log = format!(
            "{id} {id} A B <a@b.c> 1700000000 +0100\tcommit (initial): first\n\
             {id} {id} A B <a@b.c> 1700000010 +0100\tcheckout: moving from main to topic\n\
             {id} {id} A B <a@b.c> 1700000020 +0100\treset: moving to HEAD~1\n\
             broken line\n\
             {id} {id} A B <a@b.c> 1700000030 +0100\tcommit: fix: the > parser\n"
        );
        std::fs::write(dir.path().join("logs/HEAD"), log).unwrap();
        let entries = entries(dir.path(), 1_700_000_010_000);
        assert_eq!(entries.len(), 2, "{entries:?}");
        assert_eq!(entries[0].what, HeadMove::Commit { subject: "fix: the > parser".into() });
        assert_eq!(entries[0].author, "A B");
        assert_eq!(entries[1].what, HeadMove::Branch { from: "main".into(), to: "topic".into() });
        assert!(reflog(Path::new("/nonexistent"), 0).is_empty());
    }
}
