//! Who does it, and how.

use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::Signal;
use tempo::lock::Role;

use super::chance::Chance;
use super::deeds::Deeds;
use super::engines::{Engines, signal};
use super::fault::Fault;
use super::house::{House, Supervised, until};
use super::{jobs, processes};

/// Who does it.
pub(crate) struct Villain<'a> {
    house: &'a House,
    pub(crate) engines: Engines<'a>,
    chance: Chance,
    pub(crate) deeds: Deeds,
    /// All faults once, in any order, and again.
    deck: Vec<Fault>,
    /// Until then the disk is slow.
    slow_until: Option<Instant>,
}

impl<'a> Villain<'a> {
    pub(crate) fn new(house: &'a House, chance: Chance) -> Self {
        let engines = Engines::start(house);
        Self { house, engines, chance, deeds: Deeds::default(), deck: Vec::new(), slow_until: None }
    }

    /// Does the next thing. What it was.
    pub(crate) fn strike(&mut self) -> Fault {
        if self.deck.is_empty() {
            self.deck = Fault::ALL.to_vec();
            self.chance.shuffle(&mut self.deck);
        }
        let fault = self.deck.pop().unwrap();
        self.house.log(&fault.to_string());
        match fault {
            Fault::KilledEngine => self.kill_engine(),
            Fault::KilledEngines => (0..3).for_each(|_| self.kill_engine_soon(60)),
            Fault::KilledDashboard => self.kill_dashboard(),
            Fault::HungUpDashboard => self.hang_up(),
            Fault::TornWrite => self.tear(),
            Fault::EndedEngine => self.end_engine(),
            Fault::Takeover => self.take_over(),
            Fault::StoppedEngine => self.stop_engine(),
            Fault::KilledSupervisor => self.kill_supervisor(),
            Fault::KilledSpawner => drop(self.kill_spawner()),
            Fault::KilledBoth => self.kill_both(),
            Fault::PausedRun => self.pause_run(),
            Fault::FullDisk => self.fill_disk(),
            Fault::SlowDisk => self.slow_disk(),
        }
        self.tend();
        fault
    }

    /// What has to be looked after between the faults.
    pub(crate) fn tend(&mut self) {
        self.engines.tend();
        if self.slow_until.is_some_and(|until| until <= Instant::now()) {
            self.speed_up();
        }
    }

    /// Ends what lasts.
    pub(crate) fn speed_up(&mut self) {
        self.slow_until = None;
        self.house.disk.delay_syncs(0);
    }

    /// Up to so many milliseconds.
    fn wait(&mut self, milliseconds: u64) {
        sleep(Duration::from_millis(self.chance.below(milliseconds)));
    }

    fn kill_engine(&mut self) {
        let engine = self.engines.holder();
        self.engines.kill(engine);
        if self.chance.once_in(3) {
            self.wait(1500);
        }
    }

    fn kill_engine_soon(&mut self, milliseconds: u64) {
        let engine = self.engines.holder();
        self.wait(milliseconds);
        self.engines.kill(engine);
    }

    /// A dashboard that is the engine.
    fn dashboard(&mut self) -> i32 {
        let dashboard = self.engines.add_dashboard();
        self.wait(300);
        self.engines.end_all_but(dashboard);
        assert_eq!(self.engines.holder(), dashboard);
        self.wait(700);
        dashboard
    }

    fn kill_dashboard(&mut self) {
        let dashboard = self.dashboard();
        self.engines.kill(dashboard);
    }

    fn hang_up(&mut self) {
        let dashboard = self.dashboard();
        until("the dashboard to listen", || processes::hears(dashboard, Signal::HUP).then_some(()));
        signal(dashboard, Signal::HUP);
        until("the dashboard to go on as a daemon", || {
            self.engines.tend();
            (self.engines.role() == Some(Role::Daemon)).then_some(())
        });
        assert_eq!(self.engines.holder(), dashboard);
    }

    fn tear(&mut self) {
        self.engines.holder();
        self.house.set_trouble(true);
        let ending = *self.chance.one_of(TORN);
        let nth = 1 + self.chance.below(if ending.starts_with('/') { 5 } else { 40 });
        self.house.log(&format!("it is write {nth} to a file that ends with {ending}"));
        self.house.disk.tear(ending, nth.cast_signed());
        let deadline = Instant::now() + Duration::from_secs(3);
        while self.house.disk.is_armed() && Instant::now() < deadline {
            self.engines.tend();
            sleep(Duration::from_millis(5));
        }
        if !self.house.disk.is_armed() && ending.starts_with('/') {
            self.deeds.unknown_victims += 1;
        }
        self.house.disk.tear("", 0);
        // Who is being killed still looks alive.
        sleep(Duration::from_millis(300));
        self.out_of_trouble();
    }

