//! Starting the sidecar when none runs: one of many that want it starts it, the others wait for it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Place, stream};
use crate::paths;

const LOOK_EVERY: Duration = Duration::from_millis(1);

/// So many attempts in a row may fail before pauses begin: it may just be slow.
const FREE_ATTEMPTS: u32 = 2;
const LONGEST_PAUSE_MS: u64 = 60_000;

/// Of the environment, this is passed on: the sidecar must not be shaped by whichever project started it.
const PASSED: &[&str] = &[
    "HOME",
    "USERPROFILE",
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "COPILOT_HOME",
    "OPENCLAW_STATE_DIR",
    "PI_CODING_AGENT_DIR",
    "RUST_BACKTRACE",
];
const PASSED_FAMILIES: &[&str] = &["XDG_", "TMA1_", "GEMINI_"];
/// What one agent's environment says of that agent alone.
const ITS_OWN: &[&str] = &["TMA1_DISABLE_INJECTION", "TMA1_MCP_CALLER"];

/// Starts the sidecar unless somebody is at it, and waits until it listens. `exe` is this program, `env` the
/// environment. `false`: it does not listen yet, or attempts fail so often that there is a pause now.
pub fn start(
    place: &Place,
    exe: &Path,
    env: impl IntoIterator<Item = (OsString, OsString)>,
    deadline: Instant,
) -> bool {
    let Ok(lock) = paths::private_dir(place.data_dir()).and_then(|()| paths::private_file(&place.starting_lock()))
    else {
        return false;
    };
    if lock.try_lock().is_err() {
        return wait_until_up(place, deadline);
    }
    // Whoever held the lock a moment ago may have been the one.
    if is_up(place, deadline) {
        return true;
    }
    let mut attempts = Attempts::read(&lock);
    let now = now_ms();
    if attempts.pause_until() > now && attempts.at <= now {
        return false;
    }
    attempts = Attempts { failed: attempts.failed.saturating_add(1), at: now };
    attempts.write(&lock);
    let up = spawn(place, exe, env).is_ok() && wait_until_up(place, deadline);
    if up {
        Attempts { failed: 0, at: now }.write(&lock);
    }
    up
}

