//! Java, Kotlin and Groovy: Gradle and Maven, through their wrapper where it is checked in.

use std::path::Path;

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Gradle;
pub(super) struct Maven;

const GRADLE_MANIFESTS: &[&str] = &["build.gradle.kts", "build.gradle", "settings.gradle.kts", "settings.gradle"];

impl Ecosystem for Gradle {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(GRADLE_MANIFESTS)
    }

    fn languages(&self, site: &Site) -> Vec<&'static str> {
        let manifest = self.manifest(site).unwrap_or_default();
        let is_script = Path::new(&manifest).extension().is_some_and(|it| it == "kts");
        let kotlin = is_script || site.mentions(&manifest, &["kotlin"]);
        if kotlin { vec!["Kotlin", "Java", "Scala", "Groovy"] } else { vec!["Java", "Kotlin", "Scala", "Groovy"] }
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let call = if site.file("gradlew") { "./gradlew" } else { "gradle" };
        Toolchain::of("gradle").build(format!("{call} build")).test(format!("{call} test"))
    }
}

impl Ecosystem for Maven {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["pom.xml"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Java", "Kotlin", "Scala", "Groovy"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let call = if site.file("mvnw") { "./mvnw" } else { "mvn" };
        Toolchain::of("maven").build(format!("{call} package")).test(format!("{call} test"))
    }
}
