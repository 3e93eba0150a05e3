//! The rules in the worst case: a session of 20,000 events, its files changed by others, every test run red.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::hook::spread;
use super::payload::{Session, fresh};
use super::share::post;
use super::sidecar::{Sidecar, Site, eventually};
use super::talk::Connection;
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::Samples;

const EVENTS: u64 = 20_000;
const FILES: u64 = 400;
/// Changed by a person behind the session's back.
const CHANGED: u64 = 200;
const RED_TESTS: u64 = 40;
const MEASURED: u64 = 400;

pub fn measure(full: &Site<'_>, sidecar: &Sidecar, report: &mut Report) -> Result<(), Failure> {
    let root = full.data.with_file_name("signal");
    for file in 0..FILES {
        write(&root, file, "first")?;
    }
    let session = Session::within(full, &format!("live-signal-{}", fresh()), &root.to_string_lossy());
    let peer = Session::within(full, &format!("live-signal-{}", fresh()), &root.to_string_lossy());
    let mut connection = sidecar.connect()?;
    post(&mut connection, &session.start())?;
    post(&mut connection, &session.prompt())?;
    let root_name = root.to_string_lossy().into_owned();
    eventually("the tree to be known", || {
        Ok((sidecar.counter("known_project_files")? >= i64::try_from(FILES)?).then_some(()))
    })?;
    for event in 0..EVENTS / 2 {
        step(&mut connection, &session, &root, event, None)?;
    }
    for file in 0..PEERS_FILES {
        edit(&mut connection, &peer, &root, file, None)?;
    }
    // Right after an edit nobody can tell whether the agent's own hooks did it.
    std::thread::sleep(Duration::from_secs(8));
    for file in 0..CHANGED {
        write(&root, file, "changed by a person")?;
    }
    eventually("the changes to be told", || {
        let told = sidecar.number(
            "SELECT count(*) FROM external_changes WHERE project_root = ?1 AND attribution = 'human'",
            &[&root_name],
        )?;
        Ok((told >= i64::try_from(CHANGED / 2)?).then_some(()))
    })?;
    // Nobody keeps a connection that is silent for so long.
    let mut connection = sidecar.connect()?;
    let mut took = [Samples::default(), Samples::default(), Samples::default()];
    for event in 0..MEASURED {
        step(&mut connection, &session, &root, event, Some(&mut took))?;
        took[2].push(post(&mut connection, &session.prompt())?.0);
    }
    let [before, after, prompt] = took;
    for (what, took) in [("`PreToolUse` of an edit", before), ("`PostToolUse`", after), ("`UserPromptSubmit`", prompt)]
    {
        let kept = took.median() <= Duration::from_millis(1) && took.p99() <= Duration::from_millis(5);
        report.row(
            format!("the rules' worst case, {EVENTS} events: {what}"),
            spread(&took),
            ("p50 ≤ 1 ms, p99 ≤ 5 ms", Some(kept)),
            "",
        );
    }
    Ok(fs::remove_dir_all(&root)?)
}

const PEERS_FILES: u64 = 40;

fn path(root: &Path, file: u64) -> std::path::PathBuf {
    root.join(format!("src/part_{}/file_{file}.rs", file % 20))
}

fn write(root: &Path, file: u64, words: &str) -> Result<(), Failure> {
    let path = path(root, file);
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    Ok(fs::write(path, format!("// {words}\nfn file_{file}() {{}}\n"))?)
}

type Took<'a> = Option<&'a mut [Samples; 3]>;

/// Reads, edits and red test runs in turn.
fn step(
    connection: &mut Connection<UnixStream>,
    session: &Session,
    root: &Path,
    event: u64,
    took: Took<'_>,
) -> Result<(), Failure> {
    match event % 3 {
        0 => read(connection, session, root, event % FILES, took),
        1 => edit(connection, session, root, event % FILES, took),
        _ => test(connection, session, event, took),
    }
}

fn read(
    connection: &mut Connection<UnixStream>,
    session: &Session,
    root: &Path,
    file: u64,
    took: Took<'_>,
) -> Result<(), Failure> {
    let path = path(root, file);
    let content = fs::read_to_string(&path)?;
    let file = json!({ "filePath": path, "content": content, "numLines": 3, "startLine": 1, "totalLines": 3 });
    let response = json!({ "type": "text", "file": file });
    called(connection, session, "Read", &json!({ "file_path": path }), &response, took)
}

fn edit(
    connection: &mut Connection<UnixStream>,
    session: &Session,
    root: &Path,
    file: u64,
    took: Took<'_>,
) -> Result<(), Failure> {
    let path = path(root, file);
    let content = fs::read_to_string(&path)?;
    let input = json!({ "file_path": path, "old_string": "{}", "new_string": "{ }", "replace_all": false });
    let response = json!({
        "filePath": path, "oldString": "{}", "newString": "{ }", "originalFile": content, "userModified": false,
    });
    called(connection, session, "Edit", &input, &response, took)
}

fn test(connection: &mut Connection<UnixStream>, session: &Session, event: u64, took: Took<'_>) -> Result<(), Failure> {
    let (mut red, mut places) = (String::new(), String::new());
    for at in 0..RED_TESTS {
        writeln!(red, "test part::case_{at} ... FAILED")?;
        writeln!(places, "thread 'part::case_{at}' panicked at src/part_{}/file_{at}.rs:2:1:\nwrong", at % 20)?;
    }
    let error = format!("Exit code 101\nrunning {RED_TESTS} tests\n{red}\n{places}\ntest result: FAILED. {event}\n");
    let input = json!({ "command": "cargo test", "description": "Run the tests" });
    let number = fresh();
    post(connection, &session.tool("PreToolUse", number, "Bash", &input, &json!({})))?;
    let more = json!({ "error": error, "is_interrupt": false });
    let spent = post(connection, &session.tool("PostToolUseFailure", number, "Bash", &input, &more))?.0;
    if let Some(took) = took {
        took[1].push(spent);
    }
    Ok(())
}

fn called(
    connection: &mut Connection<UnixStream>,
    session: &Session,
    name: &str,
    input: &Value,
    response: &Value,
    took: Took<'_>,
) -> Result<(), Failure> {
    let number = fresh();
    let before = post(connection, &session.tool("PreToolUse", number, name, input, &json!({})))?.0;
    let more = json!({ "tool_response": response });
    let after = post(connection, &session.tool("PostToolUse", number, name, input, &more))?.0;
    if let Some(took) = took {
        if name == "Edit" {
            took[0].push(before);
        }
        took[1].push(after);
    }
    Ok(())
}
