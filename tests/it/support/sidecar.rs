//! A sidecar of a test's own, and what one says to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Home;

/// Far longer than anything takes; what it waits for either happens or is broken.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `done` gives something; for what happens in another process.
pub fn eventually<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(Instant::now() < until, "never came: {what}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// A running `tma1 serve`; killed with the test.
pub struct Sidecar {
    child: Child,
    pub socket: PathBuf,
    pub info: Value,
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: String,
    pub body: String,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }
}

impl Home {
    /// Starts one on a free port and waits until it answers.
    pub fn serve(&self) -> Sidecar {
        self.serve_with(|_| {})
    }

    pub fn serve_with(&self, change: impl FnOnce(&mut Command)) -> Sidecar {
        let mut command = self.command();
        command.arg("serve").env("TMA1_PORT", "0").stdout(Stdio::null()).stderr(Stdio::null());
        change(&mut command);
        let child = command.spawn().expect("the binary runs");
        let pid = child.id();
        let mut sidecar = Sidecar { child, socket: self.data().join("tma1.sock"), info: Value::Null };
        sidecar.info = eventually("a sidecar that listens", || {
            let told = sidecar.try_request("GET", "/api/sidecar", &[], b"").filter(|r| r.status == 200)?.json();
            (told["pid"] == pid).then_some(told)
        });
        sidecar
    }

    /// Runs `tma1 hook` for Claude Code with `payload` on its standard input.
    pub fn hook(&self, payload: &Value) -> super::Ran {
        self.hook_with(payload.to_string().as_bytes(), |_| {})
    }

    pub fn hook_with(&self, payload: &[u8], change: impl FnOnce(&mut Command)) -> super::Ran {
        let mut command = self.command();
        command.args(["hook", "--agent", "claude-code"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().expect("the binary runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        // It may end before it has read everything.
        let _ = stdin.write_all(payload);
        drop(stdin);
        super::Ran::of(child.wait_with_output().expect("it ends"))
    }
}

impl Sidecar {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn port(&self) -> u16 {
        let address = self.info["address"].as_str().expect("an address");
        address.rsplit_once(':').expect("a port").1.parse().expect("a port")
    }

    /// Over the socket.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        self.try_request(method, path, headers, body).expect("the sidecar answers")
    }

    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, body: &[u8]) -> Response {
        self.request("POST", path, &[("Content-Type", "application/json")], body)
    }

    /// An event as an HTTP hook posts it.
    pub fn hook(&self, payload: &Value) -> Response {
        self.post("/api/hooks?source=claude_code", payload.to_string().as_bytes())
    }

    fn try_request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Response> {
        let stream = UnixStream::connect(&self.socket).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        exchange(stream, method, path, "tma1", headers, body)
    }

    /// Over loopback, with whatever `Host` the test wants.
    pub fn over_tcp(&self, method: &str, path: &str, host: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let stream = TcpStream::connect(("127.0.0.1", self.port())).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        exchange(stream, method, path, host, headers, body).expect("an answer")
    }

    /// Lines of the live stream as they come.
    pub fn stream(&self, path: &str, headers: &[(&str, &str)]) -> impl Iterator<Item = String> + use<> {
        let mut stream = UnixStream::connect(&self.socket).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        let more = lines(headers);
        write!(stream, "GET {path} HTTP/1.1\r\nHost: tma1\r\n{more}\r\n").expect("a request");
        BufReader::new(stream).lines().map_while(Result::ok)
    }

    /// As a crash would.
    pub fn kill(mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it ends");
        std::mem::forget(self);
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("kill runs").success());
    }

    /// Waits for its end.
    pub fn ended(mut self) -> bool {
        let ended = eventually("the end of the sidecar", || self.child.try_wait().expect("it is ours"));
        std::mem::forget(self);
        ended.success()
    }

    /// Ends it the clean way.
    pub fn stop(self) {
        self.signal("-TERM");
        assert!(self.ended());
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn exchange<S: std::io::Read + std::io::Write>(
    mut stream: S,
    method: &str,
    path: &str,
    host: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Response> {
    let more = lines(headers);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{more}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    // A refusal may come before all was sent.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunked(body) } else { body.to_owned() };
    Some(Response { status, headers: head.to_owned(), body })
}

fn lines(headers: &[(&str, &str)]) -> String {
    headers.iter().flat_map(|(name, value)| [*name, ": ", *value, "\r\n"]).collect()
}

fn unchunked(mut rest: &str) -> String {
    let mut whole = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || size > after.len() {
            break;
        }
        whole.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    whole
}
