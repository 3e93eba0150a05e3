//! Whatever happens, the changes lead from what was to what is.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::scene::{LOOKED_AT, Scene, TOLD};

#[derive(Debug, Clone)]
enum Deed {
    Write(u8, u8),
    Append(u8),
    Remove(u8),
    RemoveDir(u8),
    Move(u8, u8),
    MoveDir(u8, u8),
    /// Time for what came before to settle.
    Settle,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (0..12u8, 0..4u8).prop_map(|(file, text)| Deed::Write(file, text)),
        2 => (0..12u8).prop_map(Deed::Append),
        2 => (0..12u8).prop_map(Deed::Remove),
        1 => (0..4u8).prop_map(Deed::RemoveDir),
        3 => (0..12u8, 0..12u8).prop_map(|(from, to)| Deed::Move(from, to)),
        2 => (0..4u8, 0..4u8).prop_map(|(from, to)| Deed::MoveDir(from, to)),
        1 => Just(Deed::Settle),
    ]
}

fn file(number: u8) -> String {
    format!("{}/f{}", dir(number / 3), number % 3)
}

/// Two beside each other, one in each.
fn dir(number: u8) -> &'static str {
    ["a", "a/in", "b", "b/in"][usize::from(number % 4)]
}

fn live(scene: &mut Scene, deeds: &[Deed], state: &mut BTreeMap<PathBuf, i64>) {
    for deed in deeds {
        // What cannot be done is left undone.
        match *deed {
            Deed::Write(name, text) => {
                let path = scene.path(&file(name));
                let _ = fs::create_dir_all(path.parent().unwrap());
                let _ = fs::write(path, format!("text {text}"));
            }
            Deed::Append(name) => {
                let path = scene.path(&file(name));
                if let Ok(text) = fs::read_to_string(&path) {
                    let _ = fs::write(path, text + "+");
                }
            }
            Deed::Remove(name) => drop(fs::remove_file(scene.path(&file(name)))),
            Deed::RemoveDir(name) => drop(fs::remove_dir_all(scene.path(dir(name)))),
            Deed::Move(from, to) => drop(fs::rename(scene.path(&file(from)), scene.path(&file(to)))),
            Deed::MoveDir(from, to) => drop(fs::rename(scene.path(dir(from)), scene.path(dir(to)))),
            Deed::Settle => scene.lead_on(state),
        }
    }
    scene.lead_on(state);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_changes_lead_from_what_was_to_what_is(before in prop::collection::vec(deed(), 0..10), deeds in prop::collection::vec(deed(), 1..40)) {
        for pace in [TOLD, LOOKED_AT] {
            let mut scene = Scene::new(pace, |_| {});
            let mut state = BTreeMap::new();
            live(&mut scene, &before, &mut state);
            live(&mut scene, &deeds, &mut state);
        }
    }
}
