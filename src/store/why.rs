//! The past of a task, slot by slot and rest by rest, and how it stands now: what `why?` is answered from.

use std::cmp::Reverse;

use rusqlite::params;

use super::column::micros;
use super::{Db, From, Result, dependencies, drain, environments, pauses, runs, schedules, slots, tasks, upstreams};
use crate::domain::why::{Entry, Key, NO_SCHEDULE, Standing};
use crate::domain::{RunId, ScheduleId, TaskId};

/// Runs of which what is usual is reckoned.
const DURATIONS: usize = 50;

/// Unfinished runs of a task that are read; of `queue-all` there can be a hundred.
const UNFINISHED: usize = crate::domain::task::MOST_QUEUED + 1;

/// A page of the past, the newest first. `After` means older. Each schedule's slots and the rests are read along their keys and
/// merged, so that a task with a million slots costs as little as a new one.
pub fn page(db: &Db, task: TaskId, from: &From<Key>, limit: usize) -> Result<Vec<Entry>> {
    let backwards = matches!(from, From::End | From::Before(_));
    let direction = if backwards { "ASC" } else { "DESC" };
    let mut of_slots = db.prepare_cached(&format!(
        "SELECT * FROM slots WHERE schedule_id = ?1 AND due_at BETWEEN ?2 AND ?3 ORDER BY due_at {direction} LIMIT ?4"
    ))?;
    let mut of_pauses = db.prepare_cached(&format!(
        "SELECT * FROM pauses WHERE task_id = ?1 AND paused_at BETWEEN ?2 AND ?3 ORDER BY paused_at {direction} LIMIT ?4"
    ))?;
    let mut entries = Vec::new();
    for schedule in schedules::of_task(db, task)? {
        let (least, most) = bounds(from, schedule.id);
        let rows = of_slots.query_map(params![schedule.id.0, least, most, limit as i64], slots::read)?;
        for slot in rows {
            entries.push(Entry::Slot(slot?, None));
        }
    }
    let (least, most) = bounds(from, NO_SCHEDULE);
    for pause in of_pauses.query_map(params![task.0, least, most, limit as i64], pauses::read)? {
        entries.push(Entry::Pause(pause?));
    }
    if backwards {
        entries.sort_by_key(Entry::key);
        entries.truncate(limit);
        entries.reverse();
    } else {
        entries.sort_by_key(|entry| Reverse(entry.key()));
        entries.truncate(limit);
    }
    for entry in &mut entries {
        if let Entry::Slot(slot, run) = entry
            && let Some(id) = slot.run
        {
            *run = Some(Box::new(runs::get(db, id)?));
        }
    }
    Ok(entries)
}

/// The least and the greatest instant of one source that lie on the wanted side of a key.
fn bounds(from: &From<Key>, source: ScheduleId) -> (i64, i64) {
    match *from {
        From::Start | From::End => (i64::MIN, i64::MAX),
        From::After((at, id)) => (i64::MIN, micros(at) - i64::from(source >= id)),
        From::At((at, id)) => (i64::MIN, micros(at) - i64::from(source > id)),
        From::Before((at, id)) => (micros(at) + i64::from(source <= id), i64::MAX),
    }
}

/// How a task stands now.
pub fn standing(db: &Db, task: TaskId) -> Result<Standing> {
    let task = tasks::get(db, task)?;
    let pause = if task.definition.paused { pauses::newest(db, task.id, None)? } else { None };
    let unfinished: Vec<RunId> = runs::unfinished(db, task.id)?.into_iter().map(|(run, _)| run).collect();
    // The live ones and the first to come matter, of however many that wait.
    let unfinished =
        if unfinished.len() > UNFINISHED { unfinished[unfinished.len() - UNFINISHED..].to_vec() } else { unfinished };
    let live = runs::live(db)?;
    let in_group = |group: &String| -> Result<(String, Vec<(RunId, String)>)> {
        let of_group = live.iter().filter(|run| run.groups.contains(group));
        let named = of_group.map(|run| Ok((run.run, runs::get(db, run.run)?.slug))).collect::<Result<_>>()?;
        Ok((group.clone(), named))
    };
    let groups = task.definition.execution.groups.iter().map(in_group).collect::<Result<_>>()?;
    Ok(Standing {
        environment: environments::get(db, task.id)?,
        pause,
        schedules: schedules::of_task(db, task.id)?,
        upstreams: upstreams::of_task(db, task.id)?,
        waits: if task.blocked > 0 { dependencies::waits(db, task.id)? } else { None },
        blocks: dependencies::waiting_for(db, task.id)?,
        newest_after: runs::newest_after(db, task.id)?,
        unfinished: unfinished.into_iter().map(|run| runs::get(db, run)).collect::<Result<_>>()?,
        live: live.len(),
        groups,
        draining: drain::since(db)?,
        durations: runs::durations(db, task.id, DURATIONS)?,
        task,
    })
}
