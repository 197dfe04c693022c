//! A set of tasks, a bit each; or all but these.

/// Numbers beyond are no tasks: a set of them all would take 512 MiB.
const MOST: i64 = 1 << 32;

/// The set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set {
    bits: Vec<u64>,
    /// The bits are those that are not in it.
    inverted: bool,
}

impl Set {
    /// All tasks.
    pub(super) fn everything() -> Self {
        Self { bits: Vec::new(), inverted: true }
    }

    /// Whether the bits are those that are not in it.
    pub(super) fn is_inverted(&self) -> bool {
        self.inverted
    }

    /// Whether a task is in it.
    pub(super) fn has(&self, id: i64) -> bool {
        let bit = self.bits.get((id >> 6) as usize).is_some_and(|word| word >> (id & 63) & 1 == 1);
        bit != self.inverted
    }

    /// Puts a task in, or takes it out. Returns whether it was in.
    pub(super) fn put(&mut self, id: i64, is_in: bool) -> bool {
        let was = self.has(id);
        self.mark(id, is_in != self.inverted);
        was
    }

    fn mark(&mut self, id: i64, bit: bool) {
        if !(0..MOST).contains(&id) {
            return;
        }
        let word = (id >> 6) as usize;
        if word >= self.bits.len() {
            if !bit {
                return;
            }
            self.bits.resize((word + 1).max(self.bits.len() * 2), 0);
        }
        if bit {
            self.bits[word] |= 1 << (id & 63);
        } else {
            self.bits[word] &= !(1 << (id & 63));
        }
    }

    /// How many bits there are: tasks in it, or of an inverted one those that are not.
    pub(super) fn bits(&self) -> usize {
        self.bits.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The tasks that have a bit, ascending.
    pub(super) fn marked(&self) -> impl Iterator<Item = i64> + '_ {
        self.bits.iter().enumerate().flat_map(|(n, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
                (bit < 64).then(|| ((n << 6) as i64) + i64::from(bit))
            })
        })
    }

    /// All but these.
    pub(super) fn not(mut self) -> Self {
        self.inverted = !self.inverted;
        self
    }

    /// What is in both.
    pub(super) fn and(self, other: &Self) -> Self {
        match (self.inverted, other.inverted) {
            (false, false) => self.join(other, |a, b| a & b),
            (false, true) => self.join(other, |a, b| a & !b),
            (true, false) => {
                let inverted = false;
                Self { inverted, ..self.join(other, |a, b| !a & b) }
            }
            (true, true) => self.join(other, |a, b| a | b),
        }
    }

    /// What is in one of them.
    pub(super) fn or(self, other: &Self) -> Self {
        self.not().and(&Self { bits: other.bits.clone(), inverted: !other.inverted }).not()
    }

    fn join(mut self, other: &Self, with: impl Fn(u64, u64) -> u64) -> Self {
        if self.bits.len() < other.bits.len() {
            self.bits.resize(other.bits.len(), 0);
        }
        for (n, word) in self.bits.iter_mut().enumerate() {
            *word = with(*word, other.bits.get(n).copied().unwrap_or(0));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(ids: &[i64], inverted: bool) -> Set {
        let mut set = if inverted { Set::everything() } else { Set::default() };
        for id in ids {
            set.put(*id, !inverted);
        }
        set
    }

    proptest! {
        #[test]
        fn a5_sets_are_joined_as_logic_says(
            a in proptest::collection::vec(0i64..300, 0..20), b in proptest::collection::vec(0i64..900, 0..20),
            inverted in any::<(bool, bool)>(),
        ) {
            let (one, other) = (set(&a, inverted.0), set(&b, inverted.1));
            for id in 0..1000 {
                let (x, y) = (a.contains(&id) != inverted.0, b.contains(&id) != inverted.1);
                prop_assert_eq!(one.has(id), x);
                prop_assert_eq!(one.clone().and(&other).has(id), x && y);
                prop_assert_eq!(one.clone().or(&other).has(id), x || y);
                prop_assert_eq!(one.clone().not().has(id), !x);
            }
            prop_assert_eq!(one.marked().count(), one.bits());
            prop_assert!(one.marked().all(|id| a.contains(&id)));
        }
    }
}
