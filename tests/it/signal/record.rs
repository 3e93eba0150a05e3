//! What was said in a story, and what of it was expected.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Story;

/// Where something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    Start,
    Prompt,
    Before,
    After,
    /// Before a call or after it, whichever the agent can be told at first.
    Call,
    Stop,
}

impl At {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "session_start",
            Self::Prompt => "user_prompt_submit",
            Self::Before => "pre_tool_use",
            Self::After => "post_tool_use",
            Self::Call => "pre_tool_use or post_tool_use",
            Self::Stop => "stop_block",
        }
    }

    fn is(self, channel: &str) -> bool {
        self.name() == channel || self == Self::Call && [Self::Before, Self::After].iter().any(|at| at.is(channel))
    }

    fn of(event: &str) -> Option<Self> {
        Some(match event {
            "SessionStart" => Self::Start,
            "UserPromptSubmit" => Self::Prompt,
            "PreToolUse" => Self::Before,
            "PostToolUse" | "PostToolUseFailure" => Self::After,
            "Stop" => Self::Stop,
            _ => return None,
        })
    }
}

/// A delivery, with the answer that carried it.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: i64,
    pub session: String,
    pub kind: String,
    pub key: String,
    pub severity: String,
    pub channel: String,
    pub event: String,
    pub files: String,
    pub tokens: i64,
    pub text: String,
}

#[derive(Default)]
pub struct Record {
    /// Not expected so far.
    pending: Vec<Delivery>,
    known: BTreeSet<i64>,
    right: BTreeMap<String, usize>,
    wrong: Vec<(String, String)>,
    missed: Vec<(String, String)>,
    /// What is amiss beside that.
    odd: Vec<String>,
    /// Bytes that each session was made to read.
    pub bytes: BTreeMap<String, usize>,
    pub scenery: String,
}

impl Record {
    pub fn odd(&mut self, what: String) {
        self.odd.push(what);
    }

    pub fn is_known(&self, id: i64) -> bool {
        self.known.contains(&id)
    }

    /// Deliveries of one answer. `event`: the one that was answered.
    pub fn deliver(&mut self, event: &str, deliveries: Vec<Delivery>) {
        let at = At::of(event);
        let kinds: BTreeSet<&str> = deliveries.iter().map(|one| one.kind.as_str()).collect();
        if at == Some(At::Prompt) && kinds.len() > 3 {
            self.odd.push(format!("{} notes at one prompt", kinds.len()));
        }
        if matches!(at, Some(At::Before | At::After)) && deliveries.len() > 1 {
            self.odd.push(format!("{} notes at one {event}", deliveries.len()));
        }
        for delivery in deliveries {
            self.known.insert(delivery.id);
            if delivery.event != event || at.is_none_or(|at| at.name() != delivery.channel) {
                self.odd.push(format!("the answer to {event} is kept as {} {}", delivery.channel, delivery.event));
            }
            if delivery.tokens <= 0 {
                self.odd.push(format!("a delivery of {} tokens: {}", delivery.tokens, delivery.kind));
            }
            self.pending.push(delivery);
        }
    }

    /// What nobody expected until now. `session`: only what that one was told.
    pub fn flush(&mut self, session: Option<&str>) {
        let (over, rest): (Vec<Delivery>, Vec<Delivery>) =
            std::mem::take(&mut self.pending).into_iter().partition(|one| session.is_none_or(|id| one.session == id));
        self.pending = rest;
        for one in over {
            self.wrong.push((one.kind.clone(), format!("{} at {}: {}", one.kind, one.event, one.text)));
        }
    }

    pub fn expect(&mut self, session: &str, at: At, kind: &str, severity: Option<&str>, about: &str) {
        let is_it = |one: &&Delivery| one.session == session && one.kind == kind && at.is(&one.channel);
        let names = |one: &Delivery| one.key.contains(about) || one.files.contains(about);
        let found: Vec<usize> =
            self.pending.iter().enumerate().filter(|(_, one)| is_it(one)).map(|(number, _)| number).collect();
        let best = found.iter().copied().find(|number| names(&self.pending[*number])).or(found.first().copied());
        let Some(best) = best else {
            self.missed.push((kind.to_owned(), format!("{kind} at {} about {about}", at.name())));
            return;
        };
        let one = self.pending.remove(best);
        if !one.text.contains(about) {
            self.odd.push(format!("{kind} does not name {about}: {}", one.text));
        }
        if severity.is_some_and(|severity| severity != one.severity) {
            self.odd.push(format!("{kind} about {about} is {}, not {severity:?}", one.severity));
        }
        *self.right.entry(kind.to_owned()).or_default() += 1;
    }

    /// Notes of so many kinds, whichever they are.
    pub fn expect_some(&mut self, session: &str, at: At, notes: usize) {
        let (found, rest): (Vec<Delivery>, Vec<Delivery>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|one| one.session == session && at.is(&one.channel));
        self.pending = rest;
        let kinds: BTreeSet<&str> = found.iter().map(|one| one.kind.as_str()).collect();
        if kinds.len() != notes {
            self.odd.push(format!("{} notes, not {notes}: {kinds:?}", kinds.len()));
        }
        for one in &found {
            *self.right.entry(one.kind.clone()).or_default() += 1;
        }
    }

    /// A delivery that came with no answer.
    pub fn unheard(&mut self, kind: &str, session: &Value) {
        self.wrong.push((kind.to_owned(), format!("{kind} was delivered to {session} with no answer")));
    }

    /// What was said is still there.
    pub fn all_in_the_store(&mut self, ids: &[i64]) {
        for id in &self.known {
            if !ids.contains(id) {
                self.odd.push(format!("delivery {id} is gone"));
            }
        }
    }

    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty() && self.missed.is_empty() && self.odd.is_empty()
    }

    pub fn outcome(self, story: &Story) -> Outcome {
        let count = |list: &[(String, String)]| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for (kind, _) in list {
                *counts.entry(kind.clone()).or_default() += 1;
            }
            counts
        };
        let complaint = (!self.is_clean()).then(|| {
            let wrong = self.wrong.iter().map(|(_, what)| format!("    told wrongly: {what}"));
            let missed = self.missed.iter().map(|(_, what)| format!("    missed: {what}"));
            let odd = self.odd.iter().map(|what| format!("    {what}"));
            let all: Vec<String> = wrong.chain(missed).chain(odd).collect();
            format!("  {}: {}\n{}\n{}", story.kind, story.name, all.join("\n"), self.scenery)
        });
        Outcome {
            kind: story.kind,
            wrong: count(&self.wrong),
            missed: count(&self.missed),
            right: self.right,
            tokens: self.bytes.into_values().map(|bytes| bytes.div_ceil(4)).collect(),
            complaint,
        }
    }
}

/// What came of a story.
pub struct Outcome {
    pub kind: &'static str,
    /// By kind of finding.
    pub right: BTreeMap<String, usize>,
    pub wrong: BTreeMap<String, usize>,
    pub missed: BTreeMap<String, usize>,
    /// Of each session.
    pub tokens: Vec<usize>,
    complaint: Option<String>,
}

impl Outcome {
    pub fn complaint(&self) -> Option<String> {
        self.complaint.clone()
    }

    /// Something of its own kind is to be told in it.
    pub fn is_positive(&self) -> bool {
        self.right.contains_key(self.kind) || self.missed.contains_key(self.kind)
    }
}
