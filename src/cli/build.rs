//! `tma1 build`: a command from here on behaves as without us; what it says and how it ends is kept.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::answer::Refusal;
use crate::clock::Clock;
use crate::config::{Config, Env};
use crate::wrapper::{self, Delivery, Order};

#[derive(Debug, clap::Args)]
#[command(
    long_about = "Run a build, test or watch command, and keep its output and verdict\n\nThe command behaves exactly as \
                  without this: terminal, colours, input, signals and exit code are its own. Agents then see whether \
                  the build is red, and why.",
    after_help = "Examples:\n  tma1 build -- cargo test\n  tma1 build --tag unit -- npm test\n  \
                  tma1 build --watch -- cargo watch -x check"
)]
pub struct Args {
    /// A command that goes on watching files: each of its cycles is a run of its own
    #[arg(long)]
    watch: bool,
    /// What to call the run [default: the tool and what it does, such as "cargo test"]
    #[arg(long, value_name = "NAME")]
    tag: Option<String>,
    /// Whose build it is [default: the project here]
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Go on copying for what a command left running
    #[arg(long, hide = true, conflicts_with = "command")]
    relay: bool,
    /// The command and its arguments
    #[arg(value_name = "CMD", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Settings that can't be read keep the command from nothing but being remembered.
pub fn run(args: &Args, env: Env<'_>) -> Result<(), Refusal> {
    #[cfg(unix)]
    if args.relay {
        wrapper::relay();
        return Ok(());
    }
    if args.command.is_empty() {
        let hint = "Write it behind `--`, such as `tma1 build -- cargo test`.";
        return Err(Refusal::user("no command was given").hint(hint));
    }
    let delivery = Config::load(env).map_err(|error| error.to_string()).map(|config| Delivery {
        data_dir: config.data_dir,
        home: config.home,
        level: config.redaction,
        autostart: config.autostart,
        clock: Clock::SYSTEM,
    });
    wrapper::run(Order {
        command: args.command.clone(),
        watch: args.watch,
        tag: args.tag.clone(),
        project_dir: args.project.clone(),
        session: env("CLAUDE_CODE_SESSION_ID").filter(|id| !id.is_empty()),
        delivery,
    })
}
