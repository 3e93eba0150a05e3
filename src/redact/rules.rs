//! Reads the rules file and turns each entry into a rule that compiles its regexes on first use.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::bytes::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

use super::Level;

const RULES: &str = include_str!("rules.toml");
const WINDOW: usize = 256;
const ENTROPY: f64 = 2.0;

/// Where, seen from a keyword, the text starts that a rule's regex must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Start {
    /// At the keyword, whatever precedes it.
    Here,
    /// At the keyword, which must not continue a word.
    Edge,
    /// At the name that ends in the keyword, when something is assigned to that name.
    Name,
    /// As `Name`, for a command line flag.
    Flag,
    /// At the word before the keyword, there being one.
    Word,
    /// At a private key marker; such rules have no regex.
    Pem,
}

#[derive(Deserialize)]
struct File {
    /// Regex pieces that rules name as `{{piece}}`.
    parts: BTreeMap<String, String>,
    /// Lists of keywords and of harmless values that rules name as `@list`.
    lists: BTreeMap<String, Vec<String>>,
    rules: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    keywords: Vec<String>,
    start: Start,
    #[serde(default)]
    regex: String,
    group: Option<Group>,
    min_entropy: Option<f64>,
    #[serde(default)]
    min_mix: f64,
    level: Option<EntryLevel>,
    allow: Option<Vec<String>>,
    #[serde(default)]
    allow_names: Vec<String>,
    window: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum EntryLevel {
    Full,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub(super) enum Group {
    Index(usize),
    Name(String),
}

/// One kind of secret.
pub(super) struct Rule {
    pub id: String,
    pub keywords: Vec<String>,
    pub start: Start,
    pub min_entropy: f64,
    pub min_mix: f64,
    /// Personal data rather than a credential: gives way to any other rule.
    pub personal: bool,
    /// How many bytes from its start the regex may look at.
    pub window: usize,
    group: Option<Group>,
    regex: Lazy,
    allow: Lazy,
    allow_names: Lazy,
}

impl Rule {
    pub fn captures<'t>(&self, window: &'t [u8]) -> Option<Captures<'t>> {
        self.regex.get()?.captures(window)
    }

    /// The secret's span within the window. A rule whose group is `any` means the first unnamed
    /// group that took part, which lets a regex have one branch per kind of quote.
    pub fn secret(&self, found: &Captures<'_>) -> Option<(usize, usize)> {
        let group = match &self.group {
            None => found.get(0),
            Some(Group::Index(index)) => found.get(*index),
            Some(Group::Name(name)) if name == "any" => {
                let names = self.regex.get()?.capture_names();
                names.zip(found.iter()).skip(1).find_map(|(name, group)| group.filter(|_| name.is_none()))
            }
            Some(Group::Name(name)) => found.name(name),
        };
        group.map(|group| (group.start(), group.end()))
    }

    pub fn allows(&self, secret: &[u8]) -> bool {
        self.allow.get().is_some_and(|regex| regex.is_match(secret))
    }

    pub fn allows_name(&self, name: &[u8]) -> bool {
        self.allow_names.get().is_some_and(|regex| regex.is_match(name))
    }

    #[cfg(test)]
    pub fn compile_all(&self) {
        for lazy in [&self.regex, &self.allow, &self.allow_names] {
            assert_eq!(lazy.get().is_some(), !lazy.source.is_empty(), "{}", self.id);
        }
    }
}

struct Lazy {
    source: String,
    regex: OnceLock<Regex>,
}

impl Lazy {
    fn new(source: String) -> Self {
        Self { source, regex: OnceLock::new() }
    }

    fn get(&self) -> Option<&Regex> {
        if self.source.is_empty() {
            return None;
        }
        Some(self.regex.get_or_init(|| compile(&self.source)))
    }
}

// Bytes without Unicode tables: the classes stay small, so that compiling is cheap.
#[expect(clippy::expect_used, reason = "the test `every_rule_compiles` compiles each embedded regex")]
fn compile(source: &str) -> Regex {
    RegexBuilder::new(source).unicode(false).build().expect("embedded regex")
}

/// The rules of a level, in the order of the file: the more telling rule comes first.
#[expect(clippy::expect_used, reason = "the test `every_rule_compiles` parses the embedded file")]
pub(super) fn load(level: Level) -> Vec<Rule> {
    let file: File = toml::from_str(RULES).expect("embedded rules");
    let File { parts, lists, rules } = file;
    rules
        .into_iter()
        .filter(|entry| entry.level.is_none() || level == Level::Full)
        .map(|entry| Rule {
            id: entry.id,
            keywords: expand(entry.keywords, &lists),
            start: entry.start,
            min_entropy: entry.min_entropy.unwrap_or(ENTROPY),
            min_mix: entry.min_mix,
            personal: matches!(entry.level, Some(EntryLevel::Full)),
            window: entry.window.unwrap_or(WINDOW),
            group: entry.group,
            regex: Lazy::new(anchored(&entry.regex, &parts)),
            allow: Lazy::new(any_of(entry.allow.unwrap_or_else(template), &lists)),
            allow_names: Lazy::new(any_of(entry.allow_names, &lists)),
        })
        .collect()
}

// Anchoring makes a hit that leads nowhere cost a few bytes instead of the whole window.
fn anchored(regex: &str, parts: &BTreeMap<String, String>) -> String {
    if regex.is_empty() {
        return String::new();
    }
    let filled =
        parts.iter().fold(regex.to_owned(), |text, (name, part)| text.replace(&format!("{{{{{name}}}}}"), part));
    format!(r"\A(?:{filled})")
}

fn template() -> Vec<String> {
    vec!["@template".to_owned()]
}

fn any_of(allow: Vec<String>, lists: &BTreeMap<String, Vec<String>>) -> String {
    let all = expand(allow, lists);
    if all.is_empty() {
        return String::new();
    }
    format!("(?:{})", all.join(")|(?:"))
}

fn expand(items: Vec<String>, lists: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut all = Vec::new();
    for item in items {
        match item.strip_prefix('@').and_then(|name| lists.get(name)) {
            Some(list) => all.extend(list.iter().cloned()),
            None => all.push(item),
        }
    }
    all
}
