//! The only source of chance in the corpus: one seed makes one corpus, on every machine.

/// Splitmix64. Integers only: floating point functions differ from one platform to the next.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own, so that what it is used for does not shift what comes after.
    pub fn split(&mut self) -> Self {
        Self(self.bits())
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `0..limit`; `limit` below 2³².
    pub fn below(&mut self, limit: u64) -> u64 {
        ((self.bits() >> 32) * limit) >> 32
    }

    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from).max(1))
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    /// One of `of`, as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let mut at = self.below(of.iter().map(|(weight, _)| weight).sum());
        for &(weight, value) in of {
            if at < weight {
                return value;
            }
            at -= weight;
        }
        of[0].1
    }

    /// A size from a measured distribution: its quantiles at [`QUANTILES`], straight lines between them.
    pub fn size(&mut self, quantiles: &[u64; 9]) -> usize {
        let at = self.below(1000);
        let right = QUANTILES.iter().position(|q| at < *q).unwrap_or(8).max(1);
        let (from, to) = (QUANTILES[right - 1], QUANTILES[right]);
        let (low, high) = (quantiles[right - 1], quantiles[right]);
        let size = low + (high - low) * (at - from) / (to - from);
        // Hundredths of a percent blur into one another: no two results of exactly one size.
        usize::try_from(size + self.below(size / 16 + 2)).unwrap_or_default()
    }
}

/// Where the nine numbers of a size distribution stand, in thousandths.
const QUANTILES: [u64; 9] = [0, 100, 250, 500, 750, 900, 950, 990, 1000];
