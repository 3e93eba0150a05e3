//! `get_project_state`: what this project is, how it is built and tested, and where its git stands.

use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::here::Here;
use super::{Asker, Question, Refusal, budget, rfc3339};
use crate::model::Millis;
use crate::project::{self, Vcs};

/// Git answers a status within this, or dirty files stay unknown.
const GIT_LIMIT: Duration = Duration::from_millis(800);

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Directory of the project. Default: yours.
    pub cwd: String,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    pub project: Option<String>,
    pub root: Option<String>,
    /// Heaviest first.
    pub languages: Vec<String>,
    pub build_system: Option<String>,
    pub build_command: Option<String>,
    pub test_command: Option<String>,
    pub key_files: Vec<String>,
    /// Directories at the root.
    pub top_level: Vec<String>,
    pub vcs: Option<Vcs>,
    pub indexed_at: Option<String>,
    pub note: Option<String>,
}

pub struct ProjectState;

impl Question for ProjectState {
    const NAME: &'static str = "get_project_state";
    const TITLE: &'static str = "Project state";
    const ABOUT: &'static str = "Languages, build system, build and test commands, key files, layout and git state (branch, dirty files, \
         ahead/behind) of a project. Use when new to a repository.";
    type Params = Params;
    type Answer = Answer;

    fn answer(asker: &Asker, params: Params) -> Result<Answer, Refusal> {
        let here = asker.here(Some(&params.cwd))?;
        if !params.cwd.trim().is_empty() && !here.exists {
            let wanted = budget::path(params.cwd.trim());
            return Err(Refusal::user(format!("argument `cwd`: {wanted} is no directory on this machine")));
        }
        Ok(look(&here, asker.now()))
    }

    fn text(answer: &Answer) -> String {
        let git =
            answer.vcs.as_ref().and_then(|v| v.branch.as_deref()).map(|b| format!(", git {b}")).unwrap_or_default();
        format!(
            "{}: {}{}{git}",
            answer.project.as_deref().unwrap_or("no project"),
            answer.languages.join(", "),
            answer.test_command.as_deref().map(|t| format!(", tests: {t}")).unwrap_or_default()
        )
    }
}

/// What lies here. Asks no store, so that it can be found out beside what does.
pub(super) fn look(here: &Here, now: Millis) -> Answer {
    // Git takes longer than all the rest.
    std::thread::scope(|scope| {
        let vcs = scope.spawn(|| project::vcs(Path::new(&here.root), GIT_LIMIT));
        let shape = glance(here, now);
        let vcs = if here.exists { vcs.join().unwrap_or_default() } else { None };
        Answer { vcs: vcs.or(shape.vcs), ..shape }
    })
}

/// The same without running git: branch and commit, but not how much has changed.
pub(super) fn glance(here: &Here, now: Millis) -> Answer {
    let named = Answer { project: Some(here.label()), root: Some(budget::path(&here.root)), ..Answer::default() };
    if !here.exists {
        return Answer { note: Some("this directory is not on this machine".to_owned()), ..named };
    }
    let root = Path::new(&here.root);
    let shape = project::index(root);
    Answer {
        languages: shape.languages.iter().map(|name| name.to_lowercase()).collect(),
        build_system: shape.build_system,
        build_command: shape.build_command,
        test_command: shape.test_command,
        key_files: shape.key_files,
        top_level: shape.top_level,
        vcs: project::head(root),
        indexed_at: Some(rfc3339(now)),
        ..named
    }
}
