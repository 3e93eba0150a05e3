//! The prices of one model as the table's keys spell them, and which of them a bucket of tokens is billed at.

use serde::Deserialize;

/// Who sells the model; decides the conventions where the table has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Vendor {
    Anthropic,
    OpenAi,
    Gemini,
}

/// Tokens that share a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bucket {
    Input,
    Output,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
}

/// The vendor's billing tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Standard,
    Batch,
    Flex,
    Priority,
    Ultrafast,
}

impl Service {
    /// What an agent wrote as service tier; anything unheard of is standard, see the module's head.
    pub(super) fn named(tier: &str) -> Self {
        match tier.trim().to_ascii_lowercase().as_str() {
            "batch" | "batches" => Self::Batch,
            "flex" => Self::Flex,
            "priority" | "fast" => Self::Priority,
            "ultrafast" => Self::Ultrafast,
            _ => Self::Standard,
        }
    }

    /// The service a key of the table ends with.
    fn from_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "" => Some(Self::Standard),
            "_batches" => Some(Self::Batch),
            "_flex" => Some(Self::Flex),
            "_priority" => Some(Self::Priority),
            "_ultrafast" => Some(Self::Ultrafast),
            _ => None,
        }
    }

    /// What the service usually costs compared with standard, as a fraction; only for models whose rows have no
    /// price for it.
    fn usual_factor(self, vendor: Vendor) -> Option<(i64, i64)> {
        match (self, vendor) {
            (Self::Standard, _) | (Self::Priority, Vendor::Anthropic) => Some((1, 1)),
            (Self::Batch | Self::Flex, _) => Some((1, 2)),
            (Self::Priority, Vendor::OpenAi) => Some((2, 1)),
            (Self::Priority, Vendor::Gemini) | (Self::Ultrafast, _) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    bucket: Bucket,
    /// The row counts for prompts of more than this many tokens.
    above: i64,
    service: Service,
    /// Picodollars per token: the batch price of a cache read may be half a nanodollar.
    picos: i64,
}

/// All prices of one model at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rates {
    rows: Vec<Row>,
}

impl Rates {
    /// Reads the price keys among `keys`; other keys are skipped. `None` without a price of input and of output.
    pub(super) fn from_keys<'a>(keys: impl IntoIterator<Item = (&'a str, i64)>) -> Option<Self> {
        let rows = keys
            .into_iter()
            .filter_map(|(key, picos)| {
                let (bucket, above, service) = parse_key(key)?;
                Some(Row { bucket, above, service, picos: picos.max(0) })
            })
            .collect();
        let rates = Self { rows };
        rates.exact(Bucket::Input, 0, Service::Standard)?;
        rates.exact(Bucket::Output, 0, Service::Standard)?;
        Some(rates)
    }

    /// The threshold that a prompt of this size has passed; exactly at the threshold it has not.
    pub(super) fn tier(&self, prompt_total: i64) -> i64 {
        let passed = self.rows.iter().map(|row| row.above);
        passed.filter(|above| prompt_total > *above).max().unwrap_or(0)
    }

    /// Price of one token of `bucket`; `None` if nobody published it.
    pub(super) fn picos(&self, vendor: Vendor, bucket: Bucket, tier: i64, service: Service) -> Option<i64> {
        self.own(vendor, bucket, tier, service).or_else(|| match bucket {
            Bucket::Input | Bucket::Output => None,
            Bucket::CacheWrite1h if vendor == Vendor::Anthropic => {
                let input = self.own(vendor, Bucket::Input, tier, service)?;
                Some(input.saturating_mul(2))
            }
            Bucket::CacheWrite1h => self.picos(vendor, Bucket::CacheWrite, tier, service),
            Bucket::CacheRead | Bucket::CacheWrite => self.own(vendor, Bucket::Input, tier, service),
        })
    }

    /// The bucket's own price. Where the service has none at this tier, the standard price of the tier is scaled
    /// by what the service costs at the lowest tier.
    fn own(&self, vendor: Vendor, bucket: Bucket, tier: i64, service: Service) -> Option<i64> {
        let reached = self
            .rows
            .iter()
            .filter(|row| row.bucket == bucket && row.above <= tier)
            .filter(|row| row.service == service || row.service == Service::Standard)
            .map(|row| row.above)
            .max()?;
        if let Some(exact) = self.exact(bucket, reached, service) {
            return Some(exact);
        }
        let standard = self.exact(bucket, reached, Service::Standard)?;
        let (times, by) = self.factor(vendor, bucket, service)?;
        i64::try_from(i128::from(standard) * i128::from(times) / i128::from(by)).ok()
    }

    fn factor(&self, vendor: Vendor, bucket: Bucket, service: Service) -> Option<(i64, i64)> {
        let published = |bucket| {
            let special = self.exact(bucket, 0, service)?;
            let standard = self.exact(bucket, 0, Service::Standard)?;
            (standard > 0).then_some((special, standard))
        };
        published(bucket).or_else(|| published(Bucket::Input)).or_else(|| service.usual_factor(vendor))
    }

    fn exact(&self, bucket: Bucket, above: i64, service: Service) -> Option<i64> {
        self.rows
            .iter()
            .find(|row| row.bucket == bucket && row.above == above && row.service == service)
            .map(|row| row.picos)
    }
}

