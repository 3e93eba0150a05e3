//! `GET /api/hooks/stream`: what agents do, as it happens, as server-sent events that can be resumed.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::LiveEvent;
use super::ask::{self, WithoutStore};
use super::door::{Door, stopped};
use super::fault::Fault;
use super::params::Params;
use super::reply::{self, Reply};
use crate::answer::rfc3339;
use crate::store::{LiveRow, Replay, ReplayLimits};

const CONTENT_TYPE: &str = "text/event-stream; charset=utf-8";
/// Of what was missed, so much is told again.
const REPLAYED: ReplayLimits = ReplayLimits { rows: 1_000, bytes: 8 * 1024 * 1024 };
/// Events between the stream and its connection; what a reader lies behind beyond that waits in the broadcast.
const AHEAD: usize = 32;

/// The event as the stream tells it: its payload with its number, agent and time, and what the payload leaves out.
pub fn event_json(row: &LiveRow) -> LiveEvent {
    let kept = row.payload.as_deref().filter(|payload| !payload.is_empty());
    let mut fields = match kept.map(serde_json::from_str::<Value>) {
        None => Map::new(),
        Some(Ok(Value::Object(fields))) => fields,
        Some(Ok(other)) => std::iter::once(("payload".to_owned(), other)).collect(),
        // Cut in the middle.
        Some(Err(_)) => std::iter::once(("payload".to_owned(), kept.into())).collect(),
    };
    fields.insert("event_id".to_owned(), row.id.into());
    fields.insert("ts".to_owned(), rfc3339(row.at).into());
    if let Some(agent) = &row.agent {
        fields.insert("agent_source".to_owned(), agent.as_str().into());
    }
    for (name, known) in [
        ("session_id", row.session_id.as_deref()),
        ("hook_event_name", Some(row.event_type.as_str())),
        ("tool_name", row.tool.as_deref()),
    ] {
        if let Some(known) = known {
            fields.entry(name).or_insert_with(|| known.into());
        }
    }
    LiveEvent { id: row.id, session_id: row.session_id.clone(), data: Value::Object(fields).to_string() }
}

pub(super) async fn answer(
    door: &Arc<Door>,
    stop: watch::Receiver<bool>,
    headers: &HeaderMap,
    params: &Params,
    only_head: bool,
) -> Result<Reply, Fault> {
    let after = last_event(headers, params)?;
    let session = params.get("session_id").map(str::to_owned);
    let (out, feed) = mpsc::channel(AHEAD);
    if !only_head {
        let Ok(place) = Arc::clone(&door.streams).try_acquire_owned() else {
            return Err(Fault::busy(format!("{} streams are open, more are not served", door.limits.streams)));
        };
        // Listen first, look back then: what happens in between is seen twice, and told once.
        let live = listen(door).await?;
        let replay = match after {
            None => Replay::default(),
            Some(after) => missed(door, after, session.clone()).await?,
        };
        let heartbeat = door.limits.heartbeat;
        let stream = Stream { out, live, session, told: replay.newest, heartbeat, stop, _place: place };
        tokio::spawn(stream.run(replay));
    }
    let mut reply = reply::feed(CONTENT_TYPE, feed);
    reply.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(reply)
}

/// A browser that connects again names the last event it saw in the header; its URL stays as it was.
fn last_event(headers: &HeaderMap, params: &Params) -> Result<Option<i64>, Fault> {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    match header.and_then(|id| id.trim().parse::<i64>().ok()) {
        Some(id) => Ok(Some(id)),
        None => params.number("last_event_id", &(0..=i64::MAX)),
    }
}

/// Where to listen is asked of the store, too.
async fn listen(door: &Arc<Door>) -> Result<broadcast::Receiver<Arc<LiveEvent>>, Fault> {
    let backend = Arc::clone(&door.backend);
    let time = door.limits.question_time;
    let turn = ask::Turn { places: &door.questions, wait: time, time };
    ask::blocking(door, turn, move || Ok(backend.live())).await
}

async fn missed(door: &Arc<Door>, after: i64, session: Option<String>) -> Result<Replay, Fault> {
    ask::ask(door, WithoutStore::Empty, move |asker| {
        Ok(asker.store.missed_hook_events(after, session.as_deref(), REPLAYED)?)
    })
    .await
}

