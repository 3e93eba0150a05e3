//! What a hook is answered: the context block, in the form that the agent takes.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::time::Instant;

use super::counters::Counters;
use super::intake::nothing;
use crate::adapters::{self, Moment, Start};
use crate::answer::block::{self, Occasion};
use crate::answer::{Asker, Refusal, Surroundings};
use crate::clock::Clock;
use crate::ingest::HookRead;
use crate::model::SessionId;
use crate::serve::http::HookReply;
use crate::store::{IdleReaders, WriterHandle};

pub(super) struct Speaker {
    pub data_dir: PathBuf,
    pub home: PathBuf,
    pub clock: Clock,
    pub idle: Arc<IdleReaders>,
    pub counters: Arc<Counters>,
    /// Nothing is ever said.
    pub mute: bool,
}

impl Speaker {
    /// The event itself is stored by now.
    pub async fn answer(
        self: &Arc<Self>,
        read: &HookRead,
        envelope: Option<&str>,
        writer: Option<WriterHandle>,
        until: Instant,
    ) -> HookReply {
        let Some(occasion) = occasion(read).filter(|_| !self.mute) else { return nothing() };
        let (Some(session), Some(writer)) = (read.session.clone(), writer) else { return nothing() };
        let speaker = Arc::clone(self);
        let cwd = read.cwd.clone().unwrap_or_default();
        let late = move || Instant::now() >= until;
        let work = tokio::task::spawn_blocking(move || speaker.text(&session, &cwd, occasion, &writer, &late));
        match tokio::time::timeout_at(until, work).await {
            Ok(Ok(Ok(Some(text)))) => dressed(read, envelope, text),
            Ok(Ok(Ok(None))) => nothing(),
            Ok(Ok(Err(refusal))) => {
                tracing::warn!("no answer to {}: {refusal}", read.event);
                nothing()
            }
            Ok(Err(_panicked)) => {
                Counters::add(&self.counters.task_panics);
                nothing()
            }
            Err(_late) => {
                Counters::add(&self.counters.answers_late);
                nothing()
            }
        }
    }

    fn text(
        &self,
        session: &SessionId,
        cwd: &str,
        occasion: Occasion,
        writer: &WriterHandle,
        late: &dyn Fn() -> bool,
    ) -> Result<Option<String>, Refusal> {
        let around = Surroundings {
            data_dir: self.data_dir.clone(),
            home: self.home.clone(),
            caller: Some(session.agent),
            cwd: PathBuf::from(cwd),
            ..Surroundings::default()
        };
        let asker = Asker::with(self.idle.take(&self.data_dir)?, around, self.clock);
        let block = block::block(&asker, session, cwd, occasion)?;
        // What comes too late is not heard, so it was not told.
        if block.text().is_some() && !late() {
            let told = serde_json::to_string(block.told()).unwrap_or_default();
            let (session, at) = (session.clone(), self.clock.now_ms());
            writer.with(move |writer| writer.keep_told(&session, &told, at))??;
        }
        self.idle.give_back(asker.store);
        Ok(block.text().map(str::to_owned))
    }
}

/// Where something may be said, and what for. Sub-agents and the client's own messages are told nothing.
fn occasion(read: &HookRead) -> Option<Occasion> {
    if read.agent_id.is_some() {
        return None;
    }
    match read.moment {
        Moment::SessionStart(start) => Some(match start {
            Start::Startup => Occasion::Startup,
            Start::Resume => Occasion::Resume,
            Start::Clear => Occasion::Clear,
            Start::Compact => Occasion::Compact,
            Start::Fork => Occasion::Fork,
        }),
        Moment::Prompt { by_person: true } => Some(Occasion::Prompt),
        _ => None,
    }
}

/// In the agent's own form, where one is asked for; an agent that takes no text here is told nothing.
fn dressed(read: &HookRead, envelope: Option<&str>, text: String) -> HookReply {
    match envelope {
        None | Some("" | "text") => HookReply::Kept { body: text, json: false },
        Some(_) => {
            let hooks = adapters::find(read.agent).and_then(adapters::Adapter::hooks);
            match hooks.and_then(|hooks| hooks.context(&read.event, &text)) {
                Some(json) => HookReply::Kept { body: json.to_string(), json: true },
                None => nothing(),
            }
        }
    }
}