/// Takes `cache_creation_input_token_cost_above_1hr_above_100k_tokens_batches` apart: bucket, lifetime, tier,
/// service, in this order and each but the bucket optional.
fn parse_key(key: &str) -> Option<(Bucket, i64, Service)> {
    let (bucket, rest) = [
        ("input_cost_per_token", Bucket::Input),
        ("output_cost_per_token", Bucket::Output),
        ("cache_read_input_token_cost", Bucket::CacheRead),
        ("cache_creation_input_token_cost", Bucket::CacheWrite),
    ]
    .into_iter()
    .find_map(|(stem, bucket)| Some((bucket, key.strip_prefix(stem)?)))?;

    let (bucket, rest) = match (bucket, above(rest, "hr")) {
        (bucket, None) => (bucket, rest),
        (Bucket::CacheWrite, Some((1, rest))) => (Bucket::CacheWrite1h, rest),
        // Another lifetime: no agent reports such tokens apart.
        (_, Some(_)) => return None,
    };
    let (threshold, rest) = match above(rest, "k_tokens") {
        Some((thousands, rest)) => (thousands.checked_mul(1000)?, rest),
        None => (0, rest),
    };
    Some((bucket, threshold, Service::from_suffix(rest)?))
}

/// `_above_<number><unit>` at the start of `text`, and what follows it.
fn above<'a>(text: &'a str, unit: &str) -> Option<(i64, &'a str)> {
    let text = text.strip_prefix("_above_")?;
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest.strip_prefix(unit)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_by_pattern() {
        let write = "cache_creation_input_token_cost";
        for (key, expected) in [
            ("input_cost_per_token".to_owned(), Some((Bucket::Input, 0, Service::Standard))),
            ("output_cost_per_token_above_512k_tokens".to_owned(), Some((Bucket::Output, 512_000, Service::Standard))),
            (
                "cache_read_input_token_cost_above_32k_tokens_ultrafast".to_owned(),
                Some((Bucket::CacheRead, 32_000, Service::Ultrafast)),
            ),
            (format!("{write}_batches"), Some((Bucket::CacheWrite, 0, Service::Batch))),
            (format!("{write}_above_1hr"), Some((Bucket::CacheWrite1h, 0, Service::Standard))),
            (format!("{write}_above_1hr_above_100k_tokens_flex"), Some((Bucket::CacheWrite1h, 100_000, Service::Flex))),
            (format!("{write}_above_100k_tokens_above_1hr"), None),
            (format!("{write}_above_12hr_above_272k_tokens_priority"), None),
            (format!("{write}_above_99999999999999999999k_tokens"), None),
            ("input_cost_per_token_decisions".to_owned(), None),
            ("input_cost_per_token_above_1hr".to_owned(), None),
            ("input_cost_per_audio_token".to_owned(), None),
            ("max_input_tokens".to_owned(), None),
        ] {
            assert_eq!(parse_key(&key), expected, "{key}");
        }
    }

    #[test]
    fn without_a_row_the_vendor_s_convention_counts() {
        use Bucket::{CacheRead, CacheWrite, CacheWrite1h, Input, Output};
        use Service::{Batch, Flex, Priority, Standard, Ultrafast};
        use Vendor::{Anthropic, Gemini, OpenAi};

        let rates = Rates::from_keys([
            ("input_cost_per_token", 100),
            ("output_cost_per_token", 500),
            ("input_cost_per_token_above_10k_tokens", 300),
            ("input_cost_per_token_priority", 250),
        ])
        .expect("complete");
        let picos = |vendor, bucket, tier, service| rates.picos(vendor, bucket, tier, service);

        assert_eq!(picos(OpenAi, CacheRead, 0, Standard), Some(100));
        assert_eq!(picos(OpenAi, CacheWrite, 10_000, Standard), Some(300));
        assert_eq!(picos(OpenAi, CacheWrite1h, 0, Standard), Some(100));
        assert_eq!(picos(Anthropic, CacheWrite1h, 10_000, Standard), Some(600));
        assert_eq!(picos(Gemini, Output, 10_000, Batch), Some(250), "output has no such tier");
        assert_eq!(picos(Gemini, Input, 10_000, Flex), Some(150));
        assert_eq!(picos(OpenAi, Input, 10_000, Priority), Some(750), "as much more as at the lowest tier");
        assert_eq!(picos(OpenAi, Output, 0, Priority), Some(1250), "as much more as the input");
        assert_eq!(picos(OpenAi, Input, 0, Ultrafast), None);
        assert!(Rates::from_keys([("input_cost_per_token", 100)]).is_none());
    }

    #[test]
    fn services_without_any_row_cost_the_usual() {
        let rates =
            Rates::from_keys([("input_cost_per_token", 100), ("output_cost_per_token", 500)]).expect("complete");
        let input = |vendor, service| rates.picos(vendor, Bucket::Input, 0, service);
        assert_eq!(input(Vendor::OpenAi, Service::Priority), Some(200));
        assert_eq!(input(Vendor::Anthropic, Service::Priority), Some(100));
        assert_eq!(input(Vendor::Gemini, Service::Priority), None);
        assert_eq!(input(Vendor::Anthropic, Service::Batch), Some(50));
    }
}
