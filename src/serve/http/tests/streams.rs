//! The live stream: in order, resumable, without gap or duplicate, and no reader harms another.

use super::*;
use crate::model::{Agent, Fact, RawEvent, SessionId, SourceKind};
use crate::store::{Batch, Writer};

fn asked(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: tma1\r\n{headers}\r\n")
}

/// A stream that has begun.
async fn listen(house: &House, path: &str, headers: &str) -> Line<UnixStream> {
    let mut line = house.unix().await;
    line.send(asked(path, headers).as_bytes()).await;
    let heard = line.head().await;
    assert_eq!((heard.status, heard.header("content-type")), (200, "text/event-stream; charset=utf-8"));
    assert_eq!((heard.header("x-accel-buffering"), heard.header("cache-control")), ("no", "no-store"));
    line.up_to("retry: 2000\n\n\r\n").await;
    line
}

/// The ids that come, up to and with `last`.
async fn ids(line: &mut Line<UnixStream>, last: i64) -> Vec<i64> {
    let told = line.up_to(&format!("id: {last}\n")).await;
    told.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect()
}

fn store(house: &House, events: &[(u64, &str)]) {
    let mut batch = Batch::told(NOW);
    for (key, session) in events {
        batch.push(Fact::Event(RawEvent {
            session: Some(SessionId::new(Agent::ClaudeCode, session)),
            key: *key,
            at: NOW,
            source: SourceKind::Hook,
            event_type: "PreToolUse".to_owned(),
            tool: Some("Bash".to_owned()),
            payload: Some(format!("{{\"note\":\"says session_id other\",\"key\":{key}}}")),
            compaction: false,
        }));
    }
    Writer::open(house.dir.path()).unwrap().apply(batch).unwrap();
}

#[tokio::test]
async fn events_come_as_they_happen() {
    let house = House::open().await;
    let mut line = listen(&house, "/api/hooks/stream", "").await;
    house.fake.tell(1, "s1");
    house.fake.tell(2, "s2");
    let told = line.up_to("\"session_id\":\"s2\"}\n\n").await;
    assert!(told.contains("id: 1\ndata: {\"event_id\":1,\"session_id\":\"s1\"}\n\n"), "{told}");
    assert!(told.contains("id: 2\ndata: {\"event_id\":2,\"session_id\":\"s2\"}\n\n"), "{told}");
}

#[tokio::test]
async fn one_session_is_told_by_its_id_and_not_by_its_words() {
    let house = House::open().await;
    store(&house, &[(1, "mine"), (2, "other"), (3, "mine")]);
    let mut line = listen(&house, "/api/hooks/stream?session_id=mine&last_event_id=0", "").await;
    assert_eq!(ids(&mut line, 3).await, [1, 3]);
    house.fake.tell(4, "other mine");
    house.fake.tell(5, "mine");
    assert_eq!(ids(&mut line, 5).await, [5]);
}

#[tokio::test]
async fn a_reader_that_comes_back_gets_what_it_missed_once() {
    let house = House::open().await;
    store(&house, &[(1, "s"), (2, "s"), (3, "s"), (4, "s")]);
    let mut line = listen(&house, "/api/hooks/stream?last_event_id=0", "Last-Event-ID: 2\r\n").await;
    let told = line.up_to("id: 4\n").await;
    assert!(!told.contains("id: 2\n") && told.contains("id: 3\n"), "{told}");
    let data = line.up_to("\n\n").await;
    let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    let want = serde_json::json!({"event_id": 4, "agent_source": "claude_code", "ts": "2026-11-20T10:00:00Z", "key": 4,
        "session_id": "s", "hook_event_name": "PreToolUse", "tool_name": "Bash", "note": "says session_id other"});
    assert_eq!(data, want);
    // The sidecar tells of events that the look back had already found.
    for id in 3..=6 {
        house.fake.tell(id, "s");
    }
    assert_eq!(ids(&mut line, 6).await, [5, 6]);
}

#[tokio::test]
async fn a_number_of_another_store_hides_nothing() {
    let house = House::open().await;
    store(&house, &[(1, "s")]);
    let mut line = listen(&house, "/api/hooks/stream", "Last-Event-ID: 999\r\n").await;
    house.fake.tell(2, "s");
    assert_eq!(ids(&mut line, 2).await, [2]);
}

