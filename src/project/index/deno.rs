//! Deno: its own tasks, else its own test runner.

use serde_json::Value;

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Deno;

impl Ecosystem for Deno {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["deno.json", "deno.jsonc"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["TypeScript", "JavaScript"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        // Comments in `deno.jsonc` cost us its tasks, nothing more.
        let manifest = self.manifest(site).and_then(|name| site.json(&name));
        let has_task = |name: &str| {
            let tasks = manifest.as_ref().and_then(|manifest| manifest.get("tasks"));
            tasks.and_then(|tasks| tasks.get(name)).is_some_and(|task| !matches!(task, Value::Null))
        };
        let mut toolchain = Toolchain::of("deno");
        if has_task("build") {
            toolchain = toolchain.build("deno task build");
        }
        toolchain.test(if has_task("test") { "deno task test" } else { "deno test" })
    }
}
