//! A working tree of 50,000 files: what it costs to watch it, and hooks meanwhile.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::hook::{self, spread};
use super::payload::{Session, fresh};
use super::sidecar::{Sidecar, Site, eventually};
use super::vitals;
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, ms};

const DIRECTORIES: usize = 5_000;
const FILES_IN_EACH: usize = 10;
const CHANGED: usize = 10_000;
const HOOKS: usize = 600;

pub fn measure(full: &Site<'_>, report: &mut Report) -> Result<(), Failure> {
    let mut site = Site::empty(full.scene, "tree")?;
    // No history: only the tree is to be taken in.
    site.claude = site.data.with_file_name("no-history");
    let root = site.data.with_file_name("tree");
    plant(&root)?;
    let sidecar = Sidecar::start(&site)?;
    let before = vitals::memory(sidecar.pid()).resident;
    let session = Session::within(&site, &format!("live-tree-{}", fresh()), &root.to_string_lossy());
    let cpu = vitals::processor(sidecar.pid());
    let began = Instant::now();
    hook::run(&mut site.hook(), &session.start())?;
    let meanwhile = hooks(&site, &session)?;
    let files = DIRECTORIES * FILES_IN_EACH;
    eventually("the whole tree", || {
        let known = sidecar.counter("known_project_files")?;
        Ok((known >= i64::try_from(files)?).then_some(()))
    })?;
    let took = began.elapsed();
    let cpu = vitals::processor(sidecar.pid()).saturating_sub(cpu);
    report.row(
        format!("hook `PreToolUse` while a tree of {files} files is taken in"),
        spread(&meanwhile),
        ("p99 ≤ 10 ms", Some(meanwhile.p99() <= Duration::from_millis(10))),
        "",
    );
    let memory = vitals::memory(sidecar.pid()).resident;
    report.row(
        format!("a tree of {files} files in {DIRECTORIES} directories, watched"),
        format!(
            "{} MB resident, {} MB more than before; {} descriptors; {} of processor time, known after at most {}",
            memory / 1_000_000,
            memory.saturating_sub(before) / 1_000_000,
            vitals::descriptors(sidecar.pid()),
            ms(cpu),
            ms(took)
        ),
        ("≤ 30 MB", Some(memory <= 30_000_000)),
        "",
    );
    let told = checked_out(&root, &sidecar)?;
    report.row(
        format!("`git checkout` that changes {CHANGED} files"),
        format!("told as {told}"),
        ("1", Some(told == 1)),
        "",
    );
    sidecar.stop(&site)?;
    Ok(fs::remove_dir_all(&root)?)
}

fn hooks(site: &Site<'_>, session: &Session) -> Result<Samples, Failure> {
    let mut took = Samples::default();
    for _ in 0..HOOKS {
        took.push(hook::run(&mut site.hook(), &session.before_tool(fresh()))?.took);
    }
    Ok(took)
}

/// Two branches that differ in many files.
fn plant(root: &Path) -> Result<(), Failure> {
    for number in 0..DIRECTORIES {
        let directory = root.join(format!("part{}/dir{}", number / 100, number % 100));
        fs::create_dir_all(&directory)?;
        for file in 0..FILES_IN_EACH {
            fs::write(directory.join(format!("file{file}.txt")), format!("{number} {file}\n").repeat(20))?;
        }
    }
    git(root, &["init", "-q", "-b", "main"])?;
    git(root, &["add", "-A"])?;
    git(root, &["commit", "-q", "-m", "first"])?;
    git(root, &["checkout", "-q", "-b", "other"])?;
    for number in 0..CHANGED / FILES_IN_EACH {
        let directory = root.join(format!("part{}/dir{}", number / 100, number % 100));
        for file in 0..FILES_IN_EACH {
            fs::write(directory.join(format!("file{file}.txt")), "changed\n")?;
        }
    }
    git(root, &["commit", "-q", "-a", "-m", "second"])?;
    git(root, &["checkout", "-q", "main"])
}

/// How many changes are told of it.
fn checked_out(root: &Path, sidecar: &Sidecar) -> Result<i64, Failure> {
    let last = "SELECT coalesce(max(ts_ms), 0) FROM external_changes";
    let before = sidecar.number(last, &[])?;
    git(root, &["checkout", "-q", "other"])?;
    eventually("the checkout", || Ok((sidecar.number(last, &[])? > before).then_some(())))?;
    fs::write(root.join("after.txt"), "and on\n")?;
    let sql = "SELECT count(*) FROM external_changes WHERE path = 'after.txt'";
    eventually("the change after it", || Ok((sidecar.number(sql, &[])? > 0).then_some(())))?;
    sidecar.number("SELECT count(*) FROM external_changes WHERE path <> 'after.txt'", &[])
}

fn git(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let name = [
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@b.c"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@b.c"),
    ];
    let ran = Command::new("git").current_dir(root).envs(name).args(arguments).output()?;
    if ran.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned().into()) }
}
