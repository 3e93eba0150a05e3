//! The commands, one file each: arguments in, answers asked or work started, text out.
//!
//! A command is a file with `Args` and `run`, a line in `args::Command` and one in `dispatch`.

mod adapters;
mod anomalies;
mod args;
mod build;
mod completions;
mod context;
mod doctor;
mod facts;
mod figures;
mod hook;
mod import;
mod install;
mod mcp;
mod overview;
mod peer;
mod reference;
mod running;
mod search;
mod serve;
mod sessions;
mod settings;
mod shell;
mod short_ids;
mod show;
mod sql;
mod status;
mod statusline;
mod stop;
mod table;
mod terminal;
mod text;
mod uninstall;
mod usage;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use shell::Shell;

use crate::answer::{Kind, Refusal};
use crate::config::Config;

/// Runs the command line and says how it went: 0, 1 for a failure, 2 for wrong usage.
pub fn run() -> ExitCode {
    match execute(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            terminal::remark(&format!("tma1: {}", text::paragraph(&refusal.message)));
            if let Some(hint) = &refusal.hint {
                terminal::remark(&format!("      {}", text::paragraph(hint)));
            }
            ExitCode::from(if refusal.kind == Kind::User { 2 } else { 1 })
        }
    }
}

fn execute(cli: Cli) -> Result<(), Refusal> {
    // These need no settings, so none can be wrong.
    match &cli.command {
        Some(Command::Completions(args)) => return completions::run(args),
        Some(Command::Reference(args)) => return reference::run(args),
        Some(Command::Build(args)) => return build::run(args, &|name| std::env::var(name).ok()),
        Some(Command::Statusline(args)) => return statusline::run(args, &|name| std::env::var(name).ok()),
        Some(Command::Version) => return terminal::print(concat!("tma1 ", env!("CARGO_PKG_VERSION"), "\n")),
        _ => {}
    }
    let env = |name: &str| std::env::var(name).ok();
    let config = Config::load(&env).map_err(|e| Refusal::user(e.to_string()))?;
    dispatch(cli.command, &Shell::new(&config, &env))
}

fn dispatch(command: Option<Command>, shell: &Shell<'_>) -> Result<(), Refusal> {
    match command {
        None => overview::run(shell),
        Some(Command::Install(args)) => install::run(&args, shell),
        Some(Command::Uninstall(args)) => uninstall::run(&args, shell),
        Some(Command::Doctor(args)) => doctor::run(&args, shell),
        Some(Command::Import(args)) => import::run(&args, shell),
        Some(Command::Sessions(args)) => sessions::run(&args, shell),
        Some(Command::Show(args)) => show::run(&args, shell),
        Some(Command::Peer(args)) => peer::run(&args, shell),
        Some(Command::Search(args)) => search::run(&args, shell),
        Some(Command::Anomalies(args)) => anomalies::run(&args, shell),
        Some(Command::Context(args)) => context::run(&args, shell),
        Some(Command::Usage(args)) => usage::run(&args, shell),
        Some(Command::Sql(args)) => sql::run(&args, shell),
        Some(Command::Status(args)) => status::run(&args, shell),
        Some(Command::Settings(args)) => settings::run(&args, shell),
        Some(Command::Serve(args)) => serve::run(&args, shell),
        Some(Command::Stop(args)) => stop::run(&args, shell),
        Some(Command::Hook(args)) => hook::run(&args),
        Some(Command::Mcp(args)) => mcp::run(&args, shell),
        Some(
            Command::Build(_)
            | Command::Completions(_)
            | Command::Reference(_)
            | Command::Statusline(_)
            | Command::Version,
        ) => Ok(()),
    }
}
