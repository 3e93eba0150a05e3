//! The context window is nearly full: what matters should be written down before it is cut.

use super::{Channel, End, Finding, Past, Rule, Severity, Sight};
use crate::model::Millis;
use crate::perceive::view::{Limits, Occupancy};

pub struct ContextPressure;

/// Shares of the window. Agents compact by themselves somewhat above 85 %: the first note leaves time to come to an
/// end, the second is the last before that.
const FULL: f64 = 0.70;
const NEARLY_CUT: f64 = 0.85;
/// Of what counts as full; only below it is over: somewhat less than full is no room yet.
const ROOM: f64 = 60.0 / 70.0;
/// Of products of floats: a share just reached counts as reached.
const ROUNDING: f64 = 1e-6;

impl Rule for ContextPressure {
    fn kind(&self) -> &'static str {
        "context_pressure"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        view.context.and_then(|context| found(context, &view.limits, view.now)).into_iter().collect()
    }

    /// What is not known, as between a compaction and the next request, ends nothing.
    fn ending(&self, _: &Past<'_>, view: &Sight<'_>) -> End {
        let Some(context) = view.context else { return End::NotYet };
        let tokens = context.tokens;
        let window = known_window(context);
        let threshold = threshold(&view.limits);
        // Nobody can say any more.
        let Some(full) = threshold.or(window) else { return End::Resolved(None) };
        let share = if threshold.is_some() { 1.0 } else { shares(&view.limits).0 };
        let has_room = !reaches(tokens, full, share * ROOM);
        match (has_room, window) {
            (false, _) => End::NotYet,
            (true, Some(window)) => {
                End::Resolved(Some(format!("the context is back to {} % of the window", percent(tokens, window))))
            }
            (true, None) => End::Resolved(Some(format!("the context is back to {} tokens", short(tokens)))),
        }
    }

    fn escalates(&self) -> bool {
        true
    }
}

fn found(context: Occupancy, limits: &Limits, now: Millis) -> Option<Finding> {
    let tokens = context.tokens;
    let window = known_window(context);
    let is = |share: f64| window.is_some_and(|window| reaches(tokens, window, share));
    let threshold = threshold(limits);
    let (full, nearly_cut) = shares(limits);
    if !threshold.map_or_else(|| is(full), |threshold| tokens >= threshold) {
        return None;
    }
    let severity = if is(nearly_cut) { Severity::High } else { Severity::Medium };
    let evidence = match (window, threshold) {
        (Some(window), _) => {
            let percent = percent(tokens, window);
            format!("The context holds {} of {} tokens ({percent} %).", short(tokens), short(window))
        }
        (None, Some(threshold)) => {
            format!("The context holds {} tokens, past the {} that the user has set.", short(tokens), short(threshold))
        }
        (None, None) => return None,
    };
    let suggestion = match severity {
        Severity::High => "Write down task, decisions and next step now, then compact or start afresh.",
        _ => "Bring the step at hand to an end, then compact or start a fresh session.",
    };
    Some(Finding {
        key: "context".to_owned(),
        severity,
        evidence,
        suggestion: suggestion.to_owned(),
        files: Vec::new(),
        channels: vec![Channel::Prompt],
        since: context.at.min(now),
        about: None,
    })
}

/// No request is larger than its window: one that was, ran with another window than we believe.
fn known_window(context: Occupancy) -> Option<i64> {
    context.window.filter(|&window| window > 0 && context.tokens <= window)
}

fn threshold(limits: &Limits) -> Option<i64> {
    limits.context_tokens.filter(|&threshold| threshold > 0)
}

/// What counts as full, and what as nearly cut.
fn shares(limits: &Limits) -> (f64, f64) {
    let share = |set: Option<f64>, usual: f64| set.filter(|share| *share > 0.0 && *share <= 1.0).unwrap_or(usual);
    let full = share(limits.context_share, FULL);
    (full, share(limits.context_high_share, NEARLY_CUT).max(full))
}

#[expect(clippy::cast_precision_loss, reason = "tokens are far below 2^52")]
fn reaches(tokens: i64, of: i64, share: f64) -> bool {
    tokens as f64 + ROUNDING >= of as f64 * share
}

fn percent(tokens: i64, of: i64) -> i64 {
    tokens.saturating_mul(100) / of
}

