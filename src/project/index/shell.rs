//! Shell scripts, which have no manifest but may have tests.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Shell;

const TEST_DIRECTORIES: &[&str] = &["test", "tests"];

impl Ecosystem for Shell {
    /// The directory of the tests, if it is Bats that runs them.
    fn manifest(&self, site: &Site) -> Option<String> {
        let tests = site.dirs().find(|name| {
            TEST_DIRECTORIES.contains(name)
                && site.sub(name).is_some_and(|tests| tests.files_with("bats").next().is_some())
        })?;
        Some(format!("{tests}/"))
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Shell"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let tests = self.manifest(site);
        Toolchain { test: tests.map(|tests| format!("bats {}", tests.trim_end_matches('/'))), ..Toolchain::default() }
    }
}
