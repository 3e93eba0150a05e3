//! A client of the stdio server: JSON lines written and read by hand, so that nothing else is measured.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Failure;

pub struct Client {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    next: u64,
}

/// An answer to a request.
pub struct Answer {
    pub result: Value,
    pub took: Duration,
}

impl Client {
    pub fn start(command: &mut Command) -> Result<Self, Failure> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the server has no pipes".into());
        };
        Ok(Self { child, stdin, stdout: BufReader::new(stdout), next: 0 })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The first message of a session, answered.
    pub fn initialize(&mut self) -> Result<Answer, Failure> {
        let who = json!({ "name": "budgets", "version": "1" });
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": who });
        let answer = self.ask("initialize", &params)?;
        self.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(answer)
    }

    pub fn call(&mut self, tool: &str, arguments: &Value) -> Result<Answer, Failure> {
        self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }))
    }

    pub fn ask(&mut self, method: &str, params: &Value) -> Result<Answer, Failure> {
        self.next += 1;
        let began = Instant::now();
        self.write(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }))?;
        let mut line = String::new();
        loop {
            line.clear();
            if self.stdout.read_line(&mut line)? == 0 {
                return Err(format!("the server went away at {method} {params}").into());
            }
            let took = began.elapsed();
            let mut message: Value = serde_json::from_str(&line)?;
            if message["id"] != self.next {
                continue;
            }
            if !message["error"].is_null() {
                return Err(format!("{method} {params}: {}", message["error"]).into());
            }
            return Ok(Answer { result: message["result"].take(), took });
        }
    }

    fn write(&mut self, message: &Value) -> Result<(), Failure> {
        // One write: two could be read as two by a server that polls in between.
        let line = format!("{message}\n");
        self.stdin.write_all(line.as_bytes())?;
        Ok(self.stdin.flush()?)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tokens as the budgets count them: four bytes each, of the JSON that the model is shown.
pub fn tokens(json: &Value) -> usize {
    json.to_string().len().div_ceil(4)
}
