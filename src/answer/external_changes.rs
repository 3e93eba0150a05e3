//! `get_external_changes`: what others did to this project's files and git lately.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::here::Here;
use super::session_facts::session_id;
use super::{Asker, Question, Refusal, budget, rfc3339};
use crate::project::{self, HeadMove, Operation};
use crate::store::ChangeRow;

pub(super) const SINCE_MIN: i64 = 30;
const MOST_MIN: i64 = 60 * 24 * 30;
const LISTED: usize = 40;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Minutes to look back, default 30.
    pub since_min: Option<i64>,
    /// Directory of the project. Default: yours.
    pub cwd: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    pub ts: String,
    /// Of many files that changed at once: the directory that holds them.
    pub path: String,
    /// Of a renamed file.
    pub old_path: Option<String>,
    /// added, modified, deleted or renamed
    pub change: String,
    /// Of a summary: how many files.
    pub files: Option<i64>,
    /// human, agent, other_agent or command; absent where unsure
    pub attribution: Option<String>,
    pub session_id: Option<String>,
    pub agent_source: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Commit {
    pub ts: String,
    pub sha: String,
    pub subject: String,
    pub author: String,
    pub attribution: Option<String>,
    pub session_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BranchMove {
    pub ts: String,
    pub from: String,
    pub to: String,
    pub attribution: Option<String>,
    pub session_id: Option<String>,
}

/// What git is in the middle of.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct InProgress {
    /// merge, rebase, cherry-pick, revert, bisect or am
    pub operation: String,
    /// When it was begun.
    pub since: Option<String>,
    pub attribution: Option<String>,
    pub session_id: Option<String>,
    pub agent_source: Option<String>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    pub project: Option<String>,
    pub since_min: i64,
    pub changes: Vec<Change>,
    pub commits: Vec<Commit>,
    pub branch_moves: Vec<BranchMove>,
    /// Whenever it was begun.
    pub in_progress: Option<InProgress>,
    /// Of changes, commits and branch moves.
    pub count: usize,
    pub truncated: Option<String>,
    pub note: Option<String>,
}

pub struct ExternalChanges;

impl Question for ExternalChanges {
    const NAME: &'static str = "get_external_changes";
    const TITLE: &'static str = "External changes";
    const ABOUT: &'static str = "Files changed, commits and branch switches in this project by people, other agents or commands in the last \
         minutes, with who did it where that is certain. Use before editing after a pause.";
    type Params = Params;
    type Answer = Answer;

    fn answer(asker: &Asker, params: Params) -> Result<Answer, Refusal> {
        let since_min = params.since_min.unwrap_or(SINCE_MIN);
        if !(1..=MOST_MIN).contains(&since_min) {
            return Err(Refusal::user(format!("argument `since_min`: {since_min} is not between 1 and {MOST_MIN}")));
        }
        asker.changes(&asker.here(Some(&params.cwd))?, since_min)
    }

    fn text(answer: &Answer) -> String {
        format!(
            "last {} min: {} file changes, {} commits, {} branch moves",
            answer.since_min,
            answer.changes.len(),
            answer.commits.len(),
            answer.branch_moves.len()
        ) + &answer.in_progress.as_ref().map(|now| format!(", {} in progress", now.operation)).unwrap_or_default()
    }
}

impl Change {
    /// As the session `own` sees it.
    pub(super) fn of(row: ChangeRow, own: Option<&str>) -> Self {
        Self {
            ts: rfc3339(row.at),
            path: budget::path(&row.path),
            old_path: row.old_path.as_deref().map(budget::path),
            change: row.change,
            files: (row.files > 1).then_some(row.files),
            attribution: row.attribution.map(|who| relative_to(&who, row.session_id.as_deref(), own)),
            session_id: row.session_id.as_deref().map(session_id),
            agent_source: row.agent,
        }
    }
}

impl Asker {
    pub(super) fn changes(&self, here: &Here, since_min: i64) -> Result<Answer, Refusal> {
        let since = self.now() - since_min * 60_000;
        let own = self.own_ids()?.into_iter().next().map(|(id, _)| id);
        let mut answer = Answer { project: Some(here.label()), since_min, note: self.sight()?, ..Answer::default() };
        for row in self.store.file_changes(&here.tree, since, LISTED + 1)? {
            answer.changes.push(Change::of(row, own.as_deref()));
        }
        for entry in project::reflog(Path::new(&here.root), since) {
            let whose = self.who_moved(&entry, &here.root, &here.repo)?;
            let by = whose.session.map(|session| session.session_id);
            let attribution = whose.by.map(|who| relative_to(who.name(), by.as_deref(), own.as_deref()));
            let (ts, by) = (rfc3339(entry.at), by.as_deref().map(session_id));
            match entry.what {
                HeadMove::Commit { subject } => answer.commits.push(Commit {
                    ts,
                    sha: entry.sha,
                    subject: budget::line(&subject, 120),
                    author: budget::line(&entry.author, 60),
                    attribution,
                    session_id: by,
                }),
                HeadMove::Branch { from, to } => answer.branch_moves.push(BranchMove {
                    ts,
                    from: budget::name(&from),
                    to: budget::name(&to),
                    attribution,
                    session_id: by,
                }),
            }
        }
        answer.in_progress = self.in_progress(here, own.as_deref())?;
        answer.count = answer.changes.len() + answer.commits.len() + answer.branch_moves.len();
        let cut = budget::fit(&mut answer.changes, 900)
            | budget::fit(&mut answer.commits, 600)
            | budget::fit(&mut answer.branch_moves, 250);
        if cut {
            answer.truncated = Some("older ones are left out; ask with a smaller since_min".to_owned());
        }
        Ok(answer)
    }

    fn in_progress(&self, here: &Here, own: Option<&str>) -> Result<Option<InProgress>, Refusal> {
        let Some(Operation { name, since }) = project::operation(Path::new(&here.root)) else { return Ok(None) };
        let whose = since.map(|since| self.who_began(since, &here.root, &here.repo)).transpose()?;
        let (by, session) = whose.map(|whose| (whose.by, whose.session)).unwrap_or_default();
        let (agent, id) = session.map(|session| (session.agent, session.session_id)).unzip();
        Ok(Some(InProgress {
            operation: name.to_owned(),
            since: since.map(rfc3339),
            attribution: by.map(|who| relative_to(who.name(), id.as_deref(), own)),
            session_id: id.as_deref().map(session_id),
            agent_source: agent,
        }))
    }
}

/// An agent's own change is `agent` to itself and `other_agent` to the others.
fn relative_to(attribution: &str, session_id: Option<&str>, own: Option<&str>) -> String {
    match attribution {
        "agent" if own.is_some() && session_id != own => "other_agent".to_owned(),
        other => budget::name(other),
    }
}
