//! Where transcripts lie: below the agents' roots, and wherever a hook said.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::listing::Places;
use crate::adapters::{self, Adapter};

/// Transcripts outside the roots; more at a time were never met.
const STRANGERS: usize = 128;

struct Root {
    adapter: &'static dyn Adapter,
    path: PathBuf,
}

struct Stranger {
    adapter: &'static dyn Adapter,
    /// Its sub-agents' transcripts.
    dir: PathBuf,
    /// Counts up with every naming.
    named: u64,
}

pub(super) struct Sources {
    roots: Vec<Root>,
    /// By the transcript's path.
    strangers: HashMap<PathBuf, Stranger>,
    home: PathBuf,
    namings: u64,
}

impl Sources {
    pub fn new(places: &adapters::Places) -> Self {
        let roots = adapters::ALL
            .iter()
            .flat_map(|adapter| adapter.roots(places).into_iter().map(|path| Root { adapter: *adapter, path }))
            .filter(|root| root.path.is_absolute())
            .collect();
        Self { roots, strangers: HashMap::new(), home: places.home.clone(), namings: 0 }
    }

    /// Whose history `path` would be part of.
    pub fn adapter_of(&self, path: &Path) -> Option<&'static dyn Adapter> {
        let root = self.roots.iter().filter(|root| path.starts_with(&root.path));
        if let Some(root) = root.max_by_key(|root| root.path.as_os_str().len()) {
            return Some(root.adapter);
        }
        let strangers = || self.strangers.values();
        self.strangers.get(path).or_else(|| strangers().find(|s| path.starts_with(&s.dir))).map(|s| s.adapter)
    }

    /// Directories between the root and `path`; `None`: it lies below none.
    pub fn depth(&self, path: &Path) -> Option<usize> {
        let below = self.roots.iter().filter_map(|root| path.strip_prefix(&root.path).ok());
        below.map(|rest| rest.components().count()).min()
    }

    /// Directories that have to be watched as long as they are there, and waited for while they are not.
    pub fn footholds(&self) -> Vec<PathBuf> {
        let strangers = self.strangers.keys().filter_map(|path| path.parent());
        let mut all: Vec<PathBuf> = Vec::new();
        // In the order in which they are listed: of two ways to one directory, both take the first.
        // A root may be a single file.
        let roots = self.roots.iter().map(|root| match root.adapter.shape(&root.path) {
            Some(_) => root.path.parent().unwrap_or(&root.path),
            None => &root.path,
        });
        for dir in roots.chain(strangers) {
            if !all.iter().any(|known| known == dir) {
                all.push(dir.to_owned());
            }
        }
        all
    }

    /// Whether something at `path` is, or may lead to, one of the footholds.
    pub fn leads_to_foothold(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| root.path.starts_with(path))
            || self.strangers.keys().filter_map(|s| s.parent()).any(|dir| dir.starts_with(path))
    }

    /// The directory to watch until `foothold` appears: what lies above a home is none of ours.
    pub fn above(&self, foothold: &Path) -> Option<PathBuf> {
        let there = foothold.ancestors().skip(1).find(|dir| dir.is_dir())?;
        (there == self.home || !self.home.starts_with(there)).then(|| there.to_owned())
    }

    pub fn places(&self) -> Places {
        let mut places: Places = self.roots.iter().map(|root| (root.adapter, root.path.clone())).collect();
        for (path, stranger) in &self.strangers {
            places.push((stranger.adapter, path.clone()));
            places.push((stranger.adapter, stranger.dir.clone()));
        }
        places
    }

    /// Takes in what a hook named. Gives the path as it is spelled below a root where it lies below one.
    pub fn take_in(&mut self, adapter: &'static dyn Adapter, path: PathBuf) -> PathBuf {
        let path = self.spelled(path);
        if self.depth(&path).is_some() {
            return path;
        }
        self.namings += 1;
        let named = self.namings;
        let dir = path.with_extension("");
        self.strangers.entry(path.clone()).or_insert(Stranger { adapter, dir, named }).named = named;
        if self.strangers.len() > STRANGERS {
            let oldest = self.strangers.iter().min_by_key(|(_, s)| s.named).map(|(path, _)| path.clone());
            oldest.and_then(|path| self.strangers.remove(&path));
        }
        path
    }

    /// A root may be reached by a link, and be named by what it leads to.
    fn spelled(&self, path: PathBuf) -> PathBuf {
        if self.depth(&path).is_some() || self.strangers.contains_key(&path) {
            return path;
        }
        let parts = path.parent().and_then(|dir| dir.canonicalize().ok()).zip(path.file_name());
        let Some(real) = parts.map(|(dir, name)| dir.join(name)) else { return path };
        let below = self.roots.iter().find_map(|root| {
            let rest = real.strip_prefix(root.path.canonicalize().ok()?).ok()?.to_owned();
            Some(root.path.join(rest))
        });
        below.unwrap_or(path)
    }
}
