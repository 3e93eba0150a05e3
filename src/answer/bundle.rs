//! `get_context_bundle`: everything an agent needs to know now, in one answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::anomalies::{Anomaly, shown};
use super::session_facts::{BuildError, SessionFacts, build_error, open_failures};
use super::{Asker, Question, Refusal, ago, budget, build_status, external_changes, project_state, rfc3339};
use crate::model::Agent;
use crate::project;
use crate::store::{BuildFilter, SessionFilter};

const MAX_TOKENS: u32 = 1500;
const PEERS: usize = 5;
const PEER_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Default: your own session.
    pub session_id: String,
    /// Directory of the project. Default: yours.
    pub cwd: String,
    /// Length of the answer, default 1500, at most 8000.
    pub max_tokens: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Build {
    pub status: String,
    pub tag: String,
    pub ended_at: Option<String>,
    /// Families whose newest run failed.
    pub red: Vec<BuildError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct External {
    pub since_min: i64,
    pub count: usize,
    pub changes: Vec<external_changes::Change>,
    pub commits: Vec<external_changes::Commit>,
    pub branch_moves: Vec<external_changes::BranchMove>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PeerLine {
    pub agent_source: String,
    pub session_id: String,
    pub title: Option<String>,
    pub last_activity_ago: String,
    pub live: bool,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    pub generated_at: String,
    pub resolved_by: Option<&'static str>,
    pub project: Option<String>,
    pub session: Option<SessionFacts>,
    pub anomalies: Vec<Anomaly>,
    pub build: Option<Build>,
    pub external: Option<External>,
    pub project_state: Option<project_state::Answer>,
    pub peers: Vec<PeerLine>,
    pub truncated: Option<String>,
    pub note: Option<String>,
}

pub struct ContextBundle;

impl Question for ContextBundle {
    const NAME: &'static str = "get_context_bundle";
    const TITLE: &'static str = "Context bundle";
    const ABOUT: &'static str = "Everything to know now in one call: this session so far, open warnings, red builds, changes by others, the \
         project, other agents at work. Use at the start, after compaction, or when context feels stale.";
    type Params = Params;
    type Answer = Answer;

    fn answer(asker: &Asker, params: Params) -> Result<Answer, Refusal> {
        let most = params.max_tokens.unwrap_or(MAX_TOKENS);
        if !(200..=8000).contains(&most) {
            return Err(Refusal::user(format!("argument `max_tokens`: {most} is not between 200 and 8000")));
        }
        let cwd = Some(params.cwd.as_str());
        let directory = asker.directory(cwd);
        let here = asker.project_at(&directory);
        let mut answer = Answer {
            generated_at: rfc3339(asker.now()),
            project: Some(project::label(&here.root).to_owned()),
            note: asker.freshness()?,
            ..Answer::default()
        };
        let (home, now) = (asker.around.home.clone(), asker.now());
        let looking = directory.clone();
        let project = std::thread::spawn(move || project_state::project_state(&looking, &home, now));
        if let Some(resolved) = asker.session(Some(&params.session_id), cwd)? {
            answer.session = Some(asker.session_facts(&resolved.session)?);
            answer.anomalies = asker.store.findings(resolved.session.row)?.into_iter().take(5).map(shown).collect();
            answer.resolved_by = Some(resolved.resolved_by);
        } else {
            answer.note = Some(asker.nothing_here()?);
        }
        answer.build = asker.builds_here(cwd, &here.root)?;
        answer.external = asker.external_here(&params.cwd)?;
        answer.peers = asker.peers_here(cwd, answer.session.as_ref())?;
        answer.project_state = project.join().ok().filter(|state| state.note.is_none());
        if shrink(&mut answer, most as usize) {
            answer.truncated = Some("cut to max_tokens; the single tools have the rest".to_owned());
        }
        Ok(answer)
    }

    fn text(answer: &Answer) -> String {
        let mut lines = Vec::new();
        if let Some(session) = &answer.session {
            lines.push(format!("session {} ({})", session.session_id, session.agent_source));
        }
        lines.extend(answer.anomalies.iter().map(|a| format!("{} {}: {}", a.severity, a.kind, a.evidence)));
        if let Some(build) = &answer.build {
            lines.push(format!("{} {}", build.tag, build.status));
        }
        lines.extend(answer.peers.iter().map(|p| format!("{} {}", p.agent_source, p.last_activity_ago)));
        lines.extend(answer.note.clone());
        lines.join("\n")
    }
}

impl Asker {
    fn builds_here(&self, cwd: Option<&str>, root: &str) -> Result<Option<Build>, Refusal> {
        let projects: Vec<i64> = self.projects_here(cwd)?.iter().map(|p| p.row).collect();
        let filter = BuildFilter { projects: Some(&projects), limit: 50, ..BuildFilter::default() };
        let runs = self.store.builds(&filter, self.live_since())?;
        Ok(runs.first().map(|newest| Build {
            status: build_status::status(newest).to_owned(),
            tag: newest.tag.clone(),
            ended_at: newest.ended.map(rfc3339),
            red: open_failures(&runs).into_iter().take(3).map(|run| build_error(run, Some(root))).collect(),
        }))
    }

    fn external_here(&self, cwd: &str) -> Result<Option<External>, Refusal> {
        let params = external_changes::Params { since_min: None, cwd: cwd.to_owned() };
        let found = external_changes::ExternalChanges::answer(self, params)?;
        Ok((found.count > 0).then(|| External {
            since_min: found.since_min,
            count: found.count,
            changes: found.changes.into_iter().take(8).collect(),
            commits: found.commits.into_iter().take(5).collect(),
            branch_moves: found.branch_moves.into_iter().take(3).collect(),
        }))
    }

    /// Other sessions of this project, of the last day.
    fn peers_here(&self, cwd: Option<&str>, own: Option<&SessionFacts>) -> Result<Vec<PeerLine>, Refusal> {
        let filter = SessionFilter {
            agents: Agent::ALL.to_vec(),
            projects: Some(self.projects_here(cwd)?.iter().map(|p| p.row).collect()),
            since: Some(self.now() - PEER_MS),
            active_only: true,
            limit: PEERS + 1,
            ..SessionFilter::default()
        };
        let others =
            self.store.sessions(&filter)?.into_iter().filter(|s| own.is_none_or(|own| own.session_id != s.session_id));
        let lines = others.take(PEERS).map(|s| PeerLine {
            agent_source: s.agent.name().to_owned(),
            live: self.is_live(&s),
            last_activity_ago: ago(self.now(), s.last_activity),
            title: s.title.as_deref().map(|t| budget::line(t, 80)),
            session_id: s.session_id,
        });
        Ok(lines.collect())
    }
}

/// Leaves out what matters least until the answer fits.
fn shrink(answer: &mut Answer, most: usize) -> bool {
    let steps: [fn(&mut Answer); 9] = [
        |a| {
            if let Some(p) = &mut a.project_state {
                p.top_level.clear();
                p.key_files.truncate(6);
            }
        },
        |a| a.peers.truncate(2),
        |a| {
            if let Some(s) = &mut a.session {
                s.subagents.clear();
                s.tools.clear();
                s.recent_files.truncate(4);
            }
        },
        |a| {
            if let Some(e) = &mut a.external {
                e.changes.truncate(3);
                e.commits.truncate(2);
            }
        },
        |a| {
            if let Some(s) = &mut a.session {
                s.last_assistant_message = s.last_assistant_message.take().map(|m| budget::head(&m, 200));
                s.last_user_prompt = s.last_user_prompt.take().map(|m| budget::head(&m, 200));
                s.plan.truncate(4);
            }
        },
        |a| {
            a.project_state = None;
            a.peers.clear();
        },
        |a| {
            a.external = None;
            a.anomalies.truncate(2);
        },
        |a| {
            if let Some(s) = &mut a.session {
                s.plan.clear();
                s.last_assistant_message = None;
                s.last_user_prompt = None;
                s.recent_files.clear();
            }
        },
        |a| {
            if let Some(b) = &mut a.build {
                b.red.truncate(1);
            }
        },
    ];
    let mut cut = false;
    for step in steps {
        // Empty and absent fields are counted here but not told: the estimate errs on the long side.
        if budget::tokens(answer) <= most {
            break;
        }
        step(answer);
        cut = true;
    }
    cut
}
