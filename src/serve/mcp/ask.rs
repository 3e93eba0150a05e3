//! Puts a question on a thread of its own, with a deadline, so that nothing one question does can hurt another.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::service::RequestContext;
use serde_json::Value;

use crate::answer::{AnyQuestion, Asker, Interrupter, Kind, Refusal, Surroundings, Told};
use crate::clock::Clock;
use crate::store::IdleReaders;

/// Filled in by the thread that asks while there is something to stop, and emptied before its connection serves
/// another question.
type Stop = Arc<Mutex<Option<Interrupter>>>;

/// Longer than any question should take by three orders of magnitude, shorter than clients wait.
pub(super) const DEADLINE: Duration = Duration::from_secs(10);

/// Asks `question`; given up when the deadline passes or the client cancels the request.
pub(super) async fn ask(
    put: Put,
    idle: &Arc<IdleReaders>,
    context: &RequestContext<RoleServer>,
    deadline: Duration,
) -> Result<Told, Refusal> {
    let name = put.question.name;
    let stop = Stop::default();
    let (stopped_by, idle) = (Arc::clone(&stop), Arc::clone(idle));
    let told = tokio::select! {
        told = on_a_thread(name, deadline, move || answer(put, &idle, &stopped_by)) => told,
        () = context.ct.cancelled() => Err(Refusal::internal(format!("{name} was cancelled"))),
    };
    // Nobody waits for the rest: a statement that still runs is stopped, one that has ended is not harmed.
    if told.is_err()
        && let Some(statement) = &*locked(&stop)
    {
        statement.interrupt();
    }
    told
}

/// A question, who asks it, and with what.
pub(super) struct Put {
    pub question: AnyQuestion,
    pub around: Surroundings,
    pub arguments: Value,
}

fn answer(put: Put, idle: &IdleReaders, stop: &Stop) -> Result<Told, Refusal> {
    let Put { question, around, arguments } = put;
    match idle.take(&around.data_dir).map_err(Refusal::from) {
        Ok(store) => {
            let asker = Asker::with(store, around, Clock::SYSTEM);
            *locked(stop) = Some(asker.interrupter());
            let told = (question.ask)(&asker, arguments);
            *locked(stop) = None;
            idle.give_back(asker.store);
            told
        }
        Err(no_store) if no_store.kind == Kind::NotReady => early(&question, around, arguments, no_store),
        Err(broken) => Err(broken),
    }
}

fn locked(stop: &Stop) -> MutexGuard<'_, Option<Interrupter>> {
    stop.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Without a store the disk can still be told of, and bad arguments are still bad.
fn early(question: &AnyQuestion, around: Surroundings, arguments: Value, no_store: Refusal) -> Result<Told, Refusal> {
    match (question.ask)(&Asker::without_store(around, Clock::SYSTEM)?, arguments) {
        Ok(Told { mut json, text }) => {
            json["note"] = no_store.to_string().into();
            Ok(Told { json, text: format!("{no_store}\n{text}") })
        }
        Err(nothing) if nothing.kind == Kind::NotFound => Err(no_store),
        Err(refusal) => Err(refusal),
    }
}

/// Runs `work` and waits for it no longer than `deadline`; what it does after that is ignored.
pub(super) async fn on_a_thread<T: Send + 'static>(
    name: &str,
    deadline: Duration,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::time::timeout(deadline, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_panicked)) => Err(Refusal::internal(format!("internal error in {name}; other tools still work"))
            .hint("Try it once with other arguments, and look at `tma1 status` if it stays.")),
        Err(_elapsed) => {
            let seconds = deadline.as_secs_f32();
            Err(Refusal::internal(format!("{name} took longer than {seconds} s and was given up"))
                .hint("Ask for less, such as a shorter time or a smaller limit, or try again in a moment."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(deadline_ms: u64, work: impl FnOnce() -> Result<u8, Refusal> + Send + 'static) -> Result<u8, Refusal> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(on_a_thread("get_x", Duration::from_millis(deadline_ms), work));
        runtime.shutdown_background();
        outcome
    }

    #[test]
    fn a_panic_and_a_hang_become_sentences() {
        assert_eq!(run(9_000, || Ok(1)), Ok(1));
        assert!(run(9_000, || panic!("bug")).unwrap_err().message.starts_with("internal error in get_x"));
        let (_kept, never) = std::sync::mpsc::channel::<u8>();
        let hang = run(100, move || Ok(never.recv().unwrap_or(1)));
        assert_eq!(hang.unwrap_err().message, "get_x took longer than 0.1 s and was given up");
    }
}
