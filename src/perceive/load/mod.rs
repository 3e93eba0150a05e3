//! Fills a [`View`]: what rules look at, from the store and what lies on the disk now.
//!
//! Every list is bounded, so that a session of many thousand events costs a hook no more than a short one.

mod builds;
mod calls;
mod fresh;

pub use builds::Memo;

use std::collections::HashMap;

use crate::model::{Attribution, ChangeKind, Millis, SessionId};
use crate::perceive::view::{About, ChangeSeen, Edit, FileSeen, Lies, Limits, Me, Occupancy, Peer, Spent, View};
use crate::store::{ChangeAround, Head, PeerAround, Reader, Result, SessionRef};

/// Calls looked at.
const CALLS: usize = 64;
const EDITS: usize = 100;
const PROMPTS: usize = 20;
const CHANGES: usize = 300;
const BUILDS: usize = 40;
const PEERS: usize = 8;
const PEER_FILES: usize = 40;
/// An edit is told this much after it was made.
const NOTICED_MS: Millis = 1_000;
/// Nothing older matters to a session.
const LOOK_BACK_MS: Millis = 24 * 60 * 60 * 1000;
/// Edits of peers, and builds, matter for so long.
const RECENT_MS: Millis = 2 * 60 * 60 * 1000;

/// What lies at a path, and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnDisk {
    pub lies: Lies,
    pub written: Option<Millis>,
}

/// What a view is wanted for.
pub struct Wanted<'a> {
    pub session: &'a SessionId,
    pub about: About,
    /// The call that is about to run or has just ended.
    pub call: Option<&'a str>,
    /// Files that something is known of already.
    pub mind: &'a [&'a str],
    /// Where the agent works, as it spells it.
    pub cwd: Option<&'a str>,
    pub now: Millis,
    pub limits: Limits,
    pub spending: Spending,
    pub memo: &'a Memo,
    /// Looks at a file, in no time worth mentioning.
    pub look: &'a dyn Fn(&str) -> OnDisk,
    /// A directory as the system spells it.
    pub spell: &'a dyn Fn(&str) -> Option<String>,
}

/// Since when money counts; asked for only where a budget is set.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spending {
    pub day_since: Option<Millis>,
    pub month_since: Option<Millis>,
}

/// # Errors
/// Those of the store.
pub fn load(store: &Reader, head: &Head, wanted: &Wanted<'_>) -> Result<View> {
    let now = wanted.now;
    let names = Names::of(head, wanted);
    let trees = trees(store, head)?;
    let since = head.started.max(now - LOOK_BACK_MS);
    let before = matches!(wanted.about, About::Before);

    let meant = wanted.call.map(|call| store.meant_call(wanted.session, call)).transpose()?.flatten();
    let about = meant.as_deref().or(wanted.call);
    let mut calls = calls::calls(store, head.row, wanted, about, &names)?;
    let mut changes: Vec<ChangeSeen> =
        store.changes_around(&trees, since, CHANGES)?.into_iter().filter_map(change).collect();
    let peers = store.peers_around(&trees, head.row, now - RECENT_MS, PEERS)?;
    let peers: Vec<Peer> =
        peers.into_iter().map(|peer| self::peer(store, peer, since.max(now - RECENT_MS))).collect::<Result<_>>()?;
    let here = calls.first().and_then(|call| call.path.as_deref());
    let minded: Vec<&str> = match here {
        // Nothing else matters to an edit.
        Some(path) if before => vec![path],
        _ => touched(&changes, &peers).chain(here).chain(wanted.mind.iter().copied()).collect(),
    };
    let mut files = files(store, head, &names, minded, &changes, &peers)?;
    let edits = store.recent_edits(head.row, EDITS)?.into_iter();
    let edits = edits
        .map(|edit| Edit { path: names.system(&edit.path), at: edit.at, before: edit.before, hash: edit.after })
        .collect();
    if let Some(call) = calls.first().filter(|call| before && call.kind == "edit") {
        fresh::look(store, wanted, head, call, &mut files, &mut changes)?;
    }
    let past = |at: &Millis| *at <= now;
    calls.retain(|call| past(&call.at) || Some(&*call.id) == about);
    changes.retain(|change| past(&change.at));
    let view = View {
        now,
        me: Me {
            session: SessionRef {
                agent: wanted.session.agent.name().to_owned(),
                session_id: wanted.session.id.to_string(),
            },
            root: head.root.clone(),
            started: head.started,
        },
        calls,
        files,
        edits,
        prompts: if before { Vec::new() } else { store.recent_prompts(head.row, PROMPTS)? },
        changes,
        builds: if before {
            Vec::new()
        } else {
            builds::builds(
                store,
                &trees,
                since.max(now - RECENT_MS),
                names.start(head, wanted).as_deref(),
                wanted.memo,
            )?
        },
        peers,
        context: match wanted.about {
            About::Prompt => store
                .occupancy(head.row, of_interest(wanted.limits.context_share))?
                .map(|known| Occupancy { tokens: known.tokens, window: known.window, at: known.at }),
            _ => None,
        },
        spent: spent(store, head, wanted)?,
        limits: wanted.limits.clone(),
        about: wanted.about.clone(),
    };
    Ok(view)
}

