//! JSON in all its dialects.

use super::super::{Claim, Done, Fault, Json, Memory, Op, Value, apply, keys};
use super::generate::Hand;
use super::{round, seeds, worst};

pub(super) fn edit(text: Option<&str>, ops: &[Op], memory: &mut Memory) -> Result<Done, Fault> {
    apply(&mut Json::open(text)?, ops, memory)
}

fn set(at: &[&str], value: impl Into<Value>) -> Op {
    Op::Set { at: keys(at), value: value.into(), claim: Claim::Noted }
}

/// What a user may do elsewhere, with an editor as careful as ours.
pub(in crate::setup) fn user(hand: &mut Hand) -> Vec<Op> {
    match hand.dice.below(6) {
        0 => vec![],
        1 => vec![set(&["model"], "opus")],
        2 => vec![set(&["zeta"], Value::table([("a", Value::array(["b"]))]))],
        3 => vec![set(&["env", "MINE"], "1"), set(&["hooks", "Mine"], Value::array(["x"]))],
        4 => vec![set(&["mcpServers", "mine"], Value::table([("command", "mine")]))],
        _ => vec![set(&["env", "A"], "2"), set(&["otel", "mine"], true), set(&["first"], 1)],
    }
}

#[test]
fn any_file_survives_us() {
    let (mut failed, mut otherwise) = (Vec::new(), 0);
    for seed in seeds() {
        let mut hand = Hand::new(seed);
        let text = hand.json();
        let user = if text.is_some() { user(&mut hand) } else { Vec::new() };
        match round(edit, text.as_deref(), &user, "mcpServers") {
            Ok(exact) => otherwise += usize::from(!exact),
            Err(what) => failed.push(format!("seed {seed}: {user:?}\n{what}")),
        }
    }
    worst(&failed, otherwise);
}
