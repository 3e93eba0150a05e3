//! One HTTP request to the sidecar and its answer: as much of the protocol as a server on this machine speaks.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

use super::stream::{self, Stream};
use super::{LinkError, Place};

/// Lines of an answer's head, each of them, and all the rest of a chunk's line.
const LONGEST_LINE: u64 = 16 * 1024;
const MOST_HEADERS: usize = 100;

/// Of an answer: what the largest query gives, and more than anybody prints.
const LARGEST_BODY: u64 = 64 * 1024 * 1024;

/// What is asked, and until when it makes sense.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// With its query.
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
    pub deadline: Instant,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// # Errors
/// No sidecar, none that answers in time, or an answer that is none.
pub fn get(place: &Place, request: &Request<'_>) -> Result<Response, LinkError> {
    whole(place, "GET", request)
}

/// # Errors
/// As for [`get`]. What was posted may have been taken all the same.
pub fn post(place: &Place, request: &Request<'_>) -> Result<Response, LinkError> {
    whole(place, "POST", request)
}

/// Posts, and gives the lines of the answer as they come, no two further apart than `patience`.
///
/// # Errors
/// As for [`get`]; an answer other than 200 is [`LinkError::Refused`].
pub fn lines(place: &Place, request: &Request<'_>, patience: Duration) -> Result<Lines, LinkError> {
    let (head, mut body) = exchange(place, "POST", request)?;
    if head.status != 200 {
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes)?;
        let response = Response { status: head.status, content_type: head.content_type, body: bytes };
        return Err(LinkError::Refused(Box::new(response)));
    }
    Ok(Lines { body: BufReader::new(body), patience })
}

/// See [`lines`].
pub struct Lines {
    body: BufReader<Body>,
    patience: Duration,
}

impl Iterator for Lines {
    type Item = Result<String, LinkError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.body.get_mut().stream.get_mut().deadline = Instant::now() + self.patience;
        let mut line = Vec::new();
        match self.body.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                Some(Ok(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}

fn whole(place: &Place, method: &str, request: &Request<'_>) -> Result<Response, LinkError> {
    let (head, mut body) = exchange(place, method, request)?;
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes)?;
    Ok(Response { status: head.status, content_type: head.content_type, body: bytes })
}

fn exchange(place: &Place, method: &str, request: &Request<'_>) -> Result<(Head, Body), LinkError> {
    let mut stream = stream::connect(place, request.deadline)?;
    let sent = send(&mut stream, method, request);
    let mut stream = BufReader::with_capacity(16 * 1024, stream);
    // Who refuses a body may answer and hang up before all of it is sent.
    let head = match (head(&mut stream), sent) {
        (Ok(head), _) => head,
        (Err(_), Err(sent)) => return Err(sent.into()),
        (Err(error), Ok(())) => return Err(error.into()),
    };
    let form = head.form;
    Ok((head, Body { stream, form, read: 0 }))
}

fn send(stream: &mut Stream, method: &str, request: &Request<'_>) -> io::Result<()> {
    use std::fmt::Write as _;
    let mut head = format!("{method} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", request.path);
    for (name, value) in request.headers {
        // A line break would begin a header of its own.
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if method != "GET" {
        let _ = write!(head, "Content-Length: {}\r\n", request.body.len());
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    if request.body.len() <= 64 * 1024 {
        bytes.extend_from_slice(request.body);
        return stream.write_all(&bytes);
    }
    stream.write_all(&bytes)?;
    stream.write_all(request.body)
}

struct Head {
    status: u16,
    content_type: Option<String>,
    form: Form,
}

/// How far a body goes, by what the head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// So many bytes are left.
    Length(u64),
    /// So many bytes are left of this chunk.
    Chunked(u64),
    /// To the end of the connection.
    Open,
    Done,
}

fn head(stream: &mut BufReader<Stream>) -> io::Result<Head> {
    let first = line(stream)?;
    let (version, rest) = first.split_once(' ').ok_or_else(|| broken("it does not speak HTTP"))?;
    let status = rest.get(..3).and_then(|status| status.parse().ok());
    let (true, Some(status)) = (version.starts_with("HTTP/1."), status) else {
        return Err(broken("it does not speak HTTP"));
    };
    let mut head = Head { status, content_type: None, form: Form::Open };
    for _ in 0..MOST_HEADERS {
        let line = line(stream)?;
        if line.is_empty() {
            if status == 204 || status == 304 {
                head.form = Form::Done;
            }
            return Ok(head);
        }
        let Some((name, value)) = line.split_once(':') else { return Err(broken("a header is none")) };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-type") {
            head.content_type = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("transfer-encoding") && value.to_ascii_lowercase().ends_with("chunked") {
            head.form = Form::Chunked(0);
        } else if name.eq_ignore_ascii_case("content-length") && !matches!(head.form, Form::Chunked(_)) {
            head.form = Form::Length(value.parse().map_err(|_| broken("its length is no number"))?);
        }
    }
    Err(broken("it has too many headers"))
}

fn line(stream: &mut BufReader<Stream>) -> io::Result<String> {
    let mut line = Vec::new();
    stream.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(broken("it ends too early"));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| broken("its head is no text"))
}

fn broken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

struct Body {
    stream: BufReader<Stream>,
    form: Form,
    read: u64,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.form == Form::Chunked(0) {
            self.next_chunk()?;
        }
        let most = match self.form {
            Form::Done | Form::Length(0) => return Ok(0),
            Form::Length(left) | Form::Chunked(left) => left,
            Form::Open => u64::MAX,
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.stream.read(&mut buffer[..most])?;
        self.read += read as u64;
        if self.read > LARGEST_BODY {
            return Err(broken("it is too large"));
        }
        match &mut self.form {
            Form::Length(_) | Form::Chunked(_) if read == 0 && most > 0 => return Err(broken("it ends too early")),
            Form::Length(left) => *left -= read as u64,
            Form::Chunked(left) => {
                *left -= read as u64;
                if *left == 0 && !line(&mut self.stream)?.is_empty() {
                    return Err(broken("a chunk does not end where it should"));
                }
            }
            Form::Open | Form::Done => {}
        }
        Ok(read)
    }
}

impl Body {
    fn next_chunk(&mut self) -> io::Result<()> {
        let size = line(&mut self.stream)?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| broken("the size of a chunk is no number"))?;
        self.form = if size > 0 { Form::Chunked(size) } else { Form::Done };
        if size == 0 {
            // What follows the last chunk says nothing to us.
            for _ in 0..MOST_HEADERS {
                if line(&mut self.stream)?.is_empty() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
