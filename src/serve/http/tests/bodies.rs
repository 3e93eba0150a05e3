//! Hooks: what comes in whole, too large, too slow or broken, and what goes back.

use super::*;

const MOST: usize = 16 * 1024 * 1024;

#[tokio::test]
async fn an_event_reaches_the_backend_as_it_was_sent() {
    let house = House::open().await;
    let headers = format!(
        "{JSON}tma1-event-id: 0123456789abcdef0123456789abcdef\r\ntma1-at: 1700000000000\r\ntma1-process: 42:777\r\n\
         tma1-env: {{\"CLAUDE_PROJECT_DIR\":\"/w\"}}\r\n"
    );
    let body = br#"{"session_id":"s1","hook_event_name":"Stop"}"#;
    let path = "/api/hooks?source=claude_code&envelope=claude_code&event=Stop";
    assert_eq!(house.post_on_socket(path, &headers, body).await.status, 200);
    assert_eq!(house.post(path, &headers, body).await.status, 200);
    let want = Entry {
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        at: 1_700_000_000_000,
        source: "claude_code".to_owned(),
        envelope: Some("claude_code".to_owned()),
        event: Some("Stop".to_owned()),
        process: Some((42, 777)),
        hints: BTreeMap::from([("CLAUDE_PROJECT_DIR".to_owned(), "/w".to_owned())]),
        body: body.to_vec(),
    };
    let public = Entry { at: NOW, process: None, hints: BTreeMap::new(), ..want.clone() };
    assert_eq!(house.fake.entries(), [want, public]);
}

#[tokio::test]
async fn answers_come_back_in_their_form() {
    let house = House::open().await;
    let silent = house.post_json("/api/hooks", "{}").await;
    assert_eq!((silent.status, silent.text()), (200, ""));

    *house.fake.reply.lock().unwrap() = HookReply::Kept { body: "<tma1-context>\n".to_owned(), json: false };
    let text = house.post_json("/api/hooks", "{}").await;
    assert_eq!((text.header("content-type"), text.text()), ("text/plain; charset=utf-8", "<tma1-context>\n"));

    *house.fake.reply.lock().unwrap() = HookReply::Kept { body: "{\"a\":1}".to_owned(), json: true };
    let json = house.post_json("/api/hooks?envelope=codex", "{}").await;
    assert_eq!((json.header("content-type"), json.text()), ("application/json", "{\"a\":1}"));

    *house.fake.reply.lock().unwrap() = HookReply::NotKept;
    let refused = house.post_json("/api/hooks", "{}").await;
    assert_eq!((refused.fault(), refused.header("retry-after")), (fault(503, "not_kept"), "1"));
}

#[tokio::test]
async fn whatever_is_no_json_is_handed_on_all_the_same() {
    let house = House::open().await;
    for body in [&b"not json"[..], b"", b"\xff\xfe\x00", b"[[[[", b"5"] {
        assert_eq!(house.post("/api/hooks", JSON, body).await.status, 200);
    }
    let bodies: Vec<Vec<u8>> = house.fake.entries().into_iter().map(|entry| entry.body).collect();
    assert_eq!(bodies, [&b"not json"[..], b"", b"\xff\xfe\x00", b"[[[[", b"5"]);
}

