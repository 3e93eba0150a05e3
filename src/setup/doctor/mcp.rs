//! Starts the registered MCP server as its agent does, with what that agent hands on, and counts its tools.

use std::ffi::{OsStr, OsString};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::place::Looking;
use super::process::{Conversation, Silence};
use super::program::Called;
use super::registered::Entry;
use super::{Check, shown};
use crate::setup::edit::{self, Claim, EditError, Keys, Op};
use crate::setup::ours::is_mcp_entry;
use crate::setup::wanted::{Part, Piece};

const MCP: &str = "mcp";
/// For everything: its start, the handshake and the list.
const WITHIN: Duration = Duration::from_secs(5);
const PROTOCOL: &str = "2025-06-18";

/// `None`: the agent has none.
pub(super) fn check(looking: &Looking<'_>) -> Option<Check> {
    let piece = looking.pieces(Part::Mcp).into_iter().next()?;
    Some(looked_at(looking, &piece).unwrap_or_else(|error| Check::unreadable(MCP, &error)))
}

fn looked_at(looking: &Looking<'_>, piece: &Piece) -> Result<Check, EditError> {
    let file = shown(&piece.path);
    let Some(at) = place_of_entry(piece) else { return Ok(Check::info(MCP, format!("registered in {file}"))) };
    let value = super::obstacle::open(&piece.path, &piece.put)?.and_then(|document| document.value(&edit::steps(&at)));
    let Some(value) = value else {
        return Ok(Check::fail(MCP, format!("no server `tma1` in {file}")).fix(looking.again()));
    };
    let Some(entry) = Entry::of(&value).filter(|_| is_mcp_entry(&value)) else {
        let message = format!("another server is called `tma1` in {file}");
        return Ok(Check::fail(MCP, message).fix(format!("rename it, then {}", looking.again())));
    };
    let this = looking.visit.program;
    let called = Called::look(&entry.program, this, looking.visit.search);
    if let Some(failure) = called.failure() {
        return Ok(Check::fail(MCP, failure).fix(looking.again()));
    }
    if entry.switched_off {
        return Ok(Check::fail(MCP, format!("the server is switched off in {file}")).fix("switch it on there"));
    }
    if let Some(obstacle) = looking.obstacle(MCP) {
        return Ok(obstacle);
    }
    let wanted = looking.pieces_of(Part::Mcp, &called.as_program(this), looking.version.as_ref(), None);
    if let Some(stale) = looking.stale(&wanted)? {
        return Ok(stale.check(MCP, &looking.again()));
    }
    Ok(match answered(looking, &entry) {
        Ok(tools) => match called.remark(this) {
            Some(remark) => Check::warn(MCP, format!("{tools}; it is {remark}")).fix(looking.again()),
            None => Check::ok(MCP, tools),
        },
        Err(silence) => {
            let line = std::iter::once(shown(&entry.program)).chain(entry.args).collect::<Vec<_>>().join(" ");
            Check::fail(MCP, format!("`{line}` {}", silence.told(WITHIN))).fix("run that line by hand")
        }
    })
}

/// The member that is known as ours by its command.
fn place_of_entry(piece: &Piece) -> Option<Keys> {
    piece.put.ops()?.iter().find_map(|op| match op {
        Op::Set { at, claim: Claim::Known(_), .. } => Some(at.clone()),
        _ => None,
    })
}

/// How many tools it offers, and its version.
fn answered(looking: &Looking<'_>, entry: &Entry) -> Result<String, Silence> {
    let mut command = Command::new(&entry.program);
    command.args(&entry.args).env_clear();
    command.envs(handed_on(looking.wiring.hands_on(), looking.visit.env));
    // Whether a sidecar may be started was settled before, and elsewhere none is to be.
    command.env("TMA1_AUTOSTART", "0").envs(entry.env.iter().map(|(name, value)| (name, value)));
    let folder = looking.place.records.iter().filter_map(|record| record.target.project.as_deref());
    let folder = folder.rev().find(|dir| dir.is_dir()).unwrap_or(&looking.place.around.home);
    command.current_dir(folder);
    let mut server = Conversation::start(&mut command, Instant::now() + WITHIN)?;
    let client = json!({"name": "tma1-doctor", "version": env!("CARGO_PKG_VERSION")});
    let hello = json!({"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client});
    let about = server.ask("initialize", &hello)?;
    server.tell("notifications/initialized");
    let list = server.ask("tools/list", &json!({}))?;
    let tools = list["tools"].as_array().map_or(0, Vec::len);
    if tools == 0 {
        return Err(Silence::Refused("it offers no tools".to_owned()));
    }
    let version = about["serverInfo"]["version"].as_str().unwrap_or("unknown");
    Ok(format!("{tools} tools, version {version}"))
}

/// Of the environment, what the client lets its servers have.
fn handed_on<'a>(
    names: Option<&'a [&'a str]>,
    env: &'a [(OsString, OsString)],
) -> impl Iterator<Item = (&'a OsStr, &'a OsStr)> {
    let passes = move |name: &OsStr| {
        let name = name.to_string_lossy();
        names.is_none_or(|names| names.iter().any(|known| is_named(known, &name)))
    };
    env.iter().filter(move |(name, _)| passes(name)).map(|(name, value)| (name.as_os_str(), value.as_os_str()))
}

/// A name, or the beginning of some where it ends as such.
fn is_named(known: &str, name: &str) -> bool {
    match known.trim_end_matches('*') {
        beginning if beginning.len() < known.len() || beginning.ends_with('_') => name.starts_with(beginning),
        whole => whole == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_hands_on_what_it_names() {
        let env: Vec<(OsString, OsString)> =
            ["HOME", "HOMEBREW_PREFIX", "LC_ALL", "MY_LC_X", "SECRET"].map(|name| (name.into(), "x".into())).to_vec();
        let names = |known| handed_on(known, &env).map(|(name, _)| name.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(names(Some(&["HOME", "LC_"])), ["HOME", "LC_ALL"]);
        assert_eq!(names(Some(&["HOME*"])), ["HOME", "HOMEBREW_PREFIX"]);
        assert_eq!(names(None).len(), env.len());
    }
}