/// `950`, `142k`, `1.2M`; never more than there are.
fn short(tokens: i64) -> String {
    match tokens {
        ..1_000 => tokens.to_string(),
        1_000..1_000_000 => format!("{}k", tokens / 1_000),
        _ if tokens % 1_000_000 < 100_000 => format!("{}M", tokens / 1_000_000),
        _ => format!("{}.{}M", tokens / 1_000_000, tokens % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stories::{NOW, view};
    use super::*;

    const K: i64 = 1_000;

    fn told(tokens: i64, window: Option<i64>, threshold: Option<i64>) -> Option<Finding> {
        let mut view = view();
        view.context = Some(Occupancy { tokens, window, at: view.now });
        view.limits.context_tokens = threshold;
        let mut all = ContextPressure.holds(&view);
        assert!(all.len() <= 1);
        all.pop()
    }

    #[test]
    fn a_filling_context_is_told() {
        use Severity::{High, Medium};
        for (tokens, window, threshold, severity, evidence) in [
            (140 * K, Some(200 * K), None, Medium, "The context holds 140k of 200k tokens (70 %)."),
            (169_999, Some(200 * K), None, Medium, "The context holds 169k of 200k tokens (84 %)."),
            (170 * K, Some(200 * K), None, High, "The context holds 170k of 200k tokens (85 %)."),
            (200 * K, Some(200 * K), None, High, "The context holds 200k of 200k tokens (100 %)."),
            (701 * K, Some(1_000 * K), None, Medium, "The context holds 701k of 1M tokens (70 %)."),
            (190_400, Some(272 * K), None, Medium, "The context holds 190k of 272k tokens (70 %)."),
            (100 * K, Some(200 * K), Some(100 * K), Medium, "The context holds 100k of 200k tokens (50 %)."),
            (180 * K, Some(200 * K), Some(100 * K), High, "The context holds 180k of 200k tokens (90 %)."),
            (
                1_250 * K,
                None,
                Some(700 * K),
                Medium,
                "The context holds 1.2M tokens, past the 700k that the user has set.",
            ),
            (
                250 * K,
                Some(200 * K),
                Some(210 * K),
                Medium,
                "The context holds 250k tokens, past the 210k that the user has set.",
            ),
        ] {
            let finding = told(tokens, window, threshold).expect(evidence);
            assert_eq!((finding.severity, finding.evidence.as_str()), (severity, evidence));
            assert_eq!((finding.key.as_str(), finding.channels.as_slice()), ("context", &[Channel::Prompt][..]));
            assert!(finding.evidence.len() + finding.suggestion.len() <= 220);
        }
    }

    #[test]
    fn a_context_with_room_is_not() {
        for (why, tokens, window, threshold) in [
            ("just below", 139_999, Some(200 * K), None),
            ("under the resolving share", 110 * K, Some(200 * K), None),
            ("a session just begun", 0, Some(200 * K), None),
            ("half of a large window", 500 * K, Some(1_000 * K), None),
            ("nobody knows the window", 900 * K, None, None),
            ("the window is another than believed", 250 * K, Some(200 * K), None),
            ("a window of nothing", 250 * K, Some(0), None),
            ("a window below nothing", 250 * K, Some(-1), None),
            ("the user's threshold takes the place of the share", 150 * K, Some(200 * K), Some(160 * K)),
            ("and of the higher share", 180 * K, Some(200 * K), Some(190 * K)),
            ("below the threshold without a window", 100 * K, None, Some(700 * K)),
            ("a threshold of nothing is none", 100 * K, Some(200 * K), Some(0)),
        ] {
            assert_eq!(told(tokens, window, threshold), None, "{why}");
        }
        let mut compacted = view();
        compacted.limits.context_tokens = Some(1);
        assert_eq!(ContextPressure.holds(&compacted), [], "not known, or compacted since");
    }

    #[test]
    fn it_is_over_only_when_there_is_room_again() {
        let said = |words: &str| End::Resolved(Some(words.to_owned()));
        for (why, tokens, window, threshold, want) in [
            ("just below the share", 139 * K, Some(200 * K), None, End::NotYet),
            ("at the lower side", 120 * K, Some(200 * K), None, End::NotYet),
            ("below it", 119 * K, Some(200 * K), None, said("the context is back to 59 % of the window")),
            ("compacted", 62 * K, Some(200 * K), None, said("the context is back to 31 % of the window")),
            ("another model", 150 * K, Some(1_000 * K), None, said("the context is back to 15 % of the window")),
            ("just below the threshold", 99 * K, Some(200 * K), Some(100 * K), End::NotYet),
            ("at the lower side of the threshold", 86 * K, None, Some(100 * K), End::NotYet),
            ("well below the threshold", 85 * K, None, Some(100 * K), said("the context is back to 85k tokens")),
            (
                "below it in a known window",
                50 * K,
                Some(200 * K),
                Some(100 * K),
                said("the context is back to 25 % of the window"),
            ),
            ("nobody knows the window any more", 150 * K, None, None, End::Resolved(None)),
        ] {
            let mut view = view();
            view.context = Some(Occupancy { tokens, window, at: view.now });
            view.limits.context_tokens = threshold;
            assert_eq!(ContextPressure.end(&PAST, &view), want, "{why}");
        }
        assert_eq!(ContextPressure.end(&PAST, &view()), End::NotYet, "compacted, and no request since");
    }

    const PAST: Past<'_> = Past { key: "context", severity: Severity::Medium, files: &[], since: 0 };

    #[test]
    fn it_is_as_new_as_the_request_and_more_severe_once_more() {
        let mut view = view();
        for (at, want) in [(NOW - 5, NOW - 5), (NOW + 5, NOW)] {
            view.context = Some(Occupancy { tokens: 150 * K, window: Some(200 * K), at });
            assert_eq!(ContextPressure.holds(&view)[0].since, want);
        }
        assert!(ContextPressure.escalates());
    }

    #[test]
    fn the_user_may_set_other_shares() {
        let at = |percent: i64, full: f64, high: f64| {
            let mut view = view();
            view.context = Some(Occupancy { tokens: 2 * K * percent, window: Some(200 * K), at: view.now });
            (view.limits.context_share, view.limits.context_high_share) = (Some(full), Some(high));
            let over = ContextPressure.end(&PAST, &view) != End::NotYet;
            (ContextPressure.holds(&view).first().map(|finding| finding.severity), over)
        };
        assert_eq!(at(50, 0.5, 0.6), (Some(Severity::Medium), false));
        assert_eq!(at(60, 0.5, 0.6), (Some(Severity::High), false));
        assert_eq!(at(49, 0.5, 0.6), (None, false));
        assert_eq!(at(42, 0.5, 0.6), (None, true));
        assert_eq!(at(80, 0.8, 0.2), (Some(Severity::High), false), "never urgent before it is told at all");
        assert_eq!(at(70, f64::NAN, 7.0), (Some(Severity::Medium), false), "no shares at all");
    }

    #[test]
    fn tokens_are_said_short() {
        for (tokens, want) in [(999, "999"), (1_999, "1k"), (999_999, "999k"), (1_048_576, "1M"), (1_990_000, "1.9M")] {
            assert_eq!(short(tokens), want);
        }
    }
}
