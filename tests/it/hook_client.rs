//! `tma1 hook` before sidecars of every kind: one that answers, hangs, refuses, talks nonsense or is not there.

use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tma1::spool::{Entry, Spool, State};

use crate::support::Home;

/// Far more than any of this takes.
const PATIENCE: Duration = Duration::from_secs(30);

const EVENT: &str = r#"{"session_id":"s-1","hook_event_name":"Stop","cwd":"/w","stop_hook_active":false}"#;

/// A hook gives up after 300 ms, and a crowded machine may not give it as much as a tenth of that: what it does with
/// its time is tested here, not how much it gets.
fn patiently(test: impl Fn() + std::panic::RefUnwindSafe) {
    for _ in 0..5 {
        if std::panic::catch_unwind(&test).is_ok() {
            return;
        }
        eprintln!("once more");
    }
    test();
}

/// Whoever listens on a home's socket. Each request that came in whole is told.
struct Sidecar {
    heard: Receiver<Heard>,
}

struct Heard {
    first: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Heard {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Sidecar {
    /// `answer`: `None` leaves everybody waiting.
    fn saying(home: &Home, answer: Option<&[u8]>) -> Self {
        let listener = listen(home);
        let answer = answer.map(<[u8]>::to_vec);
        let (tell, heard) = channel();
        std::thread::spawn(move || {
            let mut waiting = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let Some(request) = request(&mut stream) else { continue };
                match &answer {
                    Some(answer) => drop(stream.write_all(answer)),
                    None => waiting.push(stream),
                }
                if tell.send(request).is_err() {
                    return;
                }
            }
        });
        Self { heard }
    }

    fn answering(home: &Home, status: &str, body: &str) -> Self {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        Self::saying(home, Some(answer.as_bytes()))
    }

    fn heard(&self) -> Heard {
        self.heard.recv_timeout(PATIENCE).expect("a request")
    }
}

fn listen(home: &Home) -> UnixListener {
    std::fs::create_dir_all(home.data()).expect("a data directory");
    UnixListener::bind(home.data().join("tma1.sock")).expect("a socket")
}

fn request(stream: &mut impl std::io::Read) -> Option<Heard> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 65536];
    loop {
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head in ASCII");
        let mut lines = head.lines();
        let first = lines.next()?.to_owned();
        let headers: Vec<(String, String)> =
            lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let mut request = Heard { first, headers, body: bytes[end + 4..].to_vec() };
        let length: usize = request.header("content-length")?.parse().ok()?;
        while request.body.len() < length {
            let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
            request.body.extend_from_slice(&piece[..read]);
        }
        return Some(request);
    }
}

