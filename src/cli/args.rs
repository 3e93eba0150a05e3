//! What can be typed. Parsing touches nothing but the text.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::Agent;

#[derive(Debug, Parser)]
#[command(name = "tma1", version, about = "Remembers what every coding agent on this machine did")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read the agents' history into the store
    Import(ImportArgs),
    /// Run read-only SQL on the store
    Sql(SqlArgs),
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Only this agent's history
    #[arg(long, value_name = "AGENT", value_parser = agent)]
    pub agent: Option<Agent>,
    /// Read this file or directory instead of where agents keep their history
    #[arg(long, value_name = "FILE_OR_DIR")]
    pub path: Option<PathBuf>,
    /// Only files changed within this time, such as 30d, 12h or 2w
    #[arg(long, value_name = "DURATION")]
    pub since: Option<String>,
    /// Print one JSON object with totals per session
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum TableFormat {
    Table,
    Json,
    Csv,
}

#[derive(Debug, Args)]
pub struct SqlArgs {
    /// One statement that reads, such as "SELECT agent, count(*) FROM sessions GROUP BY 1"
    pub sql: String,
    #[arg(long, value_enum, default_value = "table")]
    pub format: TableFormat,
}

fn agent(text: &str) -> Result<Agent, String> {
    text.parse().map_err(|e: crate::model::UnknownAgent| e.to_string())
}
