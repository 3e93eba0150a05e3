//! `tma1 mcp`: the tools, for one agent; standard output carries protocol frames only.

use std::path::PathBuf;

use super::args::agent;
use super::shell::Shell;
use crate::answer::Refusal;
use crate::model::Agent;
use crate::serve;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 mcp --caller claude\n  tma1 mcp --caller codex --toolsets context,history")]
pub struct Args {
    /// Which tools to offer, separated by commas: all, context, history [default: all]
    #[arg(long, value_name = "LIST")]
    toolsets: Option<String>,
    /// The agent that asks: its peers are the others
    #[arg(long, value_name = "AGENT", value_parser = agent)]
    caller: Option<Agent>,
    /// Where the store lies, for agents that hand on no environment [default: TMA1_DATA_DIR, else ~/.tma1]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let mut around = shell.config.surroundings(shell.env, args.caller);
    if let Some(dir) = &args.data_dir {
        around.data_dir.clone_from(dir);
    }
    serve::mcp::run(around, args.toolsets.as_deref())
}
