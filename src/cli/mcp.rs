//! `tma1 mcp`: the tools, for one agent; standard output carries protocol frames only.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::args::agent;
use super::shell::Shell;
use crate::answer::Refusal;
use crate::link::{self, Place};
use crate::model::{Agent, ProcessId};
use crate::serve;

const STARTED_WITHIN: Duration = Duration::from_secs(2);

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
    around.process = link::agent_process(shell.env).map(|(pid, started)| ProcessId { pid, started });
    if shell.config.autostart {
        let data_dir = around.data_dir.clone();
        // Beside the first requests: nobody waits for it.
        let started = std::thread::Builder::new().name("sidecar".to_owned()).spawn(move || start_sidecar(&data_dir));
        drop(started);
    }
    serve::mcp::run(around, args.toolsets.as_deref())
}

/// The tools answer without one as well, only not of this moment.
fn start_sidecar(data_dir: &Path) {
    let place = Place::new(data_dir);
    let deadline = Instant::now() + STARTED_WITHIN;
    if !link::wait_until_up(&place, Instant::now())
        && let Ok(exe) = std::env::current_exe()
    {
        link::start(&place, &exe, std::env::vars_os(), deadline);
    }
}
