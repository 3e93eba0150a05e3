//! A bare MCP client: frames as they stand on the wire, with a deadline for each answer.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

const DEADLINE: Duration = Duration::from_secs(30);

/// A running `tma1 mcp`.
pub struct Mcp {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    next: i64,
}

impl Mcp {
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("tma1 mcp starts");
        let stdout = child.stdout.take().expect("piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, lines, next: 0 }
    }

    /// Opens in the handshake era and gives what the server said of itself.
    pub fn initialize(&mut self, version: &str) -> Value {
        let params =
            json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}});
        let result = self.request("initialize", &params);
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        result
    }

    pub fn send(&mut self, frame: &Value) {
        self.send_raw(&frame.to_string());
    }

    pub fn send_raw(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("open");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("the server reads");
    }

    /// The next frame, which must be JSON: nothing else may be on stdout.
    pub fn receive(&mut self) -> Value {
        let line = self.lines.recv_timeout(DEADLINE).expect("an answer within the deadline");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("stdout carried no frame ({e}): {line}"))
    }

    /// Sends a request and waits for its answer, whole.
    pub fn call_raw(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let frame = self.receive();
            if frame["id"] == id {
                return frame;
            }
        }
    }

    pub fn request(&mut self, method: &str, params: &Value) -> Value {
        let frame = self.call_raw(method, params);
        assert!(frame.get("error").is_none(), "{method}: {frame}");
        frame["result"].clone()
    }

    pub fn tool(&mut self, name: &str, arguments: &Value) -> Value {
        self.request("tools/call", &json!({"name": name, "arguments": arguments}))
    }

    /// Closes stdin and gives the exit code.
    pub fn finish(mut self) -> Option<i32> {
        drop(self.stdin.take());
        // Every line that is still to come ends with the process.
        while let Ok(line) = self.lines.recv_timeout(DEADLINE) {
            serde_json::from_str::<Value>(&line).expect("only frames on stdout");
        }
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Mcp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
