//! A hook as an agent runs it, from its start to its end, among other processes of the same minute.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::payload::{Session, fresh};
use super::sidecar::{Sidecar, Site};
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, ms};

const ROUNDS: usize = 400;
const WARM: usize = 20;

pub struct Ran {
    pub took: Duration,
    pub said: Vec<u8>,
}

/// Runs `command` with `input` on its standard input.
pub fn run(command: &mut Command, input: &str) -> Result<Ran, Failure> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that reads nothing may be gone already.
        let _ = pipe.write_all(input.as_bytes());
    }
    let mut said = Vec::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_end(&mut said)?;
    }
    let status = child.wait()?;
    let took = began.elapsed();
    if !status.success() {
        let program = command.get_program().to_string_lossy();
        return Err(format!("`{program}` ended with {status}").into());
    }
    Ok(Ran { took, said })
}

/// What takes part, in the order of the results.
const CONTESTANTS: usize = 7;

pub fn measure(site: &Site<'_>, sidecar: &Sidecar, known: &Session, report: &mut Report) -> Result<(), Failure> {
    let port = answer_at_once()?;
    let poster = format!(
        "curl -s -m 2 -X POST -H 'Content-Type: application/json' --data-binary @- http://127.0.0.1:{port}/api/hooks"
    );
    let as_claude_does = format!("'{}' hook --agent claude_code", site.scene.bin().display());
    let mut end = sidecar.connect()?;
    let mut unanswered = 0;
    let stored = sidecar.counter("hooks_stored")?;
    let mut took: [Samples; CONTESTANTS] = std::array::from_fn(|_| Samples::default());
    for round in 0..WARM + ROUNDS {
        for place in 0..CONTESTANTS {
            // Nobody always comes after the same one.
            let who = (place + round) % CONTESTANTS;
            let ran = match who {
                0 => silent(run(&mut site.hook(), &known.before_tool(fresh()))?)?,
                1 => run(&mut site.hook(), &known.prompt())?,
                2 => {
                    let new = Session::new(site, &format!("live-hook-{}", fresh()));
                    let ran = run(&mut site.hook(), &new.prompt())?;
                    unanswered += usize::from(ran.said.is_empty());
                    // Else hundreds would seem to be at work in one project.
                    end.post("/api/hooks", &new.end())?.json().or_else(silence)?;
                    ran
                }
                3 => {
                    let mut shell = site.hook();
                    let mut command = Command::new("sh");
                    command.args(["-c", &as_claude_does]).env_clear().current_dir(site.scene.busiest());
                    command.envs(shell_env(&mut shell));
                    silent(run(&mut command, &known.before_tool(fresh()))?)?
                }
                4 => {
                    let mut command = site.scene.isolated("sh".as_ref());
                    run(command.args(["-c", &poster]), &known.before_tool(fresh()))?
                }
                5 => run(&mut site.scene.isolated("/bin/true".as_ref()), "")?,
                _ => run(&mut site.tma1(&["hook", "--help"]), "")?,
            };
            if round >= WARM {
                took[who].push(ran.took);
            }
        }
    }
    let sent = (WARM + ROUNDS) * 5;
    let missed = i64::try_from(sent)? - (sidecar.counter("hooks_stored")? - stored);
    let [call, prompt, first, shell, curl, bare, help] = took;
    let floor = format!(
        "`sh -c curl` p50 {}, p99 {}; `/bin/true` {}; `tma1 hook --help` {}",
        ms(curl.median()),
        ms(curl.p99()),
        ms(bare.median()),
        ms(help.median())
    );
    let mut row = |what: &str, took: &Samples, more: &str, fine: Option<bool>| {
        let share = took.median().as_secs_f64() / curl.median().as_secs_f64();
        let kept = share <= 0.40 && took.p99() <= Duration::from_millis(10);
        let measured = format!("{}; {share:.2} × `sh -c curl`{more}", spread(took));
        let budget = if fine.is_some() { "≤ 0.40 ×, p99 ≤ 10 ms" } else { "" };
        report.row(what, measured, (budget, fine.map(|fine| fine && kept)), &floor);
    };
    let late = if missed == 0 { String::new() } else { format!("; {missed} of {sent} by way of the spool") };
    row("hook `PreToolUse`, sidecar up", &call, &late, Some(true));
    row("hook `UserPromptSubmit`, sidecar up, in a long session", &prompt, "", Some(true));
    let empty = if unanswered == 0 { String::new() } else { format!("; {unanswered} had no answer") };
    let what = "hook `UserPromptSubmit`, sidecar up, first of a session: the whole block";
    row(what, &first, &empty, Some(unanswered == 0));
    row("hook `PreToolUse` through `sh -c`, as Claude Code runs it", &shell, "", None);
    Ok(())
}

pub fn spread(took: &Samples) -> String {
    format!("p50 {}, p99 {}", ms(took.median()), ms(took.p99()))
}

/// An answer without text is no JSON.
fn silence(error: Failure) -> Result<serde_json::Value, Failure> {
    if error.is::<serde_json::Error>() { Ok(serde_json::Value::Null) } else { Err(error) }
}

fn silent(ran: Ran) -> Result<Ran, Failure> {
    if ran.said.is_empty() {
        return Ok(ran);
    }
    Err(format!("a hook that has nothing to say said {}", String::from_utf8_lossy(&ran.said)).into())
}

fn shell_env(command: &mut Command) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
}

/// A server that answers everything with nothing as soon as it has read it, for as long as the benchmark runs.
fn answer_at_once() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::Builder::new().spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever hangs up is not answered.
            let _ = answer(stream);
        }
    })?;
    Ok(port)
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let (mut read, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let count = stream.read(&mut piece)?;
        read.extend_from_slice(&piece[..count]);
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
            if count == 0 {
                return Ok(());
            }
            continue;
        };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.and_then(|n| n.trim().parse().ok()).unwrap_or_default();
        if read.len() >= end + 4 + length || count == 0 {
            return stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    }
}