fn hook(home: &Home, args: &[&str]) -> Command {
    let mut command = home.command();
    command.arg("hook").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Hands `event` over, waits, and insists on what is promised of every hook.
fn ran(command: Command, event: impl AsRef<[u8]>) -> String {
    let (said, written) = fed(command, event.as_ref());
    written.expect("the hook reads");
    said
}

fn fed(mut command: Command, event: &[u8]) -> (String, std::io::Result<()>) {
    let mut child = command.spawn().expect("the hook runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let written = stdin.write_all(event);
    drop(stdin);
    (ended(child), written)
}

fn ended(child: Child) -> String {
    let (tell, told) = channel::<Output>();
    std::thread::spawn(move || tell.send(child.wait_with_output().expect("an end")));
    let output = told.recv_timeout(PATIENCE).expect("the hook ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).expect("text")
}

fn claude(home: &Home) -> Command {
    hook(home, &["--agent", "claude_code"])
}

fn spooled(data_dir: &Path) -> Vec<Entry> {
    Spool::new(data_dir).take(usize::MAX).expect("a spool").entries().to_vec()
}

fn state(home: &Home) -> State {
    Spool::new(&home.data()).state()
}

/// The one event that waits, and that nothing was lost.
fn only(home: &Home) -> Entry {
    let mut entries = spooled(&home.data());
    assert_eq!((entries.len(), state(home).lost), (1, 0));
    entries.remove(0)
}

fn lost(home: &Home) {
    assert_eq!((spooled(&home.data()).len(), state(home).lost), (0, 1));
}

fn json_of(entry: &Entry) -> Value {
    serde_json::from_slice(&entry.body).expect("JSON")
}

#[test]
fn what_the_sidecar_says_is_printed_as_it_is() {
    patiently(|| {
        let home = Home::new();
        let answer = "{\"hookSpecificOutput\":{\"additionalContext\":\"<tma1-context>\\nü\"}}\nsecond line\n ";
        let sidecar = Sidecar::answering(&home, "200 OK", answer);
        let mut command = hook(&home, &["--later", "--agent=claude-code", "--event", "Stop & go"]);
        command.env("CLAUDE_PROJECT_DIR", "/w/ü").env("CLAUDE_CODE_SESSION_ID", "s-1").env("SECRET", "no");
        let before = now_ms();
        assert_eq!(ran(command, EVENT), answer);

        let heard = sidecar.heard();
        let path = "POST /api/hooks?source=claude-code&envelope=claude-code&event=Stop%20%26%20go HTTP/1.1";
        assert_eq!(heard.first, path);
        assert_eq!(heard.body, EVENT.as_bytes());
        assert_eq!(heard.header("content-type"), Some("application/json"));
        assert_eq!(heard.header("host"), Some("localhost"));
        let id = heard.header("tma1-event-id").expect("an id");
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        let at: i64 = heard.header("tma1-at").and_then(|at| at.parse().ok()).expect("a time");
        assert!((before..=now_ms()).contains(&at), "{at}");
        let hints: Value = serde_json::from_str(heard.header("tma1-env").expect("hints")).expect("JSON");
        assert_eq!(hints, json!({"CLAUDE_PROJECT_DIR": "/w/ü", "CLAUDE_CODE_SESSION_ID": "s-1"}));
        // This test runs the hook, so this test is the agent.
        let (pid, started) = heard.header("tma1-process").and_then(|p| p.split_once(':')).expect("a process");
        assert_eq!(pid, std::process::id().to_string());
        assert!(cfg!(not(target_os = "linux")) || started.parse::<u64>().expect("a number") > 0);
        assert_eq!(state(&home), State::default());
    });
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before long")
}

#[test]
fn nothing_is_printed_where_nothing_is_to_be_said() {
    patiently(|| {
        let home = Home::new();
        let sidecar = Sidecar::answering(&home, "200 OK", "");
        assert_eq!(ran(claude(&home), EVENT), "");
        assert_eq!(sidecar.heard().body, EVENT.as_bytes());

        let home = Home::new();
        let sidecar = Sidecar::answering(&home, "200 OK", "words");
        let mut silent = claude(&home);
        silent.env("TMA1_DISABLE_INJECTION", "1");
        assert_eq!(ran(silent, EVENT), "");
        assert_eq!(sidecar.heard().body, EVENT.as_bytes());
        assert_eq!(state(&home), State::default());
    });
}

#[test]
fn two_calls_are_two_events() {
    patiently(|| {
        let home = Home::new();
        let sidecar = Sidecar::answering(&home, "200 OK", "");
        ran(claude(&home), EVENT);
        ran(claude(&home), EVENT);
        assert_ne!(sidecar.heard().header("tma1-event-id"), sidecar.heard().header("tma1-event-id"));
    });
}

#[test]
fn a_sidecar_that_never_answers() {
    patiently(|| {
        let home = Home::new();
        let sidecar = Sidecar::saying(&home, None);
        assert_eq!(ran(hook(&home, &["--agent", "codex", "--event", "Stop"]), EVENT), "");
        let kept = only(&home);
        let told = sidecar.heard();
        assert_eq!(Some(kept.id.as_str()), told.header("tma1-event-id"), "known again should it have been stored");
        assert_eq!(
            (kept.source.as_str(), kept.envelope.as_deref(), kept.event.as_deref()),
            ("codex", Some("codex"), Some("Stop"))
        );
        assert_eq!(Some(kept.at.to_string().as_str()), told.header("tma1-at"));
        assert_eq!(kept.process.map(|(pid, _)| pid), Some(std::process::id()));
        assert_eq!(json_of(&kept), serde_json::from_str::<Value>(EVENT).expect("JSON"));
    });
}

#[test]
fn a_sidecar_that_never_even_accepts() {
    patiently(|| {
        let home = Home::new();
        let _listening = listen(&home);
        let large = json!({"session_id": "s", "parts": vec!["x".repeat(60_000); 6]}).to_string();
        assert_eq!(ran(claude(&home), &large), "");
        assert_eq!(json_of(&only(&home)).to_string().len(), large.len());
    });
}

#[test]
fn no_sidecar_and_none_wanted() {
    patiently(|| {
        let home = Home::new();
        assert_eq!(ran(claude(&home), EVENT), "");
        assert_eq!(json_of(&only(&home))["session_id"], "s-1");
        assert!(!home.data().join("starting.lock").exists(), "nobody tried to start one");

        // What a crash leaves behind.
        drop(listen(&home));
        assert_eq!(ran(claude(&home), EVENT), "");
        assert_eq!(spooled(&home.data()).len(), 2);
    });
}

#[test]
fn answers_that_are_none() {
    patiently(|| {
        for answer in ["", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"half\":", "HTTP/1.1 200"]
        {
            let home = Home::new();
            let _sidecar = Sidecar::saying(&home, Some(answer.as_bytes()));
            assert_eq!(ran(claude(&home), EVENT), "", "{answer}");
            only(&home);
        }
    });
}

#[test]
fn a_sidecar_that_ends_meanwhile_and_the_next_one() {
    patiently(|| {
        let home = Home::new();
        let listener = listen(&home);
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nheard"] {
                let (mut stream, _) = listener.accept().expect("a connection");
                let heard = request(&mut stream).expect("a request");
                stream.write_all(answer.as_bytes()).expect("a hook");
                tell.send(heard.header("tma1-event-id").map(str::to_owned)).expect("a test");
            }
        });
        assert_eq!(ran(claude(&home), EVENT), "heard");
        let ids = || told.recv_timeout(PATIENCE).expect("a request");
        assert_eq!(ids(), ids());
        assert_eq!(state(&home), State::default());
    });
}

