//! People at the same time: two who change tasks all the time, as from two dashboards (S1), and one who asks for runs.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{ScopedJoinHandle, sleep};
use std::time::Duration;

use tempo::domain::RunId;

use super::chance::Chance;
use super::house::House;
use super::jobs::{JOBS, Job, RESTLESS, slug};

/// More than so many do not wait at once.
const QUEUE: usize = 30;

/// What was acknowledged to them.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// The runs that they asked for.
    pub(crate) runs: BTreeSet<RunId>,
    /// How often a run was asked for in vain.
    pub(crate) runs_refused: usize,
    /// The last number that each wrote down, and those that were refused after it.
    pub(crate) notes: Vec<(String, Vec<u64>)>,
}

/// The threads.
pub(crate) struct Writers<'scope> {
    changing: Vec<ScopedJoinHandle<'scope, (String, Vec<u64>)>>,
    asking: ScopedJoinHandle<'scope, Acknowledged>,
}

impl<'scope> Writers<'scope> {
    /// Lets them begin. They go on until `stop` is set.
    pub(crate) fn start<'env>(
        scope: &'scope std::thread::Scope<'scope, 'env>,
        house: &'env House,
        mut chance: Chance,
        stop: &'env AtomicBool,
    ) -> Self {
        let changing = ["note-1", "note-2"].map(|note| {
            let mut chance = chance.split();
            scope.spawn(move || change(house, note, &mut chance, stop))
        });
        Self { changing: changing.into(), asking: scope.spawn(move || ask(house, &mut chance, stop)) }
    }

    /// What they have done, once they were told to stop.
    pub(crate) fn join(self) -> Acknowledged {
        let mut all = self.asking.join().unwrap();
        all.notes.extend(self.changing.into_iter().map(|thread| thread.join().unwrap()));
        assert!(all.notes.iter().all(|(_, numbers)| numbers[0] > 5), "the writers did only this: {:?}", all.notes);
        all
    }
}

/// Pauses and resumes a task, and writes ever higher numbers down.
fn change(house: &House, note: &str, chance: &mut Chance, stop: &AtomicBool) -> (String, Vec<u64>) {
    let mut numbers = vec![0];
    for number in 1.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let assign = format!("assignee={number}");
        let verbs: [&[&str]; 4] =
            [&["pause", RESTLESS], &["list", "--json"], &["resume", RESTLESS], &["set", note, &assign]];
        let mut done = false;
        for verb in verbs {
            let output = house.attempt(verb);
            done = output.is_some();
            if let Some(output) = output {
                let message = String::from_utf8_lossy(&output.stderr);
                assert!(message.is_empty(), "{verb:?}: {message}");
            }
            sleep(Duration::from_millis(chance.below(150)));
        }
        if done {
            numbers.clear();
        }
        numbers.push(number);
    }
    (note.to_owned(), numbers)
}

/// Asks for runs of the jobs by their weights, and now and then of the example.
fn ask(house: &House, chance: &mut Chance, stop: &AtomicBool) -> Acknowledged {
    let mut all = Acknowledged::default();
    let weighted = |job: &'static Job| std::iter::repeat_n(slug(job), job.weight as usize);
    let jobs: Vec<String> = JOBS.iter().flat_map(weighted).collect();
    let example = house.runnable();
    while !stop.load(Ordering::Relaxed) {
        let slug = if chance.once_in(25) { chance.one_of(&example) } else { chance.one_of(&jobs) };
        match house.queue(slug) {
            Some(run) => assert!(all.runs.insert(run), "run {run} was promised twice"),
            None => all.runs_refused += 1,
        }
        while house.queued() > QUEUE && !stop.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(100));
        }
        sleep(Duration::from_millis(50 + chance.below(200)));
    }
    all
}
