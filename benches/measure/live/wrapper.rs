//! What `tma1 build` adds to a command: to one that does nothing, and to noisy ones.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::sidecar::Site;
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, ms};

const RUNS: usize = 15;
const SHORT: usize = 60;

/// Lines of a compiler, written one by one.
const LINES: &str =
    "i=0; while [ $i -lt 20000 ]; do echo \"src/file$i.c:12:5: warning: unused variable\"; i=$((i+1)); done";

pub fn measure(site: &Site<'_>, report: &mut Report) -> Result<(), Failure> {
    let (without, with) = pair(site, &["true"], SHORT)?;
    let added = with.median().saturating_sub(without.median());
    report.row(
        "`tma1 build -- true`",
        format!("{} more", ms(added)),
        ("≤ 5 ms", Some(added <= Duration::from_millis(5))),
        format!("`true` {}", ms(without.median())),
    );
    for (what, words) in [
        ("20,000 lines, one by one", &["sh", "-c", LINES][..]),
        ("10,000,000 lines, as fast as can be", &["seq", "1", "10000000"]),
    ] {
        let (without, with) = pair(site, words, RUNS)?;
        let share = with.median().as_secs_f64() / without.median().as_secs_f64();
        report.row(
            format!("`tma1 build` into a pipe: {what}"),
            format!("{share:.2} ×"),
            ("≤ 1.02 ×", Some(share <= 1.02)),
            format!("without {}", ms(without.median())),
        );
    }
    Ok(())
}

/// Without and with, in turns.
fn pair(site: &Site<'_>, words: &[&str], runs: usize) -> Result<(Samples, Samples), Failure> {
    let (mut without, mut with) = (Samples::default(), Samples::default());
    let mut wrapped = vec!["build", "--"];
    wrapped.extend_from_slice(words);
    for _ in 0..runs {
        let mut plain = Command::new(words[0]);
        plain.args(&words[1..]);
        without.push(piped(plain)?);
        with.push(piped(site.tma1(&wrapped))?);
    }
    Ok((without, with))
}

/// Until it has ended, into a pipe that somebody empties.
fn piped(mut command: Command) -> Result<Duration, Failure> {
    let mut sink = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let pipe = sink.stdin.take().ok_or("cat has no standard input")?;
    let began = Instant::now();
    command.stdout(pipe).stderr(Stdio::null()).status()?;
    let took = began.elapsed();
    // The command holds the pipe until it goes.
    drop(command);
    sink.wait()?;
    Ok(took)
}
