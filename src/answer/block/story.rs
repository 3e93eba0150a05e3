//! What happened last: in this session, or, where it is a fresh one, in the one before it.

use super::Occasion;
use super::around::worktree;
use super::letter::{Item, Line, Name};
use super::scene::Scene;
use crate::answer::session_facts::SessionFacts;
use crate::answer::{Refusal, ago};
use crate::builds;
use crate::model::{Millis, SessionId};
use crate::perceive::plain;
use crate::store::{OutcomeRow, PlanRow, Whereabouts};

const REQUEST_BYTES: usize = 200;
const STEP_BYTES: usize = 80;
const FILES: usize = 5;
/// Among so many calls the last failure is looked for; an older one is forgotten.
const CALLS: usize = 30;
/// Sessions among which the one before is looked for.
const BEFORE: usize = 8;
/// A session that ended so recently is the one that was cleared.
const CLEARED_MS: Millis = 60 * 1000;

pub(super) fn lines(scene: &Scene<'_>, occasion: Occasion) -> Result<Vec<Line>, Refusal> {
    let has_history = scene.own.as_ref().is_some_and(|own| own.tool_calls > 0);
    let lines = match occasion {
        // What is asked now stands in the prompt itself.
        Occasion::Prompt if has_history => return own(scene, false),
        Occasion::Compaction => return own(scene, true),
        Occasion::Startup | Occasion::Clear | Occasion::Prompt => Vec::new(),
        Occasion::Resume | Occasion::Compact | Occasion::Fork => own(scene, true)?,
    };
    if lines.is_empty() { left_before(scene, occasion) } else { Ok(lines) }
}

/// Where this session stands.
fn own(scene: &Scene<'_>, with_request: bool) -> Result<Vec<Line>, Refusal> {
    let Some(session) = &scene.own else { return Ok(Vec::new()) };
    let Some(facts) = facts(scene, session)? else { return Ok(Vec::new()) };
    let focus = facts.current_focus.as_deref();
    let files = facts.recent_files.iter().filter(|path| Some(&***path) != focus).take(FILES);
    let files = files.filter_map(|path| scene.path(path)).map(Item::standing).collect();
    let request = facts.last_user_prompt.as_deref().filter(|_| with_request);
    let lines = [
        Line::one(Name::CurrentFocus, focus.and_then(|path| scene.path(path))),
        Line::new(Name::RecentFiles, files),
        Line::new(Name::Plan, plan(&scene.asker.store.session_plan(session.row)?)),
        Line::one(Name::LastRequest, request.and_then(|text| plain::quoted(text, REQUEST_BYTES))),
        Line::one(Name::LastFailure, last_failure(scene, session)?),
    ];
    Ok(lines.into_iter().flatten().collect())
}

fn facts(scene: &Scene<'_>, session: &Whereabouts) -> Result<Option<SessionFacts>, Refusal> {
    let store = &scene.asker.store;
    let mut row = store.session(&session.session_id)?.filter(|row| row.row == session.row);
    if row.is_none() {
        // Two agents have a session of that id.
        row = store.sessions_by_prefix(&session.session_id)?.into_iter().find(|row| row.row == session.row);
    }
    row.map(|row| scene.asker.session_facts(&row)).transpose()
}

fn plan(steps: &[PlanRow]) -> Vec<Item> {
    let of = |status: &'static str| steps.iter().filter(move |step| step.status == status);
    let said =
        |step: &PlanRow, how: &str| Some(Item::standing(format!("{how} {}", plain::quoted(&step.text, STEP_BYTES)?)));
    let done = of("completed").count();
    let open = of("in_progress").filter_map(|step| said(step, "now"));
    let open: Vec<Item> = open.chain(of("pending").filter_map(|step| said(step, "open"))).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let done = (done > 0).then(|| Item::standing(format!("{done} of {} done", steps.len())));
    done.into_iter().chain(open).collect()
}

/// The newest call that failed and was not made good. Red builds have a line of their own.
fn last_failure(scene: &Scene<'_>, session: &Whereabouts) -> Result<Option<String>, Refusal> {
    let calls = scene.asker.store.outcomes(session.row, CALLS)?;
    let Some(at) = calls.iter().position(|call| call.status.as_deref() == Some("error") && is_worth_telling(call))
    else {
        return Ok(None);
    };
    let failed = &calls[at];
    let made_good = calls[..at].iter().any(|later| {
        let same = later.tool == failed.tool && later.command == failed.command && later.file_path == failed.file_path;
        same && later.status.as_deref() == Some("ok")
    });
    if made_good {
        return Ok(None);
    }
    let what = match (&failed.command, &failed.file_path) {
        (Some(command), _) => plain::quoted(command, 80),
        (None, Some(path)) => scene.path(path),
        (None, None) => None,
    };
    let tool = failed.tool.as_deref().and_then(|tool| plain::name(tool, 40));
    let what: Vec<String> = tool.into_iter().chain(what).collect();
    let why = failed.error.as_deref().and_then(|error| plain::quoted(error, 140));
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    Ok((!what.is_empty()).then(|| format!("{} {}{why}", what.join(" "), scene.clock(failed.at))))
}

