//! In a pipeline: the two streams stay apart, byte for byte, at once; who reads and who went away is noticed.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use xxhash_rust::xxh3::Xxh3;

use super::piped;
use crate::support::{Home, eventually};

fn hash(mut from: impl std::io::Read) -> (u64, u64) {
    let (mut hash, mut count, mut buffer) = (Xxh3::new(), 0, vec![0; 65536]);
    loop {
        let read = from.read(&mut buffer).expect("it reads");
        if read == 0 {
            return (count, hash.digest());
        }
        hash.update(&buffer[..read]);
        count += read as u64;
    }
}

#[test]
fn streams_stay_apart_and_partial_lines_come_at_once() {
    let home = Home::new();
    let mut child = piped(home.wrapped(&["sh", "-c", "printf out; printf err >&2; read x; printf \"<$x>\"; exit 4"]));
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let mut three = [0; 3];
    out.read_exact(&mut three).unwrap();
    assert_eq!(&three, b"out");
    err.read_exact(&mut three).unwrap();
    assert_eq!(&three, b"err");
    child.stdin.take().unwrap().write_all(b"in\n").unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    err.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.as_str(), child.wait().unwrap().code()), ("<in>", Some(4)));
    let run = home.build();
    assert_eq!((run["status"].as_str(), run["exit_code"].as_i64()), (Some("failed"), Some(4)));
    let tail = run["tail"].as_str().unwrap();
    assert!(tail.contains("out") && tail.contains("err"), "{tail}");
}

#[test]
fn sixty_four_megabytes_of_noise_come_through_whole() {
    let home = Home::new();
    let noise = "import os, sys\nx = 88172645463325252\nblock = bytearray()\nwhile len(block) < 1 << 20:\n    x ^= (x << 13) & ((1 << 64) - 1); x ^= x >> 7; x ^= (x << 17) & ((1 << 64) - 1)\n    block += x.to_bytes(8, 'little')\nfor n in range(64):\n    sys.stdout.buffer.write(bytes(block)); block = block[4099:] + block[:4099]\n";
    home.write("noise.py", noise);
    let run = |mut command: Command| {
        let mut child = command.current_dir(home.path()).stdout(Stdio::piped()).spawn().unwrap();
        let found = hash(child.stdout.take().unwrap());
        assert!(child.wait().unwrap().success());
        found
    };
    let mut bare = Command::new("python3");
    bare.arg("noise.py");
    let expected = run(bare);
    assert_eq!(expected.0, 64 << 20);
    assert_eq!(run(home.wrapped(&["python3", "noise.py"])), expected);
    let tail = home.build()["tail"].as_str().unwrap().len();
    assert!(tail < 64 * 1024, "{tail}");
}

#[test]
fn one_pipe_for_both_keeps_their_order() {
    let home = Home::new();
    home.write("both.sh", "for n in $(seq 300); do echo o$n; echo e$n >&2; done\n");
    let command = format!("{} build -- sh both.sh 2>&1", env!("CARGO_BIN_EXE_tma1"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).current_dir(home.path()).env("TMA1_DATA_DIR", home.data()).env("TMA1_AUTOSTART", "0");
    let shown = String::from_utf8(shell.env("HOME", home.path()).output().unwrap().stdout).unwrap();
    let expected = (1..=300).fold(String::new(), |lines, n| lines + &format!("o{n}\ne{n}\n"));
    assert_eq!(shown, expected);
}

#[test]
fn a_reader_that_goes_away_ends_the_command() {
    let home = Home::new();
    let line = "yes | head -1; echo ${PIPESTATUS[0]}; $T build -- yes | head -1; echo ${PIPESTATUS[0]}";
    let mut shell = home.command();
    let environment: Vec<_> = shell.get_envs().map(|(n, v)| (n.to_owned(), v.map(ToOwned::to_owned))).collect();
    shell = Command::new("bash");
    shell.env_clear().envs(environment.into_iter().filter_map(|(n, v)| Some((n, v?))));
    let out = shell.args(["-c", line]).env("T", env!("CARGO_BIN_EXE_tma1")).output().unwrap();
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "y\n141\ny\n141\n");
    assert_eq!(home.build()["status"], "stopped");
}

#[test]
fn what_it_leaves_running_keeps_its_way_out() {
    let home = Home::new();
    let fifo = home.path().join("go");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let left = "(read x < go; echo later; echo late >&2) & echo first";
    let mut child = piped(home.wrapped(&["sh", "-c", left]));
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    // The command ends although the other still has its streams.
    assert_eq!(eventually("the end", || child.try_wait().unwrap()).code(), Some(0));
    std::fs::write(&fifo, "x\n").unwrap();
    let (mut said, mut erred) = (String::new(), String::new());
    out.read_to_string(&mut said).unwrap();
    err.read_to_string(&mut erred).unwrap();
    assert_eq!((said.as_str(), erred.as_str()), ("first\nlater\n", "late\n"));
}

#[test]
fn input_goes_past_us() {
    let home = Home::new();
    let mut child = piped(home.wrapped(&["cat"]));
    let (mut input, out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let expected = hash(&bytes[..]);
    let writing = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    assert_eq!(hash(out), expected);
    writing.join().unwrap();
    assert!(child.wait().unwrap().success());
}
