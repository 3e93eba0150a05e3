//! Who is answered, how, and who is not.

use super::*;

const FOREIGN: &[(&str, &str)] = &[
    ("Host: evil.example:PORT\r\n", "forbidden_host"),
    ("Host: 127.0.0.1.nip.io:PORT\r\n", "forbidden_host"),
    ("Host: localhost:1\r\n", "forbidden_host"),
    ("", "forbidden_host"),
    ("Host: localhost:PORT\r\nHost: evil.example\r\n", "forbidden_host"),
    ("Host: localhost:PORT\r\nOrigin: http://evil.example\r\n", "forbidden_origin"),
    ("Host: localhost:PORT\r\nOrigin: http://localhost:3000\r\n", "forbidden_origin"),
    ("Host: localhost:PORT\r\nOrigin: https://localhost:PORT\r\n", "forbidden_origin"),
    ("Host: localhost:PORT\r\nOrigin: null\r\n", "forbidden_origin"),
    ("Host: localhost:PORT\r\nSec-Fetch-Site: cross-site\r\n", "forbidden_origin"),
];

#[tokio::test]
async fn foreign_pages_and_rebound_names_are_refused_everywhere() {
    let house = House::open().await;
    let port = house.address.port().to_string();
    for (headers, code) in FOREIGN {
        let headers = headers.replace("PORT", &port);
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/health"),
            ("GET", "/api/hooks/stream"),
            ("GET", "/no/such/path"),
            ("POST", "/api/hooks"),
            ("POST", "/api/query"),
            ("OPTIONS", "/api/query"),
        ] {
            let request = format!("{method} {path} HTTP/1.1\r\n{headers}{JSON}Content-Length: 2\r\n\r\n{{}}");
            let heard = house.tcp().await.ask(request.as_bytes()).await;
            assert_eq!(heard.fault(), fault(403, code), "{request}");
        }
    }
    assert_eq!(house.fake.entries(), []);
    assert_eq!(house.door.counts.refused.load(Ordering::SeqCst), (FOREIGN.len() * 7) as u64);
}

