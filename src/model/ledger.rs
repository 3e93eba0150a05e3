//! Several sources tell what a session spent, each in its own way and grain: which of their tellings count, so that
//! every request counts once. Depends on what was told, not on the order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Millis, TokenCounts};

/// How much one telling of tokens says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grain {
    /// One whole request.
    #[default]
    Request,
    /// A whole request that sums leave out, such as a compaction's.
    Aside,
    /// What one model took from this moment on.
    Sum { since: Millis },
    /// What one response came to; its prompt is not told.
    Output,
}

/// How a telling is to be taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    pub grain: Grain,
    /// 0: the agent's records, which share their ids. Others have a number each, and ids of their own: which request
    /// they mean is found out by model, tokens and moment.
    pub voice: u8,
}

impl Told {
    /// Counts whatever else was told.
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }

    /// Of the same response: the fuller grain.
    #[must_use]
    pub fn absorb(self, other: Self) -> Self {
        if let (Grain::Sum { since }, Grain::Sum { since: earlier }) = (self.grain, other.grain) {
            return Self { grain: Grain::Sum { since: since.min(earlier) }, ..self };
        }
        let rank = |told: &Self| match told.grain {
            Grain::Aside => 0,
            Grain::Request => 1,
            Grain::Sum { .. } => 2,
            Grain::Output => 3,
        };
        if rank(&other) < rank(&self) { other } else { self }
    }
}

/// One telling, as far as it decides what counts.
#[derive(Debug, Clone)]
pub struct Telling {
    pub told: Told,
    pub at: Millis,
    pub model: Option<String>,
    pub tokens: TokenCounts,
}

/// Two sources tell the same request within this.
const MOMENT_MS: Millis = 60_000;

/// Of the tellings of one session, which count.
pub fn counting(tellings: &[Telling]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..tellings.len()).collect();
    // Of two that are alike in all of this it does not matter which is which.
    order.sort_by_key(|at| {
        let t = &tellings[*at];
        (t.told.voice, t.at, &t.model, spent(&t.tokens), t.told.grain)
    });
    let mut counts = vec![false; tellings.len()];
    let whole = requests(tellings, &order);
    for request in &whole {
        counts[request.best] = true;
    }
    let mut sums = Vec::new();
    for &at in &order {
        if let Grain::Sum { since } = tellings[at].told.grain {
            let until = tellings[at].at;
            let finer = |request: &Known| {
                let t = &tellings[request.best];
                t.told.grain == Grain::Request && (since..=until).contains(&t.at)
            };
            counts[at] = !whole.iter().any(finer);
            sums.push((since, until));
        }
    }
    let mut taken: Vec<bool> = whole.iter().map(|request| request.recorded).collect();
    let mut by_output: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (index, request) in whole.iter().enumerate() {
        by_output.entry(tellings[request.best].tokens.output).or_default().push(index);
    }
    for &at in order.iter().filter(|at| tellings[**at].told.grain == Grain::Output) {
        let t = &tellings[at];
        let covered = sums.iter().any(|(since, until)| (*since..=*until).contains(&t.at));
        let free = by_output.get(&t.tokens.output).into_iter().flatten().copied();
        let free = free.filter(|index| !taken[*index] && is_near(&tellings[whole[*index].best], t));
        if let Some(index) = free.min_by_key(|index| (tellings[whole[*index].best].at - t.at).abs()) {
            taken[index] = true;
        } else {
            counts[at] = !covered;
        }
    }
    counts
}

/// A request that was told whole, once or by several.
struct Known {
    /// Of its tellings the one that counts.
    best: usize,
    /// The agent's own records tell it.
    recorded: bool,
    voice: u8,
}

/// Tellings of whole requests, those of the same one together: one of each voice at most.
fn requests(tellings: &[Telling], order: &[usize]) -> Vec<Known> {
    let mut all: Vec<Known> = Vec::new();
    let mut alike: BTreeMap<[i64; 4], Vec<usize>> = BTreeMap::new();
    for &at in order {
        let t = &tellings[at];
        if !matches!(t.told.grain, Grain::Request | Grain::Aside) {
            continue;
        }
        let with = alike.entry(spent(&t.tokens)).or_default();
        // Voice by voice, and each in order of time: the earliest that is free is the one.
        let same = |index: &&usize| {
            let known = &all[**index];
            known.voice != t.told.voice && is_near(&tellings[known.best], t)
        };
        let alike = |index: &&usize| tellings[all[**index].best].told.grain == t.told.grain;
        let found = with.iter().filter(same).find(alike).or_else(|| with.iter().find(same)).copied();
        let Some(index) = found else {
            with.push(all.len());
            all.push(Known { best: at, recorded: t.told.voice == 0, voice: t.told.voice });
            continue;
        };
        let known = &mut all[index];
        known.voice = t.told.voice;
        // Whether sums leave it out only some can tell.
        if t.told.grain == Grain::Aside && tellings[known.best].told.grain != Grain::Aside {
            known.best = at;
        }
    }
    all
}

