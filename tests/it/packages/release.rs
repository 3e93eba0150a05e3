//! What `adapters/release.sh` makes of built programs: archives, bundles, checksums, the registry's entry.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{VERSION, json, read};
use crate::support::project_dir;

pub const TARGETS: &[&str] = &[
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
];

/// A release of programs that were never built.
pub struct Release {
    dir: TempDir,
}

impl Release {
    /// `None`, having said so, where the tools for it are missing.
    pub fn new(program: &str) -> Option<Self> {
        for (tool, about) in [("zip", "-v"), ("tar", "--version"), ("sha256sum", "--version")] {
            let ran = Command::new(tool).arg(about).output().ok()?;
            if !ran.status.success() || (tool == "tar" && !String::from_utf8_lossy(&ran.stdout).contains("GNU")) {
                eprintln!("skipped: releases are made with GNU tar, zip and sha256sum");
                return None;
            }
        }
        let release = Self { dir: tempfile::tempdir().expect("a directory") };
        for target in TARGETS {
            let name = if target.contains("windows") { "tma1.exe" } else { "tma1" };
            let dir = release.dir.path().join("programs").join(target);
            std::fs::create_dir_all(&dir).expect("a directory");
            std::fs::write(dir.join(name), program).expect("a program");
        }
        let (code, said) = release.make(VERSION, "someone/tma1");
        assert_eq!(code, Some(0), "{said}");
        Some(release)
    }

    pub fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn make(&self, version: &str, repository: &str) -> (Option<i32>, String) {
        let ran = Command::new("sh")
            .arg(project_dir().join("adapters/release.sh"))
            .args([version, repository])
            .args([self.dir.path().join("programs"), self.out()])
            .env("SOURCE_DATE_EPOCH", "1790000000")
            .output()
            .expect("sh runs");
        (ran.status.code(), String::from_utf8_lossy(&ran.stderr).into_owned())
    }
}

fn sum(path: &Path) -> String {
    let ran = Command::new("sha256sum").arg(path).output().expect("sha256sum runs");
    String::from_utf8_lossy(&ran.stdout).split(' ').next().unwrap_or_default().to_owned()
}

#[test]
fn everything_is_there_and_under_a_checksum() {
    let Some(release) = Release::new("#!/bin/sh\n") else { return };
    let sums = read(&release.out().join("SHA256SUMS"));
    let listed: Vec<&str> = sums.lines().map(|line| &line[66..]).collect();
    for target in TARGETS {
        let end = if target.contains("windows") { "zip" } else { "tar.gz" };
        assert!(listed.contains(&format!("tma1-{VERSION}-{target}.{end}").as_str()), "{target}: {sums}");
    }
    for line in sums.lines() {
        assert_eq!(sum(&release.out().join(&line[66..])), line[..64], "{line}");
    }
    assert_eq!(std::fs::read_dir(release.out()).expect("files").count(), listed.len() + 1);
    for script in ["install.sh", "install.ps1"] {
        let text = read(&release.out().join(script));
        assert!(text.contains("'someone/tma1'") && !text.contains("@REPOSITORY@"), "{script}");
    }
}

#[test]
fn the_registry_is_told_what_can_be_downloaded() {
    let Some(release) = Release::new("#!/bin/sh\n") else { return };
    let text = read(&release.out().join("server.json"));
    assert!(!text.contains('@'), "{text}");
    let entry = json(&release.out().join("server.json"));
    assert_eq!(entry["name"], "io.github.someone/tma1");
    assert_eq!(entry["version"], VERSION);
    let packages = entry["packages"].as_array().expect("packages");
    // One a system and processor: the static program stands for Linux.
    assert_eq!(packages.len(), TARGETS.len() - 2);
    for package in packages {
        let url = package["identifier"].as_str().expect("a URL");
        let name = url
            .strip_prefix(&format!("https://github.com/someone/tma1/releases/download/v{VERSION}/"))
            .expect("a file of this release");
        assert_eq!(package["fileSha256"], sum(&release.out().join(name)), "{name}");
    }
}

#[test]
fn an_entry_without_a_release_cannot_be_published() {
    let entry = json(&project_dir().join("adapters/server.json"));
    // The registry takes letters, digits, dots and hyphens before the slash.
    assert!(entry["name"].as_str().expect("a name").contains('@'));
    assert_eq!(entry["packages"], serde_json::json!([]));
    assert!(entry["description"].as_str().expect("a description").len() <= 100);
}

#[test]
fn the_same_programs_make_the_same_release() {
    let (Some(one), Some(two)) = (Release::new("#!/bin/sh\n"), Release::new("#!/bin/sh\n")) else { return };
    assert_eq!(read(&one.out().join("SHA256SUMS")), read(&two.out().join("SHA256SUMS")));
}

#[test]
fn another_version_or_no_repository_is_refused() {
    let Some(release) = Release::new("#!/bin/sh\n") else { return };
    for (version, repository) in [("9.9.9", "someone/tma1"), (VERSION, "tma1"), (VERSION, "a/b/c"), (VERSION, "/b")] {
        let (code, said) = release.make(version, repository);
        assert_eq!(code, Some(1), "{version} {repository}: {said}");
    }
}

#[test]
fn the_workflow_builds_what_the_scripts_expect() {
    let workflow = read(&project_dir().join(".github/workflows/release.yml"));
    for target in TARGETS {
        assert!(workflow.contains(&format!("target: {target},")), "{target}");
    }
    assert_eq!(workflow.matches("- { target:").count(), TARGETS.len());
}
