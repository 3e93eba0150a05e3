//! `tma1 completions`: what a shell needs to complete our commands.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Cli;
use super::terminal;
use crate::answer::Refusal;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 completions bash > ~/.local/share/bash-completion/completions/tma1\n  \
                        tma1 completions zsh > ~/.zfunc/_tma1\n  tma1 completions fish > ~/.config/fish/completions/tma1.fish")]
pub struct Args {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub fn run(args: &Args) -> Result<(), Refusal> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tma1", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))
}
