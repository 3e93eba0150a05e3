//! Which of what could be said is said here, and in which words.

use super::{Here, Row};
use crate::perceive::rules::Channel;
use crate::perceive::view::View;

/// At one prompt.
const AT_PROMPT: usize = 3;
/// Files of one kind that are named in one note.
const NAMED: usize = 4;
/// Their findings are one note at a prompt: the files differ, the words do not.
pub(super) const OF_FILES: [&str; 2] = ["human_modified_during_session", "peer_modified_file"];
/// What is said just before an edit says it of that change as well.
pub(super) const STALE: &str = "stale_file_view";

/// One thing to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    pub text: String,
    /// The findings it tells.
    pub(super) rows: Vec<usize>,
    /// Findings that it makes superfluous.
    pub(super) closes: Vec<usize>,
    /// Files and commands that it names, so that nothing else needs to.
    pub files: Vec<String>,
    pub about: Option<String>,
    /// Its person is to decide.
    pub asks: bool,
}

/// Best first.
pub(super) fn pick(rows: &[Row], mut candidates: Vec<usize>, here: Here, view: &View) -> Vec<Note> {
    candidates.sort_by_key(|&at| std::cmp::Reverse((rows[at].severity, rows[at].now.since)));
    let mut notes: Vec<Note> = Vec::new();
    for at in candidates {
        let row = &rows[at];
        // Two findings of one command are one thing to say, and both are said by it.
        let same = notes.iter_mut().find(|note| row.about.is_some() && note.about == row.about);
        if let Some(note) = same {
            note.rows.push(at);
            continue;
        }
        let groups = here.channel == Some(Channel::Prompt) && OF_FILES.contains(&row.now.kind.as_str());
        let of_kind = |note: &&mut Note| note.rows.first().is_some_and(|&first| rows[first].now.kind == row.now.kind);
        if let Some(note) = notes.iter_mut().find(|note| groups && of_kind(note)) {
            note.rows.push(at);
            note.files.extend(row.now.files.iter().cloned());
            continue;
        }
        notes.push(Note {
            text: String::new(),
            rows: vec![at],
            closes: closes(rows, row),
            files: row.now.files.clone(),
            about: row.about.clone(),
            asks: row.now.kind == "budget_exceeded" && view.limits.enforce,
        });
    }
    let most = match here.channel {
        Some(Channel::Prompt) => AT_PROMPT,
        // One answer that holds, with all that is to be said.
        Some(Channel::Stop) => usize::MAX,
        _ => 1,
    };
    notes.truncate(most);
    for note in &mut notes {
        note.text = words(rows, note, view);
    }
    notes
}

fn closes(rows: &[Row], stale: &Row) -> Vec<usize> {
    if stale.now.kind != STALE {
        return Vec::new();
    }
    let same = |row: &Row| OF_FILES.contains(&row.now.kind.as_str()) && row.now.files == stale.now.files;
    rows.iter().enumerate().filter(|(_, row)| same(row) && row.now.standing.holds()).map(|(at, _)| at).collect()
}

fn words(rows: &[Row], note: &Note, view: &View) -> String {
    let Some(first) = note.rows.first().map(|&at| &rows[at].now) else { return String::new() };
    let others: Vec<&str> = note.rows[1..]
        .iter()
        .filter(|&&at| rows[at].now.kind == first.kind)
        .filter_map(|&at| rows[at].now.files.first())
        .map(|path| inside(path, view))
        .collect();
    let more = match others.len() {
        0 => String::new(),
        many if many <= NAMED => format!(" The same of {}.", others.join(", ")),
        many => format!(" The same of {} and {} more.", others[..NAMED].join(", "), many - NAMED),
    };
    format!("{}{more} {}", first.evidence, first.suggestion).trim().to_owned()
}

fn inside<'a>(path: &'a str, view: &View) -> &'a str {
    let root = view.me.root.as_deref().unwrap_or_default();
    path.strip_prefix(root).and_then(|path| path.strip_prefix('/')).unwrap_or(path)
}
