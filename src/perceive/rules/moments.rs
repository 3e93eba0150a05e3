//! Moments that cannot be: a clock was set back, or somebody told a wrong one. They prove nothing.

use std::borrow::Cow;

use crate::model::Millis;
use crate::perceive::view::{About, Call, View};

/// Who is told of an event may look at the clock a little before those who told it.
const ASKEW: Millis = 2_000;
/// The end of the year 9999: sums of moments up to here are numbers still.
const LATEST: Millis = 253_402_300_799_999;

/// It has not happened yet.
pub fn is_to_come(at: Millis, view: &View) -> bool {
    at > view.now.saturating_add(ASKEW)
}

/// The view with lists newest first and nothing after now. What would speak for a finding goes; what would end one
/// happened just now.
pub fn possible(view: &View) -> Cow<'_, View> {
    if is_possible(view) {
        return Cow::Borrowed(view);
    }
    let mut view = view.clone();
    view.now = view.now.clamp(0, LATEST);
    let now = view.now;
    let is_past = |at: Millis| at <= now.saturating_add(ASKEW);
    let just = |at: Millis| at.clamp(0, now);
    view.files.retain(|file| file.edited.is_none_or(is_past));
    for file in &mut view.files {
        (file.read, file.edited) = (file.read.map(just), file.edited.map(just));
    }
    view.edits.retain(|edit| is_past(edit.at));
    view.edits.iter_mut().for_each(|edit| edit.at = just(edit.at));
    view.changes.retain(|change| is_past(change.at));
    view.changes.iter_mut().for_each(|change| change.at = just(change.at));
    view.calls.retain(|call| call.kind != "edit" || is_past(call.at.max(call.ended.unwrap_or(call.at))));
    for call in &mut view.calls {
        (call.at, call.ended) = (just(call.at), call.ended.map(just));
    }
    view.builds.retain(|run| run.status.as_deref() != Some("failed") || run.started.max(run.ended).is_none_or(is_past));
    for run in &mut view.builds {
        (run.started, run.ended) = (run.started.map(just), run.ended.map(just));
    }
    view.prompts.iter_mut().for_each(|at| *at = just(*at));
    for peer in &mut view.peers {
        peer.last = if is_past(peer.last) { just(peer.last) } else { 0 };
        peer.edited.retain(|(_, at)| is_past(*at));
        peer.edited.iter_mut().for_each(|(_, at)| *at = just(*at));
    }
    if let Some(context) = &mut view.context {
        context.at = just(context.at);
    }
    view.edits.sort_by_key(|edit| -edit.at);
    view.changes.sort_by_key(|change| -change.at);
    let from = view.calls.len() - before(&view).len();
    view.calls[from..].sort_by_key(|call| -call.at);
    view.builds.sort_by_key(|run| -run.ended.or(run.started).unwrap_or(0));
    view.prompts.sort_unstable_by_key(|at| -at);
    Cow::Owned(view)
}

fn is_possible(view: &View) -> bool {
    let in_time = |at: Millis| (0..=view.now).contains(&at);
    let may_be = |at: Option<Millis>| at.is_none_or(in_time);
    (0..=LATEST).contains(&view.now)
        && view.calls.iter().all(|call| in_time(call.at) && may_be(call.ended))
        && view.files.iter().all(|file| may_be(file.read) && may_be(file.edited))
        && view.edits.iter().all(|edit| in_time(edit.at))
        && view.changes.iter().all(|change| in_time(change.at))
        && view.builds.iter().all(|run| may_be(run.started) && may_be(run.ended))
        && view.prompts.iter().copied().all(in_time)
        && view.peers.iter().all(|peer| in_time(peer.last) && peer.edited.iter().all(|(_, at)| in_time(*at)))
        && view.context.is_none_or(|context| in_time(context.at))
        && view.edits.is_sorted_by_key(|edit| -edit.at)
        && view.changes.is_sorted_by_key(|change| -change.at)
        && before(view).is_sorted_by_key(|call| -call.at)
        && view.prompts.is_sorted_by_key(|at| -at)
}

/// The calls, but for one that is asked about: that comes first, whenever it began.
fn before(view: &View) -> &[Call] {
    match view.about {
        About::Before | About::After => view.calls.get(1..).unwrap_or_default(),
        _ => &view.calls,
    }
}
