//! Tokens in their three grains, and the rows of the database.

use super::session::{at, facts, line, of_agent, parsed, skips, start};
use crate::adapters::Parsed;
use crate::adapters::copilot_cli::rows;
use crate::model::{Fact, Grain, Usage};

fn spent(parsed: &Parsed) -> Vec<(String, Grain, [i64; 5])> {
    let numbers = |u: &Usage| {
        [u.tokens.input, u.tokens.output, u.tokens.cache_read, u.tokens.cache_creation(), u.tokens.reasoning]
    };
    facts!(parsed, Usage, Usage).into_iter().map(|u| (u.response_id.clone(), u.told.grain, numbers(&u))).collect()
}

fn shutdown(second: u32, rest: &str) -> String {
    line(second, "session.shutdown", &format!("{{{rest}}}"))
}

fn metrics(model: &str, input: i64, output: i64, cached: i64) -> String {
    format!(
        r#""modelMetrics":{{"{model}":{{"requests":{{"count":1}},"usage":{{"inputTokens":{input},"outputTokens":{output},"cacheReadTokens":{cached},"cacheWriteTokens":9,"reasoningTokens":1}}}}}}"#
    )
}

#[test]
fn a_request_is_told_by_its_record_and_its_response() {
    let out = parsed(&[
        start("s"),
        line(
            1,
            "session.usage_record",
            r#"{"usage":{"model":"gpt-5.5","inputTokens":100,"outputTokens":10,"cacheReadTokens":80,"cacheWriteTokens":5,"reasoningTokens":2,"apiCallId":"api","maxPromptTokens":64000}}"#,
        ),
        line(2, "assistant.message", r#"{"messageId":"m","apiCallId":"api","content":"x","outputTokens":10}"#),
        line(3, "assistant.message", r#"{"messageId":"n","content":"x","outputTokens":7}"#),
        line(4, "assistant.message", r#"{"messageId":"o","content":"x","outputTokens":0}"#),
        of_agent(
            5,
            "a",
            "assistant.usage",
            r#"{"model":"mini","inputTokens":"3","outputTokens":1,"apiCallId":"inner"}"#,
        ),
    ]);
    assert_eq!(
        spent(&out),
        [
            ("api".to_owned(), Grain::Request, [20, 10, 80, 5, 2]),
            ("api".to_owned(), Grain::Output, [0, 10, 0, 0, 0]),
            ("n".to_owned(), Grain::Output, [0, 7, 0, 0, 0]),
            ("inner".to_owned(), Grain::Request, [3, 1, 0, 0, 0]),
        ]
    );
    let inner = facts!(out, Usage, Usage).pop().unwrap();
    assert_eq!((inner.agent_id.as_deref(), inner.model.as_deref()), (Some("a"), Some("mini")));
}

#[test]
fn the_end_tells_what_came_on_top() {
    let sums = |lines: &[String]| -> Vec<(i64, i64, i64)> {
        let out = parsed(lines);
        assert_eq!(skips(&out), Vec::<&str>::new());
        let told = facts!(out, Usage, Usage);
        let sum = |u: Usage| match u.told.grain {
            Grain::Sum { since } => ((since - at(0)) / 1000, u.tokens.input, u.tokens.output),
            other => panic!("{other:?}"),
        };
        told.into_iter().map(sum).collect()
    };
    let resume = line(20, "session.resume", "{}");
    // It counts on.
    assert_eq!(
        sums(&[
            start("s"),
            shutdown(10, &metrics("m", 100, 10, 50)),
            resume.clone(),
            shutdown(30, &metrics("m", 130, 14, 60))
        ]),
        [(0, 50, 10), (10, 20, 4)]
    );
    // It began anew: less than before, or it says since when.
    assert_eq!(
        sums(&[
            start("s"),
            shutdown(10, &metrics("m", 100, 10, 50)),
            resume.clone(),
            shutdown(30, &metrics("m", 30, 20, 0))
        ]),
        [(0, 50, 10), (20, 30, 20)]
    );
    let since = format!(r#"{},"sessionStartTime":{}"#, metrics("m", 130, 14, 60), at(20));
    assert_eq!(
        sums(&[start("s"), shutdown(10, &metrics("m", 100, 10, 50)), resume, shutdown(30, &since)]),
        [(0, 50, 10), (20, 70, 14)]
    );
    // Nothing is told of nothing.
    assert_eq!(
        sums(&[start("s"), shutdown(10, r#""modelMetrics":{"m":{"usage":{"inputTokens":0,"outputTokens":0}}}"#)]),
        []
    );
    // Only the session as a whole says how much.
    let whole = r#""modelMetrics":{"m":{"requests":2}},"tokenDetails":{"input":{"tokenCount":100},"output":{"tokenCount":15},"cache_read":{"tokenCount":5}}"#;
    assert_eq!(sums(&[start("s"), shutdown(10, whole)]), [(0, 100, 15)]);
    let newer = format!(r#""accountingSnapshot":{{{}}}"#, metrics("m", 100, 10, 50));
    assert_eq!(sums(&[start("s"), shutdown(10, &newer)]), [(0, 50, 10)]);
}

#[test]
fn a_compaction_is_a_request_beside_the_others() {
    let out = parsed(&[
        start("s"),
        line(
            1,
            "session.compaction_complete",
            r#"{"success":true,"compactionTokensUsed":{"inputTokens":900,"outputTokens":80,"cacheReadTokens":100,"model":"m"}}"#,
        ),
        line(
            2,
            "session.compaction_complete",
            r#"{"success":false,"compactionTokensUsed":{"input":90,"output":8,"cachedInput":10}}"#,
        ),
    ]);
    let told = spent(&out);
    assert_eq!((told[0].1, told[0].2), (Grain::Aside, [800, 80, 100, 0, 0]));
    assert_eq!((told[1].1, told[1].2), (Grain::Aside, [80, 8, 10, 0, 0]));
    assert_ne!(told[0].0, told[1].0);
}

#[test]
fn rows_of_the_database_tell_requests_under_ids_of_their_own() {
    let read = |text: &str| {
        let mut out = Parsed::default();
        rows::row(text, 1, &mut out);
        out
    };
    let row = r#"{"table":"assistant_usage_events","id":3,"session_id":"s","agent_id":"a","model":"m","input_tokens":100,"output_tokens":10,"cache_read_tokens":80,"cache_write_tokens":null,"initiator":"agent","created_at":"2026-11-20T10:00:01.000Z"}"#;
    let out = read(row);
    assert_eq!(spent(&out), [(format!("store:s:3:{}", at(1)), Grain::Request, [20, 10, 80, 0, 0])]);
    let told = facts!(out, Usage, Usage).remove(0);
    assert_eq!((told.told.voice, told.agent_id.as_deref(), told.at), (1, Some("a"), at(1)));
    let aside = read(&row.replace("\"agent\"", "\"compaction\""));
    assert_eq!(spent(&aside)[0].1, Grain::Aside);
    let local = read(&row.replace("2026-11-20T10:00:01.000Z", "2026-11-20 10:00:01"));
    assert_eq!(facts!(local, Usage, Usage)[0].at, at(1));
    assert_eq!(skips(&read(r#"{"table":"assistant_usage_events","id":3}"#)), ["request without a session or a time"]);
    assert_eq!(skips(&read(r#"{"table":"turns"}"#)), ["unknown table turns"]);
}
