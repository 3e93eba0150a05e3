//! Where a data directory's sidecar can be found, and what it says of itself there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::paths;

/// Systems take 104 bytes or 108 for the path of a socket, and none says so kindly.
const LONGEST_SOCKET: usize = 100;

/// The locations of one data directory's sidecar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    data_dir: PathBuf,
    socket: PathBuf,
}

impl Place {
    pub fn new(data_dir: &Path) -> Self {
        Self::within(data_dir, &|name| std::env::var(name).ok())
    }

    /// With the environment that says where short-lived files go.
    pub fn within(data_dir: &Path, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let data_dir = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned());
        let socket = socket(&data_dir, env);
        Self { data_dir, socket }
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Where a sidecar listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    pub fn server_json(&self) -> PathBuf {
        self.data_dir.join("server.json")
    }

    /// Held by the sidecar as long as it lives.
    pub fn lock(&self) -> PathBuf {
        self.data_dir.join("serve.lock")
    }

    /// Held by whoever starts the sidecar until that listens.
    pub fn starting_lock(&self) -> PathBuf {
        self.data_dir.join("starting.lock")
    }

    /// Where the running sidecar can be spoken to. Its environment may have led it elsewhere than ours would.
    pub(super) fn door(&self) -> PathBuf {
        if self.socket.parent() == Some(&self.data_dir) {
            return self.socket.clone();
        }
        match ServerInfo::read(self) {
            Some(info) if !info.socket.is_empty() => PathBuf::from(info.socket),
            _ => self.socket.clone(),
        }
    }

    /// Makes the directory of the socket, for a sidecar about to listen.
    ///
    /// # Errors
    /// It can't be made, or somebody else made it first.
    #[cfg(unix)]
    pub fn make_socket_dir(&self) -> io::Result<()> {
        let Some(dir) = self.socket.parent() else { return Ok(()) };
        paths::private_dir(dir)?;
        if is_ours(dir) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{} belongs to another user", dir.display())))
    }
}

#[cfg(unix)]
fn socket(data_dir: &Path, env: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    let natural = data_dir.join("tma1.sock");
    if fits(&natural) {
        return natural;
    }
    let name = format!("{:016x}", xxh3_64(data_dir.as_os_str().as_encoded_bytes()));
    let runtime = env("XDG_RUNTIME_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let runtime = runtime.filter(|dir| is_ours(dir)).map(|dir| dir.join(format!("tma1-{name}.sock")));
    let uid = rustix::process::getuid().as_raw();
    let below = |dir: PathBuf| dir.join(format!("tma1-{uid}-{name}")).join("s.sock");
    let temporary = env("TMPDIR").filter(|dir| !dir.is_empty()).map(|dir| below(PathBuf::from(dir)));
    runtime.into_iter().chain(temporary).find(|path| fits(path)).unwrap_or_else(|| below(PathBuf::from("/tmp")))
}

#[cfg(not(unix))]
fn socket(data_dir: &Path, _: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    data_dir.join("tma1.sock")
}

fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= LONGEST_SOCKET
}

/// In a directory that all may write to, another user could have put up a socket of that name.
#[cfg(unix)]
pub(super) fn is_ours(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir() && meta.uid() == rustix::process::getuid().as_raw())
}

/// What a running sidecar says of itself in `server.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerInfo {
    pub pid: u32,
    pub host: String,
    /// Absent while the port is taken.
    pub port: Option<u16>,
    pub socket: String,
    pub version: String,
    pub started_at: String,
}

impl ServerInfo {
    /// `None`: no sidecar ever ran here, or it ended in order.
    pub fn read(place: &Place) -> Option<Self> {
        serde_json::from_slice(&fs::read(place.server_json()).ok()?).ok()
    }

    /// # Errors
    /// What was there before stays.
    pub fn write(&self, place: &Place) -> io::Result<()> {
        let path = place.server_json();
        let passing = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = paths::private_file(&passing)
            .and_then(|mut file| {
                file.set_len(0)?;
                io::Write::write_all(&mut file, &serde_json::to_vec(self)?)
            })
            .and_then(|()| fs::rename(&passing, &path));
        written.inspect_err(|_| drop(fs::remove_file(&passing)))
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn env<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn a_path_too_long_for_a_socket_has_a_short_one() {
        let short = Place::within(Path::new("/home/a/.tma1"), &env(&[("TMPDIR", "/elsewhere")]));
        assert_eq!(short.socket(), Path::new("/home/a/.tma1/tma1.sock"));
        assert_eq!(short.lock(), Path::new("/home/a/.tma1/serve.lock"));

        let long = PathBuf::from(format!("/{}/.tma1", "x".repeat(90)));
        let other = PathBuf::from(format!("/{}/.tma1", "y".repeat(90)));
        let runtime = tempfile::tempdir().unwrap();
        let told = runtime.path().to_str().unwrap();
        let given = [("XDG_RUNTIME_DIR", told), ("TMPDIR", "/t")];
        let (a, b) = (Place::within(&long, &env(&given)), Place::within(&other, &env(&given)));
        assert_eq!(a.socket().parent(), Some(runtime.path()));
        assert!(a.socket() != b.socket() && fits(a.socket()), "{}", a.socket().display());

        let missing = Place::within(&long, &env(&[("XDG_RUNTIME_DIR", "/no/such/place"), ("TMPDIR", "/t")]));
        assert!(missing.socket().starts_with("/t/"), "{}", missing.socket().display());
        assert!(missing.socket().ends_with("s.sock"));
        let nowhere = "z".repeat(99);
        let hopeless = Place::within(&long, &env(&[("TMPDIR", &nowhere)]));
        assert!(hopeless.socket().starts_with("/tmp/") && fits(hopeless.socket()));
    }

    #[test]
    fn the_short_socket_is_found_where_the_sidecar_says() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("d".repeat(100));
        fs::create_dir(&deep).unwrap();
        let place = Place::within(&deep, &env(&[("TMPDIR", "/t")]));
        assert_eq!(place.door(), place.socket());
        assert_eq!(ServerInfo::read(&place), None);
        let info = ServerInfo { pid: 7, socket: "/elsewhere/s.sock".to_owned(), ..ServerInfo::default() };
        info.write(&place).unwrap();
        assert_eq!(ServerInfo::read(&place), Some(info));
        assert_eq!(place.door(), Path::new("/elsewhere/s.sock"));
        fs::write(place.server_json(), r#"{"pid":8,"port":14318,"later":true}"#).unwrap();
        let read = ServerInfo::read(&place).unwrap();
        assert_eq!((read.pid, read.port), (8, Some(14318)));
        assert_eq!(fs::read_dir(&deep).unwrap().count(), 1, "nothing left over");
    }

    #[test]
    fn a_directory_for_the_socket_is_made_for_us_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let temp = dir.path().to_str().unwrap();
        let deep = PathBuf::from(format!("/{}", "x".repeat(101)));
        let place = Place::within(&deep, &env(&[("TMPDIR", temp)]));
        place.make_socket_dir().unwrap();
        let made = place.socket().parent().unwrap();
        assert_eq!(made.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        fs::remove_dir(made).unwrap();
        std::os::unix::fs::symlink(dir.path(), made).unwrap();
        assert!(place.make_socket_dir().unwrap_err().to_string().contains("another user"));
    }
}
