//! Which path is which question, and what holds for all of them.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use tokio::sync::watch;

use super::contained::Contained;
use super::door::{Counts, Door};
use super::fault::Fault;
use super::guard::Way;
use super::params::{self, Params};
use super::reply::{self, Reply};
use super::{body, health, hooks, otlp, own, page, query, questions, settings, stream};
use crate::model::Signal;

/// Everything that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Endpoint {
    Page,
    Health,
    Status,
    Metrics,
    Hooks,
    Telemetry(Signal),
    Stream,
    Query,
    Now,
    Sessions,
    Session(String),
    Messages(String),
    Actions(String),
    Usage,
    Search,
    Anomalies,
    Budget,
    FollowRate,
    Settings,
    Sidecar,
    Import,
    Shutdown,
}

impl Endpoint {
    /// A session's id may hold anything; it is decoded after the path is cut.
    fn at(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        Some(match parts.as_slice() {
            [""] => Self::Page,
            ["health"] => Self::Health,
            ["status"] => Self::Status,
            ["metrics"] => Self::Metrics,
            ["v1", name] | ["v1", "otlp", "v1", name] => Self::Telemetry(otlp::signal(name)?),
            ["api", rest @ ..] => match rest {
                ["hooks"] => Self::Hooks,
                ["hooks", "stream"] => Self::Stream,
                ["query"] => Self::Query,
                ["now"] => Self::Now,
                ["sessions"] => Self::Sessions,
                ["sessions", id] => Self::Session(session(id)?),
                ["sessions", id, "messages"] => Self::Messages(session(id)?),
                ["sessions", id, "actions"] => Self::Actions(session(id)?),
                ["usage"] => Self::Usage,
                ["search"] => Self::Search,
                ["anomalies"] => Self::Anomalies,
                ["anomalies", "budget"] => Self::Budget,
                ["anomalies", "follow-rate"] => Self::FollowRate,
                ["settings"] => Self::Settings,
                ["sidecar"] => Self::Sidecar,
                ["import"] => Self::Import,
                ["shutdown"] => Self::Shutdown,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn is_posted(&self) -> bool {
        matches!(self, Self::Hooks | Self::Telemetry(_) | Self::Query | Self::Import | Self::Shutdown)
    }

    fn takes_json(&self, method: &Method) -> bool {
        let changes = *self == Self::Settings && method != Method::GET && method != Method::HEAD;
        changes || matches!(self, Self::Hooks | Self::Query | Self::Import)
    }

    fn takes(&self, method: &Method) -> Result<(), Fault> {
        let settings = *self == Self::Settings;
        match (self.is_posted(), method) {
            (true, &Method::POST) | (false, &Method::GET | &Method::HEAD) => Ok(()),
            // `POST` is for those who know no other way of sending.
            (false, &Method::PATCH | &Method::PUT | &Method::POST) if settings => Ok(()),
            (false, _) if settings => Err(Fault::method_not_allowed("GET, HEAD, PATCH, PUT, POST")),
            (true, _) => Err(Fault::method_not_allowed("POST")),
            (false, _) => Err(Fault::method_not_allowed("GET, HEAD")),
        }
    }
}

/// A blank name would mean "your own" to some questions.
fn session(id: &str) -> Option<String> {
    Some(params::decoded(id, false)).filter(|id| !id.trim().is_empty())
}

/// Answers one request, whatever happens.
pub(super) async fn handle(
    door: &Arc<Door>,
    way: Way,
    stop: watch::Receiver<bool>,
    request: Request<Incoming>,
) -> Reply {
    Counts::add(&door.counts.requests);
    let (head, mut body) = request.into_parts();
    let mut reply = match Contained::new(answer(door, way, stop, &head, &mut body)).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(fault)) => {
            if fault.status == StatusCode::REQUEST_TIMEOUT {
                fault.reply()
            } else {
                body::discard(&mut body, &head.headers).await;
                fault.reply()
            }
        }
        Err(_panicked) => {
            Counts::add(&door.counts.panics);
            Fault::internal().reply()
        }
    };
    reply::finish(&mut reply);
    if head.method == Method::HEAD { reply::only_head(reply) } else { reply }
}

async fn answer(
    door: &Arc<Door>,
    way: Way,
    stop: watch::Receiver<bool>,
    head: &Parts,
    body: &mut Incoming,
) -> Result<Reply, Fault> {
    let params = Params::parse(head.uri.query());
    let endpoint = Endpoint::at(head.uri.path());
    let open = endpoint == Some(Endpoint::Health);
    if let Err(fault) = door.rules(way).check(head, &params, open) {
        Counts::add(&door.counts.refused);
        return Err(fault);
    }
    let Some(endpoint) = endpoint else {
        let path = params::shown(head.uri.path());
        return Err(Fault::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {path}")));
    };
    endpoint.takes(&head.method)?;
    if endpoint.takes_json(&head.method) {
        body::require_json(&head.headers)?;
    }
    match endpoint {
        Endpoint::Page => page::answer(),
        Endpoint::Health => Ok(health::health()),
        Endpoint::Status => health::report(door).await,
        Endpoint::Metrics => health::metrics(door).await,
        Endpoint::Hooks => hooks::answer(door, way, &head.headers, &params, body).await,
        Endpoint::Telemetry(signal) => otlp::answer(door, signal, &head.headers, body).await,
        Endpoint::Stream => stream::answer(door, stop, &head.headers, &params, head.method == Method::HEAD).await,
        Endpoint::Query => query::answer(door, body).await,
        Endpoint::Now => questions::now(door).await,
        Endpoint::Sessions => questions::sessions(door, &params).await,
        Endpoint::Session(id) => questions::session(door, &id).await,
        Endpoint::Messages(id) => questions::messages(door, &id, &params).await,
        Endpoint::Actions(id) => questions::actions(door, &id, &params).await,
        Endpoint::Usage => questions::usage(door, &params).await,
        Endpoint::Search => questions::search(door, &params).await,
        Endpoint::Anomalies => questions::anomalies(door, &params).await,
        Endpoint::Budget => questions::budget(door, &params).await,
        Endpoint::FollowRate => questions::follow_rate(door, &params).await,
        Endpoint::Settings if endpoint.takes_json(&head.method) => settings::change(door, way, body).await,
        Endpoint::Settings => settings::settings(door).await,
        Endpoint::Sidecar => Ok(own::sidecar(door)),
        Endpoint::Import => own::import(door, way, body).await,
        Endpoint::Shutdown => own::shutdown(door, way),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_before_they_are_decoded() {
        for (path, want) in [
            ("/", Some(Endpoint::Page)),
            ("/api/hooks/stream", Some(Endpoint::Stream)),
            ("/api/sessions/a%2Fb+c", Some(Endpoint::Session("a/b+c".to_owned()))),
            ("/api/sessions/a/messages", Some(Endpoint::Messages("a".to_owned()))),
            ("/api/sessions//messages", None),
            ("/api/sessions/", None),
            ("/api/sessions/a/b", None),
            ("/index.html", None),
            ("//", None),
            ("/v1/logs", Some(Endpoint::Telemetry(Signal::Logs))),
            ("/v1/otlp/v1/metrics", Some(Endpoint::Telemetry(Signal::Metrics))),
            ("/v1/logs/", None),
            ("/v1/profiles", None),
            ("/health/", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(Endpoint::at(path), want, "{path}");
        }
    }
}
