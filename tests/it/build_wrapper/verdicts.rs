//! Where the verdict goes: to the sidecar, into the store, or into the spool; and what it says.

use serde_json::{Value, json};

use super::{piped, signal};

use crate::support::{Home, Mcp, eventually};

const RED: &str = "echo 'src/a.c:3:5: error: no such thing'; exit 1";

#[test]
fn with_no_sidecar_the_store_has_it() {
    let home = Home::new();
    let ran = home.run(&["build", "--tag", "unit", "--", "sh", "-c", RED]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let run = home.build();
    assert_eq!(run["tag"], "unit");
    assert_eq!(run["origin"], "wrapper");
    assert_eq!(run["status"], "failed");
    assert!(run["last_error"].as_str().unwrap().contains("no such thing"), "{run}");
    let diagnostics: Value = serde_json::from_str(run["diagnostics"].as_str().unwrap()).unwrap();
    assert_eq!((diagnostics[0]["file"].as_str(), diagnostics[0]["line"].as_i64()), (Some("src/a.c"), Some(3)));
    assert_eq!(home.one("SELECT count(*) AS n FROM builds"), 1);
}

#[test]
fn a_sidecar_that_runs_is_told_at_start_and_end() {
    let home = Home::new();
    let _sidecar = home.serve();
    let fifo = home.path().join("go");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut child = piped(home.wrapped(&["sh", "-c", "read x < go; echo done"]));
    let count = |status: &str| {
        let sql = format!("SELECT count(*) AS n FROM builds WHERE status = '{status}'");
        home.run(&["sql", &sql, "--format", "csv"]).stdout.lines().last().and_then(|n| n.parse::<u32>().ok())
    };
    eventually("a running run", || (count("running") == Some(1)).then_some(()));
    std::fs::write(&fifo, "x\n").unwrap();
    assert!(child.wait().unwrap().success());
    // No waiting: it is stored when the command is over.
    assert_eq!((count("running"), count("passed")), (Some(0), Some(1)));
}

#[test]
fn one_is_started_where_none_runs() {
    let home = Home::new();
    let mut command = home.wrapped(&["sh", "-c", "exit 5"]);
    let ended = command.env("TMA1_AUTOSTART", "1").env("TMA1_PORT", "0").output().unwrap();
    assert_eq!(ended.status.code(), Some(5));
    eventually("the verdict", || {
        let ran = home.run(&["sql", "SELECT status FROM builds", "--format", "csv"]);
        ran.stdout.contains("failed").then_some(())
    });
    let stopped = home.run(&["stop"]);
    assert_eq!(stopped.code, 0, "{}", stopped.stderr);
}

#[test]
fn while_somebody_else_writes_it_waits_in_the_spool() {
    let home = Home::new();
    home.ok(&["build", "--", "true"]);
    let lock = std::fs::File::options().write(true).open(home.data().join("writer.lock")).unwrap();
    lock.lock().unwrap();
    let ran = home.run(&[
        "build",
        "--",
        "sh",
        "-c",
        "echo AKIAIOSFODNN7EXAMPLE ghp_0123456789abcdefghijABCDEFGHIJ012345; exit 6",
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (6, ""));
    drop(lock);
    for file in std::fs::read_dir(home.data().join("spool")).unwrap().flatten() {
        let text = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
        assert!(!text.contains("ghp_0123"), "a secret lies in {}", file.path().display());
    }
    let _sidecar = home.serve();
    eventually("the verdict", || (home.build()["exit_code"] == 6).then_some(()));
}

#[test]
fn where_nothing_can_be_kept_the_command_runs_all_the_same() {
    let home = Home::new();
    home.write("data", "a file where a directory should be");
    let ran = home.run(&["build", "--", "sh", "-c", "echo out; exit 8"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (8, "out\n"));
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("tma1 build: the result was not kept:"), "{}", ran.stderr);
    let mut command = home.wrapped(&["sh", "-c", "exit 8"]);
    let out = command.env("TMA1_PORT", "many").output().unwrap();
    assert_eq!(out.status.code(), Some(8));
    assert!(String::from_utf8_lossy(&out.stderr).contains("TMA1_PORT"));
}

#[test]
fn whose_run_it_is() {
    let home = Home::new();
    home.write("app/.git/HEAD", "ref: refs/heads/main\n");
    home.write("app/sub/x", "");
    let app = home.path().join("app").canonicalize().unwrap();
    let told = |run: &Value| run["project_root"].as_str().unwrap_or_default().to_owned();
    let mut command = home.wrapped(&["true"]);
    assert!(command.current_dir(app.join("sub")).env("CLAUDE_CODE_SESSION_ID", "s-1").status().unwrap().success());
    let run = home.build();
    assert_eq!((told(&run), run["session_id"].as_str()), (app.to_string_lossy().into_owned(), Some("s-1")), "{run}");
    home.ok(&["build", "--project", "app", "--", "make", "--version"]);
    let run = home.build();
    assert_eq!((told(&run), run["tag"].as_str()), (app.to_string_lossy().into_owned(), Some("make")), "{run}");
}

#[test]
fn what_is_hung_up_on_us_does_not_lose_the_verdict() {
    let home = Home::new();
    let mut child = piped(home.wrapped(&["sh", "-c", "trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done"]));
    let mut up = [0; 3];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut up).unwrap();
    signal(child.id(), "-TERM");
    assert_eq!(eventually("the end", || child.try_wait().unwrap()).code(), Some(3));
    let run = home.build();
    assert_eq!((run["status"].as_str(), run["exit_code"].as_i64()), (Some("stopped"), Some(3)));
}

/// No agent is near: the run itself is reason enough to look at the files it was about.
#[test]
fn a_verdict_is_old_once_a_file_has_changed() {
    let home = Home::new();
    home.write("app/Cargo.toml", "[package]\nname = \"app\"\n");
    home.write("app/main.c", "int main;\n");
    let _sidecar = home.serve();
    let app = home.path().join("app");
    let build = || assert!(home.wrapped(&["true"]).current_dir(&app).status().unwrap().success());
    build();
    let mut mcp = Mcp::start({
        let mut command = home.command();
        command.arg("mcp").current_dir(&app);
        command
    });
    mcp.initialize("2025-06-18");
    let mut stale = || mcp.tool("get_build_status", &json!({}))["structuredContent"]["stale"] == true;
    let mut round = 0;
    // What was written before the tree is known was always there.
    eventually("an old verdict", || {
        round += 1;
        home.write("app/main.c", "int main;\n".repeat(round));
        stale().then_some(())
    });
    build();
    assert!(!stale(), "built since");
}
