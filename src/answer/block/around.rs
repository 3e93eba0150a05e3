//! What others do to this project: files and commits that are not the session's, and who else is at work.

use std::collections::HashSet;
use std::path::Path;

use super::Farewell;
use super::letter::{Item, Name, Told, subject};
use super::scene::Scene;
use crate::answer::Refusal;
use crate::model::{Agent, Millis, SessionId};
use crate::perceive::plain;
use crate::project::{self, Entry, HeadMove};
use crate::store::{ChangeRow, Whereabouts};

/// Changes older than this are history.
const SINCE_MS: Millis = 30 * 60 * 1000;
const CHANGES: usize = 40;
const COMMITS: usize = 5;
const PEERS: usize = 8;
/// Who edited a file this recently is at it.
const EDITING_MS: Millis = 5 * 60 * 1000;
/// Files of a peer that are looked at.
const EDITS: usize = 5;

/// Files that someone else is known to have changed, newest first.
pub(super) fn files(scene: &Scene<'_>) -> Result<Vec<Item>, Refusal> {
    let Some(place) = &scene.place else { return Ok(Vec::new()) };
    Ok(shown(scene, scene.asker.store.file_changes(&place.rows, scene.now - SINCE_MS, CHANGES)?))
}

/// The same in the midst of a session: of files that it has seen, findings tell; of the others, how many.
pub(super) fn files_unseen(scene: &Scene<'_>, told: &Told) -> Result<Vec<Item>, Refusal> {
    let (Some(place), Some(own)) = (&scene.place, &scene.own) else { return Ok(Vec::new()) };
    let newest = told.subjects(Name::ExternalFiles).filter_map(|about| told.state(Name::ExternalFiles, about));
    let since = newest.filter_map(|state| state.parse().ok()).max().unwrap_or(Millis::MIN);
    let rows = scene.asker.store.file_changes(&place.rows, scene.now - SINCE_MS, CHANGES)?;
    let mut unseen: Vec<ChangeRow> = Vec::new();
    for row in rows.into_iter().filter(|row| row.at > since) {
        let twice = unseen.iter().any(|known| known.path == row.path);
        let own_doing = scene.is_own(row.agent.as_deref(), row.session_id.as_deref());
        if twice || own_doing || row.attribution.is_none() {
            continue;
        }
        let path = Path::new(&place.root).join(&row.path);
        if !scene.asker.store.has_seen(own.row, &path.to_string_lossy())? {
            unseen.push(row);
        }
    }
    let (Some(first), many) = (unseen.first(), unseen.iter().map(|row| row.files.max(1)).sum::<i64>()) else {
        return Ok(Vec::new());
    };
    let people = unseen.iter().all(|row| row.attribution.as_deref() == Some("human"));
    let who = if people { " by a human" } else { "" };
    let Some(path) = scene.path(&first.path) else { return Ok(Vec::new()) };
    let text = match many {
        1 => format!("{path} {}{who} {}", plain::words(&first.change, 20), scene.clock(first.at)),
        many => format!("{many} that you have not read changed{who}, last {path} {}", scene.clock(first.at)),
    };
    Ok(vec![Item::news("unseen", first.at.to_string(), text)])
}

pub(super) fn shown(scene: &Scene<'_>, rows: Vec<ChangeRow>) -> Vec<Item> {
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    for row in rows {
        if !seen.insert(row.path.clone()) || scene.is_own(row.agent.as_deref(), row.session_id.as_deref()) {
            continue;
        }
        let agent = || row.agent.as_deref().and_then(|agent| plain::name(agent, 40));
        let who = match row.attribution.as_deref() {
            Some("human") => "a human".to_owned(),
            Some("agent") => agent().unwrap_or_else(|| "another agent".to_owned()),
            Some("command") => agent().map_or("a command".to_owned(), |agent| format!("a command of {agent}")),
            // Nobody knows.
            _ => continue,
        };
        let Some(path) = scene.path(&row.path) else { continue };
        let path = if row.files > 1 { format!("{} files in {path}", row.files) } else { path };
        let text = format!("{path} {} by {who} {}", plain::words(&row.change, 20), scene.clock(row.at));
        items.push(Item::news(subject(&row.path), row.at.to_string(), text));
    }
    items
}

/// Commits that the session did not make, newest first; in its midst, only those of its own time.
pub(super) fn commits(scene: &Scene<'_>, told: &Told, full: bool) -> Result<Vec<Item>, Refusal> {
    let Some(place) = &scene.place else { return Ok(Vec::new()) };
    let began = scene.own.as_ref().filter(|_| !full).map_or(Millis::MIN, |own| own.started);
    let mut items = Vec::new();
    for entry in project::reflog(Path::new(&place.root), began.max(scene.now - SINCE_MS)).into_iter().take(COMMITS) {
        if !matches!(entry.what, HeadMove::Commit { .. })
            || told.state(Name::ExternalGit, &entry.sha).is_none() && scene.moved_by(&entry)? != MovedBy::Another
        {
            continue;
        }
        let Entry { at, sha, author, what: HeadMove::Commit { subject } } = entry else { continue };
        let id: String = sha.chars().take(7).collect();
        let said = [plain::quoted(&subject, 100), plain::name(&author, 40).map(|name| format!("by {name}"))];
        let said: Vec<String> = said.into_iter().flatten().collect();
        let text = format!("commit {} {} {}", plain::words(&id, 20), said.join(" "), scene.clock(at));
        items.push(Item::news(sha, "", text));
    }
    Ok(items)
}