#[tokio::test]
async fn more_than_can_be_told_again_is_said_to_be_missed() {
    let house = House::open().await;
    let many: Vec<(u64, &str)> = (1..=1_003).map(|key| (key, "s")).collect();
    store(&house, &many);
    let mut line = listen(&house, "/api/hooks/stream?last_event_id=1", "").await;
    let told = line.up_to("id: 4\n").await;
    assert!(told.contains("event: missed\ndata: {\"missed\":2}\n\n") && !told.contains("id: 3\n"), "{told}");
    assert_eq!(ids(&mut line, 1_003).await, (5..=1_003).collect::<Vec<_>>());
}

#[tokio::test]
async fn without_a_store_there_is_nothing_to_look_back_at() {
    let house = House::open().await;
    let mut line = listen(&house, "/api/hooks/stream", "Last-Event-ID: 7\r\n").await;
    house.fake.tell(1, "s");
    assert_eq!(ids(&mut line, 1).await, [1]);
    let bad = house.unix().await.ask(asked("/api/hooks/stream?last_event_id=x", "").as_bytes()).await;
    assert_eq!(bad.fault(), fault(400, "bad_request"));
}

#[tokio::test]
async fn silence_is_broken_by_comments() {
    let house = House::with(Limits { heartbeat: Duration::from_millis(20), ..Limits::default() }, None).await;
    let mut line = listen(&house, "/api/hooks/stream", "").await;
    line.up_to(": still here\n\n").await;
    line.up_to(": still here\n\n").await;
}

#[tokio::test]
async fn streams_are_bounded_and_their_places_come_back() {
    let house = House::with(Limits { streams: 1, ..Limits::default() }, None).await;
    let first = listen(&house, "/api/hooks/stream", "").await;
    let second = house.unix().await.ask(asked("/api/hooks/stream", "").as_bytes()).await;
    assert_eq!((second.fault(), second.header("retry-after")), (fault(503, "busy"), "1"));
    drop(first);
    until("the place comes back", || house.door.streams.available_permits() == 1).await;
    listen(&house, "/api/hooks/stream", "").await;
}

/// Tells events that are too many for anybody who does not read, while `reader` reads each.
async fn flood(house: &House, reader: &mut Line<UnixStream>, from: i64, until: impl Fn(i64) -> bool) -> i64 {
    let session = "s".repeat(60_000);
    let mut id = from;
    while !until(id) {
        house.fake.tell(id, &session);
        ids(reader, id).await;
        id += 1;
    }
    id
}

#[tokio::test]
async fn a_slow_reader_is_told_what_it_missed() {
    let house = House::open().await;
    let mut slow = listen(&house, "/api/hooks/stream", "").await;
    let mut quick = listen(&house, "/api/hooks/stream", "").await;
    // Sixteen wait for it in the broadcast, the rest in buffers: a hundred of sixty kilobytes are more.
    let last = flood(&house, &mut quick, 1, |id| id > 150).await - 1;
    let told = slow.up_to("event: missed\ndata: {\"missed\":").await;
    let missed: i64 = slow.up_to("}").await.trim_end_matches('}').parse().unwrap();
    let before = told.lines().filter(|line| line.starts_with("id: ")).count();
    let after = ids(&mut slow, last).await;
    assert_eq!(
        i64::try_from(before + after.len()).unwrap() + missed,
        last,
        "{before} told, {missed} missed, {after:?}"
    );
    assert!(missed > 0 && after.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test]
async fn a_reader_that_never_reads_is_let_go() {
    let house = House::with(Limits { stall: Duration::from_millis(200), ..Limits::default() }, None).await;
    let mut silent = listen(&house, "/api/hooks/stream", "").await;
    let mut quick = listen(&house, "/api/hooks/stream", "").await;
    let before = house.door.limits.streams - 2;
    assert_eq!(house.door.streams.available_permits(), before);
    let let_go = |_| house.door.streams.available_permits() > before;
    let last = in_time("the silent one is let go", flood(&house, &mut quick, 1, let_go)).await;
    assert!(!silent.rest().await.ends_with(b"0\r\n\r\n"), "it was cut off");
    house.fake.tell(last, "s");
    assert_eq!(ids(&mut quick, last).await, [last]);
}
