//! The sidecar's own share of a hook: from the request to the answer, on one connection that stays open.

use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::hook::spread;
use super::payload::{Session, fresh};
use super::sidecar::{Sidecar, Site};
use super::talk::{Connection, request};
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, ms};

const CALLS: usize = 2000;
const PROMPTS: usize = 300;
const WARM: usize = 50;
/// What `tma1 hook` asks for.
const PATH: &str = "/api/hooks?source=claude_code&envelope=claude_code";

pub fn measure(site: &Site<'_>, sidecar: &Sidecar, known: &Session, report: &mut Report) -> Result<(), Failure> {
    let mut connection = sidecar.connect()?;
    let mut health = Samples::default();
    for _ in 0..CALLS {
        let began = Instant::now();
        connection.get("/health")?;
        health.push(began.elapsed());
    }
    let (mut before, mut after) = (Samples::default(), Samples::default());
    for at in 0..WARM + CALLS {
        let number = fresh();
        let began = post(&mut connection, &known.before_tool(number))?.0;
        let ended = post(&mut connection, &known.after_tool(number))?.0;
        if at >= WARM {
            before.push(began);
            after.push(ended);
        }
    }
    let (mut prompt, mut first) = (Samples::default(), Samples::default());
    let mut unanswered = 0;
    for at in 0..WARM + PROMPTS {
        let told = post(&mut connection, &known.prompt())?.0;
        let new = Session::new(site, &format!("live-share-{}", fresh()));
        let (whole, bytes) = post(&mut connection, &new.prompt())?;
        post(&mut connection, &new.end())?;
        if at >= WARM {
            prompt.push(told);
            first.push(whole);
            unanswered += usize::from(bytes == 0);
        }
    }
    let floor = format!("`GET /health` {}", ms(health.median()));
    let empty = if unanswered == 0 { String::new() } else { format!("; {unanswered} had no answer") };
    for (what, took, more) in [
        ("`PreToolUse`", before, ""),
        ("`PostToolUse`", after, ""),
        ("`UserPromptSubmit`, in a long session", prompt, ""),
        ("`UserPromptSubmit`, first of a session: the whole block", first, &*empty),
    ] {
        let within = took.median() <= Duration::from_millis(1) && took.p99() <= Duration::from_millis(5);
        let kept = Some(within && more.is_empty());
        let measured = format!("{}{more}", spread(&took));
        report.row(format!("the sidecar's share: {what}"), measured, ("p50 ≤ 1 ms, p99 ≤ 5 ms", kept), &floor);
    }
    Ok(())
}

/// How long it took, and how many bytes the answer has.
pub fn post(connection: &mut Connection<UnixStream>, payload: &str) -> Result<(Duration, usize), Failure> {
    let request = request(PATH, Some(payload));
    let began = Instant::now();
    let response = connection.exchange(&request)?;
    let took = began.elapsed();
    if response.status == 200 { Ok((took, response.body.len())) } else { Err("the event was not kept".into()) }
}
