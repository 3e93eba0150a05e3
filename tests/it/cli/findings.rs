//! What people read of findings: those of a session, how often agents were told, and what came of it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use tma1::model::{Agent, SessionId};
use tma1::store::{FindingNow, Noticed, Standing, Telling, Writer};

use super::{SESSION, plain, storied};
use crate::support::Home;

pub fn finding(kind: &str, severity: &str, key: &str, standing: Standing) -> FindingNow {
    let told = standing == Standing::Told;
    FindingNow {
        kind: kind.to_owned(),
        key: key.to_owned(),
        severity: severity.to_owned(),
        channel: "post_tool_use".to_owned(),
        evidence: format!("{key} failed 3 times with the same error"),
        suggestion: "Read the first error before the next run".to_owned(),
        files: vec!["src/auth.rs".to_owned()],
        standing,
        since: 0,
        told_at: None,
        told_severity: None,
        held: false,
        farewell: None,
        is_step: true,
        told: told.then(|| Telling {
            channel: "post_tool_use".to_owned(),
            hook_event: "PostToolUse".to_owned(),
            tokens: 30,
        }),
    }
}

/// A kind told five times today, a few others of which some ended.
fn noticed(home: &Home) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let now = i64::try_from(now).unwrap();
    let session = SessionId::new(Agent::ClaudeCode, SESSION);
    let mut writer = Writer::open(&home.data()).unwrap();
    let mut goes = |at: i64, finding: FindingNow| {
        writer.keep_noticed(&session, &Noticed { findings: vec![finding], ..Noticed::default() }, at).unwrap();
    };
    for n in 0..5 {
        goes(now - 10 + n, finding("test_stuck", "medium", "login::expires", Standing::Told));
    }
    goes(now, finding("edit_thrash", "medium", "src/\u{1b}[31mauth.rs", Standing::Open));
    goes(now, finding("repeated_failed_build", "high", "cargo test", Standing::Told));
    goes(now, finding("stale_file_view", "high", "src/lib.rs", Standing::Told));
    goes(now, finding("stale_file_view", "high", "src/lib.rs", Standing::Resolved));
    for n in 0..5 {
        goes(now, finding("repeated_failed_build", "high", &format!("make {n}"), Standing::Open));
        let ended = if n < 2 { Standing::Resolved } else { Standing::Expired };
        goes(now - 2 * 3_600_000, finding("repeated_failed_build", "high", &format!("make {n}"), ended));
    }
}

#[test]
fn findings_are_shown_open_ones_first() {
    let home = storied();
    noticed(&home);
    let page = home.ok(&["anomalies", "a1b2"]);
    assert!(!page.contains('\u{1b}'));
    let page = plain(&home, &page);
    insta::assert_snapshot!(page, @r"
    session a1b2c3d4
    open, not told
      medium edit_thrash  AGE ago
        src/auth.rs failed 3 times with the same error
        Read the first error before the next run
        src/auth.rs
    told
      high repeated_failed_build  AGE ago, told AGE ago (post_tool_use)
        cargo test failed 3 times with the same error
        Read the first error before the next run
        src/auth.rs
      medium test_stuck  AGE ago, told AGE ago (post_tool_use)
        login::expires failed 3 times with the same error
        Read the first error before the next run
        src/auth.rs
    over
      high stale_file_view  AGE ago, told AGE ago (post_tool_use), resolved
        src/lib.rs failed 3 times with the same error
        Read the first error before the next run
        src/auth.rs
    not announced for now: test_stuck (told 5 times today)
    ");
    assert_eq!(page, plain(&home, &home.ok(&["anomalies", "--session", "a1b2"])));
}

#[test]
fn what_was_told_is_counted_and_judged() {
    let home = storied();
    noticed(&home);
    let day = regex::Regex::new(r"20\d\d-\d\d-\d\d").unwrap();
    let page = |arguments: &[&str]| day.replace_all(&plain(&home, &home.ok(arguments)), "DAY").into_owned();
    insta::assert_snapshot!(page(&["anomalies", "--budget", "--days", "1"]), @r"
    day         kind                   notes
    DAY  repeated_failed_build      1
    DAY  stale_file_view            1
    DAY  test_stuck                 5
    muted: test_stuck in ~/app: told 5 times today
    ");
    insta::assert_snapshot!(page(&["anomalies", "--follow-rate"]), @r"
    kind                   told  followed   rate  pending  untold  resolved anyway  lift
    repeated_failed_build     1         0    0 %                5             40 %
    stale_file_view           1         1  100 %
    test_stuck                5         0    0 %
    followed: resolved within 5 calls of the session
    ");
    assert!(
        page(&["status"]).contains("  muted        test_stuck in ~/app: told 5 times today\n"),
        "{}",
        page(&["status"])
    );
    let muted = json!([{"project": home.path().join("app"), "kind": "test_stuck", "why": "told 5 times today"}]);
    assert_eq!(home.json(&["status", "--json"])["muted"], muted);
    let budget = home.json(&["anomalies", "--budget", "--json"]);
    assert_eq!((&budget["days"], &budget["budget"], &budget["muted"]), (&json!(7), &json!(5), &muted));
    let rate = home.json(&["anomalies", "--follow-rate", "--days", "3", "--json"]);
    assert_eq!((&rate["days"], &rate["by_kind"]["stale_file_view"]["rate"]), (&json!(3), &json!(1.0)));
    for wrong in [
        &["anomalies", "--days", "3"][..],
        &["anomalies", "a1", "--budget"],
        &["anomalies", "--budget", "--follow-rate"],
    ] {
        assert_eq!(home.run(wrong).code, 2, "{wrong:?}");
    }
}
