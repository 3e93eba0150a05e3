//! The event as the agent hands it over, be it never so slow, large or unfinished.

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;

const MOST: usize = 16 * 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// Some agents never close the pipe: after such a pause, an event that is whole is all.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    Whole(Vec<u8>),
    /// Nobody has anything to say.
    Nothing,
    /// More than can be kept, or not all of it came in time.
    Unusable,
}

/// Reads `source` in a thread of its own, for reading can't be ended. `excess`: until when what is too large is read.
pub fn read(mut source: impl Read + Send + 'static, until: Instant, excess: Instant) -> Input {
    let (say, said) = sync_channel(8);
    let reading = move || {
        loop {
            let mut piece = vec![0; PIECE];
            match source.read(&mut piece) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
                Ok(read) => {
                    piece.truncate(read);
                    if say.send(piece).is_err() {
                        return;
                    }
                }
            }
        }
    };
    if std::thread::Builder::new().spawn(reading).is_err() {
        return Input::Unusable;
    }
    gather(&said, until, excess)
}

fn gather(said: &Receiver<Vec<u8>>, until: Instant, excess: Instant) -> Input {
    let mut body: Vec<u8> = Vec::new();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match said.recv_timeout(left.min(PAUSE)) {
            Ok(piece) if body.is_empty() => body = piece,
            Ok(piece) if body.len() + piece.len() > MOST => {
                while said.recv_timeout(excess.saturating_duration_since(Instant::now())).is_ok() {}
                return Input::Unusable;
            }
            Ok(piece) => body.extend_from_slice(&piece),
            Err(RecvTimeoutError::Disconnected) if body.is_empty() => return Input::Nothing,
            Err(RecvTimeoutError::Disconnected) => return Input::Whole(body),
            Err(RecvTimeoutError::Timeout) if is_whole(&body) => return Input::Whole(body),
            Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
            Err(RecvTimeoutError::Timeout) => return Input::Unusable,
        }
    }
}

/// Nothing can follow an object; a number could go on.
fn is_whole(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// A pipe: what is sent can be read, until the sender is dropped.
    struct Pipe(Receiver<Vec<u8>>);

    impl Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Ok(piece) = self.0.recv() else { return Ok(0) };
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn pipe(pieces: &[&str]) -> (Sender<Vec<u8>>, Pipe) {
        let (send, receive) = channel();
        for piece in pieces {
            send.send(piece.as_bytes().to_vec()).unwrap();
        }
        (send, Pipe(receive))
    }

    fn after(ms: u64) -> Instant {
        Instant::now() + Duration::from_millis(ms)
    }

    #[test]
    fn to_the_end_whatever_it_is() {
        for (pieces, wanted) in [
            (&["{\"a\":", "1}"][..], Input::Whole(b"{\"a\":1}".to_vec())),
            (&["not", " json"], Input::Whole(b"not json".to_vec())),
            (&[], Input::Nothing),
        ] {
            let (open, source) = pipe(pieces);
            drop(open);
            assert_eq!(read(source, after(20_000), after(20_000)), wanted);
        }
    }

    #[test]
    fn an_end_that_never_comes() {
        let (_open, source) = pipe(&[" {\"a\":", "{}}\n"]);
        assert_eq!(read(source, after(20_000), after(20_000)), Input::Whole(b" {\"a\":{}}\n".to_vec()));
        let (_open, source) = pipe(&["{\"a\":"]);
        assert_eq!(read(source, after(50), after(50)), Input::Unusable);
        let (_open, source) = pipe(&[]);
        assert_eq!(read(source, after(50), after(50)), Input::Unusable);
    }

    #[test]
    fn sixteen_megabytes_and_no_more() {
        let of = |bytes: u64| read(io::repeat(b'x').take(bytes), after(20_000), after(20_000));
        assert_eq!(of(MOST as u64), Input::Whole(vec![b'x'; MOST]));
        assert_eq!(of(MOST as u64 + 1), Input::Unusable);
    }
}
