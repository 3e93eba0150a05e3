//! Where the sidecar listens: its socket, and a port of loopback where that is free.

use std::net::{IpAddr, SocketAddr, TcpListener};

use crate::answer::{Refusal, rfc3339};
use crate::clock::Clock;
use crate::link::{Place, ServerInfo};
use crate::paths;

pub(super) struct Listening {
    #[cfg(unix)]
    unix: Option<std::os::unix::net::UnixListener>,
    tcp: Option<TcpListener>,
    pub info: ServerInfo,
    /// What could not be listened on, and why.
    pub problems: Vec<String>,
    /// Asked of everybody where others than this machine can reach the port.
    pub token: Option<String>,
}

pub(super) struct Doors {
    pub unix: Option<tokio::net::UnixListener>,
    pub tcp: Option<tokio::net::TcpListener>,
}

/// # Errors
/// Neither the socket nor the port can be had.
pub(super) fn open(place: &Place, host: IpAddr, port: u16, clock: Clock) -> Result<Listening, Refusal> {
    let mut problems = Vec::new();
    let mut noted = |what: String, outcome: std::io::Error| problems.push(format!("{what}: {outcome}"));
    let tcp = TcpListener::bind(SocketAddr::new(host, port))
        .map_err(|e| noted(format!("{host} port {port} could not be listened on"), e))
        .ok();
    let socket = place.socket();
    let unix = place
        .make_socket_dir()
        .and_then(|()| bind(socket))
        .map_err(|e| noted(format!("{} could not be listened on", socket.display()), e))
        .ok();
    if unix.is_none() && tcp.is_none() {
        return Err(Refusal::internal(problems.join("; ")).hint("Give another port with --port, or end what holds it."));
    }
    let token = if host.is_loopback() { None } else { Some(token(place)?) };
    let info = ServerInfo {
        pid: std::process::id(),
        host: host.to_string(),
        port: tcp.as_ref().and_then(|tcp| tcp.local_addr().ok()).map(|addr| addr.port()),
        socket: socket.to_string_lossy().into_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: rfc3339(clock.now_ms()),
    };
    // On a full disk one runs all the same: hooks find the socket by its name.
    if let Err(error) = info.write(place) {
        problems.push(format!("{} could not be written: {error}", place.server_json().display()));
    }
    Ok(Listening { unix, tcp, info, problems, token })
}

/// Whoever holds the lock may take the place of a socket that a crash left behind.
#[cfg(unix)]
fn bind(socket: &std::path::Path) -> std::io::Result<std::os::unix::net::UnixListener> {
    match std::fs::remove_file(socket) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let listener = std::os::unix::net::UnixListener::bind(socket)?;
    let owner_alone = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(socket, owner_alone)?;
    Ok(listener)
}

/// Kept between runs, so that what was set up with it goes on working.
fn token(place: &Place) -> Result<String, Refusal> {
    let path = place.data_dir().join("token");
    if let Ok(known) = std::fs::read_to_string(&path)
        && known.trim().len() >= 32
    {
        return Ok(known.trim().to_owned());
    }
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|e| Refusal::internal(format!("no random numbers: {e}")))?;
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    let token: String = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    paths::private_file(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, token.as_bytes()))
        .map_err(|e| Refusal::internal(format!("cannot write {}: {e}", path.display())))?;
    Ok(token)
}

impl Listening {
    /// Within the runtime.
    pub fn into_async(self) -> Result<Doors, Refusal> {
        let failed = |e: std::io::Error| Refusal::internal(format!("the sidecar cannot listen: {e}"));
        let unix = match self.unix {
            Some(unix) => {
                unix.set_nonblocking(true).map_err(failed)?;
                Some(tokio::net::UnixListener::from_std(unix).map_err(failed)?)
            }
            None => None,
        };
        let tcp = match self.tcp {
            Some(tcp) => {
                tcp.set_nonblocking(true).map_err(failed)?;
                Some(tokio::net::TcpListener::from_std(tcp).map_err(failed)?)
            }
            None => None,
        };
        Ok(Doors { unix, tcp })
    }
}
