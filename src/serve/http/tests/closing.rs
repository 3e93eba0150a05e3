//! The end: what is under way is finished, within reason, and nothing new is begun.

use super::*;

async fn all_end(house: House) {
    for served in house.served {
        in_time("the end", served).await.unwrap();
    }
}

#[tokio::test]
async fn a_request_in_flight_is_answered_and_nothing_new_is_taken() {
    let house = House::open().await;
    house.fake.held.store(true, Ordering::SeqCst);
    let mut line = house.unix().await;
    line.send(&posted("/api/hooks", "tma1", JSON, b"{}")).await;
    until("the hook arrives", || house.fake.entries().len() == 1).await;
    house.stop.send_replace(true);
    let refused = async { while TcpStream::connect(house.address).await.is_ok() {} };
    in_time("the port closes", refused).await;
    house.fake.let_go.notify_one();
    assert_eq!(line.hear(false).await.status, 200);
    all_end(house).await;
}

#[tokio::test]
async fn streams_and_idle_connections_end_at_once() {
    let house = House::with(Limits { closing: PATIENCE * 2, ..Limits::default() }, None).await;
    let mut idle = house.tcp().await;
    let request = format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", house.address);
    assert_eq!(idle.ask(request.as_bytes()).await.status, 200);
    let mut stream = house.unix().await;
    stream.send(b"GET /api/hooks/stream HTTP/1.1\r\nHost: tma1\r\n\r\n").await;
    stream.up_to("retry: 2000").await;
    house.stop.send_replace(true);
    // The end of the chunks: nothing was torn off.
    assert!(stream.rest().await.ends_with(b"0\r\n\r\n"));
    assert_eq!(idle.rest().await, b"");
    all_end(house).await;
}

#[tokio::test]
async fn what_does_not_end_is_cut_off() {
    let house = House::with(Limits { closing: Duration::from_millis(50), ..Limits::default() }, None).await;
    house.fake.held.store(true, Ordering::SeqCst);
    let mut line = house.unix().await;
    line.send(&posted("/api/hooks", "tma1", JSON, b"{}")).await;
    until("the hook arrives", || house.fake.entries().len() == 1).await;
    house.stop.send_replace(true);
    assert_eq!(line.rest().await, b"");
    all_end(house).await;
}

#[tokio::test]
async fn an_order_to_stop_is_answered() {
    let house = House::open().await;
    let heard = house.post_on_socket("/api/shutdown", "", b"").await;
    assert_eq!((heard.status, heard.text()), (200, r#"{"status":"stopping"}"#));
    all_end(house).await;
}
