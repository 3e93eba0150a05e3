//! `tma1 mcp`: the tools, for one agent; standard output carries protocol frames only.

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
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    serve::mcp::run(shell.config.surroundings(shell.env, args.caller), args.toolsets.as_deref())
}