impl Scene<'_> {
    /// Whose doing it was that HEAD moved.
    pub fn moved_by(&self, entry: &Entry) -> Result<MovedBy, Refusal> {
        let Some(place) = &self.place else { return Ok(MovedBy::Nobody) };
        let whose = self.asker.who_moved(entry, &place.root, &place.repo)?;
        Ok(match (whose.by, whose.session) {
            (_, Some(session)) if self.is_own(Some(&session.agent), Some(&session.session_id)) => MovedBy::Itself,
            (Some(_), _) => MovedBy::Another,
            (None, _) => MovedBy::Nobody,
        })
    }
}

/// Seen from a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MovedBy {
    Itself,
    Another,
    /// Nobody can tell.
    Nobody,
}

/// Who else is at work, the most recently active first.
pub(super) fn peers(scene: &Scene<'_>) -> Result<Vec<Item>, Refusal> {
    let Some(place) = &scene.place else { return Ok(Vec::new()) };
    let live = scene.asker.store.newest_on(&place.everywhere, scene.asker.live_since(), PEERS)?;
    let mut items = Vec::new();
    for peer in live.iter().filter(|peer| peer.ended.is_none()) {
        if !is_self(scene, peer)? {
            items.push(item(scene, peer, &place.root)?);
        }
    }
    Ok(items)
}

/// The session, or another window of its conversation.
fn is_self(scene: &Scene<'_>, other: &Whereabouts) -> Result<bool, Refusal> {
    if scene.is_own(Some(&other.agent), Some(&other.session_id)) {
        return Ok(true);
    }
    let agent = scene.session.agent;
    let parent = scene.own.as_ref().and_then(|own| own.parent_session_id.clone());
    if other.agent != agent.name() || parent.is_none() && other.parent_session_id.is_none() {
        return Ok(false);
    }
    let own = scene.asker.eldest(agent, &scene.session.id, parent)?;
    Ok(own == scene.asker.eldest(agent, &other.session_id, other.parent_session_id.clone())?)
}

fn item(scene: &Scene<'_>, peer: &Whereabouts, root: &str) -> Result<Item, Refusal> {
    let agent = plain::name(&peer.agent, 40).unwrap_or_default();
    let tree = worktree(peer, root);
    let clash = clash(scene, peer)?;
    let edited = match &clash {
        Some(clash) => Some((clash.path.clone(), clash.at)),
        None => scene.asker.store.last_edited(peer.row)?,
    };
    let doing = edited.as_ref().and_then(|(path, at)| {
        // In a worktree of its own the same file is another one.
        let name = match &tree {
            Some(_) => plain::name(&crate::answer::session_facts::relative(path, peer.project_root.as_deref()), 72),
            None => scene.path(path),
        };
        let recent = scene.now - at <= EDITING_MS;
        Some(if recent {
            format!("is editing {}", name?)
        } else {
            format!("last edited {} {}", name?, scene.clock(*at))
        })
    });
    let doing = doing.unwrap_or_else(|| format!("is at work, last active {}", scene.clock(peer.last_activity)));
    let tree = tree.map(|tree| format!(" in worktree {tree}")).unwrap_or_default();
    let mine = match &clash {
        Some(Clash { edited: true, .. }) => ", as this session did",
        Some(_) => ", which this session read",
        None => "",
    };
    // That it moves on is no news; that it gets at a file of this session is.
    let state = match (&edited, &scene.own) {
        (Some((path, _)), Some(own)) if clash.is_some() || scene.asker.store.has_seen(own.row, path)? => subject(path),
        _ => String::new(),
    };
    let about = subject(&format!("{}:{}", peer.agent, peer.session_id));
    Ok(Item::news(about, state, format!("{agent}{tree} {doing}{mine}")))
}

/// A file that a peer is editing and the session has in hand, too.
struct Clash {
    path: String,
    at: Millis,
    /// The session has edited it.
    edited: bool,
}

/// Of several the one that the peer edited last.
fn clash(scene: &Scene<'_>, peer: &Whereabouts) -> Result<Option<Clash>, Refusal> {
    let Some(own) = &scene.own else { return Ok(None) };
    let edits = scene.asker.store.last_edits(peer.row, scene.now - EDITING_MS, EDITS)?;
    let paths: Vec<&str> = edits.iter().map(|(path, _)| path.as_str()).collect();
    let seen = scene.asker.store.seen_files(own.row, &paths)?;
    let both = edits.iter().find_map(|(path, at)| Some((path, at, seen.iter().find(|file| file.path == *path)?)));
    Ok(both.map(|(path, at, file)| Clash { path: path.clone(), at: *at, edited: file.edited.is_some() }))
}

/// What the other worktree is called that a session is in.
pub(super) fn worktree(session: &Whereabouts, root: &str) -> Option<String> {
    let other = session.project_root.as_deref().filter(|other| *other != root)?;
    plain::name(project::label(other), 40)
}

/// A peer that was told to be at work and is not listed now.
pub(super) fn farewell(about: &str, scene: &Scene<'_>) -> Result<Farewell, Refusal> {
    let Some((agent, id)) = about.split_once(':') else { return Ok(Farewell::Forget) };
    let Ok(agent) = agent.parse::<Agent>() else { return Ok(Farewell::Forget) };
    let Some(peer) = scene.asker.store.whereabouts(&SessionId::new(agent, id))? else { return Ok(Farewell::Forget) };
    Ok(match peer.ended {
        Some(_) => Farewell::Say(format!("{agent} has ended")),
        None if peer.last_activity <= scene.asker.live_since() => Farewell::Say(format!("{agent} is no longer active")),
        None => Farewell::Keep,
    })
}