#[tokio::test]
async fn sixteen_mebibytes_fit_and_one_byte_more_does_not() {
    let house = House::open().await;
    let body = vec![b' '; MOST + 1];
    let heard = house.post("/api/hooks", JSON, &body[..MOST]).await;
    assert_eq!((heard.status, house.fake.entries()[0].body.len()), (200, MOST));

    let told = house.post("/api/hooks", JSON, &body).await;
    assert_eq!(told.fault(), fault(413, "too_large"));
    let told = house.post("/api/query", JSON, &body).await;
    assert_eq!(told.fault(), fault(413, "too_large"));

    let begin = format!(
        "POST /api/hooks HTTP/1.1\r\nHost: {}\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        house.address,
        body.len()
    );
    let chunked = [begin.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    assert_eq!(house.tcp().await.ask(&chunked).await.fault(), fault(413, "too_large"));
    assert_eq!(house.fake.entries().len(), 1);
    assert_eq!(house.door.larger.available_permits(), house.door.limits.larger);
}

/// Clients that send all they have before they listen must hear the answer, not a reset.
#[tokio::test]
async fn far_too_much_is_still_answered() {
    let house = House::open().await;
    let body = vec![b' '; MOST + 4 * 1024 * 1024];
    assert_eq!(house.post("/api/hooks", JSON, &body).await.fault(), fault(413, "too_large"));
    assert_eq!(house.post("/api/hooks", "Content-Type: text/plain\r\n", &body).await.status, 415);
}

#[tokio::test]
async fn who_asks_before_sending_is_told_no_before_sending() {
    let house = House::open().await;
    let head = format!(
        "POST /api/hooks HTTP/1.1\r\nHost: {}\r\n{JSON}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        house.address,
        MOST + 1
    );
    assert_eq!(house.tcp().await.ask(head.as_bytes()).await.fault(), fault(413, "too_large"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let mut limits = Limits::default();
    limits.body.time = Duration::from_millis(50);
    let house = House::with(limits, None).await;
    let head =
        format!("POST /api/hooks HTTP/1.1\r\nHost: {}\r\n{JSON}Content-Length: 10\r\n\r\n{{\"a\"", house.address);
    assert_eq!(house.tcp().await.ask(head.as_bytes()).await.fault(), fault(408, "timeout"));
    assert_eq!(house.fake.entries(), []);
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_leaves_nothing() {
    let house = House::open().await;
    let mut line = house.tcp().await;
    let head = format!("POST /api/hooks HTTP/1.1\r\nHost: {}\r\n{JSON}Content-Length: 10\r\n\r\n{{", house.address);
    line.send(head.as_bytes()).await;
    drop(line);
    assert_eq!(house.post_json("/api/hooks", "{}").await.status, 200);
    assert_eq!(house.fake.entries().len(), 1);
}

#[tokio::test]
async fn garbage_harms_nobody() {
    let house = House::open().await;
    for garbage in
        [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0\0\0\0\r\n\r\n"]
    {
        let mut line = house.tcp().await;
        line.send(garbage).await;
        // The other end may have had enough before.
        let _ = line.io.shutdown().await;
        line.rest().await;
    }
    let long = format!("GET / HTTP/1.1\r\nHost: {}\r\nX: {}\r\n\r\n", house.address, "x".repeat(300_000));
    let mut line = house.tcp().await;
    // The answer may come, and the end of the connection, before all was sent.
    let _ = line.io.write_all(long.as_bytes()).await;
    let told = line.rest().await;
    assert!(told.is_empty() || told.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&told));
    assert_eq!(house.get("/health").await.status, 200);
}

#[tokio::test]
async fn one_connection_takes_many_requests() {
    let house = House::open().await;
    let mut line = house.unix().await;
    for n in 0..3 {
        let body = format!("{{\"n\":{n}}}");
        let request =
            format!("POST /api/hooks HTTP/1.1\r\nHost: tma1\r\n{JSON}Content-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(line.ask(request.as_bytes()).await.status, 200);
    }
    assert_eq!(house.fake.entries().len(), 3);
}

#[tokio::test]
async fn a_panic_is_one_answer_and_one_count() {
    let house = House::open().await;
    house.fake.broken.store(true, Ordering::SeqCst);
    let mut line = house.tcp().await;
    let request = format!("POST /api/hooks HTTP/1.1\r\nHost: {}\r\n{JSON}Content-Length: 2\r\n\r\n{{}}", house.address);
    let heard = line.ask(request.as_bytes()).await;
    assert_eq!(heard.fault(), fault(500, "internal"));
    assert!(!heard.text().contains("a bug"), "what a panic says is nobody's business");
    house.fake.broken.store(false, Ordering::SeqCst);
    assert_eq!(line.ask(request.as_bytes()).await.status, 200);
    assert_eq!(house.door.counts.panics.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let house = House::with(Limits { head: Duration::from_millis(50), ..Limits::default() }, None).await;
    let mut line = house.tcp().await;
    line.send(b"GET /health HTTP/1.1\r\n").await;
    line.rest().await;
}

#[tokio::test]
async fn connections_are_bounded() {
    let house = House::with(Limits { connections: 1, ..Limits::default() }, None).await;
    let mut first = house.tcp().await;
    let request = format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", house.address);
    assert_eq!(first.ask(request.as_bytes()).await.status, 200);
    let second = house.tcp().await.hear(false).await;
    assert_eq!((second.fault(), second.header("retry-after")), (fault(503, "busy"), "1"));
    assert_eq!(house.unix().await.ask(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.status, 200);
    drop(first);
    // The place is free as soon as the server has noticed.
    let again = async { while house.tcp().await.ask(request.as_bytes()).await.status != 200 {} };
    in_time("a free place", again).await;
}
