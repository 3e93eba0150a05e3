//! Spending comes near to, or has passed, what the user has set.

use super::{Channel, End, Finding, Past, Rule, Severity, Sight, wording};
use crate::perceive::view::{About, View};

pub struct BudgetExceeded;

/// Share of the limit that is told ahead: what is left pays for coming to an end.
const NEAR: f64 = 0.8;
/// Of a sum of floats: a share just reached counts as reached.
const ROUNDING: f64 = 1e-9;
/// More than anybody spends: what is larger says no more than that.
const BEYOND: f64 = 999_999_999.0;

struct Budget {
    key: &'static str,
    whose: &'static str,
    period: &'static str,
    spent: Option<f64>,
    limit: Option<f64>,
}

impl Rule for BudgetExceeded {
    fn kind(&self) -> &'static str {
        "budget_exceeded"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        let budgets = budgets(view);
        let found: Vec<Finding> = budgets.iter().filter_map(|budget| passed(budget, view)).collect();
        if !found.is_empty() || budgets.iter().all(|budget| budget.limit.is_none()) {
            return found;
        }
        unknown(view).into_iter().collect()
    }

    /// A new day, a new month, or the user has raised it.
    fn ending(&self, past: &Past<'_>, view: &Sight<'_>) -> End {
        let budgets = budgets(view);
        let Some(budget) = budgets.iter().find(|budget| budget.key == past.key) else { return End::Resolved(None) };
        match (budget.spent, budget.limit) {
            (_, None) => End::Resolved(Some(format!("{} is without a limit now", budget.period))),
            (None, Some(_)) => End::Resolved(None),
            (Some(spent), Some(limit)) => {
                let (spent, limit) = (dollars(spent), dollars(limit));
                End::Resolved(Some(format!("${spent} of {} of ${limit} are spent by now", budget.period)))
            }
        }
    }

    fn escalates(&self) -> bool {
        true
    }

    /// Where limits are enforced, the user is asked before a call.
    fn looks_at(&self, _: &About) -> bool {
        true
    }
}

fn budgets(view: &View) -> [Budget; 3] {
    let (spent, limits) = (&view.spent, &view.limits);
    let budget = |key, whose, period, spent: Option<f64>, limit: Option<f64>| Budget {
        key,
        whose,
        period,
        spent: spent.filter(|spent| spent.is_finite()),
        limit: limit.filter(|limit| limit.is_finite() && *limit > 0.0),
    };
    [
        budget("session", "This session", "its budget", spent.session, limits.session_usd),
        budget("day", "All sessions of today", "the day's budget", spent.day, limits.day_usd),
        budget("project", "This project", "this month's budget", spent.project, limits.project_usd),
    ]
}

fn passed(budget: &Budget, view: &View) -> Option<Finding> {
    let (spent, limit) = (budget.spent?, budget.limit?);
    let share = spent / limit + ROUNDING;
    if share < NEAR {
        return None;
    }
    let over = share >= 1.0;
    // What has no price comes on top.
    let least = if unpriced(view).next().is_some() { "at least " } else { "" };
    let percent = (share * 100.0).floor().min(BEYOND);
    Some(Finding {
        key: budget.key.to_owned(),
        severity: if over { Severity::High } else { Severity::Medium },
        evidence: format!(
            "{} cost {least}${} of {} of ${} ({percent:.0} %).",
            budget.whose,
            dollars(spent),
            budget.period,
            dollars(limit),
        ),
        suggestion: if over {
            "Stop at a safe point and ask the user whether to go on.".to_owned()
        } else {
            "Finish what matters most first, and tell the user what is left.".to_owned()
        },
        files: Vec::new(),
        channels: if over && view.limits.enforce {
            vec![Channel::BeforeTool, Channel::Prompt]
        } else {
            vec![Channel::Prompt]
        },
        // Sums carry no moment. They fall with a new day or a new limit only: when it holds again, that is new.
        since: view.now,
        about: None,
    })
}

