//! The same call again and again with the same answer, though nothing changed that could give another.

mod worth;

use super::{Channel, End, Finding, Past, Rule, Severity, Sight};
use crate::model::Millis;
use crate::perceive::view::{BuildSeen, Call, View};

pub struct RepeatedToolCall;

/// Twice is a look and another, three times a doubt.
const TIMES: usize = 4;
/// Over a longer time, it is a fresh look each time.
const WITHIN: Millis = 15 * 60_000;

impl Rule for RepeatedToolCall {
    fn kind(&self) -> &'static str {
        "repeated_tool_call"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        found(view).into_iter().collect()
    }

    /// Whoever does something else knows it.
    fn ending(&self, past: &Past<'_>, view: &Sight<'_>) -> End {
        let is_known = view.calls.iter().any(|call| call.ended.unwrap_or(call.at) >= past.since);
        if is_known { End::Resolved(None) } else { End::Expired }
    }
}

fn found(view: &Sight<'_>) -> Option<Finding> {
    if view.foretold {
        return None;
    }
    let run = run(view);
    let (newest, _) = run
        .iter()
        .zip(run.get(TIMES - 1..)?)
        .find(|(newer, older)| newer.at.saturating_sub(older.at) <= WITHIN)
        .map(|(newer, older)| (*newer, *older))?;
    let oldest = run.last()?;
    let root = view.me.root.as_deref();
    if !worth::telling(newest, root, waits(view, oldest.at, newest.ended.unwrap_or(newest.at))) {
        return None;
    }
    let what = worth::name(newest, root);
    let times = run.len();
    let failed = worth::failed(newest);
    let went = if failed { "failed in the same way" } else { "gave the same answer" };
    let suggestion = match newest.kind.as_str() {
        "edit" => "Read the file again before the next edit of it.",
        _ if failed => "Find out why it fails before calling it again.",
        _ => "Use that answer, or look somewhere else.",
    };
    Some(Finding {
        key: format!("{} {:016x}", newest.tool, newest.asked),
        severity: Severity::Medium,
        evidence: format!("{what} {went} {times} times in a row, and nothing changed in between."),
        suggestion: suggestion.to_owned(),
        files: newest.path.iter().cloned().collect(),
        channels: vec![Channel::AfterTool],
        since: newest.ended.unwrap_or(newest.at),
        about: None,
    })
}

/// The newest calls of the main thread as far as they are one and the same, newest first.
fn run(view: &View) -> Vec<&Call> {
    let mut main = view.calls.iter().filter(|call| !call.sub_agent).peekable();
    // What has no end yet has no answer; if it asks for something else, the circle has been left.
    let mut running = Vec::new();
    while let Some(call) = main.next_if(|call| call.status.is_none()) {
        running.push(call);
    }
    let Some(newest) = main.peek().copied() else { return Vec::new() };
    if running.iter().any(|call| !same_question(call, newest)) {
        return Vec::new();
    }
    let mut run: Vec<&Call> =
        main.take_while(|call| same_question(call, newest) && same_answer(call, newest)).collect();
    if run.len() < TIMES {
        return run;
    }
    let moves = moves(view, newest);
    // Asked for anew since: whatever comes next is an answer to that.
    if view.prompts.iter().any(|&at| at > newest.at) {
        return Vec::new();
    }
    let parted = |newer: &Call, older: &Call| {
        moves.get(moves.partition_point(|&at| at <= older.at)).is_some_and(|&at| at <= newer.at)
    };
    if let Some(at) = run.windows(2).position(|pair| matches!(pair, [newer, older] if parted(newer, older))) {
        run.truncate(at + 1);
    }
    run
}

fn same_question(a: &Call, b: &Call) -> bool {
    a.asked == b.asked && a.tool == b.tool
}

/// One that was denied or interrupted has none.
fn same_answer(a: &Call, b: &Call) -> bool {
    matches!(a.status.as_deref(), Some("ok" | "error"))
        && a.status == b.status
        && a.answered.is_some()
        && a.answered == b.answered
}

/// When something was changed or the user asked for something, oldest first. What is ignored changes all the time, and
/// counts where it is asked for.
fn moves(view: &View, asked: &Call) -> Vec<Millis> {
    let names = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        asked.path.as_deref() == Some(path) || asked.command.as_deref().is_some_and(|line| line.contains(name))
    };
    let changes = view.changes.iter().filter(|change| !change.ignored || names(&change.path)).map(|change| change.at);
    let edits = view.edits.iter().map(|edit| edit.at);
    let peers = view.peers.iter().flat_map(|peer| peer.edited.iter().map(|(_, at)| *at));
    let prompts = view.prompts.iter().copied();
    let mut moves: Vec<Millis> = changes.chain(edits).chain(peers).chain(prompts).collect();
    moves.sort_unstable();
    moves
}

/// Whether something was at work that one may look at until it is done: a build, a task, a sub-agent.
fn waits(view: &View, from: Millis, to: Millis) -> bool {
    let ran = |build: &BuildSeen| {
        let running = build.status.as_deref() == Some("running");
        let begun = build.started.or(build.ended);
        let ended = if running { Some(view.now) } else { build.ended.or(build.started) };
        begun.is_none_or(|begun| begun <= to) && ended.is_some_and(|ended| ended >= from)
    };
    // Nobody tells when a background call's work ends.
    let at_work = |call: &Call| {
        call.at <= to
            && (call.background
                || call.sub_agent && call.ended.is_none_or(|ended| ended >= from)
                || call.kind == "agent" && call.status.is_none())
    };
    view.builds.iter().any(ran) || view.calls.iter().any(at_work)
}

#[cfg(test)]
mod tests;
