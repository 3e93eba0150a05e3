//! PHP: composer, its scripts, and the test runners it installs.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Php;

impl Ecosystem for Php {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["composer.json"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["PHP"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let manifest = site.json("composer.json").unwrap_or_default();
        let has = |table: &str, name: &str| manifest.get(table).and_then(|entries| entries.get(name)).is_some();
        let requires = |name: &str| has("require-dev", name) || has("require", name);
        let mut toolchain = Toolchain::of("composer");
        if has("scripts", "build") {
            toolchain = toolchain.build("composer build");
        }
        if has("scripts", "test") {
            toolchain.test("composer test")
        } else if site.file("artisan") {
            toolchain.test("php artisan test")
        } else if requires("pestphp/pest") {
            toolchain.test("vendor/bin/pest")
        } else if requires("phpunit/phpunit") {
            toolchain.test("vendor/bin/phpunit")
        } else {
            toolchain
        }
    }
}
