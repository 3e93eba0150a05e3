//! `GET /`: the status page, one file under a policy that lets nothing else in.

use std::fmt::Write as _;

use hyper::StatusCode;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue};

use super::fault::Fault;
use super::hooks::random;
use super::reply::{self, Reply};

const PAGE: &str = include_str!("page/index.html");
/// Stands in the page where its script and its style name the number of this answer.
const NONCE: &str = "__NONCE__";

pub(super) fn answer() -> Result<Reply, Fault> {
    let mut nonce = String::with_capacity(32);
    for byte in random()? {
        let _ = write!(nonce, "{byte:02x}");
    }
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).map_err(|_| Fault::internal())?;
    let mut reply = reply::whole(StatusCode::OK, "text/html; charset=utf-8", PAGE.replace(NONCE, &nonce));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    Ok(reply)
}
