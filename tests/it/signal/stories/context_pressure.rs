//! A context window that fills.

use super::super::Story;
use super::super::record::At;
use super::super::session::Session;
use super::{Telling, of};

const KIND: &str = "context_pressure";
/// Of 200,000 tokens.
const SONNET: &str = "claude-sonnet-4-5";
const K: i64 = 1_000;

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

/// The last request had so many thousands of tokens.
fn holds(a: &Session, thousands: i64) {
    a.answered(SONNET, (K, (thousands - 11) * K, 10 * K), 300, false);
}

fn told() -> Vec<Telling> {
    vec![
        ("seventy percent", |s| {
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 60);
            a.prompt("Go on.");
            holds(&a, 141);
            a.prompt("And on.");
            a.told_as(At::Prompt, KIND, "medium", "200k");
            holds(&a, 145);
            a.prompt("And on.");
        }),
        ("eighty-five percent at once", |s| {
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 172);
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "high", "200k");
        }),
        ("once more at eighty-five", |s| {
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 150);
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", "200k");
            holds(&a, 175);
            a.prompt("And on.");
            a.told_as(At::Prompt, KIND, "high", "200k");
            holds(&a, 180);
            a.prompt("And on.");
        }),
        ("a million", |s| {
            let a = s.claude();
            a.prompt("Go.");
            a.answered("claude-sonnet-4-5[1m]", (K, 720 * K, 5 * K), 300, false);
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", "1M");
        }),
        ("the user's own threshold", |s| {
            s.env("TMA1_CONTEXT_PRESSURE_THRESHOLD", "50000");
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 60);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, "60k");
        }),
        ("full again after a compaction", |s| {
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 150);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, "200k");
            s.pass(1);
            a.compact();
            s.pass(1);
            holds(&a, 30);
            a.prompt("And on.");
            holds(&a, 151);
            a.prompt("And on.");
            a.told(At::Prompt, KIND, "200k");
        }),
        ("just over the edge, and to and fro there", |s| {
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 142);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, "200k");
            holds(&a, 130);
            a.prompt("And on.");
            holds(&a, 142);
            a.prompt("And on.");
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("room enough", |s| {
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 139);
            a.prompt("Go on.");
        }),
        ("a sub-agent's requests", |s| {
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 50);
            a.answered(SONNET, (K, 170 * K, 10 * K), 300, true);
            a.prompt("Go on.");
        }),
        ("many requests together", |s| {
            let a = s.claude();
            a.prompt("Go.");
            for thousands in [50, 55, 60, 65, 70] {
                holds(&a, thousands);
            }
            a.prompt("Go on.");
        }),
        ("compacted, and nothing asked since", |s| {
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 160);
            s.pass(1);
            a.compact();
            s.pass(1);
            a.prompt("Go on.");
        }),
        ("nobody knows the window", |s| {
            let a = s.claude();
            a.prompt("Go.");
            a.answered("local-llama-9", (K, 190 * K, 5 * K), 300, false);
            a.prompt("Go on.");
        }),
        ("the user's threshold is higher", |s| {
            s.env("TMA1_CONTEXT_PRESSURE_THRESHOLD", "190000");
            let a = s.claude();
            a.prompt("Go.");
            holds(&a, 180);
            a.prompt("Go on.");
        }),
        ("a third of a million", |s| {
            let a = s.claude();
            a.prompt("Go.");
            a.answered("claude-sonnet-4-5[1m]", (K, 300 * K, 5 * K), 300, false);
            a.prompt("Go on.");
        }),
    ]
}
