//! TOML in all its ways of saying the same.

use super::super::{Claim, Done, Fault, Memory, Op, Toml, Value, apply, keys};
use super::generate::Hand;
use super::{round, seeds, worst};

fn edit(text: Option<&str>, ops: &[Op], memory: &mut Memory) -> Result<Done, Fault> {
    apply(&mut Toml::open(text)?, ops, memory)
}

fn set(at: &[&str], value: impl Into<Value>) -> Op {
    Op::Set { at: keys(at), value: value.into(), claim: Claim::Noted }
}

pub(in crate::setup) fn user(hand: &mut Hand) -> Vec<Op> {
    match hand.dice.below(5) {
        0 => vec![],
        1 => vec![set(&["model"], "o5")],
        2 => vec![set(&["mcp_servers", "mine"], Value::table([("command", "mine")]))],
        3 => vec![set(&["projects", "/home/x.y", "trust_level"], "untrusted")],
        _ => vec![set(&["env", "A"], "2"), set(&["zeta", "x"], true)],
    }
}

#[test]
fn any_file_survives_us() {
    let (mut failed, mut otherwise) = (Vec::new(), 0);
    for seed in seeds() {
        let mut hand = Hand::new(seed);
        let text = hand.toml();
        let user = if text.is_some() { user(&mut hand) } else { Vec::new() };
        match round(edit, text.as_deref(), &user, "mcp_servers") {
            Ok(exact) => otherwise += usize::from(!exact),
            Err(what) => failed.push(format!("seed {seed}: {user:?}\n{what}")),
        }
    }
    worst(&failed, otherwise);
}
