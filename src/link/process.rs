//! Which process the agent is that runs us: a hook and the server that it asks have it in common.

/// The number of a process, and its start in the system's unit; 0 where that is not told.
pub type Process = (u32, u64);

/// So many ancestors are looked at.
const LEVELS: usize = 8;

/// What stands between an agent and what it runs.
const WRAPPERS: &[&str] = &[
    "sh",
    "bash",
    "dash",
    "ash",
    "zsh",
    "fish",
    "ksh",
    "mksh",
    "csh",
    "tcsh",
    "busybox",
    "nu",
    "env",
    "timeout",
    "nice",
    "ionice",
    "nohup",
    "setsid",
    "stdbuf",
    "time",
    "sudo",
    "doas",
    "xargs",
    "npx",
    "cmd.exe",
    "powershell",
    "pwsh",
];

/// What starts everything on a machine or in a container, and is no agent.
const INITS: &[&str] = &["systemd", "init", "launchd", "tini", "docker-init", "dumb-init", "catatonit"];

/// What the system tells of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    name: String,
    parent: u32,
    started: u64,
}

/// The agent whose hook or server this process is. An agent may run in another one's shell and then inherits that
/// one's variables, so `CLAUDE_PID` counts only where nobody stands between.
#[cfg(unix)]
pub fn agent_process(env: &dyn Fn(&str) -> Option<String>) -> Option<Process> {
    nearest(std::os::unix::process::parent_id(), told(env), &look)
}

#[cfg(not(unix))]
pub fn agent_process(env: &dyn Fn(&str) -> Option<String>) -> Option<Process> {
    told(env).map(|pid| (pid, 0))
}

fn told(env: &dyn Fn(&str) -> Option<String>) -> Option<u32> {
    env("CLAUDE_PID")?.trim().parse().ok().filter(|pid| *pid > 0)
}

#[cfg_attr(not(unix), expect(dead_code, reason = "ancestors can't be seen here"))]
fn nearest(parent: u32, told: Option<u32>, look: &dyn Fn(u32) -> Option<Seen>) -> Option<Process> {
    let mut pid = parent;
    for _ in 0..LEVELS {
        let Some(seen) = look(pid) else { break };
        if told == Some(pid) || !is_between(&seen.name) {
            return (!INITS.contains(&seen.name.as_str())).then_some((pid, seen.started));
        }
        pid = seen.parent;
    }
    if let Some(told) = told {
        return Some((told, look(told).map_or(0, |seen| seen.started)));
    }
    // Nothing can be seen at all: the parent is the best guess.
    (look(parent).is_none() && parent > 1).then_some((parent, 0))
}

fn is_between(name: &str) -> bool {
    let name = name.trim_start_matches('-');
    WRAPPERS.contains(&name) || name.starts_with("npm ")
}

#[cfg(target_os = "linux")]
fn look(pid: u32) -> Option<Seen> {
    seen(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn look(_: u32) -> Option<Seen> {
    None
}

/// Whether that very process lives; where it cannot be seen, whether one of its number does.
pub fn is_there(process: Process) -> bool {
    #[cfg(target_os = "linux")]
    return look(process.0).is_some_and(|seen| process.1 == 0 || seen.started == process.1);
    #[cfg(all(unix, not(target_os = "linux")))]
    return i32::try_from(process.0)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
    #[cfg(not(unix))]
    return process.0 > 0;
}

/// When processes that may be an agent's were started, in UTC milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offspring {
    /// The agent itself lives.
    pub of_living: bool,
    /// Living descendants; our own processes are left out.
    pub children: Vec<i64>,
    /// Those that have lost their parent: once anybody's.
    pub strays: Vec<i64>,
}

/// `None`: processes cannot be seen here. Of an ancestor that is gone only strays are left.
#[cfg(target_os = "linux")]
pub fn offspring(ancestor: Process, now_ms: i64) -> Option<Offspring> {
    let of_living = is_there(ancestor);
    let mut all = std::collections::HashMap::new();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if let Some(seen) = look(pid) {
            all.insert(pid, seen);
        }
    }
    let up = std::fs::read_to_string("/proc/uptime").ok()?;
    let up_seconds: f64 = up.split(' ').next()?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since the system was started")]
    let up_ms = (up_seconds * 1000.0) as i64;
    let per_second = i64::try_from(rustix::param::clock_ticks_per_second()).ok().filter(|ticks| *ticks > 0)?;
    let begun = |seen: &Seen| Some(now_ms - up_ms + i64::try_from(seen.started).ok()? * 1000 / per_second);
    let descends = |mut at: u32| {
        (0..64).any(|_| match all.get(&at) {
            Some(seen) if seen.parent == ancestor.0 => true,
            Some(seen) => {
                at = seen.parent;
                false
            }
            None => false,
        })
    };
    let is_init = |pid: u32| pid == 1 || all.get(&pid).is_some_and(|seen| INITS.contains(&seen.name.as_str()));
    let mut offspring = Offspring { of_living, ..Offspring::default() };
    for (pid, seen) in all.iter().filter(|(_, seen)| seen.name != "tma1") {
        if of_living && descends(*pid) {
            offspring.children.extend(begun(seen));
        } else if is_init(seen.parent) {
            offspring.strays.extend(begun(seen));
        }
    }
    Some(offspring)
}

