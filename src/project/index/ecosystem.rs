//! What each ecosystem has to know: its manifests, its languages, its commands.

use super::site::Site;

pub(super) trait Ecosystem: Sync {
    /// The file (or the directory) in `site` that makes it one of its projects. Asked of every
    /// directory near the root, so it must not read anything.
    fn manifest(&self, site: &Site) -> Option<String>;

    /// The languages such a project is written in; the first one where no source file tells.
    fn languages(&self, site: &Site) -> Vec<&'static str>;

    /// What a person in `site` would type. Called only where there is a manifest.
    fn toolchain(&self, site: &Site) -> Toolchain;
}

/// Commands are absent where the project does not say enough to be sure of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Toolchain {
    pub system: Option<String>,
    /// Tools that run the system on the project's behalf, such as `turbo` or `make`.
    pub drivers: Vec<&'static str>,
    pub build: Option<String>,
    pub test: Option<String>,
}

impl Toolchain {
    pub fn of(system: &str) -> Self {
        Self { system: Some(system.to_owned()), ..Self::default() }
    }

    pub fn build(mut self, command: impl Into<String>) -> Self {
        self.build = Some(command.into());
        self
    }

    pub fn test(mut self, command: impl Into<String>) -> Self {
        self.test = Some(command.into());
        self
    }

    pub fn has_command(&self) -> bool {
        self.build.is_some() || self.test.is_some()
    }
}
