//! Haskell: stack where it is configured, else cabal.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Haskell;

impl Ecosystem for Haskell {
    fn manifest(&self, site: &Site) -> Option<String> {
        let cabal = || site.files_with("cabal").next().map(str::to_owned);
        site.first_file(&["stack.yaml", "cabal.project"]).or_else(cabal)
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Haskell"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        if site.file("stack.yaml") {
            return Toolchain::of("stack").build("stack build").test("stack test");
        }
        // A project may have no package at its root, and then nothing is meant without `all`.
        let scope = if site.file("cabal.project") { " all" } else { "" };
        Toolchain::of("cabal").build(format!("cabal build{scope}")).test(format!("cabal test{scope}"))
    }
}
