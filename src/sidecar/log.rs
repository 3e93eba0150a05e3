//! The sidecar's log: a few files of bounded size, without secrets.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::LogLevel;
use crate::paths;
use crate::redact::Redactor;

/// One file; with the older ones four times this is kept.
const FILE_BYTES: u64 = 1024 * 1024;
const OLDER: u32 = 3;

/// Where log lines go.
pub(super) struct Log {
    file: Mutex<Option<Rolling>>,
    redactor: Redactor,
    /// In the foreground a person looks on.
    on_stderr: bool,
}

struct Rolling {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Log {
    /// A directory that cannot be written is no reason not to run.
    pub fn open(data_dir: &Path, redactor: Redactor, on_stderr: bool) -> Self {
        let dir = data_dir.join("logs");
        let rolling = paths::private_dir(&dir).and_then(|()| Rolling::open(dir.join("sidecar.log"))).ok();
        Self { file: Mutex::new(rolling), redactor, on_stderr }
    }

    /// Sends everything that is told through `tracing` here, from now on and for good.
    pub fn install(self, level: LogLevel) {
        let level = match level {
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
        };
        let log = tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_target(false).with_writer(self);
        // Another one is installed only where tests share a process.
        let _ = tracing::subscriber::set_global_default(log.finish());
    }

    fn line(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let clean = self.redactor.scrub(&text);
        if self.on_stderr {
            let _ = io::stderr().write_all(clean.as_bytes());
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rolling) = &mut *file {
            // A full disk is told of elsewhere; to log that logging failed would fail as well.
            let _ = rolling.write(clean.as_bytes());
        }
    }
}

impl Rolling {
    fn open(path: PathBuf) -> io::Result<Self> {
        let mut file = paths::private_file(&path)?;
        let bytes = file.seek(SeekFrom::End(0))?;
        Ok(Self { path, file, bytes })
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.bytes > 0 && self.bytes + line.len() as u64 > FILE_BYTES {
            self.turn()?;
        }
        self.file.write_all(line)?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        let older = |n: u32| self.path.with_extension(format!("{n}.log"));
        for n in (1..OLDER).rev() {
            // Those that are not there need no new name.
            let _ = fs::rename(older(n), older(n + 1));
        }
        fs::rename(&self.path, older(1))?;
        *self = Self::open(std::mem::take(&mut self.path))?;
        Ok(())
    }
}

/// One event of the log, written in one piece.
pub(super) struct Line<'a> {
    log: &'a Log,
    bytes: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.log.line(&self.bytes);
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { log: self, bytes: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Level;

    #[test]
    fn it_is_bounded_and_keeps_no_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(dir.path(), Redactor::new(Level::Preview), false);
        let key = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        log.line(format!("{} {key}\n", "first").as_bytes());
        for _ in 0..6 * 1024 {
            log.line(&[b'x'; 1024]);
        }
        let mut files: Vec<_> = fs::read_dir(dir.path().join("logs")).unwrap().flatten().map(|e| e.path()).collect();
        files.sort();
        assert_eq!(files.len(), 1 + OLDER as usize);
        assert!(files.iter().all(|f| f.metadata().unwrap().len() <= FILE_BYTES));
        let kept: Vec<u8> = files.iter().flat_map(|f| fs::read(f).unwrap()).collect();
        assert!(memchr::memmem::find(&kept, key.as_bytes()).is_none());
    }
}
