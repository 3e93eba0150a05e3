//! C and C++: `CMake`, Meson and the autotools. A plain makefile is the task runners' business.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct CMake;
pub(super) struct Meson;
pub(super) struct Autotools;

/// What tells `ctest` of tests; in lower case, since commands may be written in any.
const CTEST: &[&str] = &["enable_testing", "include(ctest)", "include( ctest )"];

impl Ecosystem for CMake {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["CMakeLists.txt"])
    }

    fn languages(&self, site: &Site) -> Vec<&'static str> {
        native(site, "CMakeLists.txt", &["CXX", ".cpp", ".cc"])
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let toolchain = Toolchain::of("cmake").build("cmake --build build");
        let text = site.text("CMakeLists.txt").unwrap_or_default();
        let text = text.to_ascii_lowercase();
        if CTEST.iter().any(|command| text.contains(command)) {
            toolchain.test("ctest --test-dir build")
        } else {
            toolchain
        }
    }
}

impl Ecosystem for Meson {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["meson.build"])
    }

    fn languages(&self, site: &Site) -> Vec<&'static str> {
        native(site, "meson.build", &["'cpp'", ".cpp", ".cc"])
    }

    fn toolchain(&self, _: &Site) -> Toolchain {
        Toolchain::of("meson").build("meson compile -C build").test("meson test -C build")
    }
}

impl Ecosystem for Autotools {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["configure.ac", "configure.in"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["C", "C++"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let toolchain = Toolchain::of("autotools");
        let prepared = if site.file("configure") {
            "./configure"
        } else if site.file("autogen.sh") {
            "./autogen.sh && ./configure"
        } else {
            "autoreconf -i && ./configure"
        };
        // Automake gives every project a `check`; without it nobody knows what make can do.
        let toolchain = toolchain.build(format!("{prepared} && make"));
        if site.file("Makefile.am") { toolchain.test("make check") } else { toolchain }
    }
}

fn native(site: &Site, manifest: &str, signs_of_cpp: &[&str]) -> Vec<&'static str> {
    if site.mentions(manifest, signs_of_cpp) {
        vec!["C++", "C", "CUDA", "Objective-C"]
    } else {
        vec!["C", "C++", "CUDA", "Objective-C"]
    }
}
