//! Finds secrets: keyword hits lead to short windows, and only those meet a rule's regex.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, StartKind};

use super::judge;
use super::pem;
use super::rules::{Rule, Start};
use super::start::{is_value, start_of};

/// What every replacement starts with.
pub(super) const MARK: &str = "[redacted:";

/// A replacement can uncover a value that its neighbour hid, so a changed text is read again, at
/// most this often.
const PASSES: usize = 16;

/// The rules of one level behind one keyword automaton.
pub(super) struct Engine {
    rules: Vec<Rule>,
    automaton: AhoCorasick,
    /// For each keyword, the rules that want it.
    owners: Vec<Vec<usize>>,
}

#[derive(Debug, Clone, Copy)]
struct Finding {
    start: usize,
    end: usize,
    rule: usize,
}

#[derive(Default)]
struct Pass {
    findings: Vec<Finding>,
    /// Per rule: where it may start next, and the last start it tried.
    seats: Vec<(usize, Option<usize>)>,
    /// Bytes offered to regexes and to the key block reader.
    #[cfg(test)]
    work: usize,
}

impl Pass {
    fn note_work(&mut self, bytes: usize) {
        #[cfg(test)]
        {
            self.work += bytes;
        }
        #[cfg(not(test))]
        let _ = (self, bytes);
    }
}

impl Engine {
    #[expect(clippy::expect_used, reason = "the keywords are embedded and `every_rule_compiles` builds the automaton")]
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut keywords: Vec<&str> = Vec::new();
        let mut owners: Vec<Vec<usize>> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            for keyword in &rule.keywords {
                if let Some(at) = keywords.iter().position(|known| known == keyword) {
                    owners[at].push(index);
                } else {
                    keywords.push(keyword);
                    owners.push(vec![index]);
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .start_kind(StartKind::Unanchored)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&keywords)
            .expect("embedded keywords");
        Self { rules, automaton, owners }
    }

    pub fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut current = Cow::Borrowed(text);
        for _ in 0..PASSES {
            let findings = self.merge(self.pass(&current).findings);
            if findings.is_empty() {
                break;
            }
            current = Cow::Owned(self.replace(&current, &findings));
        }
        current
    }

    fn pass(&self, text: &str) -> Pass {
        let bytes = text.as_bytes();
        let mut pass = Pass::default();
        for hit in self.automaton.find_overlapping_iter(bytes) {
            for &index in &self.owners[hit.pattern().as_usize()] {
                let Some(start) = start_of(self.rules[index].start, bytes, hit.start(), hit.end()) else {
                    continue;
                };
                if pass.seats.is_empty() {
                    pass.seats.resize(self.rules.len(), (0, None));
                }
                let (next, tried) = pass.seats[index];
                if start < next || tried == Some(start) {
                    continue;
                }
                pass.seats[index].1 = Some(start);
                self.examine(bytes, start, index, &mut pass);
            }
        }
        for finding in &mut pass.findings {
            finding.start = text.floor_char_boundary(finding.start);
            finding.end = text.ceil_char_boundary(finding.end);
        }
        pass
    }

    fn examine(&self, text: &[u8], start: usize, index: usize, pass: &mut Pass) {
        let rule = &self.rules[index];
        if rule.start == Start::Pem {
            let (span, looked_at) = pem::block(text, start, pass.seats[index].0);
            pass.note_work(looked_at);
            if let Some((start, end)) = span {
                pass.seats[index].0 = end;
                let rule = index;
                pass.findings.push(Finding { start, end, rule });
            }
            return;
        }
        let limit = text.len().min(start + rule.window);
        let window = &text[start..limit];
        pass.note_work(window.len());
        let Some(found) = rule.captures(window) else {
            return;
        };
        let Some((from, to)) = rule.secret(&found) else {
            return;
        };
        let secret = &window[from..to];
        let (from, mut to) = (start + from, start + to);
        let innocent = found.name("code").is_some()
            || judge::is_marked(text, from, to)
            || judge::entropy(secret) < rule.min_entropy
            || judge::mix(secret) < rule.min_mix
            || rule.allows(secret)
            || found.name("name").is_some_and(|name| rule.allows_name(name.as_bytes()));
        if innocent {
            // A key shape that was turned down as a whole holds no second key, while the value
            // of an assignment may hold another assignment.
            if matches!(rule.start, Start::Here | Start::Edge) {
                pass.seats[index].0 = to;
            }
            return;
        }
        if to == limit {
            // The window ended within the value: the rest of it must not stay behind.
            let rest = &text[limit..];
            to += rest.iter().take_while(|byte| is_value(**byte)).count();
        }
        pass.seats[index].0 = to;
        pass.findings.push(Finding { start: from, end: to, rule: index });
    }

    /// Joins what overlaps under the name of the first rule of the file, so that a value known by
    /// its shape and by its name is called by its shape.
    fn merge(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        findings.sort_unstable_by_key(|found| (found.start, found.end));
        let mut merged: Vec<Finding> = Vec::new();
        for found in findings {
            let Some(last) = merged.last_mut().filter(|last| found.start < last.end) else {
                merged.push(found);
                continue;
            };
            match (self.rules[last.rule].personal, self.rules[found.rule].personal) {
                (true, false) => *last = found,
                (false, true) => {}
                _ => {
                    last.end = last.end.max(found.end);
                    last.rule = last.rule.min(found.rule);
                }
            }
        }
        merged
    }

    fn replace(&self, text: &str, findings: &[Finding]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for found in findings {
            out.push_str(&text[done..found.start]);
            out.push_str(MARK);
            out.push_str(&self.rules[found.rule].id);
            out.push(']');
            done = found.end;
        }
        out.push_str(&text[done..]);
        out
    }

    #[cfg(test)]
    pub fn work(&self, text: &str) -> usize {
        self.pass(text).work
    }

    #[cfg(test)]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}