/// The working trees of the session's repository.
fn trees(store: &Reader, head: &Head) -> Result<Vec<i64>> {
    let mut trees: Vec<i64> = head.project.into_iter().collect();
    if let Some(repo) = &head.repo {
        trees.extend(store.trees_of(repo)?.into_iter().filter(|tree| Some(*tree) != head.project));
    }
    Ok(trees)
}

/// An agent may reach its project by a link: its own spelling of the root, and the system's.
pub(super) struct Names {
    alias: Option<(String, String)>,
}

impl Names {
    fn of(head: &Head, wanted: &Wanted<'_>) -> Self {
        let alias = || {
            let (root, cwd) = (head.root.as_deref()?, wanted.cwd?.trim_end_matches('/'));
            if is_in(cwd, root) {
                return None;
            }
            let system = (wanted.spell)(cwd)?;
            let inside = system.strip_prefix(root)?;
            let alias = cwd.strip_suffix(inside)?;
            (alias != root).then(|| (alias.to_owned(), root.to_owned()))
        };
        Self { alias: alias() }
    }

    /// As the system spells it.
    pub fn system(&self, path: &str) -> String {
        match &self.alias {
            Some((alias, root)) if is_in(path, alias) => format!("{root}{}", &path[alias.len()..]),
            _ => path.to_owned(),
        }
    }

    /// Where the agent works, if that is in its project.
    fn start(&self, head: &Head, wanted: &Wanted<'_>) -> Option<String> {
        let cwd = wanted.cwd.map(|cwd| self.system(cwd.trim_end_matches('/')));
        let root = head.root.as_deref();
        cwd.filter(|cwd| root.is_none_or(|root| is_in(cwd, root))).or_else(|| root.map(str::to_owned))
    }

    /// As the agent may have spelled it besides.
    fn agents(&self, path: &str) -> Option<String> {
        let (alias, root) = self.alias.as_ref()?;
        is_in(path, root).then(|| format!("{alias}{}", &path[root.len()..]))
    }
}

