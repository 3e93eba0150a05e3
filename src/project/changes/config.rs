//! The few settings of git that change what its status says.

use std::path::{Path, PathBuf};

use super::{Bounds, Env, Stop};
use crate::project::bounded;
use crate::project::git_dir::GitDir;

const LIMIT: u64 = 1024 * 1024;
/// Git's own bound on files that include files.
const DEPTH: usize = 10;
/// The system's, where git is built to look for it.
const SYSTEM: &[&str] = &["/etc/gitconfig", "/opt/homebrew/etc/gitconfig", "/usr/local/etc/gitconfig"];
/// What is looked at here; whether an `includeIf` holds matters only to these.
const SECTIONS: &[&str] = &["branch", "remote", "extensions"];
const KEYS: &[&str] = &[
    "core.attributesfile",
    "core.autocrlf",
    "core.bare",
    "core.excludesfile",
    "core.filemode",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.sparsecheckout",
    "core.symlinks",
    "core.worktree",
    "diff.renames",
    "status.renames",
];

pub(super) struct Config {
    /// `section.key` or `section.subsection.key`, in the order in which they hold.
    values: Vec<(String, Option<String>)>,
    pub home: Option<PathBuf>,
    pub user: Option<PathBuf>,
}

impl Config {
    pub fn read(git: &GitDir, env: Env<'_>, bounds: Bounds) -> Result<Self, Stop> {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let home = set("HOME").map(PathBuf::from);
        let user = set("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(".config")));
        let user = user.map(|dir| dir.join("git"));
        let mut config = Self { values: Vec::new(), home, user };
        let mut files: Vec<PathBuf> = Vec::new();
        let without_system = env("GIT_CONFIG_NOSYSTEM").is_some_and(|value| is_true(Some(&value)));
        match set("GIT_CONFIG_SYSTEM") {
            _ if without_system => {}
            Some(file) => files.push(file.into()),
            None => files.extend(SYSTEM.iter().map(PathBuf::from)),
        }
        if let Some(file) = env("GIT_CONFIG_GLOBAL") {
            files.push(file.into());
        } else {
            files.extend(config.user.as_ref().map(|dir| dir.join("config")));
            files.extend(config.home.as_ref().map(|home| home.join(".gitconfig")));
        }
        files.push(git.common.join("config"));
        for file in files {
            config.add(&file, 0, bounds)?;
        }
        if config.is("extensions.worktreeconfig", false) {
            config.add(&git.own.join("config.worktree"), 0, bounds)?;
        }
        Ok(config)
    }

    /// Stops at settings whose consequences only git knows.
    pub fn check(&self, bounds: Bounds) -> Result<(), Stop> {
        if self.get("extensions.objectformat").is_some_and(|format| !format.eq_ignore_ascii_case("sha1")) {
            return Err(Stop::Broken("a repository of SHA-256"));
        }
        if self.get("extensions.refstorage").is_some_and(|format| !format.eq_ignore_ascii_case("files")) {
            return Err(Stop::Broken("a reftable"));
        }
        let known = [
            "objectformat",
            "refstorage",
            "worktreeconfig",
            "partialclone",
            "noop",
            "preciousobjects",
            "relativeworktrees",
        ];
        let extensions = self.values.iter().filter_map(|(key, _)| key.strip_prefix("extensions."));
        if extensions.into_iter().any(|name| !known.contains(&name)) {
            bounds.doubt("an extension of the repository")?;
        }
        if self.get("core.worktree").is_some() || self.is("core.bare", false) {
            bounds.doubt("core.worktree")?;
        }
        if !self.is("core.symlinks", true) {
            bounds.doubt("core.symlinks")?;
        }
        Ok(())
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.iter().rev().find(|(known, _)| known == key)?.1.as_deref()
    }

    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(known, _)| known == key).filter_map(|(_, value)| value.as_deref())
    }

    pub fn is(&self, key: &str, otherwise: bool) -> bool {
        let found = self.values.iter().rev().find(|(known, _)| known == key);
        found.map_or(otherwise, |(_, value)| is_true(value.as_deref()))
    }

    /// A file that a setting names, or `otherwise` of the person's directory for git.
    pub fn file(&self, key: &str, otherwise: &str, bounds: Bounds) -> Result<Option<PathBuf>, Stop> {
        let Some(value) = self.get(key) else { return Ok(self.user.as_ref().map(|dir| dir.join(otherwise))) };
        if value.is_empty() {
            return Ok(None);
        }
        let path = self.path(value);
        if path.is_none() {
            bounds.doubt("the path of a setting")?;
        }
        Ok(path)
    }

    fn path(&self, value: &str) -> Option<PathBuf> {
        match (value.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
        }
    }

    fn add(&mut self, file: &Path, depth: usize, bounds: Bounds) -> Result<(), Stop> {
        let Some(text) = bounded::text(file, LIMIT) else {
            return if file.is_file() { bounds.doubt("a configuration") } else { Ok(()) };
        };
        let Some(found) = parse(&text) else { return Err(Stop::Broken("a configuration")) };
        for (key, value) in found {
            let includes = key == "include.path";
            let may_include = key.starts_with("includeif.") && key.rsplit('.').next() == Some("path");
            match value.as_deref() {
                Some(named) if includes || may_include => {
                    let beside = file.parent().map(|dir| dir.join(named));
                    let path = self.path(named).or(beside.filter(|_| !named.starts_with(['~', '%'])));
                    let Some(path) = path.filter(|_| depth < DEPTH) else {
                        bounds.doubt("an included configuration")?;
                        continue;
                    };
                    let kept = self.values.len();
                    self.add(&path, depth + 1, bounds)?;
                    if may_include && self.values.len() > kept {
                        bounds.doubt("a configuration that is included at times")?;
                        self.values.truncate(kept);
                    }
                }
                _ if matters(&key) => self.values.push((key, value)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn matters(key: &str) -> bool {
    KEYS.contains(&key) || key.split_once('.').is_some_and(|(section, _)| SECTIONS.contains(&section))
}

fn is_true(value: Option<&str>) -> bool {
    let Some(value) = value else { return true };
    let word = value.to_ascii_lowercase();
    matches!(&*word, "true" | "yes" | "on") || word.parse::<i64>().is_ok_and(|number| number != 0)
}

/// Keys and values; `None` for what git would refuse.
fn parse(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let mut found = Vec::new();
    let mut section: Option<String> = None;
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        match rest.chars().next() {
            None => return Some(found),
            Some('#' | ';') => rest = rest.split_once('\n').map_or("", |(_, behind)| behind),
            Some('[') => {
                let (name, behind) = header(rest.get(1..)?)?;
                (section, rest) = (Some(name), behind);
            }
            Some(letter) if letter.is_ascii_alphabetic() => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
                let key = format!("{}.{}", section.as_ref()?, rest.get(..end)?.to_ascii_lowercase());
                let behind = rest.get(end..)?.trim_start_matches([' ', '\t']);
                let Some(behind) = behind.strip_prefix('=') else {
                    found.push((key, None));
                    let line = behind.split_once('\n');
                    let (left, next) = line.unwrap_or((behind, ""));
                    if !(left.trim().is_empty() || left.starts_with(['#', ';'])) {
                        return None;
                    }
                    rest = next;
                    continue;
                };
                let (value, behind) = value(behind)?;
                found.push((key, Some(value)));
                rest = behind;
            }
            Some(_) => return None,
        }
    }
}

/// What stands behind `[`: the name of a section, its part in quotes as it is.
fn header(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))?;
    let mut name = text.get(..end)?.to_ascii_lowercase();
    let rest = text.get(end..)?;
    if let Some(behind) = rest.strip_prefix(']') {
        return Some((name, behind));
    }
    let mut letters = rest.trim_start_matches([' ', '\t']).strip_prefix('"')?.char_indices();
    let inner = rest.get(rest.find('"')? + 1..)?;
    name.push('.');
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\n' => return None,
            '"' => return inner.get(at + 1..)?.strip_prefix(']').map(|behind| (name, behind)),
            '\\' => name.push(letters.next()?.1),
            _ => name.push(letter),
        }
    }
    None
}

