//! What every command for people works with: the settings, the terminal, the clock and the time zone.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::figures;
use super::terminal::{self, Terminal};
use super::text;
use crate::answer::{self, Asker, Question, Refusal};
use crate::clock::Clock;
use crate::config::{Config, Env};
use crate::model::Millis;

pub struct Shell<'a> {
    pub config: &'a Config,
    pub env: Env<'a>,
    pub terminal: Terminal,
    pub clock: Clock,
    pub zone: TimeZone,
}

impl<'a> Shell<'a> {
    pub fn new(config: &'a Config, env: Env<'a>) -> Self {
        Self { config, env, terminal: Terminal::of_stdout(env), clock: Clock::SYSTEM, zone: TimeZone::system() }
    }

    /// Asks as a person: nobody's peer, but in the session of the agent whose shell this may be.
    pub fn asker(&self) -> Result<Asker, Refusal> {
        let around = self.config.surroundings(self.env, None);
        Asker::new(answer::Surroundings { caller: None, ..around }, self.clock)
    }

    /// One document with the keys of the tools; over several lines where a person reads it.
    pub fn print_json<A: Serialize>(&self, answer: &A) -> Result<(), Refusal> {
        let pruned = answer::json(answer)?;
        let document =
            if self.terminal.is_one() { serde_json::to_string_pretty(&pruned) } else { serde_json::to_string(&pruned) };
        let document = document.map_err(|e| Refusal::internal(format!("the answer could not be written: {e}")))?;
        terminal::print(&format!("{}\n", text::json(&document)))
    }

    /// What the tool of the same question answers.
    pub fn print_told<Q: Question>(&self, asker: &Asker, params: Q::Params) -> Result<(), Refusal> {
        self.print_json(&answer::tell::<Q>(asker, params)?.json)
    }

    pub fn now(&self) -> Millis {
        self.clock.now_ms()
    }

    /// `2026-11-20 10:41` here, of a time in an answer.
    pub fn local(&self, rfc3339: &str) -> String {
        figures::moment(rfc3339).map_or_else(|| figures::UNKNOWN.to_owned(), |ms| figures::local(ms, &self.zone))
    }

    /// `25 min ago`, of a time in an answer.
    pub fn age(&self, rfc3339: &str) -> String {
        figures::moment(rfc3339).map_or_else(|| figures::UNKNOWN.to_owned(), |ms| answer::ago(self.now(), ms))
    }
}
