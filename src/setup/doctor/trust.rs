//! Whether the user has agreed to what an agent runs only then.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Check;
use super::obstacle::Files;
use super::place::Looking;
use super::process::{Conversation, Silence};
use crate::setup::detect::find_program;

const TRUST: &str = "trust";
const WITHIN: Duration = Duration::from_secs(5);

/// One of our handlers, as the client's settings have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// Under which its trust is kept.
    pub key: String,
    pub agreed: bool,
    pub switched_off: bool,
}

/// What an agent's files say about trust in our handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    pub handlers: Vec<Handler>,
    /// Arguments with which the client tells it itself (`hooks/list`): only it knows whether what was agreed to is
    /// still what stands there.
    pub server: &'static [&'static str],
}

/// `None`: this agent asks nobody, or has nothing to ask about.
pub(super) fn check(looking: &Looking<'_>) -> Option<Check> {
    let mut trust = looking.wiring.trust(&looking.place.around, &Files::new())?;
    if trust.handlers.is_empty() {
        return None;
    }
    let fix = looking.wiring.still_to_do().unwrap_or("review the hooks in the client").to_owned();
    let all = trust.handlers.len();
    if trust.handlers.iter().any(|handler| handler.switched_off) {
        let off = trust.handlers.iter().filter(|handler| handler.switched_off).count();
        return Some(Check::fail(TRUST, format!("{off} of {all} hooks are switched off")).fix(fix));
    }
    let missing = |trust: &Trust| trust.handlers.iter().filter(|handler| !handler.agreed).count();
    if missing(&trust) > 0 {
        return Some(Check::fail(TRUST, told(missing(&trust), all, "are not trusted yet")).fix(fix));
    }
    // Only where everything was agreed to once: the client writes into its home whenever it runs.
    match ask(looking, trust.server) {
        Some(Ok(list)) => {
            correct(&mut trust, &list);
            Some(match missing(&trust) {
                0 => Check::ok(TRUST, format!("{all} hooks trusted")),
                some => Check::fail(TRUST, told(some, all, "changed since they were trusted")).fix(fix),
            })
        }
        Some(Err(silence)) => {
            let why = silence.told(WITHIN);
            Some(Check::info(TRUST, format!("{all} hooks were trusted once; the client {why}")))
        }
        None => Some(Check::ok(TRUST, format!("{all} hooks were trusted once"))),
    }
}

fn told(some: usize, all: usize, what: &str) -> String {
    if some == all { format!("the hooks {what}") } else { format!("{some} of {all} hooks {what}") }
}

/// `None`: the client is not there to be asked, or would tell of another place.
fn ask(looking: &Looking<'_>, server: &[&str]) -> Option<Result<Value, Silence>> {
    let program = find_program(looking.wiring.program(), looking.visit.search).filter(|_| looking.place.is_here())?;
    let home = &looking.place.around.home;
    let mut command = Command::new(program);
    command.args(server).current_dir(home).env_clear();
    command.envs(looking.visit.env.iter().map(|(name, value)| (name, value)));
    let mut talk = || {
        let mut client = Conversation::start(&mut command, Instant::now() + WITHIN)?;
        let about = json!({"name": "tma1", "title": "tma1 doctor", "version": env!("CARGO_PKG_VERSION")});
        client.ask("initialize", &json!({"clientInfo": about}))?;
        client.tell("initialized");
        client.ask("hooks/list", &json!({"cwds": [home]}))
    };
    Some(talk())
}

/// By what the client says itself.
fn correct(trust: &mut Trust, list: &Value) {
    let hooks: Vec<&Value> =
        list["data"].as_array().into_iter().flatten().filter_map(|of| of["hooks"].as_array()).flatten().collect();
    for handler in &mut trust.handlers {
        if let Some(hook) = hooks.iter().find(|hook| hook["key"] == handler.key.as_str()) {
            handler.agreed = matches!(hook["trustStatus"].as_str(), Some("trusted" | "managed"));
        }
    }
}
