//! Which files git converts between the working tree and its objects, as far as `.gitattributes` may say so.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::exclude::Pattern;
use super::{Bounds, Stop};
use crate::project::bounded;
use crate::project::git_dir::GitDir;

const LIMIT: u64 = 1024 * 1024;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Conversion {
    /// CR LF to LF.
    pub line_ends: bool,
    /// A filter program, an encoding, `$Id$`.
    pub other: bool,
}

impl Conversion {
    fn join(&mut self, more: Self) {
        self.line_ends |= more.line_ends;
        self.other |= more.other;
    }
}

struct Rule {
    pattern: Pattern,
    conversion: Conversion,
}

pub(super) struct Attributes<'a> {
    root: &'a Path,
    everywhere: Vec<Rule>,
    always: Conversion,
    /// Of directories, by path with a slash at the end.
    inside: HashMap<Vec<u8>, Vec<Rule>>,
    fold: bool,
}

impl<'a> Attributes<'a> {
    pub fn read(root: &'a Path, git: &GitDir, config: &Config, bounds: Bounds) -> Result<Self, Stop> {
        let converts = config.get("core.autocrlf").is_some_and(|v| v.eq_ignore_ascii_case("input"));
        let line_ends = converts || config.is("core.autocrlf", false);
        let fold = config.is("core.ignorecase", false);
        let files = [
            Some(PathBuf::from("/etc/gitattributes")),
            config.file("core.attributesfile", "attributes", bounds)?,
            Some(git.common.join("info/attributes")),
        ];
        let mut everywhere = Vec::new();
        for file in files.into_iter().flatten() {
            everywhere.extend(rules(&file, bounds)?);
        }
        let always = Conversion { line_ends, other: false };
        Ok(Self { root, everywhere, always, inside: HashMap::new(), fold })
    }

    /// What may be converted in that file; rather too much.
    pub fn of(&mut self, path: &[u8], bounds: Bounds) -> Result<Conversion, Stop> {
        let mut found = self.always;
        let matching = |rules: &[Rule], base: usize, found: &mut Conversion| {
            for rule in rules.iter().filter(|rule| rule.pattern.matches(path, base, false, self.fold)) {
                found.join(rule.conversion);
            }
        };
        matching(&self.everywhere, 0, &mut found);
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
        for base in std::iter::once(0).chain(slashes) {
            let dir = path.get(..base).unwrap_or_default();
            if !self.inside.contains_key(dir) {
                let file = super::tracked::on_disk(self.root, dir).join(".gitattributes");
                self.inside.insert(dir.to_vec(), rules(&file, bounds)?);
            }
            matching(self.inside.get(dir).map_or(&[], Vec::as_slice), base, &mut found);
        }
        Ok(found)
    }
}

fn rules(file: &Path, bounds: Bounds) -> Result<Vec<Rule>, Stop> {
    let Some(text) = bounded::text(file, LIMIT) else {
        if file.is_file() {
            bounds.doubt("attributes")?;
        }
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next() else { continue };
        let mut conversion = Conversion::default();
        for word in words {
            match word.split('=').next().unwrap_or(word) {
                "text" | "eol" | "crlf" => conversion.line_ends = true,
                "ident" | "filter" | "working-tree-encoding" => conversion.other = true,
                _ => {}
            }
        }
        if conversion == Conversion::default() {
            continue;
        }
        // A macro may be used under its name; a pattern in quotes has escapes.
        let pattern = if pattern.starts_with(['[', '"']) { "*" } else { pattern };
        found.extend(Pattern::parse(pattern.as_bytes()).map(|pattern| Rule { pattern, conversion }));
    }
    Ok(found)
}
