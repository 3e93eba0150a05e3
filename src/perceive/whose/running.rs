//! Which commands were running at a moment, as well as that can be known.

use super::{Alive, Effect, Evidence, Seen, effect};
use crate::model::Millis;
use crate::store::CallAround;

/// A command's writing may be noticed this much later, where the file does not tell its own time.
const NOTICED_MS: Millis = 1_000;
/// The file's time is that of the kernel's last tick.
const TICK_MS: Millis = 20;
/// A person would hardly save a file just while so short a command runs, or just when a longer one ends.
const SHORT_MS: Millis = 2_000;
const ENDING_MS: Millis = 400;
/// Nobody saves so many files at once.
const MANY: usize = 5;
/// Between the end of a command and the telling of its duration.
const TOLD_MS: Millis = 250;
/// What a command leaves behind is counted on for this long where processes cannot be seen.
const LEFT_MS: Millis = 60_000;

pub(super) struct Run<'a> {
    pub call: &'a CallAround,
    pub effect: Effect,
    /// It ran at that very moment.
    pub was_there: bool,
    /// In the midst of it, when a person may have been at work as well.
    pub midst: bool,
    /// It was beside what a person did, or may have been.
    pub doubtful: bool,
}

/// Those that were running and can have changed the file.
pub(super) fn runs<'a>(seen: &Seen<'_>, evidence: &'a Evidence) -> Vec<Run<'a>> {
    let commands = evidence.calls.iter().filter(|call| call.kind != "edit" && !call.refused);
    commands.filter_map(|call| run(seen, evidence, call)).collect()
}

fn run<'a>(seen: &Seen<'_>, evidence: &'a Evidence, call: &'a CallAround) -> Option<Run<'a>> {
    let was_there = match presence(seen, evidence, call) {
        Presence::Running => true,
        Presence::Unknown => false,
        Presence::No => return None,
    };
    let effect = effect(call, seen);
    let aside = call.background || call.ended.is_some_and(|ended| seen.at > ended + NOTICED_MS);
    // Servers and watchers go on for hours, while people work.
    let serves = aside && effect == Effect::Unlikely;
    // People save one file at a time.
    let alone = seen.together < MANY;
    let at_its_end = !aside && at_its_end(seen, call);
    let doubtful = aside || alone && !is_short(call) && !at_its_end;
    let midst = alone && seen.at > call.started + SHORT_MS && !at_its_end;
    (effect != Effect::None && !serves).then_some(Run { call, effect, was_there, midst, doubtful })
}

fn is_short(call: &CallAround) -> bool {
    call.ended.is_some_and(|ended| call.duration_ms.unwrap_or(ended - call.started) <= SHORT_MS)
}

fn at_its_end(seen: &Seen<'_>, call: &CallAround) -> bool {
    call.ended.is_some_and(|ended| seen.at >= ended - ENDING_MS)
}

/// Whether something of the call may run when it has ended.
pub fn goes_on(call: &CallAround) -> bool {
    call.background || leaves_behind(call)
}

/// Whether the command starts what is nobody's child when it has ended.
pub fn leaves_behind(call: &CallAround) -> bool {
    let Some(command) = call.command.as_deref() else { return false };
    let bytes = command.as_bytes();
    let joined = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|b| matches!(b, b'&' | b'>' | b'<'));
    let parted = |(at, byte): (usize, &u8)| *byte == b'&' && !joined(at.checked_sub(1)) && !joined(Some(at + 1));
    bytes.iter().enumerate().any(parted)
        || command
            .split(|c: char| c.is_whitespace() || "();|".contains(c))
            .any(|word| matches!(word, "nohup" | "setsid" | "systemd-run"))
}

enum Presence {
    Running,
    Unknown,
    No,
}

fn presence(seen: &Seen<'_>, evidence: &Evidence, call: &CallAround) -> Presence {
    let slack = if seen.exact { TOLD_MS } else { NOTICED_MS };
    let alive = evidence.alive.get(&call.call_id).copied();
    if seen.at < call.started - TICK_MS {
        return Presence::No;
    }
    // With its session, all of it is over but for what it left behind.
    if call.session_ended.is_some_and(|ended| seen.at > ended + slack) && !goes_on(call) {
        return Presence::No;
    }
    match call.ended {
        Some(ended) if seen.at <= ended + slack => {
            // The time that its person took to allow it is no time of the command.
            if call.duration_ms.is_some_and(|took| took > 0 && seen.at < ended - took - TOLD_MS) {
                return Presence::No;
            }
            let waited = call.asked.is_some_and(|asked| seen.at > asked) && call.duration_ms.is_none();
            if waited { Presence::Unknown } else { Presence::Running }
        }
        Some(ended) if goes_on(call) => match alive {
            Some(Alive::Yes) => Presence::Running,
            Some(Alive::Perhaps) => Presence::Unknown,
            None if seen.at < ended + LEFT_MS || call.background && call.session_ended.is_none() => Presence::Unknown,
            Some(Alive::No) | None => Presence::No,
        },
        Some(_) => Presence::No,
        None => match alive {
            Some(Alive::Perhaps) => Presence::Unknown,
            // Its end may be on the way.
            Some(Alive::No) if evidence.now - seen.at < super::SETTLED_MS => Presence::Unknown,
            Some(Alive::No) => Presence::No,
            None if call.asked.is_some() => Presence::Unknown,
            Some(Alive::Yes) | None => Presence::Running,
        },
    }
}