#[test]
fn refused_for_now_is_kept_and_refused_for_good_is_counted() {
    patiently(|| {
        for status in ["503 Service Unavailable", "500 Internal Server Error", "429 Too Many Requests"] {
            let home = Home::new();
            let _sidecar = Sidecar::answering(&home, status, "no");
            assert_eq!(ran(claude(&home), EVENT), "", "{status}");
            only(&home);
        }
        for status in ["403 Forbidden", "413 Too Large", "415 Unsupported", "404 Not Found"] {
            let home = Home::new();
            let _sidecar = Sidecar::answering(&home, status, "{\"error\":{}}");
            assert_eq!(ran(claude(&home), EVENT), "", "{status}");
            lost(&home);
        }
    });
}

#[test]
fn an_agent_that_never_closes_the_pipe() {
    patiently(|| {
        let home = Home::new();
        let sidecar = Sidecar::answering(&home, "200 OK", "heard");
        let open = |event: &str| {
            let mut child = claude(&home).spawn().expect("the hook runs");
            let mut stdin = child.stdin.take().expect("a pipe");
            stdin.write_all(event.as_bytes()).expect("the hook reads");
            let said = ended(child);
            drop(stdin);
            said
        };
        assert_eq!(open(EVENT), "heard");
        assert_eq!(sidecar.heard().body, EVENT.as_bytes());
        assert_eq!(open(&EVENT[..20]), "");
        lost(&home);
        assert_eq!(open(""), "");
        assert_eq!(state(&home).lost, 2);
    });
}

#[test]
fn what_is_no_json_is_passed_on_and_kept() {
    patiently(|| {
        let home = Home::new();
        let sidecar = Sidecar::answering(&home, "200 OK", "");
        ran(claude(&home), b"no \xff json");
        assert_eq!(sidecar.heard().body, b"no \xff json");

        let home = Home::new();
        ran(claude(&home), b"no \xff json");
        assert_eq!(only(&home).body, "no \u{fffd} json".as_bytes());
        let home = Home::new();
        ran(claude(&home), format!("{}{}", "[".repeat(5000), "]".repeat(5000)));
        assert_eq!(only(&home).body.len(), 10_000);
        let home = Home::new();
        assert_eq!(ran(claude(&home), ""), "");
        assert_eq!(state(&home), State::default());
    });
}

