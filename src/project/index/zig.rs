//! Zig: its build script, and a test step where the script has one.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Zig;

impl Ecosystem for Zig {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["build.zig"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Zig", "C", "C++"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let toolchain = Toolchain::of("zig").build("zig build");
        if site.mentions("build.zig", &["step(\"test\""]) { toolchain.test("zig build test") } else { toolchain }
    }
}
