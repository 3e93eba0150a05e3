//! Session ids as people can type them: the beginning, as long as it takes to be the only one.

use crate::answer::{Asker, Refusal};

/// Shorter ids would soon stop being the only ones.
const SHORTEST: usize = 8;

/// Every session's id, in order.
pub struct ShortIds(Vec<String>);

impl ShortIds {
    pub fn of(asker: &Asker) -> Result<Self, Refusal> {
        Ok(Self(asker.store.session_ids()?))
    }

    pub fn short<'a>(&self, id: &'a str) -> &'a str {
        let from = self.0.partition_point(|known| known.as_str() < id);
        let to = self.0.partition_point(|known| known.as_str() <= id);
        let neighbours = self.0[..from].last().into_iter().chain(self.0.get(to));
        let shared = neighbours.map(|other| common(id, other)).max().unwrap_or(0);
        let mut end = SHORTEST.max(shared + 1).min(id.len());
        while !id.is_char_boundary(end) {
            end += 1;
        }
        &id[..end]
    }
}

/// Bytes that both begin with.
fn common(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_short_as_is_unique() {
        let all = ["019a1b2c-0000", "019a1b2c-0011", "7d7e", "a1b2c3d4-5555", "ses_äöüäöü", "ses_äöüäöü2"];
        let ids = ShortIds(all.map(str::to_owned).to_vec());
        let short = all.map(|id| ids.short(id));
        assert_eq!(short, ["019a1b2c-000", "019a1b2c-001", "7d7e", "a1b2c3d4", "ses_äöüäöü", "ses_äöüäöü2"]);
        for (id, short) in all.iter().zip(short) {
            let fits = all.iter().filter(|other| other.starts_with(short)).count();
            assert!(fits == 1 || short == *id, "{short}");
        }
        assert_eq!(ShortIds(Vec::new()).short("a1b2c3d4-5555"), "a1b2c3d4");
    }
}
