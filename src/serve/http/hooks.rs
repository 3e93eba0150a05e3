//! `POST /api/hooks`: an agent's event goes in, and what there is to say to the agent comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::HeaderMap;

use super::HookReply;
use super::body;
use super::door::Door;
use super::fault::Fault;
use super::guard::Way;
use super::params::Params;
use super::reply::{self, Reply};
use crate::spool::Entry;

/// Whose hooks are meant where nobody says.
const USUAL: &str = "claude_code";
/// Of names in the URL.
const LONGEST_NAME: usize = 64;

pub(super) async fn answer(
    door: &Arc<Door>,
    way: Way,
    headers: &HeaderMap,
    params: &Params,
    body: &mut Incoming,
) -> Result<Reply, Fault> {
    let received = body::read(body, door.limits.body, &door.larger).await?;
    let mut entry = entry(way, headers, params, door.settings.clock.now_ms())?;
    entry.body = received.bytes;
    let answered = door.backend.hook(entry).await;
    drop(received.room);
    match answered {
        HookReply::Kept { body, json } => {
            let content_type = if json { reply::JSON } else { "text/plain; charset=utf-8" };
            Ok(reply::whole(StatusCode::OK, content_type, body))
        }
        HookReply::NotKept => Err(Fault::not_kept()),
    }
}

/// Everything but the body. What only our own client can know is believed only on the socket.
fn entry(way: Way, headers: &HeaderMap, params: &Params, now: i64) -> Result<Entry, Fault> {
    let ours = |name| headers.get(name).filter(|_| way == Way::Unix).and_then(|value| value.to_str().ok());
    let id = headers.get("tma1-event-id").and_then(|value| value.to_str().ok()).and_then(event_id);
    let name = |name| params.get(name).map(short);
    Ok(Entry {
        id: id.map_or_else(fresh_id, Ok)?,
        at: ours("tma1-at").and_then(|at| at.parse().ok()).filter(|at| *at > 0).unwrap_or(now),
        source: name("source").unwrap_or_else(|| USUAL.to_owned()),
        envelope: name("envelope"),
        event: name("event"),
        process: ours("tma1-process").and_then(process),
        hints: ours("tma1-env").and_then(|env| serde_json::from_str(env).ok()).unwrap_or_else(BTreeMap::new),
        body: Vec::new(),
    })
}

fn short(name: &str) -> String {
    name[..name.floor_char_boundary(LONGEST_NAME)].to_owned()
}

fn event_id(given: &str) -> Option<String> {
    (given.len() == 32 && given.bytes().all(|b| b.is_ascii_hexdigit())).then(|| given.to_ascii_lowercase())
}

fn fresh_id() -> Result<String, Fault> {
    random().map(|bytes| format!("{:032x}", u128::from_ne_bytes(bytes)))
}

pub(super) fn random() -> Result<[u8; 16], Fault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Fault::internal())?;
    Ok(bytes)
}

/// `pid:started`.
fn process(text: &str) -> Option<(u32, u64)> {
    let (pid, started) = text.split_once(':')?;
    Some((pid.parse().ok()?, started.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_socket_is_believed() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("tma1-event-id", "00112233445566778899AABBCCDDEEFF"),
            ("tma1-at", "1700000000000"),
            ("tma1-process", "42:777"),
            ("tma1-env", r#"{"CLAUDE_PROJECT_DIR":"/w/app"}"#),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let params = Params::parse(Some("source=codex&envelope=codex&event=Stop"));
        let told = entry(Way::Unix, &headers, &params, 5).unwrap();
        let want = Entry {
            id: "00112233445566778899aabbccddeeff".to_owned(),
            at: 1_700_000_000_000,
            source: "codex".to_owned(),
            envelope: Some("codex".to_owned()),
            event: Some("Stop".to_owned()),
            process: Some((42, 777)),
            hints: [("CLAUDE_PROJECT_DIR".to_owned(), "/w/app".to_owned())].into(),
            body: Vec::new(),
        };
        assert_eq!(told, want);
        let public = entry(Way::Tcp { public: false }, &headers, &params, 5).unwrap();
        assert_eq!(public, Entry { at: 5, process: None, hints: BTreeMap::new(), ..want });
    }

    #[test]
    fn nothing_told_means_now_and_the_usual_agent() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("tma1-event-id", "xyz"), ("tma1-at", "soon"), ("tma1-process", "42"), ("tma1-env", "[1]")]
        {
            headers.insert(name, value.parse().unwrap());
        }
        let long = format!("source={}", "ü".repeat(100));
        let first = entry(Way::Unix, &headers, &Params::parse(Some(&long)), 5).unwrap();
        assert_eq!((first.source.len(), first.at, first.process), (64, 5, None));
        let second = entry(Way::Unix, &headers, &Params::default(), 5).unwrap();
        assert_eq!((second.source.as_str(), second.envelope, second.event), ("claude_code", None, None));
        assert!(first.id != second.id && event_id(&first.id) == Some(first.id.clone()), "{}", first.id);
    }
}
