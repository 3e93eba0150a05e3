//! Who moved HEAD, or began what is not over yet: the session whose shell ran such a git command then, a person, or
//! nobody knows.

use std::collections::HashSet;

use super::{Effect, SETTLED_MS, Seen, Whose, effect, leaves_behind};
use crate::builds;
use crate::model::{Attribution, Millis};
use crate::store::{CallAround, SessionRef};

/// Git's log knows whole seconds.
const SECOND_MS: Millis = 1_000;
const SLACK_MS: Millis = 300;
/// What a command leaves behind is counted on for so long.
const LEFT_MS: Millis = 60_000;
const UNENDED_MS: Millis = 10 * 60 * 1000;

const COMMITTING: &[&str] = &[
    "commit",
    "merge",
    "pull",
    "rebase",
    "cherry-pick",
    "revert",
    "am",
    "stash",
    "filter-branch",
    "filter-repo",
    "citool",
];
const MOVING: &[&str] = &["checkout", "switch", "rebase", "worktree", "bisect", "pull", "clone", "gh"];

const BEGINNING: &[&str] = &["merge", "pull", "rebase", "cherry-pick", "revert", "bisect", "am"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Commit,
    /// To another branch.
    Branch,
    /// A merge, a rebase or the like that stopped on its way.
    Begun,
}

/// A step of git's: of HEAD, as its log tells it, or the beginning of something.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    pub at: Millis,
    pub step: Step,
    pub root: &'a str,
    pub repo: &'a str,
}

impl Moved<'_> {
    /// When calls have to be looked for.
    pub fn around(&self) -> (Millis, Millis) {
        // Only the log knows no more than the second.
        let within = if self.step == Step::Begun { 0 } else { SECOND_MS };
        (self.at - SLACK_MS, self.at + within + SLACK_MS)
    }
}

/// `known_to`: all that agents did until then has been told.
pub fn who_moved(moved: &Moved<'_>, calls: &[CallAround], known_to: Millis) -> Whose {
    let (from, to) = moved.around();
    let ran = |call: &&CallAround| {
        let ended = match call.ended {
            Some(ended) if !call.background => ended + if leaves_behind(call) { LEFT_MS } else { 0 },
            _ => call.session_ended.unwrap_or(Millis::MAX),
        };
        call.kind != "edit" && !call.refused && call.started <= to && ended >= from
    };
    // Servers and watchers go on for hours.
    let counts = |(call, effect): &(&CallAround, Effect)| match effect {
        Effect::None => false,
        Effect::Unlikely => !call.background && call.ended.is_none_or(|ended| ended >= from),
        _ => true,
    };
    let head = format!("{}/.git/HEAD", moved.root);
    let seen = Seen {
        path: &head,
        inside: ".git/HEAD",
        root: moved.root,
        repo: moved.repo,
        at: moved.at,
        exact: false,
        after: None,
        together: 1,
    };
    let running: Vec<(&CallAround, Effect)> =
        calls.iter().filter(ran).map(|call| (call, effect(call, &seen))).filter(counts).collect();
    let verbs = match moved.step {
        Step::Commit => COMMITTING,
        Step::Branch => MOVING,
        Step::Begun => BEGINNING,
    };
    // An end that was never told says nothing of what came later.
    let believed = |call: &&CallAround| call.ended.is_some() || moved.at < call.started + UNENDED_MS;
    let doing = running.iter().map(|(call, _)| *call).filter(believed).filter(|call| runs_git(call, verbs));
    let doing: Vec<&CallAround> = doing.collect();
    let sessions: HashSet<&SessionRef> = doing.iter().map(|call| &call.session).collect();
    match (doing.first(), sessions.len(), running.is_empty()) {
        (Some(call), 1, _) => {
            Whose::sure(Attribution::Agent, &call.session, "its shell ran git at that second".to_owned())
        }
        (Some(_), _, _) => Whose::unsure("two sessions ran git at that second"),
        (None, _, false) => Whose::unsure("a command was running that may have done it"),
        (None, _, true) if known_to < to + SETTLED_MS => Whose::unsure("not all that agents did is known yet"),
        (None, _, true) => {
            let reason = "no agent's command was running".to_owned();
            Whose { by: Some(Attribution::Human), session: None, reason, settled: true }
        }
    }
}

