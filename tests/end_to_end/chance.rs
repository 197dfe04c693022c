//! Random numbers that can be repeated: xorshift64* (Vigna, 2016).

use std::time::{SystemTime, UNIX_EPOCH};

/// A generator. When the test fails, it says how it was seeded.
pub(crate) struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    /// Seeded by `TEMPO_E2E_SEED`, else by the clock.
    pub(crate) fn new() -> Self {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64;
        let seed = std::env::var("TEMPO_E2E_SEED").map_or_else(|_| clock(), |seed| seed.parse().unwrap());
        // Zero is the one state that it never leaves.
        Self { seed, state: seed.max(1) }
    }

    /// A number from 0 to `end - 1`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % end
    }

    /// Brings a list into any order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

impl Drop for Chance {
    #[expect(clippy::print_stderr, reason = "the message of a failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to repeat it: TEMPO_E2E_SEED={}", self.seed);
        }
    }
}
