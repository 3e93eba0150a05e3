//! Picks the mode and maps the outcome to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    // Before anything else: a hook has no time for a library that parses arguments.
    if args.next().is_some_and(|mode| mode == "hook") {
        return tma1::hook::run(args);
    }
    tma1::cli::run()
}
