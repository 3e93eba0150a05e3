//! `tma1 import`: once, twice, in pieces, killed, on a full disk, and of files that are none.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use crate::support::{Home, Transcript, difference, project_dir, public_fixtures, renumbered};

fn sample() -> String {
    let run = project_dir().join("adapters/claude-code/fixtures/2.1.328/multi/projects/-home-dev-project");
    std::fs::read_to_string(run.join("22222222-2222-4222-8222-222222222222.jsonl")).unwrap()
}

#[test]
fn a_second_import_changes_nothing() {
    let home = Home::new();
    home.write(".claude/projects/p/s.jsonl", sample());
    let first = home.json(&["import", "--json"]);
    assert_eq!(first["files"], 1, "{first}");
    let before = home.dump();
    let second = home.json(&["import", "--json"]);
    assert_eq!((&second["files"], &second["files_unchanged"]), (&json!(0), &json!(1)), "{second}");
    assert_eq!(difference(&home.dump(), &before), None);
    // The same bytes under another name are the same history.
    home.write(".claude/projects/q/copy.jsonl", sample());
    home.json(&["import", "--json"]);
    assert_eq!(difference(&home.dump(), &before), None);
}

#[test]
fn what_is_appended_is_read_and_what_is_replaced_is_read_anew() {
    let home = Home::new();
    let begin = Transcript::new("s1", "/w/app").prompt("one").answer("first");
    let path = home.write(".claude/projects/p/s1.jsonl", begin.text());
    home.ok(&["import"]);
    let more = begin.prompt("two").text();
    let half = more.len() - 20;
    std::fs::write(&path, &more[..half]).unwrap();
    home.ok(&["import"]);
    assert_eq!(home.one("SELECT user_prompts FROM sessions"), 1, "half a line is no record");
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(&more.as_bytes()[half..]).unwrap();
    home.ok(&["import"]);
    assert_eq!(home.one("SELECT user_prompts FROM sessions"), 2);
    // Shorter than before: another file at the same path.
    std::fs::write(&path, Transcript::new("s2", "/w/app").prompt("new").text()).unwrap();
    home.ok(&["import"]);
    assert_eq!(
        home.sql("SELECT session_id FROM sessions ORDER BY 1"),
        json!([{"session_id": "s1"}, {"session_id": "s2"}])
    );
}

/// One frame of raw blocks, as zstd writes what it cannot make smaller.
fn packed(text: &[u8]) -> Vec<u8> {
    // One segment, its size in four bytes.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    frame.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    let blocks: Vec<&[u8]> = text.chunks(100_000).collect();
    for (place, block) in blocks.iter().enumerate() {
        let last = u32::from(place + 1 == blocks.len());
        let head = u32::try_from(block.len()).unwrap() << 3 | last;
        frame.extend(&head.to_le_bytes()[..3]);
        frame.extend(*block);
    }
    frame
}

#[test]
fn a_compressed_history_is_the_same_history() {
    let run = project_dir().join("adapters/codex/fixtures/0.169.0/multi");
    let rollout = "sessions/2026/11/20/rollout-2026-11-20T09-56-44-01a1f863-1300-7592-a2ed-a8651c189e0a.jsonl";
    let text = std::fs::read(run.join(rollout)).unwrap();
    let plain = Home::new();
    plain.write(&format!(".codex/{rollout}"), &text);
    plain.ok(&["import"]);
    let home = Home::new();
    let (one, two) = text.split_at(text.len() / 2);
    let frames = [packed(one), packed(two)].concat();
    let path = home.write(&format!(".codex/{rollout}.zst"), &frames[..frames.len() - 9]);
    home.ok(&["import"]);
    assert!(home.ok(&["status", "--json"]).contains("file could not be read"));
    std::fs::write(&path, &frames).unwrap();
    home.ok(&["import"]);
    let told =
        "SELECT session_id, user_prompts, assistant_messages, tool_calls, input_tokens, output_tokens FROM sessions";
    assert_eq!(home.sql(told), plain.sql(told));
    let before = home.dump();
    home.write(&format!(".codex/{rollout}"), &text);
    home.ok(&["import"]);
    assert_eq!(difference(&home.dump(), &before), None, "compressed or not, it is one");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn pieces_of_a_file_come_to_the_same_as_the_whole(mut cuts in prop::collection::vec(0.0f64..1.0, 1..6)) {
        let text = sample();
        let whole = Home::new();
        whole.write(".claude/projects/p/s.jsonl", &text);
        whole.ok(&["import"]);
        let home = Home::new();
        cuts.sort_by(f64::total_cmp);
        for cut in cuts {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
            let at = (text.len() as f64 * cut) as usize;
            home.write(".claude/projects/p/s.jsonl", &text.as_bytes()[..at]);
            home.ok(&["import"]);
        }
        home.write(".claude/projects/p/s.jsonl", &text);
        home.ok(&["import"]);
        prop_assert_eq!(difference(&home.dump(), &whole.dump()), None);
    }
}

