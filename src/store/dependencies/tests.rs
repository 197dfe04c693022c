//! What blocks what, against a model that looks at everything anew.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::{clear, dependents, of_task, waits, watched};
use crate::domain::change::By;
use crate::domain::dependency::{self, Effect};
use crate::domain::run::{Outcome, RunState, Trigger};
use crate::domain::task::{Definition, Status, Work};
use crate::domain::{RunId, TaskId};
use crate::store::changes::{self, Step};
use crate::store::{Db, From, Result, Store, StoreError, runs, tasks, trash};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    (folder, store)
}

fn todo(name: &str, depends_on: &str) -> Definition {
    let depends_on = dependency::parse(depends_on).unwrap();
    Definition { depends_on, ..Definition::new(name, Work::Todo(Status::Open)) }
}

fn command(name: &str, depends_on: &str) -> Definition {
    Definition { work: Work::Command("true".to_owned()), ..todo(name, depends_on) }
}

fn add(db: &Db, definition: &Definition) -> Result<TaskId> {
    Ok(Step::new(By::Cli, at(0)).add(db, definition, &[])?.id)
}

fn become_(db: &Db, task: TaskId, status: Status, second: i64) -> Result<Effect> {
    let mut definition = tasks::get(db, task)?.definition;
    definition.work = Work::Todo(status);
    let change = || Step::new(By::Cli, at(second)).define(db, task, &definition, &[]);
    Ok(watched(db, task, change)?.1)
}

fn succeed(db: &Db, task: TaskId, second: i64) -> Result<RunId> {
    let run = runs::queue(db, task, Trigger::Manual, None, &[], at(second))?;
    runs::finish(db, run, Outcome::Succeeded, None, None, at(second))?;
    Ok(run)
}

fn blocked(db: &Db, task: TaskId) -> u32 {
    tasks::get(db, task).unwrap().blocked
}

