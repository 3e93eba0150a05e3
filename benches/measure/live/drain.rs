//! The spool: how fast events go in while nobody listens, and how fast a sidecar brings them into the store.

use std::time::{Duration, Instant};

use tma1::spool::{Entry, Spool};

use super::payload::{Session, fresh};
use super::sidecar::{Sidecar, Site, eventually};
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::{float, ms};

const EVENTS: u64 = 20_000;

/// Starts the sidecar that empties it, and gives it back.
pub fn measure(site: &Site<'_>, report: &mut Report) -> Result<Sidecar, Failure> {
    let session = Session::new(site, &format!("live-drain-{}", fresh()));
    let spool = Spool::new(&site.data);
    let mut filling = Duration::ZERO;
    for at in 0..EVENTS {
        let number = fresh();
        let body = if at % 2 == 0 { session.before_tool(number) } else { session.after_tool(number - 1) };
        let entry = Entry {
            id: format!("{number:032x}"),
            at: jiff::Timestamp::now().as_millisecond(),
            source: "claude_code".to_owned(),
            body: body.into_bytes(),
            ..Entry::default()
        };
        let began = Instant::now();
        spool.append(&entry, began + Duration::from_secs(1))?;
        filling += began.elapsed();
    }
    let began = Instant::now();
    let sidecar = Sidecar::start(site)?;
    let wanted = i64::try_from(EVENTS)?;
    eventually("the last event of the spool", || Ok((sidecar.counter("spool_drained")? >= wanted).then_some(())))?;
    let took = began.elapsed();
    let exactly = sidecar.holds(&session.id, EVENTS)?;
    let then = if exactly { "each stored once" } else { "**not each stored once**" };
    let (into, out) = (float(EVENTS) / filling.as_secs_f64(), float(EVENTS) / took.as_secs_f64());
    let measured = format!("{out:.0} events/s into the store, {} for {EVENTS} with the start, {then}", ms(took));
    report.row(
        "the spool, emptied by a sidecar that starts",
        measured,
        ("", None),
        format!("{into:.0} events/s into the spool"),
    );
    Ok(sidecar)
}
