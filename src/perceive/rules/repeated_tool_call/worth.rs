//! Whether asking the same thing again is worth a word: not where time alone may change the answer, and not where
//! the call does something each time.

use crate::builds;
use crate::perceive::rules::wording;
use crate::perceive::view::Call;

/// They only look at files, so that the same answer says that nothing is new.
const LOOKS: &[&str] = &[
    "ls",
    "cat",
    "bat",
    "head",
    "less",
    "more",
    "nl",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "ack",
    "fd",
    "find",
    "tree",
    "wc",
    "file",
    "stat",
    "du",
    "diff",
    "cmp",
    "sort",
    "uniq",
    "cut",
    "tr",
    "column",
    "sed",
    "awk",
    "gawk",
    "jq",
    "yq",
    "xxd",
    "md5sum",
    "sha256sum",
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "echo",
    "printf",
    "pwd",
    "cd",
    "which",
    "whereis",
    "type",
    "command",
    "true",
    "env",
    "printenv",
    "uname",
    "whoami",
];

const GIT_LOOKS: &[&str] = &[
    "status",
    "diff",
    "log",
    "show",
    "blame",
    "ls-files",
    "ls-tree",
    "rev-parse",
    "rev-list",
    "describe",
    "grep",
    "shortlog",
    "cat-file",
    "merge-base",
    "reflog",
];

/// They wait, or ask for what goes on outside of the files: services, processes, machines, time. `test` asks whether
/// something is there by now.
const OUTSIDE: &[&str] = &[
    "sleep",
    "wait",
    "watch",
    "tail",
    "curl",
    "wget",
    "http",
    "https",
    "xh",
    "nc",
    "ncat",
    "telnet",
    "ping",
    "dig",
    "host",
    "nslookup",
    "gh",
    "glab",
    "kubectl",
    "helm",
    "oc",
    "docker",
    "docker-compose",
    "podman",
    "nerdctl",
    "ps",
    "pgrep",
    "pidof",
    "top",
    "htop",
    "free",
    "df",
    "lsof",
    "ss",
    "netstat",
    "fuser",
    "kill",
    "pkill",
    "killall",
    "systemctl",
    "service",
    "journalctl",
    "dmesg",
    "aws",
    "gcloud",
    "az",
    "terraform",
    "tofu",
    "pulumi",
    "flyctl",
    "fly",
    "heroku",
    "vercel",
    "netlify",
    "wrangler",
    "ssh",
    "scp",
    "rsync",
    "mosh",
    "date",
    "uptime",
    "nvidia-smi",
    "squeue",
    "sacct",
    "sinfo",
    "qstat",
    "bjobs",
    "jobs",
    "fg",
    "tmux",
    "screen",
    "adb",
    "xcrun",
    "redis-cli",
    "psql",
    "mysql",
    "mongosh",
    "sqlite3",
    "pg_isready",
    "test",
    "[",
    "[[",
    "read",
    "tma1",
    "pm2",
    "supervisorctl",
    "launchctl",
    "crontab",
    "at",
    "nmap",
    "wait-for-it",
    "wait-on",
    "xdotool",
    "open",
    "xdg-open",
];

/// Files that something else is filling, or whose answer is only a stand-in for a picture.
const FILLED: &[&str] =
    &["log", "out", "output", "err", "pid", "lock", "status", "png", "jpg", "jpeg", "gif", "webp", "bmp", "pdf"];
/// Written by tools as they work, too, so not while any of them does.
const RESULTS: &[&str] =
    &["txt", "json", "jsonl", "ndjson", "xml", "csv", "tsv", "html", "lcov", "tap", "db", "sqlite"];

/// A server's tool that begins so asks; the others may do something.
const ASKS: &[&str] = &["get", "read", "search", "find", "list", "query", "fetch", "lookup", "resolve", "describe"];
/// And one that says so asks how far something is.
const PROGRESS: &[&str] = &[
    "status",
    "state",
    "wait",
    "poll",
    "run",
    "job",
    "task",
    "build",
    "check",
    "progress",
    "log",
    "output",
    "event",
    "message",
    "notification",
    "workflow",
    "deploy",
    "pipeline",
    "queue",
    "screenshot",
    "snapshot",
    "console",
    "network",
    "metric",
    "alert",
    "anomal",
    "next",
    "process",
    "session",
    "mail",
    "inbox",
    "change",
];

