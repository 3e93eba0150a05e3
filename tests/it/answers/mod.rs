//! Every question against stores made for it, asked as an agent asks: over `tma1 mcp`.

mod builds;
mod changes;
mod hostile;
mod search;
mod shape;
mod usage;
mod whose;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::support::{Home, Mcp};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A server for an agent that works in `cwd`.
fn server(home: &Home, cwd: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Mcp {
    let mut command = home.command();
    command.arg("mcp").args(arguments).current_dir(cwd).envs(env.iter().copied());
    let mut mcp = Mcp::start(command);
    mcp.initialize("2025-11-25");
    mcp
}

/// What the model is shown.
fn told(mcp: &mut Mcp, tool: &str, arguments: &Value) -> Value {
    let answer = mcp.tool(tool, arguments);
    assert_ne!(answer["isError"], true, "{tool} {arguments}: {answer}");
    answer["structuredContent"].clone()
}

/// The sentence of a refusal.
fn refused(mcp: &mut Mcp, tool: &str, arguments: &Value) -> String {
    let answer = mcp.tool(tool, arguments);
    assert_eq!(answer["isError"], true, "{tool} {arguments}: {answer}");
    answer["content"][0]["text"].as_str().unwrap().to_owned()
}

fn tokens(value: &Value) -> usize {
    value.to_string().len().div_ceil(4)
}
