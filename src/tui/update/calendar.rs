//! The calendar: moved in by days, weeks and months, opened for the list of a day, and left for a task.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Query};
use super::super::model::Model;
use super::super::model::calendar::{Calendar, DayList};
use super::super::model::layer::Layer;
use super::super::msg::Month;
use super::{ask, navigate};
use crate::tui::model::duties::Entry;
use jiff::civil::Date;

/// Opens it at today.
pub(super) fn open(model: &mut Model) {
    let today = model.now.at.to_zoned(model.zone.clone()).date();
    model.layers.push(Layer::Calendar(Box::new(Calendar::at(today))));
    model.stale.calendar = true;
}

fn current(model: &mut Model) -> Option<&mut Calendar> {
    model.layers.iter_mut().rev().find_map(|layer| match layer {
        Layer::Calendar(calendar) => Some(&mut **calendar),
        _ => None,
    })
}

/// Asks for the month and the day that are shown, when they are other ones or may have changed.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    let stale = model.stale.calendar;
    let Some(calendar) = current(model) else { return };
    let (first, day) = (calendar.first(), calendar.day);
    let turned = calendar.asked != Some(first);
    calendar.asked = Some(first);
    let listed = calendar.list.as_ref().is_some_and(|list| stale || list.rows.is_none());
    model.stale.calendar = false;
    if stale || turned {
        ask(model, effects, Query::Month(first));
    }
    if listed && !model.awaited.contains_key(&super::super::effect::Kind::Day) {
        ask(model, effects, Query::Day(day));
    }
}

/// Takes a month.
pub(super) fn take(model: &mut Model, first: Date, days: Month) {
    if let Some(calendar) = current(model).filter(|calendar| calendar.first() == first) {
        calendar.found = Some((first, days));
    }
}

/// Takes the list of a day.
pub(super) fn take_day(model: &mut Model, day: Date, rows: Vec<Entry>) {
    let Some(calendar) = current(model).filter(|calendar| calendar.day == day) else { return };
    if let Some(list) = &mut calendar.list {
        list.cursor = list.cursor.min(rows.len().saturating_sub(1));
        list.rows = Some(rows);
    }
}

pub(super) fn key(model: &mut Model, name: &str) {
    let action = model.keymap.find(Scope::Calendar, name).map(|row| row.action);
    let today = model.now.at.to_zoned(model.zone.clone()).date();
    let Some(calendar) = current(model) else { return };
    if let Some(list) = &mut calendar.list {
        let rows = list.rows.as_deref().unwrap_or_default();
        let last = rows.len().saturating_sub(1);
        match action {
            Some(Action::Cancel) => calendar.list = None,
            Some(Action::Down) => list.cursor = (list.cursor + 1).min(last),
            Some(Action::Up) => list.cursor = list.cursor.saturating_sub(1),
            Some(Action::Accept) => {
                let chosen = rows.get(list.cursor).map(Entry::task).map(|(task, slug)| (task, slug.to_owned()));
                if let Some((task, slug)) = chosen {
                    model.layers.retain(|layer| !matches!(layer, Layer::Calendar(_)));
                    navigate::jump(model, task, slug, None);
                }
            }
            // To the list of another day.
            Some(Action::Earlier | Action::Later) => {
                calendar.go(if action == Some(Action::Later) { 1 } else { -1 });
                calendar.list = Some(DayList::default());
            }
            _ => {}
        }
        return;
    }
    match action {
        Some(Action::Cancel) => drop(model.layers.pop()),
        Some(Action::Earlier) => calendar.go(-1),
        Some(Action::Later) => calendar.go(1),
        Some(Action::Up) => calendar.go(-7),
        Some(Action::Down) => calendar.go(7),
        Some(Action::Month(on)) => calendar.turn(if on { 1 } else { -1 }),
        Some(Action::Now) => calendar.day = today,
        Some(Action::Accept) => calendar.list = Some(DayList::default()),
        _ => {}
    }
}
