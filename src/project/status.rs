//! Asks git how much has changed where its files alone do not tell, in one process that can neither write, wait nor outlive its time.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Where git is found and how it is configured; every other `GIT_*` variable would bend the answer
/// (a hook of git's own sets `GIT_DIR` and `GIT_INDEX_FILE` for all that it starts).
const KEPT_VARIABLES: &[&str] = &["GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"];

/// How often the end of a process that has already closed its output is looked for.
const EXIT_POLL: Duration = Duration::from_micros(100);

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub dirty_files: u32,
    pub ahead: Option<u32>,
    pub behind: Option<u32>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Git is not installed.
    NoGit,
    /// It failed, or took too long.
    Failed,
}

pub(super) fn status(root: &Path, limit: Duration) -> Result<Status, Unanswered> {
    ask(OsStr::new("git"), root, limit)
}

pub(super) fn ask(git: &OsStr, root: &Path, limit: Duration) -> Result<Status, Unanswered> {
    let deadline = Instant::now() + limit;
    let mut child = command(git, root).spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unanswered::NoGit,
        _ => Unanswered::Failed,
    })?;
    let answer = read(&mut child, deadline);
    let succeeded = answer.is_some() && exits_well(&mut child, deadline);
    if !succeeded {
        // Fails only when the process is gone already.
        let _ = child.kill();
        let _ = child.wait();
    }
    answer.filter(|_| succeeded).ok_or(Unanswered::Failed)
}

fn command(git: &OsStr, root: &Path) -> Command {
    let mut command = Command::new(git);
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("GIT_") && !KEPT_VARIABLES.contains(&text) {
            command.env_remove(name);
        }
    }
    if let Some(above) = root.parent() {
        // Where `.git` turns out to be broken, git would answer for a repository further up.
        command.env("GIT_CEILING_DIRECTORIES", above);
    }
    command
        .args(["-c", "core.fsmonitor=false"])
        .args(["-c", "core.hooksPath=/dev/null"])
        .args(["status", "--porcelain=v2", "--branch"])
        .arg("--untracked-files=normal")
        .current_dir(root)
        // Without this, status refreshes the index and may get in the way of the agent's own git.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // A partial clone would otherwise fetch objects over the network to compare renames.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW);
    }
    command
}

/// The reading happens on a thread of its own, since a pipe cannot be read with a time limit.
/// After the limit the thread ends with the process, whose death closes the pipe.
fn read(child: &mut Child, deadline: Instant) -> Option<Status> {
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("git-status".to_owned())
        .spawn(move || {
            // Nobody listens any more once the limit has passed.
            let _ = sender.send(parse(stdout));
        })
        .ok()?;
    let left = deadline.saturating_duration_since(Instant::now());
    receiver.recv_timeout(left).ok()
}

fn exits_well(child: &mut Child, deadline: Instant) -> bool {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < deadline => thread::sleep(EXIT_POLL),
            _ => return false,
        }
    }
}

pub(super) fn parse(stdout: impl Read) -> Status {
    let mut status = Status::default();
    let mut lines = BufReader::new(stdout);
    let mut line = Vec::new();
    // By bytes, because a file name need not be UTF-8.
    while matches!(lines.read_until(b'\n', &mut line), Ok(length) if length > 0) {
        match line.first() {
            Some(b'#') => read_header(&mut status, &String::from_utf8_lossy(&line)),
            Some(b'1' | b'2' | b'u' | b'?') => {
                status.dirty_files = status.dirty_files.saturating_add(1);
            }
            _ => {}
        }
        line.clear();
    }
    status
}

fn read_header(status: &mut Status, line: &str) {
    let mut words = line.split_whitespace().skip(1);
    match (words.next(), words.next()) {
        (Some("branch.oid"), Some(id)) if id != "(initial)" => status.commit = Some(id.to_owned()),
        (Some("branch.head"), Some(name)) if name != "(detached)" => {
            status.branch = Some(name.to_owned());
        }
        (Some("branch.ab"), Some(ahead)) => {
            status.ahead = count(ahead, '+');
            status.behind = words.next().and_then(|behind| count(behind, '-'));
        }
        _ => {}
    }
}

fn count(word: &str, sign: char) -> Option<u32> {
    word.strip_prefix(sign)?.parse().ok()
}