#[test]
fn a_large_event_passes_and_one_too_large_is_read_but_lost() {
    patiently(|| {
        let home = Home::new();
        let sidecar = Sidecar::answering(&home, "200 OK", "all of it");
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
        assert_eq!(ran(claude(&home), &large), "all of it");
        assert!(sidecar.heard().body == large.as_bytes());

        // A busy machine may not manage to read all of it in time.
        let home = Home::new();
        let (said, _) = fed(claude(&home), &vec![b'x'; 20 * 1024 * 1024]);
        assert_eq!(said, "");
        lost(&home);
    });
}

#[test]
fn secrets_do_not_reach_the_disk() {
    patiently(|| {
        let home = Home::new();
        let _sidecar = Sidecar::saying(&home, None);
        let key = "sk-ant-api03-Qm9nB4kd82LsPzT71xYvRw3uHc";
        let event = json!({
            "session_id": "s", "tool_input": {"command": format!("curl -H 'x-api-key: {key}'\n"), "password": "Zk39!xPq82mV"},
            "tool_response": format!("{}{key}{}", "é ".repeat(500), " ".repeat(500)),
        });
        let with = |level: &str| {
            let before = state(&home).entries;
            // A busy machine may not manage it in time.
            for _ in 0..20 {
                let mut command = claude(&home);
                command.env("TMA1_REDACTION", level).env("CLAUDE_PROJECT_DIR", format!("/w/{key}"));
                assert_eq!(ran(command, event.to_string()), "");
                if state(&home).entries > before {
                    return;
                }
            }
            panic!("never kept: {:?}", state(&home));
        };
        with("preview");
        with("no such level");
        with("full");
        let bytes = std::fs::read(home.data().join("spool/hooks.spool")).expect("a spool");
        for secret in ["Qm9nB4kd", "Zk39!x"] {
            assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none(), "{secret}");
        }
        let entries = spooled(&home.data());
        assert_eq!(entries.len(), 3);
        assert_eq!(json_of(&entries[1]), json_of(&entries[0]));
        assert!(json_of(&entries[0])["tool_input"]["command"].is_string());
        assert_eq!(json_of(&entries[2]), json!({"session_id": "s"}));
        assert!(entries[2].hints.is_empty());

        with("none");
        assert_eq!(json_of(&spooled(&home.data())[3])["tool_input"], event["tool_input"]);
    });
}

#[test]
fn a_crowd_of_hooks_is_kept_one_by_one() {
    patiently(|| {
        let home = Home::new();
        let numbers: Vec<u64> = (0..40).collect();
        std::thread::scope(|scope| {
            for part in numbers.chunks(10) {
                let home = &home;
                scope.spawn(move || part.iter().for_each(|n| drop(ran(claude(home), format!("{{\"n\":{n}}}")))));
            }
        });
        let mut kept: Vec<u64> = spooled(&home.data()).iter().filter_map(|e| json_of(e)["n"].as_u64()).collect();
        kept.sort_unstable();
        assert_eq!(kept, numbers);
    });
}

#[test]
fn the_data_directory_may_be_named() {
    patiently(|| {
        let home = Home::new();
        let named = home.path().join("named here");
        let mut command = hook(&home, &["--agent", "x", "--data-dir"]);
        command.arg(&named);
        ran(command, EVENT);
        assert_eq!(spooled(&named).len(), 1);
        assert!(!home.data().exists());

        let mut unnamed = claude(&home);
        unnamed.env_remove("TMA1_DATA_DIR");
        ran(unnamed, EVENT);
        assert_eq!(spooled(&home.path().join(".tma1")).len(), 1);
    });
}

