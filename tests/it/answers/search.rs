//! Finding words again.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DAY, MINUTE, now, refused, server, told};
use crate::support::{Home, Mcp, Transcript};

fn asked(home: &Home) -> Mcp {
    home.ok(&["import"]);
    server(home, home.path(), &[], &[])
}

fn snippets(mcp: &mut Mcp, query: &str) -> Vec<String> {
    let answer = told(mcp, "search_history", &json!({"query": query}));
    let hits = answer["hits"].as_array().cloned().unwrap_or_default();
    hits.iter().map(|hit| hit["snippet"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn words_phrases_prefixes_and_punctuation() {
    let home = Home::new();
    let t = Transcript::new("s", "/w/app")
        .prompt("the token refresh is slow")
        .prompt("refresh the access token")
        .prompt("see src/auth/mod.rs:42, it's `Auth::new()`")
        .prompt("Über die Größe")
        .bash("cargo nextest run -p auth", "error: no such file `x`", true);
    home.write(".claude/projects/p/s.jsonl", t.text());
    let mut mcp = asked(&home);
    for (query, hits) in [
        ("refresh token", 2),
        ("\"token refresh\"", 1),
        ("refr* slow", 1),
        ("REFRESH", 2),
        ("src/auth/mod.rs", 1),
        ("Auth::new()", 1),
        ("it's", 1),
        ("uber grosse", 0),
        ("uber große", 1),
        ("über größe", 1),
        ("uber groß*", 1),
        ("nextest", 1),
        ("NEAR(a b) OR \"", 0),
        ("a\u{0}b", 0),
        ("---", 0),
        ("\" \"", 0),
        ("unicorn", 0),
        ("token -\"token refresh\"", 1),
        ("token -\"refresh\"", 0),
        ("nextest -p auth", 1),
        ("-\"nextest\"", 0),
        ("nextest -\"unclosed", 1),
    ] {
        assert_eq!(snippets(&mut mcp, query).len(), hits, "{query}");
    }
    let role =
        |mcp: &mut Mcp, query: &str| told(mcp, "search_history", &json!({"query": query}))["hits"][0]["role"].clone();
    assert_eq!(role(&mut mcp, "nextest"), "command");
    assert_eq!(role(&mut mcp, "\"no such file\""), "error");
    assert_eq!(role(&mut mcp, "slow"), "user");
    let blank = refused(&mut mcp, "search_history", &json!({"query": "  "}));
    assert!(blank.contains("`query`"), "{blank}");
}

#[test]
fn parts_of_words_are_found_where_words_have_no_blanks() {
    let home = Home::new();
    let t = Transcript::new("s", "/w/app")
        .prompt("请修复登录模块的认证令牌过期问题，然后运行测试")
        .prompt("トークンの更新が遅いので直してください")
        .prompt("인증토큰을 갱신해 주세요")
        .prompt("the token and the 测试");
    home.write(".claude/projects/p/s.jsonl", t.text());
    let mut mcp = asked(&home);
    for (query, hits) in [
        ("认证", 1),
        ("认证 测试", 1),
        ("测试", 2),
        ("令牌过期问题，然后", 1),
        ("\"运行测试\"", 1),
        ("测试 token", 1),
        ("更新", 1),
        ("遅い", 1),
        ("토큰", 1),
        ("猫", 0),
        ("认证 猫", 0),
    ] {
        let found = snippets(&mut mcp, query);
        assert_eq!(found.len(), hits, "{query}: {found:?}");
    }
    assert!(snippets(&mut mcp, "认证")[0].contains("认证令牌"));
    // What looks on cannot write, before and after.
    assert_eq!(home.run(&["sql", "DELETE FROM message"]).code, 2);
}

/// The order is that of time, not that in which things were stored; also of a word that is nearly everywhere.
#[test]
fn very_common_words_are_found_newest_first_page_by_page() {
    let home = Home::new();
    let begin = now() - 30 * DAY;
    // Interleaved: each session is stored as a whole, and lasts as long as the other.
    for (file, offset) in [("a", 0), ("b", 30 * 1000)] {
        let t = Transcript::new(file, "/w/app");
        let t = (0..3_000).fold(t, |t, n| t.at(begin + n * MINUTE + offset).prompt(&format!("common {file}{n} words")));
        home.write(&format!(".claude/projects/p/{file}.jsonl"), t.text());
    }
    let mut mcp = asked(&home);
    let mut cursor = Value::Null;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let page = told(&mut mcp, "search_history", &json!({"query": "common", "cursor": cursor}));
        seen.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["snippet"].as_str().unwrap().to_owned()));
        cursor = page["next_cursor"].clone();
    }
    let want: Vec<String> =
        (0..25).flat_map(|n| ["b", "a"].map(|f| format!("common {f}{} words", 2_999 - n))).collect();
    assert_eq!(seen, want);
    let rare = snippets(&mut mcp, "a7");
    assert_eq!(rare, ["common a7 words"]);
    let old = told(&mut mcp, "search_history", &json!({"query": "common", "cursor": format!("{}.0", begin + MINUTE)}));
    assert_eq!(old["hits"].as_array().unwrap().len(), 2, "{old}");
    assert!(old.get("next_cursor").is_none(), "{old}");
}

