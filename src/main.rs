//! Picks the mode and maps the outcome to an exit code.

fn main() -> std::process::ExitCode {
    tma1::cli::run()
}
