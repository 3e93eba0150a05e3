//! Runs a program and says what it took: time, processor and memory.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Failure;
use super::samples::Samples;

pub struct Run {
    pub wall: Duration,
    /// Processor time of all its threads, to the hundredth of a second.
    pub cpu: Duration,
    pub peak_kb: u64,
    pub stdout: Vec<u8>,
}

/// Runs `command` to its end; anything but success is a failure that shows what it wrote.
pub fn run(command: &mut Command, stdin: &str) -> Result<Run, Failure> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let cpu_before = children_cpu();
    let began = Instant::now();
    let mut child =
        command.spawn().map_err(|e| format!("{} does not start: {e}", command.get_program().to_string_lossy()))?;
    let pid = child.id();
    if let Some(mut pipe) = child.stdin.take() {
        // A program that reads nothing may be gone already.
        let _ = pipe.write_all(stdin.as_bytes());
    }
    let over = AtomicBool::new(false);
    let (output, wall, peak_kb) = thread::scope(|scope| {
        let watch = scope.spawn(|| watch_memory(pid, &over));
        let output = child.wait_with_output();
        let wall = began.elapsed();
        over.store(true, Ordering::Relaxed);
        (output, wall, watch.join().unwrap_or_default())
    });
    let output = output?;
    if !output.status.success() {
        let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` ended with {}: {}", args.join(" "), output.status, told.trim()).into());
    }
    Ok(Run { wall, cpu: children_cpu().saturating_sub(cpu_before), peak_kb, stdout: output.stdout })
}

/// `count` runs, one after the other, after one that warms the caches.
pub fn repeat(count: usize, mut command: impl FnMut() -> Command, stdin: &str) -> Result<Samples, Failure> {
    run(&mut command(), stdin)?;
    let mut samples = Samples::default();
    for _ in 0..count {
        samples.push(run(&mut command(), stdin)?.wall);
    }
    Ok(samples)
}

/// The kernel keeps the high-water mark; only what is reached in the last moments can be missed.
fn watch_memory(pid: u32, over: &AtomicBool) -> u64 {
    let mut peak = 0;
    while !over.load(Ordering::Relaxed) {
        peak = peak.max(memory_kb(pid, "VmHWM:"));
        thread::sleep(Duration::from_millis(3));
    }
    peak
}

/// A line of the process's status, in KiB.
pub fn memory_kb(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Processor time of the children that have ended: the kernel counts it in hundredths of a second.
fn children_cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