fn queue(db: &Db) -> Vec<RunId> {
    let mut all = Vec::new();
    runs::waiting(db, |waiting| {
        all.push(waiting.run);
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    all
}

#[test]
fn a3_completing_the_last_blocker_unblocks_and_says_so_and_an_undo_blocks_again() {
    let (_folder, store) = store();
    store
        .write(|db| {
            let (paint, tape) = (add(db, &todo("paint", ""))?, add(db, &todo("tape", ""))?);
            let before = Timestamp::now();
            let wall = add(db, &todo("wall", "tape; paint"))?;
            // It is a clock of milliseconds.
            let since = tasks::get(db, wall)?.blocked_since.unwrap();
            assert!(since.as_millisecond() >= before.as_millisecond() && since <= Timestamp::now(), "{since}");
            assert_eq!(waits(db, wall)?.unwrap(), "paint to be done and tape to be done");
            assert_eq!((become_(db, paint, Status::Completed, 1)?, blocked(db, wall)), (Effect::default(), 1));
            let effect = become_(db, tape, Status::Completed, 2)?;
            assert_eq!((effect.sentence().unwrap(), blocked(db, wall)), ("unblocks wall".to_owned(), 0));
            assert_eq!((waits(db, wall)?, tasks::get(db, wall)?.blocked_since), (None, None));
            changes::undo(db, at(3))?;
            assert_eq!(blocked(db, wall), 1);
            changes::redo(db, at(4))?;
            assert_eq!(become_(db, tape, Status::Open, 5)?.sentence().unwrap(), "blocks wall");
            // One that is over waits for nothing.
            become_(db, wall, Status::Completed, 6)?;
            assert_eq!(blocked(db, wall), 0);
            assert_eq!(become_(db, tape, Status::Completed, 7)?, Effect::default());
            Ok(())
        })
        .unwrap();
}

#[test]
fn a3_what_is_given_up_or_deleted_holds_up_no_person_and_a_machine_all_the_same() {
    let (_folder, store) = store();
    store
        .write(|db| {
            let approve = add(db, &todo("approve", ""))?;
            let (tell, deploy) = (add(db, &todo("tell", "approve"))?, add(db, &command("deploy", "approve"))?);
            let effect = become_(db, approve, Status::Cancelled, 1)?;
            assert_eq!(effect.sentence().unwrap(), "unblocks tell; blocks deploy");
            assert_eq!(waits(db, deploy)?.unwrap(), "approve to be done (it is cancelled)");
            become_(db, approve, Status::Open, 2)?;
            assert_eq!((blocked(db, tell), super::bereaved(db, approve)?), (1, vec!["deploy".to_owned()]));
            let mut step = Step::new(By::Cli, at(3));
            let deleted = step.delete(db, approve)?;
            assert_eq!(deleted.effect.sentence().unwrap(), "unblocks tell; blocks deploy");
            assert_eq!((blocked(db, tell), blocked(db, deploy)), (0, 1));
            assert_eq!(waits(db, deploy)?.unwrap(), "approve to be done (it is in the trash)");
            // It stays in the trash as long as somebody waits for it, and can stay what is waited for.
            assert_eq!(trash::empty(db, at(40 * 24 * 3600))?, None);
            let mut definition = tasks::get(db, deploy)?.definition;
            definition.category = "releases".to_owned();
            tasks::set(db, deploy, &definition, at(4))?;
            let e = add(db, &command("report", "approve")).unwrap_err().to_string();
            assert!(e.contains("approve is in the trash; `tempo undo --task approve`"), "{e}");
            changes::undo(db, at(5))?;
            assert_eq!((blocked(db, tell), blocked(db, deploy)), (1, 1));
            become_(db, approve, Status::Completed, 6)?;
            tasks::delete(db, approve, at(7))?;
            assert_eq!((blocked(db, tell), blocked(db, deploy)), (0, 0), "what was done is done");
            Ok(())
        })
        .unwrap();
}

#[test]
fn a3_a_dependency_on_a_machine_task_is_met_by_a_success_since_the_to_do_was_added_or_the_last_run_began() {
    let (_folder, store) = store();
    store
        .write(|db| {
            let backup = add(db, &command("backup", ""))?;
            succeed(db, backup, -1)?;
            let (check, report) = (add(db, &todo("check", "backup"))?, add(db, &command("report", "backup"))?);
            let both = || (blocked(db, check), blocked(db, report));
            assert_eq!((both(), waits(db, check)?.unwrap()), ((1, 1), "backup to succeed".to_owned()));
            let run = runs::queue(db, backup, Trigger::Manual, None, &[], at(1))?;
            runs::finish(db, run, Outcome::Failed(1), None, None, at(2))?;
            assert_eq!(both(), (1, 1));
            succeed(db, backup, 3)?;
            assert_eq!(both(), (0, 0));
            let run = runs::queue(db, report, Trigger::Manual, None, &[], at(4))?;
            assert!(clear(db, run, report, at(4))?);
            assert_eq!(both(), (0, 1), "the next run of report needs another backup");
            let next = runs::queue(db, report, Trigger::Manual, None, &[], at(5))?;
            assert_eq!(
                (queue(db), clear(db, next, report, at(5))?),
                (vec![run], false),
                "what was admitted waits no more"
            );
            succeed(db, backup, 6)?;
            assert_eq!(queue(db), [run, next]);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a3_a_run_of_what_is_blocked_waits_says_for_what_and_in_a_to_do_each_time_needs_a_new_done() {
    let (_folder, store) = store();
    store
        .write(|db| {
            let approve = add(db, &todo("approve", ""))?;
            let deploy = add(db, &command("deploy", "approve:each"))?;
            let first = runs::queue(db, deploy, Trigger::Manual, None, &[], at(1))?;
            let second = runs::queue(db, deploy, Trigger::Manual, None, &[], at(1))?;
            assert_eq!((queue(db), clear(db, first, deploy, at(1))?), (vec![], false));
            let said = runs::get(db, first)?.reason;
            assert_eq!(said.as_deref(), Some("waits for approve to be done"));
            assert_eq!(
                tasks::page(db, &From::At("deploy".to_owned()), 1)?[0].waits.as_deref(),
                Some("approve to be done")
            );
            let effect = become_(db, approve, Status::Completed, 2)?;
            assert_eq!((effect.sentence().unwrap(), queue(db)), ("unblocks deploy".to_owned(), vec![first, second]));
            assert!(clear(db, first, deploy, at(3))?);
            let open = tasks::get(db, approve)?;
            assert_eq!((open.definition.work, open.done_at), (Work::Todo(Status::Open), None));
            assert!(!clear(db, second, deploy, at(3))?, "one done is for one run");
            let notes = crate::store::notes::of_task(db, approve)?;
            assert_eq!(notes[0].text, format!("let run #{first} of deploy go, and is open again"));
            assert_eq!((queue(db), runs::get(db, first)?.reason), (vec![first], None));
            runs::starting(db, first, "boot")?;
            runs::requeue(db, first, 1, at(4))?;
            assert_eq!(runs::get(db, first)?.state, RunState::Queued);
            assert!(clear(db, first, deploy, at(5))?, "one that found no room was approved already");
            Ok(())
        })
        .unwrap();
}

#[test]
fn a2_a3_a_run_that_needs_a_new_done_of_what_comes_again_waits_for_the_one_that_is_open() {
    let (_folder, store) = store();
    store
        .write(|db| {
            let recur =
                crate::domain::recur::Recur::parse("every week from=2027-01-15T08:00", &jiff::tz::TimeZone::UTC, at(0));
            let approve = Definition { recur: Some(recur.unwrap()), due_at: Some(at(0)), ..todo("approve", "") };
            let approve = add(db, &approve)?;
            let deploy = add(db, &command("deploy", "approve:each"))?;
            let wall = add(db, &todo("wall", "approve"))?;
            let first = runs::queue(db, deploy, Trigger::Manual, None, &[], at(1))?;
            let second = runs::queue(db, deploy, Trigger::Manual, None, &[], at(1))?;
            become_(db, approve, Status::Completed, 2)?;
            assert!(clear(db, first, deploy, at(3))?);
            let done = tasks::get(db, approve)?;
            assert_eq!((done.slug.as_str(), done.definition.work), ("approve-1", Work::Todo(Status::Completed)));
            let waits_for: Vec<String> = of_task(db, deploy)?.iter().map(|link| link.dependency.to_string()).collect();
            assert_eq!(waits_for, ["approve:each"]);
            assert!(!clear(db, second, deploy, at(3))?, "one done is for one run");
            assert_eq!(blocked(db, wall), 0, "what waited for the one that is done has it");
            let next = tasks::find(db, "approve")?.id;
            become_(db, next, Status::Completed, 4)?;
            assert!(clear(db, second, deploy, at(5))?);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a3_x1_unknown_names_and_circles_are_refused_with_what_would_be_right() {
    let (_folder, store) = store();
    let refusal = |definition: Definition, slug: Option<&'static str>| {
        let tried = store.write(move |db| match slug {
            Some(slug) => tasks::set(db, tasks::find(db, slug)?.id, &definition, at(1)).map(drop),
            None => add(db, &definition).map(drop),
        });
        match tried {
            Err(StoreError::Refused(text)) => text,
            other => panic!("{other:?}"),
        }
    };
    store
        .write(|db| {
            add(db, &todo("approve", ""))?;
            add(db, &command("backup", "approve"))?;
            let mut mirror = command("mirror", "");
            mirror.execution.after = crate::domain::after::parse("backup").unwrap();
            add(db, &mirror)?;
            add(db, &todo("check", "mirror"))?;
            Ok(())
        })
        .unwrap();
    for (definition, slug, words) in [
        (todo("x", "aprove"), None, "there is no task `aprove`; did you mean approve?"),
        (todo("approve", "check"), Some("approve"), "circle: approve -> backup -> mirror -> check -> approve"),
        (todo("check", "mirror; check"), Some("check"), "check cannot wait for itself"),
        (todo("x", "approve:each"), None, "a to-do waits for approve once"),
        (command("x", "backup:each"), None, "has to succeed before each run anyway"),
    ] {
        let said = refusal(definition, slug);
        assert!(said.starts_with("depends-on: ") && said.contains(words), "{said}");
    }
    // A task that runs after another one which waits for it would do neither.
    let mut backup = command("backup", "mirror");
    backup.execution.after = Vec::new();
    let said = refusal(backup, Some("backup"));
    assert!(said.contains("circle: backup -> mirror -> backup"), "{said}");
    let mut approving = command("approve", "");
    approving.execution.after = crate::domain::after::parse("mirror").unwrap();
    let said = refusal(approving, Some("approve"));
    assert!(said.starts_with("after: ") && said.contains("circle: approve -> backup -> mirror -> approve"), "{said}");
}

#[test]
fn a3_dependencies_are_in_the_journal_under_the_slugs_that_they_had() {
    let (_folder, store) = store();
    store
        .write(|db| {
            add(db, &todo("a", ""))?;
            add(db, &todo("b", ""))?;
            let task = add(db, &todo("c", "a"))?;
            let mut definition = tasks::get(db, task)?.definition;
            definition.depends_on = dependency::parse("b").unwrap();
            Step::new(By::Cli, at(1)).define(db, task, &definition, &[])?;
            let applied = changes::undo(db, at(2))?.unwrap();
            assert_eq!(crate::domain::change::Title(&applied.changes).to_string(), "set c depends-on");
            let links: Vec<_> =
                of_task(db, task)?.into_iter().map(|link| (link.dependency.to_string(), link.met)).collect();
            assert_eq!(links, [("a".to_owned(), false)]);
            Ok(())
        })
        .unwrap();
}

/// Something that happens to one of the tasks `t0` to `t5`, of which the even ones are to-dos.
#[derive(Debug, Clone)]
enum Deed {
    DependsOn(usize, Vec<usize>),
    Status(usize, Status),
    Succeed(usize),
    Fail(usize),
    Admit(usize),
    Delete(usize),
    Undo,
    Redo,
}

fn deed() -> impl Strategy<Value = Deed> {
    let status = prop_oneof![
        Just(Status::Open),
        Just(Status::InProgress),
        Just(Status::Completed),
        Just(Status::Completed),
        Just(Status::Cancelled)
    ];
    prop_oneof![
        3 => (0..6_usize, prop::collection::vec(0..6_usize, 0..3)).prop_map(|(task, on)| Deed::DependsOn(task, on)),
        3 => (0..3_usize, status).prop_map(|(task, status)| Deed::Status(2 * task, status)),
        2 => (0..3_usize).prop_map(|task| Deed::Succeed(2 * task + 1)),
        1 => (0..3_usize).prop_map(|task| Deed::Fail(2 * task + 1)),
        2 => (0..3_usize).prop_map(|task| Deed::Admit(2 * task + 1)),
        1 => (0..6_usize).prop_map(Deed::Delete),
        2 => Just(Deed::Undo),
        1 => Just(Deed::Redo),
    ]
}

/// What is known of machine tasks by what was done: the newest success, and the newest beginning.
#[derive(Default)]
struct Known {
    succeeded: BTreeMap<TaskId, i64>,
    began: BTreeMap<TaskId, i64>,
}

impl Known {
    /// Does it, if it can be done.
    fn make(&mut self, db: &Db, ids: &[TaskId], deed: &Deed, second: i64) -> Result<()> {
        let mut step = Step::new(By::Cli, at(second));
        let mut change = |task: TaskId, change: &dyn Fn(&mut Definition)| -> Result<()> {
            let mut definition = tasks::get(db, task)?.definition;
            change(&mut definition);
            if changes::is_deleted(db, task)? { Ok(()) } else { step.define(db, task, &definition, &[]).map(drop) }
        };
        match deed {
            Deed::DependsOn(task, on) => {
                let mut on = on.iter().map(|n| format!("t{n}")).collect::<Vec<_>>();
                on.sort();
                on.dedup();
                let wanted = dependency::parse(&on.join(";")).unwrap();
                change(ids[*task], &|definition| definition.depends_on.clone_from(&wanted))
            }
            Deed::Status(task, status) => change(ids[*task], &|definition| definition.work = Work::Todo(*status)),
            Deed::Succeed(task) => {
                succeed(db, ids[*task], second)?;
                self.succeeded.insert(ids[*task], second);
                Ok(())
            }
            Deed::Fail(task) => {
                let run = runs::queue(db, ids[*task], Trigger::Manual, None, &[], at(second))?;
                runs::finish(db, run, Outcome::Failed(1), None, None, at(second))
            }
            Deed::Admit(task) => {
                let run = runs::queue(db, ids[*task], Trigger::Manual, None, &[], at(second))?;
                if clear(db, run, ids[*task], at(second))? {
                    runs::starting(db, run, "boot")?;
                    runs::running(db, run, 1, at(second))?;
                    runs::finish(db, run, Outcome::Failed(1), None, None, at(second))?;
                    self.began.insert(ids[*task], second);
                } else {
                    runs::request_stop(db, run, false, at(second))?;
                }
                Ok(())
            }
            Deed::Delete(task) => {
                if !changes::is_deleted(db, ids[*task])? {
                    step.delete(db, ids[*task])?;
                }
                Ok(())
            }
            Deed::Undo => changes::undo(db, at(second)).map(drop),
            Deed::Redo => changes::redo(db, at(second)).map(drop),
        }
    }

    /// How many dependencies of a task are not met, from what the tasks say of themselves.
    fn unmet(&self, db: &Db, task: TaskId) -> Result<u32> {
        let definition = tasks::get(db, task)?.definition;
        let is_todo = match definition.work {
            Work::Todo(Status::Completed | Status::Cancelled) => return Ok(0),
            Work::Todo(_) => true,
            _ => false,
        };
        let mut unmet = 0;
        for link in of_task(db, task)? {
            let is_deleted = changes::is_deleted(db, link.on)?;
            let is_met = match tasks::get(db, link.on)?.definition.work {
                Work::Todo(Status::Completed) => true,
                Work::Todo(Status::Cancelled) => is_todo,
                Work::Todo(_) => is_todo && is_deleted,
                _ => {
                    let began = self.began.get(&task).copied().unwrap_or_default();
                    self.succeeded.get(&link.on).is_some_and(|at| *at > began) || (is_todo && is_deleted)
                }
            };
            unmet += u32::from(!is_met);
        }
        Ok(unmet)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a3_the_number_of_what_blocks_a_task_is_always_that_of_its_definition(
        deeds in prop::collection::vec(deed(), 1..40)
    ) {
        let (_folder, store) = store();
        let done = store.write(move |db| {
            let name = |n| if n % 2 == 0 { todo(&format!("t{n}"), "") } else { command(&format!("t{n}"), "") };
            let ids = (0..6).map(|n| add(db, &name(n))).collect::<Result<Vec<_>>>()?;
            let mut known = Known::default();
            for (n, deed) in deeds.iter().enumerate() {
                db.execute_batch("SAVEPOINT deed")?;
                let second = 1 + n as i64;
                match known.make(db, &ids, deed, second) {
                    Ok(()) => db.execute_batch("RELEASE deed")?,
                    Err(_) => db.execute_batch("ROLLBACK TO deed; RELEASE deed")?,
                }
                for id in &ids {
                    let (kept, meant) = (blocked(db, *id), known.unmet(db, *id)?);
                    if kept != meant {
                        let text = format!("{kept} for {meant} of {id} after {:?}", &deeds[..=n]);
                        return Err(StoreError::Refused(text));
                    }
                    let waiting = dependents(db, *id)?.iter().filter(|one| one.waits && !one.blocked).count();
                    assert_eq!(waiting, 0);
                }
            }
            Ok(())
        });
        prop_assert!(done.is_ok(), "{}", done.unwrap_err());
    }
}
