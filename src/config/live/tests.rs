//! The file, the environment and changes of both, each in a data directory of its own.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::config::Signals;
use crate::redact::Level;

struct Desk {
    dir: TempDir,
    env: Vec<(&'static str, &'static str)>,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    fn with(env: &[(&'static str, &'static str)]) -> Self {
        Self { env: env.to_vec(), ..Self::new() }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("settings.json")
    }

    fn write(&self, text: &str) -> &Self {
        fs::write(self.file(), text).unwrap();
        self
    }

    fn saved(&self) -> Value {
        serde_json::from_slice(&fs::read(self.file()).unwrap()).unwrap()
    }

    fn live(&self) -> LiveSettings {
        let env = |name: &str| self.env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        LiveSettings::new(self.dir.path(), &env)
    }
}

fn source(live: &LiveSettings, key: &str) -> Source {
    live.in_force().values.into_iter().find(|one| one.key.name == key).unwrap().source
}

#[test]
fn nothing_said_is_the_default() {
    let live = Desk::new().live();
    assert_eq!(*live.now(), Settings::default());
    assert_eq!(live.problems(), [""; 0]);
}

#[test]
fn the_file_is_read_in_the_shape_that_was_promised() {
    let desk = Desk::new();
    let live = desk
        .write(
            r#"{"signals": {"pin": ["stale_file_view"], "mute": ["edit_thrash"], "context_pressure_share": 0.9,
               "context_pressure_tokens": "500000", "notes_per_day": 3, "least_follow_rate": 0},
               "budgets": {"session_usd": 5, "day_usd": "20", "enforce": true},
               "injection": false, "redaction": "full", "data_ttl": "7d", "history_ttl": "1y", "port": 9, "host": "::1"}"#,
        )
        .live();
    let settings = live.now();
    let signals = Signals {
        pins: vec!["stale_file_view".to_owned()],
        mutes: vec!["edit_thrash".to_owned()],
        context_share: 0.9,
        // Never below the other.
        context_high_share: 0.9,
        context_tokens: Some(500_000),
        notes_per_day: 3,
        least_follow_rate: 0.0,
    };
    assert_eq!(settings.signals, signals);
    let budgets = &settings.budgets;
    assert_eq!(
        (budgets.session_usd, budgets.day_usd, budgets.project_usd, budgets.enforce),
        (Some(5.0), Some(20.0), None, true)
    );
    assert!(!settings.injection);
    assert_eq!((settings.start.redaction, settings.start.port), (Level::Full, 9));
    assert_eq!(settings.start.history_ttl_ms, Some(365 * 86_400_000));
    assert_eq!(live.problems(), [""; 0]);
}

