//! The words of a status line: what is unknown is left out, and what others named cannot steer the terminal.

use crate::answer::standing::Standing;
use crate::answer::{ago, harmless};
use crate::cli::figures::{minutes, moment, money, percent};
use crate::cli::terminal::{Style, Terminal};
use crate::cli::text;
use crate::model::Millis;

use super::told::Told;

/// Columns of a name at most.
const NAME: usize = 28;

/// Where the agent is at work.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub project: Option<String>,
    /// A branch, or the beginning of a commit where HEAD is detached.
    pub branch: Option<String>,
}

/// What is known from every side, put together.
pub fn line(told: &Told, place: &Place, known: &Standing, now: Millis, terminal: &Terminal) -> String {
    let project = place.project.as_deref().map(name).unwrap_or_default();
    let branch = place.branch.as_deref().map(name).filter(|branch| !branch.is_empty());
    let here = match branch {
        Some(branch) => format!("{project} ⎇ {branch}"),
        None => project,
    };
    let model = told.model.as_deref().or(known.model.as_deref()).map(|id| name(short_model(id))).unwrap_or_default();
    // The client's own is newer.
    let filled = told.filled.or_else(|| known.context.as_ref()?.ratio);
    let filled = filled.map(|share| format!("ctx {}", percent(share))).unwrap_or_default();
    let warning = warning(known, now)
        .map(|(style, words)| terminal.paint(style, &format!("⚠ {words}")).into_owned())
        .unwrap_or_default();
    let parts = [here.trim_start().to_owned(), model, filled, spent(told, known, now), warning];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// `$6.41 (today $12.40)`
fn spent(told: &Told, known: &Standing, now: Millis) -> String {
    // The client counts what this process of it spent; the store the whole session, as long as it is told of it.
    let session =
        if known.as_of.is_some() { told.cost_usd.or(known.cost_usd) } else { known.cost_usd.or(told.cost_usd) };
    let old = known.as_of.map(|at| format!(" as of {}", ago(now, at))).unwrap_or_default();
    let today = known.today_usd.map(|usd| format!("today {}{old}", money(Some(usd))));
    match (session, today) {
        (Some(usd), Some(today)) => format!("{} ({today})", money(Some(usd))),
        (Some(usd), None) => money(Some(usd)),
        (None, today) => today.unwrap_or_default(),
    }
}

/// A run of longer ago says nothing of how things stand now.
const RED_FOR: Millis = 12 * 60 * 60_000;

/// What is most urgent of what holds; else what runs red.
fn warning(known: &Standing, now: Millis) -> Option<(Style, String)> {
    let since = |at: Option<Millis>| {
        let past = at.map(|at| (now - at) / 60_000).filter(|past| *past > 0);
        past.map(|past| format!(" {}", minutes(past))).unwrap_or_default()
    };
    let Some(first) = known.open.first() else {
        let red = known.red.as_ref().filter(|red| red.ended.is_none_or(|at| now - at <= RED_FOR))?;
        return Some((Style::Yellow, format!("{} red{}", run(&red.kind), since(red.ended))));
    };
    let style = if first.severity == "high" { Style::Red } else { Style::Yellow };
    let file = first.related_files.first().map_or("a file", |path| last(path));
    let red = known.red.as_ref().map_or("build", |red| run(&red.kind));
    let words = match first.kind.as_str() {
        "budget_exceeded" if first.severity == "high" => "over budget".to_owned(),
        "budget_exceeded" if first.severity == "low" => "cost not fully known".to_owned(),
        "budget_exceeded" => "budget nearly spent".to_owned(),
        "build_broken_after_my_edit" => format!("{red} red"),
        "context_pressure" => "context filling up".to_owned(),
        "edit_thrash" => format!("{} edited to and fro", name(file)),
        "human_modified_during_session" => format!("{} changed by a person", name(file)),
        "peer_modified_file" => format!("{} changed by another agent", name(file)),
        "repeated_failed_build" => format!("{red} keeps failing"),
        "repeated_tool_call" => "same call again and again".to_owned(),
        "stale_file_view" => format!("{} changed since it was read", name(file)),
        "test_stuck" => "test stays red".to_owned(),
        other => name(&other.replace('_', " ")),
    };
    let more = match known.open.len() - 1 {
        0 => String::new(),
        more => format!(" (+{more})"),
    };
    Some((style, format!("{words}{}{more}", since(moment(&first.first_emitted_at)))))
}

fn run(kind: &str) -> &'static str {
    match kind {
        "test" => "test",
        "lint" => "lint",
        "type_check" => "types",
        _ => "build",
    }
}

