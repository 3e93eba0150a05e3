//! What a hook is answered: the context block or a note, in the form that the agent takes, and kept as told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::counters::Counters;
use super::intake::nothing;
use super::notice::{Turns, notice, wanted};
use crate::adapters::{self, Hooks, Moment, Start};
use crate::answer::block::{self, Occasion};
use crate::answer::{Asker, Refusal, Surroundings};
use crate::clock::Clock;
use crate::config::{LiveSettings, Settings};
use crate::ingest::HookRead;
use crate::model::{Millis, SessionId};
use crate::perceive::engine::{Here, Review};
use crate::perceive::load::Memo;
use crate::perceive::rules::Channel;
use crate::perceive::view::About;
use crate::serve::http::HookReply;
use crate::spool::MUTE;
use crate::store::{Head, IdleReaders, Noticed, StoreError, WriterHandle};

/// Nobody waits any more for the answer to a hook that ran longer ago.
const HEARD_MS: Millis = 2_000;

pub(super) struct Speaker {
    pub data_dir: PathBuf,
    pub home: PathBuf,
    pub clock: Clock,
    pub idle: Arc<IdleReaders>,
    pub counters: Arc<Counters>,
    pub settings: LiveSettings,
    pub turns: Turns,
    pub memo: Memo,
}

/// Between the commit of what is told and its telling.
const ON_ITS_WAY: Duration = Duration::from_millis(15);

/// In which form an answer is wanted.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Agent(Option<&'static dyn Hooks>),
}

/// What is said.
enum Words {
    /// Beside what the agent reads anyway.
    Context(String),
    /// It goes on instead of stopping.
    Hold(String),
    /// Its person decides.
    Ask(String),
    /// For the summary of what went before.
    Keep(String),
}

