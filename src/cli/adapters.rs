//! What `install`, `uninstall` and `doctor` share: which agents are meant, where, and how they call tma1.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::shell::Shell;
use crate::answer::Refusal;
use crate::model::Agent;
use crate::paths;
use crate::project;
use crate::setup::agents::{self, Wiring};
use crate::setup::edit::EditError;
use crate::setup::{
    Manifest, ManifestError, Program, SetupError, Surroundings, Target, is_known_name, looks_installed, own_path,
};

/// The agents that a list names.
pub fn named(list: &[String], shell: &Shell<'_>) -> Result<Vec<&'static dyn Wiring>, Refusal> {
    let mut wirings: Vec<&'static dyn Wiring> = Vec::new();
    for name in list.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let more: Vec<&'static dyn Wiring> = match name {
            "all" => agents::ALL.to_vec(),
            "detected" => detected(shell)?,
            name => vec![one(name)?],
        };
        for wiring in more {
            if wirings.iter().all(|known| known.agent() != wiring.agent()) {
                wirings.push(wiring);
            }
        }
    }
    if wirings.is_empty() {
        let names: Vec<String> = agents::ALL.iter().map(|wiring| hyphenated(wiring.agent())).collect();
        return Err(Refusal::not_found("no agent was found on this machine")
            .hint(format!("Name it: `--adapter` takes {}.", names.join(", "))));
    }
    Ok(wirings)
}

/// Those that are there, or that were wired once.
fn detected(shell: &Shell<'_>) -> Result<Vec<&'static dyn Wiring>, Refusal> {
    let manifest = Manifest::load(&shell.config.data_dir).map_err(|error| refused(&SetupError::Manifest(error)))?;
    let around = Surroundings::from(&shell.config.places);
    let search = search_path(shell);
    let is_here = |wiring: &&&'static dyn Wiring| {
        looks_installed(**wiring, &around, search.as_deref()) || manifest.of(wiring.agent().name()).next().is_some()
    };
    Ok(agents::ALL.iter().filter(is_here).copied().collect())
}

fn one(name: &str) -> Result<&'static dyn Wiring, Refusal> {
    let agent: Result<Agent, _> = name.parse();
    agent.ok().and_then(agents::find).ok_or_else(|| {
        let names: Vec<String> = agents::ALL.iter().map(|wiring| hyphenated(wiring.agent())).collect();
        Refusal::user(format!("--adapter \"{name}\": no agent that tma1 can be installed for"))
            .hint(format!("Give one or more of {}, or `detected`, or `all`.", names.join(", ")))
    })
}

pub fn hyphenated(agent: Agent) -> String {
    agent.name().replace('_', "-")
}

pub fn search_path(shell: &Shell<'_>) -> Option<OsString> {
    (shell.env)("PATH").map(OsString::from)
}

/// Where the sidecar will be.
pub fn url(shell: &Shell<'_>) -> String {
    format!("http://{}", std::net::SocketAddr::new(shell.config.host, shell.config.port))
}

/// This binary, as agents are to call it.
pub fn program(shell: &Shell<'_>) -> Result<Program, Refusal> {
    let system = std::env::current_exe()
        .map_err(|error| Refusal::internal(format!("where this binary lies cannot be found out: {error}")))?;
    let given = std::env::args_os().next().unwrap_or_default();
    let cwd = std::env::current_dir().unwrap_or_default();
    let path = own_path(&given, &cwd, search_path(shell).as_deref(), &system);
    if !is_known_name(&path) {
        let name = path.display();
        return Err(Refusal::user(format!(
            "this program is called {name}: what is written with it would not be known as tma1's"
        ))
        .hint("Give it a name that begins with tma1, or call it by such a link."));
    }
    let usual = paths::data_dir(None, &shell.config.home);
    let data_dir = std::path::absolute(&shell.config.data_dir).unwrap_or_else(|_| shell.config.data_dir.clone());
    Ok(Program { path, data_dir: (data_dir != usual).then_some(data_dir) })
}

/// Where it is wired: the home, and the project that was named or that this is.
pub fn target(project: Option<&Path>, skip: bool, shell: &Shell<'_>) -> Result<Target, Refusal> {
    let around = Surroundings::from(&shell.config.places);
    let project = match project {
        _ if skip => None,
        Some(named) => Some(named.canonicalize().map_err(|error| {
            Refusal::user(format!("--project \"{}\": {error}", named.display()))
                .hint("Give the directory of a project, or leave it out with --skip-project-files.")
        })?),
        None => here(shell),
    };
    if let Some(file) = project.as_ref().filter(|project| !project.is_dir()) {
        return Err(Refusal::user(format!("--project \"{}\": not a directory", file.display())));
    }
    Ok(Target { around, project })
}

/// The working tree that the command runs in; a home is none, even where it is kept in one.
fn here(shell: &Shell<'_>) -> Option<PathBuf> {
    let cwd = std::env::current_dir().ok()?;
    let root = PathBuf::from(project::identity(&cwd, Some(&shell.config.home)).root);
    (root.join(".git").exists() && root != shell.config.home).then_some(root)
}

pub fn refused(error: &SetupError) -> Refusal {
    let told = format!("{error}; nothing was changed anywhere");
    match error {
        SetupError::Edit(EditError::Io { .. }) | SetupError::Manifest(ManifestError::Io { .. }) => {
            Refusal::internal(told)
        }
        // They say so themselves.
        SetupError::Edit(EditError::Syntax { .. } | EditError::Unfit { .. }) => Refusal::not_found(error.to_string()),
        _ => Refusal::not_found(told),
    }
}
