//! Proves the rules on the samples, and the promises of `scrub` on made-up texts.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Samples {
    secrets: Vec<Sample>,
    personal: Vec<Sample>,
    innocent: Vec<String>,
}

#[derive(Deserialize)]
struct Sample {
    rule: String,
    text: String,
    gone: String,
}

fn samples() -> Samples {
    let text = include_str!("samples.toml").replace('¦', "");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn assert_scrubbed(level: Level, samples: &[Sample]) {
    let redactor = Redactor::new(level);
    for Sample { rule, text, gone } in samples {
        assert_eq!(text.matches(gone).count(), 1, "{text}");
        let expected = text.replace(gone, &format!("[redacted:{rule}]"));
        assert_eq!(redactor.scrub(text), expected, "{text}");
        assert_eq!(redactor.scrub(&expected), expected, "{text}");
    }
}

#[test]
fn true_samples_lose_their_secret_and_nothing_else() {
    let samples = samples();
    assert!(samples.secrets.len() >= 60);
    assert_scrubbed(Level::Preview, &samples.secrets);
    assert_scrubbed(Level::Full, &samples.personal);
    let kept = Redactor::new(Level::Preview);
    for sample in &samples.personal {
        assert_eq!(kept.scrub(&sample.text), sample.text);
    }
}

#[test]
fn every_rule_has_a_sample() {
    let samples = samples();
    for rule in FULL.rules() {
        let mut all = samples.secrets.iter().chain(&samples.personal);
        assert!(all.any(|sample| sample.rule == rule.id), "{}", rule.id);
    }
}

#[test]
fn false_samples_stay_and_are_borrowed() {
    let samples = samples();
    assert!(samples.innocent.len() >= 80);
    let redactor = Redactor::new(Level::Preview);
    for text in &samples.innocent {
        assert!(
            matches!(redactor.scrub(text), Cow::Borrowed(kept) if kept == text),
            "{text} became {}",
            redactor.scrub(text)
        );
    }
}

#[test]
fn level_none_keeps_everything() {
    let redactor = Redactor::new(Level::None);
    for sample in samples().secrets {
        assert!(matches!(redactor.scrub(&sample.text), Cow::Borrowed(_)));
    }
}

#[test]
fn levels_read_their_names() {
    for level in [Level::None, Level::Preview, Level::Full] {
        assert_eq!(level.to_string().parse(), Ok(level));
        assert_eq!(Redactor::new(level).level(), level);
    }
    let error = "all".parse::<Level>().map_err(|error| error.to_string());
    let error = error.map_or_else(|text| text, |level| level.to_string());
    for part in ["\"all\"", "none", "preview", "full"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn every_rule_compiles() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        id: String,
        description: String,
        keywords: Vec<String>,
        start: String,
        regex: Option<String>,
        group: Option<toml::Value>,
        min_entropy: Option<f64>,
        min_mix: Option<f64>,
        allow: Option<Vec<String>>,
        allow_names: Option<Vec<String>>,
        level: Option<String>,
        window: Option<usize>,
    }
    #[derive(Deserialize)]
    struct File {
        lists: toml::Table,
        rules: Vec<Entry>,
    }
    let file: File = toml::from_str(include_str!("rules.toml")).unwrap_or_else(|error| panic!("{error}"));
    let mut ids: Vec<&str> = file.rules.iter().map(|rule| rule.id.as_str()).collect();
    for rule in &file.rules {
        assert!(!rule.description.is_empty() && !rule.keywords.is_empty());
        assert_eq!(rule.regex.is_none(), rule.start == "pem", "{}", rule.id);
        let named = [&rule.allow, &rule.allow_names].into_iter().flatten();
        for item in named.flatten().chain(&rule.keywords) {
            let list = item.strip_prefix('@').filter(|name| !name.contains('v'));
            assert!(
                list.is_none_or(|name| name.is_empty() || file.lists.contains_key(name)),
                "{} names {item}",
                rule.id
            );
        }
        let _ = (&rule.group, rule.min_entropy, rule.min_mix);
        let _ = (&rule.level, rule.window);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), file.rules.len());
    assert_eq!(ids.len(), FULL.rules().len());
    assert_eq!(ids.len() - 1, PREVIEW.rules().len());
    for rule in FULL.rules() {
        rule.compile_all();
    }
}

