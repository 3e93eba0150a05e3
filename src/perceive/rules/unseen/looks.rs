//! When a session looked at files by its shell: an agent reads with `cat` and `sed -n` as well as with its own tool.

use std::collections::HashMap;

use crate::model::Millis;
use crate::perceive::view::{Call, View};

/// Programs that show what is in a file.
const SHOW: &[&str] =
    &["cat", "bat", "batcat", "less", "more", "head", "tail", "nl", "tac", "sed", "awk", "gawk", "diff", "delta"];
const GIT_SHOW: &[&str] = &["diff", "show", "blame"];
/// These say which files differ, or show another state than that on the disk.
const NOT_SHOWN: &[&str] = &[
    "--stat",
    "--shortstat",
    "--numstat",
    "--name-only",
    "--name-status",
    "--quiet",
    "--check",
    "--summary",
    "--cached",
    "--staged",
];
/// After these the session knows what it has: it asked for that very state.
const GIT_RESTORE: &[&str] = &["checkout", "restore", "reset", "stash", "revert", "switch"];
/// The watcher's moment after a command.
const NOTICED_MS: Millis = 1_000;

#[derive(Default)]
pub(super) struct Looks<'a> {
    /// By file name: the words that named it, and when that was over.
    named: HashMap<&'a str, Vec<(Millis, &'a str)>>,
    /// A whole `git diff`.
    all: Option<Millis>,
    /// Reads that failed: of a file that is gone they tell as much.
    failed: HashMap<&'a str, Millis>,
    restores: Vec<(Millis, Millis)>,
}

impl<'a> Looks<'a> {
    /// Nothing that ended before `since` matters.
    pub(super) fn of(view: &'a View, since: Millis) -> Self {
        let mut looks = Self::default();
        for call in &view.calls {
            let Some(ended) = call.ended.filter(|ended| *ended >= since) else { continue };
            match (call.kind.as_str(), call.status.as_deref()) {
                ("shell", Some("ok")) if !call.background => looks.shell(call, ended),
                ("read", Some("error")) => {
                    if let Some(path) = call.path.as_deref() {
                        let at = looks.failed.entry(path).or_insert(ended);
                        *at = ended.max(*at);
                    }
                }
                _ => {}
            }
        }
        looks
    }

    fn shell(&mut self, call: &'a Call, ended: Millis) {
        let Some(command) = call.command.as_deref() else { return };
        for simple in command.split([';', '|', '&', '\n', '(', ')']) {
            let mut words = simple.split_whitespace().skip_while(|word| is_assignment(word));
            let Some(program) = words.next().map(|word| word.rsplit('/').next().unwrap_or(word)) else { continue };
            let (shows, git) = match program {
                "git" => {
                    let verb = words.find(|word| !word.starts_with('-')).unwrap_or_default();
                    if GIT_RESTORE.contains(&verb) {
                        self.restores.push((call.at, ended + NOTICED_MS));
                    }
                    (GIT_SHOW.contains(&verb), verb == "diff")
                }
                program => (SHOW.contains(&program), false),
            };
            if shows {
                self.shown(program, words, git, ended);
            }
        }
    }

    fn shown(&mut self, program: &str, words: impl Iterator<Item = &'a str>, is_diff: bool, ended: Millis) {
        // What follows a `>` is written, and what a `<<` brings is no file.
        let words: Vec<&str> =
            words.take_while(|word| !word.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('>')).collect();
        let in_place = program == "sed" && words.iter().any(|word| word.starts_with("-i") || *word == "--in-place");
        if in_place || words.iter().any(|word| word.starts_with("<<") || NOT_SHOWN.contains(word)) {
            return;
        }
        let mut whole = is_diff;
        for word in words.into_iter().filter(|word| !word.starts_with('-')) {
            whole = false;
            let word = word.trim_matches(['\'', '"', '<']).trim_start_matches("./");
            let name = word.rsplit('/').next().unwrap_or(word);
            self.named.entry(name).or_default().push((ended, word));
        }
        if whole {
            self.all = self.all.max(Some(ended));
        }
    }

    /// When this file was looked at last.
    pub(super) fn at(&self, path: &str, gone: bool) -> Option<Millis> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_named = |word: &str| {
            let word = word.trim_start_matches("../");
            path.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        let named = self.named.get(name).into_iter().flatten().filter(|(_, word)| is_named(word)).map(|(at, _)| *at);
        let failed = self.failed.get(path).copied().filter(|_| gone);
        named.max().max(self.all).max(failed)
    }

    /// Whether the session asked then for a state of the tree that it knows.
    pub(super) fn restored(&self, at: Millis) -> bool {
        self.restores.iter().any(|(from, to)| (*from..=*to).contains(&at))
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}
