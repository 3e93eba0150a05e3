//! Which agents are on this machine, and in which version.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::agents::Wiring;
use super::wanted::Surroundings;

/// A client that takes longer to say its version does something else first.
const SAID_WITHIN: Duration = Duration::from_secs(5);
const LOOKED_EVERY: Duration = Duration::from_millis(10);
/// Folders above a program's file in which its package may say its version.
const PACKAGE_DEPTH: usize = 4;

/// A version by its numbers; what follows them is kept for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Version {
    numbers: Vec<u64>,
    text: String,
}

impl Version {
    /// The first thing in `text` that looks like a version: numbers with dots between them.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || "(),/@\"'".contains(c)).find_map(|word| {
            let word = word.trim_start_matches('v');
            let number = word.split(['-', '+']).next().unwrap_or_default();
            let numbers: Option<Vec<u64>> = number.split('.').map(|part| part.parse().ok()).collect();
            let numbers = numbers.filter(|numbers| numbers.len() > 1)?;
            Some(Self { numbers, text: word.to_owned() })
        })
    }

    pub fn at_least(&self, other: &str) -> bool {
        Self::find(other).is_some_and(|other| self.numbers >= other.numbers)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Version {
    fn from(text: String) -> Self {
        Self::find(&text).unwrap_or(Self { numbers: Vec::new(), text })
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.text
    }
}

/// An agent's program, as it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    pub program: Option<PathBuf>,
    pub version: Option<Version>,
}

impl Client {
    /// Looks for the program on the search path.
    pub fn find(wiring: &dyn Wiring, search: Option<&OsStr>) -> Self {
        let program = find_program(wiring.program(), search);
        let version = program.as_deref().and_then(|path| {
            let former = || wiring.former_package().and_then(|package| packaged(path, package));
            packaged(path, wiring.package())
                .or_else(former)
                .or_else(|| wiring.tells_version().then(|| asked(path)).flatten())
        });
        Self { program, version }
    }
}

/// Whether it was ever used here: its program is on the search path, or its settings are there.
pub fn looks_installed(wiring: &dyn Wiring, around: &Surroundings, search: Option<&OsStr>) -> bool {
    find_program(wiring.program(), search).is_some() || wiring.home(around).is_dir()
}

/// The first file of that name on the search path that may be run.
pub fn find_program(name: &str, search: Option<&OsStr>) -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|about| {
            about.is_file() && {
                #[cfg(unix)]
                let runs = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o111 != 0;
                #[cfg(not(unix))]
                let runs = true;
                runs
            }
        })
    };
    let dirs: Vec<PathBuf> = std::env::split_paths(search?).filter(|dir| dir.is_absolute()).collect();
    let names = if cfg!(windows) { vec![format!("{name}.exe"), format!("{name}.cmd")] } else { vec![name.to_owned()] };
    dirs.iter().flat_map(|dir| names.iter().map(move |name| dir.join(name))).find(runs)
}

/// The version in the package that the program belongs to: nothing has to run for it.
fn packaged(program: &Path, package: &str) -> Option<Version> {
    #[derive(Deserialize)]
    struct Package {
        name: Option<String>,
        version: Option<String>,
    }
    let real = program.canonicalize().ok()?;
    real.ancestors().skip(1).take(PACKAGE_DEPTH).find_map(|dir| {
        let text = fs::read_to_string(dir.join("package.json")).ok()?;
        let about: Package = serde_json::from_str(&text).ok()?;
        let is_it = about.name.is_some_and(|name| name == package);
        Version::find(&about.version.filter(|_| is_it)?)
    })
}

/// What the program answers to `--version`.
fn asked(program: &Path) -> Option<Version> {
    let child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    Version::find(&said(child)?)
}

/// What it printed, once it has ended; whoever hangs is ended.
fn said(mut child: Child) -> Option<String> {
    let mut out = child.stdout.take()?;
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let _ = out.read_to_string(&mut text);
        text
    });
    let began = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if began.elapsed() > SAID_WITHIN {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(LOOKED_EVERY);
    }
    reader.join().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_clients_say() {
        for (said, want) in [
            ("2.1.328 (Claude Code)\n", "2.1.328"),
            ("codex-cli 0.169.0", "0.169.0"),
            ("GitHub Copilot CLI v1.0.102-beta.1", "1.0.102-beta.1"),
            ("OpenClaw 2026.9.6 (abc123)", "2026.9.6"),
        ] {
            assert_eq!(Version::find(said).unwrap().to_string(), want);
        }
        assert_eq!(Version::find("no version 7"), None);
    }

    #[test]
    fn numbers_decide_not_letters() {
        let version = Version::find("2.1.110").unwrap();
        assert!(version.at_least("2.0.76") && version.at_least("2.1.110") && version.at_least("2.1"));
        assert!(!version.at_least("2.1.328") && !version.at_least("2.10") && !version.at_least("?"));
    }
}
