//! The commands, one file each: arguments in, answers asked or work started, text out.

mod args;
mod import;
mod sql;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use crate::answer::{Kind, Refusal};
use crate::config::Config;

/// Runs the command line and says how it went: 0, 1 for a failure, 2 for wrong usage.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let env = |name: &str| std::env::var(name).ok();
    let outcome = Config::load(&env).map_err(|e| Refusal::user(e.to_string())).and_then(|config| dispatch(cli, &config));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            eprintln!("tma1: {}", refusal.message);
            if let Some(hint) = &refusal.hint {
                eprintln!("      {hint}");
            }
            ExitCode::from(if refusal.kind == Kind::User { 2 } else { 1 })
        }
    }
}

fn dispatch(cli: Cli, config: &Config) -> Result<(), Refusal> {
    match cli.command {
        Some(Command::Import(args)) => import::run(&args, config),
        Some(Command::Sql(args)) => sql::run(&args, config),
        None => Ok(()),
    }
}
