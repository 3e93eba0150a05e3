//! Prices against the vendors' published figures: every line of the reference, its worked examples, its rules.

use super::*;
use proptest::prelude::*;

/// 2026-11-01, 2026-09-25 and 2025-12-01, at midnight UTC.
const NOVEMBER: Millis = 1_793_491_200_000;
const SEPTEMBER: Millis = 1_790_294_400_000;
const LAST_YEAR: Millis = 1_764_547_200_000;

/// 2026-10-07, when cache reads of Sonnet 5.5 became cheaper.
const CUT: Millis = 1_791_331_200_000;

fn nanos_at(model: &str, at: Millis, tokens: TokenCounts) -> Option<i64> {
    price(Some(model), at, &tokens, &RequestTraits::default(), None).nanos
}

fn nanos(model: &str, tokens: TokenCounts) -> Option<i64> {
    nanos_at(model, NOVEMBER, tokens)
}

fn with_traits(model: &str, tokens: TokenCounts, traits: &RequestTraits) -> Option<i64> {
    price(Some(model), NOVEMBER, &tokens, traits, None).nanos
}

fn tier(service_tier: &str) -> RequestTraits {
    RequestTraits { service_tier: Some(service_tier.to_owned()), ..RequestTraits::default() }
}

fn input(count: i64) -> TokenCounts {
    TokenCounts { input: count, ..TokenCounts::default() }
}

/// The price of a million tokens in microdollars, measured on requests whose prompt has `prompt` tokens.
///
/// Fresh input, cache read, cache write of 5 minutes, of an hour, of no named lifetime, output.
fn per_million(model: &str, prompt: i64) -> [i64; 6] {
    let prompt_only = |set: fn(&mut TokenCounts, i64)| {
        let mut tokens = TokenCounts::default();
        set(&mut tokens, prompt);
        nanos(model, tokens).map_or(-1, |nanos| nanos * 1000 / prompt)
    };
    let base = input(prompt);
    let with_output = TokenCounts { output: 1_000_000, ..base };
    let output = nanos(model, with_output).unwrap_or(-1) - nanos(model, base).unwrap_or(0);
    [
        prompt_only(|t, n| t.input = n),
        prompt_only(|t, n| t.cache_read = n),
        prompt_only(|t, n| t.cache_write_5m = n),
        prompt_only(|t, n| t.cache_write_1h = n),
        prompt_only(|t, n| t.cache_write_other = n),
        output / 1000,
    ]
}

/// USD per million tokens, written as the reference writes them, in microdollars.
fn usd(text: &str) -> Option<i64> {
    if text == "-" {
        return None;
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<6}").parse().ok()
}

const CLAUDE: &str = "
claude-fable-5-1            10   50   0.25 12.5  20   1000000
claude-mythos-5-1           10   50   0.25 12.5  20   1000000
claude-fable-5              10   50   1    12.5  20   1000000
claude-mythos-5             10   50   1    12.5  20   1000000
claude-opus-5-5             4    20   0.20 5     8    1000000
claude-opus-5               5    25   0.50 6.25  10   1000000
claude-opus-4-8             5    25   0.50 6.25  10   1000000
claude-opus-4-7             5    25   0.50 6.25  10   1000000
claude-opus-4-6             5    25   0.50 6.25  10   1000000
claude-opus-4-5             5    25   0.50 6.25  10   200000
claude-sonnet-5-5           2    10   0.10 2.5   4    1000000
claude-sonnet-5             2    10   0.20 2.5   4    1000000
claude-sonnet-4-6           3    15   0.30 3.75  6    1000000
claude-sonnet-4-5           3    15   0.30 3.75  6    200000
claude-haiku-5-5            0.10 0.50 0.01 0.125 0.20 1000000
claude-haiku-4-5            1    5    0.10 1.25  2    200000
claude-opus-4               15   75   1.50 18.75 30   200000
claude-opus-4-1             15   75   1.50 18.75 30   200000
claude-sonnet-4             3    15   0.30 3.75  6    200000
claude-3-7-sonnet           3    15   0.30 3.75  6    200000
claude-3-5-sonnet           3    15   0.30 3.75  6    200000
claude-3-5-haiku            0.80 4    0.08 1     1.60 200000
claude-3-opus               15   75   1.50 18.75 30   200000
claude-3-haiku              0.25 1.25 0.03 0.30  0.50 200000
";

