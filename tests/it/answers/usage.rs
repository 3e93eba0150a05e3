//! Tokens and money: local days, groups, and sums that are those of the view.

use serde_json::{Value, json};

use super::{tokens, told};
use crate::support::{Home, Mcp, Transcript};

fn server(home: &Home, zone: &str) -> Mcp {
    super::server(home, home.path(), &[], &[("TZ", zone)])
}

/// One answer every six hours of the last ten days, in two projects.
fn ten_days() -> Home {
    let home = Home::new();
    for project in ["app", "web"] {
        let t = Transcript::new(project, &format!("/w/{project}"));
        let t = (0..40).fold(t, |t, n| t.at(super::now() - n * super::DAY / 4).prompt("go").answer("done"));
        home.write(&format!(".claude/projects/p/{project}.jsonl"), t.text());
    }
    home.ok(&["import"]);
    home
}

#[test]
fn days_are_those_of_the_zone() {
    let home = Home::new();
    // 30 minutes before the last midnight of Auckland and after it; neither midnight is one of UTC's.
    let zone = jiff::tz::TimeZone::get("Pacific/Auckland").unwrap();
    let today = jiff::Zoned::now().with_time_zone(zone).date();
    let midnight = today.in_tz("Pacific/Auckland").unwrap().timestamp().as_millisecond();
    let half = 30 * super::MINUTE;
    let t = Transcript::new("s", "/w/app").at(midnight - half).prompt("a").answer("b");
    let t = t.at(midnight - 2 * super::DAY).prompt("c").answer("d");
    // Answers come two seconds after these moments.
    home.write(".claude/projects/p/s.jsonl", t.at(midnight).prompt("e").answer("f").text());
    home.ok(&["import"]);
    let mut auckland = server(&home, "Pacific/Auckland");
    assert_eq!(told(&mut auckland, "get_usage", &json!({}))["total"]["requests"], 1);
    let days = told(&mut auckland, "get_usage", &json!({"period": "7d", "group_by": "day"}));
    let named: Vec<&str> = days["rows"].as_array().unwrap().iter().map(|r| r["day"].as_str().unwrap()).collect();
    let day = |ago: i64| today.checked_sub(jiff::Span::new().days(ago)).unwrap().to_string();
    assert_eq!(named, [day(0), day(1), day(2)], "{days}");
    assert_eq!(days["since"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond() % 1000, 0);
}

#[test]
fn groups_add_up_to_the_total_and_the_total_is_the_views() {
    let home = ten_days();
    let mut mcp = server(&home, "UTC");
    let sum = home.sql(
        "SELECT count(*) AS requests, sum(input_tokens) AS input, sum(output_tokens) AS output, sum(cache_read_tokens) AS cache_read, \
         sum(cache_creation_tokens) AS cache_creation, sum(reasoning_tokens) AS reasoning, round(sum(cost_usd), 4) AS cost FROM usage",
    )[0]
    .clone();
    for group in ["model", "agent", "project", "day"] {
        let answer = told(&mut mcp, "get_usage", &json!({"period": "30d", "group_by": group}));
        let total = &answer["total"];
        assert_eq!(total["requests"], sum["requests"], "{group}: {answer}");
        for kind in ["input", "output", "cache_read", "cache_creation", "reasoning"] {
            assert_eq!(total["tokens"][kind], sum[kind], "{group}: {answer}");
            let rows = answer["rows"].as_array().unwrap();
            let added: i64 = rows.iter().map(|row| row["tokens"][kind].as_i64().unwrap()).sum();
            assert_eq!(added, sum[kind].as_i64().unwrap(), "{group}");
        }
        assert_eq!(total["cost_usd"], sum["cost"], "{group}");
        assert!(tokens(&answer) <= 8000 && answer.get("unpriced_models").is_none(), "{answer}");
        assert!(answer["rows"].as_array().unwrap().iter().all(|row| row[group].is_string()), "{answer}");
    }
    let days = told(&mut mcp, "get_usage", &json!({"period": "30d", "group_by": "day"}));
    let named: Vec<&str> = days["rows"].as_array().unwrap().iter().map(|r| r["day"].as_str().unwrap()).collect();
    assert!(named.is_sorted_by(|a, b| a > b) && named.len() >= 10, "newest first: {named:?}");
    let week = told(&mut mcp, "get_usage", &json!({"period": "7d", "group_by": "project"}));
    assert!(week["total"]["requests"].as_i64() < sum["requests"].as_i64(), "{week}");
    // The command counts the same.
    let command = home.json(&["usage", "--by", "model", "--since", "30d", "--json"]);
    let tool = told(&mut mcp, "get_usage", &json!({"period": "30d"}));
    assert_eq!((&command["rows"], &command["total"]), (&tool["rows"], &tool["total"]));
}

#[test]
fn a_session_is_summed_alone() {
    let home = ten_days();
    let env = [("CLAUDE_CODE_SESSION_ID", "web")];
    let mut mcp = super::server(&home, home.path(), &[], &env);
    let answer = told(&mut mcp, "get_usage", &json!({"period": "session"}));
    let of_session = home.one("SELECT output_tokens FROM sessions WHERE session_id = 'web'");
    assert_eq!(answer["total"]["tokens"]["output"], of_session, "{answer}");
    assert_eq!(answer["resolved_by"], "session variable");
}

#[test]
fn what_has_no_price_is_null_and_named() {
    let home = Home::new();
    let text = ten_days_of("some-local-model");
    home.write(".claude/projects/p/s.jsonl", text);
    home.ok(&["import"]);
    let answer = told(&mut server(&home, "UTC"), "get_usage", &json!({"period": "30d"}));
    assert_eq!(answer["total"]["cost_usd"], Value::Null, "{answer}");
    assert_eq!(answer["rows"][0]["cost_usd"], Value::Null, "{answer}");
    assert_eq!(answer["unpriced_models"], json!(["some-local-model"]));
    let nothing = told(&mut server(&Home::new(), "UTC"), "get_usage", &json!({}));
    assert!(nothing["note"].is_string() && nothing["total"]["requests"] == 0, "{nothing}");
}

fn ten_days_of(model: &str) -> String {
    let t = Transcript::new("s", "/w/app").at(super::now() - super::DAY).prompt("go").answer("done");
    t.text().replace("claude-sonnet-5-5", model)
}
