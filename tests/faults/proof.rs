//! What store, run folders and the jobs' own notes say after it is over, and that they agree.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;

use jiff::Timestamp;
use tempo::domain::RunId;
use tempo::domain::run::{Attempt, Outcome, Run, RunState, Trigger};
use tempo::domain::schedule::{Decision, Schedule, Slot};
use tempo::domain::when::When;
use tempo::domain::zone;
use tempo::store::{From, attempts, runs, schedules, slots, tasks};
use tempo::supervise::{Evidence, inspect};

use super::deeds::Deeds;
use super::house::{ALL, AttemptId, House, is_about_the_disk, until};
use super::writers::Acknowledged;
use super::{jobs, outputs, processes};

/// Everything that was written down.
pub(crate) struct Proof<'a> {
    house: &'a House,
    deeds: &'a Deeds,
    runs: BTreeMap<RunId, Run>,
    attempts: BTreeMap<RunId, Vec<Attempt>>,
    schedules: Vec<(String, Schedule, Vec<Slot>)>,
    /// Bytes of output that were compared.
    compared: Cell<u64>,
    /// Lost attempts of which nobody knows when their supervisors were killed.
    unknown_victims: Cell<usize>,
}

impl<'a> Proof<'a> {
    pub(crate) fn gather(house: &'a House, deeds: &'a Deeds) -> Self {
        let db = house.store.reader().unwrap();
        let runs = runs::page(&db, None, &From::Start, ALL).unwrap();
        let mut all = Vec::new();
        for row in tasks::page(&db, &From::Start, ALL).unwrap() {
            let of_task = slots::of_task(&db, row.id, ALL).unwrap();
            for schedule in schedules::of_task(&db, row.id).unwrap() {
                let mut slots: Vec<Slot> =
                    of_task.iter().filter(|slot| slot.schedule == schedule.id).cloned().collect();
                slots.reverse();
                all.push((row.slug.clone(), schedule, slots));
            }
        }
        let attempts = runs.iter().map(|run| (run.id, attempts::of_run(&db, run.id).unwrap())).collect();
        let runs = runs.into_iter().map(|run| (run.id, run)).collect();
        Self { house, deeds, runs, attempts, schedules: all, compared: Cell::new(0), unknown_victims: Cell::new(0) }
    }

    /// T3: from a schedule's first slot to its watermark there is a row for each, and a run for each that was to run. The tasks
    /// that rested now and then may have holes, but no slot that the rule does not know.
    pub(crate) fn every_slot_is_decided_once(&self, rested: &[&str]) {
        let mut named = HashSet::new();
        for (slug, schedule, slots) in &self.schedules {
            let decided: Vec<_> = slots.iter().map(|slot| slot.due_at).collect();
            if schedule.rule.when == When::Startup {
                assert_eq!(decided.len(), 1, "{slug} at startup");
            } else {
                let zone = zone::zone(&schedule.zone).unwrap();
                let mut due = Vec::new();
                let mut next = schedule.next_after(schedule.anchor, &zone);
                while let Some(slot) = next.filter(|slot| slot.at <= schedule.watermark) {
                    due.push(slot.at);
                    next = schedule.next_after(slot.at, &zone);
                }
                if rested.contains(&slug.as_str()) {
                    let due: BTreeSet<_> = due.into_iter().collect();
                    assert!(decided.is_sorted_by(|a, b| a < b), "{slug}: {decided:?}");
                    assert!(decided.iter().all(|slot| due.contains(slot)), "{slug}: {decided:?}");
                } else {
                    assert_eq!(decided, due, "{slug}, {}: decided and due", schedule.rule);
                }
            }
            for slot in slots {
                match (slot.decision, slot.run) {
                    (Decision::Run, Some(run)) => {
                        let run = &self.runs[&run];
                        assert_eq!(run.slot, Some((schedule.id, slot.due_at)), "{slug}: {run:?}");
                        assert!(matches!(run.trigger, Trigger::Schedule | Trigger::Startup), "{slug}: {run:?}");
                        assert!(named.insert(run.id), "{slug}: run {} has two slots", run.id);
                    }
                    (Decision::Skipped | Decision::Missed, None) => {
                        assert!(slot.reason.as_ref().is_some_and(|reason| !reason.is_empty()), "{slug}: {slot:?}");
                    }
                    _ => panic!("{slug}: {slot:?}"),
                }
            }
        }
        for run in self.runs.values() {
            assert_eq!(run.slot.is_some(), named.contains(&run.id), "a slot for each planned run: {run:?}");
        }
    }