#[test]
fn claude_prices_are_those_of_the_reference() {
    for line in CLAUDE.trim().lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [model, input, output, read, write, hour, window] = fields[..] else {
            panic!("{line}");
        };
        let expected = [input, read, write, hour, write, output].map(|text| usd(text).expect(line));
        assert_eq!(per_million(model, 100_000), expected, "{line}");
        assert_eq!(context_window(model), window.parse().ok(), "{line}");
    }
    let haiku_long = ["0.50", "0.05", "0.625", "1.00", "0.625", "2.50"].map(|text| usd(text).expect("number"));
    assert_eq!(per_million("claude-haiku-5-5", 200_000), haiku_long);
}

/// Model, then input, cached, cache write and output below the threshold, then the same above; `=` where there is
/// no such tier.
const OTHERS: &str = "
gpt-6-rosalind        15    1.5   18.75  75    30   3    37.5  112.5
gpt-6-astra           10    1     12.5   50    20   2    25    75
gpt-6.1-sol           2     0.10  2.5    10    4    0.20 5     15
gpt-6-sol             2     0.20  2.5    10    4    0.40 5     15
gpt-6.1-terra         1     0.05  1.25   5     2    0.10 2.5   7.5
gpt-6-luna            0.10  0.01  0.125  0.50  0.20 0.02 0.25  0.75
gpt-5.6               4     0.40  5      20    8    0.80 10    30
gpt-5.6-sol           4     0.40  5      20    8    0.80 10    30
gpt-5.6-terra         2     0.20  2.5    12    4    0.40 5     18
gpt-5.6-luna          0.20  0.02  0.25   1.20  0.40 0.04 0.50  1.80
gpt-5.5               5     0.50  -      30    10   1    -     45
gpt-5.5-pro           30    -     -      180   60   -    -     270
gpt-5.4-pro           30    -     -      180   60   -    -     270
gpt-5.4               2.5   0.25  -      15    5    0.50 -     22.5
gpt-5.4-mini          0.75  0.075 -      4.5   =    =    =     =
gpt-5.4-nano          0.20  0.02  -      1.25  =    =    =     =
gpt-5.3-codex         1.75  0.175 -      14    =    =    =     =
gpt-5.2               1.75  0.175 -      14    =    =    =     =
gpt-5.2-codex         1.75  0.175 -      14    =    =    =     =
gpt-5.1               1.25  0.125 -      10    =    =    =     =
gpt-5.1-codex         1.25  0.125 -      10    =    =    =     =
gpt-5.1-codex-max     1.25  0.125 -      10    =    =    =     =
gpt-5                 1.25  0.125 -      10    =    =    =     =
gpt-5-codex           1.25  0.125 -      10    =    =    =     =
gpt-5.1-codex-mini    0.25  0.025 -      2     =    =    =     =
gpt-5-mini            0.25  0.025 -      2     =    =    =     =
gpt-5-nano            0.05  0.005 -      0.40  =    =    =     =
gpt-5.5-cyber         12.5  1.25  -      75    =    =    =     =
gpt-5.6-cyber         12.5  1.25  15.625 75    25   2.5  31.25 112.5
o3                    2     0.5   -      8     =    =    =     =
o4-mini               1.1   0.275 -      4.4   =    =    =     =
codex-mini-latest     1.5   0.375 -      6     =    =    =     =
gemini-4-argon        2     0.10  -      10    =    =    =     =
gemini-3.6-flash      0.75  0.075 -      3.75  =    =    =     =
gemini-3.7-flash      0.75  0.075 -      3.75  =    =    =     =
gemini-3.8-flash      0.75  0.075 -      3.75  =    =    =     =
gemini-3.5-flash      1.5   0.15  -      9     =    =    =     =
gemini-3.5-flash-lite 0.30  0.03  -      2.50  =    =    =     =
gemini-3.1-pro-preview 2    0.20  -      12    4    0.40 -     18
gemini-3.1-flash-lite 0.25  0.025 -      1.50  =    =    =     =
gemini-3-flash-preview 0.50 0.05  -      3     =    =    =     =
gemini-2.5-pro        1.25  0.125 -      10    2.5  0.25 -     15
gemini-2.5-flash      0.30  0.03  -      2.50  =    =    =     =
gemini-2.5-flash-lite 0.10  0.01  -      0.40  =    =    =     =
";