/// Whether a sidecar listens before `deadline`.
pub fn wait_until_up(place: &Place, deadline: Instant) -> bool {
    loop {
        if is_up(place, deadline) {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn is_up(place: &Place, deadline: Instant) -> bool {
    stream::connect(place, deadline).is_ok()
}

fn spawn(place: &Place, exe: &Path, env: impl IntoIterator<Item = (OsString, OsString)>) -> io::Result<()> {
    // An agent may wait until all that it handed on is closed, and the sidecar outlives it.
    #[cfg(unix)]
    close_fds::set_fds_cloexec(3, &[]);
    let mut child = Command::new(exe)
        .args(["serve", "--detached-child", "--data-dir"])
        .arg(place.data_dir())
        .current_dir(place.data_dir())
        .env_clear()
        .envs(env.into_iter().filter(|(name, _)| is_passed(name)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // A server that lives on must not keep a dead child.
    std::thread::Builder::new().name("sidecar".to_owned()).spawn(move || child.wait()).map(drop)
}

fn is_passed(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let of_a_family = || PASSED_FAMILIES.iter().any(|family| name.starts_with(family));
    PASSED.contains(&name.as_ref()) || of_a_family() && !ITS_OWN.contains(&name.as_ref())
}

/// How starting went of late, kept in the lock's file: one that can't start must not cost every hook its patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Attempts {
    failed: u32,
    at: u64,
}

impl Attempts {
    fn read(mut file: &File) -> Self {
        let mut text = String::new();
        if io::Read::read_to_string(&mut file, &mut text).is_err() {
            return Self::default();
        }
        let mut numbers = text.split_whitespace();
        let failed = numbers.next().and_then(|n| n.parse().ok()).unwrap_or_default();
        Self { failed, at: numbers.next().and_then(|n| n.parse().ok()).unwrap_or_default() }
    }

    /// On a full disk there are no pauses.
    fn write(self, mut file: &File) {
        let _ = io::Seek::rewind(&mut file)
            .and_then(|()| io::Write::write_all(&mut file, format!("{} {:<20}\n", self.failed, self.at).as_bytes()));
    }

    fn pause_until(self) -> u64 {
        let Some(more) = self.failed.checked_sub(FREE_ATTEMPTS + 1) else { return 0 };
        self.at + (1000 << more.min(10)).min(LONGEST_PAUSE_MS)
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    /// A program that only notes how it was called.
    fn stand_in(dir: &Path) -> PathBuf {
        let exe = dir.join("stand-in");
        std::fs::write(&exe, "#!/bin/sh\n{ echo \"$PWD\"; echo \"$@\"; env; echo end; } >> called\n").unwrap();
        std::fs::set_permissions(&exe, PermissionsExt::from_mode(0o755)).unwrap();
        exe
    }

    fn called(data: &Path) -> String {
        let until = soon();
        loop {
            let text = std::fs::read_to_string(data.join("called")).unwrap_or_default();
            if text.ends_with("end\n") {
                return text;
            }
            assert!(Instant::now() < until, "never called");
            std::thread::yield_now();
        }
    }

    fn pair(name: &str, value: &str) -> (OsString, OsString) {
        (name.into(), value.into())
    }

    #[test]
    fn the_first_starts_it_and_the_others_wait() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let place = Place::within(&data, &|_| None);
        let exe = stand_in(dir.path());
        let env = [pair("HOME", "/h"), pair("OTEL_X", "no"), pair("TMA1_PORT", "1"), pair("ANTHROPIC_API_KEY", "no")];
        std::thread::scope(|scope| {
            let tries: Vec<_> =
                (0..6).map(|_| scope.spawn(|| start(&place, &exe, env.iter().cloned(), soon()))).collect();
            let text = called(&data);
            let data = std::path::absolute(&data).unwrap();
            assert!(text.contains(&format!("\nserve --detached-child --data-dir {}\n", data.display())), "{text}");
            assert!(text.contains("\nHOME=/h\n") && text.contains("\nTMA1_PORT=1\n"), "{text}");
            assert!(!text.contains("OTEL_X") && !text.contains("ANTHROPIC"), "{text}");
            let _listening = UnixListener::bind(place.socket()).unwrap();
            for tried in tries {
                assert!(tried.join().unwrap());
            }
        });
        let text = std::fs::read_to_string(data.join("called")).unwrap();
        assert_eq!(text.matches("--detached-child").count(), 1, "{text}");
        assert_eq!(Attempts::read(&File::open(place.starting_lock()).unwrap()).failed, 0);
    }

    #[test]
    fn what_cannot_start_is_left_alone_for_a_while() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::within(&dir.path().join("data"), &|_| None);
        let exe = dir.path().join("not-there");
        let attempts = || Attempts::read(&File::open(place.starting_lock()).unwrap());
        for failed in 1..=3 {
            let until = soon();
            // Another test's child, between its birth and its program, holds whatever is open here, the lock too.
            while !place.starting_lock().exists() || attempts().failed < failed {
                assert!(Instant::now() < until, "attempt {failed} was not counted");
                assert!(!start(&place, &exe, [], Instant::now()));
            }
            assert_eq!(attempts().failed, failed);
        }
        assert!(!start(&place, &exe, [], Instant::now()));
        assert_eq!(attempts().failed, 3, "a pause");
        assert_eq!(attempts().pause_until(), attempts().at + 1000);
        assert_eq!(Attempts { failed: 60, at: 5 }.pause_until(), 5 + LONGEST_PAUSE_MS);
        assert_eq!(Attempts { failed: 2, at: 5 }.pause_until(), 0);
    }
}