#[test]
fn copies_belong_to_the_earlier_session_in_whatever_order_they_are_read() {
    let run = project_dir().join("adapters/claude-code/fixtures/2.1.328/resume/projects/-home-dev-project");
    let (parent, fork) = ("44444444-4444-4444-8444-444444444444.jsonl", "44444444-4444-4444-8444-44444444ffff.jsonl");
    let mut dumps = Vec::new();
    for order in [[parent, fork], [fork, parent]] {
        let home = Home::new();
        for name in order {
            home.import(&run.join(name));
        }
        assert_eq!(
            home.sql("SELECT session_id, assistant_messages, user_prompts FROM sessions ORDER BY session_id"),
            json!([
                {"session_id": "44444444-4444-4444-8444-444444444444", "assistant_messages": 3, "user_prompts": 3},
                {"session_id": "44444444-4444-4444-8444-44444444ffff", "assistant_messages": 1, "user_prompts": 1}
            ])
        );
        dumps.push(home.dump());
    }
    assert_eq!(difference(&dumps[0], &dumps[1]), None);
}

/// Some dozen sessions of the size that people have.
fn many(home: &Home, bytes: usize) {
    let text = sample();
    for number in 0..bytes / text.len() {
        home.write(&format!(".claude/projects/p{}/s{number}.jsonl", number % 7), renumbered(&text, number));
    }
}

#[test]
fn killed_in_the_middle_and_run_again_is_as_if_nothing_happened() {
    let undisturbed = Home::new();
    many(&undisturbed, 8_000_000);
    undisturbed.ok(&["import"]);
    let want = undisturbed.dump();
    for kills in 1..=3 {
        let home = Home::new();
        many(&home, 8_000_000);
        for _ in 0..kills {
            let mut child = home.command().args(["import"]).stderr(Stdio::null()).spawn().unwrap();
            let before = committed(&home);
            let deadline = Instant::now() + Duration::from_mins(1);
            // Until it has committed something more, or is through.
            while committed(&home) <= before && child.try_wait().unwrap().is_none() && Instant::now() < deadline {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        home.ok(&["import"]);
        assert_eq!(difference(&home.dump(), &want), None, "after {kills} kills");
    }
}

/// Bytes in the log: grows with every commit, whoever looks.
fn committed(home: &Home) -> u64 {
    std::fs::metadata(home.data().join("tma1.db-wal")).map_or(0, |m| m.len())
}

#[test]
fn a_full_disk_is_said_plainly_and_leaves_nothing_half_written() {
    let home = Home::new();
    many(&home, 6_000_000);
    let sums = "SELECT count(*), sum(tool_calls), sum(output_tokens), sum(user_prompts) FROM sessions";
    home.ok(&["import"]);
    let want = home.ok(&["sql", sums, "--format", "json"]);
    let small = home.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=1500k tmpfs {dir} && {{ '{bin}' import; echo code=$?; '{bin}' sql 'SELECT count(*) > 0 FROM sessions'; \
         mount -o remount,size=100m {dir}; '{bin}' import; echo code=$?; '{bin}' sql '{sums}' --format json; }}",
        dir = small.display(),
        bin = env!("CARGO_BIN_EXE_tma1"),
    );
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", &script])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("TMA1_DATA_DIR", small.join("data"))
        .output();
    let Some(output) = output.ok().filter(|o| String::from_utf8_lossy(&o.stdout).contains("code=")) else {
        eprintln!("skipped: no small disk can be made here");
        return;
    };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(out.starts_with("code=1"), "{out}{err}");
    assert!(err.contains("the disk is full") && err.contains("tma1.db"), "{err}");
    // What was committed can be read, and with more room the rest comes as if nothing had happened.
    assert!(out.contains("code=0") && out.ends_with(&want), "{out}{err}\nwanted {want}");
}

#[test]
fn what_is_no_transcript_is_counted_and_named_and_stops_nothing() {
    let home = Home::new();
    let good = Transcript::new("good", "/w/app")
        .prompt("hello")
        .raw("{\"broken\": ")
        .raw("[1]")
        .raw("{\"type\":\"user\"}")
        .answer("hi");
    home.write(".claude/projects/p/good.jsonl", good.text());
    home.write(".claude/projects/p/prose.jsonl", "This is a letter.\nNot a transcript.\n");
    home.write(".claude/projects/p/nul.jsonl", vec![0u8; 300_000]);
    home.write(".claude/projects/p/latin.jsonl", b"{\"type\":\"user\",\"x\":\"\xe9\"}\n");
    home.write(".claude/projects/p/empty.jsonl", "");
    let mut long = vec![b'x'; 30 << 20];
    long.push(b'\n');
    long.extend_from_slice(Transcript::new("after", "/w/app").prompt("still read").text().as_bytes());
    home.write(".claude/projects/p/long.jsonl", long);
    home.ok(&["import"]);
    assert_eq!(
        home.sql("SELECT session_id, user_prompts, assistant_messages FROM sessions ORDER BY 1"),
        json!([
            {"session_id": "after", "user_prompts": 1, "assistant_messages": 0},
            {"session_id": "good", "user_prompts": 1, "assistant_messages": 1},
        ])
    );
    let status = home.json(&["status", "--json"]);
    let told = status["skipped"].to_string();
    for (file, reason) in [
        ("good.jsonl", "not JSON"),
        ("good.jsonl", "not an object"),
        ("prose.jsonl", "not JSON"),
        ("nul.jsonl", "NUL bytes"),
        ("latin.jsonl", "not UTF-8"),
        ("long.jsonl", "line longer than"),
    ] {
        let named = status["skipped"]
            .as_array()
            .unwrap()
            .iter()
            .any(|s| s["path"].as_str().unwrap().ends_with(file) && s["reason"].as_str().unwrap().contains(reason));
        assert!(named, "{file}: {reason} is not in {told}");
    }
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    home.write(".claude/projects/open/a.jsonl", Transcript::new("a", "/w/app").prompt("hello").text());
    home.write(".claude/projects/shut/b.jsonl", Transcript::new("b", "/w/app").prompt("hello").text());
    let shut = home.projects().join("shut");
    std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(0o000)).unwrap();
    let forbidden = std::fs::read_dir(&shut).is_err();
    home.ok(&["import"]);
    let told = home.json(&["status", "--json"])["skipped"].to_string();
    std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(0o700)).unwrap();
    if forbidden {
        assert!(told.contains("directory could not be read") && told.contains("shut"), "{told}");
    } else {
        eprintln!("skipped in part: this user may read everything");
    }
    assert_eq!(home.one("SELECT count(*) FROM sessions WHERE session_id = 'a'"), 1);
    home.ok(&["import"]);
    assert_eq!(home.one("SELECT count(*) FROM sessions"), 2, "what was closed is read once it is open");
    let told = home.json(&["status", "--json"])["skipped"].to_string();
    assert!(!told.contains("could not be read"), "{told}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_circles_end() {
    let home = Home::new();
    home.write("elsewhere/a.jsonl", Transcript::new("a", "/w/app").prompt("hello").text());
    std::fs::create_dir_all(home.projects()).unwrap();
    std::os::unix::fs::symlink(home.path().join("elsewhere"), home.projects().join("p")).unwrap();
    std::os::unix::fs::symlink(home.projects(), home.path().join("elsewhere/up")).unwrap();
    std::os::unix::fs::symlink("/nonexistent", home.projects().join("gone.jsonl")).unwrap();
    home.ok(&["import"]);
    assert_eq!(home.one("SELECT count(*) FROM sessions"), 1);
    assert_eq!(home.json(&["status", "--json"])["skipped"], json!(null));
}

