//! Several agents in one project, each told by its own hooks, asked over its own server: who sees whom, and doing what.

mod agent;
mod at_once;
mod trouble;

use std::path::Path;
use std::process::Command;

use agent::{Agent, Client};

fn git(dir: &Path, arguments: &[&str]) {
    let ran = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", "/nonexistent")])
        .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@b.c"), ("GIT_COMMITTER_NAME", "A")])
        .env("GIT_COMMITTER_EMAIL", "a@b.c")
        .output()
        .unwrap();
    assert!(ran.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}