    fn end_engine(&mut self) {
        let engine = self.engines.holder();
        self.engines.end(engine);
    }

    fn take_over(&mut self) {
        let engine = self.engines.holder();
        let waiting = [self.engines.add_daemon(), self.engines.add_daemon()];
        self.wait(300);
        self.engines.kill(engine);
        let next = self.engines.holder();
        assert!(waiting.contains(&next), "{next} took over, not one of {waiting:?}");
        self.wait(700);
        self.engines.kill(next);
        let last = self.engines.holder();
        assert!(waiting.contains(&last) && last != next, "{last} took over, not the other of {waiting:?}");
    }

    fn stop_engine(&mut self) {
        let engine = self.engines.holder();
        signal(engine, Signal::STOP);
        sleep(Duration::from_secs(1));
        signal(engine, Signal::CONT);
    }

    /// An attempt of our own jobs that has a supervisor; those of the example have work that is not to be left half done.
    fn victim(&mut self, fits: impl Fn(i32) -> bool) -> Supervised {
        let chance = &mut self.chance;
        until("a run to kill", || {
            self.engines.tend();
            let mut all = self.house.supervised();
            all.retain(|one| jobs::slugs().any(|slug| slug == one.slug) && fits(one.pid));
            chance.shuffle(&mut all);
            all.pop()
        })
    }

    fn kill_supervisor(&mut self) {
        let victim = self.victim(|_| true);
        self.murder(&victim);
    }

    /// Its run loses its supervisor, and nobody of it stays.
    fn murder(&mut self, victim: &Supervised) {
        self.house.log(&format!("its victim is {victim:?}"));
        let run = victim.attempt.0;
        self.deeds.victims.insert(victim.attempt);
        signal(victim.pid, Signal::KILL);
        until(&format!("the end of what run {run} left behind"), || {
            let left = processes::of_run(self.house.folder(), run);
            // What was killed before it had begun is begun again, and there may be another attempt.
            let again = self.house.supervised().iter().any(|one| one.attempt.0 == run && one.pid != victim.pid);
            (left.is_empty() || again).then_some(())
        });
    }

    /// Kills the spawner of a run, which is the answer.
    fn kill_spawner(&mut self) -> Supervised {
        let victim = self.victim(|supervisor| spawner_of(supervisor).is_some());
        if let Some(spawner) = spawner_of(victim.pid) {
            signal(spawner, Signal::KILL);
        }
        victim
    }

    fn kill_both(&mut self) {
        let victim = self.kill_spawner();
        self.wait(100);
        self.murder(&victim);
    }

    fn pause_run(&mut self) {
        let run = self.victim(|_| true).attempt.0;
        self.house.pause_run("pause", run);
        self.wait(800);
        if self.chance.once_in(2) {
            self.kill_engine();
        }
        self.house.pause_run("resume", run);
    }

    fn fill_disk(&mut self) {
        let (home, runs) = (self.house.home(), self.house.paths().runs());
        let from = Timestamp::now();
        let room = self.chance.below(3000).cast_signed();
        self.house.set_trouble(true);
        let which = self.chance.below(3);
        match which {
            // The first place that fits counts.
            0 => self.house.disk.fill(0, &runs, i64::MAX / 2),
            1 => self.house.disk.fill(0, &runs, room),
            _ => {}
        }
        if which != 1 {
            self.house.disk.fill(1, &home, room);
        }
        sleep(Duration::from_millis(300 + self.chance.below(1500)));
        if self.chance.once_in(3) {
            // No holder is waited for: a new engine may find no room to start.
            self.engines.tend();
            self.engines.kill_any();
            self.wait(500);
        }
        self.house.disk.empty(1);
        self.house.disk.empty(0);
        self.out_of_trouble();
        if which != 0 {
            self.deeds.full.push((from, Timestamp::now()));
        }
    }

    /// What was under way in the trouble has failed or succeeded when an engine is there again.
    fn out_of_trouble(&mut self) {
        self.engines.holder();
        self.house.set_trouble(false);
    }

    fn slow_disk(&mut self) {
        self.house.disk.delay_syncs(30);
        self.slow_until = Some(Instant::now() + Duration::from_millis(1000 + self.chance.below(3000)));
    }
}

/// Files that are torn: those of the database by the engine or a person's process, those of a run by its supervisor.
const TORN: &[&str] = &["-wal", "-wal", "tempo.db", "/output", "/output.idx", "/exit.json.new"];

/// The spawner that a supervisor has, if that one still lives.
fn spawner_of(supervisor: i32) -> Option<i32> {
    processes::parent_of(supervisor).filter(|pid| processes::name_of(*pid) == "tempo-spawner")
}