#[test]
fn filters_narrow_and_say_so_where_nothing_is_left() {
    let home = Home::new();
    for (id, cwd, ago) in [("near", "/w/app", 5), ("far", "/w/web", 3 * 24 * 60)] {
        let t = Transcript::new(id, cwd).at(now() - ago * MINUTE).prompt("find me");
        home.write(&format!(".claude/projects/p/{id}.jsonl"), t.text());
    }
    let mut mcp = asked(&home);
    let found = |mcp: &mut Mcp, arguments: &Value| {
        let answer = told(mcp, "search_history", arguments);
        let hits = answer["hits"].as_array().cloned().unwrap_or_default();
        (hits.iter().map(|hit| hit["session_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), answer)
    };
    assert_eq!(found(&mut mcp, &json!({"query": "find"})).0, ["near", "far"]);
    assert_eq!(found(&mut mcp, &json!({"query": "find", "since_min": 60})).0, ["near"]);
    assert_eq!(found(&mut mcp, &json!({"query": "find", "project": "web"})).0, ["far"]);
    assert_eq!(found(&mut mcp, &json!({"query": "find", "agent_source": "claude"})).0.len(), 2);
    let (none, answer) = found(&mut mcp, &json!({"query": "find", "agent_source": "codex"}));
    assert!(none.is_empty() && answer["note"].as_str().unwrap().contains("agent_source"), "{answer}");
    let negative = refused(&mut mcp, "search_history", &json!({"query": "find", "since_min": -5}));
    assert!(negative.contains("`since_min`"), "{negative}");
}

#[test]
fn identifiers_are_found_by_their_parts_in_order() {
    let home = Home::new();
    let t = Transcript::new("s", "/w/app")
        .prompt("load_user_by_id fails in src/db/user-store.rs")
        .prompt("see app.config.toml and std::sync::Arc<Mutex<T>>")
        .prompt("the user id is loaded by hand");
    home.write(".claude/projects/p/s.jsonl", t.text());
    let mut mcp = asked(&home);
    for (query, hits) in [
        ("load_user_by_id", 1),
        ("load_user*", 1),
        ("user_by", 1),
        ("id_by_user", 0),
        ("user-store.rs", 1),
        ("src/db", 1),
        ("src/db/user*", 1),
        ("app.config.toml", 1),
        ("std::sync::Arc", 1),
        ("Arc<Mutex<T>>", 1),
        ("user id", 2),
    ] {
        let found = snippets(&mut mcp, query);
        assert_eq!(found.len(), hits, "{query}: {found:?}");
    }
}

#[test]
fn scripts_without_case_or_blanks() {
    let home = Home::new();
    let t = Transcript::new("s", "/w/app")
        .prompt("กำลังทดสอบระบบล็อกอินใหม่")
        .prompt("Исправь ошибку Входа")
        .prompt("أصلح خطأ تسجيل الدخول")
        .prompt("लॉगिन की त्रुटि ठीक करो");
    home.write(".claude/projects/p/s.jsonl", t.text());
    let mut mcp = asked(&home);
    for (query, hits) in
        [("ทดสอบ", 1), ("กำลังทดสอบ", 1), ("แมว", 0), ("ошибку входа", 1), ("ОШИБ*", 1), ("تسجيل", 1), ("त्रुटि", 1)]
    {
        let found = snippets(&mut mcp, query);
        assert_eq!(found.len(), hits, "{query}: {found:?}");
    }
}

#[test]
fn a_hit_is_shown_wherever_it_stands() {
    let home = Home::new();
    let far = format!("{} the wandering Needle sits here {}", "this hay ".repeat(500), "straw ".repeat(500));
    home.write(".claude/projects/p/s.jsonl", Transcript::new("s", "/w/app").prompt(&far).text());
    let mut mcp = asked(&home);
    for query in ["needle", "this needle", "wander* needle", "\"needle sits\""] {
        let found = snippets(&mut mcp, query);
        assert!(found[0].contains("wandering Needle sits here") && found[0].len() < 300, "{query}: {found:?}");
    }
}

#[test]
fn pages_stay_where_they_are_while_more_is_said() {
    let home = Home::new();
    let begin = now() - DAY;
    let said = |count: i64| {
        (0..count).fold(Transcript::new("s", "/w/app"), |t, n| t.at(begin + n * MINUTE).prompt(&format!("common {n}")))
    };
    home.write(".claude/projects/p/s.jsonl", said(15).text());
    let mut mcp = asked(&home);
    let first = told(&mut mcp, "search_history", &json!({"query": "common"}));
    home.write(".claude/projects/p/s.jsonl", said(40).text());
    home.ok(&["import"]);
    let second = told(&mut mcp, "search_history", &json!({"query": "common", "cursor": first["next_cursor"]}));
    let all = [&first, &second].map(|page| page["hits"].as_array().unwrap().clone()).concat();
    let all: Vec<&str> = all.iter().map(|hit| hit["snippet"].as_str().unwrap()).collect();
    let want: Vec<String> = (0..15).rev().map(|n| format!("common {n}")).collect();
    assert_eq!(all, want);
    assert!(second.get("next_cursor").is_none(), "{second}");
}

/// Whatever is typed is looked for, and nothing else happens.
#[test]
fn hostile_queries_are_queries() {
    let home = Home::new();
    let t = Transcript::new("s", "/w/app").prompt("the token refresh is slow").bash("echo needle", "ok", false);
    home.write(".claude/projects/p/s.jsonl", t.text());
    let mut mcp = asked(&home);
    let long = format!("needle {}", "word ".repeat(2_000));
    let answer = told(&mut mcp, "search_history", &json!({"query": long}));
    assert!(answer["note"].as_str().unwrap().contains("of the query were looked for"), "{answer}");
    let many = "\"a\" OR * ".repeat(900);
    for query in [
        "'; DROP TABLE message; --",
        "\" OR 1=1 --",
        "text:needle",
        "{text}: needle",
        "needle NEAR/2 token",
        "^needle",
        "needle + token",
        "(((((((",
        "\"\"\"\"\"",
        "* * *",
        "NOT",
        "AND OR NOT",
        "needle AND",
        "-",
        "--",
        "-\"",
        "\u{0}",
        "needle\u{0}\u{1}",
        "\\",
        "%_",
        "🦀",
        "\u{202e}x",
        "rank MATCH 'x'",
        "search_index",
        &"x".repeat(10_240),
        &"\"".repeat(10_240),
        &"*".repeat(10_240),
        &"-\"a\" ".repeat(2_000),
        &many,
    ] {
        told(&mut mcp, "search_history", &json!({"query": query}));
        let ran = home.run(&["search", "--json", "--", query.trim_matches('\0').split('\0').next().unwrap()]);
        assert!(ran.code == 0 || query.trim().is_empty() || query.starts_with('\0'), "{query}: {ran:?}");
    }
    assert_eq!(snippets(&mut mcp, "needle").len(), 1, "all is as it was");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_queries_at_all(queries in prop::collection::vec("(\\PC|[\"*()^:+-]|AND |OR |NOT |NEAR|[\u{0}-\u{1f}]){1,40}", 40)) {
        let home = Home::new();
        home.write(".claude/projects/p/s.jsonl", Transcript::new("s", "/w/app").prompt("the token").text());
        let mut mcp = asked(&home);
        for query in queries.iter().filter(|query| !query.trim().is_empty()) {
            let answer = mcp.tool("search_history", &json!({"query": query}));
            prop_assert!(answer["isError"] != true, "{query:?}: {answer}");
        }
    }
}
