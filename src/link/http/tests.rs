//! Answers of every shape, whole and broken, from a listener that says what it is told to say.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::thread::JoinHandle;

use tempfile::TempDir;

use super::*;

struct Scene {
    _dir: TempDir,
    place: Place,
}

impl Scene {
    fn new() -> (Self, UnixListener) {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::within(dir.path(), &|_| None);
        let listener = UnixListener::bind(place.socket()).unwrap();
        (Self { _dir: dir, place }, listener)
    }

    /// One that answers `pieces` one after the other, and tells what it was asked.
    fn saying(pieces: &[&[u8]]) -> (Self, JoinHandle<String>) {
        let (scene, listener) = Self::new();
        let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.to_vec()).collect();
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut heard = Vec::new();
            let mut buffer = [0; 4096];
            while !heard.windows(4).any(|w| w == b"\r\n\r\n") {
                let read = stream.read(&mut buffer).unwrap();
                heard.extend_from_slice(&buffer[..read]);
            }
            for piece in pieces {
                stream.write_all(&piece).unwrap();
            }
            String::from_utf8(heard).unwrap()
        });
        (scene, heard)
    }

    fn get(&self) -> Result<Response, LinkError> {
        get(&self.place, &Request { path: "/x", headers: &[], body: b"", deadline: soon() })
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[test]
fn a_post_says_what_it_should() {
    let (scene, heard) =
        Scene::saying(&[b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi!!"]);
    let headers = [("tma1-at", "5"), ("x", "a\r\ny: b")];
    let response = post(&scene.place, &Request { path: "/p?q=1", headers: &headers, body: b"{}", deadline: soon() });
    let told = Response { status: 200, content_type: Some("text/plain".to_owned()), body: b"hi".to_vec() };
    assert_eq!(response.unwrap(), told);
    assert_eq!(
        heard.join().unwrap(),
        "POST /p?q=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\ntma1-at: 5\r\nx: ay: b\r\n\
         Content-Length: 2\r\n\r\n{}"
    );
}

#[test]
fn bodies_in_every_form() {
    for (answer, body) in [
        ("HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"),
        ("HTTP/1.0 200 OK\ncontent-length: 3\n\nabc", "abc"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nTrail: er\r\n\r\n",
            "abcd",
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n0\r\n\r\n", ""),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""),
    ] {
        let response = Scene::saying(&[answer.as_bytes()]).0.get().unwrap();
        assert_eq!(String::from_utf8(response.body).unwrap(), body, "{answer}");
    }
}

#[test]
fn answers_in_single_bytes_are_the_same() {
    let answer = b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n4\r\n way\r\n0\r\n\r\n";
    let bytes: Vec<&[u8]> = answer.chunks(1).collect();
    let response = Scene::saying(&bytes).0.get().unwrap();
    assert_eq!((response.status, response.body), (503, b"no way".to_vec()));
}

#[test]
fn what_is_no_answer_is_said_to_be_broken() {
    for answer in [
        &b""[..],
        b"garbage\r\n\r\n",
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\n\xff: x\r\n\r\n",
        b"HTTP/1.1 200 OK",
    ] {
        let got = Scene::saying(&[answer]).0.get();
        assert!(matches!(got, Err(LinkError::Broken(_))), "{got:?} for {}", String::from_utf8_lossy(answer));
    }
}

#[test]
fn nobody_there() {
    let (scene, listener) = Scene::new();
    drop(listener);
    assert!(matches!(scene.get(), Err(LinkError::NotRunning)), "a socket that a crash left behind");
    std::fs::remove_file(scene.place.socket()).unwrap();
    assert!(matches!(scene.get(), Err(LinkError::NotRunning)));
}

#[test]
fn nobody_answers() {
    let (scene, listener) = Scene::new();
    let briefly =
        || Request { path: "/", headers: &[], body: b"", deadline: Instant::now() + Duration::from_millis(30) };
    assert!(matches!(get(&scene.place, &briefly()), Err(LinkError::TimedOut)));
    // More than the system queues for somebody who never accepts, and more than it buffers.
    let large = vec![b'x'; 8 * 1024 * 1024];
    assert!(matches!(post(&scene.place, &Request { body: &large, ..briefly() }), Err(LinkError::TimedOut)));
    rustix::net::listen(&listener, 2).unwrap();
    let mut waiting = Vec::new();
    let full = loop {
        match stream::connect(&scene.place, Instant::now()) {
            Ok(stream) => waiting.push(stream),
            Err(error) => break error,
        }
    };
    assert!(matches!(full, LinkError::TimedOut), "{full} after {}", waiting.len());
    drop(listener);
}

#[test]
fn who_hangs_up_early_is_heard() {
    let (scene, heard) = Scene::saying(&[b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"]);
    let large = vec![b'x'; 8 * 1024 * 1024];
    let response = post(&scene.place, &Request { path: "/", headers: &[], body: &large, deadline: soon() }).unwrap();
    assert_eq!(response.status, 413);
    drop(heard);
}

#[test]
fn lines_come_as_they_are_said() {
    let (scene, listener) = Scene::new();
    let (say, told) = std::sync::mpsc::channel::<&'static str>();
    let saying = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for text in told {
            stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let request = Request { path: "/", headers: &[], body: b"", deadline: soon() };
    let mut lines = lines(&scene.place, &request, Duration::from_secs(20)).unwrap();
    say.send("{\"a\":1}\n{\"b\"").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "{\"a\":1}");
    say.send(":2}\r\n").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "{\"b\":2}");
    say.send("last").unwrap();
    drop(say);
    assert_eq!(lines.next().unwrap().unwrap(), "last");
    assert!(lines.next().is_none());
    saying.join().unwrap();

    let (scene, _heard) = Scene::saying(&[b"HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nbusy"]);
    match super::lines(&scene.place, &request, Duration::from_secs(20)) {
        Err(LinkError::Refused(refused)) => assert_eq!((refused.status, refused.body), (409, b"busy".to_vec())),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("taken"),
    }
}
