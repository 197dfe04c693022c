//! Work on many items that a few threads share.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// So many threads share a scan, at most: more of them only wait for the memory.
const MOST: usize = 4;

/// How many threads are worth while here.
pub(super) fn lanes() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST)
}

/// Does `work` for each item, on one thread for each lane, and returns the results in the order of the items.
pub(super) fn share<L: Send, I: Sync, T: Send>(
    lanes: &mut [L],
    items: &[I],
    work: impl Fn(&mut L, &I) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let run = |lane: &mut L| {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return done };
            done.push((number, work(lane, item)));
        }
    };
    let Some((first, others)) = lanes.split_first_mut() else { return Vec::new() };
    let mut done = thread::scope(|scope| {
        let others = others.iter_mut().take(items.len().saturating_sub(1));
        // Where no more threads are to be had, there are fewer.
        let threads =
            others.map(|lane| thread::Builder::new().name("scan".to_owned()).spawn_scoped(scope, || run(lane)));
        let threads: Vec<_> = threads.collect();
        let mut done = run(first);
        for thread in threads.into_iter().flatten() {
            match thread.join() {
                Ok(of_thread) => done.extend(of_thread),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items_whoever_did_them() {
        let items: Vec<u64> = (0..1000).collect();
        let mut lanes = [0_u64; 3];
        let squares = share(&mut lanes, &items, |done, item| {
            *done += 1;
            item * item
        });
        assert!(squares.iter().zip(&items).all(|(square, item)| *square == item * item));
        assert_eq!((squares.len(), lanes.iter().sum::<u64>()), (1000, 1000));
        assert!(share(&mut lanes, &[] as &[u64], |_, item| *item).is_empty());
    }
}
