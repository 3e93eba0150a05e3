//! Dart and Flutter.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Dart;

impl Ecosystem for Dart {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["pubspec.yaml"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Dart"]
    }

    /// What `flutter build` makes depends on the platform, so there is no one command for it.
    fn toolchain(&self, site: &Site) -> Toolchain {
        let is_flutter = site.mentions("pubspec.yaml", &["sdk: flutter", "\nflutter:"]);
        let system = if is_flutter { "flutter" } else { "dart" };
        let toolchain = Toolchain::of(system);
        if site.dir("test") { toolchain.test(format!("{system} test")) } else { toolchain }
    }
}