/// One reader.
struct Stream {
    out: mpsc::Sender<Bytes>,
    live: broadcast::Receiver<Arc<LiveEvent>>,
    session: Option<String>,
    /// Events up to this number were told, or looked at, when the reader came.
    told: i64,
    heartbeat: Duration,
    stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

/// The reader has left.
struct Gone;

impl Stream {
    async fn run(mut self, replay: Replay) {
        // Either way nobody reads on.
        let _ = self.tell_all(replay).await;
    }

    async fn tell_all(&mut self, replay: Replay) -> Result<(), Gone> {
        self.tell("retry: 2000\n\n").await?;
        if replay.left_out > 0 {
            self.tell(missed_frame(replay.left_out.unsigned_abs())).await?;
        }
        for row in &replay.rows {
            self.tell(frame(&event_json(row))).await?;
        }
        let mut heartbeat = interval_at(Instant::now() + self.heartbeat, self.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopped(&mut self.stop) => return Ok(()),
                () = self.out.closed() => return Err(Gone),
                _ = heartbeat.tick() => self.tell(": still here\n\n").await?,
                event = self.live.recv() => match event {
                    Ok(event) if self.is_wanted(&event) => self.tell(frame(&event)).await?,
                    Ok(_) => {}
                    Err(RecvError::Lagged(events)) => self.tell(missed_frame(events)).await?,
                    Err(RecvError::Closed) => return Ok(()),
                },
            }
        }
    }

    fn is_wanted(&self, event: &LiveEvent) -> bool {
        event.id > self.told && self.session.as_ref().is_none_or(|id| event.session_id.as_ref() == Some(id))
    }

    /// Waits while the reader is slow. One that never reads loses its connection, and `out` its other end.
    async fn tell(&self, text: impl Into<Bytes>) -> Result<(), Gone> {
        self.out.send(text.into()).await.map_err(|_| Gone)
    }
}

fn frame(event: &LiveEvent) -> String {
    let mut text = format!("id: {}\n", event.id);
    for line in event.data.split(['\n', '\r']).filter(|line| !line.is_empty()) {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

fn missed_frame(events: u64) -> String {
    format!("event: missed\ndata: {{\"missed\":{events}}}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(payload: Option<&str>) -> Value {
        let row = LiveRow {
            id: 7,
            at: 1_795_168_800_123,
            session_id: Some("s1".to_owned()),
            agent: Some("codex".to_owned()),
            event_type: "PreToolUse".to_owned(),
            tool: Some("Bash".to_owned()),
            payload: payload.map(str::to_owned),
        };
        let event = event_json(&row);
        assert_eq!((event.id, event.session_id.as_deref()), (7, Some("s1")));
        serde_json::from_str(&event.data).unwrap()
    }

    #[test]
    fn a_payload_is_told_with_what_it_leaves_out() {
        let known = json!({"event_id": 7, "agent_source": "codex", "ts": "2026-11-20T10:00:00Z", "session_id": "s1",
            "hook_event_name": "PreToolUse", "tool_name": "Bash"});
        let with = |more: Value| {
            let mut all = known.clone();
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        assert_eq!(told(None), known);
        assert_eq!(told(Some("")), known);
        assert_eq!(told(Some(r#"{"a":1,"event_id":"x"}"#)), with(json!({"a": 1})));
        assert_eq!(told(Some(r#"{"tool_name":"Read"}"#)), with(json!({"tool_name": "Read"})));
        assert_eq!(told(Some("[1]")), with(json!({"payload": [1]})));
        assert_eq!(told(Some("{\"a\":\"cu")), with(json!({"payload": "{\"a\":\"cu"})));
    }

    #[test]
    fn one_event_is_one_frame_whatever_its_lines() {
        let event = |data: &str| LiveEvent { id: 3, session_id: None, data: data.to_owned() };
        assert_eq!(frame(&event("{\"a\":1}")), "id: 3\ndata: {\"a\":1}\n\n");
        assert_eq!(frame(&event("{\r\n\"a\":1\n\n}")), "id: 3\ndata: {\ndata: \"a\":1\ndata: }\n\n");
    }
}
