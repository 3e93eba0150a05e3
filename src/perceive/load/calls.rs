//! The session's last calls, and whether they asked and brought the same.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3;

use super::{CALLS, Names, Wanted};
use crate::perceive::view::{About, Call};
use crate::store::{CallContent, Reader, RecentCall, Result};

/// So many equal calls in a row are compared by what is in them.
const COMPARED: usize = 12;
/// With fewer alike there is nothing to compare.
const ALIKE: usize = 4;
/// An output of which only this is known.
const STAND_INS: &[&str] = &["[image]"];

/// `about`: the id of the call that is at hand.
pub(super) fn calls(
    store: &Reader,
    session: i64,
    wanted: &Wanted<'_>,
    about: Option<&str>,
    names: &Names,
) -> Result<Vec<Call>> {
    let most = if matches!(wanted.about, About::Before) { CALLS / 2 } else { CALLS };
    let mut rows = store.recent_calls(session, most)?;
    if let Some(at) = rows.iter().position(|row| Some(&*row.call_id) == about) {
        let here = rows.remove(at);
        rows.insert(0, here);
    }
    let contents = contents(store, &rows)?;
    Ok(rows.into_iter().map(|row| call(row, &contents, names)).collect())
}

/// Of the main thread's newest calls, as far as they look alike.
fn contents(store: &Reader, rows: &[RecentCall]) -> Result<HashMap<i64, CallContent>> {
    let mut main = rows.iter().filter(|row| row.agent_id.is_none()).peekable();
    let Some(first) = main.peek().copied() else { return Ok(HashMap::new()) };
    let alike = main.take_while(|row| row.tool == first.tool && row.command == first.command && row.path == first.path);
    let alike: Vec<i64> = alike.take(COMPARED).map(|row| row.row).collect();
    if alike.len() < ALIKE {
        return Ok(HashMap::new());
    }
    Ok(store.call_contents(&alike)?.into_iter().map(|content| (content.row, content)).collect())
}

fn call(row: RecentCall, contents: &HashMap<i64, CallContent>, names: &Names) -> Call {
    let content = contents.get(&row.row);
    let mut asked = Xxh3::new();
    for part in [row.tool.as_deref(), row.command.as_deref(), row.path.as_deref()] {
        asked.update(part.unwrap_or_default().as_bytes());
        asked.update(&[0]);
    }
    match content {
        Some(content) => asked.update(content.input.as_deref().unwrap_or_default().as_bytes()),
        // Not compared: like no other.
        None => asked.update(&row.row.to_le_bytes()),
    }
    Call {
        id: row.call_id,
        tool: row.tool.unwrap_or_default(),
        kind: row.kind.unwrap_or_else(|| "other".to_owned()),
        at: row.at,
        ended: row.ended,
        answered: content.and_then(|content| answered(content, row.status.as_deref())),
        status: row.status,
        command: row.command,
        path: row.path.map(|path| names.system(&path)),
        asked: asked.digest(),
        background: row.background,
        sub_agent: row.agent_id.is_some(),
    }
}

fn answered(content: &CallContent, status: Option<&str>) -> Option<u64> {
    let status = status?;
    let mut said = Xxh3::new();
    said.update(status.as_bytes());
    // Of a failure the output repeats the error, or is told by one source only.
    let text = content.error.as_deref().or(content.output.as_deref()).unwrap_or_default();
    if STAND_INS.iter().any(|stand_in| text.contains(stand_in)) {
        return None;
    }
    said.update(text.as_bytes());
    Some(said.digest())
}
