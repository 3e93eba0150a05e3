//! Shapes that several agents share: hook groups under an event, files that are ours, the block of instructions.

use std::path::{Path, PathBuf};

use super::edit::markers::Markers;
use super::edit::{Edit, Keys, List, Op, Value, keys};
use super::ours;
use super::texts::{INSTRUCTIONS, SKILLS, Skill};
use super::wanted::{Part, Piece, Wanted};

/// Exactly one group of ours under each of `events`, none under the others that `known` names.
pub fn hook_groups(events: &[(&str, Value)], known: &[&str]) -> (Vec<Op>, Vec<Op>) {
    listed(events, known, || List::Parts { key: "hooks".to_owned(), ours: ours::hook_handler() })
}

/// The same for agents that list their handlers without a group around them.
pub fn hook_entries(events: &[(&str, Value)], known: &[&str]) -> (Vec<Op>, Vec<Op>) {
    listed(events, known, || List::Whole(ours::hook_handler()))
}

fn listed(events: &[(&str, Value)], known: &[&str], list: impl Fn() -> List) -> (Vec<Op>, Vec<Op>) {
    let at = |event: &str| keys(&["hooks", event]);
    let gone = |event: &&str| events.iter().all(|(name, _)| name != event);
    let none = |event: &str| Op::NoElement { at: at(event), list: list() };
    let mut put: Vec<Op> = known.iter().copied().filter(gone).map(none).collect();
    put.extend(events.iter().map(|(event, value)| Op::Element { at: at(event), list: list(), value: value.clone() }));
    // From the last to the first, so that what was made for several goes with the last of them.
    let all = known.iter().copied().chain(events.iter().map(|(name, _)| *name).filter(|name| !known.contains(name)));
    (put, all.map(none).collect())
}

/// A group that runs `line` at every occasion.
pub fn hook_group(line: &str, timeout: i64) -> Value {
    let handler = Value::table([
        ("type", Value::from("command")),
        ("command", Value::from(line)),
        ("timeout", Value::from(timeout)),
    ]);
    Value::table([("hooks", Value::Array(vec![handler]))])
}

/// `command` and `args`, as most agents name them.
pub fn mcp_server(wanted: &Wanted<'_>, agent: crate::model::Agent, more: &[(&str, Value)]) -> Value {
    let mut members: Vec<(&str, Value)> = more.iter().take_while(|(key, _)| *key == "type").cloned().collect();
    members.push(("command", wanted.program.name().into()));
    members.push(("args", Value::array(wanted.program.mcp_args(agent))));
    members.extend(more.iter().filter(|(key, _)| *key != "type").cloned());
    Value::table(members)
}

/// The member is set while we are installed; known by its command.
pub fn mcp_member(at: Keys, server: Value) -> (Vec<Op>, Vec<Op>) {
    use super::edit::Claim;
    let claim = || Claim::Known(ours::mcp_entry());
    (vec![Op::Set { at: at.clone(), value: server, claim: claim() }], vec![Op::Unset { at, claim: claim() }])
}

/// Settings that anybody could have made: put where they are missing, taken back where they are still ours.
pub fn noted(members: &[(Keys, Value)]) -> (Vec<Op>, Vec<Op>) {
    use super::edit::Claim;
    let put = members.iter().map(|(at, value)| Op::Set { at: at.clone(), value: value.clone(), claim: Claim::Noted });
    let take = members.iter().rev().map(|(at, _)| Op::Unset { at: at.clone(), claim: Claim::Noted });
    (put.collect(), take.collect())
}

/// Our skills, each in a folder of its own below `skills`.
pub fn skills(skills: &Path) -> Vec<Piece> {
    let file = |skill: &Skill| skills.join(skill.name).join("SKILL.md");
    SKILLS.iter().map(|skill| Piece::own_file(Part::Skill, file(skill), skill.text, true)).collect()
}

/// Our block in the first of `names` that the project has, else in the first one.
pub fn instructions(wanted: &Wanted<'_>, names: &[&str]) -> Option<Piece> {
    let project = wanted.target.project.as_deref()?;
    let mut here: Vec<PathBuf> = names.iter().map(|name| project.join(name)).collect();
    let chosen = here.iter().position(|path| path.exists()).unwrap_or_default();
    let path = here.remove(chosen);
    let block = |body| Edit::Block { markers: Markers::markdown(), body };
    let piece = Piece::new(Part::Instructions, path, block(Some(INSTRUCTIONS.to_owned())), block(None));
    Some(Piece { elsewhere: here, ..piece })
}
