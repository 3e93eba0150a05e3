//! From one hook call to a batch: whose it is, what it tells, and that nothing secret is in it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::enrich::{EnrichState, Enricher};
use super::projects::Projects;
use super::views;
use crate::adapters::{self, Heard, Hooks, Moment, Posted};
use crate::builds::report::SOURCE;
use crate::model::{Agent, Fact, Millis, ProcessId, ProcessNote, SessionId, ToolKind};
use crate::redact::Redactor;
use crate::spool::Entry;
use crate::store::Batch;

/// A hook that comes later than this after its moment tells nothing of what lies on the disk.
const FRESH_MS: Millis = 2_000;

/// Of a transcript, its end is looked at.
const TAIL: u64 = 256 * 1024;
const LOOKS: usize = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(4);

/// Reads hook calls; one for all threads.
pub struct HookReader {
    redactor: Redactor,
    projects: Mutex<Projects>,
}

/// A hook call that was understood.
#[derive(Debug)]
pub struct HookRead {
    pub batch: Batch,
    pub agent: Agent,
    pub session: Option<SessionId>,
    /// The agent's own spelling.
    pub event: String,
    pub moment: Moment,
    /// Inside a sub-agent.
    pub agent_id: Option<String>,
    pub cwd: Option<String>,
    pub transcript_path: Option<PathBuf>,
    /// The call that it is about.
    pub call: Option<CallHere>,
    /// The working tree that the agent is in.
    pub root: Option<PathBuf>,
    /// Files that it saw or changed.
    pub touched: Vec<PathBuf>,
    /// When the hook ran.
    pub at: Millis,
}

/// As much of a call as decides what may be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallHere {
    pub id: String,
    pub kind: Option<ToolKind>,
}

/// Why nothing can be kept of a hook call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    #[error("unknown agent \"{0}\"")]
    UnknownAgent(String),
    #[error("the payload is not JSON")]
    NotJson,
}

impl HookReader {
    pub fn new(redactor: Redactor, home: &Path) -> Self {
        Self { redactor, projects: Mutex::new(Projects::new(home)) }
    }

    /// # Errors
    /// The agent is none we know, or the payload is not JSON.
    pub fn read(&self, entry: &Entry, now: Millis) -> Result<HookRead, HookError> {
        if entry.source == SOURCE {
            let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
            return super::wrapper::read(&entry.body, now, self.redactor, &mut projects);
        }
        let posted = Posted {
            body: &entry.body,
            at: moment_of(entry, now),
            key: xxhash_rust::xxh3::xxh3_64(entry.id.as_bytes()),
            event: entry.event.as_deref(),
            hints: &entry.hints,
        };
        let agent = seen_through(agent_of(entry)?, &posted);
        let hooks = adapters::find(agent).and_then(adapters::Adapter::hooks);
        let heard = match hooks {
            Some(hooks) => hooks.read(&posted),
            None => adapters::unknown_hook(agent, &posted),
        };
        let mut heard = heard.ok_or(HookError::NotJson)?;
        if let Some(hooks) = hooks.filter(|_| lacks_an_outcome(&heard)) {
            complete(hooks, &mut heard, now - posted.at <= FRESH_MS);
        }
        Ok(self.enriched(agent, heard, entry, posted.at, now))
    }

    /// Whether reading this call may have to wait for what the agent writes elsewhere.
    pub fn may_wait(&self, entry: &Entry) -> bool {
        agent_of(entry).is_ok_and(|agent| agent != Agent::ClaudeCode)
    }

    fn enriched(&self, agent: Agent, heard: Heard, entry: &Entry, at: Millis, now: Millis) -> HookRead {
        let Heard { mut parsed, session, event, moment, agent_id, cwd, transcript_path } = heard;
        let transcript_path = transcript_path.map(PathBuf::from);
        let mut batch = Batch::told(now);
        let call = parsed.facts.iter().find_map(|fact| match fact {
            Fact::ToolCall(call) => Some(CallHere { id: call.call_id.clone(), kind: call.kind }),
            _ => None,
        });
        let touched = viewed(&mut parsed.facts, now - at <= FRESH_MS);
        let root;
        {
            // Looks at the disk once per directory; everybody else waits a moment then.
            let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
            let file = transcript_path.as_deref().unwrap_or(Path::new(""));
            root = cwd.as_deref().filter(|_| agent_id.is_none()).map(|cwd| PathBuf::from(projects.of(cwd).root));
            let mut enricher = Enricher::new(&self.redactor, &mut projects, file, EnrichState::default());
            for fact in parsed.facts {
                enricher.add(fact, &mut batch);
            }
        }
        // The process is in another session by now, or gone.
        let over = moment == Moment::SessionEnd;
        if let (Some(session), Some((pid, started)), false) = (&session, entry.process, over) {
            let process = ProcessId { pid, started };
            batch.push(Fact::Process(ProcessNote { session: session.clone(), at, process }));
        }
        HookRead { batch, agent, session, event, moment, agent_id, cwd, transcript_path, call, root, touched, at }
    }
}

/// A call ended, and the hook does not say how.
fn lacks_an_outcome(heard: &Heard) -> bool {
    heard.moment == Moment::AfterTool
        && heard.parsed.facts.iter().any(|fact| match fact {
            Fact::ToolCall(call) => call.ended_at.is_some() && call.status.is_none(),
            _ => false,
        })
}