impl Speaker {
    /// The event itself is stored by now.
    pub async fn answer(
        self: &Arc<Self>,
        read: HookRead,
        envelope: Option<&str>,
        writer: Option<WriterHandle>,
        until: Instant,
    ) -> HookReply {
        let settings = self.settings.now();
        let stale = self.clock.now_ms() - read.at > HEARD_MS;
        let (Some(session), Some(writer)) = (read.session.clone(), writer) else { return nothing() };
        if !settings.injection || envelope == Some(MUTE) || stale || !speaks_at(&read, settings.budgets.enforce) {
            return nothing();
        }
        let form = Form::of(&read, envelope);
        let event = read.event.clone();
        let speaker = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || speaker.words(&session, &read, form, &settings, &writer, until));
        match tokio::time::timeout_at(until, work).await {
            Ok(Ok(Ok(Some(words)))) => form.dressed(&event, words),
            Ok(Ok(Ok(None))) => nothing(),
            Ok(Ok(Err(refusal))) => {
                tracing::warn!("no answer to {event}: {refusal}");
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

    fn words(
        &self,
        session: &SessionId,
        read: &HookRead,
        form: Form,
        settings: &Settings,
        writer: &WriterHandle,
        until: Instant,
    ) -> Result<Option<Words>, Refusal> {
        let _turn = self.turns.of(session);
        let around = Surroundings {
            data_dir: self.data_dir.clone(),
            home: self.home.clone(),
            caller: Some(session.agent),
            cwd: PathBuf::from(read.cwd.as_deref().unwrap_or_default()),
            ..Surroundings::default()
        };
        let asker = Asker::with(self.idle.take(&self.data_dir)?, around, self.clock);
        let said = say(&asker, session, read, form, settings, &self.memo)?;
        self.idle.give_back(asker.store);
        let Said { words, noticed, otherwise } = said;
        if noticed.is_empty() && otherwise.is_empty() {
            return Ok(words);
        }
        let (session, at) = (session.clone(), self.clock.now_ms());
        // What comes too late is not heard, so it was not told; what was noticed holds all the same.
        let in_time = writer.with(move |writer| {
            let in_time = Instant::now() + ON_ITS_WAY < until;
            let kept = if in_time { noticed } else { otherwise };
            if !kept.is_empty() {
                writer.keep_noticed(&session, &kept, at)?;
            }
            Ok::<bool, StoreError>(in_time)
        })??;
        Ok(words.filter(|_| in_time))
    }
}

/// Whether anything can be said or is to be looked at.
fn speaks_at(read: &HookRead, enforce: bool) -> bool {
    let compacts = read.moment == Moment::BeforeCompaction && read.agent_id.is_none();
    compacts || wanted(read, enforce).is_some()
}

struct Said {
    words: Option<Words>,
    /// To be kept with it.
    noticed: Noticed,
    /// To be kept if it is not said after all.
    otherwise: Noticed,
}

fn say(
    asker: &Asker,
    session: &SessionId,
    read: &HookRead,
    form: Form,
    settings: &Settings,
    memo: &Memo,
) -> Result<Said, Refusal> {
    let cwd = read.cwd.as_deref().unwrap_or_default();
    let Some((about, channel)) = wanted(read, settings.budgets.enforce) else {
        let block = block::block(asker, session, cwd, Occasion::Compaction, &block::Noticed::default())?;
        let words = block.text().filter(|_| form.keeps(&read.event)).map(|text| Words::Keep(text.to_owned()));
        return Ok(Said { words, noticed: Noticed::default(), otherwise: Noticed::default() });
    };
    let can = |head: &Head| form.speaks(channel, read, head.agent_version.as_deref());
    let occasion = occasion(read);
    let here = |head: &Head| Here { channel: can(head).then_some(channel), lists: occasion.is_some() };
    let asks = about == About::Before;
    let found = notice(asker, session, read, about, here, settings, memo)?;
    let unknown = || (Here { channel: None, lists: false }, Review::default());
    let (here, review) = found.unwrap_or_else(unknown);
    let otherwise = review.unsaid();
    let notes: Vec<String> = review.notes.iter().map(|note| note.text.clone()).collect();
    let Some(occasion) = occasion else {
        let (text, shown) = block::notes(&notes).unzip();
        let budget = review.notes.first().is_some_and(|note| note.asks);
        let words = text.map(|text| match channel {
            Channel::Stop => Words::Hold(text),
            _ if asks && budget => Words::Ask(text),
            _ => Words::Context(text),
        });
        return Ok(Said { words, noticed: review.told(shown.unwrap_or(0), &[], here, &read.event), otherwise });
    };
    let noticed = block::Noticed {
        notes,
        about: review.notes.iter().flat_map(|note| note.about.iter().chain(&note.files)).cloned().collect(),
        farewells: review.parting(),
        holding: review.holding.clone(),
    };
    let block = block::block(asker, session, cwd, occasion, &noticed)?;
    let Some(text) = block.text().filter(|_| form.takes(&read.event)) else {
        return Ok(Said { words: None, noticed: otherwise.clone(), otherwise });
    };
    let mut kept = review.told(block.notes(), &noticed.farewells[..block.farewells()], here, &read.event);
    kept.lines = Some(serde_json::to_string(block.told()).unwrap_or_default());
    Ok(Said { words: Some(Words::Context(text.to_owned())), noticed: kept, otherwise })
}

/// The block that is due.
fn occasion(read: &HookRead) -> Option<Occasion> {
    match read.moment {
        Moment::SessionStart(start) => Some(match start {
            Start::Startup => Occasion::Startup,
            Start::Resume => Occasion::Resume,
            Start::Clear => Occasion::Clear,
            Start::Compact => Occasion::Compact,
            Start::Fork => Occasion::Fork,
        }),
        Moment::Prompt { .. } => Some(Occasion::Prompt),
        _ => None,
    }
}

impl Form {
    fn of(read: &HookRead, envelope: Option<&str>) -> Self {
        match envelope {
            None | Some("" | "text") => Self::Text,
            Some(_) => Self::Agent(adapters::find(read.agent).and_then(adapters::Adapter::hooks)),
        }
    }

    /// Whether its model reads what is said there.
    fn speaks(self, channel: Channel, read: &HookRead, version: Option<&str>) -> bool {
        // Held before, it may stop.
        let holds = !matches!(read.moment, Moment::Stop { held: true });
        match self {
            Self::Text => holds,
            Self::Agent(None) => false,
            Self::Agent(Some(hooks)) if channel == Channel::Stop => holds && hooks.hold(&read.event, "").is_some(),
            Self::Agent(Some(hooks)) => hooks.shows(&read.event, version),
        }
    }

    fn takes(self, event: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Agent(hooks) => hooks.is_some_and(|hooks| hooks.context(event, "").is_some()),
        }
    }

    fn keeps(self, event: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Agent(hooks) => hooks.is_some_and(|hooks| hooks.keep(event, "").is_some()),
        }
    }

    /// An agent that takes no such answer is told nothing.
    fn dressed(self, event: &str, words: Words) -> HookReply {
        let plain = |body: String| HookReply::Kept { body, json: false };
        let json = |body: serde_json::Value| HookReply::Kept { body: body.to_string(), json: true };
        match (self, words) {
            (Self::Text, Words::Hold(reason)) => json(json!({"decision": "block", "reason": reason})),
            (Self::Text, Words::Context(text) | Words::Ask(text) | Words::Keep(text)) => plain(text),
            (Self::Agent(None), _) => nothing(),
            (Self::Agent(Some(hooks)), words) => match words {
                Words::Context(text) => hooks.context(event, &text).map_or_else(nothing, json),
                Words::Hold(reason) => hooks.hold(event, &reason).map_or_else(nothing, json),
                Words::Ask(reason) => {
                    hooks.ask(event, &reason).or_else(|| hooks.context(event, &reason)).map_or_else(nothing, json)
                }
                Words::Keep(text) => hooks.keep(event, &text).map_or_else(nothing, plain),
            },
        }
    }
}
