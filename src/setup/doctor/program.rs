//! The binary that an agent calls: whether it is there, may be run, and is this one.

use std::path::{Path, PathBuf};

use crate::setup::detect::find_program;
use crate::setup::ours::Program;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Called {
    This,
    /// Another path or another file: it runs, but an upgrade of this one may not be one of that.
    Other(PathBuf),
    Gone(PathBuf),
    NotExecutable(PathBuf),
}

impl Called {
    pub fn look(called: &Path, this: &Program, search: Option<&std::ffi::OsStr>) -> Self {
        if called == this.path {
            return match is_executable(called) {
                Some(true) => Self::This,
                Some(false) => Self::NotExecutable(called.to_owned()),
                None => Self::Gone(called.to_owned()),
            };
        }
        // A bare name is looked for, as the shell would.
        let found = if called.components().count() == 1 {
            called.to_str().and_then(|name| find_program(name, search))
        } else {
            Some(called.to_owned())
        };
        match found.as_deref().and_then(is_executable) {
            Some(true) => Self::Other(called.to_owned()),
            Some(false) => Self::NotExecutable(called.to_owned()),
            None => Self::Gone(called.to_owned()),
        }
    }

    /// Why nothing can come of it.
    pub fn failure(&self) -> Option<String> {
        match self {
            Self::This | Self::Other(_) => None,
            Self::Gone(path) => Some(format!("{} is gone", path.display())),
            Self::NotExecutable(path) => Some(format!("{} may not be run", path.display())),
        }
    }

    /// As a wiring would have to say it, for what stands there to be up to date.
    pub fn as_program(&self, this: &Program) -> Program {
        match self {
            Self::Other(path) => Program { path: path.clone(), ..this.clone() },
            _ => this.clone(),
        }
    }

    /// Another file than this binary, under whatever name.
    pub fn remark(&self, this: &Program) -> Option<String> {
        let Self::Other(path) = self else { return None };
        let same = path.canonicalize().ok().zip(this.path.canonicalize().ok()).is_some_and(|(a, b)| a == b);
        (!same).then(|| format!("{}, not {}", path.display(), this.path.display()))
    }
}

/// `None`: it is not there.
fn is_executable(path: &Path) -> Option<bool> {
    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = about.is_file();
    Some(runs)
}
