//! The words of the made-up texts: frequent ones are real, rare ones are made of syllables.

use super::random::Random;

/// Ranks of the distribution: two to the sixteenth, less one.
const WORDS: usize = 65_535;

const FREQUENT: &str = "the to a of and in is it that for this with on be as not we if are you can from have test by file all \
    or function now error an use should but need code let will add at when has value line return type build data only one new \
    which run set no check so there then name path change first also string module list call was because make state current \
    update here like after before result fix using read write into import session user does out same each other index would \
    where config still its how these project command more command output server key time field work case default existing \
    tests query table server column request response cache client struct method class object array number message token \
    version what case does two see look find match loop empty null option parse start end create remove delete move handle \
    instead already issue problem correct missing wrong expected actual failed passed warning compile release branch commit \
    merge rebase diff patch review feature refactor rename cleanup docs readme license dependency package crate library \
    binary script shell process thread async await lock mutex channel queue buffer stream socket port host http json toml \
    yaml schema migration database connection transaction row insert select join view trigger backup restore retry timeout \
    limit offset cursor page sort filter group count sum average minimum maximum threshold budget latency throughput memory \
    allocation pointer reference lifetime borrow clone copy generic trait interface abstract inherit override public private \
    static const final mutable immutable enum variant tuple vector hash map tree graph node edge leaf root parent child \
    sibling depth width height layout render component hook effect props style theme color button input form label modal \
    route router middleware controller service repository factory builder adapter wrapper proxy observer visitor strategy";

const SYLLABLES: &[&str] = &[
    "an", "ar", "be", "bo", "ca", "ce", "chi", "co", "cu", "da", "de", "di", "do", "du", "el", "en", "er", "fa", "fi",
    "flo", "fu", "ga", "ge", "gra", "ha", "hi", "in", "is", "ja", "ka", "ki", "ko", "la", "le", "li", "lo", "lu", "ma",
    "me", "mi", "mo", "mu", "na", "ne", "ni", "no", "nu", "o", "or", "pa", "pe", "pla", "po", "pri", "qua", "ra", "re",
    "ri", "ro", "ru", "sa", "se", "shi", "si", "so", "sta", "su", "ta", "te", "ti", "to", "tra", "tu", "un", "ur",
    "va", "ve", "vi", "wa", "ze",
];

pub struct Vocabulary {
    words: Vec<String>,
}

impl Vocabulary {
    pub fn new(random: &mut Random) -> Self {
        let mut words: Vec<String> = FREQUENT.split_whitespace().map(str::to_owned).collect();
        while words.len() < WORDS {
            let word = match random.below(10) {
                0 => format!("{}_{}", words[random.index(300)], made(random, 2)),
                1 => format!("{}{}", words[random.index(300)], capital(&made(random, 2))),
                2 => format!("{}{}", capital(&made(random, 1)), capital(&words[random.index(300)])),
                _ => {
                    let syllables = random.between(2, 5);
                    made(random, syllables)
                }
            };
            words.push(word);
        }
        Self { words }
    }

    /// A word; the one of rank r is met with a chance of about 1/r: every doubling of the rank weighs the same.
    pub fn word(&self, random: &mut Random) -> &str {
        let first = 1 << random.index(16);
        &self.words[first + random.index(first) - 1]
    }

    /// A word that is no sentence filler: for names of things.
    pub fn noun(&self, random: &mut Random) -> &str {
        let first = 64 << random.index(10);
        &self.words[(first + random.index(first) - 1).min(WORDS - 1)]
    }
}

fn made(random: &mut Random, syllables: u64) -> String {
    (0..syllables).map(|_| *random.pick(SYLLABLES)).collect()
}

pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
