//! Puts questions to the store on threads that may wait for it, bounded in number and time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use tokio::sync::Semaphore;

use super::door::{Counts, Door};
use super::fault::Fault;
use crate::answer::{Asker, Interrupter, Kind, Refusal, Surroundings};

/// What to do while there is no store that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WithoutStore {
    Refuse,
    /// Answer from an empty one.
    Empty,
}

/// Stops the statement when nobody waits for its answer any more: the time is up, or the client has left.
#[derive(Default)]
struct Waiting(Arc<Mutex<Option<Interrupter>>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        // Emptied before the connection serves another question: nobody else is interrupted.
        if let Some(statement) = &*locked(&self.0) {
            statement.interrupt();
        }
    }
}

fn locked(stop: &Mutex<Option<Interrupter>>) -> MutexGuard<'_, Option<Interrupter>> {
    stop.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A question to the store, answered within the time that questions have.
pub(super) async fn ask<T: Send + 'static>(
    door: &Arc<Door>,
    without: WithoutStore,
    question: impl FnOnce(&mut Asker) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Fault> {
    let turn = Turn { places: &door.questions, wait: door.limits.question_time, time: door.limits.question_time };
    ask_in_turn(door, turn, without, question).await
}

/// How many at once, how long to wait for a place, and for the answer.
pub(super) struct Turn<'a> {
    pub places: &'a Arc<Semaphore>,
    pub wait: Duration,
    pub time: Duration,
}

pub(super) async fn ask_in_turn<T: Send + 'static>(
    door: &Arc<Door>,
    turn: Turn<'_>,
    without: WithoutStore,
    question: impl FnOnce(&mut Asker) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Fault> {
    let waiting = Waiting::default();
    let (stop, for_thread) = (Arc::clone(&waiting.0), Arc::clone(door));
    blocking(door, turn, move || {
        let door = for_thread;
        match door.idle.take(&door.settings.data_dir).map_err(Refusal::from) {
            Ok(store) => {
                let mut asker = Asker::with(store, surroundings(&door), door.settings.clock);
                *locked(&stop) = Some(asker.interrupter());
                let told = question(&mut asker);
                *locked(&stop) = None;
                door.idle.give_back(asker.store);
                told
            }
            Err(none) if none.kind == Kind::NotReady && without == WithoutStore::Empty => {
                question(&mut Asker::without_store(surroundings(&door), door.settings.clock)?)
            }
            Err(none) => Err(none),
        }
    })
    .await
}

/// Nobody's session and nobody's project.
pub(super) fn surroundings(door: &Door) -> Surroundings {
    let home = door.settings.home.clone();
    Surroundings {
        data_dir: door.settings.data_dir.clone(),
        cwd: home.clone(),
        home,
        wishes: door.backend.wishes(),
        ..Surroundings::default()
    }
}

/// Work that waits for a disk, on a thread of its own; a place is taken until it is really over.
pub(super) async fn blocking<T: Send + 'static>(
    door: &Door,
    turn: Turn<'_>,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Fault> {
    let place = tokio::time::timeout(turn.wait, Arc::clone(turn.places).acquire_owned()).await;
    let Ok(Ok(place)) = place else {
        return Err(Fault::busy("too many questions are being answered; ask again in a moment"));
    };
    let thread = tokio::task::spawn_blocking(move || {
        let told = work();
        drop(place);
        told
    });
    match tokio::time::timeout(turn.time, thread).await {
        Ok(Ok(told)) => Ok(told?),
        Ok(Err(_panicked)) => {
            Counts::add(&door.counts.panics);
            Err(Fault::internal())
        }
        Err(_elapsed) => {
            let message = format!("the answer took longer than {} s and was given up", turn.time.as_secs_f32());
            Err(Fault::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", message))
        }
    }
}
