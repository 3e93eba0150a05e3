//! The context block: what an agent is told with the start of a session and with a prompt, in a few lines.
//!
//! Each file makes some of the lines: `ground` what the project is, `story` what happened last, `red` the
//! builds, `around` what others do. A full block holds all of them; later ones what is new, what changed, and
//! what was told and no longer holds. Nothing is told twice.

mod around;
mod ground;
mod letter;
mod red;
mod scene;
mod story;

use letter::{DELTA_BYTES, FULL_BYTES, Item, Line, Name, subject};
pub use letter::{Told, notes};
use scene::Scene;

use super::{Asker, Refusal};
use crate::model::SessionId;
use crate::perceive::plain;

/// What the block is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    Startup,
    Resume,
    Clear,
    Compact,
    Fork,
    Prompt,
    /// Before a compaction: what its summary should keep.
    Compaction,
}

/// What was noticed of the session, to be said with the block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noticed {
    /// Told now; best first.
    pub notes: Vec<String>,
    /// What they name, so that no other line needs to: commands that fail, files that a peer is at.
    pub about: Vec<String>,
    /// What was told and has ended.
    pub farewells: Vec<String>,
    /// What holds, for who knows nothing yet.
    pub holding: Vec<String>,
}

/// What is to be said now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    text: Option<String>,
    told: Told,
    notes: usize,
    farewells: usize,
}

impl Block {
    /// `None`: nothing is worth saying.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// What the session has been told once it was told this. To be kept in the same breath, so that the next
    /// block is made against it.
    pub fn told(&self) -> &Told {
        &self.told
    }

    /// How many notes found room.
    pub fn notes(&self) -> usize {
        self.notes
    }

    /// How many farewells found room.
    pub fn farewells(&self) -> usize {
        self.farewells
    }
}

/// What that session is told now. `cwd`: where its agent works, as the hook said; may be empty.
///
/// A prompt gets a full block where nothing was told before, else what is new.
///
/// # Errors
/// The store can't be read.
pub fn block(
    asker: &Asker,
    session: &SessionId,
    cwd: &str,
    occasion: Occasion,
    noticed: &Noticed,
) -> Result<Block, Refusal> {
    block_in(asker, session, cwd, occasion, noticed, jiff::tz::TimeZone::system())
}

fn block_in(
    asker: &Asker,
    session: &SessionId,
    cwd: &str,
    occasion: Occasion,
    noticed: &Noticed,
    zone: jiff::tz::TimeZone,
) -> Result<Block, Refusal> {
    let kept = asker.store.told(session)?;
    // What cannot be read any more was told all the same.
    let before: Option<Told> = kept.map(|json| serde_json::from_str(&json).unwrap_or_default());
    let scene = Scene::look(asker, session, cwd, zone)?;
    let told = before.clone().unwrap_or_default();
    let full = before.is_none() || occasion != Occasion::Prompt;
    let (mut changing, cleared) = changing(&scene, &told, occasion, full, noticed)?;
    let notes = noticed.notes.iter().cloned().map(Item::standing).collect();
    let mut lines: Vec<Line> = Line::new(Name::Note, notes).into_iter().collect();
    if !full {
        for line in &mut changing {
            line.items.retain(|item| told.lacks(line.name, item));
        }
        changing.retain(|line| !line.items.is_empty());
        lines.extend(changing);
        return Ok(said(&lines, cleared, &noticed.farewells, DELTA_BYTES, told));
    }
    lines.extend(ground::standing(&scene));
    lines.extend(story::lines(&scene, occasion)?);
    for line in changing.iter_mut().filter(|line| line.name != Name::Build) {
        line.items.iter_mut().for_each(|item| item.known = false);
    }
    lines.extend(changing);
    lines.extend(Line::new(Name::Open, noticed.holding.iter().cloned().map(Item::standing).collect()));
    if !lines.is_empty() {
        lines.extend(Line::one(Name::Session, short_id(&session.id)));
    }
    // What a new context is not told again it does not know.
    Ok(said(&lines, cleared, &noticed.farewells, FULL_BYTES, Told::default()))
}

