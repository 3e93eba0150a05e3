//! `/api/settings`: what holds and where it comes from, and changes of it.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::body::Incoming;
use serde_json::Value;

use super::ask::{Turn, blocking};
use super::body;
use super::door::Door;
use super::fault::Fault;
use super::guard::Way;
use super::reply::{self, Reply};
use crate::answer::Refusal;
use crate::config::{Change, KEYS, Sheet, Unchanged};

/// `GET /api/settings`
pub(super) async fn settings(door: &Arc<Door>) -> Result<Reply, Fault> {
    let live = door.live.clone();
    Ok(reply::ok(&blocking(door, turn(door), move || Ok(Sheet::of(&live))).await?))
}

/// `PATCH /api/settings`: a merge patch of the file, taken whole or not at all.
pub(super) async fn change(door: &Arc<Door>, way: Way, body: &mut Incoming) -> Result<Reply, Fault> {
    let received = body::read(body, door.limits.body, &door.larger).await?;
    let patch: Value = body::parsed(&received.bytes)?;
    if way != Way::Unix {
        only_what_is_told(&patch)?;
    }
    let live = door.live.clone();
    let changed = blocking(door, turn(door), move || Ok(live.change(&patch).map(|notes| (Sheet::of(&live), notes))));
    let (sheet, notes) = changed.await?.map_err(|unchanged| match unchanged {
        Unchanged::Wrong(_) => Fault::bad(unchanged.to_string()),
        Unchanged::Broken { .. } => Fault::new(StatusCode::CONFLICT, "broken_file", unchanged.to_string()),
        Unchanged::Unwritten { .. } => Refusal::internal(unchanged.to_string()).into(),
    })?;
    Ok(reply::ok(&sheet.with_notes(notes)))
}

/// Whoever shares this machine reaches the port. What is kept, for how long and who can reach it is for the socket,
/// which is the user's own.
fn only_what_is_told(patch: &Value) -> Result<(), Fault> {
    let Some(key) = KEYS.iter().find(|key| key.change == Change::AtStart && key.of(patch).is_some()) else {
        return Ok(());
    };
    let message = format!(
        "{} is changed on the sidecar's unix socket only: `tma1 settings set {} VALUE` does so",
        key.name, key.name
    );
    Err(Fault::new(StatusCode::FORBIDDEN, "forbidden", message))
}

fn turn(door: &Door) -> Turn<'_> {
    Turn { places: &door.questions, wait: door.limits.question_time, time: door.limits.question_time }
}
