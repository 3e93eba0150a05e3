//! What only our own commands ask of the sidecar: how it is, imports, and to stop.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};
use serde_json::json;
use tokio::sync::mpsc;

use super::ImportOrder;
use super::body;
use super::door::Door;
use super::fault::Fault;
use super::guard::Way;
use super::reply::{self, Reply};

pub(super) fn sidecar(door: &Door) -> Reply {
    reply::ok(&door.backend.sidecar())
}

pub(super) async fn import(door: &Arc<Door>, way: Way, body: &mut Incoming) -> Result<Reply, Fault> {
    only_on_the_socket(way)?;
    let received = body::read(body, door.limits.body, &door.larger).await?;
    let order: ImportOrder = body::parsed(&received.bytes)?;
    let (out, feed) = mpsc::channel(1);
    tokio::spawn(as_lines(door.backend.import(order), out));
    Ok(reply::feed("application/x-ndjson", feed))
}

/// To drop `told` tells the import that nobody listens any more.
async fn as_lines(mut told: mpsc::Receiver<String>, out: mpsc::Sender<Bytes>) {
    loop {
        let line = tokio::select! {
            line = told.recv() => line,
            () = out.closed() => return,
        };
        let Some(mut line) = line else { return };
        line.push('\n');
        if out.send(line.into()).await.is_err() {
            return;
        }
    }
}

/// Requests in flight are still answered, this one among them.
pub(super) fn shutdown(door: &Door, way: Way) -> Result<Reply, Fault> {
    only_on_the_socket(way)?;
    door.backend.stop();
    Ok(reply::json(StatusCode::OK, &json!({"status": "stopping"})))
}

fn only_on_the_socket(way: Way) -> Result<(), Fault> {
    if way == Way::Unix { Ok(()) } else { Err(Fault::only_on_the_socket()) }
}
