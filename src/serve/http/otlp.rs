//! `POST /v1/logs`, `/v1/traces`, `/v1/metrics`: OpenTelemetry over HTTP, in both its forms, packed or not.

use std::io::{Cursor, Read};
use std::sync::Arc;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};

use super::body;
use super::door::Door;
use super::fault::Fault;
use super::reply::{self, Reply};
use super::{TelemetryPost, TelemetryReply};
use crate::model::Signal;

const PROTOBUF: &str = "application/x-protobuf";
/// Seconds until a sender should try again.
const LATER: u32 = 2;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Deflate,
}

pub(super) fn signal(name: &str) -> Option<Signal> {
    Some(match name {
        "logs" => Signal::Logs,
        "traces" => Signal::Traces,
        "metrics" => Signal::Metrics,
        _ => return None,
    })
}

pub(super) async fn answer(
    door: &Arc<Door>,
    signal: Signal,
    headers: &HeaderMap,
    body: &mut Incoming,
) -> Result<Reply, Fault> {
    let json = is_json(headers)?;
    let packing = packing(headers)?;
    let most = door.limits.body.bytes;
    let mut received = body::read(body, door.limits.body, &door.larger).await?;
    if packing != Packing::Plain {
        // However small it came, it may need the room of a large one.
        if received.room.is_none() {
            let room = Arc::clone(&door.larger).acquire_owned().await;
            received.room = Some(room.map_err(|_| Fault::internal())?);
        }
        let packed = std::mem::take(&mut received.bytes);
        let unpacked = tokio::task::spawn_blocking(move || unpacked(&packed, packing, most));
        received.bytes = unpacked.await.map_err(|_| Fault::internal())??;
    }
    let post = TelemetryPost { signal, json, body: received.bytes };
    let answered = door.backend.telemetry(post).await;
    drop(received.room);
    let form = if json { reply::JSON } else { PROTOBUF };
    Ok(match answered {
        TelemetryReply::Taken(body) => reply::whole(StatusCode::OK, form, body),
        TelemetryReply::Unreadable(body) => reply::whole(StatusCode::BAD_REQUEST, form, body),
        TelemetryReply::NotNow(body) => {
            let mut reply = reply::whole(StatusCode::SERVICE_UNAVAILABLE, form, body);
            reply.headers_mut().insert(RETRY_AFTER, LATER.into());
            reply
        }
    })
}

/// Of the two forms. Neither is one that a page may send without asking.
fn is_json(headers: &HeaderMap) -> Result<bool, Fault> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        reply::JSON => Ok(true),
        PROTOBUF => Ok(false),
        _ => Err(unsupported("the Content-Type must be application/x-protobuf or application/json")),
    }
}

fn packing(headers: &HeaderMap) -> Result<Packing, Fault> {
    let coding = headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase()).unwrap_or_default();
    match coding.as_slice() {
        b"" | b"identity" => Ok(Packing::Plain),
        b"gzip" | b"x-gzip" => Ok(Packing::Gzip),
        b"deflate" => Ok(Packing::Deflate),
        _ => Err(unsupported("the Content-Encoding must be gzip, deflate or identity")),
    }
}

fn unsupported(message: &str) -> Fault {
    Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
}

/// Ends where it becomes more than `most`: what is packed says nothing of how much is in it.
fn unpacked(packed: &[u8], packing: Packing, most: usize) -> Result<Vec<u8>, Fault> {
    let packed = Cursor::new(packed);
    let read = |mut from: Box<dyn Read + '_>| {
        let mut bytes = Vec::new();
        from.by_ref().take(most as u64 + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let outcome = match packing {
        Packing::Plain => read(Box::new(packed)),
        Packing::Gzip => read(Box::new(MultiGzDecoder::new(packed))),
        // By the book it has a frame; some senders leave that out.
        Packing::Deflate if framed(packed.get_ref()) => read(Box::new(ZlibDecoder::new(packed))),
        Packing::Deflate => read(Box::new(DeflateDecoder::new(packed))),
    };
    match outcome {
        Ok(bytes) if bytes.len() > most => {
            let message = format!("the body is larger than {most} bytes once unpacked");
            Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message))
        }
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(Fault::bad(format!("the body can't be unpacked: {error}"))),
    }
}

/// Whether it begins as RFC 1950 wants it.
fn framed(packed: &[u8]) -> bool {
    let [method, flags, ..] = packed else { return false };
    method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)).is_multiple_of(31)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const MOST: usize = 1000;

    fn packed(packing: Packing, bytes: &[u8]) -> Vec<u8> {
        match packing {
            Packing::Plain => bytes.to_vec(),
            Packing::Gzip => {
                let mut to = GzEncoder::new(Vec::new(), Compression::best());
                to.write_all(bytes).unwrap();
                to.finish().unwrap()
            }
            Packing::Deflate => {
                let mut to = ZlibEncoder::new(Vec::new(), Compression::best());
                to.write_all(bytes).unwrap();
                to.finish().unwrap()
            }
        }
    }

    #[test]
    fn what_is_packed_comes_out_up_to_the_limit() {
        for packing in [Packing::Plain, Packing::Gzip, Packing::Deflate] {
            let fits = vec![b'x'; MOST];
            assert_eq!(unpacked(&packed(packing, &fits), packing, MOST).unwrap(), fits);
            let fault = unpacked(&packed(packing, &vec![b'x'; MOST + 1]), packing, MOST).unwrap_err();
            assert_eq!(fault.status, StatusCode::PAYLOAD_TOO_LARGE, "{packing:?}");
        }
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
        bare.write_all(b"without a frame").unwrap();
        assert_eq!(unpacked(&bare.finish().unwrap(), Packing::Deflate, MOST).unwrap(), b"without a frame");
        let twice = [packed(Packing::Gzip, b"one "), packed(Packing::Gzip, b"two")].concat();
        assert_eq!(unpacked(&twice, Packing::Gzip, MOST).unwrap(), b"one two");
    }

    #[test]
    fn what_is_broken_is_said() {
        for packing in [Packing::Gzip, Packing::Deflate] {
            let whole = packed(packing, b"some text that is packed");
            for bytes in [&whole[..whole.len() / 2], &b"\x1f\x8bnothing of the kind"[..]] {
                assert_eq!(unpacked(bytes, packing, MOST).unwrap_err().status, StatusCode::BAD_REQUEST);
            }
        }
    }

    #[test]
    fn types_and_codings_are_known_in_any_spelling() {
        let of = |name: hyper::header::HeaderName, value: &str| HeaderMap::from_iter([(name, value.parse().unwrap())]);
        for (media, want) in [
            ("application/json", Some(true)),
            ("Application/X-Protobuf", Some(false)),
            ("application/json; charset=utf-8", Some(true)),
            ("application/grpc", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(is_json(&of(CONTENT_TYPE, media)).ok(), want, "{media}");
        }
        assert!(is_json(&HeaderMap::new()).is_err());
        for (coding, want) in [
            ("GZIP", Some(Packing::Gzip)),
            ("deflate", Some(Packing::Deflate)),
            ("identity", Some(Packing::Plain)),
            ("br", None),
        ] {
            assert_eq!(packing(&of(CONTENT_ENCODING, coding)).ok(), want, "{coding}");
        }
        assert_eq!(packing(&HeaderMap::new()).ok(), Some(Packing::Plain));
    }
}
