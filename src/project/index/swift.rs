//! Swift: packages, and Xcode projects as far as they can be built without knowing a scheme.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Swift;
pub(super) struct Xcode;

impl Ecosystem for Swift {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["Package.swift"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Swift", "Objective-C", "C", "C++"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let toolchain = Toolchain::of("swift").build("swift build");
        if site.dir("Tests") || site.mentions("Package.swift", &[".testTarget"]) {
            toolchain.test("swift test")
        } else {
            toolchain
        }
    }
}

impl Ecosystem for Xcode {
    fn manifest(&self, site: &Site) -> Option<String> {
        bundles(site, ".xcworkspace").chain(bundles(site, ".xcodeproj")).next().map(str::to_owned)
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Swift", "Objective-C", "C", "C++"]
    }

    /// A workspace is built by scheme, and testing takes a scheme and a device: neither is known.
    fn toolchain(&self, site: &Site) -> Toolchain {
        let toolchain = Toolchain::of("xcodebuild");
        let has_workspace = bundles(site, ".xcworkspace").next().is_some();
        if !has_workspace && bundles(site, ".xcodeproj").count() == 1 {
            toolchain.build("xcodebuild build")
        } else {
            toolchain
        }
    }
}

fn bundles<'a>(site: &Site<'a>, ending: &'static str) -> impl Iterator<Item = &'a str> {
    site.dirs().filter(move |name| name.ends_with(ending))
}
