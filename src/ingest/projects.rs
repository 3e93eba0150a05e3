//! From a working directory to the project it belongs to, asked of the disk once per directory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::model::Project;
use crate::project;

pub(super) struct Projects {
    home: PathBuf,
    known: HashMap<String, Project>,
}

impl Projects {
    pub fn new(home: &Path) -> Self {
        Self { home: home.to_owned(), known: HashMap::new() }
    }

    pub fn of(&mut self, cwd: &str) -> Project {
        if let Some(known) = self.known.get(cwd) {
            return known.clone();
        }
        let found = project::identity(Path::new(cwd), Some(&self.home));
        self.known.insert(cwd.to_owned(), found.clone());
        found
    }
}
