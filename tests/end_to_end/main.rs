//! The spine loses nothing: the real binary runs a day of a home server in half a minute while its processes are killed at
//! random moments, and afterwards store, files and the jobs' own notes have to agree on what happened.
//!
//! `TEMPO_E2E_SEED` repeats the moments of an earlier test, whose seed a failure prints; `TEMPO_E2E_KILLS` says how many.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod chance;
mod house;
mod jobs;
mod proof;
mod writers;

use std::time::Duration;

use chance::Chance;
use house::{Daemon, House, until};
use tempo::domain::run::{Outcome, RunState};
use writers::Writers;

/// How often the engine is killed.
const KILLS: u64 = 20;

#[test]
fn r8_t3_o1_s1_an_engine_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice() {
    let mut chance = Chance::new();
    let house = House::new(&["tick", "fail", "term", "slow", "pair", "bytes", "mute", "hang", "stubborn"]);
    let kills = std::env::var("TEMPO_E2E_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut by_hand = house.runnable();
    chance.shuffle(&mut by_hand);
    let mut by_hand = by_hand.iter().cycle();

    let mut daemon = Daemon::start(&house);
    let writers = Writers::start(&house);
    for moment in 0..kills {
        // Every third engine is not even given the time to adopt what it finds.
        let life = if moment % 3 == 0 { chance.below(60) } else { 200 + chance.below(1200) };
        std::thread::sleep(Duration::from_millis(life));
        house.queue(by_hand.next().unwrap());
        if chance.below(2) == 0 {
            house.queue("index-the-archive");
        }
        match moment % 4 {
            0 => house.queue("tidy"),
            2 => house.stop_if_waiting("tidy"),
            _ => {}
        }
        daemon.kill();
        daemon = Daemon::start(&house);
    }
    // On a busy machine less has happened by now than is worth looking at.
    until("enough runs", || (house.runs() as u64 > 5 * kills).then_some(()));
    writers.stop();

    // Something comes due while nobody is there, and a person changes their mind.
    daemon.kill();
    std::thread::sleep(Duration::from_millis(1200));
    house.pause_everything();
    let daemon = Daemon::start(&house);
    house.settle();
    daemon.end();

    let proof = proof::Proof::gather(&house);
    proof.every_slot_is_decided_once(&["restless"]);
    proof.every_run_is_executed_once_and_ends_as_it_meant_to(|_| None);
    proof.every_output_is_what_was_printed();
    proof.the_database_is_sound();
    proof.nobody_is_left_behind();
    proof.it_was_worth_it(kills);
}

#[test]
fn r8_a_killed_supervisor_costs_its_run_and_a_killed_spawner_costs_nothing() {
    let house = House::new(&["tick", "fail", "pair", "hang", "mute"]);
    let daemon = Daemon::start(&house);
    house.queue("tidy");
    let victim = until("a run to kill", || house.waiting("tidy"));
    house::kill(house.supervisor_of(victim.id));
    let lost = until("the lost run", || house.run(victim.id).filter(|run| run.state == RunState::Finished));
    assert_eq!(lost.outcome, Some(Outcome::Lost), "{lost:?}");
    assert_eq!(lost.reason.as_deref(), Some("its supervisor was killed"));

    // It is blocked by nothing: the next run of the same task starts, and goes on when its spawner dies.
    house.queue("tidy");
    let survivor = until("the next run", || house.waiting("tidy").filter(|run| run.id != victim.id));
    house::kill(house::parent_of(house.supervisor_of(survivor.id)));
    house.queue("index-the-archive");
    until("work of a new spawner", || house.latest("index-the-archive").filter(|run| run.state == RunState::Finished));
    house.stop_if_waiting("tidy");
    until("the survivor's end", || house.run(survivor.id).filter(|run| run.state == RunState::Finished));

    house.pause_everything();
    house.settle();
    daemon.end();
    let proof = proof::Proof::gather(&house);
    proof.every_slot_is_decided_once(&[]);
    proof.every_run_is_executed_once_and_ends_as_it_meant_to(|run| (run.id == victim.id).then_some(Outcome::Lost));
    proof.every_output_is_what_was_printed();
    proof.the_database_is_sound();
    proof.nobody_is_left_behind();
}
