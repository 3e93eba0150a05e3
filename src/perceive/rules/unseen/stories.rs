//! Stories of files that several work on, told in minutes before now.

use crate::model::{Attribution, ChangeKind, Millis};
use crate::perceive::rules::stories::{MINUTE, NOW, call, path, session, view};
use crate::perceive::rules::{End, Past, Rule, Severity};
use crate::perceive::view::{About, Call, ChangeSeen, Edit, FileSeen, Lies, Peer, View};
use crate::store::SessionRef;

pub const A: &str = "src/a.rs";

/// The view at the end of what has been told so far, in any order.
pub struct Tale(pub View);

fn ago(minutes: Millis) -> Millis {
    NOW - minutes * MINUTE
}

pub fn tale() -> Tale {
    Tale(view())
}

impl Tale {
    pub fn file(&mut self, inside: &str) -> &mut FileSeen {
        let path = path(inside);
        let at = self.0.files.iter().position(|file| file.path == path).unwrap_or_else(|| {
            self.0.files.push(FileSeen { path, read: None, edited: None, hash: None, lies: Lies::Unknown });
            self.0.files.len() - 1
        });
        &mut self.0.files[at]
    }

    /// I read it with this content.
    pub fn read(mut self, minutes: Millis, inside: &str, hash: i64) -> Self {
        let file = self.file(inside);
        if file.seen() < ago(minutes) {
            (file.hash, file.lies) = (Some(hash), Lies::Content(hash));
        }
        file.read = file.read.max(Some(ago(minutes)));
        self
    }

    /// I edited it and left this content.
    pub fn edit(mut self, minutes: Millis, inside: &str, hash: i64) -> Self {
        let at = ago(minutes);
        let file = self.file(inside);
        if file.seen() < at {
            (file.hash, file.lies) = (Some(hash), Lies::Content(hash));
        }
        file.edited = file.edited.max(Some(at));
        self.0.edits.insert(0, Edit { path: path(inside), at, before: None, hash });
        self.0.calls.insert(0, Call { ended: Some(at), at: at - 1_000, ..self.editing(minutes, inside) });
        self.change(minutes, inside, Some(Attribution::Agent), Some("me"), Some(hash))
    }

    fn editing(&self, minutes: Millis, inside: &str) -> Call {
        let id = format!("edit-{}", self.0.calls.len());
        Call { id, path: Some(path(inside)), ..call(minutes, "Edit", "edit") }
    }

    /// My edit of it came to nothing.
    pub fn tried(mut self, minutes: Millis, inside: &str, status: &str) -> Self {
        let call = Call { status: Some(status.to_owned()), ..self.editing(minutes, inside) };
        self.0.calls.insert(0, call);
        self
    }

    /// I am about to edit it.
    pub fn about_to_edit(mut self, inside: &str) -> Self {
        let call = Call { at: NOW, ended: None, status: None, answered: None, ..self.editing(0, inside) };
        self.0.calls.insert(0, call);
        self.0.about = About::Before;
        self
    }

    pub fn shell(mut self, minutes: Millis, command: &str) -> Self {
        let call = Call { command: Some(command.to_owned()), ..call(minutes, "Bash", "shell") };
        self.0.calls.insert(0, call);
        self
    }

    /// `None` as content: it was removed.
    pub fn change(
        mut self,
        minutes: Millis,
        inside: &str,
        by: Option<Attribution>,
        whose: Option<&str>,
        after: Option<i64>,
    ) -> Self {
        let at = ago(minutes);
        let kind = if after.is_some() { ChangeKind::Modified } else { ChangeKind::Deleted };
        let path = path(inside);
        if let Some(file) = self.0.files.iter_mut().find(|file| file.path == path && file.seen() <= at) {
            file.lies = after.map_or(Lies::Gone, Lies::Content);
        }
        let session = whose.map(session);
        let change = ChangeSeen {
            at,
            path,
            old_path: None,
            kind,
            by,
            session,
            by_another: false,
            before: None,
            after,
            files: 1,
            ignored: false,
        };
        self.0.changes.insert(0, change);
        self
    }

    pub fn person(self, minutes: Millis, inside: &str, hash: i64) -> Self {
        self.change(minutes, inside, Some(Attribution::Human), None, Some(hash))
    }

    pub fn person_removes(self, minutes: Millis, inside: &str) -> Self {
        self.change(minutes, inside, Some(Attribution::Human), None, None)
    }

