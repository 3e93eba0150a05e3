//! What a running process takes: memory, processor, descriptors, threads; as the kernel tells it.

use std::fs;
use std::time::Duration;

use crate::measure::program::memory_kb;

pub struct Memory {
    pub resident: u64,
    pub peak: u64,
    /// Its own, not backed by files.
    pub anonymous: u64,
    /// Shared pages counted by their share.
    pub proportional: u64,
}

/// In bytes.
pub fn memory(pid: u32) -> Memory {
    let of = |name| memory_kb(pid, name) * 1024;
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let proportional = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let proportional: u64 = proportional.and_then(|kb| kb.split_whitespace().next()?.parse().ok()).unwrap_or_default();
    Memory { resident: of("VmRSS:"), peak: of("VmHWM:"), anonymous: of("RssAnon:"), proportional: proportional * 1024 }
}

/// Processor time of all threads it ever had, to the hundredth of a second.
pub fn processor(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// How often its threads have been woken up so far.
pub fn wakes(pid: u32) -> u64 {
    let of = |task: &fs::DirEntry| {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        count.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or_default()
    };
    fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten().map(|task| of(&task)).sum()
}

pub fn threads(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().count()
}

pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().count()
}