#[test]
fn bad_arguments_name_themselves_and_the_way_out() {
    let home = Home::new();
    for (args, code, words) in [
        (vec!["import", "--path", "/nonexistent/x"], 1, vec!["/nonexistent/x", "No such file"]),
        (vec!["import", "--since", "yesterday"], 2, vec!["--since", "yesterday", "30d"]),
        (vec!["import", "--agent", "cursor"], 2, vec!["cursor", "claude_code"]),
        (vec!["imprt"], 2, vec!["import"]),
    ] {
        let ran = home.run(&args);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.stderr);
        assert!(words.iter().all(|w| ran.stderr.contains(w)), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn only_one_import_writes_at_a_time() {
    let home = Home::new();
    home.ok(&["import"]);
    let lock = std::fs::File::options().write(true).open(home.data().join("writer.lock")).unwrap();
    lock.lock().unwrap();
    let ran = home.run(&["import"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("another tma1 process"), "{}", ran.stderr);
}

#[test]
fn since_leaves_out_files_that_are_older() {
    let home = Home::new();
    let old = home.write(".claude/projects/p/old.jsonl", Transcript::new("old", "/w/app").prompt("x").text());
    home.write(".claude/projects/p/new.jsonl", Transcript::new("new", "/w/app").prompt("x").text());
    let long_ago = std::time::SystemTime::now() - Duration::from_hours(40 * 24);
    std::fs::File::options().write(true).open(old).unwrap().set_modified(long_ago).unwrap();
    home.ok(&["import", "--since", "30d"]);
    assert_eq!(home.sql("SELECT session_id FROM sessions"), json!([{"session_id": "new"}]));
    home.ok(&["import"]);
    assert_eq!(home.one("SELECT count(*) FROM sessions"), 2);
}

/// Facts that were computed independently, where the files are at hand.
#[test]
fn public_transcripts_hold_what_others_counted() {
    let Some(fixtures) = public_fixtures() else { return };
    let checker = fixtures.join("../../checks/facts.py");
    let ran =
        Command::new("python3").arg(checker).args(["--agent", "claude", "--tma1", env!("CARGO_BIN_EXE_tma1")]).output();
    let Ok(ran) = ran else {
        eprintln!("skipped: no python3");
        return;
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}
