//! `get_context_bundle`: everything an agent needs to know now, in one answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::anomalies::{Anomaly, shown};
use super::doing::Doing;
use super::here::Here;
use super::overlap::SharedFile;
use super::session_facts::{BuildError, SessionFacts, open_failures, session_id};
use super::{Asker, Question, Refusal, ago, budget, build_status, external_changes, project_state, rfc3339};
use crate::store::{BuildFilter, SessionFilter, SessionRow};

const MAX_TOKENS: u32 = 1500;
const PEERS: usize = 5;
const OVERLAP: usize = 3;
/// Sessions among which peers are looked for: many of the last day may be windows of one conversation.
const LOOKED_AT: usize = 40;
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
    /// Of a live one: what it does this moment.
    pub now: Option<Doing>,
    /// Files that a live one edited lately.
    pub editing: Vec<String>,
    /// Files that it and this session have in hand, one of them editing.
    pub overlap: Vec<String>,
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
        let here = asker.here(Some(&params.cwd))?;
        let mut answer = asker.told_of(&params.session_id, &here)?;
        // Running git would take longer than all of this; `get_project_state` does.
        answer.project_state = Some(project_state::glance(&here, asker.now())).filter(|state| state.note.is_none());
        if shrink(&mut answer, most as usize) {
            answer.truncated = Some("cut to max_tokens; the single tools have the rest".to_owned());
        }
        Ok(answer)
    }

    fn most_tokens(params: &Params) -> usize {
        params.max_tokens.unwrap_or(MAX_TOKENS) as usize
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
        lines.extend(answer.peers.iter().map(|p| {
            let overlap =
                if p.overlap.is_empty() { String::new() } else { format!(", also at {}", p.overlap.join(", ")) };
            format!("{} {}{overlap}", p.agent_source, p.last_activity_ago)
        }));
        lines.extend(answer.note.clone());
        lines.join("\n")
    }
}

impl Asker {
    /// All that the store tells.
    fn told_of(&self, session_id: &str, here: &Here) -> Result<Answer, Refusal> {
        let mut answer = Answer {
            generated_at: rfc3339(self.now()),
            project: Some(here.label()),
            build: self.builds_here(here)?,
            ..Answer::default()
        };
        let resolved = self.session_at(session_id, here)?;
        answer.external = self.external_here(here)?;
        if let Some(resolved) = resolved {
            answer.session = Some(self.session_facts(&resolved.session)?);
            answer.anomalies = self.store.findings(resolved.session.row)?.into_iter().take(5).map(shown).collect();
            answer.resolved_by = Some(resolved.by);
            answer.note = self.remarks(&resolved)?;
            answer.peers = self.peers_here(here, &resolved.session)?;
        } else {
            answer.note = Some(self.nothing_here()?);
        }
        Ok(answer)
    }

    fn builds_here(&self, here: &Here) -> Result<Option<Build>, Refusal> {
        let filter = BuildFilter { projects: Some(&here.rows), limit: 50, ..BuildFilter::default() };
        let runs = self.store.builds(&filter, self.live_since())?;
        let Some(newest) = runs.first() else { return Ok(None) };
        let red = open_failures(&runs).into_iter().take(3).map(|run| self.build_error(run, Some(&here.root)));
        Ok(Some(Build {
            status: build_status::status(newest).to_owned(),
            tag: budget::name(&newest.tag),
            ended_at: newest.ended.map(rfc3339),
            red: red.collect::<Result<_, _>>()?,
        }))
    }

    fn external_here(&self, here: &Here) -> Result<Option<External>, Refusal> {
        let found = self.changes(here, external_changes::SINCE_MIN)?;
        Ok((found.count > 0).then(|| External {
            since_min: found.since_min,
            count: found.count,
            changes: found.changes.into_iter().take(8).collect(),
            commits: found.commits.into_iter().take(5).collect(),
            branch_moves: found.branch_moves.into_iter().take(3).collect(),
        }))
    }

    /// Other sessions of this project, of the last day; those at work first.
    fn peers_here(&self, here: &Here, session: &SessionRow) -> Result<Vec<PeerLine>, Refusal> {
        let filter = SessionFilter {
            projects: Some(here.rows.clone()),
            since: Some(self.now() - PEER_MS),
            active_only: true,
            limit: LOOKED_AT,
            ..SessionFilter::default()
        };
        // Where a session of another agent stands in for the asker's own, it is a peer all the same.
        let stands_in = self.around.caller.is_some_and(|caller| caller != session.agent);
        let own = if stands_in { self.own_conversation()? } else { vec![self.eldest_of(session)?] };
        let mut others = self.without_kin(self.store.sessions(&filter)?, &own)?;
        others.sort_by_key(|other| !self.is_live(other));
        others.truncate(PEERS);
        let shared = if stands_in { Vec::new() } else { self.shared_with(session, &others)? };
        others.iter().map(|other| self.peer_line(other, &shared)).collect()
    }

    fn peer_line(&self, peer: &SessionRow, shared: &[SharedFile]) -> Result<PeerLine, Refusal> {
        let (now, editing) = self.at_work(peer)?;
        let id = session_id(&peer.session_id);
        let both = shared.iter().filter(|file| file.session_id == id && file.agent_source == peer.agent.name());
        Ok(PeerLine {
            agent_source: peer.agent.name().to_owned(),
            live: self.is_live(peer),
            last_activity_ago: ago(self.now(), peer.last_activity),
            title: peer.title.as_deref().map(|t| budget::line(t, 80)),
            now,
            editing,
            overlap: both.take(OVERLAP).map(|file| file.file.clone()).collect(),
            session_id: id,
        })
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
        |a| {
            a.peers.truncate(3);
            a.peers.iter_mut().for_each(|peer| peer.now = None);
        },
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
            // Whom one runs into matters to the last.
            a.peers.retain(|peer| !peer.overlap.is_empty());
            a.peers.iter_mut().for_each(|peer| peer.editing.clear());
        },
        |a| {
            a.external = None;
            a.anomalies.truncate(2);
            a.peers.truncate(1);
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
        if super::json(answer).is_ok_and(|told| budget::tokens(&told) <= most) {
            break;
        }
        step(answer);
        cut = true;
    }
    cut
}
