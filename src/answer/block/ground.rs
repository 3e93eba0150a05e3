//! What the project is, and where its git stands.

use std::path::Path;
use std::time::Duration;

use super::around::MovedBy;
use super::letter::{Item, Line, Name, Told};
use super::scene::{Place, Scene};
use crate::answer::Refusal;
use crate::perceive::plain;
use crate::project::{self, HeadMove};

const LANGUAGES: usize = 3;
/// An agent waits for the block; of a large tree these counts take longer.
const AT_ONCE: Duration = Duration::from_millis(4);
/// How long ago a branch may have been left.
const MOVED_MS: i64 = 24 * 60 * 60 * 1000;

/// Lines that hold as long as the session lasts.
pub(super) fn standing(scene: &Scene<'_>) -> Vec<Line> {
    let Some(place) = &scene.place else { return Vec::new() };
    let label = plain::words(project::label(&place.root), 80);
    let project = Line::one(Name::Project, (!label.is_empty()).then_some(label));
    project.into_iter().chain(Line::one(Name::Stack, stack(scene, place))).collect()
}

fn stack(scene: &Scene<'_>, place: &Place) -> Option<String> {
    let root = Path::new(&place.root);
    // Whatever lies around in a home directory is no project.
    if root.parent().is_none() || root == scene.asker.around.home {
        return None;
    }
    let shape = project::index(root);
    let languages = shape.languages.iter().take(LANGUAGES).map(|name| name.to_lowercase());
    let made_of: Vec<String> = languages.chain(shape.build_system).collect();
    let tests = shape.test_command.map(|command| format!("tests: {}", plain::words(&command, 80)));
    let parts: Vec<String> = [plain::words(&made_of.join(", "), 80)].into_iter().chain(tests).collect();
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    (!text.is_empty()).then_some(text)
}

/// Branch, commit and unfinished business, as far as the files in `.git` tell; with `counts` also what is not
/// committed or not shared, where that is told at once.
pub(super) fn git(scene: &Scene<'_>, told: &Told, counts: bool) -> Result<Option<Line>, Refusal> {
    let Some(place) = &scene.place else { return Ok(None) };
    let root = Path::new(&place.root);
    let found = if counts { project::vcs_at_once(root, AT_ONCE) } else { project::head(root) };
    let Some(vcs) = found else { return Ok(None) };
    let branch = vcs.branch.as_deref().and_then(|branch| plain::name(branch, 60));
    let commit = vcs.head.map(|head| format!(" at {head}")).unwrap_or_default();
    let operation = vcs.in_progress.map(|operation| format!(", {operation} in progress")).unwrap_or_default();
    let numbers = [(vcs.ahead, "ahead"), (vcs.behind, "behind"), (vcs.dirty_files, "uncommitted")];
    let numbers = numbers
        .into_iter()
        .filter_map(|(count, what)| count.filter(|count| *count > 0).map(|n| format!(", {n} {what}")));
    let numbers: String = numbers.collect();
    let text = format!("{}{commit}{numbers}{operation}", branch.as_deref().unwrap_or("detached"));
    // Commits are no news of their own: the session's are its own, and others' have a line.
    let mut item = Item::news("", format!("{}{operation}", branch.as_deref().unwrap_or("detached")), text);
    if told.state(Name::Git, "").is_some_and(|state| state != item.state) {
        item.known = moved_by_itself(scene, place)?;
    }
    Ok(Line::new(Name::Git, vec![item]))
}

/// Whether the session's own shell ran git when the branch was changed.
fn moved_by_itself(scene: &Scene<'_>, place: &Place) -> Result<bool, Refusal> {
    let moves = project::reflog(Path::new(&place.root), scene.now - MOVED_MS);
    match moves.into_iter().find(|entry| matches!(entry.what, HeadMove::Branch { .. })) {
        Some(entry) => Ok(scene.moved_by(&entry)? == MovedBy::Itself),
        None => Ok(false),
    }
}
