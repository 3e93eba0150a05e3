//! The context block: what an agent is told with the start of a session and with a prompt, in a few lines.
//!
//! Each file makes some of the lines: `ground` what the project is, `story` what happened last, `red` the
//! builds, `around` what others do. A full block holds all of them; later ones what is new, what changed, and
//! what was told and no longer holds. Nothing is told twice.

mod around;
mod ground;
mod letter;
mod plain;
mod red;
mod scene;
mod story;

pub use letter::Told;
use letter::{DELTA_BYTES, FULL_BYTES, Item, Line, Name};
use scene::Scene;

use super::{Asker, Refusal};
use crate::model::SessionId;

/// What the block is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    Startup,
    Resume,
    Clear,
    Compact,
    Fork,
    Prompt,
}

/// What is to be said now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    text: Option<String>,
    told: Told,
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
}

/// What that session is told now. `cwd`: where its agent works, as the hook said; may be empty.
///
/// A prompt gets a full block where nothing was told before, else what is new.
///
/// # Errors
/// The store can't be read.
pub fn block(asker: &Asker, session: &SessionId, cwd: &str, occasion: Occasion) -> Result<Block, Refusal> {
    block_in(asker, session, cwd, occasion, jiff::tz::TimeZone::system())
}

fn block_in(
    asker: &Asker,
    session: &SessionId,
    cwd: &str,
    occasion: Occasion,
    zone: jiff::tz::TimeZone,
) -> Result<Block, Refusal> {
    let kept = asker.store.told(session)?;
    // What cannot be read any more was told all the same.
    let before: Option<Told> = kept.map(|json| serde_json::from_str(&json).unwrap_or_default());
    let scene = Scene::look(asker, session, cwd, zone)?;
    let told = before.clone().unwrap_or_default();
    let (mut changing, cleared) = changing(&scene, &told)?;
    match before {
        Some(told) if occasion == Occasion::Prompt => {
            for line in &mut changing {
                line.items.retain(|item| told.lacks(line.name, item));
            }
            changing.retain(|line| !line.items.is_empty());
            Ok(said(&changing, cleared, DELTA_BYTES, told))
        }
        _ => {
            let mut lines = ground::standing(&scene);
            lines.extend(story::lines(&scene, occasion)?);
            lines.extend(changing);
            if !lines.is_empty() {
                lines.extend(Line::one(Name::Session, short_id(&session.id)));
            }
            // What a new context is not told again it does not know.
            Ok(said(&lines, cleared, FULL_BYTES, Told::default()))
        }
    }
}

/// The lines that may change while a session lasts, and what of the lines told before no longer holds.
fn changing(scene: &Scene<'_>, told: &Told) -> Result<(Vec<Line>, Vec<Cleared>), Refusal> {
    let builds = red::Builds::of(scene)?;
    let lines: Vec<Line> = [
        ground::git(scene, told)?,
        Line::new(Name::Build, builds.red(scene)?),
        Line::new(Name::ExternalFiles, around::files(scene)?),
        Line::new(Name::ExternalGit, around::commits(scene, told)?),
        Line::new(Name::OthersNow, around::peers(scene)?),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut cleared = Vec::new();
    for name in [Name::Build, Name::ExternalFiles, Name::ExternalGit, Name::OthersNow] {
        let now = lines.iter().find(|line| line.name == name).map_or(&[][..], |line| &line.items);
        for about in told.subjects(name).filter(|about| now.iter().all(|item| item.about != *about)) {
            let farewell = match name {
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
fn said(lines: &[Line], cleared: Vec<Cleared>, most_bytes: usize, mut told: Told) -> Block {
    let over: Vec<Item> = cleared
        .iter()
        .filter_map(|cleared| match &cleared.farewell {
            Farewell::Say(text) => Some(Item::standing(text.clone())),
            _ => None,
        })
        .collect();
    let mut all = lines.to_vec();
    all.extend(Line::new(Name::Cleared, over));
    let written = letter::compose(&all, most_bytes);
    let shown = |name| written.as_ref().is_some_and(|(_, names)| names.contains(&name));
    for line in lines.iter().filter(|line| shown(line.name)) {
        for item in line.items.iter().filter(|item| !(item.about.is_empty() && item.state.is_empty())) {
            told.remember(line.name, &item.about, &item.state);
        }
    }
    for Cleared { name, about, farewell } in cleared {
        match farewell {
            Farewell::Say(_) if shown(Name::Cleared) => told.forget(name, &about),
            Farewell::Forget => told.forget(name, &about),
            Farewell::Say(_) | Farewell::Keep => {}
        }
    }
    Block { text: written.map(|(text, _)| text), told }
}

/// As much of an id as people compare.
fn short_id(id: &str) -> Option<String> {
    const SHORT: usize = 8;
    plain::name(&id.chars().take(SHORT).collect::<String>(), SHORT * 4)
}

#[cfg(test)]
mod tests;