#[test]
fn openai_and_gemini_prices_are_those_of_the_reference() {
    for line in OTHERS.trim().lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [model, low @ .., high_in, high_read, high_write, high_out] = &fields[..] else {
            panic!("{line}");
        };
        let high = [*high_in, *high_read, *high_write, *high_out];
        let threshold = if model.starts_with("gemini") { 200_000 } else { 272_000 };
        let above = if high_in == &"=" { low } else { &high[..] };
        for (prompt, prices) in [(threshold, low), (2 * threshold, above)] {
            let [input, read, write, output] = prices else {
                panic!("{line}");
            };
            let input = usd(input).expect(line);
            let [read, write] = [read, write].map(|text| usd(text).unwrap_or(input));
            let expected = [input, read, write, write, write, usd(output).expect(line)];
            assert_eq!(per_million(model, prompt), expected, "{line} at {prompt}");
        }
    }
}

#[test]
fn worked_examples_of_the_reference() {
    let sonnet =
        TokenCounts { input: 1_200, cache_read: 80_000, cache_write_5m: 2_000, output: 900, ..TokenCounts::default() };
    assert_eq!(nanos("claude-sonnet-5-5", sonnet), Some(24_400_000));
    assert_eq!(nanos_at("claude-sonnet-5-5", SEPTEMBER, sonnet), Some(32_400_000));

    let haiku = TokenCounts { input: 10_000, cache_read: 120_000, output: 500, ..TokenCounts::default() };
    assert_eq!(nanos("claude-haiku-5-5", haiku), Some(12_250_000));
}

#[test]
fn a_tier_begins_above_its_threshold_and_takes_the_whole_request() {
    assert_eq!(nanos("gpt-6-sol", input(272_000)), Some(272_000 * 2_000));
    assert_eq!(nanos("gpt-6-sol", input(272_001)), Some(272_001 * 4_000));
    // Cache reads and writes count towards the prompt, output does not.
    let mixed =
        TokenCounts { input: 1, cache_read: 50_000, cache_write_1h: 50_000, output: 1_000, ..TokenCounts::default() };
    let long = 500 + 50_000 * 50 + 50_000 * 1_000 + 1_000 * 2_500;
    assert_eq!(nanos("claude-haiku-5-5", mixed), Some(long));
    let short = TokenCounts { input: 0, output: 100_000, ..mixed };
    assert_eq!(nanos("claude-haiku-5-5", short), Some(50_000 * 10 + 50_000 * 200 + 100_000 * 500));
}

#[test]
fn prices_follow_the_date_of_the_request() {
    let read = TokenCounts { cache_read: 1_000_000, ..TokenCounts::default() };
    assert_eq!(nanos_at("claude-sonnet-5-5", CUT - 1, read), Some(200_000_000));
    assert_eq!(nanos_at("claude-sonnet-5-5", CUT, read), Some(100_000_000));
    assert_eq!(nanos_at("claude-sonnet-5", CUT - 1, read), Some(200_000_000));
    let batch = price(Some("claude-sonnet-5-5"), CUT - 1, &read, &tier("batch"), None);
    assert_eq!(batch.nanos, Some(100_000_000));

    for model in ["claude-sonnet-4-20250514", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"] {
        assert_eq!(nanos_at(model, LAST_YEAR, input(200_000)), Some(600_000_000), "{model}");
        assert_eq!(nanos_at(model, LAST_YEAR, input(300_000)), Some(1_800_000_000), "{model}");
        assert_eq!(nanos_at(model, NOVEMBER, input(300_000)), Some(900_000_000), "{model}");
    }
}

#[test]
fn fast_mode_costs_what_was_published_or_is_unknown() {
    let fast = RequestTraits { fast: true, ..RequestTraits::default() };
    for (model, expected) in [
        ("claude-opus-5-5", Some(8_000_000)),
        ("claude-opus-5", Some(10_000_000)),
        ("claude-opus-4-8", Some(10_000_000)),
        ("claude-opus-4-7", Some(30_000_000)),
        ("claude-opus-4-6-20260205", Some(30_000_000)),
        ("claude-sonnet-5-5", None),
        ("gpt-5.5", Some(12_500_000)),
        ("gpt-5.6-sol", Some(8_000_000)),
        ("gemini-2.5-pro", None),
    ] {
        assert_eq!(with_traits(model, input(1_000), &fast), expected, "{model}");
    }
    let fast_and_priority = RequestTraits { fast: true, ..tier("priority") };
    assert_eq!(with_traits("gpt-5.5", input(1_000), &fast_and_priority), Some(12_500_000));
}

