//! Stories in which several sources tell what a session spent, in any order.

use proptest::prelude::*;

use crate::model::{Agent, Fact, Grain, RequestTraits, SessionId, Timing, TokenCounts, Told, Usage};
use crate::store::{Batch, Reader, SqlValue, Writer};

const BEGIN: i64 = 1_795_168_800_000;

fn usage(id: &str, told: Told, at: i64, tokens: [i64; 3]) -> Usage {
    let [input, cache_read, output] = tokens;
    Usage {
        session: SessionId::new(Agent::CopilotCli, "s"),
        response_id: id.to_owned(),
        request_id: None,
        at: BEGIN + at,
        model: Some("gpt-5.5".to_owned()),
        tokens: TokenCounts { input, output, cache_read, ..TokenCounts::default() },
        traits: RequestTraits::default(),
        reported_nanos: None,
        agent_id: None,
        sidechain: false,
        told,
        timing: Timing::default(),
    }
}

fn record(id: &str, at: i64, tokens: [i64; 3]) -> Usage {
    usage(id, Told::default(), at, tokens)
}

fn row(id: &str, at: i64, tokens: [i64; 3]) -> Usage {
    usage(id, Told { voice: 1, ..Told::default() }, at, tokens)
}

fn output(id: &str, at: i64, tokens: i64) -> Usage {
    usage(id, Told { grain: Grain::Output, voice: 0 }, at, [0, 0, tokens])
}

fn sum(id: &str, since: i64, at: i64, tokens: [i64; 3]) -> Usage {
    usage(id, Told { grain: Grain::Sum { since: BEGIN + since }, voice: 0 }, at, tokens)
}

fn tell(writer: &mut Writer, all: &[Usage]) {
    let mut batch = Batch::told(BEGIN);
    for usage in all {
        batch.push(Fact::Usage(usage.clone()));
    }
    writer.apply(batch).unwrap();
}

fn numbers(dir: &std::path::Path, sql: &str) -> Vec<i64> {
    let limit = std::time::Duration::from_secs(5);
    let rows = Reader::open(dir).unwrap().sql(sql, limit, 10).unwrap().rows;
    let number = |value: &SqlValue| if let SqlValue::Integer(n) = value { *n } else { 0 };
    rows[0].iter().map(number).collect()
}

/// Input, what was read from a cache, output, and how many: as the rows, the session and the buckets have it.
fn spent(dir: &std::path::Path) -> Vec<i64> {
    let rows = numbers(
        dir,
        "SELECT coalesce(sum(input_tokens), 0), coalesce(sum(cache_read_tokens), 0), coalesce(sum(output_tokens), 0),
           count(*) FROM usage",
    );
    let session = numbers(dir, "SELECT input_tokens, cache_read_tokens, output_tokens, requests FROM session");
    let buckets = numbers(
        dir,
        "SELECT coalesce(sum(input_tokens), 0), coalesce(sum(cache_read_tokens), 0), coalesce(sum(output_tokens), 0),
           coalesce(sum(requests), 0) FROM usage_bucket",
    );
    assert_eq!((&rows, &rows), (&session, &buckets));
    rows
}

#[test]
fn records_the_table_and_the_end_tell_the_same_requests_in_every_order() {
    let told = [
        output("a", 1_000, 10),
        row("row 1", 1_005, [100, 50, 10]),
        record("b", 2_000, [200, 0, 20]),
        row("row 2", 2_005, [200, 0, 20]),
        sum("end", 0, 3_000, [300, 50, 30]),
    ];
    for start in 0..told.len() {
        for back in [false, true] {
            let mut all = told.to_vec();
            all.rotate_left(start);
            if back {
                all.reverse();
            }
            let dir = tempfile::tempdir().unwrap();
            let mut writer = Writer::open(dir.path()).unwrap();
            for usage in all.iter().chain(&all) {
                tell(&mut writer, std::slice::from_ref(usage));
            }
            assert_eq!(spent(dir.path()), [300, 50, 30, 2], "{start} {back}");
        }
    }
}

#[test]
fn what_one_response_came_to_becomes_the_whole_request() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    tell(&mut writer, &[output("a", 0, 10)]);
    assert_eq!(spent(dir.path()), [0, 0, 10, 1]);
    tell(&mut writer, &[record("a", 5, [100, 0, 10])]);
    assert_eq!(spent(dir.path()), [100, 0, 10, 1]);
}

#[test]
fn a_sum_is_priced_without_the_tier_of_long_prompts_and_part_of_a_request_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    tell(&mut writer, &[sum("end", 0, 10, [1_000_000, 0, 0])]);
    let cost = |dir: &std::path::Path| numbers(dir, "SELECT cost_nanos, priced_requests FROM session");
    let expected = crate::pricing::price(
        Some("gpt-5.5"),
        BEGIN,
        &TokenCounts { input: 100_000, ..TokenCounts::default() },
        &RequestTraits::default(),
        None,
    );
    assert_eq!(cost(dir.path()), [expected.nanos.unwrap() * 10, 1]);
    tell(&mut writer, &[output("a", 20, 10)]);
    assert_eq!(cost(dir.path()), [expected.nanos.unwrap() * 10, 1]);
}

#[test]
fn what_is_not_a_request_says_nothing_of_the_context() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    tell(&mut writer, &[record("a", 0, [100, 0, 10]), row("row", 5, [100, 0, 10])]);
    tell(&mut writer, &[sum("end", 50, 100, [5_000, 0, 10]), output("b", 200, 3)]);
    let reader = Reader::open(dir.path()).unwrap();
    let session = reader.session("s").unwrap().unwrap();
    assert_eq!(reader.occupancy(session.row, 0.0).unwrap().unwrap().tokens, 100);
}

fn any_usage() -> impl Strategy<Value = Usage> {
    let tokens = (0..3_i64, 1..3_i64).prop_map(|(input, output)| [input * 100, 0, output]);
    let at = 0..200_000_i64;
    prop_oneof![
        3 => (0..6_u8, at.clone(), tokens.clone()).prop_map(|(id, at, tokens)| record(&format!("r{id}"), at, tokens)),
        3 => (0..6_u8, at.clone(), tokens.clone()).prop_map(|(id, at, tokens)| row(&format!("row {id}"), at, tokens)),
        2 => (0..6_u8, at.clone(), 1..3_i64).prop_map(|(id, at, tokens)| output(&format!("r{id}"), at, tokens)),
        1 => (0..2_u8, at.clone(), at, tokens)
            .prop_map(|(id, since, at, tokens)| sum(&format!("end {id}"), since.min(at), at, tokens)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Sources in any order, told twice, in batches of any size.
    #[test]
    fn the_same_is_spent_whoever_comes_first(
        (all, shuffled) in prop::collection::vec(any_usage(), 1..16)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        size in 1..5_usize,
    ) {
        let spend = |tellings: &[Usage], size: usize| {
            let dir = tempfile::tempdir().unwrap();
            let mut writer = Writer::open(dir.path()).unwrap();
            for batch in tellings.chunks(size) {
                tell(&mut writer, batch);
            }
            let once = spent(dir.path());
            tell(&mut writer, tellings);
            assert_eq!(&once, &spent(dir.path()), "told twice");
            once
        };
        prop_assert_eq!(spend(&all, all.len()), spend(&shuffled, size));
    }
}
