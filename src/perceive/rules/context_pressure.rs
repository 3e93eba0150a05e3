//! The context window is nearly full: what matters should be written down before it is cut.

use super::{Channel, Finding, Rule, Severity};
use crate::model::Millis;
use crate::perceive::view::{Limits, Occupancy, View};

pub struct ContextPressure;

/// Percent of the window. Agents compact by themselves somewhat above 85: the first note leaves time to come to an
/// end, the second is the last before that.
const FULL: i64 = 70;
const NEARLY_CUT: i64 = 85;

impl Rule for ContextPressure {
    fn kind(&self) -> &'static str {
        "context_pressure"
    }

    fn holds(&self, view: &View) -> Vec<Finding> {
        view.context.and_then(|context| found(context, &view.limits, view.now)).into_iter().collect()
    }
}

fn found(context: Occupancy, limits: &Limits, now: Millis) -> Option<Finding> {
    let tokens = context.tokens;
    // No request is larger than its window: one that was, ran with another window than we believe.
    let window = context.window.filter(|&window| window > 0 && tokens <= window);
    let reaches = |percent: i64| window.is_some_and(|window| share(tokens, window) >= percent);
    let threshold = limits.context_tokens.filter(|&threshold| threshold > 0);
    if !threshold.map_or_else(|| reaches(FULL), |threshold| tokens >= threshold) {
        return None;
    }
    let severity = if reaches(NEARLY_CUT) { Severity::High } else { Severity::Medium };
    let evidence = match (window, threshold) {
        (Some(window), _) => {
            let percent = share(tokens, window);
            format!("The context holds {} of {} tokens ({percent} %).", short(tokens), short(window))
        }
        (None, Some(threshold)) => {
            format!("The context holds {} tokens, past the {} that the user has set.", short(tokens), short(threshold))
        }
        (None, None) => return None,
    };
    let suggestion = match severity {
        Severity::High => "Write down task, decisions and next step now, then compact or start a fresh session.",
        _ => "Bring the step at hand to an end, then compact or start a fresh session.",
    };
    Some(Finding {
        key: "context".to_owned(),
        severity,
        evidence,
        suggestion: suggestion.to_owned(),
        files: Vec::new(),
        channels: vec![Channel::Prompt],
        // It falls by a compaction only: whenever it holds again, it has filled again.
        since: now,
    })
}

fn share(tokens: i64, window: i64) -> i64 {
    tokens.saturating_mul(100) / window
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
    use super::super::stories::view;
    use super::*;

    const K: i64 = 1_000;

    fn told(tokens: i64, window: Option<i64>, threshold: Option<i64>) -> Option<Finding> {
        let mut view = view();
        view.context = Some(Occupancy { tokens, window });
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
    fn tokens_are_said_short() {
        for (tokens, want) in [(999, "999"), (1_999, "1k"), (999_999, "999k"), (1_048_576, "1M"), (1_990_000, "1.9M")] {
            assert_eq!(short(tokens), want);
        }
    }
}