/// Nobody can say that a limit was passed, nor that it was not. For those who ask; no agent can do anything about it.
fn unknown(view: &View) -> Option<Finding> {
    let model = wording::name(unpriced(view).next()?);
    Some(Finding {
        key: "unpriced".to_owned(),
        severity: Severity::Low,
        evidence: format!("What was spent is not fully known: {model} has no price."),
        suggestion: "Check the budget by hand, or give the model a price.".to_owned(),
        files: Vec::new(),
        channels: Vec::new(),
        since: view.now,
        about: None,
    })
}

/// Agents write `<synthetic>` and the like for answers that no model gave.
fn unpriced(view: &View) -> impl Iterator<Item = &str> {
    view.spent.unpriced.iter().map(String::as_str).filter(|model| !model.is_empty() && !model.starts_with('<'))
}

/// Cut, not rounded: nobody is told of a cent that was not spent.
fn dollars(amount: f64) -> String {
    format!("{:.2}", (amount.min(BEYOND) * 100.0 + ROUNDING).floor() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::super::stories::view;
    use super::*;

    type Story = (&'static str, fn(&mut View));

    fn told(story: fn(&mut View)) -> Vec<Finding> {
        let mut view = view();
        story(&mut view);
        BudgetExceeded.holds(&view)
    }

    fn session(view: &mut View, spent: f64, limit: f64) {
        view.spent.session = Some(spent);
        view.limits.session_usd = Some(limit);
    }

    #[test]
    fn what_passes_a_limit_is_told() {
        let stories: [Story; 12] = [
            ("session medium prompt: This session cost $4.00 of its budget of $5.00 (80 %).", |v| session(v, 4.0, 5.0)),
            ("session medium prompt: This session cost $4.99 of its budget of $5.00 (99 %).", |v| {
                session(v, 4.999, 5.0);
            }),
            ("session high prompt: This session cost $5.00 of its budget of $5.00 (100 %).", |v| session(v, 5.0, 5.0)),
            ("session high prompt: This session cost $12.34 of its budget of $5.00 (246 %).", |v| {
                session(v, 12.345, 5.0);
            }),
            ("session medium prompt: This session cost $0.08 of its budget of $0.10 (80 %).", |v| {
                session(v, 0.08, 0.1);
            }),
            ("session high prompt: This session cost $0.30 of its budget of $0.30 (100 %).", |v| {
                session(v, 0.1 + 0.1 + 0.1, 0.3);
            }),
            ("day medium prompt: All sessions of today cost $18.00 of the day's budget of $20.00 (90 %).", |v| {
                (v.spent.day, v.limits.day_usd) = (Some(18.0), Some(20.0));
            }),
            ("project high prompt: This project cost $101.50 of this month's budget of $100.00 (101 %).", |v| {
                (v.spent.project, v.limits.project_usd) = (Some(101.5), Some(100.0));
            }),
            ("session high before: This session cost $6.00 of its budget of $5.00 (120 %).", |v| {
                session(v, 6.0, 5.0);
                v.limits.enforce = true;
            }),
            ("session medium prompt: This session cost $4.50 of its budget of $5.00 (90 %).", |v| {
                session(v, 4.5, 5.0);
                v.limits.enforce = true;
            }),
            ("session high prompt: This session cost at least $6.00 of its budget of $5.00 (120 %).", |v| {
                session(v, 6.0, 5.0);
                v.spent.unpriced = vec!["local".to_owned()];
            }),
            ("session high prompt: This session cost $6.00 of its budget of $5.00 (120 %).", |v| {
                session(v, 6.0, 5.0);
                (v.spent.day, v.limits.day_usd) = (Some(6.0), Some(20.0));
                v.spent.unpriced = vec!["<synthetic>".to_owned()];
            }),
        ];
        for (want, story) in stories {
            let found = told(story);
            let [finding] = found.as_slice() else { panic!("{want}: {found:?}") };
            let channel = match finding.channels.as_slice() {
                [Channel::Prompt] => "prompt",
                [Channel::BeforeTool, Channel::Prompt] => "before",
                _ => "?",
            };
            assert_eq!(format!("{} {} {channel}: {}", finding.key, finding.severity.name(), finding.evidence), want);
            assert!(finding.evidence.len() + finding.suggestion.len() <= 220);
        }
    }

    #[test]
    fn each_limit_is_a_finding_of_its_own() {
        let keys: Vec<String> = told(|v| {
            session(v, 6.0, 5.0);
            (v.spent.day, v.limits.day_usd) = (Some(19.0), Some(20.0));
            (v.spent.project, v.limits.project_usd) = (Some(19.0), Some(100.0));
        })
        .into_iter()
        .map(|finding| finding.key)
        .collect();
        assert_eq!(keys, ["session", "day"]);
    }

    #[test]
    fn what_has_no_price_is_said_to_those_who_ask() {
        for story in [
            |v: &mut View| (v.limits.session_usd, v.spent.unpriced) = (Some(5.0), vec!["local".to_owned()]),
            |v: &mut View| {
                session(v, 1.0, 5.0);
                v.spent.unpriced = vec!["<synthetic>".to_owned(), "local".to_owned()];
            },
        ] {
            let found = told(story);
            let [finding] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!(finding.evidence, "What was spent is not fully known: local has no price.");
            assert_eq!((finding.severity, finding.channels.as_slice()), (Severity::Low, &[][..]));
        }
    }

    #[test]
    fn it_ends_with_a_new_day_or_a_new_limit() {
        let ends = |key, story: fn(&mut View)| {
            let mut view = view();
            story(&mut view);
            BudgetExceeded.end(&Past { key, severity: Severity::High, files: &[], since: 0 }, &view)
        };
        let said = |words: &str| End::Resolved(Some(words.to_owned()));
        let raised = ends("session", |v| session(v, 6.0, 50.0));
        assert_eq!(raised, said("$6.00 of its budget of $50.00 are spent by now"));
        let next_day = ends("day", |v| (v.spent.day, v.limits.day_usd) = (Some(0.5), Some(20.0)));
        assert_eq!(next_day, said("$0.50 of the day's budget of $20.00 are spent by now"));
        assert_eq!(ends("project", |v| session(v, 6.0, 5.0)), said("this month's budget is without a limit now"));
        assert_eq!(ends("session", |v| v.limits.session_usd = Some(5.0)), End::Resolved(None));
        assert_eq!(ends("unpriced", |_| ()), End::Resolved(None));
    }

    #[test]
    fn it_is_asked_before_calls_and_told_once_more_when_it_is_passed() {
        assert!(BudgetExceeded.looks_at(&About::Before) && BudgetExceeded.escalates());
    }

    #[test]
    fn what_stays_within_is_not() {
        let stories: [Story; 12] = [
            ("off by default", |v| v.spent.session = Some(1_000.0)),
            ("off by default, unpriced", |v| v.spent.unpriced = vec!["local".to_owned()]),
            ("well below", |v| session(v, 1.0, 5.0)),
            ("just below", |v| session(v, 3.999, 5.0)),
            ("enforced, but below", |v| {
                session(v, 3.0, 5.0);
                v.limits.enforce = true;
            }),
            ("another limit than the one that is set", |v| {
                (v.spent.session, v.limits.day_usd, v.spent.day) = (Some(50.0), Some(100.0), Some(50.0));
            }),
            ("nothing spent", |v| session(v, 0.0, 5.0)),
            ("nothing that has a price", |v| v.limits.session_usd = Some(5.0)),
            ("a limit of nothing is none", |v| session(v, 3.0, 0.0)),
            ("a limit below nothing", |v| session(v, 3.0, -5.0)),
            ("a limit that is no number", |v| session(v, 3.0, f64::NAN)),
            ("an answer that no model gave", |v| {
                session(v, 1.0, 5.0);
                v.spent.unpriced = vec!["<synthetic>".to_owned()];
            }),
        ];
        for (why, story) in stories {
            assert_eq!(told(story), [], "{why}");
        }
    }
}
