//! The elements of an array that are ours: exactly one, or none; a group may also hold somebody else's.

use super::super::error::Fault;
use super::super::op::{Keys, List, Step, steps};
use super::super::value::Value;
use super::Shape;
use super::apply::Editor;

/// How much of an element is ours.
enum Share {
    Whole,
    /// These elements of its inner array.
    Parts(Vec<usize>),
}

fn shares(array: &Value, list: &List) -> Vec<(usize, Share)> {
    let share = |element: &Value| match list {
        List::Whole(ours) => ours.is(element).then_some(Share::Whole),
        List::Parts { key, ours } => {
            let parts = element.get(key).map_or(&[][..], Value::elements);
            let mine: Vec<usize> = (0..parts.len()).filter(|&at| ours.is(&parts[at])).collect();
            match mine.len() {
                0 => None,
                all if all == parts.len() => Some(Share::Whole),
                _ => Some(Share::Parts(mine)),
            }
        }
    };
    array.elements().iter().enumerate().filter_map(|(at, element)| Some((at, share(element)?))).collect()
}

pub(super) fn put(editor: &mut Editor<'_>, at: &Keys, list: &List, value: &Value) -> Result<(), Fault> {
    let path = steps(at);
    match editor.document.shape(&path) {
        None => {
            editor.insert(at, &Value::Array(vec![value.clone()]))?;
            editor.memory.made(at);
            return Ok(());
        }
        Some(Shape::Array) => {}
        Some(_) => return Err(editor.taken(&path)),
    }
    let array = editor.document.value(&path).unwrap_or(Value::Null);
    let mut found = shares(&array, list);
    let kept = found.iter().position(|(index, share)| stays(&array.elements()[*index], share, list, value));
    let kept = kept.or_else(|| found.iter().position(|(_, share)| matches!(share, Share::Whole)));
    let kept = kept.map(|kept| found.remove(kept));
    take_out(editor, &path, list, found.into_iter())?;
    match kept {
        // Elements before it may be gone: look it up anew.
        Some((_, Share::Whole)) => {
            let array = editor.document.value(&path).unwrap_or(Value::Null);
            let Some((index, _)) = shares(&array, list).into_iter().next() else { return Ok(()) };
            let element = [&path[..], &[Step::Index(index)]].concat();
            if value.is_table() && array.elements()[index].is_table() {
                editor.merge(&element, value)
            } else if array.elements()[index].same(value) {
                Ok(())
            } else {
                editor.document.replace(&element, value)
            }
        }
        Some(_) => Ok(()),
        None => editor.document.push(&path, value, editor.memory),
    }
}

/// Whether a group of the user's own already holds exactly what we want in it.
fn stays(element: &Value, share: &Share, list: &List, value: &Value) -> bool {
    let (Share::Parts(mine), List::Parts { key, .. }, Value::Table(members)) = (share, list, value) else {
        return false;
    };
    members.iter().all(|(name, wanted)| match element.get(name) {
        Some(now) if name == key => {
            let parts: Vec<&Value> = mine.iter().filter_map(|&at| now.elements().get(at)).collect();
            parts.len() == wanted.elements().len() && parts.iter().zip(wanted.elements()).all(|(a, b)| a.same(b))
        }
        Some(now) => now.same(wanted),
        None => false,
    })
}

pub(super) fn remove(editor: &mut Editor<'_>, at: &Keys, list: &List) -> Result<(), Fault> {
    let path = steps(at);
    let array = editor.document.value(&path).unwrap_or(Value::Null);
    let found = shares(&array, list);
    let any = !found.is_empty();
    take_out(editor, &path, list, found.into_iter())?;
    editor.prune(at, any)
}

/// From the last to the first, so that the others keep their places.
fn take_out(
    editor: &mut Editor<'_>,
    at: &[Step],
    list: &List,
    found: impl DoubleEndedIterator<Item = (usize, Share)>,
) -> Result<(), Fault> {
    for (index, share) in found.rev() {
        let element = [at, &[Step::Index(index)]].concat();
        match (share, list) {
            (Share::Parts(parts), List::Parts { key, .. }) => {
                for part in parts.into_iter().rev() {
                    let path = [&element[..], &[Step::Key(key.clone()), Step::Index(part)]].concat();
                    editor.document.remove(&path)?;
                }
            }
            _ => editor.document.remove(&element)?,
        }
    }
    Ok(())
}