#[tokio::test]
async fn our_own_page_and_local_scripts_are_answered() {
    let house = House::open().await;
    let port = house.address.port();
    for headers in [
        format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\nSec-Fetch-Site: same-origin\r\n"),
        format!("Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"),
        format!("Host: [::1]:{port}\r\n"),
        format!("Host: localhost:{port}\r\nSec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n"),
    ] {
        let request = format!("GET /health HTTP/1.1\r\n{headers}\r\n");
        let heard = house.tcp().await.ask(request.as_bytes()).await;
        assert_eq!((heard.status, heard.text()), (200, r#"{"status":"ok"}"#), "{request}");
    }
}

#[tokio::test]
async fn what_a_form_can_send_is_no_json() {
    let house = House::open().await;
    for content_type in [
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
        "",
    ] {
        for path in ["/api/hooks", "/api/query"] {
            let heard = house.post(path, content_type, br#"{"sql":"SELECT 1"}"#).await;
            assert_eq!(heard.fault(), fault(415, "unsupported_media_type"), "{path} {content_type}");
        }
        let heard = house.post_on_socket("/api/hooks", content_type, b"{}").await;
        assert_eq!(heard.fault(), fault(415, "unsupported_media_type"), "{content_type}");
    }
    assert_eq!(house.fake.entries(), []);
    let charset = "Content-Type: application/json; charset=utf-8\r\n";
    assert_eq!(house.post("/api/hooks", charset, b"{}").await.status, 200);
}

#[tokio::test]
async fn the_socket_takes_any_host_and_still_no_foreign_origin() {
    let house = House::open().await;
    let heard = house.unix().await.ask(b"GET /health HTTP/1.1\r\nHost: tma1\r\n\r\n").await;
    assert_eq!(heard.status, 200);
    let request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n";
    assert_eq!(house.unix().await.ask(request).await.fault(), fault(403, "forbidden_origin"));
    let request = b"GET /health HTTP/1.1\r\nHost: tma1\r\nOrigin: http://localhost\r\n\r\n";
    assert_eq!(house.unix().await.ask(request).await.fault(), fault(403, "forbidden_host"));
}

#[tokio::test]
async fn a_token_opens_everything_but_health() {
    let house = House::with(Limits::default(), Some("s3cret")).await;
    assert_eq!(house.get("/health").await.status, 200);
    for path in ["/", "/metrics", "/status", "/api/sessions", "/api/hooks/stream", "/no/such/path"] {
        let heard = house.get(path).await;
        assert_eq!(heard.fault(), fault(401, "unauthorized"), "{path}");
        assert_eq!(heard.header("www-authenticate"), "Bearer");
        assert_eq!(house.get_with(path, "Authorization: Bearer s3cre\r\n").await.status, 401, "{path}");
    }
    assert_eq!(house.get_with("/api/sessions", "Authorization: Bearer s3cret\r\n").await.status, 200);
    assert_eq!(house.get("/?token=s3cret").await.status, 200);
    assert_eq!(house.post_json("/api/hooks", "{}").await.status, 401);
    assert_eq!(house.post_json("/api/hooks?token=s3cret", "{}").await.status, 200);
    assert_eq!(house.post_on_socket("/api/hooks", JSON, b"{}").await.status, 200);
}

#[tokio::test]
async fn methods_and_paths_are_told_apart() {
    let house = House::open().await;
    let ask = async |method: &str, path: &str| {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n", house.address);
        house.tcp().await.ask(request.as_bytes()).await
    };
    for (method, path, allow) in [
        ("GET", "/api/hooks", "POST"),
        ("HEAD", "/api/query", "POST"),
        ("OPTIONS", "/api/query", "POST"),
        ("DELETE", "/api/sessions", "GET, HEAD"),
        ("POST", "/", "GET, HEAD"),
        ("BREW", "/status", "GET, HEAD"),
    ] {
        let heard = ask(method, path).await;
        assert_eq!((heard.status, heard.header("allow")), (405, allow), "{method} {path}");
    }
    for path in ["/api", "/api/", "/index.html", "/../etc/passwd", "/api/sessions/", "/API/sessions", "/v1/x"] {
        assert_eq!(house.get(path).await.fault(), fault(404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let house = House::open().await;
    for path in ["/health", "/api/sessions", "/metrics", "/no/such/path", "/"] {
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", house.address);
        let mut line = house.tcp().await;
        let heard = line.ask(request.as_bytes()).await;
        assert_eq!(line.rest().await, b"", "{path}");
        let got = house.get(path).await;
        assert_eq!((heard.status, heard.header("content-type")), (got.status, got.header("content-type")), "{path}");
        if path != "/metrics" {
            assert_eq!(heard.header("content-length"), got.body.len().to_string(), "{path}");
        }
    }
    let request = format!("HEAD /api/hooks/stream HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", house.address);
    let mut line = house.tcp().await;
    let heard = line.ask(request.as_bytes()).await;
    assert_eq!((heard.status, heard.header("content-type")), (200, "text/event-stream; charset=utf-8"));
    assert_eq!(line.rest().await, b"");
    assert_eq!(house.door.streams.available_permits(), house.door.limits.streams);
}

#[tokio::test]
async fn every_answer_says_that_it_is_nobody_elses() {
    let house = House::open().await;
    for path in ["/", "/health", "/status", "/metrics", "/api/sessions", "/api/sessions/x", "/api/hooks", "/nothing"] {
        let heard = house.get(path).await;
        assert_eq!(heard.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(heard.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(heard.header("cache-control"), "no-store", "{path}");
        assert_eq!(heard.header("referrer-policy"), "no-referrer", "{path}");
        assert!(heard.headers.keys().all(|name| !name.starts_with("access-control")), "{path}");
    }
}

#[tokio::test]
async fn the_page_comes_with_a_policy_of_its_own_number() {
    let house = House::open().await;
    let (first, second) = (house.get("/").await, house.get("/").await);
    assert_eq!(first.header("content-type"), "text/html; charset=utf-8");
    assert!(!first.text().contains("__NONCE__"));
    let nonce = |heard: &Heard| {
        let policy = heard.header("content-security-policy").to_owned();
        for part in [
            "default-src 'none'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        let (_, rest) = policy.split_once("script-src 'nonce-").unwrap();
        rest.split_once('\'').unwrap().0.to_owned()
    };
    assert_eq!(nonce(&first).len(), 32);
    assert_ne!(nonce(&first), nonce(&second));
    for element in ["<script", "<style"] {
        for (at, _) in first.text().match_indices(element) {
            let rest = &first.text()[at + element.len()..];
            assert!(rest.starts_with(&format!(" nonce=\"{}\"", nonce(&first))), "{element} has no number");
        }
    }
}

#[tokio::test]
async fn orders_to_the_sidecar_are_taken_on_the_socket_only() {
    let house = House::open().await;
    for (path, body) in [("/api/import", "{}"), ("/api/shutdown", "")] {
        assert_eq!(house.post_json(path, body).await.fault(), fault(403, "forbidden"), "{path}");
    }
    assert!(!*house.stop.borrow() && house.fake.orders.lock().unwrap().is_empty());

    let sidecar = house.get("/api/sidecar").await.json();
    assert_eq!(
        (&sidecar["pid"], &sidecar["counters"]["hooks_received"], &sidecar["address"]),
        (&42.into(), &7.into(), &Value::Null)
    );

    let order = br#"{"agent":"codex","since_ms":5}"#;
    let heard = house.post_on_socket("/api/import", JSON, order).await;
    assert_eq!(heard.header("content-type"), "application/x-ndjson");
    assert_eq!(heard.text(), "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n");
    let want = ImportOrder { agent: Some("codex".to_owned()), since_ms: Some(5), ..ImportOrder::default() };
    assert_eq!(*house.fake.orders.lock().unwrap(), [want]);
    let heard = house.post_on_socket("/api/import", JSON, b"{\"agent\":").await;
    assert_eq!(heard.fault(), fault(400, "bad_request"));
    assert!(heard.text().contains("line 1 column 9"), "{}", heard.text());
}

#[tokio::test]
async fn an_import_ends_when_nobody_listens() {
    let house = House::open().await;
    house.fake.endless.store(true, Ordering::SeqCst);
    let mut line = house.unix().await;
    line.send(&posted("/api/import", "tma1", JSON, b"{}")).await;
    line.up_to("{\"n\":1}").await;
    drop(line);
    let lines = Arc::clone(&house.fake.lines);
    until("the import ends", || lines.load(Ordering::SeqCst) >= 1_000_000_000).await;
}
