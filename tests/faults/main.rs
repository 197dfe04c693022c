//! Runs that cannot be lost: the real binary runs the days of a home server and every kind of awkward job while its processes
//! are killed, its disk is full or slow and its engines take over from each other, and afterwards store, files and the jobs' own
//! notes have to agree on what happened.
//!
//! `TEMPO_FAULTS_RUNS` and `TEMPO_FAULTS` say how many runs and faults there are at least, `TEMPO_FAULTS_SEED` repeats what an
//! earlier test drew.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod chance;
mod deeds;
#[path = "../disk/control.rs"]
mod disk;
mod engines;
mod fault;
mod house;
mod jobs;
mod outputs;
mod processes;
mod proof;
mod villain;
mod writers;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chance::Chance;
use fault::Fault;
use house::{House, until};
use jiff::Timestamp;
use proof::Proof;
use villain::Villain;
use writers::Writers;

/// Runs of the short test.
const RUNS: usize = 300;

/// Faults of the short test: each kind twice.
const FAULTS: usize = 2 * Fault::ALL.len();

/// A line about what was done so far comes after so many faults.
const PROGRESS: usize = 25;

#[test]
fn r8_r4_r6_r11_t3_o1_o2_s1_s2_whatever_is_killed_full_or_slow_nothing_is_lost_and_nothing_is_done_twice() {
    let runs = number("TEMPO_FAULTS_RUNS").unwrap_or(RUNS as u64) as usize;
    let faults = number("TEMPO_FAULTS").unwrap_or(FAULTS as u64) as usize;
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64;
    let seed = Seed(number("TEMPO_FAULTS_SEED").unwrap_or_else(clock));
    say(&format!("seed {}: {runs} runs, {faults} faults", seed.0));
    let mut chance = Chance::new(seed.0);
    let house = House::new();
    let started = Instant::now();

    let stop = AtomicBool::new(false);
    let mut done = BTreeMap::<Fault, usize>::new();
    let (mut villain, acknowledged) = std::thread::scope(|scope| {
        // Without this the threads would go on for ever after a failure, and so would the test.
        let _stop = StopAtEnd(&stop);
        let mut villain = Villain::new(&house, chance.split());
        let writers = Writers::start(scope, &house, chance.split(), &stop);
        for round in 0..faults {
            match round % 4 {
                0 => drop(house.queue(jobs::TIDY)),
                2 => house.stop_if_waiting(jobs::TIDY),
                _ => {}
            }
            until("enough runs", || {
                villain.tend();
                (house.runs() >= runs * round / faults).then_some(())
            });
            std::thread::sleep(Duration::from_millis(chance.below(500)));
            *done.entry(villain.strike()).or_default() += 1;
            if (round + 1) % PROGRESS == 0 {
                say(&format!("{} runs, {} faults, {} s", house.runs(), round + 1, started.elapsed().as_secs()));
            }
        }
        until("the last runs", || {
            villain.tend();
            (house.runs() >= runs).then_some(())
        });
        stop.store(true, Ordering::Relaxed);
        (villain, writers.join())
    });

    // Something comes due while nobody is there, and a person changes their mind.
    villain.speed_up();
    let engine = villain.engines.holder();
    villain.engines.end_all_but(engine);
    // What has ended by now is known to the engine before it is killed.
    let known = Timestamp::now();
    std::thread::sleep(Duration::from_secs(3));
    villain.engines.kill(engine);
    std::thread::sleep(Duration::from_millis(1200));
    house.pause_everything();
    let engine = villain.engines.holder();
    house.settle();
    processes::idle_ones_hold_nothing_of_a_run(&house);
    villain.engines.end(engine);

    let proof = Proof::gather(&house, &villain.deeds);
    proof.every_slot_is_decided_once(&[jobs::RESTLESS]);
    proof.every_attempt_is_executed_once_and_ends_as_it_meant_to();
    proof.every_end_is_followed_once(known);
    proof.every_output_is_what_was_printed();
    proof.what_was_acknowledged_is_there(&acknowledged);
    proof.the_database_is_sound();
    proof.nobody_is_left_behind();
    proof.it_was_worth_it();
    say(&proof.summary());
    let done = done.iter().map(|(fault, times)| format!("{fault} {times}"));
    say(&format!("faults: {}", done.collect::<Vec<_>>().join(", ")));
    say(&format!("{} writes found no room; {} syncs", house.disk.refused(), house.disk.syncs()));
    say(&format!("{} s; nothing was lost", started.elapsed().as_secs()));
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|number| number.parse().unwrap())
}

#[expect(clippy::print_stderr, reason = "how far the long test is")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// A failed test says how it was seeded.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&format!("to repeat it: TEMPO_FAULTS_SEED={}", self.0));
        }
    }
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
