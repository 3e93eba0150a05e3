//! Spending, and what the user has set.

use serde_json::json;

use super::super::Story;
use super::super::record::At;
use super::super::session::{Client, Session};
use super::{LIB, Telling, of};

const KIND: &str = "budget_exceeded";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

/// One cent is so many tokens of output: 15 dollars a million.
fn spends(a: &Session, cents: i64) {
    a.answered("claude-sonnet-4-5", (0, 0, 0), cents * 667, false);
}

fn told() -> Vec<Telling> {
    vec![
        ("most of the session's", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1}}));
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 50);
            a.prompt("Go on.");
            spends(&a, 35);
            a.prompt("And on.");
            a.told_as(At::Prompt, KIND, "medium", "$1.00");
            spends(&a, 2);
            a.prompt("And on.");
        }),
        ("all of the session's", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1}}));
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 120);
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "high", "$1.00");
            a.prompt("And on.");
        }),
        ("the day's, by two sessions", |s| {
            s.at_noon();
            s.settings(&json!({"budgets": {"day_usd": 2}}));
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Go.");
            b.prompt("Go.");
            spends(&a, 90);
            spends(&b, 85);
            b.prompt("Go on.");
            b.told_as(At::Prompt, KIND, "medium", "$2.00");
        }),
        ("the project's", |s| {
            s.at_noon();
            s.settings(&json!({"budgets": {"project_usd": 1.5}}));
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Go.");
            b.prompt("Go.");
            spends(&a, 90);
            spends(&b, 85);
            b.prompt("Go on.");
            b.told_as(At::Prompt, KIND, "high", "$1.50");
        }),
        ("a sub-agent's spending counts", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1}}));
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 40);
            a.answered("claude-sonnet-4-5", (0, 0, 0), 50 * 667, true);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, "$1.00");
        }),
        ("enforced: the user is asked", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1, "enforce": true}}));
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 130);
            a.shell("ls", "src\n", 0);
            a.told_as(At::Before, KIND, "high", "$1.00");
            a.must_be_held(true);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("nothing was set", |s| {
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 5_000);
            a.prompt("Go on.");
        }),
        ("enough is left", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1, "day_usd": 20, "project_usd": 100}}));
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 78);
            a.prompt("Go on.");
        }),
        ("a model without a price", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1}}));
            let a = s.claude();
            a.prompt("Go.");
            a.answered("local-llama-9", (0, 0, 0), 900_000, false);
            a.prompt("Go on.");
        }),
        ("another session's", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1}}));
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Go.");
            b.prompt("Go.");
            spends(&a, 150);
            spends(&b, 10);
            b.prompt("Go on.");
        }),
        ("another project's", |s| {
            s.at_noon();
            s.settings(&json!({"budgets": {"project_usd": 1}}));
            s.sh("mkdir ../site && cd ../site && git init -q");
            let site = s.home.path().canonicalize().unwrap().join("site");
            let b = s.idle_in(Client::Claude, &site);
            b.start("startup");
            spends(&b, 150);
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 10);
            a.prompt("Go on.");
        }),
        ("yesterday's", |s| {
            s.at_noon();
            s.settings(&json!({"budgets": {"day_usd": 1}}));
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 70);
            s.pass(24 * 60);
            spends(&a, 20);
            a.prompt("Go on.");
        }),
        ("last month's", |s| {
            s.at_noon();
            s.settings(&json!({"budgets": {"project_usd": 1}}));
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 70);
            s.pass(32 * 24 * 60);
            spends(&a, 20);
            a.prompt("Go on.");
        }),
        ("enforced, and enough is left", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1, "enforce": true}}));
            let a = s.claude();
            a.prompt("Go.");
            spends(&a, 50);
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
        }),
    ]
}
