//! What a session is in now, against what was known: what opens, what ends, and what of it is to be said here.
//!
//! Pure, and in two steps: [`review`] says what holds and which notes there are, best first; once it is known which of
//! them found room in the answer, [`Review::told`] gives what is to be kept with it.

mod notes;

use std::collections::{HashMap, HashSet};

use crate::model::Millis;
use crate::perceive::rules::{self, Channel, End, Finding, Past, Rule, Severity, Sight};
use crate::perceive::view::View;
use crate::store::{FindingNow, KindTold, Noticed, Standing, Telling};

pub use notes::Note;

/// What the user and the governor allow.
pub struct Policy<'a> {
    /// Kinds that the governor leaves alone.
    pub pins: &'a [String],
    /// Kinds that are never told.
    pub mutes: &'a [String],
    pub notes_per_day: i64,
    pub least_follow_rate: f64,
    /// How a kind fared lately; asked only of what could be told.
    pub fared: &'a dyn Fn(&str) -> Option<KindTold>,
}

impl Policy<'_> {
    fn allows(&self, kind: &str, severity: Severity) -> bool {
        if self.mutes.iter().any(|mute| mute == kind) {
            return false;
        }
        let spared = severity == Severity::High || self.pins.iter().any(|pin| pin == kind);
        let hushed = |told: KindTold| told.hushed(self.notes_per_day, self.least_follow_rate).is_some();
        spared || !(self.fared)(kind).is_some_and(hushed)
    }
}

/// Where something can be said now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Here {
    /// `None`: nothing can be said.
    pub channel: Option<Channel>,
    /// The session has a plain line of what holds; nothing of that is a telling.
    pub lists: bool,
}

/// What holds, what ended, and what there is to say.
#[derive(Debug, Clone, Default)]
pub struct Review {
    rows: Vec<Row>,
    /// Best first; no more than may be said here.
    pub notes: Vec<Note>,
    /// What ended since it was told: kind, key, words.
    pub farewells: Vec<(String, String, String)>,
    /// What holds, in a line each, the most severe first; for who knows nothing yet.
    pub holding: Vec<String>,
    at: Millis,
}

#[derive(Debug, Clone)]
struct Row {
    now: FindingNow,
    /// It differs from what is stored.
    changed: bool,
    severity: Severity,
    about: Option<String>,
}

impl Row {
    /// Something else has said it.
    fn spend(&mut self, at: Millis) {
        self.changed = true;
        self.now.is_step = true;
        self.now.standing = Standing::Expired;
        self.now.told_at = Some(at);
        self.now.farewell = None;
    }
}

/// Looks at all rules that have something to say at this moment.
pub fn review(view: &View, known: &[FindingNow], policy: &Policy<'_>, here: Here) -> Review {
    review_with(rules::ALL, view, known, policy, here)
}

