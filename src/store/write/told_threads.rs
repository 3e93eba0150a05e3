//! Codex's telemetry names threads: the session itself, or one that it has started and that is no session.

use rusqlite::{OptionalExtension, params};

use super::{Result, Writer};
use crate::model::{Fact, SessionId};

/// Whose a thread is.
enum Thread {
    Session,
    StartedBy(SessionId),
    Unknown,
}

impl Writer {
    /// Applies what was told of a thread to the session that it belongs to.
    pub(super) fn of_thread(&mut self, mut fact: Fact) -> Result<()> {
        let (session, agent_id) = match &mut fact {
            Fact::Usage(usage) => (&mut usage.session, &mut usage.agent_id),
            Fact::ToolCall(call) => (&mut call.session, &mut call.agent_id),
            Fact::FailedRequest(failed) => (&mut failed.session, &mut failed.agent_id),
            _ => return Ok(()),
        };
        match self.whose_thread(session)? {
            Thread::Session => {}
            Thread::StartedBy(parent) => {
                *agent_id = Some(session.id.to_string());
                *session = parent;
            }
            // Its records tell it better, and a session made of it now would stay beside them.
            Thread::Unknown => return Ok(()),
        }
        self.apply_fact(fact)
    }

    fn whose_thread(&self, thread: &SessionId) -> Result<Thread> {
        let (agent, id) = (thread.agent.name(), &*thread.id);
        let mut find = self.db.prepare_cached(
            "SELECT s.session_id FROM subagent a JOIN session s ON s.id = a.session WHERE a.agent_id = ?1 AND s.agent = ?2",
        )?;
        let parent: Option<String> = find.query_row(params![id, agent], |row| row.get(0)).optional()?;
        if let Some(parent) = parent {
            return Ok(Thread::StartedBy(SessionId::new(thread.agent, &parent)));
        }
        let mut find = self.db.prepare_cached("SELECT 1 FROM session WHERE agent = ?1 AND session_id = ?2")?;
        Ok(if find.exists(params![agent, id])? { Thread::Session } else { Thread::Unknown })
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Agent, SessionNote, SubagentNote, ToolCall};
    use crate::store::{Batch, Reader, Writer};

    use super::*;

    fn call(thread: &str) -> Fact {
        let mut call = ToolCall::new(SessionId::new(Agent::Codex, thread), format!("call of {thread}"));
        call.tool = Some("exec_command".to_owned());
        call.ended_at = Some(1_795_168_800_000);
        Fact::OfThread(Box::new(Fact::ToolCall(call)))
    }

    #[test]
    fn what_a_thread_did_is_its_sessions() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        let session = SessionId::new(Agent::Codex, "root");
        let mut batch = Batch::told(1_795_168_800_000);
        let mut note = SessionNote::new(session.clone());
        note.at = Some(1_795_168_800_000);
        batch.push(Fact::Session(note));
        batch.push(Fact::Subagent(SubagentNote {
            session,
            agent_id: "child".to_owned(),
            at: None,
            agent_type: None,
            description: None,
            call_id: None,
        }));
        for thread in ["root", "child", "nobody's"] {
            batch.push(call(thread));
        }
        writer.apply(batch).unwrap();
        let limit = std::time::Duration::from_secs(5);
        let sql =
            "SELECT session_id || ' ' || coalesce(agent_id, '-') || ' ' || tool_call_id FROM tool_calls ORDER BY 1";
        let rows = Reader::open(dir.path()).unwrap().sql(sql, limit, 10).unwrap().rows;
        let told: Vec<String> = rows.iter().map(|row| format!("{:?}", row[0])).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("root - call of root") && told[1].contains("root child call of child"), "{told:?}");
        let sessions = Reader::open(dir.path()).unwrap().sql("SELECT 1 FROM session", limit, 10).unwrap().rows;
        assert_eq!(sessions.len(), 1);
    }
}
