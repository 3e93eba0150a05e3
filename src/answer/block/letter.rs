//! The form of the block: which lines there are, what is left out first, and what of it is said this time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::answer::budget;

const OPENING: &str = "<tma1-context>\n";
const CLOSING: &str = "</tma1-context>";
/// Bytes by four are tokens.
pub(super) const FULL_BYTES: usize = 400 * 4;
pub(super) const DELTA_BYTES: usize = 150 * 4;
/// Of one statement: so that any line alone fits either.
const ITEM_BYTES: usize = 440;

/// The lines, in the order in which they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Project,
    Stack,
    Session,
    Git,
    LastHere,
    CurrentFocus,
    RecentFiles,
    Plan,
    LastRequest,
    LastFailure,
    Build,
    ExternalFiles,
    ExternalGit,
    OthersNow,
    /// What holds, for a session that knows nothing yet.
    Open,
    Cleared,
    /// What it is told of now.
    Note,
}

/// What goes first where there is not room for all.
const LEAST_FIRST: [Name; 17] = [
    Name::RecentFiles,
    Name::ExternalGit,
    Name::LastFailure,
    Name::Git,
    Name::CurrentFocus,
    Name::ExternalFiles,
    Name::OthersNow,
    Name::Plan,
    Name::LastHere,
    Name::Open,
    Name::LastRequest,
    Name::Cleared,
    Name::Stack,
    Name::Build,
    Name::Note,
    Name::Session,
    Name::Project,
];

impl Name {
    const fn text(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Stack => "stack",
            Self::Session => "session",
            Self::Git => "git",
            Self::LastHere => "last here",
            Self::CurrentFocus => "current_focus",
            Self::RecentFiles => "recent_files",
            Self::Plan => "plan",
            Self::LastRequest => "last_request",
            Self::LastFailure => "last_failure",
            Self::Build => "build",
            Self::ExternalFiles => "external_files",
            Self::ExternalGit => "external_git",
            Self::OthersNow => "others now",
            Self::Open => "open",
            Self::Cleared => "cleared",
            Self::Note => "note",
        }
    }

    /// Its statements are sentences: each has a line of its own.
    const fn is_prose(self) -> bool {
        matches!(self, Self::Note)
    }

    /// Statements shown; the others are counted.
    const fn most_items(self) -> usize {
        match self {
            Self::RecentFiles => 5,
            Self::ExternalFiles | Self::Plan | Self::LastHere => 4,
            _ => 3,
        }
    }
}

/// One statement of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// What it is about: a build family, a peer, a file. Empty where a line has one subject only.
    pub about: String,
    /// What must differ for it to be told again; empty: nothing makes it news.
    pub state: String,
    pub text: String,
    /// The session knows without being told.
    pub known: bool,
}

impl Item {
    /// A statement that never is news.
    pub fn standing(text: String) -> Self {
        Self { about: String::new(), state: String::new(), text, known: false }
    }

    pub fn news(about: impl Into<String>, state: impl Into<String>, text: String) -> Self {
        Self { about: about.into(), state: state.into(), text, known: false }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub name: Name,
    pub items: Vec<Item>,
}

impl Line {
    pub fn new(name: Name, items: Vec<Item>) -> Option<Self> {
        (!items.is_empty()).then_some(Self { name, items })
    }

    /// Without what the session knows.
    pub fn news(&self) -> Self {
        Self { name: self.name, items: self.items.iter().filter(|item| !item.known).cloned().collect() }
    }

    pub fn one(name: Name, text: Option<String>) -> Option<Self> {
        text.map(|text| Self { name, items: vec![Item::standing(text)] })
    }
}

/// What a statement is about, at a length that can be kept whatever others call things.
pub(super) fn subject(text: &str) -> String {
    const KEPT: usize = 160;
    if text.len() <= KEPT {
        return text.to_owned();
    }
    format!("{}…{:x}", &text[..text.floor_char_boundary(KEPT)], xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
}

/// What a session was told last and can change: by line and by what each statement is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(BTreeMap<String, BTreeMap<String, String>>);

impl Told {
    pub(super) fn state(&self, name: Name, about: &str) -> Option<&str> {
        self.0.get(name.text())?.get(about).map(String::as_str)
    }

    /// Whatever a line told about.
    pub(super) fn subjects(&self, name: Name) -> impl Iterator<Item = &str> {
        self.0.get(name.text()).into_iter().flat_map(|line| line.keys().map(String::as_str))
    }

    pub(super) fn remember(&mut self, name: Name, about: &str, state: &str) {
        self.0.entry(name.text().to_owned()).or_default().insert(about.to_owned(), state.to_owned());
    }

    pub(super) fn forget(&mut self, name: Name, about: &str) {
        if let Some(line) = self.0.get_mut(name.text()) {
            line.remove(about);
            if line.is_empty() {
                self.0.remove(name.text());
            }
        }
    }

    /// Whether that would tell something new.
    pub(super) fn lacks(&self, name: Name, item: &Item) -> bool {
        match self.state(name, &item.about) {
            None => true,
            Some(state) => state != item.state && !item.state.is_empty(),
        }
    }
}

struct Draft<'a> {
    line: &'a Line,
    shown: usize,
}

impl Draft<'_> {
    fn written(&self) -> String {
        let name = self.line.name.text();
        let texts = self.line.items.iter().take(self.shown).map(|item| budget::head(&item.text, ITEM_BYTES));
        if self.line.name.is_prose() {
            return texts.fold(String::new(), |mut lines, text| {
                let _ = writeln!(lines, "{name}: {text}");
                lines
            });
        }
        let mut value = texts.collect::<Vec<_>>().join("; ");
        let more = self.line.items.len() - self.shown;
        if more > 0 {
            let _ = write!(value, "; {more} more");
        }
        format!("{name}: {value}\n")
    }
}

/// What found room: the text, and of each line how many statements.
pub(super) type Written = (String, Vec<(Name, usize)>);

/// The block of these lines, and which of them found room in it; `None`: nothing to say.
pub(super) fn compose(lines: &[Line], most_bytes: usize) -> Option<Written> {
    let mut drafts: Vec<Draft<'_>> =
        lines.iter().map(|line| Draft { line, shown: line.items.len().min(line.name.most_items()) }).collect();
    drafts.sort_by_key(|draft| draft.line.name);
    let room = most_bytes - OPENING.len() - CLOSING.len();
    let too_long = |drafts: &[Draft<'_>]| drafts.iter().map(|draft| draft.written().len()).sum::<usize>() > room;
    for name in LEAST_FIRST {
        while let Some(at) = drafts.iter().position(|draft| draft.line.name == name)
            && too_long(&drafts)
        {
            if drafts[at].shown > 1 {
                drafts[at].shown -= 1;
            } else {
                drafts.remove(at);
            }
        }
    }
    if drafts.is_empty() {
        return None;
    }
    let text: String = drafts.iter().map(Draft::written).collect();
    let shown = drafts.iter().map(|draft| (draft.line.name, draft.shown)).collect();
    Some((format!("{OPENING}{text}{CLOSING}"), shown))
}

/// A block of notes alone, beside a tool's result or in the way of a stop, and how many of them found room.
pub fn notes(texts: &[String]) -> Option<(String, usize)> {
    let items = texts.iter().map(|text| Item::standing(text.clone())).collect();
    let lines: Vec<Line> = Line::new(Name::Note, items).into_iter().collect();
    let (text, shown) = compose(&lines, DELTA_BYTES)?;
    Some((text, shown.first().map_or(0, |(_, shown)| *shown)))
}