/// Looks for the outcome at the end of the transcript that the hook names, where it may come a moment later.
fn complete(hooks: &dyn Hooks, heard: &mut Heard, fresh: bool) {
    let Some(path) = heard.transcript_path.clone() else { return };
    let tries = if fresh { LOOKS } else { 1 };
    for look in 0..tries {
        if look > 0 {
            std::thread::sleep(BETWEEN_LOOKS);
        }
        let Ok(tail) = end_of(Path::new(&path)) else { return };
        if hooks.complete(heard, &tail) {
            return;
        }
    }
}

fn end_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(tail)
}

/// The files that were seen or changed. Long after the call a file may be another, so that only what is `fresh` is
/// looked at.
fn viewed(facts: &mut [Fact], fresh: bool) -> Vec<PathBuf> {
    let touches = facts.iter_mut().filter_map(|fact| if let Fact::File(touch) = fact { Some(touch) } else { None });
    touches
        .map(|touch| {
            let path = PathBuf::from(&touch.path);
            if fresh {
                touch.content_hash = views::content(&path, touch.content_hash);
            }
            path
        })
        .collect()
}

/// The agent named, unless its environment knows better: some agents run other agents' hook files.
fn agent_of(entry: &Entry) -> Result<Agent, HookError> {
    let named: Agent = entry.source.parse().map_err(|_| HookError::UnknownAgent(entry.source.clone()))?;
    let says = |name: &str| entry.hints.get(name).is_some_and(|value| !value.is_empty() && value != "0");
    // Gemini CLI can take over Claude Code's hooks, and names its session in both places.
    let in_gemini = || {
        let session = entry.hints.get("GEMINI_SESSION_ID").filter(|id| !id.is_empty());
        session.is_some_and(|id| memchr::memmem::find(&entry.body, id.as_bytes()).is_some())
    };
    Ok(match named {
        Agent::ClaudeCode if says("COPILOT_CLI") => Agent::CopilotCli,
        Agent::ClaudeCode if in_gemini() => Agent::GeminiCli,
        named => named,
    })
}

/// Another agent's payload may come where nobody tells its environment: over HTTP.
fn seen_through(named: Agent, posted: &Posted<'_>) -> Agent {
    if named != Agent::ClaudeCode {
        return named;
    }
    let wrote = |agent: &Agent| {
        let hooks = adapters::find(*agent).and_then(adapters::Adapter::hooks);
        hooks.is_some_and(|hooks| hooks.wrote(posted))
    };
    Agent::ALL.into_iter().filter(|agent| *agent != named).find(wrote).unwrap_or(named)
}

/// When the hook ran; a clock that is off by more than this is not believed.
fn moment_of(entry: &Entry, now: Millis) -> Millis {
    const AHEAD_MS: Millis = 60 * 1000;
    if entry.at > 0 && entry.at <= now + AHEAD_MS { entry.at } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Level;

    fn entry(source: &str, body: &str) -> Entry {
        Entry { id: "7".repeat(32), at: 1000, source: source.to_owned(), body: body.into(), ..Entry::default() }
    }

    fn reader() -> HookReader {
        HookReader::new(Redactor::new(Level::Preview), Path::new("/home/nobody"))
    }

    #[test]
    fn an_unknown_agent_and_prose_are_named() {
        let reader = reader();
        assert_eq!(
            reader.read(&entry("cursor", "{}"), 2000).unwrap_err(),
            HookError::UnknownAgent("cursor".to_owned())
        );
        assert_eq!(reader.read(&entry("claude", "hello"), 2000).unwrap_err(), HookError::NotJson);
    }

    #[test]
    fn another_agent_that_runs_claudes_hooks_is_seen_through() {
        let mut copilot = entry("claude_code", r#"{"session_id":"s","hook_event_name":"Stop"}"#);
        copilot.hints.insert("COPILOT_CLI".to_owned(), "1".to_owned());
        assert_eq!(reader().read(&copilot, 2000).unwrap().agent, Agent::CopilotCli);
        for (body, agent) in [
            (
                r#"{"hook_event_name":"Stop","session_id":"s","timestamp":"2026-11-20T10:00:23.315Z","traceparent":"00-1"}"#,
                Agent::CopilotCli,
            ),
            (
                r#"{"hook_event_name":"Stop","session_id":"s","transcript_path":"/t.jsonl","permission_mode":"default"}"#,
                Agent::ClaudeCode,
            ),
            (r#"{"hook_event_name":"Stop","session_id":"s"}"#, Agent::ClaudeCode),
        ] {
            assert_eq!(reader().read(&entry("claude_code", body), 2000).unwrap().agent, agent, "{body}");
        }
        let mut gemini = entry("claude_code", r#"{"session_id":"s1","hook_event_name":"AfterAgent"}"#);
        gemini.hints.insert("GEMINI_SESSION_ID".to_owned(), "s1".to_owned());
        assert_eq!(reader().read(&gemini, 2000).unwrap().agent, Agent::GeminiCli);
        // A client that a command of the other's started.
        gemini.hints.insert("GEMINI_SESSION_ID".to_owned(), "s2".to_owned());
        assert_eq!(reader().read(&gemini, 2000).unwrap().agent, Agent::ClaudeCode);
    }

    #[test]
    fn a_time_from_the_future_is_not_believed() {
        let mut ahead = entry("claude", "{}");
        ahead.at = 10_000_000;
        assert_eq!(moment_of(&ahead, 2000), 2000);
        assert_eq!(moment_of(&entry("claude", "{}"), 2000), 1000);
    }
}
