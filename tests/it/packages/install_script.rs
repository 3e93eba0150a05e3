//! `adapters/install.sh` against a release on a local server: it installs, and what goes wrong changes nothing.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::read;
use super::release::{Release, TARGETS};
use crate::support::project_dir;

const PROGRAM: &str = "#!/bin/sh\necho tma1 0.0.0-test\n";

/// Gives out the files of a directory for as long as the test runs.
fn serve(dir: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(&dir, stream).ok();
        }
    });
    url
}

fn answer(dir: &Path, mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let name = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let (status, body) = match std::fs::read(dir.join(name)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)
}

/// A user's home, and a release to install from.
struct Stage {
    home: TempDir,
    release: Release,
    url: String,
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Stage {
    fn new(program: &str) -> Option<Self> {
        let release = Release::new(program)?;
        let url = serve(release.out());
        Some(Self { home: tempfile::Builder::new().prefix("it's a ü ").tempdir().expect("a home"), release, url })
    }

    fn bin(&self) -> PathBuf {
        self.home.path().join(".local/bin")
    }

    fn program(&self) -> PathBuf {
        self.bin().join("tma1")
    }

    /// An older program, and a second name for its file.
    fn old(&self) -> PathBuf {
        std::fs::create_dir_all(self.bin()).expect("a directory");
        std::fs::write(self.program(), "old").expect("a program");
        let link = self.home.path().join("old");
        std::fs::hard_link(self.program(), &link).expect("a link");
        link
    }

    fn command(&self) -> Command {
        let mut command = Command::new("sh");
        command
            .arg(self.release.out().join("install.sh"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("TMA1_BASE_URL", &self.url)
            .current_dir(self.home.path());
        command
    }

    fn refused(&self, command: &mut Command, why: &str) {
        let before = everything(self.home.path());
        let ran = run(command);
        assert_eq!(ran.code, Some(1), "{why}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("tma1: ") && ran.stderr.contains(why), "{why}: {}", ran.stderr);
        assert_eq!(everything(self.home.path()), before, "{why}");
    }
}

fn run(command: &mut Command) -> Ran {
    let ran = command.output().expect("sh runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ran { code: ran.status.code(), stdout: text(ran.stdout), stderr: text(ran.stderr) }
}

/// Every file below a directory: its path, inode and content.
fn everything(dir: &Path) -> Vec<(PathBuf, u64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else {
                let inode = path.metadata().expect("a file").ino();
                found.push((path.clone(), inode, std::fs::read(&path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn it_installs_one_file_and_says_how_to_go_on() {
    let Some(stage) = Stage::new(PROGRAM) else { return };
    let ran = run(&mut stage.command());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(read(&stage.program()), PROGRAM);
    assert_eq!(stage.program().metadata().expect("a file").permissions().mode() & 0o777, 0o755);
    assert_eq!(everything(stage.home.path()).len(), 1);
    assert!(ran.stdout.contains("tma1 0.0.0-test is in "), "{}", ran.stdout);
    assert!(ran.stdout.contains("export PATH=") && ran.stdout.contains("install --adapter detected"), "{}", ran.stdout);

    let path = format!("{}:{}", stage.bin().display(), std::env::var("PATH").expect("a PATH"));
    let ran = run(stage.command().env("PATH", path));
    assert!(ran.stdout.ends_with("next: tma1 install --adapter detected\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("export"), "{}", ran.stdout);
}

#[test]
fn a_program_that_runs_keeps_its_file() {
    let Some(stage) = Stage::new(PROGRAM) else { return };
    let old = stage.old();
    assert_eq!(run(&mut stage.command()).code, Some(0));
    assert_eq!((read(&stage.program()).as_str(), read(&old).as_str()), (PROGRAM, "old"));
    assert_eq!(std::fs::read_dir(stage.bin()).expect("files").count(), 1);
}

#[test]
fn it_goes_where_it_is_told() {
    let Some(stage) = Stage::new(PROGRAM) else { return };
    let dir = stage.home.path().join("my \"tools\"");
    let ran = run(stage.command().env("TMA1_INSTALL_DIR", &dir).env_remove("HOME"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(read(&dir.join("tma1")), PROGRAM);
}

#[test]
fn a_changed_archive_is_refused() {
    let Some(stage) = Stage::new(PROGRAM) else { return };
    stage.old();
    for file in
        everything(&stage.release.out()).into_iter().filter(|(path, ..)| path.to_string_lossy().ends_with(".gz"))
    {
        std::fs::write(&file.0, [&file.2[..], b"x"].concat()).expect("an archive");
    }
    stage.refused(&mut stage.command(), "is not what SHA256SUMS says");
}

#[test]
fn what_is_not_there_is_named() {
    let Some(stage) = Stage::new(PROGRAM) else { return };
    stage.old();
    let out = stage.release.out();
    for (path, ..) in everything(&out).into_iter().filter(|(path, ..)| path.to_string_lossy().ends_with(".gz")) {
        std::fs::remove_file(path).expect("an archive");
    }
    stage.refused(&mut stage.command(), ".tar.gz cannot be downloaded");
    let sums = read(&out.join("SHA256SUMS"));
    let others: Vec<&str> = sums.lines().filter(|line| !line.contains(".tar.gz")).collect();
    std::fs::write(out.join("SHA256SUMS"), others.join("\n")).expect("checksums");
    stage.refused(&mut stage.command(), "this release has no archive for ");
    std::fs::remove_file(out.join("SHA256SUMS")).expect("checksums");
    stage.refused(&mut stage.command(), "/SHA256SUMS cannot be downloaded");
}

#[test]
fn a_program_that_does_not_run_here_is_refused() {
    let Some(stage) = Stage::new("#!/bin/sh\nexit 1\n") else { return };
    stage.old();
    stage.refused(&mut stage.command(), "does not run on this machine");
}

#[test]
fn a_directory_that_takes_nothing_is_named() {
    let Some(stage) = Stage::new(PROGRAM) else { return };
    let file = stage.old();
    stage.refused(stage.command().env("TMA1_INSTALL_DIR", file.join("bin")), "cannot be made");
    std::fs::create_dir_all(stage.home.path().join("taken/tma1")).expect("a directory");
    stage.refused(stage.command().env("TMA1_INSTALL_DIR", stage.home.path().join("taken")), "is a directory");
    stage.refused(stage.command().env_remove("HOME"), "HOME is not set");
}

#[test]
fn a_missing_tool_is_named() {
    let Some(stage) = Stage::new(PROGRAM) else { return };
    let tools = tempfile::tempdir().expect("a directory");
    let all = [
        "sh",
        "curl",
        "sha256sum",
        "tar",
        "gzip",
        "uname",
        "mktemp",
        "cut",
        "getconf",
        "rm",
        "mkdir",
        "cat",
        "chmod",
        "mv",
    ];
    let place = |tool: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|dir| dir.join(tool)).find(|path| path.is_file())
    };
    for tool in all {
        let Some(path) = place(tool) else {
            eprintln!("skipped: {tool} is not here");
            return;
        };
        std::os::unix::fs::symlink(path, tools.path().join(tool)).expect("a link");
    }
    let mut whole = stage.command();
    let ran = run(whole.env("PATH", tools.path()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for (missing, why) in
        [("tar", "tar is needed"), ("curl", "neither curl nor wget"), ("sha256sum", "no tool for SHA-256")]
    {
        let link = tools.path().join(missing);
        let target = std::fs::read_link(&link).expect("a link");
        std::fs::remove_file(&link).expect("a link");
        stage.refused(stage.command().env("PATH", tools.path()), why);
        std::os::unix::fs::symlink(target, link).expect("a link");
    }
}

#[test]
fn half_of_the_script_does_nothing() {
    let Some(stage) = Stage::new(PROGRAM) else { return };
    let whole = read(&stage.release.out().join("install.sh"));
    let lines: Vec<&str> = whole.lines().collect();
    for kept in (1..lines.len()).step_by(7) {
        std::fs::write(stage.release.out().join("install.sh"), lines[..kept].join("\n")).expect("a script");
        run(&mut stage.command());
        assert!(!stage.program().exists(), "{kept} lines");
    }
}

#[test]
fn the_script_of_a_checkout_knows_no_release() {
    let ran = run(Command::new("sh")
        .arg(project_dir().join("adapters/install.sh"))
        .env_remove("TMA1_BASE_URL")
        .env("HOME", "/nonexistent"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("does not know where releases are"), "{}", ran.stderr);
}

#[test]
fn both_scripts_ask_for_what_is_built() {
    let (sh, ps1) =
        (read(&project_dir().join("adapters/install.sh")), read(&project_dir().join("adapters/install.ps1")));
    for target in TARGETS {
        let (machine, system) = target.split_once('-').expect("a target");
        let known = match system {
            "pc-windows-msvc" => ps1.contains(&format!("'{target}'")),
            "apple-darwin" => sh.contains(&format!("machine={machine}")) && sh.contains("$machine-apple-darwin"),
            _ => sh.contains(&format!("machine={machine}")) && sh.contains("$machine-unknown-linux-$(linux_libc)"),
        };
        assert!(known, "{target}");
    }
}
