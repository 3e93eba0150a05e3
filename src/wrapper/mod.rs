//! `tma1 build`: runs a command exactly as without us, and keeps what it said and how it ended.

#[cfg(unix)]
mod child;
mod cycles;
mod ending;
mod kept;
#[cfg(not(unix))]
mod plain;
#[cfg(unix)]
mod relay;
mod run;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod spawn;
#[cfg(unix)]
mod streams;
mod tell;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod through;
mod watch;

#[cfg(unix)]
pub use relay::run as relay;
pub use run::{Order, run};
pub use tell::Delivery;

fn fresh_id() -> String {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        bytes = (now.as_nanos() << 32 ^ u128::from(std::process::id())).to_le_bytes();
    }
    format!("{:032x}", u128::from_le_bytes(bytes))
}
