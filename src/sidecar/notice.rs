//! What is noticed of a session at a hook: rules asked over what is stored by now and what lies on the disk.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::adapters::Moment;
use crate::answer::usage::midnight;
use crate::answer::{Asker, Refusal};
use crate::config::Settings;
use crate::ingest::{HookRead, view_of};
use crate::model::{Millis, SessionId, ToolKind};
use crate::perceive::engine::{Here, Policy, Review, review};
use crate::perceive::load::{Memo, OnDisk, Spending, Wanted, load};
use crate::perceive::rules::Channel;
use crate::perceive::view::{About, Lies, Limits};
use crate::store::{FOLLOW_CALLS, Head, LAST_TELLINGS, Reader};

/// Hooks of one session that come at once are looked at one after the other, or one thing would be told twice.
pub(super) struct Turns([Mutex<()>; 32]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Turns {
    pub fn of(&self, session: &SessionId) -> MutexGuard<'_, ()> {
        let mut hash = DefaultHasher::new();
        session.hash(&mut hash);
        let turn = usize::try_from(hash.finish() % 32).unwrap_or(0);
        self.0[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What rules are asked at a hook, and where they may speak; `None`: nothing.
pub(super) fn wanted(read: &HookRead, enforce: bool) -> Option<(About, Channel)> {
    // Sub-agents are told nothing; what they do counts at the next hook of the session itself.
    if read.agent_id.is_some() {
        return None;
    }
    let edits = || read.call.as_ref().is_some_and(|call| call.kind == Some(ToolKind::Edit));
    match read.moment {
        Moment::SessionStart(_) => Some((About::Other, Channel::SessionStart)),
        Moment::Prompt { by_person: true } => Some((About::Prompt, Channel::Prompt)),
        Moment::BeforeTool if enforce || edits() => Some((About::Before, Channel::BeforeTool)),
        Moment::AfterTool | Moment::AfterFailure => Some((About::After, Channel::AfterTool)),
        Moment::Stop { .. } => Some((About::Stop, Channel::Stop)),
        _ => None,
    }
}

/// `None`: nothing is known of that session yet.
pub(super) fn notice(
    asker: &Asker,
    session: &SessionId,
    read: &HookRead,
    about: About,
    here: impl FnOnce(&Head) -> Here,
    settings: &Settings,
    memo: &Memo,
) -> Result<Option<(Here, Review)>, Refusal> {
    let now = asker.now();
    let (signals, budgets) = (&settings.signals, &settings.budgets);
    let zone = TimeZone::system();
    let day = midnight(now, 0, &zone);
    let date = Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(zone.clone()).date();
    let month = midnight(now, i64::from(date.day()) - 1, &zone);
    let Some(head) = asker.store.head(session)? else { return Ok(None) };
    let before = about == About::Before;
    let mut known = if before { Vec::new() } else { asker.store.known_findings(head.row, None)? };
    let mind: Vec<&str> = known
        .iter()
        .filter(|known| known.standing.holds())
        .flat_map(|known| known.files.iter().map(|f| &**f))
        .collect();
    let wanted = Wanted {
        session,
        mind: &mind,
        about,
        call: read.call.as_ref().map(|call| &*call.id),
        cwd: read.cwd.as_deref(),
        now,
        limits: Limits {
            context_tokens: signals.context_tokens,
            context_share: Some(signals.context_share),
            context_high_share: Some(signals.context_high_share),
            session_usd: budgets.session_usd,
            day_usd: budgets.day_usd,
            project_usd: budgets.project_usd,
            enforce: budgets.enforce,
        },
        spending: Spending { day_since: Some(day), month_since: Some(month) },
        memo,
        look: &look,
        spell: &spell,
    };
    let view = load(&asker.store, &head, &wanted)?;
    if before {
        let path = view.calls.first().and_then(|call| call.path.as_deref());
        known = asker.store.known_findings(head.row, Some(path.unwrap_or_default()))?;
    }
    let here = here(&head);
    let fared = |kind: &str| fared(&asker.store, kind, head.project, day);
    let policy = Policy {
        pins: &signals.pins,
        mutes: &signals.mutes,
        notes_per_day: i64::from(signals.notes_per_day),
        least_follow_rate: signals.least_follow_rate,
        fared: &fared,
    };
    Ok(Some((here, review(&view, &known, &policy, here))))
}

fn fared(store: &Reader, kind: &str, project: Option<i64>, day: Millis) -> Option<crate::store::KindTold> {
    let told = store.kind_told(kind, project, day, LAST_TELLINGS, FOLLOW_CALLS);
    told.inspect_err(|error| tracing::warn!("how {kind} fared could not be looked up: {error}")).ok()
}

fn look(path: &str) -> OnDisk {
    let path = Path::new(path);
    let Ok(metadata) = path.metadata() else {
        let gone = path.is_absolute() && !path.exists();
        return OnDisk { lies: if gone { Lies::Gone } else { Lies::Unknown }, written: None };
    };
    let written = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    OnDisk {
        lies: view_of(path).map_or(Lies::Unknown, Lies::Content),
        written: written.and_then(|at| Millis::try_from(at.as_millis()).ok()),
    }
}

fn spell(path: &str) -> Option<String> {
    Some(Path::new(path).canonicalize().ok()?.to_string_lossy().into_owned())
}