pub fn failed(call: &Call) -> bool {
    call.status.as_deref() == Some("error")
}

/// `waits`: something is at work, and the call may be a look whether it is done.
pub fn telling(call: &Call, root: Option<&str>, waits: bool) -> bool {
    match call.kind.as_str() {
        "read" => call.path.as_deref().is_some_and(|path| !is(path, FILLED) && (!waits || is_source(call, path, root))),
        // One that went well has changed the file.
        "edit" => failed(call),
        "search" | "web" => !waits,
        "shell" => !waits && call.command.as_deref().is_some_and(|command| of_command(command, failed(call))),
        "mcp" => !waits && asks(&call.tool),
        _ => false,
    }
}

fn is_source(call: &Call, path: &str, root: Option<&str>) -> bool {
    let inside = root.and_then(|root| path.strip_prefix(root)).is_some_and(|rest| rest.starts_with('/'));
    inside && !failed(call) && !is(path, RESULTS)
}

fn is(path: &str, kinds: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(_, kind)| kinds.iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

fn of_command(command: &str, failed: bool) -> bool {
    // Builds have rules of their own, and what does not parse may do anything.
    let Some(found) = builds::programs(command).filter(|_| builds::classify(command).is_none()) else { return false };
    let written = |path: &String| path != "/dev/null" && !path.starts_with('&');
    if found.commands.is_empty() || (!failed && found.written.iter().any(written)) {
        return false;
    }
    let outside = command.split_whitespace().any(|word| matches!(word, "while" | "until" | "watch"));
    !outside && found.commands.iter().all(|words| of_program(words, failed))
}

fn of_program(words: &[String], failed: bool) -> bool {
    let Some((program, args)) = words.split_first() else { return true };
    let program = base(program);
    let sub = args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str);
    if OUTSIDE.contains(&program) {
        // The end of a file or of a pipe, unless it stays there.
        return program == "tail"
            && !args.iter().any(|arg| arg.starts_with("-f") || arg == "-F" || arg.starts_with("--f"))
            && !args.iter().any(|arg| is(arg, FILLED));
    }
    if args.iter().any(|arg| is(arg, FILLED) || arg.starts_with("/proc/") || arg.starts_with("/dev/tcp")) {
        return false;
    }
    if program == "git" {
        return if failed { !matches!(sub, "fetch" | "pull" | "ls-remote") } else { GIT_LOOKS.contains(&sub) };
    }
    let in_place = |arg: &String| arg.starts_with("-i") || arg.starts_with("--in-place");
    let changes = match program {
        "sed" | "yq" => args.iter().any(in_place),
        "find" | "fd" => {
            args.iter().any(|arg| arg.starts_with("-exec") || arg == "-delete" || arg == "-x" || arg == "-X")
        }
        _ => false,
    };
    // Whatever it does, it did not do it.
    failed || (LOOKS.contains(&program) && !changes)
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// Of a server: `mcp__server__get_thing`, or any other way to put its name before.
fn asks(tool: &str) -> bool {
    let name = tool.rsplit("__").next().unwrap_or(tool).to_ascii_lowercase();
    let first = name.split(['_', '-', '.']).next().unwrap_or(&name);
    ASKS.contains(&first) && !PROGRESS.iter().any(|word| name.contains(word))
}

/// What the note calls it. Of a command only the program: what it was given may be anybody's words.
pub fn name(call: &Call, root: Option<&str>) -> String {
    let tool = wording::name(&call.tool);
    match (call.kind.as_str(), &call.path, &call.command) {
        ("read" | "edit", Some(path), _) => format!("{tool} of {}", wording::file(path, root)),
        ("shell", _, Some(command)) => match program(command) {
            Some(program) => wording::command(&program),
            None => tool,
        },
        _ => tool,
    }
}

fn program(command: &str) -> Option<String> {
    let found = builds::programs(command)?;
    let words = found.commands.iter().find(|words| words.first().is_some_and(|word| base(word) != "cd"))?;
    let (program, args) = words.split_first()?;
    let sub = args.first().filter(|arg| base(program) == "git" && !arg.starts_with('-'));
    Some(sub.map_or_else(|| base(program).to_owned(), |sub| format!("git {sub}")))
}
