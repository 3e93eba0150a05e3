//! Reads the embedded price data once: the reduced table of `LiteLLM`, the overlay's additions, and changes by date.

use super::rates::{Rates, Vendor};
use crate::model::Millis;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const LITELLM: &str = include_str!("data/litellm.json");
const OVERLAY: &str = include_str!("data/overlay.json");

const DAY_MS: Millis = 86_400_000;

#[expect(clippy::expect_used, reason = "the data is part of the binary; a test reads it")]
pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(LITELLM, OVERLAY).expect("the embedded price data is well-formed"));

/// The price keys of the models of one vendor, in the data's own words.
type Keys<'a> = BTreeMap<&'a str, i64>;
type Listed<'a> = BTreeMap<Vendor, BTreeMap<&'a str, Keys<'a>>>;

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow)]
    models: Listed<'a>,
    #[serde(borrow, default)]
    aliases: BTreeMap<&'a str, &'a str>,
    #[serde(borrow, default)]
    changes: Vec<Change<'a>>,
}

/// Prices that hold or held only for a time; the rows of `models` hold outside it.
#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    models: Vec<&'a str>,
    /// First day, UTC; missing: since ever.
    from: Option<&'a str>,
    /// First day on which it no longer holds; missing: for ever.
    to: Option<&'a str>,
    #[serde(borrow)]
    rates: Keys<'a>,
}

/// One model of the table.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) vendor: Vendor,
    pub(super) window: Option<i64>,
    /// Thousandths that fast mode multiplies the price by.
    pub(super) fast_milli: Option<i64>,
    /// The same for inference in the United States only.
    pub(super) us_milli: Option<i64>,
    rates: Rates,
    dated: Vec<Dated>,
}

#[derive(Debug)]
struct Dated {
    from: Millis,
    to: Millis,
    rates: Rates,
}

impl Model {
    pub(super) fn rates_at(&self, at: Millis) -> &Rates {
        self.dated.iter().find(|dated| (dated.from..dated.to).contains(&at)).map_or(&self.rates, |dated| &dated.rates)
    }

    fn read(vendor: Vendor, keys: &Keys, changes: &[(Millis, Millis, &Keys)]) -> Option<Self> {
        let dated = changes
            .iter()
            .map(|(from, to, changed)| {
                let mut keys = keys.clone();
                keys.extend(changed.iter());
                Some(Dated { from: *from, to: *to, rates: rates(&keys)? })
            })
            .collect::<Option<_>>()?;
        Some(Self {
            vendor,
            window: keys.get("max_input_tokens").copied(),
            fast_milli: keys.get("fast_multiplier_milli").copied(),
            us_milli: keys.get("us_multiplier_milli").copied(),
            rates: rates(keys)?,
            dated,
        })
    }
}

fn rates(keys: &Keys) -> Option<Rates> {
    Rates::from_keys(keys.iter().map(|(key, value)| (*key, *value)))
}

/// Everything that has a price.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) models: BTreeMap<&'static str, Model>,
    aliases: BTreeMap<&'static str, &'static str>,
}

impl Table {
    /// The model of exactly this name, or of the name that this one is an alias of.
    pub(super) fn get(&self, id: &str) -> Option<(&'static str, &Model)> {
        let id = self.aliases.get(id).copied().unwrap_or(id);
        self.models.get_key_value(id).map(|(key, model)| (*key, model))
    }

    fn read(litellm: &'static str, overlay: &'static str) -> Result<Self, String> {
        let base: Source = serde_json::from_str(litellm).map_err(|error| error.to_string())?;
        let overlay: Source = serde_json::from_str(overlay).map_err(|error| error.to_string())?;
        let mut listed = base.models;
        for (vendor, models) in overlay.models {
            for (name, keys) in models {
                let row = listed.entry(vendor).or_default().entry(name).or_default();
                row.extend(keys);
            }
        }

        let mut changes: BTreeMap<&str, Vec<(Millis, Millis, &Keys)>> = BTreeMap::new();
        for change in &overlay.changes {
            let from = change.from.map_or(Ok(Millis::MIN), midnight)?;
            let to = change.to.map_or(Ok(Millis::MAX), midnight)?;
            for name in &change.models {
                changes.entry(name).or_default().push((from, to, &change.rates));
            }
        }

        let mut models = BTreeMap::new();
        for (vendor, listed) in &listed {
            for (name, keys) in listed {
                let changes = changes.remove(name).unwrap_or_default();
                let model = Model::read(*vendor, keys, &changes).ok_or_else(|| format!("{name}: no price"))?;
                models.insert(*name, model);
            }
        }
        if let Some(name) = changes.keys().next() {
            return Err(format!("{name}: a change of a model that is not listed"));
        }
        Ok(Self { models, aliases: overlay.aliases })
    }
}

/// Start of a day like `2026-10-07`, UTC.
fn midnight(date: &str) -> Result<Millis, String> {
    let parts: Vec<i64> = date.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month @ 1..=12, day @ 1..=31] = parts[..] else {
        return Err(format!("no date: {date}"));
    };
    // Days since 1970-01-01 in the proleptic Gregorian calendar, with years that begin in March.
    let year = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468;
    Ok(days * DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_data_is_well_formed_and_bears_its_version() {
        let name = |source| {
            let source: serde_json::Value = serde_json::from_str(source).expect("JSON");
            source["table"].as_str().expect("a name").to_owned()
        };
        let version = format!("{} + {}", name(LITELLM), name(OVERLAY));
        assert_eq!(version, super::super::TABLE_VERSION);

        let table = Table::read(LITELLM, OVERLAY).expect("data");
        for (alias, name) in &table.aliases {
            assert!(table.models.contains_key(name), "{alias}");
            assert!(!table.models.contains_key(alias), "{alias} is a model itself");
        }
    }

    #[test]
    fn changes_of_one_model_do_not_overlap() {
        for (name, model) in &TABLE.models {
            for (i, one) in model.dated.iter().enumerate() {
                assert!(one.from < one.to, "{name}");
                for other in &model.dated[i + 1..] {
                    assert!(one.to <= other.from || other.to <= one.from, "{name}");
                }
            }
        }
    }

    #[test]
    fn days_begin_at_midnight_utc() {
        for (date, seconds) in [
            ("1970-01-01", 0),
            ("1969-12-31", -86_400),
            ("2000-02-29", 951_782_400),
            ("2024-03-01", 1_709_251_200),
            ("2026-10-07", 1_791_331_200),
        ] {
            assert_eq!(midnight(date), Ok(seconds * 1000), "{date}");
        }
        for bad in ["", "2026", "2026-13-01", "2026-10-32", "next week"] {
            assert!(midnight(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn broken_data_is_an_error() {
        let ok = r#"{"models":{}}"#;
        for overlay in [
            "{",
            r#"{"models":{"openai":{"m":{"input_cost_per_token":1}}}}"#,
            r#"{"models":{},"changes":[{"models":["m"],"rates":{}}]}"#,
            r#"{"models":{},"changes":[{"models":[],"from":"soon","rates":{}}]}"#,
        ] {
            assert!(Table::read(ok, overlay).is_err(), "{overlay}");
        }
    }
}