#[test]
fn values_longer_than_the_window_leave_no_rest() {
    let long = "a1B2c3D4".repeat(5_000);
    for (before, after) in [("token = \"", "\" x"), ("API_KEY=", "\nX=1"), ("sk-ant-", " x")] {
        let text = format!("{before}{long}{after}");
        let out = Redactor::new(Level::Preview).scrub(&text).into_owned();
        assert!(!out.contains("a1B2") && out.ends_with(after), "{before}");
    }
}

#[test]
fn overlapping_finds_become_one() {
    let redactor = Redactor::new(Level::Full);
    assert_eq!(
        redactor.scrub("postgres://me:ex4mple@db.example.org/x"),
        "postgres://me:[redacted:url-password]@db.example.org/x"
    );
}

#[test]
fn work_grows_with_the_text_and_not_faster() {
    for unit in [
        "token=token=",
        "sk-sk-sk-",
        "sk-ant-",
        "sk-proj-",
        "eyJ-eyJ.",
        "eyJaaaaaaaaaa.",
        "://a:b://",
        "\"token\":\"a1",
        "curl -u ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "-----END PRIVATE KEY-----\nEXAMPLEEXAMPLEEXAMPLE\n",
        "PRIVATE KEY-----\\n",
        "cookie: a=b; ",
        "password: 'x",
        "a@a.",
    ] {
        let small = unit.repeat(64 * 1024 / unit.len());
        let large = unit.repeat(256 * 1024 / unit.len());
        let (small, large) = (FULL.work(&small), FULL.work(&large));
        assert!(large <= 4 * small + small / 4, "{unit}: {small} {large}");
        assert!(large <= 400 * 256 * 1024, "{unit}: {large}");
    }
}

/// Pieces that meet the rules more often than chance would.
fn text() -> impl Strategy<Value = String> {
    let samples = samples();
    let mut pieces: Vec<String> = [
        "token",
        "=",
        ": ",
        "\"",
        "'",
        "\\n",
        "\\\"",
        "\n",
        " ",
        "-",
        "--",
        "sk-",
        "password",
        "API_KEY",
        "a1B2c3D4e5F6g7H8",
        "[redacted:",
        "]",
        "é",
        "→",
        "://",
        "@",
        "u:p4ssw",
        "eyJ",
        "Cookie: a=",
        "Bearer ",
        "curl -u ",
        "\\",
        "x",
        ".",
        "/",
        "-----END ",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEX",
        "(",
        ";",
        "$",
        "<",
        ">",
    ]
    .map(str::to_owned)
    .into();
    let all = samples.secrets.into_iter().chain(samples.personal);
    pieces.extend(all.flat_map(|sample| [sample.text, sample.gone]));
    pieces.extend(samples.innocent);
    let piece = prop_oneof![
        8 => proptest::sample::select(pieces),
        1 => any::<String>(),
        1 => "[a-zA-Z0-9_=:\"' -]{0,20}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|parts| parts.concat())
}

/// Whether `out` is `text` with spans replaced: what stands between marks must appear in order.
fn keeps_the_rest(text: &str, out: &str) -> bool {
    let mut rest = text;
    let mut parts = out.split("[redacted:");
    let Some(first) = parts.next() else {
        return false;
    };
    let Some(after) = rest.strip_prefix(first) else {
        return false;
    };
    rest = after;
    for part in parts {
        let kept = part.split_once(']').map_or("", |(_, kept)| kept);
        let Some(at) = rest.find(kept) else {
            return false;
        };
        rest = &rest[at + kept.len()..];
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scrubbing_twice_changes_nothing(text in text()) {
        for level in [Level::Preview, Level::Full] {
            let redactor = Redactor::new(level);
            let once = redactor.scrub(&text);
            prop_assert_eq!(redactor.scrub(&once), once.as_ref());
        }
    }

    #[test]
    fn text_outside_of_secrets_stays(text in text()) {
        let out = Redactor::new(Level::Full).scrub(&text).into_owned();
        if !text.contains("[redacted:") {
            prop_assert!(keeps_the_rest(&text, &out), "{text:?} {out:?}");
        }
    }
}
