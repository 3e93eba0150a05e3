//! `tma1 hook` as the help and completions know it. It runs before the command line is parsed: see `main`.

use std::path::PathBuf;

use crate::answer::Refusal;

#[derive(Debug, clap::Args)]
#[command(
    long_about = "Pass one event of an agent on, from its hook\n\nReads the event from standard input, prints what the \
                  agent takes, ends within 300 ms and always with exit code 0.",
    after_help = "Examples:\n  tma1 hook --agent claude-code"
)]
pub struct Args {
    /// The agent whose hook this is
    #[arg(long, value_name = "AGENT")]
    agent: Option<String>,
    /// The event, where its text does not name it
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// Where the store lies [default: TMA1_DATA_DIR, else ~/.tma1]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub fn run(args: &Args) -> Result<(), Refusal> {
    let Args { agent: _, event: _, data_dir: _ } = args;
    Ok(())
}