fn review_with(
    rules: &[&'static dyn Rule],
    view: &View,
    known: &[FindingNow],
    policy: &Policy<'_>,
    here: Here,
) -> Review {
    let by_key: HashMap<(&str, &str), &FindingNow> =
        known.iter().map(|known| ((&*known.kind, &*known.key), known)).collect();
    let mut review = Review { at: view.now, ..Review::default() };
    let mut candidates = Vec::new();
    let possible = rules::possible(view);
    let sight = Sight::of(view, &possible);
    for rule in rules.iter().filter(|rule| rule.looks_at(&view.about)) {
        let kind = rule.kind();
        let mut holding = rule.findings(&sight);
        holding.retain(|finding| finding.since <= view.now);
        let keys: HashSet<&str> = holding.iter().map(|finding| &*finding.key).collect();
        let over = known.iter().filter(|known| known.kind == kind && known.standing.holds());
        for past in over.filter(|known| !keys.contains(&*known.key)) {
            review.rows.extend(ended(*rule, past, &sight));
        }
        for finding in holding {
            let past = by_key.get(&(kind, &*finding.key)).copied();
            let channels = finding.channels.clone();
            // All of them go by the file.
            let stale = by_key.get(&(notes::STALE, &*finding.key));
            let was_said = notes::OF_FILES.contains(&kind)
                && stale.is_some_and(|stale| stale.told_at.is_some_and(|at| at >= finding.since));
            if let Some(mut row) = held(*rule, finding, past) {
                // A change that the session was warned of before its edit is no news when it is known whose it was.
                if row.now.standing == Standing::Open && was_said {
                    row.spend(view.now);
                }
                if row.now.standing.holds() && may_be_told(*rule, &row, &channels, here, policy) {
                    candidates.push(review.rows.len());
                }
                review.rows.push(row);
            }
        }
    }
    if candidates.iter().any(|&at| review.rows[at].now.kind == notes::STALE) {
        review.rows.extend(bystanders(&review.rows, known));
    }
    review.farewells = farewells(&review.rows, known);
    review.notes = notes::pick(&review.rows, candidates, here, view);
    review.holding = holding(&review.rows, &review.notes, here);
    review
}

impl Review {
    /// The words of farewells, each once.
    pub fn parting(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for (_, _, farewell) in &self.farewells {
            if !words.contains(farewell) {
                words.push(farewell.clone());
            }
        }
        words
    }

    /// What is to be kept where nothing of it is said.
    pub fn unsaid(&self) -> Noticed {
        let findings = self.rows.iter().filter(|row| row.changed).map(|row| row.now.clone()).collect();
        Noticed { findings, ..Noticed::default() }
    }

    /// What is to be kept once the first `shown` notes and the farewells with these words were said in answer to that
    /// event.
    pub fn told(mut self, shown: usize, parted: &[String], here: Here, hook_event: &str) -> Noticed {
        let channel = here.channel.map_or("", Channel::name);
        for note in self.notes.iter().take(shown) {
            let share = note.text.len().div_ceil(4).div_ceil(note.rows.len().max(1));
            for &at in &note.rows {
                let row = &mut self.rows[at];
                row.changed = true;
                row.now.is_step = true;
                row.now.standing = Standing::Told;
                channel.clone_into(&mut row.now.channel);
                row.now.told_at = Some(self.at);
                row.now.told_severity = Some(row.now.severity.clone());
                row.now.held |= here.channel == Some(Channel::Stop);
                row.now.told = Some(Telling {
                    channel: channel.to_owned(),
                    hook_event: hook_event.to_owned(),
                    tokens: i64::try_from(share).unwrap_or(i64::MAX),
                });
            }
            for &at in &note.closes {
                self.rows[at].spend(self.at);
            }
        }
        let said = self.farewells.into_iter().filter(|(_, _, words)| parted.contains(words));
        let parted: Vec<(String, String)> = said.map(|(kind, key, _)| (kind, key)).collect();
        for row in &mut self.rows {
            if parted.iter().any(|(kind, key)| *kind == row.now.kind && *key == row.now.key) {
                row.now.farewell = None;
            }
        }
        let findings = self.rows.into_iter().filter(|row| row.changed).map(|row| row.now).collect();
        Noticed { findings, parted, lines: None }
    }
}

/// What held and does not any more; `None`: it goes on.
fn ended(rule: &dyn Rule, known: &FindingNow, sight: &Sight<'_>) -> Option<Row> {
    let severity = Severity::parse(&known.severity);
    let past = Past { key: &known.key, severity, files: &known.files, since: known.since };
    let mut now = known.clone();
    now.is_step = true;
    match rule.ending(&past, sight) {
        End::NotYet => return None,
        End::Expired => now.standing = Standing::Expired,
        End::Resolved(words) => {
            now.standing = Standing::Resolved;
            // Who was never told needs no taking back.
            now.farewell = words.filter(|_| known.standing == Standing::Told);
        }
    }
    Some(Row { now, changed: true, severity, about: None })
}

/// What holds, with what is known of it; `None`: it ended before, and nothing is new.
fn held(rule: &dyn Rule, finding: Finding, known: Option<&FindingNow>) -> Option<Row> {
    let Finding { key, severity, evidence, suggestion, files, channels, since, about } = finding;
    let best = channels.first().map_or("pull", |channel| channel.name());
    let mut now = FindingNow {
        kind: rule.kind().to_owned(),
        key,
        severity: severity.name().to_owned(),
        channel: best.to_owned(),
        evidence,
        suggestion,
        files,
        standing: Standing::Open,
        since,
        told_at: None,
        told_severity: None,
        held: false,
        farewell: None,
        is_step: true,
        told: None,
    };
    let Some(known) = known else { return Some(Row { now, changed: true, severity, about }) };
    if !known.standing.holds() {
        return (since > known.since).then_some(Row { now, changed: true, severity, about });
    }
    now.is_step = known.severity != now.severity;
    let changed = now.is_step || known.since != since || known.evidence != now.evidence;
    if known.standing == Standing::Told {
        now.channel.clone_from(&known.channel);
    }
    now.standing = known.standing;
    now.told_at = known.told_at;
    now.told_severity.clone_from(&known.told_severity);
    now.held = known.held;
    Some(Row { now, changed, severity, about })
}

fn may_be_told(rule: &dyn Rule, row: &Row, channels: &[Channel], here: Here, policy: &Policy<'_>) -> bool {
    let Some(channel) = here.channel.filter(|channel| channels.contains(channel)) else { return false };
    let is_due = match (&row.now.told_severity, channel) {
        (_, Channel::Stop) => row.severity == Severity::High && !row.now.held,
        (None, _) => true,
        (Some(told), _) => rule.escalates() && row.severity > Severity::parse(told),
    };
    is_due && policy.allows(rule.kind(), row.severity)
}

/// What holds of kinds that were not asked now.
fn bystanders(rows: &[Row], known: &[FindingNow]) -> Vec<Row> {
    let asked: HashSet<(&str, &str)> = rows.iter().map(|row| (&*row.now.kind, &*row.now.key)).collect();
    let others = known.iter().filter(|known| known.standing.holds() && !asked.contains(&(&*known.kind, &*known.key)));
    let row = |known: &FindingNow| {
        let severity = Severity::parse(&known.severity);
        Row { now: known.clone(), changed: false, severity, about: None }
    };
    others.map(row).collect()
}

/// Those that wait from before, and those of this moment.
fn farewells(rows: &[Row], known: &[FindingNow]) -> Vec<(String, String, String)> {
    let of_now = |known: &FindingNow| rows.iter().any(|row| row.now.kind == known.kind && row.now.key == known.key);
    let waiting = known.iter().filter(|known| known.farewell.is_some() && !of_now(known));
    let waiting = waiting.filter_map(|known| Some((known.kind.clone(), known.key.clone(), known.farewell.clone()?)));
    let new =
        rows.iter().filter_map(|row| Some((row.now.kind.clone(), row.now.key.clone(), row.now.farewell.clone()?)));
    waiting.chain(new).collect()
}

/// Of several findings of one command, and of what a note says, one line is enough.
fn holding(rows: &[Row], notes: &[Note], here: Here) -> Vec<String> {
    if !here.lists {
        return Vec::new();
    }
    let is_said = |about: &Option<String>| about.is_some() && notes.iter().any(|note| note.about == *about);
    let told = |at: &usize| notes.iter().any(|note| note.rows.contains(at));
    let mut listed: Vec<&Row> = (0..rows.len())
        .filter(|at| rows[*at].now.standing.holds() && !told(at) && !is_said(&rows[*at].about))
        .map(|at| &rows[at])
        .collect();
    listed.sort_by_key(|row| std::cmp::Reverse((row.severity, row.now.since)));
    let mut abouts: Vec<&String> = Vec::new();
    listed.retain(|row| match &row.about {
        Some(about) if abouts.contains(&about) => false,
        Some(about) => {
            abouts.push(about);
            true
        }
        None => true,
    });
    // Lines of a list are no sentences.
    listed.into_iter().map(|row| row.now.evidence.trim_end_matches('.').to_owned()).collect()
}

#[cfg(test)]
mod tests;
