//! `tma1 serve`: the sidecar, in the foreground or on its own.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::shell::Shell;
use super::terminal;
use crate::answer::Refusal;
use crate::config::Host;
use crate::link::{self, Place, Request, ServerInfo};
use crate::sidecar::{self, Options};

/// How long `--detach` waits until the new process answers.
const HEALTHY_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 serve\n  tma1 serve --detach\n  tma1 serve --port 0")]
pub struct Args {
    /// Address to listen on beside the socket; others than this machine's need a token [default: TMA1_HOST, else 127.0.0.1]
    #[arg(long, value_name = "ADDRESS", value_parser = host)]
    host: Option<IpAddr>,
    /// Port to listen on; 0 takes a free one [default: TMA1_PORT, else 14318]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Leave it running and return once it answers
    #[arg(long)]
    detach: bool,
    /// Where the store lies [default: TMA1_DATA_DIR, else ~/.tma1]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Started by another tma1 process
    #[arg(long, hide = true)]
    detached_child: bool,
}

fn host(text: &str) -> Result<IpAddr, String> {
    text.parse::<Host>().map(|host| host.0).map_err(|_| "expected an IP address such as 127.0.0.1".to_owned())
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let mut config = shell.config.clone();
    if let Some(dir) = &args.data_dir {
        config.data_dir = std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
    }
    if args.detach {
        return detach(args, &Place::new(&config.data_dir));
    }
    sidecar::run(&config, Options { host: args.host, port: args.port, detached: args.detached_child })
}

fn detach(args: &Args, place: &Place) -> Result<(), Refusal> {
    if let Some(info) = running(place) {
        return terminal::print(&format!("already running: {}\n", whereabouts(&info)));
    }
    let exe = std::env::current_exe().map_err(|e| Refusal::internal(format!("tma1 cannot find itself: {e}")))?;
    let mut env: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    env.extend(args.host.map(|host| ("TMA1_HOST".into(), host.to_string().into())));
    env.extend(args.port.map(|port| ("TMA1_PORT".into(), port.to_string().into())));
    let until = Instant::now() + HEALTHY_WITHIN;
    link::start(place, &exe, env, until);
    while Instant::now() < until {
        if let Some(info) = running(place) {
            return terminal::print(&format!("running: {}\n", whereabouts(&info)));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Refusal::internal(format!("the sidecar did not answer within {} s", HEALTHY_WITHIN.as_secs()))
        .hint("Run `tma1 serve` to see why, or look into logs/sidecar.log in the data directory."))
}

/// The sidecar that answers at `place`.
fn running(place: &Place) -> Option<ServerInfo> {
    let deadline = Instant::now() + Duration::from_millis(500);
    let request = Request { path: "/health", headers: &[], body: b"", deadline };
    link::get(place, &request).ok().filter(|response| response.status == 200)?;
    ServerInfo::read(place)
}

fn whereabouts(info: &ServerInfo) -> String {
    let page = match info.port {
        Some(port) if info.host.contains(':') => format!(", http://[{}]:{port}", info.host),
        Some(port) => format!(", http://{}:{port}", info.host),
        None => ", no port (taken); the socket serves".to_owned(),
    };
    format!("process {}{page}", info.pid)
}
