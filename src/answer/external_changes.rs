//! `get_external_changes`: what others did to this project's files and git lately.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asker, Question, Refusal, budget, rfc3339};
use crate::model::Millis;
use crate::project::{self, HeadMove};

const SINCE_MIN: i64 = 30;
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
    pub path: String,
    /// added, modified, deleted or renamed
    pub change: String,
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

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    pub project: Option<String>,
    pub since_min: i64,
    pub changes: Vec<Change>,
    pub commits: Vec<Commit>,
    pub branch_moves: Vec<BranchMove>,
    /// Of all three.
    pub count: usize,
    pub resolved_by: Option<&'static str>,
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
        let since = asker.now() - since_min * 60_000;
        let here = asker.project_at(&asker.directory(Some(&params.cwd)));
        let own = asker
            .session(None, Some(&params.cwd))?
            .filter(|r| r.resolved_by.contains("request") || r.resolved_by.contains("variable"));
        let own_id = own.map(|r| r.session.session_id);
        let projects: Vec<i64> = asker.projects_here(Some(&params.cwd))?.iter().map(|p| p.row).collect();
        let mut answer = Answer {
            project: Some(project::label(&here.root).to_owned()),
            since_min,
            note: Some("files are not watched yet: changes lists only what was recorded; commits and branches come from git's log".to_owned()),
            ..Answer::default()
        };
        for row in asker.store.file_changes(&projects, since, LISTED + 1)? {
            let attribution =
                row.attribution.map(|who| relative_to(&who, row.session_id.as_deref(), own_id.as_deref()));
            answer.changes.push(Change {
                ts: rfc3339(row.at),
                path: row.path,
                change: row.change,
                attribution,
                session_id: row.session_id,
                agent_source: row.agent,
            });
        }
        for entry in project::reflog(std::path::Path::new(&here.root), since) {
            let session_id = asker.session_running_git(&projects, entry.at)?;
            let attribution = session_id.as_ref().map(|id| relative_to("agent", Some(id), own_id.as_deref()));
            let ts = rfc3339(entry.at);
            match entry.what {
                HeadMove::Commit { subject } => answer.commits.push(Commit {
                    ts,
                    sha: entry.sha,
                    subject: budget::line(&subject, 120),
                    author: budget::line(&entry.author, 60),
                    attribution,
                    session_id,
                }),
                HeadMove::Branch { from, to } => answer.branch_moves.push(BranchMove {
                    ts,
                    from: budget::line(&from, 80),
                    to: budget::line(&to, 80),
                    attribution,
                    session_id,
                }),
            }
        }
        answer.count = answer.changes.len() + answer.commits.len() + answer.branch_moves.len();
        let cut = budget::fit(&mut answer.changes, 900)
            | budget::fit(&mut answer.commits, 600)
            | budget::fit(&mut answer.branch_moves, 250);
        if cut {
            answer.truncated = Some("older ones are left out; ask with a smaller since_min".to_owned());
        }
        Ok(answer)
    }

    fn text(answer: &Answer) -> String {
        format!(
            "last {} min: {} file changes, {} commits, {} branch moves",
            answer.since_min,
            answer.changes.len(),
            answer.commits.len(),
            answer.branch_moves.len()
        )
    }
}

/// An agent's own change is `agent` to itself and `other_agent` to the others.
fn relative_to(attribution: &str, session_id: Option<&str>, own: Option<&str>) -> String {
    match attribution {
        "agent" if own.is_some() && session_id != own => "other_agent".to_owned(),
        other => other.to_owned(),
    }
}

impl Asker {
    /// The session whose shell command ran git at that second.
    fn session_running_git(&self, projects: &[i64], at: Millis) -> Result<Option<String>, Refusal> {
        Ok(self.store.session_with_command_at(projects, "git", at, 1000)?)
    }
}
