//! Reading a body: no more than allowed, no longer than allowed, and of the kind that was asked for.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderMap};
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::Fault;

/// Bodies up to this size are as many as there are connections; larger ones need [`Larger`].
const SMALL: usize = 256 * 1024;

/// What a sender may still send of a body that nobody wants, so that it reads the answer instead of a reset.
const UNWANTED: usize = 64 * 1024 * 1024;
const UNWANTED_TIME: Duration = Duration::from_secs(2);

/// Room for bodies that are not small: bounds what all of them together take.
pub(super) type Larger = Arc<Semaphore>;

#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    pub bytes: usize,
    pub time: Duration,
}

/// A body, and its room for as long as it is kept.
pub(super) struct Received {
    pub bytes: Vec<u8>,
    pub room: Option<OwnedSemaphorePermit>,
}

pub(super) async fn read(body: &mut Incoming, limits: BodyLimits, larger: &Larger) -> Result<Received, Fault> {
    let said = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if said > limits.bytes {
        return Err(too_large(limits.bytes));
    }
    match tokio::time::timeout(limits.time, whole(body, said, limits.bytes, larger)).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => {
            let seconds = limits.time.as_secs_f32();
            let message = format!("the body did not come within {seconds} s");
            Err(Fault::new(StatusCode::REQUEST_TIMEOUT, "timeout", message))
        }
    }
}

async fn whole(body: &mut Incoming, said: usize, most: usize, larger: &Larger) -> Result<Received, Fault> {
    let mut received = Received { bytes: Vec::with_capacity(said.min(SMALL)), room: None };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::bad("the body ended before it was complete"))?;
        let Some(part) = frame.data_ref() else { continue };
        let length = received.bytes.len() + part.len();
        if length > most {
            return Err(too_large(most));
        }
        if length > SMALL && received.room.is_none() {
            let room = Arc::clone(larger).acquire_owned().await;
            received.room = Some(room.map_err(|_| Fault::internal())?);
        }
        received.bytes.extend_from_slice(part);
    }
    Ok(received)
}

fn too_large(most: usize) -> Fault {
    let message = format!("the body is larger than {most} bytes");
    Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
}

/// Forms and plain text come from any page without asking; JSON does not.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Fault> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let fits = media == "application/json" || (media.ends_with("+json") && media.contains('/'));
    if !fits {
        return Err(unsupported("the Content-Type must be application/json"));
    }
    match headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase()) {
        None => Ok(()),
        Some(coding) if coding.is_empty() || coding == b"identity" => Ok(()),
        Some(_) => Err(unsupported("the body must come as it is, without a Content-Encoding")),
    }
}

fn unsupported(message: &str) -> Fault {
    Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
}

/// `body` as `T`; what is wrong is named with its line and column.
pub(super) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::bad(format!("the body is not what is expected: {error}")))
}

/// Takes the rest of a refused body, within measure.
pub(super) async fn discard(body: &mut Incoming, headers: &HeaderMap) {
    // Who asks before sending is told no before sending.
    if body.is_end_stream() || headers.contains_key(EXPECT) {
        return;
    }
    let taken = async {
        let mut bytes = 0;
        while bytes < UNWANTED
            && let Some(Ok(frame)) = body.frame().await
        {
            bytes += frame.data_ref().map_or(0, hyper::body::Bytes::len);
        }
    };
    let _ = tokio::time::timeout(UNWANTED_TIME, taken).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_json() {
        for (content_type, coding, fits) in [
            ("application/json", None, true),
            ("Application/JSON; charset=utf-8", None, true),
            ("application/vnd.x+json", Some("identity"), true),
            ("application/json", Some("gzip"), false),
            ("text/plain", None, false),
            ("text/plain; application/json", None, false),
            ("application/x-www-form-urlencoded", None, false),
            ("multipart/form-data; boundary=x", None, false),
            ("application/jsonp", None, false),
            ("+json", None, false),
            ("", None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
            if let Some(coding) = coding {
                headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
            }
            assert_eq!(require_json(&headers).is_ok(), fits, "{content_type} {coding:?}");
        }
        assert!(require_json(&HeaderMap::new()).is_err());
    }
}
