//! What opens, what ends, and what is said of it.

use std::cell::RefCell;

use super::{Here, Policy, Review, review_with};
use crate::model::Millis;
use crate::perceive::rules::stories::{NOW, view};
use crate::perceive::rules::{Channel, End, Finding, Past, Rule, Severity, Sight};
use crate::perceive::view::{About, View};
use crate::store::{FindingNow, KindTold, Noticed, Standing};

/// A rule that holds what it was told to.
struct Says(&'static str, bool);

thread_local! {
    static HELD: RefCell<Vec<(&'static str, Finding)>> = const { RefCell::new(Vec::new()) };
    static END: RefCell<Option<End>> = const { RefCell::new(None) };
}

impl Rule for Says {
    fn kind(&self) -> &'static str {
        self.0
    }

    fn findings(&self, _: &Sight<'_>) -> Vec<Finding> {
        HELD.with_borrow(|held| held.iter().filter(|(kind, _)| *kind == self.0).map(|(_, f)| f.clone()).collect())
    }

    fn ending(&self, _: &Past<'_>, _: &Sight<'_>) -> End {
        END.with_borrow(|end| end.clone().unwrap_or(End::Resolved(None)))
    }

    fn escalates(&self) -> bool {
        self.1
    }

    fn looks_at(&self, about: &About) -> bool {
        self.0 == "stale_file_view" || *about != About::Before
    }
}

const RULES: &[&dyn Rule] = &[
    &Says("context_pressure", true),
    &Says("repeated_failed_build", false),
    &Says("build_broken_after_my_edit", false),
    &Says("human_modified_during_session", false),
    &Says("stale_file_view", false),
];

fn finding(key: &str, severity: Severity, channels: &[Channel], since: Millis) -> Finding {
    Finding {
        key: key.to_owned(),
        severity,
        evidence: format!("{key} is so."),
        suggestion: "Look.".to_owned(),
        files: vec![format!("/w/app/{key}")],
        channels: channels.to_vec(),
        since,
        about: None,
    }
}

/// A session whose findings are kept from one moment to the next.
#[derive(Default)]
struct World {
    known: Vec<FindingNow>,
    mutes: Vec<String>,
    pins: Vec<String>,
    fared: Option<KindTold>,
}

const ALL: &[Channel] = &[Channel::Prompt, Channel::AfterTool, Channel::Stop, Channel::BeforeTool];

impl World {
    fn review(&self, channel: Option<Channel>, held: &[(&'static str, Finding)]) -> Review {
        HELD.set(held.to_vec());
        let about = match channel {
            Some(Channel::BeforeTool) => About::Before,
            Some(Channel::AfterTool) => About::After,
            Some(Channel::Stop) => About::Stop,
            _ => About::Prompt,
        };
        let view = View { about, ..view() };
        let fared = |_: &str| self.fared.clone();
        let policy =
            Policy { pins: &self.pins, mutes: &self.mutes, notes_per_day: 5, least_follow_rate: 0.3, fared: &fared };
        review_with(RULES, &view, &self.known, &policy, Here { channel, lists: false })
    }

    /// What is said, all of which finds room.
    fn at(&mut self, channel: Channel, held: &[(&'static str, Finding)]) -> Vec<String> {
        let review = self.review(Some(channel), held);
        let mut said: Vec<String> = review.notes.iter().map(|note| note.text.clone()).collect();
        let parting = review.parting();
        said.extend(parting.iter().map(|words| format!("cleared: {words}")));
        let notes = review.notes.len();
        self.keep(review.told(notes, &parting, Here { channel: Some(channel), lists: false }, "Event"));
        said
    }

    fn keep(&mut self, noticed: Noticed) {
        for now in noticed.findings {
            self.known.retain(|known| known.kind != now.kind || known.key != now.key);
            self.known.push(FindingNow { is_step: false, told: None, ..now });
        }
        for (kind, key) in noticed.parted {
            let parted = self.known.iter_mut().filter(|known| known.kind == kind && known.key == key);
            parted.for_each(|known| known.farewell = None);
        }
    }

    fn standing(&self, kind: &str) -> Vec<Standing> {
        self.known.iter().filter(|known| known.kind == kind).map(|known| known.standing).collect()
    }
}

const RED: &str = "repeated_failed_build";
const HUMAN: &str = "human_modified_during_session";

fn red(since: Millis) -> [(&'static str, Finding); 1] {
    [(RED, finding("cargo test", Severity::High, ALL, since))]
}

#[test]
fn a_finding_is_told_once_and_its_end_once() {
    let mut world = World::default();
    assert_eq!(world.at(Channel::AfterTool, &red(NOW - 9)), ["cargo test is so. Look."]);
    assert_eq!(world.at(Channel::AfterTool, &red(NOW - 9)), [""; 0]);
    assert_eq!(world.at(Channel::Prompt, &red(NOW - 5)), [""; 0], "new evidence of what goes on is no news");
    END.set(Some(End::Resolved(Some("it passes".to_owned()))));
    assert_eq!(world.at(Channel::Prompt, &[]), ["cleared: it passes"]);
    assert_eq!(world.standing(RED), [Standing::Resolved]);
    assert_eq!(world.at(Channel::Prompt, &[]), [""; 0]);
    assert_eq!(world.at(Channel::AfterTool, &red(NOW - 5)), [""; 0], "known before it ended");
    assert_eq!(world.at(Channel::AfterTool, &red(NOW - 1)), ["cargo test is so. Look."]);
    END.set(None);
}

#[test]
fn what_was_never_told_is_not_taken_back() {
    let mut world = World::default();
    world.at(Channel::SessionStart, &red(NOW - 9));
    assert_eq!(world.standing(RED), [Standing::Open]);
    END.set(Some(End::Resolved(Some("it passes".to_owned()))));
    assert_eq!(world.at(Channel::Prompt, &[]), [""; 0]);
    END.set(Some(End::NotYet));
    world.known.clear();
    world.at(Channel::Prompt, &red(NOW - 9));
    world.at(Channel::Prompt, &[]);
    assert_eq!(world.standing(RED), [Standing::Told], "it goes on");
    END.set(Some(End::Expired));
    world.at(Channel::Prompt, &[]);
    assert_eq!(world.standing(RED), [Standing::Expired]);
    END.set(None);
}

#[test]
fn a_farewell_that_found_no_room_waits() {
    let mut world = World::default();
    world.at(Channel::Prompt, &red(NOW - 9));
    END.set(Some(End::Resolved(Some("it passes".to_owned()))));
    let here = Here { channel: Some(Channel::AfterTool), lists: false };
    let review = world.review(here.channel, &[]);
    world.keep(review.told(0, &[], here, "Event"));
    END.set(None);
    assert_eq!(world.at(Channel::Prompt, &[]), ["cleared: it passes"]);
}

#[test]
fn a_note_that_found_no_room_is_told_later() {
    let mut world = World::default();
    let here = Here { channel: Some(Channel::Prompt), lists: false };
    let review = world.review(here.channel, &red(NOW - 9));
    let kept = review.told(0, &[], here, "Event");
    assert!(kept.findings.iter().all(|finding| finding.told.is_none()));
    world.keep(kept);
    assert_eq!(world.at(Channel::Prompt, &red(NOW - 9)), ["cargo test is so. Look."]);
}

#[test]
fn a_stop_is_held_once_and_only_for_what_is_high() {
    let mut world = World::default();
    world.at(Channel::AfterTool, &red(NOW - 9));
    assert_eq!(world.at(Channel::Stop, &red(NOW - 9)), ["cargo test is so. Look."]);
    assert_eq!(world.at(Channel::Stop, &red(NOW - 9)), [""; 0]);
    let medium = [(RED, finding("make", Severity::Medium, ALL, NOW))];
    assert_eq!(world.at(Channel::Stop, &medium), [""; 0]);
}

#[test]
fn two_findings_of_one_command_are_one_note_and_both_are_spent() {
    let mut world = World::default();
    let about = |kind: &'static str| {
        (kind, Finding { about: Some("cargo test".to_owned()), ..finding(kind, Severity::High, ALL, NOW - 9) })
    };
    let both = [about(RED), about("build_broken_after_my_edit")];
    assert_eq!(world.at(Channel::Stop, &both).len(), 1);
    assert_eq!(world.at(Channel::Stop, &both), [""; 0]);
    assert!(world.known.iter().all(|known| known.held && known.standing == Standing::Told));
}

#[test]
fn caps_hold_and_the_rest_is_told_next() {
    let held: Vec<(&'static str, Finding)> =
        (0..5).map(|n| (RED, finding(&format!("make {n}"), Severity::High, ALL, NOW - n))).collect();
    let mut world = World::default();
    assert_eq!(world.at(Channel::AfterTool, &held), ["make 0 is so. Look."]);
    assert_eq!(world.at(Channel::Prompt, &held).len(), 3);
    assert_eq!(world.at(Channel::Prompt, &held).len(), 1);
    assert_eq!(world.at(Channel::Prompt, &held), [""; 0]);
}

#[test]
fn files_of_one_kind_are_one_note_at_a_prompt() {
    let held = |count: usize| -> Vec<(&'static str, Finding)> {
        (0..count).map(|n| (HUMAN, finding(&format!("f{n}"), Severity::Medium, ALL, NOW - 9))).collect()
    };
    let mut world = World::default();
    assert_eq!(world.at(Channel::Prompt, &held(3)), ["f0 is so. The same of f1, f2. Look."]);
    assert_eq!(world.at(Channel::Prompt, &held(4)), ["f3 is so. Look."], "increments only");
    let mut world = World::default();
    assert_eq!(world.at(Channel::Prompt, &held(7)), ["f0 is so. The same of f1, f2, f3, f4 and 2 more. Look."]);
}

#[test]
fn a_stale_file_closes_what_else_is_said_of_it() {
    let mut world = World::default();
    let human = [(HUMAN, finding("a.rs", Severity::Medium, &[Channel::Prompt], NOW - 9))];
    world.at(Channel::AfterTool, &human);
    let stale = [("stale_file_view", finding("a.rs", Severity::High, ALL, NOW - 9))];
    assert_eq!(world.at(Channel::BeforeTool, &stale).len(), 1);
    assert_eq!(world.standing(HUMAN), [Standing::Expired]);
    assert_eq!(world.at(Channel::Prompt, &human), [""; 0]);
    // Found out later whose change it was.
    let mut world = World::default();
    world.at(Channel::BeforeTool, &stale);
    assert_eq!(world.at(Channel::Prompt, &human), [""; 0]);
    assert_eq!(world.standing(HUMAN), [Standing::Expired]);
    // Told at a prompt before, the edit is warned of all the same.
    let mut world = World::default();
    world.at(Channel::Prompt, &human);
    assert_eq!(world.at(Channel::BeforeTool, &stale).len(), 1);
}

#[test]
fn some_kinds_are_told_again_when_it_gets_worse() {
    let full = |severity, since| [("context_pressure", finding("context", severity, &[Channel::Prompt], since))];
    let mut world = World::default();
    assert_eq!(world.at(Channel::Prompt, &full(Severity::Medium, NOW - 9)).len(), 1);
    assert_eq!(world.at(Channel::Prompt, &full(Severity::High, NOW - 5)).len(), 1);
    assert_eq!(world.at(Channel::Prompt, &full(Severity::High, NOW - 2)).len(), 0);
    assert_eq!(world.at(Channel::Prompt, &full(Severity::Medium, NOW - 2)).len(), 0);
}

#[test]
fn the_governor_and_the_user_decide_what_is_told() {
    let often = KindTold { kind: HUMAN.to_owned(), notes_today: 5, followed: 0, judged: 0 };
    let ignored = KindTold { kind: HUMAN.to_owned(), notes_today: 0, followed: 5, judged: 20 };
    let medium = [(HUMAN, finding("a", Severity::Medium, ALL, NOW - 9))];
    let high = [(HUMAN, finding("a", Severity::High, ALL, NOW - 9))];
    for fared in [often, ignored] {
        let world = World { fared: Some(fared), ..World::default() };
        let told = |held: &[(&'static str, Finding)]| world.review(Some(Channel::Prompt), held).notes.len();
        assert_eq!((told(&medium), told(&high)), (0, 1));
        let pinned = World { pins: vec![HUMAN.to_owned()], fared: world.fared.clone(), ..World::default() };
        assert_eq!(pinned.review(Some(Channel::Prompt), &medium).notes.len(), 1);
    }
    let muted = World { mutes: vec![HUMAN.to_owned()], pins: vec![HUMAN.to_owned()], ..World::default() };
    assert_eq!(muted.review(Some(Channel::Prompt), &high).notes.len(), 0);
}

#[test]
fn the_future_is_not_believed() {
    let mut world = World::default();
    assert_eq!(world.at(Channel::Prompt, &red(NOW + 1)), [""; 0]);
    assert!(world.known.is_empty());
}
