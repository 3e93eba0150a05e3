//! The MCP server of an agent's process knows the session that the hooks of the same process tell of.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{before, event};
use crate::support::{Home, Mcp, eventually};

/// Under this name the process that plays an agent is told which session it is in.
const PLAYS: &str = "TMA1_TEST_PLAYS";

fn own_session(mcp: &mut Mcp) -> (String, String) {
    let answer = mcp.tool("get_session_state", &json!({}));
    let content = &answer["structuredContent"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&content["session"]["session_id"]), text(&content["resolved_by"]))
}

fn mcp(home: &Home) -> Mcp {
    let mut command = home.command();
    command.args(["mcp", "--caller", "claude"]);
    let mut mcp = Mcp::start(command);
    mcp.initialize("2025-11-25");
    mcp
}

#[test]
fn hooks_of_the_same_process_name_the_session_also_after_clear() {
    let home = Home::new();
    let sidecar = home.serve();
    let cwd = home.path().to_string_lossy().into_owned();
    let start = |id: &str, source: &str| event(id, "SessionStart", json!({"source": source, "cwd": cwd}));
    home.hook(&start("first", "startup"));
    home.hook(&before("first", "t1", "ls"));
    // Somebody else's, newer, in the same directory: it must not be taken.
    sidecar.hook(&start("other", "startup"));
    sidecar.hook(&before("other", "t9", "ls"));
    let mut mcp = mcp(&home);
    assert_eq!(own_session(&mut mcp), ("first".to_owned(), "hooks of the same process".to_owned()));

    home.hook(&event("first", "SessionEnd", json!({"reason": "clear"})));
    home.hook(&start("second", "clear"));
    assert_eq!(own_session(&mut mcp).0, "second");
    drop(mcp);
    sidecar.stop();
}

#[test]
fn two_agents_at_once_in_one_directory_are_told_apart() {
    let home = Home::new();
    let sidecar = home.serve();
    let agents: Vec<Child> = ["one", "two"].iter().map(|id| play(&home, id)).collect();
    for id in ["one", "two"] {
        eventually("its hooks", || home.path().join(format!("{id}.hooked")).exists().then_some(()));
    }
    home.write("go", "");
    for mut agent in agents {
        assert!(agent.wait().unwrap().success());
    }
    for id in ["one", "two"] {
        let told = fs::read_to_string(home.path().join(format!("{id}.told"))).unwrap();
        assert_eq!(told, format!("{id} by hooks of the same process"));
    }
    sidecar.stop();
}

/// This test program once more, as an agent in that session.
fn play(home: &Home, session: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "live::identity::an_agent_that_is_played", "--test-threads", "1"])
        .env(PLAYS, session)
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Does nothing unless [`play`] asked for it.
#[test]
fn an_agent_that_is_played() {
    let (Ok(session), Ok(dir)) = (std::env::var(PLAYS), std::env::var("HOME")) else { return };
    let dir = Path::new(&dir);
    let command = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tma1"));
        command
            .args(args)
            .env_clear()
            .env("HOME", dir)
            .env("TMA1_DATA_DIR", dir.join("data"))
            .env("TMA1_AUTOSTART", "0");
        command.current_dir(dir);
        command
    };
    let start = event(&session, "SessionStart", json!({"source": "startup", "cwd": dir}));
    for payload in [start, before(&session, &format!("t-{session}"), "ls")] {
        let mut hook = command(&["hook", "--agent", "claude-code"]).stdin(Stdio::piped()).spawn().unwrap();
        hook.stdin.take().unwrap().write_all(payload.to_string().as_bytes()).unwrap();
        assert!(hook.wait().unwrap().success());
    }
    fs::write(dir.join(format!("{session}.hooked")), "").unwrap();
    eventually("the other one", || dir.join("go").exists().then_some(()));
    let mut mcp = Mcp::start(command(&["mcp", "--caller", "claude"]));
    mcp.initialize("2025-11-25");
    let (id, by) = own_session(&mut mcp);
    fs::write(dir.join(format!("{session}.told")), format!("{id} by {by}")).unwrap();
}
