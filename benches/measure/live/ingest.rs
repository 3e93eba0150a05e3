//! Hook events as fast as sixteen clients can post them.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::hook::spread;
use super::payload::{Session, fresh};
use super::sidecar::{Sidecar, Site};
use super::talk::{Connection, request};
use super::vitals;
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, float};

const CLIENTS: u64 = 16;
const LONG: Duration = Duration::from_secs(5);
/// Every so manieth answer is timed: to put them in order takes time as well.
const TIMED: u64 = 20;

pub fn measure(site: &Site<'_>, sidecar: &Sidecar, report: &mut Report) -> Result<(), Failure> {
    let over = AtomicBool::new(false);
    let [spooled, commits] = ["hooks_spooled", "commits"].map(|name| sidecar.counter(name));
    let (spooled, commits) = (spooled?, commits?);
    let (cpu, ours, began) = (vitals::processor(sidecar.pid()), vitals::processor(std::process::id()), Instant::now());
    let told: Vec<Result<Client, String>> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let session = Session::new(site, &format!("live-ingest-{}", fresh()));
                let over = &over;
                scope.spawn(move || Client::run(&session, sidecar.port(), over).map_err(|e| e.to_string()))
            })
            .collect();
        thread::sleep(LONG);
        over.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().unwrap_or_else(|_| Err("a client broke".to_owned()))).collect()
    });
    let took = began.elapsed();
    let cpu = vitals::processor(sidecar.pid()).saturating_sub(cpu);
    let ours = vitals::processor(std::process::id()).saturating_sub(ours);
    let (mut stored, mut refused, mut answers) = (0, 0, Samples::default());
    for client in told {
        let client = client?;
        stored += client.kept;
        refused += client.refused;
        client.answers.into_iter().for_each(|took| answers.push(took));
    }
    let exactly = sidecar.holds("live-ingest-%", stored)?;
    let spooled = sidecar.counter("hooks_spooled")? - spooled;
    let commits = u64::try_from(sidecar.counter("commits")? - commits)?;
    let speed = float(stored) / took.as_secs_f64();
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / float(stored.max(1));
    let then = if exactly { "each stored once" } else { "**not each stored once**" };
    let measured = format!(
        "{speed:.0} a second acknowledged, {then} ({spooled} by way of the spool, {refused} refused); {}",
        spread(&answers)
    );
    let work = format!(
        "processor time of an event: the sidecar's {:.0} µs, the clients' {:.0} µs; {:.1} cores busy; {:.1} events a commit",
        each(cpu),
        each(ours),
        (cpu + ours).as_secs_f64() / took.as_secs_f64(),
        float(stored) / float(commits.max(1))
    );
    let kept = Some(speed >= 10_000.0 && exactly);
    report.row(
        format!("hook events over HTTP, {CLIENTS} clients"),
        measured,
        ("≥ 10,000 a second, stored", kept),
        work,
    );
    report.total("hook events acknowledged", &stored, &sidecar.events("live-ingest-%")?);
    Ok(())
}

struct Client {
    kept: u64,
    refused: u64,
    answers: Vec<Duration>,
}

impl Client {
    /// The ends of calls that have begun: an ordinary mix, no event like another.
    fn run(session: &Session, port: u16, over: &AtomicBool) -> Result<Self, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut connection = Connection::new(stream);
        let mut client = Self { kept: 0, refused: 0, answers: Vec::new() };
        while !over.load(Ordering::Relaxed) {
            let number = fresh();
            for payload in [session.before_tool(number), session.after_tool(number)] {
                let request = request("/api/hooks", Some(&payload));
                let began = Instant::now();
                let kept = connection.exchange(&request)?.status == 200;
                if number.is_multiple_of(TIMED) {
                    client.answers.push(began.elapsed());
                }
                *if kept { &mut client.kept } else { &mut client.refused } += 1;
            }
        }
        Ok(client)
    }
}