/// Commands whose failure is an answer.
const PROBES: [&str; 18] = [
    "grep", "rg", "ag", "egrep", "fgrep", "test", "[", "[[", "ls", "cat", "which", "command", "type", "find", "diff",
    "cmp", "curl", "pgrep",
];

fn is_worth_telling(call: &OutcomeRow) -> bool {
    match call.kind.as_deref() {
        Some("shell") => {
            let command = call.command.as_deref().unwrap_or_default();
            let last = command.rsplit(['|', ';', '&', '\n']).find(|part| !part.trim().is_empty()).unwrap_or_default();
            let program = last.split_whitespace().next().unwrap_or_default();
            !PROBES.contains(&program) && builds::classify(command).is_none()
        }
        Some("read" | "search" | "other") | None => false,
        Some(_) => true,
    }
}

/// What the session before this one left.
fn left_before(scene: &Scene<'_>, occasion: Occasion) -> Result<Vec<Line>, Refusal> {
    let Some((session, was_cleared)) = before(scene, occasion)? else { return Ok(Vec::new()) };
    let Some(facts) = facts(scene, &session)? else { return Ok(Vec::new()) };
    let tree = scene.place.as_ref().and_then(|place| worktree(&session, &place.root));
    let tree = tree.map(|tree| format!(" in worktree {tree}")).unwrap_or_default();
    let agent = plain::name(&session.agent, 40).unwrap_or_default();
    let who = if was_cleared { "before /clear".to_owned() } else { format!("{agent}{tree}") };
    let asked = facts.last_user_prompt.as_deref().and_then(|text| plain::quoted(text, REQUEST_BYTES));
    let asked = asked.map(|words| format!(", asked {words}"));
    let titled =
        || facts.title.as_deref().and_then(|title| plain::quoted(title, 100)).map(|title| format!(", {title}"));
    let about = asked.or_else(titled).unwrap_or_default();
    let mut items = vec![Item::standing(format!("{who}, {}{about}", ago(scene.now, session.last_activity)))];
    let focus = facts.current_focus.as_deref().and_then(|path| scene.path(path));
    items.extend(focus.map(|path| Item::standing(format!("was at {path}"))));
    items.extend(steps_left(&scene.asker.store.session_plan(session.row)?).map(Item::standing));
    Ok(Line::new(Name::LastHere, items).into_iter().collect())
}

/// The session that this one comes after, and whether it is this one before it was cleared.
fn before(scene: &Scene<'_>, occasion: Occasion) -> Result<Option<(Whereabouts, bool)>, Refusal> {
    let Some(place) = &scene.place else { return Ok(None) };
    let agent = scene.session.agent;
    if occasion == Occasion::Fork
        && let Some(parent) = scene.own.as_ref().and_then(|own| own.parent_session_id.as_deref())
        && let Some(parent) = scene.asker.store.whereabouts(&SessionId::new(agent, parent))?
    {
        return Ok(Some((parent, false)));
    }
    let mut others = scene.asker.store.newest_on(&place.everywhere, 0, BEFORE)?;
    others.retain(|other| !scene.is_own(Some(&other.agent), Some(&other.session_id)));
    if occasion == Occasion::Clear {
        others.sort_by_key(|other| other.agent != agent.name());
        let just_ended = |other: &&Whereabouts| {
            other.agent == agent.name() && other.ended.is_some_and(|at| scene.now - at <= CLEARED_MS)
        };
        if let Some(cleared) = others.iter().filter(just_ended).max_by_key(|other| other.ended) {
            return Ok(Some((cleared.clone(), true)));
        }
    }
    Ok(others.into_iter().next().map(|session| (session, false)))
}

fn steps_left(plan: &[PlanRow]) -> Option<String> {
    let open = || plan.iter().filter(|step| matches!(&*step.status, "in_progress" | "pending"));
    let first = open().find(|step| step.status == "in_progress").or_else(|| open().next())?;
    let first = plain::quoted(&first.text, STEP_BYTES)?;
    Some(format!("left {} of {} plan steps, first {first}", open().count(), plan.len()))
}