    pub fn unsure(self, minutes: Millis, inside: &str, hash: i64) -> Self {
        self.change(minutes, inside, None, None, Some(hash))
    }

    /// Somebody else, too fresh to say who.
    pub fn somebody(self, minutes: Millis, inside: &str, hash: i64) -> Self {
        self.unsure(minutes, inside, hash).with(|v| v.changes[0].by_another = true)
    }

    /// The last change gave the file another name, as the watcher saw it.
    pub fn renames(self, from: &str) -> Self {
        let from = path(from);
        self.with(|v| {
            (v.changes[0].kind, v.changes[0].old_path) = (ChangeKind::Renamed, Some(from.clone()));
            if let Some(file) = v.files.iter_mut().find(|file| file.path == from) {
                file.lies = Lies::Gone;
            }
        })
    }

    pub fn my_command(self, minutes: Millis, inside: &str, hash: i64) -> Self {
        self.change(minutes, inside, Some(Attribution::Command), Some("me"), Some(hash))
    }

    pub fn peers_command(self, minutes: Millis, inside: &str, hash: i64) -> Self {
        self.change(minutes, inside, Some(Attribution::Command), Some("other"), Some(hash)).peer(minutes)
    }

    pub fn peer_edits(mut self, minutes: Millis, inside: &str, hash: i64) -> Self {
        self = self.change(minutes, inside, Some(Attribution::Agent), Some("other"), Some(hash)).peer(minutes);
        self.0.peers[0].edited.push((path(inside), ago(minutes)));
        self
    }

    /// The other session said something then.
    pub fn peer(mut self, minutes: Millis) -> Self {
        let last = ago(minutes);
        match self.0.peers.first_mut() {
            Some(peer) => peer.last = peer.last.max(last),
            None => self.0.peers.push(Peer { session: other(), last, ended: false, edited: Vec::new() }),
        }
        self
    }

    pub fn peer_ended(mut self) -> Self {
        self.0.peers[0].ended = true;
        self
    }

    /// What nobody saw until now.
    pub fn with(mut self, alter: impl FnOnce(&mut View)) -> Self {
        alter(&mut self.0);
        self
    }

    fn view(mut self) -> View {
        let pending = (self.0.about == About::Before).then(|| self.0.calls.remove(0));
        self.0.calls.sort_by_key(|call| -call.at);
        self.0.calls.splice(0..0, pending);
        self.0.changes.sort_by_key(|change| -change.at);
        self.0.edits.sort_by_key(|edit| -edit.at);
        self.0
    }
}

pub fn other() -> SessionRef {
    SessionRef { agent: "codex".to_owned(), session_id: "other".to_owned() }
}

/// What a rule says of it, and that it says it shortly.
pub fn told(rule: &dyn Rule, tale: Tale) -> Vec<String> {
    let mut tale = tale;
    for change in &mut tale.0.changes {
        if change.session.as_ref().is_some_and(|session| session.session_id == "other") {
            change.session = Some(other());
        }
    }
    let found = rule.holds(&tale.view());
    for finding in &found {
        assert!(finding.evidence.len() + finding.suggestion.len() < 220, "{finding:?}");
        assert!(finding.since <= NOW && finding.files == [finding.key.clone()], "{finding:?}");
    }
    found
        .iter()
        .map(|found| format!("{} {} {}", found.severity.name(), (NOW - found.since) / MINUTE, found.evidence))
        .collect()
}

/// How what was told of this file ends.
pub fn ended(rule: &dyn Rule, inside: &str, tale: Tale) -> End {
    let key = path(inside);
    let view = tale.view();
    assert!(rule.holds(&view).iter().all(|finding| finding.key != key), "it still holds");
    rule.end(&Past { key: &key, severity: Severity::Medium, files: &[], since: ago(5) }, &view)
}

/// Every story is told as it should be.
pub fn assert_told(rule: &dyn Rule, stories: Vec<(&str, Tale, &[&str])>) {
    let wrong: Vec<String> = stories
        .into_iter()
        .filter_map(|(story, tale, want)| {
            let told = told(rule, tale);
            (told != want).then(|| format!("{story}:\n  told {told:?}\n  want {want:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub fn assert_silent(rule: &dyn Rule, stories: Vec<(&str, Tale)>) {
    assert_told(rule, stories.into_iter().map(|(story, tale)| (story, tale, &[][..])).collect());
}