/// `opus-5-5` of `us.anthropic.claude-opus-5-5-20261101-v1:0`: without maker, date and what comes after it.
fn short_model(id: &str) -> &str {
    let id = id.rsplit('/').next().unwrap_or(id);
    let id = id.find("claude-").map_or(id, |at| &id[at + "claude-".len()..]);
    let dated = |at: usize| id.as_bytes().get(at + 1..at + 9).is_some_and(|date| date.iter().all(u8::is_ascii_digit));
    id.match_indices(['-', '@']).map(|(at, _)| at).find(|at| *at > 0 && dated(*at)).map_or(id, |at| &id[..at])
}

fn last(path: &str) -> &str {
    path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(path)
}

/// What others named, on one line and short.
fn name(foreign: &str) -> String {
    // Only its beginning is shown, however long it is.
    let beginning = &foreign[..foreign.floor_char_boundary(4096)];
    text::cut(&text::line(&harmless(beginning)), NAME).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::anomalies::Anomaly;
    use crate::answer::session_facts::Context;
    use crate::answer::standing::Red;
    use crate::config::KINDS;

    const NOW: Millis = 1_795_168_800_000;
    const MINUTE: Millis = 60_000;

    fn told() -> Told {
        Told {
            session_id: Some("s".to_owned()),
            directories: vec!["/w/app".to_owned()],
            model: Some("claude-opus-5-5".to_owned()),
            filled: Some(0.614),
            cost_usd: Some(6.4),
        }
    }

    fn place() -> Place {
        Place { project: Some("app".to_owned()), branch: Some("main".to_owned()) }
    }

    fn known() -> Standing {
        Standing {
            model: Some("claude-sonnet-5-5".to_owned()),
            context: Some(Context { occupancy_tokens: 100_000, window_tokens: Some(200_000), ratio: Some(0.5) }),
            cost_usd: Some(6.41),
            today_usd: Some(12.4),
            red: Some(Red { kind: "test".to_owned(), ended: Some(NOW - 2 * MINUTE) }),
            ..Standing::default()
        }
    }

    fn finding(kind: &str, severity: &str) -> Anomaly {
        Anomaly {
            kind: kind.to_owned(),
            severity: severity.to_owned(),
            channel: "stop_block".to_owned(),
            evidence: String::new(),
            suggestion: String::new(),
            related_files: vec!["src/auth.rs".to_owned()],
            first_emitted_at: "2026-11-20T09:55:00Z".to_owned(),
            delivered_at: None,
            state: "open".to_owned(),
        }
    }

    fn plain(told: &Told, place: &Place, known: &Standing) -> String {
        line(told, place, known, NOW, &Terminal::plain(None))
    }

    #[test]
    fn all_of_it_is_one_line() {
        let whole = plain(&told(), &place(), &known());
        assert_eq!(whole, "app ⎇ main · opus-5-5 · ctx 61 % · $6.41 (today $12.40) · ⚠ test red 2 min");
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        let nothing = (Told::default(), Place::default(), Standing::default());
        assert_eq!(plain(&nothing.0, &nothing.1, &nothing.2), "");
        assert_eq!(plain(&nothing.0, &place(), &nothing.2), "app ⎇ main");
        assert_eq!(plain(&told(), &nothing.1, &nothing.2), "opus-5-5 · ctx 61 % · $6.40");
        assert_eq!(
            plain(&nothing.0, &nothing.1, &known()),
            "sonnet-5-5 · ctx 50 % · $6.41 (today $12.40) · ⚠ test red 2 min"
        );
        let nameless = Place { project: None, branch: Some("main".to_owned()) };
        assert_eq!(plain(&nothing.0, &nameless, &nothing.2), "⎇ main");
        let today = Standing { today_usd: Some(0.004), ..Standing::default() };
        assert_eq!(plain(&nothing.0, &nothing.1, &today), "today $0.004");
    }

    #[test]
    fn what_ran_red_long_ago_is_no_warning() {
        let ran = |minutes: Millis| {
            let red = Some(Red { kind: "test".to_owned(), ended: Some(NOW - minutes * MINUTE) });
            plain(&told(), &place(), &Standing { red, ..known() })
        };
        assert!(ran(719).contains("test red") && !ran(721).contains('⚠'), "{}", ran(721));
    }

    #[test]
    fn an_old_store_says_so_and_the_client_goes_before_it() {
        let old = Standing { as_of: Some(NOW - 180 * MINUTE), red: None, ..known() };
        assert_eq!(
            plain(&told(), &place(), &old),
            "app ⎇ main · opus-5-5 · ctx 61 % · $6.40 (today $12.40 as of 3 h ago)"
        );
    }

    #[test]
    fn the_most_urgent_is_told_and_the_others_counted() {
        let with = |open: Vec<Anomaly>| {
            let line = plain(
                &Told::default(),
                &Place::default(),
                &Standing { cost_usd: None, today_usd: None, open, ..known() },
            );
            line.split_once("⚠ ").map(|(_, warning)| warning.to_owned()).unwrap()
        };
        assert_eq!(with(vec![finding("build_broken_after_my_edit", "high")]), "test red 5 min");
        assert_eq!(
            with(vec![finding("stale_file_view", "high"), finding("edit_thrash", "medium"), finding("x", "low")]),
            "auth.rs changed since it was read 5 min (+2)"
        );
        assert_eq!(with(vec![finding("new_\u{1b}[31mkind", "high")]), "new kind 5 min");
        for kind in KINDS {
            for severity in ["low", "medium", "high"] {
                let words = with(vec![finding(kind, severity)]);
                assert!(!words.contains(&kind.replace('_', " ")), "{kind} has no words of its own: {words}");
            }
        }
    }

    #[test]
    fn only_the_warning_is_coloured() {
        let terminal = Terminal { colour: true, width: None };
        let red = Standing { open: vec![finding("repeated_failed_build", "high")], ..known() };
        let line = line(&told(), &place(), &red, NOW, &terminal);
        assert!(line.ends_with(" · \u{1b}[31m⚠ test keeps failing 5 min\u{1b}[0m"), "{line:?}");
        assert_eq!(line.matches('\u{1b}').count(), 2);
    }

    #[test]
    fn models_are_named_shortly() {
        for (id, want) in [
            ("claude-opus-5-5", "opus-5-5"),
            ("claude-opus-4-1-20250805", "opus-4-1"),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "sonnet-4-5"),
            ("anthropic/claude-opus-4.8", "opus-4.8"),
            ("claude-sonnet-4@20250514", "sonnet-4"),
            ("claude-sonnet-5-5[1m]", "sonnet-5-5[1m]"),
            ("Opus 4.1", "Opus 4.1"),
            ("gpt-5.5", "gpt-5.5"),
            ("-12345678", "-12345678"),
        ] {
            assert_eq!(short_model(id), want);
        }
    }

    proptest! {
        #[test]
        fn nothing_from_outside_steers_the_terminal(texts in prop::array::uniform4(".{0,80}"), nasty in "(\u{1b}\\[[0-9]{1,2}m|\u{9b}|\n|\u{7}|\u{202e}|<tma1-context>|x){0,8}") {
            let told = Told { model: Some(format!("{}{nasty}", texts[0])), ..Told::default() };
            let place = Place { project: Some(format!("{nasty}{}", texts[1])), branch: Some(format!("{nasty}{}", texts[2])) };
            let mut found = finding("edit_thrash", "high");
            found.related_files = vec![format!("{}{nasty}", texts[3])];
            let known = Standing { open: vec![found], ..Standing::default() };
            let line = plain(&told, &place, &known);
            prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            prop_assert!(!line.contains(['\u{202e}']) && !line.contains("<tma1-"), "{line:?}");
            prop_assert!(text::width(&line) <= 4 * NAME + 60, "{line:?}");
        }
    }
}