#[test]
fn the_environment_goes_before_the_file() {
    let desk = Desk::with(&[
        ("TMA1_DISABLE_INJECTION", "1"),
        ("TMA1_CONTEXT_PRESSURE_THRESHOLD", "90000"),
        ("TMA1_SIGNALS_MUTE", "edit_thrash, test-stuck"),
        ("TMA1_PORT", ""),
    ]);
    let live = desk.write(r#"{"injection": true, "signals": {"mute": ["stale_file_view"]}, "port": 7}"#).live();
    let settings = live.now();
    assert!(!settings.injection);
    assert_eq!(settings.signals.context_tokens, Some(90_000));
    assert_eq!(settings.signals.mutes, ["edit_thrash", "test_stuck"]);
    assert_eq!(settings.start.port, 7, "an empty variable says nothing");
    assert_eq!(source(&live, "signals.mute"), Source::Environment);
    assert_eq!(source(&live, "port"), Source::File);
    assert_eq!(source(&live, "signals.pin"), Source::Default);
    let mute = live.in_force().values.into_iter().find(|one| one.key.name == "signals.mute").unwrap();
    assert_eq!(mute.in_file, Some(json!(["stale_file_view"])));
}

#[test]
fn a_variable_that_says_nothing_sensible_is_passed_over_and_told() {
    let desk = Desk::with(&[("TMA1_SIGNALS_PIN", "everything")]);
    let live = desk.write(r#"{"signals": {"pin": ["edit_thrash"]}}"#).live();
    assert_eq!(live.now().signals.pins, ["edit_thrash"]);
    let problems = live.problems();
    assert!(problems.len() == 1 && problems[0].contains("TMA1_SIGNALS_PIN = \"everything\""), "{problems:?}");
}

#[test]
fn a_change_of_the_file_is_seen_and_a_broken_one_changes_nothing() {
    let desk = Desk::new();
    let live = desk.live();
    desk.write(r#"{"signals": {"notes_per_day": 2}}"#);
    live.look();
    assert_eq!(live.now().signals.notes_per_day, 2);
    desk.write("{\"signals\": {\n\"notes_per_day\": }");
    live.look();
    assert_eq!(live.now().signals.notes_per_day, 2, "the last good ones");
    let problems = live.problems();
    assert!(problems.len() == 1 && problems[0].contains("settings.json: line 2, column 18: "), "{problems:?}");
    assert!(
        matches!(live.change(&json!({"port": 1})), Err(Unchanged::Broken { .. })),
        "a broken file is nobody's to replace"
    );
    desk.write(r#"{"signals": {"notes_per_day": 4}}"#);
    live.look();
    assert_eq!((live.now().signals.notes_per_day, live.problems().len()), (4, 0));
    fs::remove_file(desk.file()).unwrap();
    live.look();
    assert_eq!(live.now().signals.notes_per_day, 5);
}

#[test]
fn one_bad_value_spoils_no_other() {
    let desk = Desk::new();
    let live = desk.write(r#"{"signals": {"notes_per_day": "many", "least_follow_rate": 0.5}, "budgets": 5}"#).live();
    let settings = live.now();
    assert_eq!((settings.signals.notes_per_day, settings.signals.least_follow_rate), (5, 0.5));
    assert_eq!(live.problems().len(), 2);
}

#[test]
fn what_was_meant_to_keep_less_never_keeps_more() {
    for text in [r#"{"redaction": "fulll"}"#, r#"{"redaction": "full""#, r#"{"redaction": 2}"#] {
        let desk = Desk::new();
        let live = desk.write(text).live();
        assert_eq!(live.now().start.redaction, Level::Full, "{text}");
        assert!(live.problems().iter().any(|problem| problem.contains("redaction is full")), "{text}");
    }
    assert_eq!(Desk::new().write("{\"port\": ").live().now().start.redaction, Level::Preview);
    let desk = Desk::with(&[("TMA1_REDACTION", "none")]);
    assert_eq!(desk.write(r#"{"redaction": "fulll"}"#).live().now().start.redaction, Level::None);
}

#[test]
fn a_change_is_saved_whole_and_holds_at_once() {
    let desk = Desk::new();
    let live = desk.write(r#"{"theirs": {"x": 1}, "signals": {"pin": ["edit_thrash"], "own": true}}"#).live();
    let patch = json!({"signals": {"pin": null, "mute": ["test-stuck"]}, "budgets": {"day_usd": "20"}});
    assert_eq!(live.change(&patch), Ok(vec![]));
    assert_eq!(live.now().signals.mutes, ["test_stuck"]);
    assert_eq!(live.now().budgets.day_usd, Some(20.0));
    let want =
        json!({"theirs": {"x": 1}, "signals": {"own": true, "mute": ["test_stuck"]}, "budgets": {"day_usd": 20.0}});
    assert_eq!(desk.saved(), want);
    assert_eq!(live.change(&json!({"theirs": null, "signals": null})), Ok(vec![]));
    assert_eq!(desk.saved(), json!({"budgets": {"day_usd": 20.0}}));
}

#[test]
fn a_change_with_any_fault_changes_nothing() {
    let desk = Desk::new();
    let live = desk.write(r#"{"port": 1}"#).live();
    let patch = json!({"port": 2, "signals": {"mute": ["edit_trash"], "mutes": []}, "budgets": 5, "signals.pin": []});
    let Err(Unchanged::Wrong(why)) = live.change(&patch) else { panic!("it was taken") };
    for part in [
        "signals.mute = [\"edit_trash\"]: expected a list of kinds: budget_exceeded",
        "there is no setting \"signals.mutes\"",
        "there is no setting \"signals.pin\"",
        "budgets = 5: expected an object",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert_eq!(desk.saved(), json!({"port": 1}));
    assert!(matches!(live.change(&json!([1])), Err(Unchanged::Wrong(_))));
}

#[test]
fn whoever_changes_a_key_hears_when_it_will_not_take_effect() {
    let desk = Desk::with(&[("TMA1_SIGNALS_MUTE", "edit_thrash")]);
    let live = desk.live();
    let told = live.change(&json!({"signals": {"mute": []}, "port": 5, "injection": false})).unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("signals.mute") && told[0].contains("TMA1_SIGNALS_MUTE"), "{told:?}");
    assert!(told[1].contains("port takes effect when the sidecar starts"), "{told:?}");
    assert_eq!(live.now().signals.mutes, ["edit_thrash"]);
}

#[test]
fn changes_at_once_are_made_one_after_the_other() {
    let desk = Desk::new();
    let live = desk.live();
    std::thread::scope(|scope| {
        for kind in super::super::KINDS {
            let live = &live;
            scope.spawn(move || live.change(&json!({"signals": {"pin": [kind]}})).unwrap());
        }
        scope.spawn(|| live.change(&json!({"budgets": {"day_usd": 1}})).unwrap());
        scope.spawn(|| live.change(&json!({"port": 1})).unwrap());
    });
    let saved = desk.saved();
    assert_eq!((&saved["budgets"]["day_usd"], &saved["port"]), (&json!(1.0), &json!(1)));
    assert_eq!(saved["signals"]["pin"].as_array().unwrap().len(), 1);
}
