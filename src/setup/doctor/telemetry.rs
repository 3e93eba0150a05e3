//! Whether an agent's telemetry is sent here, or where else, and whether any came.

use super::place::Looking;
use super::{Check, shown};
use crate::setup::edit::{self, EditError, Keys, Op, Value};
use crate::setup::wanted::{Part, Piece};

const TELEMETRY: &str = "telemetry";
/// Of a value, as much tells which it is.
const SHOWN: usize = 80;

/// `None`: the agent has no settings for it.
pub(super) fn check(looking: &Looking<'_>) -> Option<Check> {
    let pieces = looking.pieces(Part::Telemetry);
    let Some(piece) = pieces.first() else { return not_ours_to_write(looking) };
    if looking.place.record().is_some_and(|record| !record.otel) {
        return Some(Check::info(TELEMETRY, "left as it is, as --no-otel asked for"));
    }
    Some(looked_at(looking, piece).unwrap_or_else(|error| Check::unreadable(TELEMETRY, &error)))
}

/// Of an agent that is told elsewhere where to send it.
fn not_ours_to_write(looking: &Looking<'_>) -> Option<Check> {
    let needs = looking.wiring.sends_telemetry(looking.visit.url)?;
    Some(match looking.visit.heard(looking.agent()).telemetry {
        Some(ago) => Check::ok(TELEMETRY, format!("last arrived {ago}")),
        None => Check::info(TELEMETRY, needs),
    })
}

fn looked_at(looking: &Looking<'_>, piece: &Piece) -> Result<Check, EditError> {
    let found = Found::read(looking, piece)?;
    if let Some((at, value)) = &found.others {
        let message = format!("goes elsewhere: {}{} in {}", at.join("."), written(at, value), shown(&piece.path));
        return Ok(Check::info(TELEMETRY, message));
    }
    if found.outdated || found.missing > 0 {
        let message = if found.missing == found.all {
            format!("no settings for it in {}", shown(&piece.path))
        } else {
            format!("{} is not as this tma1 writes it", shown(&piece.path))
        };
        return Ok(Check::fail(TELEMETRY, message).fix(looking.again()));
    }
    let url = looking.visit.url;
    if !looking.visit.receives {
        let fix = "start the sidecar, or give it that port with `tma1 settings`";
        return Ok(Check::warn(TELEMETRY, format!("sent to {url}, where no sidecar listens")).fix(fix));
    }
    Ok(match looking.visit.heard(looking.agent()).telemetry {
        Some(ago) => Check::ok(TELEMETRY, format!("sent to {url}, last arrived {ago}")),
        None => Check::info(TELEMETRY, format!("sent to {url}, none arrived yet")),
    })
}

/// What stands where our settings should.
struct Found {
    all: usize,
    missing: usize,
    /// Another value, which we put there once.
    outdated: bool,
    /// The first that somebody else put there.
    others: Option<(Keys, Value)>,
}

impl Found {
    fn read(looking: &Looking<'_>, piece: &Piece) -> Result<Self, EditError> {
        let document = super::obstacle::open(&piece.path, &piece.put)?;
        let real = edit::file::read(&piece.path)?.real;
        let memory = looking.visit.manifest.files.get(&real);
        let now = |at: &[String]| document.as_ref().and_then(|document| document.value(&edit::steps(at)));
        let mut found = Self { all: 0, missing: 0, outdated: false, others: None };
        let others = piece.yields.iter().flatten().find_map(|at| Some((at.clone(), now(at)?)));
        for op in piece.put.ops().unwrap_or_default() {
            let Op::Set { at, value, .. } = op else { continue };
            found.all += 1;
            match now(at) {
                None => found.missing += 1,
                Some(now) if now.same(value) => {}
                Some(now) if memory.and_then(|memory| memory.put_there(at)).is_some_and(|put| put.same(&now)) => {
                    found.outdated = true;
                }
                Some(now) => found.others = found.others.or_else(|| Some((at.clone(), now))),
            }
        }
        found.others = found.others.or(others);
        Ok(found)
    }
}

/// Short; headers are where keys are.
fn written(at: &[String], value: &Value) -> String {
    let text = match value {
        Value::Bool(yes) => yes.to_string(),
        Value::Literal(text) | Value::Text(text) => text.clone(),
        Value::Null | Value::Array(_) | Value::Table(_) => return String::new(),
    };
    let is_secret = at.iter().any(|key| key.to_ascii_lowercase().contains("header"));
    if is_secret { String::new() } else { format!(" = {}", text.chars().take(SHOWN).collect::<String>()) }
}
