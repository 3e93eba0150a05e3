//! Programs that are run to see what they say: each has a deadline, and none outlives its check.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Of what a program says; more is nothing that we asked for.
const MOST: u64 = 8 * 1024 * 1024;
/// For a program that was told to end.
const PARTING: Duration = Duration::from_millis(300);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Silence {
    NotStarted(String),
    /// With the last line of what it complained of.
    Ended(String),
    TooLate,
    Refused(String),
}

impl Silence {
    pub fn told(&self, within: Duration) -> String {
        match self {
            Self::NotStarted(why) => format!("does not start: {why}"),
            Self::Ended(last) if last.is_empty() => "ended without an answer".to_owned(),
            Self::Ended(last) => format!("ended without an answer: {last}"),
            Self::TooLate => format!("did not answer within {} s", within.as_secs()),
            Self::Refused(why) => format!("answered with an error: {why}"),
        }
    }
}

/// A program under way, with everything it starts.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    complaints: Receiver<String>,
}

impl Running {
    fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (say, complaints) = channel();
        if let Some(stderr) = child.stderr.take() {
            thread::spawn(move || {
                for line in BufReader::new(stderr.take(MOST)).lines().map_while(Result::ok) {
                    if !line.trim().is_empty() && say.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, complaints })
    }

    /// What it complained of last, once nothing more can come or after a moment.
    fn complaint(&self) -> String {
        let until = Instant::now() + PARTING;
        let mut last = String::new();
        while let Ok(line) = self.complaints.recv_timeout(until.saturating_duration_since(Instant::now())) {
            last = line;
        }
        last
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let until = Instant::now() + PARTING;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() < until {
                thread::sleep(Duration::from_millis(2));
                continue;
            }
            // With what it started, while its number is still its own.
            #[cfg(unix)]
            if let Some(group) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
            return;
        }
    }
}

/// Runs a command to its end with `input`, and gives what it printed.
pub(super) fn printed(command: &mut Command, input: &[u8], until: Instant) -> Result<String, Silence> {
    let mut running = Running::start(command).map_err(|error| Silence::NotStarted(error.to_string()))?;
    let Some(stdout) = running.child.stdout.take() else { return Err(Silence::Ended(String::new())) };
    let (say, said) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(MOST).read_to_end(&mut bytes);
        let _ = say.send(read.map(|_| String::from_utf8_lossy(&bytes).into_owned()));
    });
    if let Some(mut stdin) = running.stdin.take() {
        // Who does not listen may answer all the same.
        let _ = stdin.write_all(input);
    }
    match said.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(Ok(text)) if text.trim().is_empty() => Err(Silence::Ended(running.complaint())),
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(Silence::Ended(error.to_string())),
        Err(_) => Err(Silence::TooLate),
    }
}

/// A program that is asked in JSON, one line each way.
pub(super) struct Conversation {
    running: Running,
    lines: Receiver<String>,
    until: Instant,
    asked: u64,
}

impl Conversation {
    pub fn start(command: &mut Command, until: Instant) -> Result<Self, Silence> {
        let mut running = Running::start(command).map_err(|error| Silence::NotStarted(error.to_string()))?;
        let Some(stdout) = running.child.stdout.take() else { return Err(Silence::Ended(String::new())) };
        let (say, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout.take(MOST)).lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { running, lines, until, asked: 0 })
    }

    pub fn ask(&mut self, method: &str, params: &Value) -> Result<Value, Silence> {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            let line = match self.lines.recv_timeout(left) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => return Err(Silence::TooLate),
                Err(RecvTimeoutError::Disconnected) => return Err(Silence::Ended(self.running.complaint())),
            };
            // What it says of its own accord is passed over.
            let Ok(frame) = serde_json::from_str::<Value>(&line) else { continue };
            if frame["id"] != id {
                continue;
            }
            if let Some(error) = frame.get("error") {
                let why = error["message"].as_str().unwrap_or("no reason given");
                return Err(Silence::Refused(why.to_owned()));
            }
            return Ok(frame["result"].clone());
        }
    }

    pub fn tell(&mut self, method: &str) {
        self.say(&json!({"jsonrpc": "2.0", "method": method}));
    }

    fn say(&mut self, frame: &Value) {
        // One that is gone is noticed where its answer is waited for.
        if let Some(stdin) = &mut self.running.stdin {
            let _ = stdin.write_all(format!("{frame}\n").as_bytes()).and_then(|()| stdin.flush());
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn what_is_printed_is_whole_and_silence_has_a_reason() {
        assert_eq!(printed(&mut sh("read x; echo \"got $x\""), b"this\n", soon()), Ok("got this\n".to_owned()));
        let ended = printed(&mut sh("echo one >&2; echo two >&2; exit 1"), b"", soon()).unwrap_err();
        assert_eq!(ended.told(Duration::from_secs(2)), "ended without an answer: two");
        assert!(matches!(printed(&mut Command::new("/nowhere/x"), b"", soon()), Err(Silence::NotStarted(_))));
    }

    #[test]
    fn who_hangs_is_ended_with_what_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let noted = dir.path().join("pid");
        let mut hanging = sh(&format!("sleep 600 & echo $! > '{}'; wait", noted.display()));
        let until = soon();
        // It must have come so far before its time is over.
        let asked = thread::spawn(move || printed(&mut hanging, b"", Instant::now() + Duration::from_secs(2)));
        let pid = loop {
            match std::fs::read_to_string(&noted).unwrap_or_default().trim().parse::<i32>() {
                Ok(pid) => break pid,
                Err(_) => assert!(Instant::now() < until, "it never started"),
            }
        };
        assert_eq!(asked.join().unwrap(), Err(Silence::TooLate));
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        // Nobody may have taken note of its end yet; then it is there, and dead.
        let is_alive = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
            let state = state.rsplit(')').next().unwrap_or_default().trim().to_owned();
            rustix::process::test_kill_process(pid).is_ok() && !state.starts_with('Z')
        };
        while is_alive() {
            assert!(Instant::now() < until, "the child lives on");
        }
    }

    #[test]
    fn an_answer_is_known_by_its_number() {
        let script = "read a; echo noise; echo '{\"id\":7,\"result\":1}'; echo '{\"id\":1,\"result\":{\"x\":2}}'; \
                      read b; echo '{\"id\":2,\"error\":{\"message\":\"no\"}}'";
        let mut talk = Conversation::start(&mut sh(script), soon()).unwrap();
        assert_eq!(talk.ask("a", &json!({})), Ok(json!({"x": 2})));
        assert_eq!(talk.ask("b", &json!({})), Err(Silence::Refused("no".to_owned())));
        assert_eq!(talk.ask("c", &json!({})), Err(Silence::Ended(String::new())));
    }
}