fn is_in(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn change(row: ChangeAround) -> Option<ChangeSeen> {
    let inside = |path: &str| if path.is_empty() { row.root.clone() } else { format!("{}/{path}", row.root) };
    Some(ChangeSeen {
        at: row.at,
        path: inside(&row.path),
        old_path: row.old_path.as_deref().map(inside),
        kind: ChangeKind::parse(&row.kind)?,
        by: row.by.as_deref().and_then(Attribution::parse),
        session: row.session,
        by_another: false,
        before: row.before,
        after: row.after,
        files: row.files,
        ignored: row.ignored,
    })
}

fn peer(store: &Reader, peer: PeerAround, since: Millis) -> Result<Peer> {
    let edited = store.last_edits(peer.row, since, PEER_FILES)?;
    Ok(Peer { session: peer.session, last: peer.last, ended: peer.ended, edited })
}

fn touched<'a>(changes: &'a [ChangeSeen], peers: &'a [Peer]) -> impl Iterator<Item = &'a str> {
    let paths = changes.iter().flat_map(|change| [Some(change.path.as_str()), change.old_path.as_deref()]).flatten();
    paths.chain(peers.iter().flat_map(|peer| peer.edited.iter().map(|(path, _)| path.as_str())))
}

/// Those of `paths` that the session has seen.
fn files(
    store: &Reader,
    head: &Head,
    names: &Names,
    paths: Vec<&str>,
    changes: &[ChangeSeen],
    peers: &[Peer],
) -> Result<Vec<FileSeen>> {
    let mut paths: Vec<&str> = paths;
    paths.sort_unstable();
    paths.dedup();
    let others: Vec<String> = paths.iter().filter_map(|path| names.agents(path)).collect();
    paths.extend(others.iter().map(String::as_str));
    let seen = store.seen_files(head.row, &paths)?;
    let newest = Newest::of(changes, peers);
    let mut files: Vec<FileSeen> = Vec::with_capacity(seen.len());
    for file in seen {
        let path = names.system(&file.path);
        let (read, edited, hash) = (file.read, file.edited, file.hash);
        let seen = FileSeen { read, edited, hash, lies: newest.lies(&path), path };
        // One file under two names.
        let twin = names.alias.as_ref().and_then(|_| files.iter_mut().find(|known| known.path == seen.path));
        match twin {
            Some(known) if known.seen() < seen.seen() => *known = seen,
            Some(_) => {}
            None => files.push(seen),
        }
    }
    Ok(files)
}

/// The last that is known of each file.
struct Newest<'a> {
    changes: HashMap<&'a str, &'a ChangeSeen>,
    edits: HashMap<&'a str, Millis>,
}

impl<'a> Newest<'a> {
    fn of(changes: &'a [ChangeSeen], peers: &'a [Peer]) -> Self {
        let mut newest = Self { changes: HashMap::with_capacity(changes.len()), edits: HashMap::new() };
        for change in changes.iter().filter(|change| change.files <= 1) {
            for path in [Some(&*change.path), change.old_path.as_deref()].into_iter().flatten() {
                newest.changes.entry(path).or_insert(change);
            }
        }
        for (path, at) in peers.iter().flat_map(|peer| &peer.edited) {
            let last = newest.edits.entry(path).or_insert(*at);
            *last = (*last).max(*at);
        }
        newest
    }

    /// What the newest change left there; what a peer has told of and nobody has seen yet, is not known.
    fn lies(&self, path: &str) -> Lies {
        let Some(change) = self.changes.get(path) else { return Lies::Unknown };
        if self.edits.get(path).is_some_and(|at| *at > change.at + NOTICED_MS) {
            return Lies::Unknown;
        }
        if change.path != path || change.kind == ChangeKind::Deleted {
            return Lies::Gone;
        }
        change.after.map_or(Lies::Unknown, Lies::Content)
    }
}

/// A context that is this empty was never near its limit, nor has it just left it.
fn of_interest(share: Option<f64>) -> f64 {
    share.map_or(0.0, |share| (share * 0.7).min(0.5))
}

fn spent(store: &Reader, head: &Head, wanted: &Wanted<'_>) -> Result<Spent> {
    let limits = &wanted.limits;
    let mut spent = Spent::default();
    if limits.session_usd.is_none() && limits.day_usd.is_none() && limits.project_usd.is_none() {
        return Ok(spent);
    }
    if limits.session_usd.is_some() {
        spent.session = dollars(head.cost_nanos, head.priced_requests);
    }
    if let (Some(_), Some(since)) = (limits.day_usd, wanted.spending.day_since) {
        let (nanos, priced) = store.spent_since(None, since)?;
        spent.day = dollars(nanos, priced);
    }
    if let (Some(_), Some(since), Some(project)) = (limits.project_usd, wanted.spending.month_since, head.project) {
        let (nanos, priced) = store.spent_since(Some(project), since)?;
        spent.project = dollars(nanos, priced);
    }
    spent.unpriced = store.unpriced_models_of(head.row)?;
    Ok(spent)
}

fn dollars(nanos: i64, priced: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "money below nine million dollars is exact enough")]
    (priced > 0).then(|| nanos as f64 / 1e9)
}

#[cfg(test)]
mod tests;
