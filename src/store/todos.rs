//! The status of to-dos: what a person does with them, and what that means to what waits for them (A3).

use super::changes::Step;
use super::{Db, Result, dependencies, tasks};
use crate::domain::TaskId;
use crate::domain::dependency::Effect;
use crate::domain::task::{Definition, Status, Task, Work};

/// What became of the wish to give a to-do another status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It has it now, or had it already.
    Turned(Box<Turned>),
    /// That is done by the machine: it has no status.
    OfMachine(Box<Task>),
    /// It waits for others, as `paint to be done`: only by force.
    Waits(Box<Task>, String),
}

/// A to-do that has the status that was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// As it is now.
    pub task: Task,
    /// Its status before.
    pub from: Status,
    /// What it means to others.
    pub effect: Effect,
}

/// The progress of what is done.
const DONE: u8 = 100;

/// Gives a to-do another status. One that waits for others is begun and completed by force only; whoever gives it up or lays it down
/// needs none. What is completed is done to 100 percent, and what is opened again is not.
pub fn turn(db: &Db, step: &mut Step, task: TaskId, to: Status, force: bool) -> Result<Turn> {
    let task = tasks::get(db, task)?;
    let definition = Definition { work: Work::Todo(to), ..task.definition.clone() };
    turn_into(db, step, task, definition, force)
}

/// The same, with whatever else is different in the definition that it is to have.
pub fn turn_into(db: &Db, step: &mut Step, task: Task, mut definition: Definition, force: bool) -> Result<Turn> {
    let (&Work::Todo(from), &Work::Todo(to)) = (&task.definition.work, &definition.work) else {
        return Ok(Turn::OfMachine(Box::new(task)));
    };
    if from == to {
        return Ok(Turn::Turned(Box::new(Turned { task, from, effect: Effect::default() })));
    }
    if !force
        && matches!(to, Status::InProgress | Status::Completed)
        && let Some(waits) = dependencies::waits(db, task.id)?
    {
        return Ok(Turn::Waits(Box::new(task), waits));
    }
    definition.progress = match (from, to) {
        (_, Status::Completed) => DONE,
        (Status::Completed, _) if definition.progress == DONE => 0,
        _ => definition.progress,
    };
    let (task, effect) = dependencies::watched(db, task.id, || step.define(db, task.id, &definition, &[]))?;
    Ok(Turn::Turned(Box::new(Turned { task, from, effect })))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::change::By;
    use crate::domain::dependency;
    use crate::store::{Store, changes};

    #[test]
    fn a3_a_to_do_that_waits_is_begun_and_completed_by_force_only_and_what_is_done_is_done_to_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now = Timestamp::now();
        store
            .write(move |db| {
                let mut step = Step::new(By::Cli, now);
                let paint = Definition { progress: 30, ..Definition::new("paint", Work::Todo(Status::Open)) };
                let paint = step.add(db, &paint, &[])?.id;
                let depends_on = dependency::parse("paint").unwrap();
                let wall = Definition { depends_on, ..Definition::new("wall", Work::Todo(Status::Open)) };
                let wall = step.add(db, &wall, &[])?.id;
                let machine = step.add(db, &Definition::new("m", Work::Command("true".to_owned())), &[])?.id;
                let turned = |task, to, force| turn(db, &mut Step::new(By::Cli, now), task, to, force);
                let waits =
                    |to| matches!(turned(wall, to, false).unwrap(), Turn::Waits(_, text) if text == "paint to be done");
                assert!(waits(Status::InProgress) && waits(Status::Completed));
                assert!(matches!(turned(machine, Status::Completed, true)?, Turn::OfMachine(_)));
                let at = |task| tasks::get(db, task).map(|task| (task.definition.work, task.definition.progress));
                assert!(matches!(turned(wall, Status::InProgress, true)?, Turn::Turned(_)));
                assert!(matches!(turned(wall, Status::Open, false)?, Turn::Turned(_)), "laying it down needs no force");
                let Turn::Turned(done) = turned(paint, Status::Completed, false)? else {
                    panic!("it waits for nothing")
                };
                assert_eq!((done.from, done.effect.unblocks), (Status::Open, vec!["wall".to_owned()]));
                assert_eq!(at(paint)?, (Work::Todo(Status::Completed), 100));
                let Turn::Turned(again) = turned(paint, Status::Completed, false)? else { panic!("it is done") };
                assert_eq!((again.from, again.effect), (Status::Completed, Effect::default()));
                changes::undo(db, now)?;
                assert_eq!(at(paint)?, (Work::Todo(Status::Open), 30), "what was there before comes back");
                turned(paint, Status::Completed, false)?;
                turned(paint, Status::InProgress, false)?;
                assert_eq!(at(paint)?, (Work::Todo(Status::InProgress), 0));
                Ok(())
            })
            .unwrap();
    }
}
