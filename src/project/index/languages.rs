//! Which languages a project is written in, the heaviest first.

use std::collections::BTreeMap;

use super::survey::{Folder, Survey};

/// Headers belong to whichever of the two the other files are written in.
const HEADER: &str = "C or C++";

const EXTENSIONS: &[(&str, &[&str])] = &[
    ("C", &["c"]),
    (HEADER, &["h"]),
    ("C#", &["cs"]),
    ("C++", &["cc", "cpp", "cxx", "c++", "hh", "hpp", "hxx", "ipp", "cppm"]),
    ("CUDA", &["cu", "cuh"]),
    ("Clojure", &["clj", "cljs", "cljc"]),
    ("Crystal", &["cr"]),
    ("Dart", &["dart"]),
    ("Elixir", &["ex", "exs"]),
    ("Elm", &["elm"]),
    ("Erlang", &["erl", "hrl"]),
    ("F#", &["fs", "fsx", "fsi"]),
    ("Gleam", &["gleam"]),
    ("Go", &["go"]),
    ("Groovy", &["groovy"]),
    ("HCL", &["tf"]),
    ("Haskell", &["hs", "lhs"]),
    ("Java", &["java"]),
    ("JavaScript", &["js", "mjs", "cjs", "jsx"]),
    ("Julia", &["jl"]),
    ("Kotlin", &["kt"]),
    ("Lua", &["lua"]),
    ("Nim", &["nim"]),
    ("Nix", &["nix"]),
    ("OCaml", &["ml", "mli"]),
    ("Objective-C", &["m", "mm"]),
    ("PHP", &["php"]),
    ("Perl", &["pl", "pm"]),
    ("PowerShell", &["ps1", "psm1"]),
    ("Python", &["py", "pyi", "ipynb"]),
    ("R", &["r", "R"]),
    ("Ruby", &["rb", "rake"]),
    ("Rust", &["rs"]),
    ("Scala", &["scala", "sc"]),
    ("Shell", &["sh", "bash", "zsh", "bats"]),
    ("Solidity", &["sol"]),
    ("Svelte", &["svelte"]),
    ("Swift", &["swift"]),
    ("TypeScript", &["ts", "mts", "cts", "tsx"]),
    ("Visual Basic", &["vb"]),
    ("Vue", &["vue"]),
    ("Zig", &["zig"]),
];

/// Named by the JVM's layout; the sources themselves often lie deeper than the walk goes.
const SOURCE_SETS: &[(&str, &str)] = &[
    ("src/main/java", "Java"),
    ("src/main/kotlin", "Kotlin"),
    ("src/main/scala", "Scala"),
    ("src/main/groovy", "Groovy"),
];

/// A language with a smaller share is not what the project is written in, manifest or not.
const MANIFEST_SHARE_PERCENT: usize = 5;
/// Without a manifest a few scripts must not count as a language of the project.
const BARE_SHARE_PERCENT: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Sources {
    counts: BTreeMap<&'static str, usize>,
    total: usize,
    has_pages: bool,
    truncated: bool,
}

impl Sources {
    pub fn of(survey: &Survey) -> Self {
        let mut sources = Self { truncated: survey.truncated, ..Self::default() };
        for folder in &survey.folders {
            sources.add(folder);
        }
        let headers = sources.counts.remove(HEADER).unwrap_or(0);
        if headers > 0 {
            let owner = ["C++", "Objective-C", "Swift", "C"]
                .into_iter()
                .find(|language| sources.count(language) > 0)
                .unwrap_or("C");
            *sources.counts.entry(owner).or_default() += headers;
        }
        sources.total = sources.counts.values().sum();
        sources
    }

    fn add(&mut self, folder: &Folder) {
        for name in &folder.files {
            if name.starts_with('.') || is_configuration(name) {
                continue;
            }
            let Some((_, extension)) = name.rsplit_once('.') else {
                continue;
            };
            self.has_pages |= extension == "html";
            if let Some(language) = language_of(extension) {
                *self.counts.entry(language).or_default() += 1;
            }
        }
        for (path, language) in SOURCE_SETS {
            if folder.path.ends_with(path) {
                *self.counts.entry(language).or_default() += 1;
            }
        }
    }

    pub fn count(&self, language: &str) -> usize {
        self.counts.get(language).copied().unwrap_or(0)
    }

    /// Whether the language makes up at least so much of the sources; of no sources, anything does.
    fn has_share(&self, language: &str, percent: usize) -> bool {
        self.total == 0 || self.count(language) * 100 >= self.total * percent
    }
}

fn language_of(extension: &str) -> Option<&'static str> {
    EXTENSIONS.iter().find(|(_, extensions)| extensions.contains(&extension)).map(|(language, _)| *language)
}

/// `eslint.config.js` does not make a TypeScript project a JavaScript one.
fn is_configuration(name: &str) -> bool {
    name.contains(".config.") || matches!(name, "gulpfile.js" | "Gruntfile.js" | "setup.py")
}

/// A manifest's word for the languages of its project.
pub(super) struct Voucher {
    pub languages: Vec<&'static str>,
    pub at_root: bool,
}

/// Languages with a manifest at the root, then those with one further down, then what has sources
/// only, last a manifest for hardly any code (`package.json` for a formatter); within each by the
/// number of source files.
pub(super) fn rank(sources: &Sources, vouchers: &[Voucher]) -> Vec<&'static str> {
    let vouched: Vec<_> = vouchers.iter().map(|voucher| (voucher, vouched(sources, voucher))).collect();
    let is_used = |language: &&str| sources.count(language) > 0;
    // Before the first source file of any of them the manifests are all there is to go by.
    let any_used = vouched.iter().any(|(_, languages)| languages.iter().any(is_used));
    let mut tiers: BTreeMap<&'static str, u8> = BTreeMap::new();
    for (voucher, languages) in vouched {
        for language in languages {
            let has_share = !any_used || sources.has_share(language, MANIFEST_SHARE_PERCENT);
            let tier = match has_share {
                true if voucher.at_root => 0,
                true => 1,
                false => 3,
            };
            let known = tiers.entry(language).or_insert(tier);
            *known = tier.min(*known);
        }
    }
    if any_used && !sources.truncated {
        tiers.retain(|language, _| is_used(language));
    }
    let is_bare = tiers.is_empty();
    for language in sources.counts.keys() {
        if is_bare || sources.has_share(language, BARE_SHARE_PERCENT) {
            tiers.entry(language).or_insert(2);
        }
    }
    // The sort is stable: languages of equal weight stay in alphabetical order.
    let mut ranked: Vec<_> = tiers.into_iter().collect();
    ranked.sort_by_key(|(language, tier)| (*tier, usize::MAX - sources.count(language)));
    let mut languages: Vec<_> = ranked.into_iter().map(|(language, _)| language).collect();
    if languages.is_empty() && sources.has_pages {
        languages.push("HTML");
    }
    languages
}

/// Those of an ecosystem's languages that are really used here, else the one it expects.
fn vouched(sources: &Sources, voucher: &Voucher) -> Vec<&'static str> {
    let used = |percent| {
        let languages = voucher.languages.iter().copied();
        languages
            .filter(|language| sources.count(language) > 0 && sources.has_share(language, percent))
            .collect::<Vec<_>>()
    };
    let main = used(MANIFEST_SHARE_PERCENT);
    if !main.is_empty() {
        return main;
    }
    used(0)
        .into_iter()
        .max_by_key(|language| sources.count(language))
        .or_else(|| voucher.languages.first().copied())
        .into_iter()
        .collect()
}
