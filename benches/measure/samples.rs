//! Repeated measurements and how they are written down.

use std::time::Duration;

#[derive(Debug, Default, Clone)]
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn push(&mut self, sample: Duration) {
        let at = self.0.partition_point(|known| *known <= sample);
        self.0.insert(at, sample);
    }

    /// The smallest sample that `percent` of all do not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(at).copied().unwrap_or_default()
    }

    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    pub fn p99(&self) -> Duration {
        self.percentile(99)
    }
}

pub fn ms(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1e3;
    if ms < 10.0 {
        format!("{ms:.2} ms")
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.2} s", ms / 1e3)
    }
}

pub fn float(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "bytes and counts far below 2⁵³")]
    let float = number as f64;
    float
}

pub fn mb(bytes: u64) -> f64 {
    float(bytes) / 1e6
}

/// Megabytes a second.
pub fn rate(bytes: u64, took: Duration) -> f64 {
    mb(bytes) / took.as_secs_f64().max(1e-9)
}
