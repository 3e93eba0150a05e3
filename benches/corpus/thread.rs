//! One transcript in the making: the envelope every record of it shares, and the clock that goes on from record to record.

use super::ids::{self, Uuid};
use super::project::Project;
use super::random::Random;
use super::statistics::Statistics;
use super::texts::Texts;

/// Appends byte strings to a buffer.
macro_rules! put {
    ($out:expr; $($part:expr),+ $(,)?) => {{ $( $out.extend_from_slice(::core::convert::AsRef::<[u8]>::as_ref(&$part)); )+ }};
}
pub(super) use put;

/// What Claude Code wrote in the course of the year; each has its own order of fields and its own noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 2.0.76 to 2.1.39: progress records, whole original files, growing usage.
    Progress,
    /// 2.1.205 to 2.1.219: attachments, queue operations, iterations in the usage.
    Attachments,
    /// 2.1.328: rendered attachments, the requests themselves, running costs.
    Requests,
}

/// Never runs past the end of the corpus: the nearer it comes, the slower it goes.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub now: u64,
    pub end: u64,
}

impl Clock {
    pub fn pass(&mut self, ms: u64) -> u64 {
        self.now += ms.min(self.end.saturating_sub(self.now) / 256);
        self.now
    }
}

/// What a session's threads have in common.
pub struct Common<'a> {
    pub texts: &'a Texts,
    pub project: &'a mut Project,
    pub counts: &'a mut Statistics,
    pub random: Random,
    pub clock: Clock,
    pub session: Uuid,
    pub era: Era,
    pub model: &'static str,
    pub version: &'static str,
    pub branch: String,
    pub slug: String,
    /// The session's hooks leave a record at every call.
    pub hooks: bool,
}

pub struct Thread {
    pub out: Vec<u8>,
    pub parent: Option<Uuid>,
    pub prompt: Uuid,
    /// Tokens that the model has before it, and how many of them it has seen before.
    pub context: u64,
    pub cached: u64,
    /// The fields of every record that stand before its own.
    head: Vec<u8>,
    /// Those that stand after them.
    tail: Vec<u8>,
}

impl Thread {
    pub fn new(common: &mut Common<'_>, agent: Option<&str>) -> Self {
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        put!(head; r#","isSidechain":"#, if agent.is_some() { "true" } else { "false" });
        if common.era == Era::Progress {
            put!(head; r#","userType":"external","cwd":""#, common.project.root, r#"","sessionId":""#, common.session,
                r#"","version":""#, common.version, r#"","gitBranch":""#, common.branch, r#"","slug":""#, common.slug,
                r#"""#);
        } else {
            let entry = if common.era == Era::Attachments { "claude-desktop" } else { "cli" };
            put!(tail; r#","userType":"external","entrypoint":""#, entry, r#"","cwd":""#, common.project.root,
                r#"","sessionId":""#, common.session, r#"","version":""#, common.version, r#"","gitBranch":""#,
                common.branch, r#"""#);
        }
        if let Some(agent) = agent {
            put!(head; r#","agentId":""#, agent, r#"""#);
        }
        let prompt = ids::uuid(&mut common.random);
        Self { out: Vec::with_capacity(1 << 20), parent: None, prompt, context: 0, cached: 0, head, tail }
    }

    /// Begins a record of the conversation; returns where it starts.
    pub fn open(&mut self) -> usize {
        let start = self.out.len();
        match &self.parent {
            Some(parent) => put!(self.out; r#"{"parentUuid":""#, parent, r#"""#),
            None => put!(self.out; r#"{"parentUuid":null"#),
        }
        put!(self.out; self.head);
        start
    }

    /// Ends it: the next record will name it as its parent.
    pub fn close(&mut self, common: &mut Common<'_>, kind: &'static str, start: usize) -> Uuid {
        let uuid = ids::uuid(&mut common.random);
        put!(self.out; r#","uuid":""#, uuid, r#"","timestamp":""#);
        ids::time(&mut self.out, common.clock.now);
        put!(self.out; r#"""#, self.tail, "}\n");
        common.counts.record(kind, self.out.len() - start);
        self.parent = Some(uuid);
        uuid
    }

    /// A record beside the conversation: no uuid, no envelope but the session.
    pub fn aside(&mut self, common: &mut Common<'_>, kind: &'static str, fields: &[u8]) {
        let start = self.out.len();
        put!(self.out; r#"{"type":""#, kind, r#"""#, fields, r#","sessionId":""#, common.session, "\"}\n");
        common.counts.record(kind, self.out.len() - start);
    }

    /// A text under the user's name, as a JSON string without its quotes.
    pub fn user(&mut self, common: &mut Common<'_>, kind: &'static str, content: &[u8], flags: &str) {
        self.user_with(common, kind, content, flags.as_bytes());
    }

    /// The same with fields behind the message.
    pub fn user_with(&mut self, common: &mut Common<'_>, kind: &'static str, content: &[u8], fields: &[u8]) {
        let start = self.open();
        if common.era != Era::Progress {
            put!(self.out; r#","promptId":""#, self.prompt, r#"""#);
        }
        put!(self.out; r#","type":"user","message":{"role":"user","content":"#, content, "}", fields);
        self.context += content.len() as u64 / 4;
        self.close(common, kind, start);
    }

    /// A notice of the client.
    pub fn system(&mut self, common: &mut Common<'_>, kind: &'static str, fields: &[u8]) {
        let start = self.open();
        put!(self.out; r#","type":"system","subtype":""#, kind, r#"""#, fields);
        self.close(common, kind, start);
    }
}

/// `text` between quotes.
pub fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    put!(out; r#"""#, text, r#"""#);
    out
}

pub fn time(ms: u64) -> String {
    let mut out = Vec::with_capacity(24);
    ids::time(&mut out, ms);
    String::from_utf8_lossy(&out).into_owned()
}
