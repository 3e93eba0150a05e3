//! A place of its own for one run: the corpus, the projects it speaks of, an empty home and an empty store.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Failure;
use super::options::Options;
use super::program;
use crate::corpus::{self, Amount, Plan, Statistics};

/// Marks a directory as ours, so that nothing else is ever removed.
const MARK: &str = ".tma1-bench";

pub struct Scene {
    root: PathBuf,
    keep: bool,
    bin: PathBuf,
    pub counts: Statistics,
}

impl Scene {
    /// Makes it anew under `name`.
    pub fn set(options: &Options, name: &str, amount: Amount) -> Result<Self, Failure> {
        let base = match &options.dir {
            Some(dir) => std::path::absolute(dir)?,
            None => option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from).join("budgets"),
        };
        let root = base.join(name);
        if root.join(MARK).exists() {
            fs::remove_dir_all(&root)?;
        } else if root.exists() {
            return Err(format!("{} is there, and not from an earlier run", root.display()).into());
        }
        fs::create_dir_all(root.join("home"))?;
        fs::write(root.join(MARK), "")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let plan = Plan {
            dir: root.join("claude/projects"),
            work: root.join("work").to_string_lossy().into_owned(),
            amount,
            seed: options.seed,
            // The last full hour: the same within the hour, and recent enough for questions about today.
            end_ms: now / 3600 * 3_600_000,
        };
        let counts = corpus::generate(&plan)?;
        let scene = Self { root, keep: options.dir.is_some(), bin: options.bin.clone(), counts };
        scene.build_projects()?;
        Ok(scene)
    }

    /// Every project is a repository; the busiest one has files and a commit.
    fn build_projects(&self) -> Result<(), Failure> {
        for root in &self.counts.projects {
            let git = Path::new(root).join(".git");
            fs::create_dir_all(git.join("objects"))?;
            fs::create_dir_all(git.join("refs/heads"))?;
            fs::write(git.join("HEAD"), "ref: refs/heads/main\n")?;
        }
        let root = Path::new(self.busiest());
        fs::write(root.join("Cargo.toml"), "[package]\nname = \"busy\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")?;
        for module in 0..40 {
            let dir = root.join(format!("src/part_{module}"));
            fs::create_dir_all(&dir)?;
            for file in 0..10 {
                fs::write(dir.join(format!("file_{file}.rs")), "pub fn nothing() {}\n")?;
            }
        }
        for args in
            [&["add", "-A"][..], &["-c", "user.name=dev", "-c", "user.email=dev@example.org", "commit", "-qm", "Begin"]]
        {
            // Without git the project is one without commits.
            let _ =
                program::run(Command::new("git").args(args).current_dir(root).env("HOME", self.root.join("home")), "");
        }
        Ok(())
    }

    /// The program under test, cut off from everything outside of this place.
    pub fn tma1(&self, args: &[&str]) -> Command {
        let mut command = self.isolated(&self.bin);
        command.args(args).env("TMA1_DATA_DIR", self.data()).env("TMA1_AUTOSTART", "0");
        command
    }

    pub fn isolated(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.busiest());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.env("HOME", self.root.join("home")).env("CLAUDE_CONFIG_DIR", self.claude()).env("TZ", "UTC");
        command
    }

    /// The project that most sessions worked in.
    pub fn busiest(&self) -> &str {
        self.counts.projects.first().map_or("/", String::as_str)
    }

    pub fn bin(&self) -> &Path {
        &self.bin
    }

    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    pub fn claude(&self) -> PathBuf {
        self.root.join("claude")
    }

    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The store's files.
    pub fn store_files(&self) -> Vec<PathBuf> {
        ["tma1.db", "tma1.db-wal"].iter().map(|name| self.data().join(name)).filter(|path| path.exists()).collect()
    }

    pub fn store_bytes(&self) -> u64 {
        self.store_files().iter().filter_map(|path| path.metadata().ok()).map(|meta| meta.len()).sum()
    }

    pub fn clear(&self) -> Result<(), Failure> {
        if !self.keep {
            fs::remove_dir_all(&self.root)?;
        }
        Ok(())
    }
}

/// All files under `dir` with their sizes.
pub fn files(dir: &Path) -> Result<Vec<(PathBuf, u64)>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let meta = entry.metadata()?;
            if meta.is_dir() {
                open.push(entry.path());
            } else {
                found.push((entry.path(), meta.len()));
            }
        }
    }
    found.sort();
    Ok(found)
}
