//! Puts a question on a thread of its own, with a deadline, so that nothing one question does can hurt another.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::service::RequestContext;
use serde_json::Value;

use super::arguments;
use crate::answer::{AnyQuestion, Asker, Refusal, Surroundings, Told};
use crate::clock::Clock;

/// Longer than any question should take by three orders of magnitude, shorter than clients wait.
pub(super) const DEADLINE: Duration = Duration::from_secs(10);

/// Asks `question`; given up when the deadline passes or the client cancels the request.
pub(super) async fn ask(
    question: &AnyQuestion,
    around: Surroundings,
    arguments: Value,
    context: &RequestContext<RoleServer>,
    deadline: Duration,
) -> Result<Told, Refusal> {
    let (name, put) = (question.name, question.clone());
    tokio::select! {
        told = on_a_thread(name, deadline, move || answer(&put, around, arguments)) => told,
        () = context.ct.cancelled() => Err(Refusal::internal(format!("{name} was cancelled"))),
    }
}

/// Opened anew each time (a third of a millisecond): a store that was migrated or replaced meanwhile is noticed.
fn answer(question: &AnyQuestion, around: Surroundings, arguments: Value) -> Result<Told, Refusal> {
    match Asker::new(around, Clock::SYSTEM) {
        Ok(asker) => (question.ask)(&asker, arguments),
        Err(no_store) => {
            arguments::check(&(question.input_schema)(), &arguments)?;
            Err(no_store)
        }
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
            .hint("Try it once with other arguments, and run `tma1 doctor` if it stays.")),
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
        let hang = run(100, || {
            std::thread::sleep(Duration::from_mins(1));
            Ok(1)
        });
        assert_eq!(hang.unwrap_err().message, "get_x took longer than 0.1 s and was given up");
    }
}
