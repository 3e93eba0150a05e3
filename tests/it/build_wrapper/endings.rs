//! However it ends: the exit code is the command's, and the verdict is there.

use std::os::unix::process::ExitStatusExt as _;

use super::{only_child, piped, signal};
use crate::support::{Home, eventually};

#[test]
fn exit_codes_pass_through() {
    let home = Home::new();
    for (words, code, status) in [
        (&["true"][..], 0, "passed"),
        (&["sh", "-c", "exit 7"], 7, "failed"),
        (&["sh", "-c", "exit 255"], 255, "failed"),
        (&["no-such-program"], 127, "failed"),
        (&["/"], 126, "failed"),
    ] {
        let ran = home.run(&[&["build", "--"], words].concat());
        let run = home.build();
        assert_eq!(
            (ran.code, run["status"].as_str(), run["exit_code"].as_i64()),
            (code, Some(status), Some(i64::from(code))),
            "{words:?}"
        );
    }
    let ran = home.run(&["build", "--", "no-such-program"]);
    assert_eq!(ran.stderr, "tma1 build: no-such-program: command not found\n");
    let script = home.script("plain", "echo by $0; exit 3\n");
    let ran = home.run(&["build", "--", script.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.trim()), (3, format!("by {}", script.display()).as_str()));
}

#[test]
fn without_a_command_it_says_how() {
    let ran = Home::new().run(&["build", "--tag", "x"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("tma1 build -- cargo test"), "{}", ran.stderr);
}

#[test]
fn a_command_killed_is_a_death_of_the_same_kind() {
    let home = Home::new();
    for (name, number, status) in
        [("-KILL", 9, "stopped"), ("-SEGV", 11, "failed"), ("-TERM", 15, "stopped"), ("-ABRT", 6, "failed")]
    {
        let mut child = piped(home.wrapped(&["sleep", "100"]));
        signal(only_child(child.id(), "sleep"), name);
        let ended = eventually("the end", || child.try_wait().unwrap());
        assert_eq!(ended.signal(), Some(number), "{name}: {ended:?}");
        let run = home.build();
        assert_eq!(
            (run["status"].as_str(), run["exit_code"].as_i64()),
            (Some(status), Some(128 + i64::from(number))),
            "{name}"
        );
    }
}

#[test]
fn a_signal_to_us_reaches_the_command_once() {
    let home = Home::new();
    for (name, trap, number) in [("-TERM", "TERM", 15), ("-HUP", "HUP", 1), ("-INT", "INT", 2), ("-USR1", "USR1", 10)] {
        let mut child = piped(home.wrapped(&["sleep", "100"]));
        only_child(child.id(), "sleep");
        signal(child.id(), name);
        let ended = eventually("the end", || child.try_wait().unwrap());
        assert_eq!(ended.signal(), Some(number), "{name}: {ended:?}");
        // Caught, it is the command's to decide.
        let text = format!(
            "trap 'echo {trap} >> came' {trap}\necho up > up\nuntil [ -e came ]; do sleep 0.05; done\nsleep 0.5\nexit 9\n"
        );
        home.write("catch.sh", text);
        let mut child = piped(home.wrapped(&["sh", "catch.sh"]));
        eventually("a trap", || home.path().join("up").exists().then_some(()));
        signal(child.id(), name);
        assert_eq!(eventually("the end", || child.try_wait().unwrap()).code(), Some(9), "{name}");
        assert_eq!(std::fs::read_to_string(home.path().join("came")).unwrap(), format!("{trap}\n"));
        assert_eq!(home.build()["exit_code"], 9);
        for file in ["up", "came"] {
            std::fs::remove_file(home.path().join(file)).unwrap();
        }
    }
}

/// As `nohup` and shells do.
#[test]
fn what_was_ignored_before_is_ignored() {
    let home = Home::new();
    let line = "trap '' INT HUP; exec \"$0\" build -- grep -E 'SigIgn|SigBlk' /proc/self/status";
    let mut shell = home.command();
    let environment: Vec<_> = shell.get_envs().filter_map(|(n, v)| Some((n.to_owned(), v?.to_owned()))).collect();
    shell = std::process::Command::new("sh");
    let out = shell.env_clear().envs(environment).args(["-c", line, env!("CARGO_BIN_EXE_tma1")]).output().unwrap();
    let told = String::from_utf8(out.stdout).unwrap();
    let set = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        u64::from_str_radix(&line, 16).unwrap()
    };
    assert_eq!((set("SigIgn:") & 0b11, set("SigBlk:")), (0b11, 0), "{told}");
}

#[test]
fn a_run_whose_wrapper_was_killed_is_stopped() {
    for sidecar_at_work in [true, false] {
        let home = Home::new();
        let at_work = sidecar_at_work.then(|| home.serve());
        let mut child = piped(home.wrapped(&["sh", "-c", "echo going; exec sleep 100"]));
        let sleeping = only_child(child.id(), "sleep");
        let told = |status: &str| {
            let ran = home.run(&["sql", "SELECT status FROM builds", "--format", "csv"]);
            ran.stdout.contains(status).then_some(())
        };
        eventually("the running row", || told("running"));
        signal(child.id(), "-KILL");
        assert_eq!(eventually("the end", || child.try_wait().unwrap()).signal(), Some(9));
        signal(sleeping, "-KILL");
        // Where none was at work, the next one finds out.
        let _sidecar = at_work.unwrap_or_else(|| home.serve());
        eventually("the verdict", || told("stopped"));
    }
}
