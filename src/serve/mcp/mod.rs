//! The MCP server on standard input and output: tools, prompts and resources over `answer`, for one agent session.
//!
//! The SDK serves both eras of the protocol (the handshake up to 2025-11-25, the stateless one of 2026-07-28)
//! with one `Server`. Nothing here asks anything of the client: the newer era forbids it.

mod ask;
mod caller;
mod completions;
mod instructions;
mod prompts;
mod resources;
mod server;
#[cfg(test)]
mod tests;
mod tools;
mod toolsets;
mod wire;

use std::io::Write as _;
use std::time::Duration;

use rmcp::ServiceExt as _;
use rmcp::service::ServerInitializeError;
use rmcp::transport::stdio_pipes;
use tokio::io::{AsyncRead, AsyncWrite};

use self::server::Server;
use self::wire::Wire;
use crate::answer::{Refusal, Surroundings};

/// Questions that may be under way at once; each takes a thread of its own, so that none waits for another.
const MOST_AT_ONCE: usize = 32;

/// What a client that sends its requests and closes at once still gets answered; a slow question is dropped then.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Serves one client until its end of the pipe closes.
///
/// # Errors
/// Of kind [`crate::answer::Kind::User`], before anything is read or written: `toolsets` names none that exists.
pub fn run(around: Surroundings, toolsets: Option<&str>) -> Result<(), Refusal> {
    let questions = toolsets::questions(toolsets)?;
    report_panics_on_stderr();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(MOST_AT_ONCE)
        .build()
        .map_err(|error| Refusal::internal(format!("the MCP server cannot start: {error}")))?;
    let outcome = runtime.block_on(async {
        let (input, output) = stdio_pipes();
        serve(Server::new(questions, around), input, output).await
    });
    // Whatever is still being looked up, nobody is there to hear it.
    runtime.shutdown_background();
    outcome
}

async fn serve<R, W>(server: Server, input: R, output: W) -> Result<(), Refusal>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let wire = Wire::new(input, output);
    let ended = wire.ended();
    let conversation = async {
        match server.serve(wire).await {
            Ok(running) => running.waiting().await.map(drop).map_err(|error| stopped(&error)),
            // The client left before it said anything, or while it was being greeted: its good right.
            Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::TransportError { .. }) => Ok(()),
            Err(error) => Err(stopped(&error)),
        }
    };
    tokio::select! {
        outcome = conversation => outcome,
        () = async { ended.notified().await; tokio::time::sleep(LAST_WORDS).await } => Ok(()),
    }
}

fn stopped(error: &dyn std::error::Error) -> Refusal {
    Refusal::internal(format!("the MCP server stopped: {error}"))
}

/// Standard output belongs to the protocol; and what a panic says may hold what people wrote, so only its place is told.
fn report_panics_on_stderr() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // Standard error may be closed; nothing can be done about that here.
        let _ = writeln!(std::io::stderr(), "tma1: internal error at {place}");
    }));
}
