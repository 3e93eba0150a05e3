//! `GET /health`, `GET /status` and `GET /metrics`: how tma1 is doing, for a glance, for people and for Prometheus.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::ask::{self, Turn, WithoutStore};
use super::door::Door;
use super::fault::Fault;
use super::metrics;
use super::reply::{self, Reply};
use crate::answer::status::{Sidecar, Status, Store, status};
use crate::answer::{self, Refusal};
use crate::spool::Spool;

pub(super) fn health() -> Reply {
    reply::ok(&json!({"status": "ok"}))
}

/// The document of `tma1 status --json`. A store that can't be read makes it shorter, not absent.
pub(super) async fn report(door: &Arc<Door>) -> Result<Reply, Fault> {
    let sidecar = door.backend.sidecar();
    let (around, clock) = (ask::surroundings(door), door.settings.clock);
    let path = around.data_dir.join("tma1.db");
    let told = ask::blocking(door, turn(door), move || match status(around, clock) {
        Ok(found) => Ok((StatusCode::OK, answer::json(&Status { sidecar, ..found })?)),
        Err(refusal) => {
            let store = Store { path: path.to_string_lossy().into_owned(), exists: path.exists(), ..Store::default() };
            Ok((StatusCode::SERVICE_UNAVAILABLE, unreadable(store, sidecar, &refusal)?))
        }
    });
    let (status, body) = told.await?;
    Ok(reply::json(status, &body))
}

/// Nothing that only the store knows is said, not even zero.
fn unreadable(store: Store, sidecar: Sidecar, refusal: &Refusal) -> Result<Value, Refusal> {
    let version = env!("CARGO_PKG_VERSION");
    let whole = answer::json(&Status { version, health: "unreadable", store, sidecar, ..Status::default() })?;
    let mut body = json!({"error": {"code": "not_ready", "message": refusal.to_string()}});
    for name in ["version", "health", "store", "sidecar"] {
        body[name] = whole[name].clone();
    }
    Ok(body)
}

pub(super) async fn metrics(door: &Arc<Door>) -> Result<Reply, Fault> {
    let sidecar = door.backend.sidecar();
    let data_dir = door.settings.data_dir.clone();
    let spool = ask::blocking(door, turn(door), move || Ok(Spool::new(&data_dir).state())).await?;
    let stored = ask::ask(door, WithoutStore::Empty, |asker| {
        Ok(metrics::Stored { agents: asker.store.agent_totals(asker.live_since())?, bytes: asker.store.bytes()? })
    });
    // Without them the rest is still worth something.
    let stored = stored.await.ok();
    let text = metrics::text(door, &sidecar, spool, stored.as_ref());
    Ok(reply::whole(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text))
}

fn turn(door: &Door) -> Turn<'_> {
    let time = door.limits.question_time;
    Turn { places: &door.questions, wait: time, time }
}