    /// R1, R6, R8: what was executed is what has an attempt, once; each attempt ends as its folder proves and the job meant, and its
    /// run with the last one. Only those are lost whose supervisors were killed.
    pub(crate) fn every_attempt_is_executed_once_and_ends_as_it_meant_to(&self) {
        let executed = self.executed();
        let mut known = BTreeSet::new();
        for run in self.runs.values() {
            assert_eq!(run.state, RunState::Finished, "{run:?}");
            let attempts = &self.attempts[&run.id];
            for (attempt, number) in attempts.iter().zip(1..) {
                assert_eq!(attempt.number, number, "{run:?}: {attempts:?}");
                known.insert((run.id, number));
                self.has_a_true_end(run, attempt, executed.contains(&(run.id, number)));
            }
            let without = if run.came_after.is_some() { Outcome::Skipped } else { Outcome::Cancelled };
            let last = attempts.last().map_or(without, |attempt| attempt.outcome);
            assert_eq!(run.outcome, Some(last), "{run:?}: {attempts:?}");
            if attempts.is_empty() {
                let reason = run.reason.as_deref().unwrap();
                // One that waited for room on the disk goes when its task is paused.
                let gave_up = reason == "the task was paused before Tempo got to it" && self.deeds.met_a_full_disk(run);
                let replaced = reason.starts_with("replaced by the slot of");
                assert!(run.came_after.is_some() || replaced || gave_up, "{run:?}");
            }
        }
        let unknown: Vec<_> = executed.difference(&known).map(|id| (id, self.runs.get(&id.0))).collect();
        assert!(unknown.is_empty(), "they were executed and never started: {unknown:?}");

        for entry in fs::read_dir(self.house.paths().runs()).unwrap() {
            let id = RunId(entry.unwrap().file_name().to_str().unwrap().parse().unwrap());
            assert!(self.runs.contains_key(&id), "the folder of an unknown run {id}");
        }
    }

    /// R11: each run of a task has one after it of the task that runs after it, at least until `rest`, when that one was paused.
    pub(crate) fn every_end_is_followed_once(&self, rest: Timestamp) {
        let (follow, before) = jobs::FOLLOW;
        let mut followed = BTreeSet::new();
        for run in self.runs.values().filter(|run| run.slug == follow) {
            let came_after = run.came_after.as_deref().unwrap();
            assert!(followed.insert(came_after), "there is another one as {run:?}");
        }
        let ended = self.runs.values().filter(|run| run.slug == before && !self.attempts[&run.id].is_empty());
        for run in ended.filter(|run| run.finished_at.is_some_and(|ended| ended < rest)) {
            assert!(followed.remove(format!("#{} of {before}", run.id).as_str()), "nothing follows {run:?}");
        }
    }

    /// The attempts in the ledger.
    fn executed(&self) -> BTreeSet<AttemptId> {
        let ledger = fs::read_to_string(self.house.ledger()).unwrap();
        let mut executed = BTreeSet::new();
        for line in ledger.lines() {
            let (run, attempt) = line.split_once(' ').unwrap();
            let run = RunId(run.parse().unwrap());
            let once = executed.insert((run, attempt.parse().unwrap()));
            assert!(once, "attempt {attempt} was executed twice: {:?}", self.runs.get(&run));
        }
        executed
    }

    fn has_a_true_end(&self, run: &Run, attempt: &Attempt, executed: bool) {
        let evidence = inspect(&self.house.run_folder(run.id), attempt.number).unwrap();
        let reason = attempt.reason.as_deref().unwrap_or_default();
        let says = format!("{run:?}: {attempt:?}, its folder says {evidence:?}, executed: {executed}");
        match attempt.outcome {
            // It may have been killed between the record of its start and the first instruction of the job.
            Outcome::Lost => {
                assert!(matches!(evidence, Evidence::Lost { rebooted: false }), "{says}");
                if !self.deeds.victims.contains(&(run.id, attempt.number)) {
                    self.unknown_victims.set(self.unknown_victims.get() + 1);
                    let killed = self.unknown_victims.get() <= self.deeds.unknown_victims;
                    assert!(killed, "nobody killed its supervisor: {says}");
                }
                assert!(reason.starts_with("its supervisor was killed"), "{says}");
            }
            Outcome::CouldNotStart => {
                assert!(!executed && self.deeds.met_a_full_disk(run) && is_about_the_disk(reason), "{says}");
            }
            outcome => {
                assert!(executed, "{says}");
                assert!(matches!(evidence, Evidence::Ended(record) if record.outcome() == outcome), "{says}");
                let meant = self.meant(run, attempt.number);
                assert!(meant.contains(&outcome), "meant {meant:?}: {says}");
            }
        }
    }

    /// How a job meant to end: by its note, or as the example's file says.
    fn meant(&self, run: &Run, attempt: u32) -> Vec<Outcome> {
        let note = self.house.path("example/intended").join(format!("{}.{attempt}", run.id));
        if let Ok(note) = fs::read_to_string(&note) {
            let outcome = |words: &str| match words.split_once(' ').unwrap_or((words, "0")) {
                ("exit", "0") => Outcome::Succeeded,
                ("exit", code) => Outcome::Failed(code.parse().unwrap()),
                ("signal", signal) => Outcome::Signaled(signal.parse().unwrap()),
                ("timed_out", _) => Outcome::TimedOut,
                ("over_memory", _) => Outcome::OverMemory,
                ("cancelled", _) => Outcome::Cancelled,
                _ => panic!("{run:?} noted `{words}`"),
            };
            return note.split(" or ").map(outcome).collect();
        }
        vec![match run.slug.as_str() {
            "wait-for-the-tape" | "stubborn-export" => Outcome::TimedOut,
            "fetch-the-feed" if outputs::kept(self.house, run).ends_with(b"the feed did not answer\n") => {
                Outcome::Failed(7)
            }
            slug if jobs::slugs().any(|job| job == slug) => panic!("without a note of its end: {run:?}"),
            _ => Outcome::Succeeded,
        }]
    }