fn spent(tokens: &TokenCounts) -> [i64; 4] {
    [tokens.input, tokens.output, tokens.cache_read, tokens.cache_creation()]
}

fn is_near(a: &Telling, b: &Telling) -> bool {
    let model = a.model.is_none() || b.model.is_none() || a.model == b.model;
    model && (a.at - b.at).abs() <= MOMENT_MS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AT: Millis = 1_795_168_800_000;

    fn telling(grain: Grain, voice: u8, at: Millis, input: i64, output: i64) -> Telling {
        let tokens = TokenCounts { input, output, ..TokenCounts::default() };
        Telling { told: Told { grain, voice }, at: AT + at, model: Some("m".to_owned()), tokens }
    }

    fn sum(since: Millis, at: Millis, input: i64, output: i64) -> Telling {
        telling(Grain::Sum { since: AT + since }, 0, at, input, output)
    }

    /// Input and output of what counts.
    fn counted(tellings: &[Telling]) -> (i64, i64) {
        let counts = counting(tellings);
        let all = tellings.iter().zip(counts).filter(|(_, counts)| *counts);
        all.fold((0, 0), |sum, (t, _)| (sum.0 + t.tokens.input, sum.1 + t.tokens.output))
    }

    use Grain::{Aside, Output, Request};

    #[test]
    fn a_request_that_several_tell_counts_once() {
        for (tellings, want) in [
            // The records and a table of the same requests.
            (vec![telling(Request, 0, 0, 100, 10), telling(Request, 1, 5, 100, 10)], (100, 10)),
            // Of one source two alike are two.
            (vec![telling(Request, 1, 0, 100, 10), telling(Request, 1, 5, 100, 10)], (200, 20)),
            // An hour later the same numbers are another request.
            (vec![telling(Request, 0, 0, 100, 10), telling(Request, 1, 3_600_000, 100, 10)], (200, 20)),
            // Three sources.
            (
                vec![
                    telling(Request, 0, 0, 100, 10),
                    telling(Request, 1, 5, 100, 10),
                    telling(Request, 2, 9, 100, 10),
                    telling(Request, 2, 10, 100, 10),
                ],
                (200, 20),
            ),
            // Only what one response came to, and the whole.
            (vec![telling(Output, 0, 0, 0, 10), telling(Request, 1, 5, 100, 10)], (100, 10)),
            (vec![telling(Output, 0, 0, 0, 10), telling(Request, 1, 5, 100, 11)], (100, 21)),
            // The records tell the whole of it themselves: this is another response.
            (vec![telling(Output, 0, 0, 0, 10), telling(Request, 0, 5, 100, 10)], (100, 20)),
        ] {
            assert_eq!(counted(&tellings), want, "{tellings:?}");
        }
    }

    #[test]
    fn a_sum_counts_where_nothing_finer_is_told() {
        let shutdown = sum(0, 1000, 500, 50);
        for (tellings, want) in [
            (vec![shutdown.clone()], (500, 50)),
            (vec![shutdown.clone(), telling(Output, 0, 500, 0, 20), telling(Output, 0, 900, 0, 20)], (500, 50)),
            (vec![shutdown.clone(), telling(Output, 0, 1500, 0, 20)], (500, 70)),
            (vec![shutdown.clone(), telling(Request, 1, 500, 300, 30)], (300, 30)),
            (vec![shutdown.clone(), telling(Request, 1, 1500, 300, 30)], (800, 80)),
            // A compaction is in no sum, and says nothing of the rest.
            (vec![shutdown.clone(), telling(Aside, 0, 500, 90, 8)], (590, 58)),
            (vec![shutdown.clone(), telling(Aside, 0, 500, 90, 8), telling(Request, 2, 501, 90, 8)], (590, 58)),
            (vec![shutdown.clone(), sum(1000, 2000, 5, 5), telling(Request, 0, 1500, 7, 1)], (507, 51)),
        ] {
            assert_eq!(counted(&tellings), want, "{tellings:?}");
        }
    }

    fn any_telling() -> impl Strategy<Value = Telling> {
        let grain = prop_oneof![
            4 => Just(Request),
            1 => Just(Aside),
            2 => Just(Output),
            1 => (0..300_000_i64).prop_map(|since| Grain::Sum { since: AT + since }),
        ];
        (grain, 0..3_u8, 0..300_000_i64, 0..3_i64, 0..3_i64)
            .prop_map(|(grain, voice, at, input, output)| telling(grain, voice, at, input * 100, output))
    }

    proptest! {
        /// Whatever the order in which it was told.
        #[test]
        fn the_same_counts_in_every_order(
            (all, shuffled) in prop::collection::vec(any_telling(), 0..24)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            prop_assert_eq!(counted(&all), counted(&shuffled));
        }
    }
}