#[test]
fn service_tiers() {
    for (model, service, expected) in [
        ("claude-sonnet-5-5", "batch", Some(1_000_000)),
        ("claude-sonnet-5-5", "priority", Some(2_000_000)),
        ("gpt-6-sol", "flex", Some(1_000_000)),
        ("gpt-6-sol", "Priority", Some(4_000_000)),
        ("gpt-6-sol", "default", Some(2_000_000)),
        ("gpt-6-sol", "[trimmed]", Some(2_000_000)),
        ("gpt-6-astra", "ultrafast", Some(60_000_000)),
        ("gpt-6.1-sol", "ultrafast", Some(12_000_000)),
        ("gpt-5.4", "ultrafast", None),
        ("gemini-2.5-pro", "priority", Some(2_250_000)),
    ] {
        assert_eq!(with_traits(model, input(1_000), &tier(service)), expected, "{model} {service}");
    }
    // GPT-5.5 lists no priority price above 272k: two and a half times the price there.
    let long = with_traits("gpt-5.5", input(300_000), &tier("priority"));
    assert_eq!(long, Some(300_000 * 25_000));
    // Claude lists no batch price of the hour-long write.
    let hour = TokenCounts { cache_write_1h: 1_000, ..TokenCounts::default() };
    assert_eq!(with_traits("claude-haiku-5-5", hour, &tier("batch")), Some(100_000));
}

#[test]
fn residency_searches_and_rounding() {
    let us = RequestTraits { us_only: true, fast: true, ..RequestTraits::default() };
    let tokens = TokenCounts { web_searches: 3, ..input(1_000) };
    assert_eq!(with_traits("claude-opus-5-5", tokens, &us), Some(8_800_000 + 30_000_000));
    // Two and a half nanodollars a token: rounded once, half up.
    let read = |count| TokenCounts { cache_read: count, ..TokenCounts::default() };
    assert_eq!(with_traits("gpt-5-nano", read(1), &tier("flex")), Some(3));
    assert_eq!(with_traits("gpt-5-nano", read(3), &tier("flex")), Some(8));
}

#[test]
fn reported_money_wins_and_nothing_is_made_up() {
    let traits = RequestTraits::default();
    let cost = |model, reported| price(model, NOVEMBER, &input(1_000), &traits, reported);
    let reported = Cost { nanos: Some(7), basis: CostBasis::Reported };
    let estimated = Cost { nanos: Some(2_000_000), basis: CostBasis::Estimated };
    let unknown = Cost { nanos: None, basis: CostBasis::Unknown };
    assert_eq!(cost(Some("claude-sonnet-5-5"), Some(7)), reported);
    assert_eq!(cost(None, Some(7)), reported);
    assert_eq!(cost(Some("claude-sonnet-5-5"), Some(0)), estimated);
    assert_eq!(cost(Some("claude-sonnet-5-5"), Some(-1)), estimated);
    for model in [None, Some(""), Some("<synthetic>"), Some("mock-model"), Some("gpt-5.9")] {
        assert_eq!(cost(model, None), unknown, "{model:?}");
        assert_eq!(cost(model, Some(0)), unknown, "{model:?}");
    }
    assert_eq!(nanos("claude-sonnet-5-5", input(-5)), Some(0));
}

