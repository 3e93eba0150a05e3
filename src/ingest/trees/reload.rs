//! The rules have changed: what became ignored or visible by that is no news, everything else is.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dirty::Heard;
use super::keeper::Ground;
use super::look::Found;
use super::rules::Rules;
use super::snapshot::Entry;
use super::tree::{Class, Tree};
use super::walk::{Listed, list};

impl Tree {
    /// A `.gitignore` in `path` has changed.
    pub fn reload_below(&mut self, ground: &mut Ground, path: &Path, heard: Heard, found: &mut Found) {
        let above = match path.parent() {
            None => Some(Arc::clone(&self.base)),
            Some(parent) => self.known.dir(parent).map(|dir| Arc::clone(&dir.rules)),
        };
        if let Some(above) = above.filter(|_| self.known.dir(path).is_some_and(|dir| !dir.narrow)) {
            self.reload(ground, path, &above, heard, found);
        }
    }

    /// Reads the rules of all directories in `path` again; around it hold those `above`.
    pub fn reload(&mut self, ground: &mut Ground, path: &Path, above: &Arc<Rules>, heard: Heard, found: &mut Found) {
        self.know_again();
        let mut kept = Vec::new();
        let mut to_do = vec![(path.to_owned(), Arc::clone(above))];
        while let Some((path, above)) = to_do.pop() {
            self.reload_one(ground, &path, &above, heard, found, &mut to_do, &mut kept);
        }
        for (path, entry) in kept {
            self.mind_again(ground, &path, entry, heard, found);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the step of one loop, with all that the loop carries")]
    fn reload_one(
        &mut self,
        ground: &mut Ground,
        path: &Path,
        above: &Arc<Rules>,
        heard: Heard,
        found: &mut Found,
        to_do: &mut Vec<(PathBuf, Arc<Rules>)>,
        kept: &mut Vec<(PathBuf, Entry)>,
    ) {
        let rules = above.inside(&self.root, path);
        let Some(dir) = self.known.dir_mut(path) else { return };
        let old = std::mem::replace(&mut dir.rules, Arc::clone(&rules));
        // Gone already: that is found when it is looked at.
        let Ok(Listed { files, dirs, .. }) = list(&self.root.join(path)) else { return };
        let Some(dir) = self.known.dir(path) else { return };
        let there: HashSet<&OsStr> = files.iter().map(|(name, _)| name.as_os_str()).collect();
        let names: Vec<PathBuf> = dir.entries.iter().map(|entry| path.join(&*entry.name)).collect();
        for file in names {
            match self.class_by(&rules, false, &file, false) {
                Class::Nothing => {
                    let went = file.file_name().is_some_and(|name| !there.contains(name));
                    match self.known.take(&file) {
                        Some(entry) if went => found.note(&file, Some(entry), heard),
                        _ => {}
                    }
                }
                class => {
                    if let Some(entry) = self.known.entry_mut(&file) {
                        entry.ignored = class == Class::Minded;
                    }
                }
            }
        }
        for (name, metadata) in files {
            let file = path.join(&name);
            if self.known.entry(&file).is_some() {
                continue;
            }
            match self.class_by(&rules, false, &file, false) {
                Class::Nothing => {}
                _ if self.class_by(&old, false, &file, false) != Class::Nothing => {
                    self.look_at_file(&file, &metadata, heard, found);
                }
                class => drop(self.known.put(path, Entry::new(name, &metadata, class))),
            }
        }
        for (name, _) in dirs {
            let dir = path.join(name);
            let visible = self.class_by(&rules, false, &dir, true) == Class::Plain;
            let was_visible = self.class_by(&old, false, &dir, true) == Class::Plain;
            match self.known.dir(&dir).map(|dir| dir.narrow) {
                Some(false) if visible => to_do.push((dir, Arc::clone(&rules))),
                Some(false) => kept.extend(self.forget(ground, &dir)),
                _ if !visible => {}
                _ if was_visible => self.walk(ground, &dir, &rules, Some((&mut *found, heard))),
                _ => self.walk(ground, &dir, &rules, None),
            }
        }
    }
}
