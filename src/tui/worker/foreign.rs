//! What else schedules jobs on this machine: read and looked up for the import layer, counted for the first run, made tasks.

use jiff::Timestamp;

use super::super::model::import::{Offer, Offered, Source};
use super::super::msg::{Done, Found};
use super::World;
use crate::domain::change::By;
use crate::foreign::crontab::found;
use crate::foreign::systemd::folders;
use crate::foreign::{Here, Plan, machine};
use crate::store::changes::Step;
use crate::store::incoming::{self, Incoming, Place};
use crate::store::{Reader, Result, StoreError};
use crate::supervise::boot_id;

/// What would become of the jobs of a source; the text says why it cannot be read.
pub(super) fn offer(reader: &Reader, world: &World, source: Source) -> Result<std::result::Result<Offer, String>> {
    let here = here(world);
    let plan = match plan(source, &here) {
        Ok(plan) => plan,
        Err(e) => return Ok(Err(e)),
    };
    let tasks: Vec<Incoming> =
        plan.jobs.iter().map(|job| Incoming { definition: job.definition.clone(), wishes: job.wishes() }).collect();
    let places = incoming::places(&tasks, Some(&**reader))?;
    let common: Vec<String> = plan.common().into_iter().cloned().collect();
    let jobs = plan.jobs.iter().zip(tasks).zip(places).map(|((job, task), place)| Offered {
        task,
        place,
        origin: job.place.clone(),
        when: job.schedules.iter().map(|timed| timed.sentence(here.now, &here.zone, &here.zone_name)).collect(),
        notes: job.notes.iter().filter(|note| !common.contains(note)).cloned().collect(),
    });
    Ok(Ok(Offer {
        jobs: jobs.collect(),
        refused: plan.refused.iter().map(|r| (r.place.clone(), r.text.clone(), r.why.clone())).collect(),
        notes: common.iter().chain(&plan.notes).cloned().collect(),
        off: plan.switch_off(),
    }))
}

/// How many jobs each source has that could be imported.
pub(super) fn count(world: &World) -> Found {
    let here = here(world);
    let jobs = |source| plan(source, &here).map_or(0, |plan| plan.jobs.len());
    Found { crontab: jobs(Source::Crontab), timers: jobs(Source::Timers) }
}

/// Makes those that are new tasks, in one step.
pub(super) fn create(world: &World, tasks: Vec<Incoming>, now: Timestamp) -> Result<Done> {
    let boot =
        boot_id().map_err(|e| StoreError::Refused(format!("cannot tell which boot of the machine this is: {e}")))?;
    let places =
        world.store.write(move |db| incoming::create(db, &mut Step::new(By::Dashboard, now), &tasks, &boot, now))?;
    Ok(Done::Imported(places.iter().filter(|place| matches!(place, Place::Created(_))).count()))
}

fn here(world: &World) -> Here {
    machine::here(Timestamp::now(), world.zone.clone(), world.zone_name.clone())
}

fn plan(source: Source, here: &Here) -> std::result::Result<Plan, String> {
    match source {
        Source::Crontab => Ok(found::plan(found::OWN, &found::own()?, None, found::OWN_OFF, here)),
        Source::Timers => Ok(folders::enabled(here)),
    }
}