/// The lines that may change while a session lasts, and what of the lines told before no longer holds.
fn changing(
    scene: &Scene<'_>,
    told: &Told,
    occasion: Occasion,
    full: bool,
    noticed: &Noticed,
) -> Result<(Vec<Line>, Vec<Cleared>), Refusal> {
    // A person waits for what follows a prompt; at the start of a session nobody does.
    let counts = !matches!(occasion, Occasion::Prompt | Occasion::Compaction);
    let builds = red::Builds::of(scene)?;
    let mut red = builds.red(scene)?;
    for item in &mut red {
        item.known |= noticed.about.iter().any(|command| command.starts_with(&item.about));
    }
    let mut others = around::peers(scene)?;
    for item in others.iter_mut().filter(|item| !item.state.is_empty()) {
        item.known |= noticed.about.iter().any(|file| subject(file) == item.state);
    }
    let files = if full { around::files(scene)? } else { around::files_unseen(scene, told)? };
    let lines: Vec<Line> = [
        ground::git(scene, told, counts)?,
        Line::new(Name::Build, red),
        Line::new(Name::ExternalFiles, files),
        Line::new(Name::ExternalGit, around::commits(scene, told, full)?),
        Line::new(Name::OthersNow, others),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut cleared = Vec::new();
    for name in [Name::Build, Name::ExternalFiles, Name::ExternalGit, Name::OthersNow] {
        let now = lines.iter().find(|line| line.name == name).map_or(&[][..], |line| &line.items);
        for about in told.subjects(name).filter(|about| now.iter().all(|item| item.about != *about)) {
            let farewell = match name {
                Name::Build if noticed.farewells.iter().any(|words| words.contains(about)) => Farewell::Forget,
                Name::Build => builds.farewell(about, scene),
                Name::OthersNow => around::farewell(about, scene)?,
                // Happened, and is over: nothing to take back.
                _ => Farewell::Forget,
            };
            cleared.push(Cleared { name, about: about.to_owned(), farewell });
        }
    }
    Ok((lines, cleared))
}

/// Something that was told and is no longer among what there is to tell.
struct Cleared {
    name: Name,
    about: String,
    farewell: Farewell,
}

enum Farewell {
    /// It no longer holds, which is worth a word.
    Say(String),
    Forget,
    /// It holds as before, and only found no room.
    Keep,
}

/// The block of these lines and of what has cleared, and what the session knows by it besides `told`.
fn said(lines: &[Line], cleared: Vec<Cleared>, farewells: &[String], most_bytes: usize, mut told: Told) -> Block {
    let own = cleared.iter().filter_map(|cleared| match &cleared.farewell {
        Farewell::Say(text) => Some(text),
        _ => None,
    });
    let over = farewells.iter().chain(own).map(|text| Item::standing(text.clone())).collect();
    let mut all: Vec<Line> = lines.iter().map(Line::news).filter(|line| !line.items.is_empty()).collect();
    all.extend(Line::new(Name::Cleared, over));
    let written = letter::compose(&all, most_bytes);
    let shown = |name| {
        let lines = written.as_ref().map(|(_, lines)| lines.as_slice()).unwrap_or_default();
        lines.iter().find(|(line, _)| *line == name).map(|(_, items)| *items)
    };
    for line in lines.iter().filter(|line| shown(line.name).is_some() || line.items.iter().all(|item| item.known)) {
        for item in line.items.iter().filter(|item| !(item.about.is_empty() && item.state.is_empty())) {
            told.remember(line.name, &item.about, &item.state);
        }
    }
    let parted = shown(Name::Cleared).unwrap_or(0);
    for Cleared { name, about, farewell } in cleared {
        match farewell {
            Farewell::Say(_) if parted > 0 => told.forget(name, &about),
            Farewell::Forget => told.forget(name, &about),
            Farewell::Say(_) | Farewell::Keep => {}
        }
    }
    let notes = shown(Name::Note).unwrap_or(0);
    Block { text: written.map(|(text, _)| text), told, notes, farewells: parted.min(farewells.len()) }
}

/// As much of an id as people compare.
fn short_id(id: &str) -> Option<String> {
    const SHORT: usize = 8;
    plain::name(&id.chars().take(SHORT).collect::<String>(), SHORT * 4)
}

#[cfg(test)]
mod tests;