#[test]
fn names_resolve_by_their_rules_only() {
    for (name, key) in [
        ("  Claude-Opus-5 ", "claude-opus-5"),
        ("claude-opus-5[1m]", "claude-opus-5"),
        ("anthropic/claude-opus-4.8", "claude-opus-4-8"),
        ("openrouter/anthropic/claude-3.7-sonnet", "claude-3-7-sonnet"),
        ("openai/gpt-5.5", "gpt-5.5"),
        ("google/gemini-2.5-pro", "gemini-2.5-pro"),
        ("gemini/gemini-2.5-pro", "gemini-2.5-pro"),
        ("models/gemini-2-5-pro", "gemini-2.5-pro"),
        ("github_copilot/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("claude-opus-4-6@default", "claude-opus-4-6"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("bedrock/eu.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("global.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"),
        ("apac.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("claude-3.5-sonnet-20240620", "claude-3-5-sonnet"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("claude-3-7-sonnet-20250219", "claude-3-7-sonnet"),
        ("claude-3-sonnet-20240229", "claude-3-sonnet"),
        ("claude-3-opus-20240229", "claude-3-opus"),
        ("claude-3-haiku-20240307", "claude-3-haiku"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("claude-sonnet-4-0", "claude-sonnet-4"),
        ("claude-opus-4-20250514", "claude-opus-4"),
        ("claude-opus-4-1-20250805", "claude-opus-4-1"),
        ("claude-opus-4-5-20251101", "claude-opus-4-5-20251101"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5-20251001"),
        ("claude-opus-5-5-20260922", "claude-opus-5-5"),
        ("gpt-5.5-2026-04-23", "gpt-5.5-2026-04-23"),
        ("gpt-5.6-2026-07-01", "gpt-5.6"),
        ("gpt-5-6-sol", "gpt-5.6-sol"),
        ("gpt-5-6-sol-2026-07-01", "gpt-5.6-sol"),
        ("claude-haiku-4.5-20251001", "claude-haiku-4-5-20251001"),
        ("gpt-5-chat-latest", "gpt-5-chat-latest"),
    ] {
        assert_eq!(resolve(name), Some(key), "{name}");
    }
    for name in [
        "",
        "<synthetic>",
        "opus",
        "sonnet",
        "haiku",
        "default",
        "opus[1m]",
        "codex-auto-review",
        "claude-opus-9",
        "claude-opus",
        "gpt-5.9",
        "gpt-5.56",
        "gpt-5.55",
        "gpt",
        "gpt-5.5-codex",
        "gpt-5.5-fast",
        "gpt-5.3-codex-high",
        "gpt-5.3-codex-spark",
        "claude-sonnet-4-5-20250929-extra",
        "someone/claude-opus-5",
        "us.claude-opus-5",
        "-",
        "[1m]",
        "anthropic/",
        "@20250101",
        "é-v1",
        "claude-sonnet-4-5@latest",
    ] {
        assert_eq!(resolve(name), None, "{name}");
    }
}

#[test]
fn windows() {
    assert_eq!(context_window("claude-sonnet-4-5[1m]"), Some(1_000_000));
    assert_eq!(context_window("opus[1M]"), Some(1_000_000));
    assert_eq!(context_window("gpt-5.3-codex"), Some(272_000));
    assert_eq!(context_window("gpt-5.9"), None);
}

#[test]
fn every_model_resolves_to_itself_and_has_a_price() {
    assert!(models().count() > 150);
    for key in models() {
        assert_eq!(resolve(key), Some(key));
        assert!(nanos(key, input(1_000)).is_some_and(|nanos| nanos > 0), "{key}");
    }
}

fn count() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..400_000_i64,
        1 => Just(i64::MIN),
        1 => Just(i64::MAX),
        1 => any::<i64>(),
    ]
}

proptest! {
    #[test]
    fn more_tokens_never_cost_less(
        index in any::<prop::sample::Index>(),
        counts in prop::array::uniform7(count()),
        (bucket, more) in (0..7_usize, 0..=i64::MAX),
        at in prop_oneof![Just(LAST_YEAR), Just(SEPTEMBER), Just(NOVEMBER), any::<i64>()],
        (fast, us_only) in any::<(bool, bool)>(),
        service in prop::option::of("standard|batch|flex|priority|ultrafast"),
    ) {
        let all: Vec<&str> = models().collect();
        let model = *index.get(&all);
        let traits = RequestTraits { fast, us_only, service_tier: service, several: false };
        let tokens = |counts: [i64; 7]| TokenCounts {
            input: counts[0],
            output: counts[1],
            cache_read: counts[2],
            cache_write_5m: counts[3],
            cache_write_1h: counts[4],
            cache_write_other: counts[5],
            reasoning: 0,
            web_searches: counts[6],
        };
        let mut larger = counts;
        larger[bucket] = larger[bucket].saturating_add(more);
        let [before, after] = [counts, larger].map(|c| price(Some(model), at, &tokens(c), &traits, None).nanos);
        if let (Some(before), Some(after)) = (before, after) {
            prop_assert!(0 <= before && before <= after, "{model}: {before} {after}");
        }
    }

    #[test]
    fn no_name_panics(name in "\\PC{0,24}|[a-z.@:/\\[\\]0-9v-]{0,40}") {
        let _ = (resolve(&name), context_window(&name));
    }
}