#[test]
fn nowhere_to_keep_anything() {
    patiently(|| {
        let home = Home::new();
        let file = home.write("a file", "x");
        let mut command = hook(&home, &["--agent", "x", "--data-dir"]);
        command.arg(file.join("data"));
        assert_eq!(ran(command, EVENT), "");
        let mut homeless = claude(&home);
        homeless.env_remove("TMA1_DATA_DIR").env_remove("HOME");
        assert_eq!(ran(homeless, EVENT), "");
    });
}

#[test]
fn a_full_spool_counts_what_it_turns_away() {
    patiently(|| {
        let home = Home::new();
        let spool = Spool::new(&home.data());
        let large = Entry { id: "a".to_owned(), body: vec![b'x'; 15 * 1024 * 1024], ..Entry::default() };
        let soon = || std::time::Instant::now() + PATIENCE;
        while spool.append(&large, soon()).is_ok() {}
        while spool.append(&Entry { body: vec![b'x'; 64 * 1024], ..large.clone() }, soon()).is_ok() {}
        let before = spool.state().entries;
        let larger = json!({"parts": vec!["x".repeat(60_000); 2]}).to_string();
        assert_eq!(ran(claude(&home), larger), "");
        assert_eq!((spool.state().entries, spool.state().lost), (before, 1));
    });
}

/// A limit on the size of files is as good as a full disk, and anybody may set one.
#[test]
fn a_disk_that_takes_no_more() {
    patiently(|| {
        let home = Home::new();
        ran(claude(&home), EVENT);
        let mut limited = Command::new("sh");
        let told = claude(&home);
        limited
            .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
            .arg(told.get_program())
            .args(told.get_args());
        limited.env_clear().envs(told.get_envs().filter_map(|(name, value)| Some((name, value?))));
        limited.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        assert_eq!(ran(limited, json!({"text": "x".repeat(50_000)}).to_string()), "");
        assert_eq!((spooled(&home.data()).len(), state(&home).lost), (1, 1));
        let names: Vec<_> = std::fs::read_dir(home.data().join("spool")).expect("a directory").flatten().collect();
        assert_eq!(names.len(), 2, "{names:?}");

        ran(claude(&home), EVENT);
        assert_eq!((spooled(&home.data()).len(), state(&home).lost, state(&home).damaged), (2, 1, 0));
    });
}

#[test]
fn a_disk_that_is_full() {
    patiently(|| {
        let home = Home::new();
        let small = home.write("small", EVENT);
        let large = home.write("large", json!({"parts": vec!["x".repeat(30_000); 20]}).to_string());
        let kept = home.path().join("kept");
        std::fs::create_dir_all(home.data()).expect("a data directory");
        std::fs::create_dir_all(&kept).expect("a directory");
        let script = "mount -t tmpfs -o size=1m tmpfs \"$TMA1_DATA_DIR\" || exit 77
        \"$0\" hook --agent x <\"$1\" || exit 1
        dd if=/dev/zero of=\"$TMA1_DATA_DIR/fill\" bs=4k 2>/dev/null && exit 78
        \"$0\" hook --agent x <\"$1\" || exit 2
        \"$0\" hook --agent x <\"$2\" || exit 3
        \"$0\" hook --agent x <\"$1\" || exit 4
        cp -r \"$TMA1_DATA_DIR/spool\" \"$3\"";
        let told = home.command();
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", script]).arg(told.get_program()).args([&small, &large, &kept]);
        command.env_clear().envs(told.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = match command.output() {
            Ok(output) if output.status.success() => output,
            Ok(output) if matches!(output.status.code(), Some(2 | 3 | 4 | 78)) => panic!("{output:?}"),
            other => return eprintln!("skipped: no small disk can be made here ({other:?})"),
        };
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        let entries = spooled(&kept);
        assert_eq!(entries.len(), 3, "what went into the reserve");
        assert!(entries.iter().all(|entry| json_of(entry)["session_id"] == "s-1"));
        assert_eq!(Spool::new(&kept).state().lost, 1);
    });
}

#[test]
fn help_is_given() {
    patiently(|| {
        let home = Home::new();
        let said = ran(hook(&home, &["--help"]), "");
        assert!(said.contains("--agent AGENT") && said.contains("--data-dir DIR"), "{said}");
        assert!(!home.data().exists());
    });
}
