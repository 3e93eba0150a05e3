//! The file that is about to be edited, as it lies there now: a change a moment ago is not told yet as anybody's, but
//! that it was not this session's own can be said at once.

use super::{OnDisk, Wanted};
use crate::model::{Attribution, ChangeKind, Millis};
use crate::perceive::view::{Call, ChangeSeen, FileSeen, Lies};
use crate::perceive::whose::{Evidence, Seen, whose};
use crate::store::{Head, Reader, Result};

/// Everything this session did around a moment has come in long ago.
const LATER_MS: Millis = 60_000;
/// Calls around a change are looked for this long before and after it.
const AROUND_MS: Millis = 10_000;
/// So many calls are looked through.
const MOST_CALLS: usize = 100;

pub(super) fn look(
    store: &Reader,
    wanted: &Wanted<'_>,
    head: &Head,
    call: &Call,
    files: &mut [FileSeen],
    changes: &mut Vec<ChangeSeen>,
) -> Result<()> {
    let Some(file) = call.path.as_deref().and_then(|path| files.iter_mut().find(|file| file.path == path)) else {
        return Ok(());
    };
    let OnDisk { lies, written } = (wanted.look)(&file.path);
    if lies == Lies::Unknown {
        return Ok(());
    }
    file.lies = lies;
    let (Lies::Content(now), Some(then), Some(at)) = (lies, file.hash, written) else { return Ok(()) };
    // A file may be given any time of writing; one from before it was seen says nothing.
    if now == then || at < file.seen() - 1_000 || at > wanted.now + 1_000 {
        return Ok(());
    }
    let newest = changes.iter().find(|change| change.path == file.path);
    let known = newest.is_some_and(|change| change.by.is_some() && change.after == Some(now));
    if known || !is_another(store, wanted, head, &file.path, at, now, call)? {
        return Ok(());
    }
    changes.insert(
        0,
        ChangeSeen {
            at: at.min(wanted.now),
            path: file.path.clone(),
            old_path: None,
            kind: ChangeKind::Modified,
            by: None,
            session: None,
            by_another: true,
            before: Some(then),
            after: Some(now),
            files: 1,
            ignored: false,
        },
    );
    Ok(())
}

/// Whether nothing that this session ran can have done it.
fn is_another(
    store: &Reader,
    wanted: &Wanted<'_>,
    head: &Head,
    path: &str,
    at: Millis,
    after: i64,
    about: &Call,
) -> Result<bool> {
    let root = head.root.as_deref().unwrap_or("/");
    let mine = |session: &crate::store::SessionRef| {
        session.session_id == *wanted.session.id && session.agent == wanted.session.agent.name()
    };
    let (from, to) = (at - AROUND_MS, at + AROUND_MS);
    let mut calls = store.own_calls_around(head.row, from, to, MOST_CALLS)?;
    if calls.len() >= MOST_CALLS {
        // Too much going on to say what cannot have done it.
        return Ok(false);
    }
    calls.retain(|call| call.call_id != about.id);
    let edits = store.edits_around(from, to)?.into_iter().filter(|edit| mine(&edit.session)).collect();
    let evidence =
        Evidence { calls, edits, alive: std::collections::HashMap::new(), complete: true, now: at + LATER_MS };
    let seen = Seen {
        path,
        inside: path.strip_prefix(root).map_or(path, |inside| inside.trim_start_matches('/')),
        root,
        repo: head.repo.as_deref().unwrap_or(root),
        at,
        exact: true,
        after: Some(after),
        together: 1,
    };
    Ok(whose(&seen, &evidence).by == Some(Attribution::Human))
}
