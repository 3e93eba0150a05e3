//! What lies underneath: no program can read, parse or start faster than this, on the same machine in the same minute.

use std::fs::File;
use std::io::Read;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;

use super::Failure;
use super::program;
use super::samples::{Samples, ms, rate};
use super::scene::{Scene, files};

pub struct Floors {
    /// `/bin/true`, whole process.
    pub spawn: Samples,
    pub read_mbs: f64,
    /// One core, every line, nothing kept.
    pub parse_mbs: f64,
    /// Asking for the size and time of every file.
    pub stat: Duration,
}

impl Floors {
    pub fn reading(&self) -> String {
        format!("read {:.0} MB/s; parse {:.0} MB/s a core", self.read_mbs, self.parse_mbs)
    }

    pub fn spawning(&self) -> String {
        format!("`/bin/true` {}", ms(self.spawn.median()))
    }
}

pub fn measure(scene: &Scene) -> Result<Floors, Failure> {
    let spawn = program::repeat(50, || Command::new("/bin/true"), "")?;
    let dir = scene.claude();
    files(&dir)?;
    let began = Instant::now();
    let found = files(&dir)?;
    let stat = began.elapsed();
    let (mut reading, mut parsing, mut bytes) = (Duration::ZERO, Duration::ZERO, 0);
    let mut buffer = Vec::new();
    for (path, len) in &found {
        buffer.clear();
        let began = Instant::now();
        File::open(path)?.read_to_end(&mut buffer)?;
        reading += began.elapsed();
        let began = Instant::now();
        for line in buffer.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            serde_json::from_slice::<IgnoredAny>(line).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        parsing += began.elapsed();
        bytes += len;
    }
    Ok(Floors { spawn, read_mbs: rate(bytes, reading), parse_mbs: rate(bytes, parsing), stat })
}
