//! Ruby: bundler, with `rspec`, Rails or Rake for the tests.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Ruby;

const RAKEFILES: &[&str] = &["Rakefile", "rakefile", "Rakefile.rb"];

impl Ecosystem for Ruby {
    fn manifest(&self, site: &Site) -> Option<String> {
        let gemspec = || site.files_with("gemspec").next().map(str::to_owned);
        site.first_file(&["Gemfile"]).or_else(gemspec).or_else(|| site.first_file(RAKEFILES))
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Ruby"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let has_bundler = site.file("Gemfile");
        let prefix = if has_bundler { "bundle exec " } else { "" };
        let rakefile = site.first_file(RAKEFILES);
        let rake = |signs: &[&str], task: &str| {
            let rakefile = rakefile.as_deref()?;
            site.mentions(rakefile, signs).then(|| format!("{prefix}rake {task}"))
        };
        let uses_rails = site.file("bin/rails");
        let uses_rspec = site.file(".rspec") || (site.dir("spec") && site.any_file(|name| name.ends_with("_spec.rb")));
        let test = if uses_rspec {
            Some(format!("{prefix}rspec"))
        } else if uses_rails && site.dir("test") {
            Some("bin/rails test".to_owned())
        } else {
            rake(&["TestTask", "task :test", "task test:"], "test")
        };
        let mut toolchain = Toolchain::of(if has_bundler { "bundler" } else { "rake" });
        if !has_bundler && rakefile.is_none() {
            toolchain.system = Some("gem".to_owned());
        }
        toolchain.drivers.extend(uses_rails.then_some("rails"));
        toolchain.build = rake(&["bundler/gem_tasks"], "build");
        toolchain.test = test;
        toolchain
    }
}