#[cfg(not(target_os = "linux"))]
pub fn offspring(_: Process, _: i64) -> Option<Offspring> {
    None
}

/// Reads `/proc/PID/stat`; the name in it may hold anything, parentheses too. What has ended and was not asked how is
/// not there.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux tells"))]
fn seen(stat: &str) -> Option<Seen> {
    let (begin, end) = (stat.find('(')?, stat.rfind(')')?);
    let fields: Vec<&str> = stat.get(end + 1..)?.split_ascii_whitespace().collect();
    if matches!(fields.first(), Some(&("Z" | "X"))) {
        return None;
    }
    Some(Seen {
        name: stat.get(begin + 1..end)?.to_owned(),
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Processes 10 and up, each the child of the next.
    fn chain<'a>(names: &'a [&'a str]) -> impl Fn(u32) -> Option<Seen> + 'a {
        |pid| {
            let name = names.get(usize::try_from(pid.checked_sub(10)?).ok()?)?;
            Some(Seen { name: (*name).to_owned(), parent: pid + 1, started: u64::from(pid) * 100 })
        }
    }

    #[test]
    fn the_nearest_that_is_no_shell() {
        for (names, told, found) in [
            (&["claude", "zsh"][..], None, Some((10, 1000))),
            (&["sh", "bash", "MainThread", "bash"], None, Some((12, 1200))),
            (&["-zsh", "npm exec codex", "node"], None, Some((12, 1200))),
            // One agent in another's shell has the other's variable.
            (&["sh", "codex", "bash", "claude"], Some(13), Some((11, 1100))),
            (&["sh", "bash", "claude"], Some(12), Some((12, 1200))),
            // An agent that goes by the name of its wrapper says who it is.
            (&["sh", "bash", "node"], Some(11), Some((11, 1100))),
            (&["sh", "systemd"], None, None),
            (&["sh", "sh", "sh", "sh", "sh", "sh", "sh", "sh", "codex"], None, None),
            // Where nothing can be seen, what is told counts.
            (&[], Some(77), Some((77, 0))),
            (&[], None, Some((10, 0))),
        ] {
            assert_eq!(nearest(10, told, &chain(names)), found, "{names:?} {told:?}");
        }
    }

    #[test]
    fn names_with_parentheses_do_not_confuse() {
        let stat =
            "812 (tmux: (a) b) S 42 812 812 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 91234 1000 200 18446744073709551615";
        assert_eq!(seen(stat), Some(Seen { name: "tmux: (a) b".to_owned(), parent: 42, started: 91234 }));
        for none in ["", "1", ")(", "1 (a) S 2 3", "1 (a) S x 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 9"] {
            assert_eq!(seen(none), None, "{none}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_is_seen_with_its_start() {
        let now = || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            i64::try_from(since.as_millis()).unwrap()
        };
        let before = now();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let seen = offspring((std::process::id(), 0), now());
        child.kill().unwrap();
        child.wait().unwrap();
        let close = |at: &i64| (*at - before).abs() < 60_000;
        assert!(seen.unwrap().children.iter().any(close), "a clock of seconds since the start, not of another kind");
        let another = offspring((std::process::id(), 1), now()).unwrap();
        assert!(another.children.is_empty(), "another process had this number");
    }

    #[test]
    fn this_test_has_a_start() {
        let myself = look(std::process::id()).unwrap();
        assert!(myself.started > 0 && myself.parent == std::os::unix::process::parent_id());
        let claude = std::process::id().to_string();
        assert_eq!(told(&|name| (name == "CLAUDE_PID").then(|| claude.clone())), Some(std::process::id()));
        assert_eq!(told(&|_| Some("-4".to_owned())), None);
    }
}
