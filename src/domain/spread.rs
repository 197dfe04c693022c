//! A stable spread: the same key always gets the same number of a range, different keys get different ones (T5 `H`).

/// What a spread number depends on, besides the place that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread(u64);

impl Spread {
    /// By a key, such as a task's slug. The numbers of a key are the same on every machine and in every version.
    pub fn by(key: &str) -> Self {
        // FNV-1a.
        let hash = key
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(hash)
    }

    /// A number below `count` (0 when it is 0); another `place` gives an independent one.
    pub fn pick(self, place: u64, count: u64) -> u64 {
        // The finaliser of splitmix64: FNV alone leaves its lowest bits too regular.
        let mut mixed = self.0 ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        if count == 0 { 0 } else { mixed % count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t5_a_key_keeps_its_numbers_for_ever() {
        // Stored schedules do not depend on these, but `H` in an import file should give the same times next year.
        let spread = Spread::by("backup-db");
        assert_eq!([1, 2, 3].map(|place| spread.pick(place, 60)), [1, 15, 10]);
        assert_eq!(spread.pick(1, 0), 0);
    }

    #[test]
    fn t5_keys_are_spread_evenly_and_places_independently() {
        let mut minutes = [0; 60];
        let mut pairs = std::collections::BTreeSet::new();
        for i in 0..6_000 {
            let spread = Spread::by(&format!("task-{i}"));
            minutes[usize::try_from(spread.pick(1, 60)).unwrap()] += 1;
            pairs.insert((spread.pick(1, 60), spread.pick(2, 24)));
        }
        assert!(minutes.iter().all(|n| (60..=145).contains(n)), "{minutes:?}");
        // Of 1440 pairs 6000 keys should leave out about 22.
        assert!(pairs.len() > 1_380, "{}", pairs.len());
    }
}
