//! The agenda from the store: a page of to-dos, and among them what runs by itself today.

use jiff::Timestamp;

use super::super::model::duties::Entry;
use super::super::model::window::{Around, Item, Page};
use super::{World, agenda, queries};
use crate::store::{Reader, Result, duties};

/// Slots of today that are looked at: of more, the next ones.
const SLOTS: usize = 60;

/// A page of it.
pub(super) fn page(
    reader: &Reader,
    world: &World,
    around: Around<(i64, String)>,
    now: Timestamp,
) -> Result<Page<Entry>> {
    let page = queries::page(around, |from, limit| duties::page(reader, &from, limit))?;
    let Page { rows, at_start, at_end } = page;
    let mut rows: Vec<Entry> = rows.into_iter().map(Entry::Todo).collect();
    let (first, last) = (rows.first().map(Item::key), rows.last().map(Item::key));
    let tomorrow = now.to_zoned(world.zone.clone()).tomorrow().and_then(|day| day.start_of_day());
    let until = tomorrow.map_or(now, |tomorrow| tomorrow.timestamp());
    let slots = agenda::rows(reader, SLOTS, now)?.into_iter().filter(|row| row.aside.is_none() && row.at < until);
    let slots =
        slots.map(|row| Entry::Run { schedule: row.schedule.id, task: row.schedule.task, slug: row.slug, at: row.at });
    // Those before or behind what is loaded come with their page.
    let belongs = |slot: &Entry| {
        (at_start || first.as_ref().is_some_and(|first| *first <= slot.key()))
            && (at_end || last.as_ref().is_some_and(|last| slot.key() <= *last))
    };
    rows.extend(slots.filter(belongs));
    rows.sort_by_key(Item::key);
    Ok(Page { rows, at_start, at_end })
}