    /// O1, O2: byte by byte.
    pub(crate) fn every_output_is_what_was_printed(&self) {
        for run in self.runs.values() {
            let compared = outputs::compare(self.house, self.deeds, run, &self.attempts[&run.id]);
            self.compared.set(self.compared.get() + compared);
        }
        let newest = |run: &&Run| run.slug == "flood" && run.outcome == Some(Outcome::Succeeded);
        if let Some(flood) = self.runs.values().rfind(newest) {
            let shown = self.house.command(&["output", &flood.id.to_string()]).output().unwrap().stdout;
            assert!(shown == outputs::kept(self.house, flood), "the command line shows another flood");
        }
    }

    /// S1: what a verb said to have done is done.
    pub(crate) fn what_was_acknowledged_is_there(&self, acknowledged: &Acknowledged) {
        for id in &acknowledged.runs {
            assert!(self.runs.get(id).is_some_and(|run| run.trigger == Trigger::Manual), "run {id} has vanished");
        }
        let by_hand = self.runs.values().filter(|run| run.trigger == Trigger::Manual && run.slug != jobs::TIDY);
        let unasked = by_hand.count() - acknowledged.runs.len();
        assert!(unasked <= acknowledged.runs_refused, "{unasked} runs that nobody asked for");
        let db = self.house.store.reader().unwrap();
        for (slug, numbers) in &acknowledged.notes {
            let assignee = tasks::find(&db, slug).unwrap().definition.assignee;
            let number = assignee.map_or(0, |number| number.parse().unwrap());
            // One that was refused, by a process that was killed after its commit, may be there all the same.
            assert!(numbers.contains(&number), "{slug}: {number} instead of {numbers:?}");
        }
    }

    /// S1.
    pub(crate) fn the_database_is_sound(&self) {
        let findings = self.house.tempo(&["doctor", "--json"]);
        let of_database = findings.lines().find(|line| line.contains("\"check\":\"database\"")).unwrap();
        assert!(of_database.contains("\"verdict\":\"ok\"") && of_database.contains("sound"), "{of_database}");
        // The doctor's check is the quick one; here the indexes are compared with their tables, too.
        let db = rusqlite::Connection::open(self.house.store.path()).unwrap();
        let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
        let said = fs::read_to_string(self.house.path("daemon.err")).unwrap();
        let expected = |line: &&str| line.ends_with("this one takes over when it ends") || is_about_the_disk(line);
        let complaints: Vec<_> = said.lines().filter(|line| !expected(line)).collect();
        assert!(complaints.is_empty(), "what the daemons had to complain about: {}", complaints.join("\n"));
        for log in fs::read_dir(self.house.paths().logs()).unwrap() {
            let log = fs::read_to_string(log.unwrap().path()).unwrap();
            let errors = log.lines().filter(|line| line.contains("ERROR") && !is_about_the_disk(line));
            let errors: Vec<_> = errors.collect();
            assert!(errors.is_empty(), "{}", errors.join("\n"));
        }
    }

    /// No supervisor, spawner or job is left.
    pub(crate) fn nobody_is_left_behind(&self) {
        let mut left = Vec::new();
        until("the end of every process", || {
            let all = processes::of_house(self.house.folder());
            left = all.into_iter().map(processes::described).collect();
            left.is_empty().then_some(())
        });
    }

    /// That the test had something to lose: runs of every kind, and some that really were lost.
    pub(crate) fn it_was_worth_it(&self) {
        let outcomes = self.outcomes();
        for word in ["succeeded", "failed", "signaled", "timed_out", "cancelled", "lost"] {
            assert!(outcomes.contains_key(word), "no run has {word}");
        }
        let decisions: HashSet<&str> =
            self.schedules.iter().flat_map(|(.., slots)| slots).map(|slot| slot.decision.word()).collect();
        assert_eq!(decisions.len(), Decision::ALL.len(), "only {decisions:?}");
    }

    fn outcomes(&self) -> BTreeMap<&'static str, usize> {
        let mut outcomes = BTreeMap::new();
        for outcome in self.runs.values().filter_map(|run| run.outcome) {
            *outcomes.entry(outcome.word()).or_default() += 1;
        }
        outcomes
    }

    /// What was looked at.
    pub(crate) fn summary(&self) -> String {
        let outcomes = self.outcomes().into_iter().map(|(word, runs)| format!("{word} {runs}"));
        format!(
            "{} runs: {}; {} slots; {} bytes of output compared",
            self.runs.len(),
            outcomes.collect::<Vec<_>>().join(", "),
            self.schedules.iter().map(|(.., slots)| slots.len()).sum::<usize>(),
            self.compared.get()
        )
    }
}
