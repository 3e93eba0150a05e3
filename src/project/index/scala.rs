//! Scala: sbt and Mill.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Scala;

const MILL: &[&str] = &["build.mill", "build.sc"];

impl Ecosystem for Scala {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["build.sbt"]).or_else(|| site.first_file(MILL))
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Scala", "Java"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        if site.file("build.sbt") {
            return Toolchain::of("sbt").build("sbt compile").test("sbt test");
        }
        let call = if site.file("mill") { "./mill" } else { "mill" };
        Toolchain::of("mill").build(format!("{call} __.compile")).test(format!("{call} __.test"))
    }
}
