//! What store, run folders and the jobs' own notes say after it is over, and that they agree.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use tempo::domain::RunId;
use tempo::domain::run::{Outcome, Run, RunState, Trigger};
use tempo::domain::schedule::{Decision, Schedule, Slot};
use tempo::domain::when::When;
use tempo::domain::zone;
use tempo::store::{From, runs, schedules, slots, tasks};
use tempo::supervise::{Evidence, inspect};

use super::house::{ALL, House, until};

/// Everything that was written down.
pub(crate) struct Proof<'a> {
    house: &'a House,
    runs: BTreeMap<RunId, Run>,
    schedules: Vec<(String, Schedule, Vec<Slot>)>,
}

impl<'a> Proof<'a> {
    pub(crate) fn gather(house: &'a House) -> Self {
        let db = house.store.reader().unwrap();
        let runs = runs::page(&db, None, &From::Start, ALL).unwrap();
        let mut all = Vec::new();
        for row in tasks::page(&db, "", &From::Start, ALL).unwrap() {
            let of_task = slots::of_task(&db, row.id, ALL).unwrap();
            for schedule in schedules::of_task(&db, row.id).unwrap() {
                let mut slots: Vec<Slot> =
                    of_task.iter().filter(|slot| slot.schedule == schedule.id).cloned().collect();
                slots.reverse();
                all.push((row.slug.clone(), schedule, slots));
            }
        }
        Self { house, runs: runs.into_iter().map(|run| (run.id, run)).collect(), schedules: all }
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

    /// R1, R8: what was executed is what has a run that was started, once; and the run says how it really ended. `otherwise` are
    /// the ends that were not the job's to choose.
    pub(crate) fn every_run_is_executed_once_and_ends_as_it_meant_to(
        &self,
        otherwise: impl Fn(&Run) -> Option<Outcome>,
    ) {
        let ledger = fs::read_to_string(self.house.ledger()).unwrap();
        let mut executed = BTreeSet::new();
        for id in ledger.lines() {
            let id = RunId(id.parse().unwrap());
            assert!(executed.insert(id), "run {id} was executed twice: {:?}", self.runs.get(&id));
        }
        let started: BTreeSet<RunId> =
            self.runs.values().filter(|run| run.started_at.is_some()).map(|run| run.id).collect();
        assert_eq!(executed, started, "the executed runs and those that have a start");
        let mut on_disk = BTreeSet::new();
        for entry in fs::read_dir(self.house.path("runs")).unwrap() {
            let folder = entry.unwrap();
            let id = RunId(folder.file_name().to_str().unwrap().parse().unwrap());
            assert!(self.runs.contains_key(&id), "the folder of an unknown run {id}");
            // A run that had been admitted and never begun may have been replaced by a later slot.
            match inspect(&folder.path(), 1).unwrap() {
                Evidence::NeverStarted => {}
                Evidence::Ended(_) | Evidence::Lost { .. } => drop(on_disk.insert(id)),
                other => panic!("run {id}: {other:?}"),
            }
        }
        assert_eq!(on_disk, started, "the runs on disk and those that have a start");

        for run in self.runs.values() {
            assert_eq!(run.state, RunState::Finished, "{run:?}");
            if run.started_at.is_some() {
                let meant = otherwise(run).unwrap_or_else(|| self.meant(run));
                assert_eq!(run.outcome, Some(meant), "{run:?}");
            } else {
                assert_eq!(run.outcome, Some(Outcome::Cancelled), "{run:?}");
                assert!(run.reason.as_deref().unwrap().starts_with("replaced by the slot of"), "{run:?}");
            }
        }
    }

    /// How a job meant to end: by its note, or as the example's file says.
    fn meant(&self, run: &Run) -> Outcome {
        let note = self.house.path("example/intended").join(run.id.to_string());
        if let Ok(note) = fs::read_to_string(&note) {
            let mut words = note.split(' ');
            let word = words.next().unwrap();
            return match (word, words.next().map(|number| number.parse().unwrap())) {
                ("exit", Some(0)) => Outcome::Succeeded,
                ("exit", Some(code)) => Outcome::Failed(code),
                ("signal", Some(signal)) => Outcome::Signaled(signal),
                ("timed_out", None) => Outcome::TimedOut,
                ("cancelled", None) => Outcome::Cancelled,
                _ => panic!("{run:?} noted `{note}`"),
            };
        }
        match run.slug.as_str() {
            "wait-for-the-tape" | "stubborn-export" => Outcome::TimedOut,
            "fetch-the-feed" if self.printed(run).ends_with(b"the feed did not answer\n") => Outcome::Failed(7),
            _ if super::jobs::slugs().any(|job| job == run.slug) => panic!("without a note of its end: {run:?}"),
            _ => Outcome::Succeeded,
        }
    }

    /// What a job printed, by its own copy.
    fn printed(&self, run: &Run) -> Vec<u8> {
        fs::read(self.house.path("example/printed").join(run.id.to_string())).unwrap_or_default()
    }

    /// O1: byte by byte. Of what was stopped in the middle of printing, either side may have a little more.
    pub(crate) fn every_output_is_what_was_printed(&self) {
        for run in self.runs.values().filter(|run| run.started_at.is_some()) {
            let printed = self.printed(run);
            let kept = fs::read(self.house.run_folder(run.id).join("output")).unwrap_or_default();
            let stopped = matches!(run.outcome, Some(Outcome::TimedOut | Outcome::Cancelled | Outcome::Lost));
            let same = if stopped { printed.starts_with(&kept) || kept.starts_with(&printed) } else { printed == kept };
            assert!(same, "{run:?}: {} bytes were printed, {} kept", printed.len(), kept.len());
            if let Some(usage) = run.usage {
                assert_eq!(usage.output_bytes, kept.len() as u64, "{run:?}");
            }
        }
        let flood = self.latest("index-the-archive");
        let shown = self.house.command(&["output", &flood.id.to_string()]).output().unwrap().stdout;
        assert!(shown == self.printed(flood), "the command line shows another flood");
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
        assert_eq!(said, "", "what the daemons had to complain about");
        for log in fs::read_dir(self.house.path("logs")).unwrap() {
            let log = fs::read_to_string(log.unwrap().path()).unwrap();
            let errors: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
            assert!(errors.is_empty(), "{}", errors.join("\n"));
        }
    }

    /// No supervisor, spawner or job is left. Their environment gives them away.
    pub(crate) fn nobody_is_left_behind(&self) {
        let home = self.house.path("");
        until("the end of every process", || inhabitants(&home).is_empty().then_some(()));
    }

    /// That the test had something to lose: many runs, of every kind, and some that lived through a change of engines.
    pub(crate) fn it_was_worth_it(&self, kills: u64) {
        assert!(self.runs.len() as u64 > 5 * kills, "only {} runs", self.runs.len());
        let outcomes: HashSet<&str> = self.runs.values().filter_map(|run| run.outcome).map(Outcome::word).collect();
        for word in ["succeeded", "failed", "signaled", "timed_out", "cancelled"] {
            assert!(outcomes.contains(word), "no run has {word}");
        }
        let decisions: HashSet<&str> =
            self.schedules.iter().flat_map(|(.., slots)| slots).map(|slot| slot.decision.word()).collect();
        assert_eq!(decisions.len(), Decision::ALL.len(), "only {decisions:?}");
    }

    fn latest(&self, slug: &str) -> &Run {
        self.runs.values().rfind(|run| run.slug == slug).unwrap()
    }
}

/// The processes with this folder in their environment.
fn inhabitants(home: &Path) -> Vec<String> {
    let home = home.to_str().unwrap().trim_end_matches('/').as_bytes();
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let lives_here = |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        environment.windows(home.len()).any(|window| window == home)
    };
    processes.filter(|process| lives_here(process)).map(|process| process.display().to_string()).collect()
}
