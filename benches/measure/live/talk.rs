//! HTTP/1.1 by hand over one connection that stays open, so that nothing else is measured.

use std::io::{Read, Write};

use serde_json::Value;

use crate::measure::Failure;

pub struct Connection<S> {
    stream: S,
    buffer: Vec<u8>,
}

pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Response {
    pub fn json(&self) -> Result<Value, Failure> {
        if self.status != 200 {
            return Err(format!("status {}: {}", self.status, String::from_utf8_lossy(&self.body)).into());
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// Without a body: `GET`.
pub fn request(path: &str, body: Option<&str>) -> Vec<u8> {
    match body {
        None => format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Some(body) => format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    }
    .into_bytes()
}

impl<S: Read + Write> Connection<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::with_capacity(4096) }
    }

    pub fn get(&mut self, path: &str) -> Result<Response, Failure> {
        self.exchange(&request(path, None))
    }

    pub fn post(&mut self, path: &str, body: &str) -> Result<Response, Failure> {
        self.exchange(&request(path, Some(body)))
    }

    /// Sends a whole request in one piece and waits for the whole answer.
    pub fn exchange(&mut self, request: &[u8]) -> Result<Response, Failure> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let head = loop {
            self.read_more()?;
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]).to_ascii_lowercase();
        let status =
            text.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("an answer without a status")?;
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.and_then(|n| n.trim().parse().ok()).ok_or("an answer without a length")?;
        while self.buffer.len() < head + 4 + length {
            self.read_more()?;
        }
        Ok(Response { status, body: self.buffer.split_off(head + 4) })
    }

    fn read_more(&mut self) -> Result<(), Failure> {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece)? {
            0 => Err("the sidecar hung up".into()),
            read => {
                self.buffer.extend_from_slice(&piece[..read]);
                Ok(())
            }
        }
    }
}