/// To mention git is not to run it.
fn runs_git(call: &CallAround, verbs: &[&str]) -> bool {
    let Some(command) = call.command.as_deref() else { return false };
    let Some(programs) = builds::programs(command) else { return in_words(command, verbs) };
    programs.commands.iter().any(|words| {
        let Some((program, args)) = words.split_first() else { return false };
        match program.rsplit('/').next() {
            Some("git") => args.iter().any(|word| verbs.contains(&word.as_str())),
            Some("gh") => verbs.contains(&"gh") || args.iter().any(|word| matches!(word.as_str(), "merge" | "sync")),
            _ => false,
        }
    })
}

/// Of a line that is too odd to read.
fn in_words(command: &str, verbs: &[&str]) -> bool {
    command.split([';', '|', '&', '\n', '(', ')', '`']).any(|part| {
        let mut words = part.split_whitespace();
        words.by_ref().any(|word| word == "git" || word.ends_with("/git")) && words.any(|word| verbs.contains(&word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perceive::whose::tests::{AT, ROOT, ran};

    fn told(step: Step, calls: &[CallAround]) -> String {
        let moved = Moved { at: AT, step, root: ROOT, repo: ROOT };
        let whose = who_moved(&moved, calls, AT + 60_000);
        let by = whose.by.map_or("-", Attribution::name);
        whose.session.map_or_else(|| by.to_owned(), |session| format!("{by} {}", session.session_id))
    }

    #[test]
    fn who_runs_git_moved_it_and_who_mentions_it_did_not() {
        for (command, want) in [
            ("git commit -m x", "agent a"),
            ("cd /w/app && git -C app commit -am 'y'", "agent a"),
            ("cargo test; /usr/bin/git commit", "agent a"),
            ("cat .gitignore commit", "human"),
            ("git status; echo commit", "human"),
            ("git log --grep commit", "human"),
            ("./release.sh", "-"),
            ("npm version patch", "-"),
            ("cargo test", "-"),
            ("git checkout main", "-"),
        ] {
            assert_eq!(told(Step::Commit, &[ran("a", command, -200, Some(900))]), want, "{command}");
        }
        assert_eq!(told(Step::Branch, &[ran("a", "git checkout main", -200, Some(900))]), "agent a");
        assert_eq!(told(Step::Commit, &[ran("a", "git commit", -9_000, Some(-5_000))]), "human");
        assert_eq!(told(Step::Commit, &[ran("a", "sleep 9; git commit &", -9_000, Some(-8_900))]), "agent a");
        assert_eq!(told(Step::Commit, &[ran("a", "git commit", -9_000_000, None)]), "-", "its end was never told");
        for (command, want) in [("npm run dev", "human"), ("./release.sh", "-")] {
            let beside = CallAround { background: true, ..ran("a", command, -60_000, Some(-59_000)) };
            assert_eq!(told(Step::Commit, &[beside]), want, "{command} in the background");
        }
        let both = [ran("a", "git commit", -200, Some(900)), ran("b", "git merge x", -100, Some(500))];
        assert_eq!(told(Step::Commit, &both), "-");
        let moved = Moved { at: AT, step: Step::Commit, root: ROOT, repo: ROOT };
        assert_eq!(who_moved(&moved, &[], AT - 1).by, None, "what agents did since is not known");
    }

    #[test]
    fn who_begins_something_runs_git_at_that_moment() {
        for (command, from, to, want) in [
            ("git merge topic", -200, 100, "agent a"),
            ("git pull --rebase", -200, 100, "agent a"),
            ("git -C . cherry-pick a..b", -200, 100, "agent a"),
            ("git merge topic", -2_000, -500, "human"),
            ("git merge topic", 400, 900, "human"),
            ("git stash pop", -200, 100, "-"),
            ("git log --merges", -200, 100, "human"),
            ("./update.sh", -200, 100, "-"),
        ] {
            assert_eq!(told(Step::Begun, &[ran("a", command, from, Some(to))]), want, "{command} {from}");
        }
    }
}
