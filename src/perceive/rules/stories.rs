//! Views to begin a story with.

use crate::model::Millis;
use crate::perceive::view::{About, Call, Limits, Me, Spent, View};
use crate::store::SessionRef;

pub const NOW: Millis = 1_795_168_800_000;
pub const ROOT: &str = "/w/app";
pub const MINUTE: Millis = 60_000;

pub fn session(id: &str) -> SessionRef {
    SessionRef { agent: "claude_code".to_owned(), session_id: id.to_owned() }
}

/// A session `me`, an hour old, in which nothing has happened.
pub fn view() -> View {
    View {
        now: NOW,
        me: Me { session: session("me"), root: Some(ROOT.to_owned()), started: NOW - 60 * MINUTE },
        calls: Vec::new(),
        files: Vec::new(),
        edits: Vec::new(),
        prompts: Vec::new(),
        changes: Vec::new(),
        builds: Vec::new(),
        peers: Vec::new(),
        context: None,
        spent: Spent::default(),
        limits: Limits::default(),
        about: About::Other,
    }
}

pub fn path(inside: &str) -> String {
    format!("{ROOT}/{inside}")
}

/// A call that ended well, so many minutes ago.
pub fn call(minutes_ago: Millis, tool: &str, kind: &str) -> Call {
    let at = NOW - minutes_ago * MINUTE;
    Call {
        id: format!("{tool}-{minutes_ago}"),
        tool: tool.to_owned(),
        kind: kind.to_owned(),
        at,
        ended: Some(at + 1_000),
        status: Some("ok".to_owned()),
        command: None,
        path: None,
        asked: 1,
        answered: Some(1),
        background: false,
        sub_agent: false,
    }
}
