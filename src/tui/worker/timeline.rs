//! What was and what will be of the tasks in the timeline.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::model::timeline::{Cell, Plan, Span};
use super::World;
use crate::domain::schedule::Schedule;
use crate::domain::timeline::{Planned, collisions, minute, planned};
use crate::domain::{ScheduleId, TaskId};
use crate::store::{Reader, Result, history, schedules, tasks};

/// Schedules of one task that are looked at.
const SCHEDULES: usize = 50;

/// The cells of these tasks. What is planned is asked of the code that fires it (T8); collisions are those among these tasks.
pub(super) fn rows(
    reader: &Reader,
    world: &World,
    span: &Span,
    tasks: &[TaskId],
    now: Timestamp,
) -> Result<BTreeMap<TaskId, Vec<Cell>>> {
    let mut rows = BTreeMap::new();
    let mut plans = Vec::new();
    for task in tasks {
        let mut schedules = schedules::of_task(reader, *task)?;
        schedules.truncate(SCHEDULES);
        let ids: Vec<ScheduleId> = schedules.iter().map(|schedule| schedule.id).collect();
        let past = history::past(reader, *task, &ids, span, now)?;
        rows.insert(*task, past.into_iter().map(|past| Cell { past, plan: None }).collect::<Vec<_>>());
        // A zone that is not known any more fires nothing.
        let zoned = |schedule: Schedule| schedules::zone_of(&schedule).ok().map(|zone| (schedule, zone));
        let schedules: Vec<(Schedule, TimeZone)> = schedules.into_iter().filter_map(zoned).collect();
        plans.push(Planned { starts: planned(&schedules, span, now), groups: tasks::groups(reader, *task)? });
    }
    for ((task, planned), collide) in tasks.iter().zip(&plans).zip(collisions(&plans, &world.limits)) {
        let Some(cells) = rows.get_mut(task) else { continue };
        for start in &planned.starts {
            let Some(cell) = span.cell_of(start.at).and_then(|cell| cells.get_mut(cell)) else { continue };
            let plan = cell.plan.get_or_insert(Plan { start: *start, collides: false });
            plan.collides |= collide.contains(&minute(start.at));
        }
    }
    Ok(rows)
}
