//! `agent-<id>.meta.json`: what a sub-agent was started for.

use std::path::PathBuf;

use super::wire::SubagentMeta as WireMeta;
use super::{agent_of_file, session_of_subagent_file};
use crate::adapters::{FileFacts, Parsed, Parser, json};
use crate::model::{Agent, Fact, SessionId, SubagentNote};

pub(super) struct SubagentMeta {
    path: PathBuf,
}

impl SubagentMeta {
    pub fn new(file: &FileFacts<'_>) -> Self {
        Self { path: file.path.to_owned() }
    }
}

impl Parser for SubagentMeta {
    fn line(&mut self, line: &[u8], number: u64, _terminated: bool, out: &mut Parsed) -> usize {
        let meta: Option<WireMeta<'_>> = serde_json::from_slice(line).ok().filter(|m: &WireMeta<'_>| m.is_object);
        let place = session_of_subagent_file(&self.path).zip(agent_of_file(&self.path));
        let (Some(meta), Some((session, agent_id))) = (meta, place) else {
            out.skip("not JSON", number);
            return line.len();
        };
        out.records += 1;
        out.facts.push(Fact::Subagent(SubagentNote {
            session: SessionId::new(Agent::ClaudeCode, session),
            agent_id: agent_id.to_owned(),
            at: None,
            agent_type: json::string(meta.agent_type),
            description: json::string(meta.description),
            call_id: json::string(meta.tool_use_id),
        }));
        line.len()
    }

    fn state(&self) -> Option<String> {
        None
    }
}
