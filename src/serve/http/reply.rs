//! What goes back: a whole body or a feed of lines, under the headers that every answer has.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;
use tokio::sync::mpsc;

pub(super) type Reply = Response<Payload>;

/// Of one answer.
pub(super) enum Payload {
    Whole(Bytes),
    /// Ends when its sender is gone; to drop it tells the sender.
    Feed(mpsc::Receiver<Bytes>),
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Feed(feed) => feed.poll_recv(context).map(|part| part.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Feed(_) => SizeHint::default(),
        }
    }
}

pub(super) fn whole(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    of(status, content_type, Payload::Whole(body.into()))
}

pub(super) fn feed(content_type: &'static str, feed: mpsc::Receiver<Bytes>) -> Reply {
    of(StatusCode::OK, content_type, Payload::Feed(feed))
}

fn of(status: StatusCode, content_type: &'static str, payload: Payload) -> Reply {
    let mut reply = Response::new(payload);
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

pub(super) const JSON: &str = "application/json";

pub(super) fn json<T: Serialize>(status: StatusCode, body: &T) -> Reply {
    match serde_json::to_vec(body) {
        Ok(body) => whole(status, JSON, body),
        // Only maps with keys that are no text can't be written; there are none.
        Err(_) => whole(StatusCode::INTERNAL_SERVER_ERROR, JSON, &b"{\"error\":{\"code\":\"internal\"}}"[..]),
    }
}

pub(super) fn ok<T: Serialize>(body: &T) -> Reply {
    json(StatusCode::OK, body)
}

/// Nobody else's page may use an answer, nothing keeps one, and no path with a token in it is told on.
pub(super) fn finish(reply: &mut Reply) {
    const ALWAYS: [(HeaderName, &str); 4] = [
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in ALWAYS {
        reply.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// The same headers without the body.
pub(super) fn only_head(reply: Reply) -> Reply {
    let (mut head, payload) = reply.into_parts();
    if let Some(length) = payload.size_hint().exact() {
        head.headers.insert(CONTENT_LENGTH, length.into());
    }
    Response::from_parts(head, Payload::Whole(Bytes::new()))
}
