//! One directory of the project as an ecosystem sees it: names at hand, small files on demand.

use std::path::{Path, PathBuf};

use super::super::bounded;
use super::survey::{Folder, Survey};

/// Manifests are written by people; what is larger is generated, or something else.
const MANIFEST_LIMIT: u64 = 256 * 1024;

#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    project: &'a Path,
    survey: &'a Survey,
    folder: &'a Folder,
}

impl<'a> Site<'a> {
    pub fn new(project: &'a Path, survey: &'a Survey, folder: &'a Folder) -> Self {
        Self { project, survey, folder }
    }

    /// The root of the project this directory is part of.
    pub fn top(self) -> Self {
        match self.survey.folders.first() {
            Some(folder) => Self { folder, ..self },
            None => self,
        }
    }

    pub fn path(&self) -> PathBuf {
        self.project.join(&self.folder.path)
    }

    /// The path of something that was not walked; the answer will depend on it.
    pub fn hidden(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        self.survey.asks(&path);
        path
    }

    /// Whether there is such a file; `name` may lead into subdirectories, hidden ones too.
    pub fn file(&self, name: &str) -> bool {
        let listed = !name.contains('/') && !self.folder.truncated;
        if listed { self.folder.files.iter().any(|file| file == name) } else { self.hidden(name).is_file() }
    }

    pub fn dir(&self, name: &str) -> bool {
        self.hidden(name).is_dir()
    }

    pub fn first_file(&self, names: &[&str]) -> Option<String> {
        names.iter().find(|name| self.file(name)).map(|name| (*name).to_owned())
    }

    pub fn files(&self) -> impl Iterator<Item = &'a str> {
        self.folder.files.iter().map(String::as_str)
    }

    pub fn files_with(&self, extension: &'static str) -> impl Iterator<Item = &'a str> {
        self.files().filter(move |name| Path::new(name).extension().is_some_and(|it| it == extension))
    }

    pub fn dirs(&self) -> impl Iterator<Item = &'a str> {
        self.folder.dirs.iter().map(String::as_str)
    }

    /// A directory right here, if it was walked.
    pub fn sub(&self, name: &str) -> Option<Site<'a>> {
        let path = self.folder.child(name);
        let folder = self.survey.folders.iter().find(|other| other.path == path)?;
        Some(Site { folder, ..*self })
    }

    /// This directory and all that were walked below it.
    pub fn below(&self) -> impl Iterator<Item = Site<'a>> {
        let (site, folder) = (*self, self.folder);
        site.survey
            .folders
            .iter()
            .filter(move |other| is_within(&other.path, &folder.path))
            .map(move |folder| Site { folder, ..site })
    }

    /// Whether a file of such a name lies here or below.
    pub fn any_file(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.below().any(|site| site.files().any(&matches))
    }

    pub fn text(&self, name: &str) -> Option<String> {
        bounded::text(&self.hidden(name), MANIFEST_LIMIT)
    }

    pub fn mentions(&self, name: &str, words: &[&str]) -> bool {
        self.text(name).is_some_and(|text| words.iter().any(|word| text.contains(word)))
    }

    pub fn json(&self, name: &str) -> Option<serde_json::Value> {
        serde_json::from_str(&self.text(name)?).ok()
    }

    pub fn toml(&self, name: &str) -> Option<toml::Table> {
        toml::from_str(&self.text(name)?).ok()
    }
}

fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