/// What stands behind `=`, up to the end of the line.
fn value(text: &str) -> Option<(String, &str)> {
    let (mut value, mut quoted, mut blank) = (String::new(), false, 0);
    let mut letters = text.char_indices();
    let done = |mut value: String, blank: usize| {
        value.truncate(value.len() - blank);
        value
    };
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\n' if quoted => return None,
            '\n' => return Some((done(value, blank), text.get(at + 1..)?)),
            '#' | ';' if !quoted => {
                let rest = text.get(at..)?;
                return Some((done(value, blank), rest.split_once('\n').map_or("", |(_, behind)| behind)));
            }
            '"' => {
                quoted = !quoted;
                blank = 0;
            }
            '\\' => {
                blank = 0;
                match letters.next()?.1 {
                    '\n' => {}
                    '\r' => drop(letters.next().filter(|(_, letter)| *letter == '\n')?),
                    'n' => value.push('\n'),
                    't' => value.push('\t'),
                    'b' => value.push('\u{8}'),
                    same @ ('"' | '\\') => value.push(same),
                    _ => return None,
                }
            }
            ' ' | '\t' | '\r' if !quoted => {
                if !value.is_empty() {
                    value.push(letter);
                    blank += 1;
                }
            }
            _ => {
                value.push(letter);
                blank = 0;
            }
        }
    }
    (!quoted).then(|| (done(value, blank), ""))
}

#[cfg(test)]
mod tests {
    use super::{is_true, parse};

    #[test]
    fn what_git_reads() {
        let text = "# c\n[core]\n\tfileMode = false ; no\n\tbare\n[branch \"fix/\\\"A\"] remote = \"o r\" # x\nmerge=a\\\n b\n\
                    [Old.Style]\r\nkey = v\r\n[a] b = c  d  \n";
        let found = parse(text).unwrap();
        let found: Vec<(&str, Option<&str>)> = found.iter().map(|(key, value)| (&**key, value.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("core.filemode", Some("false")),
                ("core.bare", None),
                ("branch.fix/\"A.remote", Some("o r")),
                ("branch.fix/\"A.merge", Some("a b")),
                ("old.style.key", Some("v")),
                ("a.b", Some("c  d")),
            ]
        );
        for broken in ["x = 1", "[core\nx=1", "[a]\n= 1", "[a]\nb = \"c\n", "[a]\nb = \\q"] {
            assert!(parse(broken).is_none(), "{broken}");
        }
        assert!(is_true(None) && is_true(Some("On")) && is_true(Some("2")) && !is_true(Some("off")));
    }
}
