//! A connection to the sidecar on which nothing takes longer than its deadline.

use std::io::{self, Read, Write};
use std::time::Instant;

use super::{LinkError, Place};

#[cfg(unix)]
use std::os::unix::net::UnixStream as Raw;

#[cfg(not(unix))]
use std::net::TcpStream as Raw;

pub struct Stream {
    raw: Raw,
    pub deadline: Instant,
}

/// What is left until `deadline`; nothing left is an error.
fn left(deadline: Instant) -> io::Result<std::time::Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.raw.set_read_timeout(Some(left(self.deadline)?))?;
        self.raw.read(buffer)
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.raw.set_write_timeout(Some(left(self.deadline)?))?;
        self.raw.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.raw.flush()
    }
}

/// # Errors
/// `NotRunning` where nobody listens, `TimedOut` where somebody does who takes no more connections.
#[cfg(unix)]
pub fn connect(place: &Place, deadline: Instant) -> Result<Stream, LinkError> {
    use rustix::io::{Errno, FdFlags, fcntl_setfd};
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
    use std::time::Duration;

    let door = place.door();
    let dir = door.parent().unwrap_or(&door);
    if dir != place.data_dir() && !super::place::is_ours(dir) {
        return Err(LinkError::NotRunning);
    }
    let address = SocketAddrUnix::new(&door).map_err(io::Error::from)?;
    let fd = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None).map_err(io::Error::from)?;
    fcntl_setfd(&fd, FdFlags::CLOEXEC).map_err(io::Error::from)?;
    // A stopped process leaves its queue full, and connecting would wait for it without end.
    let raw = Raw::from(fd);
    raw.set_nonblocking(true)?;
    loop {
        match rustix::net::connect(&raw, &address) {
            Ok(()) | Err(Errno::ISCONN) => break,
            Err(Errno::AGAIN | Errno::INTR | Errno::INPROGRESS | Errno::ALREADY) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(Errno::AGAIN | Errno::INTR | Errno::INPROGRESS | Errno::ALREADY) => return Err(LinkError::TimedOut),
            Err(Errno::NOENT | Errno::CONNREFUSED | Errno::NOTDIR) => return Err(LinkError::NotRunning),
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    raw.set_nonblocking(false)?;
    Ok(Stream { raw, deadline })
}

#[cfg(not(unix))]
pub fn connect(place: &Place, deadline: Instant) -> Result<Stream, LinkError> {
    let info = super::ServerInfo::read(place).ok_or(LinkError::NotRunning)?;
    let port = info.port.ok_or(LinkError::NotRunning)?;
    let host: std::net::IpAddr = info.host.parse().map_err(|_| LinkError::NotRunning)?;
    let raw = Raw::connect_timeout(&(host, port).into(), left(deadline)?).map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => LinkError::NotRunning,
        _ => error.into(),
    })?;
    raw.set_nodelay(true)?;
    Ok(Stream { raw, deadline })
}
