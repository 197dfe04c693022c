//! Pages of what a filter found: of few tasks from their sorted places, else along the index of the order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rusqlite::params_from_iter;
use rusqlite::types::Value as Sql;

use super::build::Holds;
use super::finder::{Found, Within};
use super::sql::{Piece, condition};
use crate::domain::TaskId;
use crate::domain::filter::{Bound, Test};
use crate::store::order::{Order, Place};
use crate::store::tasks::{self, TaskRow};
use crate::store::{Db, From, Result};

/// Of so many tasks the places are read and sorted beforehand: more are met soon enough along the index.
pub(super) const SORTED: usize = 8_000;

/// And of so many when a page is asked for.
const SORTED_AT_ONCE: usize = 3_000;

/// After so many tasks one asks whether enough of them fit, so that it is worth to look at more.
const PROBE: usize = 250;

/// When none of so many fits, hardly any does.
const NONE: usize = 1_000;

/// What would take longer to fill a page, as it goes, is read from the indexes.
const WORTH: Duration = Duration::from_millis(35);

/// The places of all that was found, ascending.
#[derive(Debug)]
pub(super) struct Sorted {
    order: Order,
    places: Vec<(Place, i64)>,
}

/// The first value of an order.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Edge {
    Number(i64),
    Text(String),
}

impl std::convert::From<Edge> for Sql {
    fn from(edge: Edge) -> Self {
        match edge {
            Edge::Number(number) => number.into(),
            Edge::Text(text) => text.into(),
        }
    }
}

/// A part of an order: those whose first value is between two, both included; or all of it.
type Span = Option<(Edge, Edge)>;

impl Found {
    /// A page of it.
    pub fn page(&mut self, db: &Db, order: Order, from: &From<Place>, limit: usize) -> Result<Vec<TaskRow>> {
        let ids = self.ids(db, order, from, limit)?;
        rows(db, order, ids)
    }

    /// Who is between two places, both included, or all.
    pub fn names(
        &mut self,
        db: &Db,
        order: Order,
        between: Option<&(Place, Place)>,
        limit: usize,
    ) -> Result<Vec<(TaskId, String)>> {
        let from = between.map_or(From::Start, |(from, _)| From::At(from.clone()));
        let mut names = Vec::new();
        for id in self.ids(db, order, &from, limit)? {
            let Some(place) = tasks::place(db, TaskId(id), order)? else { continue };
            if between.is_some_and(|(_, to)| place > *to) {
                break;
            }
            names.push((TaskId(id), place.slug));
        }
        Ok(names)
    }

    /// The tasks of a page, in their order.
    fn ids(&mut self, db: &Db, order: Order, from: &From<Place>, limit: usize) -> Result<Vec<i64>> {
        if self.is_sorted(order) || self.known_count().is_some_and(|count| count <= SORTED_AT_ONCE) {
            return self.of_few(db, order, from, limit);
        }
        let within = self.within.map_or_else(|| Within::for_order(db, &self.bound, order), Ok)?;
        self.within = within.is_known.then_some(within);
        let spans = spans(order, &self.bound, within);
        let mut ids = Vec::with_capacity(limit);
        let mut holds = if self.exact { None } else { Some(Holds::new(db, &self.bound)?) };
        walk(db, order, spans, from, &Piece::always(), |id, _| {
            if self.set.has(id) && holds.as_mut().map_or(Ok(true), |holds| holds.of(id))? {
                ids.push(id);
            }
            Ok(ids.len() < limit)
        })?;
        if is_backwards(from) {
            ids.reverse();
        }
        Ok(ids)
    }

    pub(super) fn is_sorted(&self, order: Order) -> bool {
        self.sorted.as_ref().is_some_and(|sorted| sorted.order == order)
    }

    /// Reads the places of all of it, which is exact.
    pub(super) fn sort(&mut self, db: &Db, order: Order) -> Result<()> {
        let mut places = Vec::with_capacity(self.set.bits());
        for id in self.set.marked() {
            places.extend(tasks::place(db, TaskId(id), order)?.map(|place| (place, id)));
        }
        places.sort_unstable();
        self.sorted = Some(Sorted { order, places });
        Ok(())
    }

    fn of_few(&mut self, db: &Db, order: Order, from: &From<Place>, limit: usize) -> Result<Vec<i64>> {
        if !self.is_sorted(order) {
            self.sort(db, order)?;
        }
        let all = self.sorted.as_ref().map_or(&[][..], |sorted| &sorted.places);
        let at = |key: &Place| all.partition_point(|(place, _)| place < key);
        let behind = |key: &Place| all.partition_point(|(place, _)| place <= key);
        let (begin, end) = match from {
            From::Start => (0, limit),
            From::End => (all.len().saturating_sub(limit), all.len()),
            From::At(key) => (at(key), at(key) + limit),
            From::After(key) => (behind(key), behind(key) + limit),
            From::Before(key) => (at(key).saturating_sub(limit), at(key)),
        };
        Ok(all[begin.min(all.len())..end.min(all.len())].iter().map(|(_, id)| *id).collect())
    }
}

impl Sorted {
    /// Puts tasks where they are now; those that are not found any more are taken out.
    pub(super) fn put(&mut self, db: &Db, changed: &BTreeMap<i64, bool>) -> Result<()> {
        self.places.retain(|(_, id)| !changed.contains_key(id));
        for (id, _) in changed.iter().filter(|(_, is_in)| **is_in) {
            self.places.extend(tasks::place(db, TaskId(*id), self.order)?.map(|place| (place, *id)));
        }
        // What was in order is taken as it is.
        self.places.sort();
        Ok(())
    }
}

/// The rows of tasks.
pub(super) fn rows(db: &Db, order: Order, ids: Vec<i64>) -> Result<Vec<TaskRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(tasks::row(db, TaskId(id), order)?);
    }
    Ok(rows)
}

/// A page of what many tasks have, by a look at one after the other, for which no index has to be read; `None` when too few have it.
pub(super) fn met(db: &Db, bound: &Bound, order: Order, from: &From<Place>, limit: usize) -> Result<Option<Vec<i64>>> {
    let spans = spans(order, bound, Within::for_order(db, bound, order)?);
    let (mut ids, mut looked, mut is_rare) = (Vec::with_capacity(limit), 0, false);
    let start = Instant::now();
    walk(db, order, spans, from, &condition(bound), |id, fits| {
        looked += 1;
        if fits {
            ids.push(id);
        }
        is_rare = looked % PROBE == 0 && is_too_rare(ids.len(), looked, limit, start.elapsed());
        Ok(ids.len() < limit && !is_rare)
    })?;
    if is_backwards(from) {
        ids.reverse();
    }
    Ok((!is_rare).then_some(ids))
}

/// Whether, of so many that were looked at, too few fit to fill a page in time, even if that was bad luck.
fn is_too_rare(fit: usize, looked: usize, limit: usize, took: Duration) -> bool {
    let at_best = fit as f64 + 2.0 * (fit as f64).sqrt() + 2.0;
    (fit == 0 && looked >= NONE) || took.as_secs_f64() * limit as f64 > WORTH.as_secs_f64() * at_best
}

fn is_backwards(from: &From<Place>) -> bool {
    matches!(from, From::End | From::Before(_))
}

/// Meets the tasks of an order one after the other, each with whether it fits, until no more is wanted.
fn walk(
    db: &Db,
    order: Order,
    mut spans: Vec<Span>,
    from: &From<Place>,
    fits: &Piece,
    mut goes_on: impl FnMut(i64, bool) -> Result<bool>,
) -> Result<()> {
    if is_backwards(from) {
        spans.reverse();
    }
    for span in spans {
        let Some((sql, values)) = along(order, span, from, fits) else { continue };
        let mut query = db.prepare_cached(&sql)?;
        let mut rows = query.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if !goes_on(row.get(0)?, row.get(1)?)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The parts of an order in which there can be any.
fn spans(order: Order, bound: &Bound, within: Within) -> Vec<Span> {
    let numbers = |first: i64, last: i64| Some((Edge::Number(first), Edge::Number(last)));
    let ends = |has: (bool, bool), with: (i64, i64), without: i64| {
        let spans = [(has.0, with), (has.1, (without, without))];
        spans.into_iter().filter(|(has, _)| *has).map(|(_, (first, last))| numbers(first, last)).collect()
    };
    match order {
        Order::Name | Order::Tag => vec![None],
        Order::Category => vec![of_category(bound)],
        Order::State => (0..8).filter(|rank| within.ranks >> rank & 1 == 1).map(|rank| numbers(rank, rank)).collect(),
        Order::Next => ends(within.next, (i64::MIN, i64::MAX - 1), i64::MAX),
        Order::Last => ends(within.last, (i64::MIN, -1), 0),
        Order::Due => ends(within.todo, (i64::MIN, i64::MAX - 1), i64::MAX),
    }
}

/// Among which categories all of it is, when it asks for one.
fn of_category(bound: &Bound) -> Span {
    match bound {
        Bound::All(all) => all.iter().find_map(of_category),
        Bound::Is(Test::Category(Some((name, below)))) => {
            // `0` follows `/`.
            let last = if *below { format!("{name}0") } else { name.clone() };
            Some((Edge::Text(name.clone()), Edge::Text(last)))
        }
        _ => None,
    }
}

/// How the tasks of a span are read along the index of the order; `None` when all of it is on the other side of the key.
fn along(order: Order, span: Span, from: &From<Place>, fits: &Piece) -> Option<(String, Vec<Sql>)> {
    let (sign, key, direction) = match from {
        From::Start => ("", None, "ASC"),
        From::End => ("", None, "DESC"),
        From::After(key) => (">", Some(key), "ASC"),
        From::At(key) => (">=", Some(key), "ASC"),
        From::Before(key) => ("<", Some(key), "DESC"),
    };
    let index = order.index();
    let select = format!("SELECT t.id, {} FROM tasks t INDEXED BY {index} WHERE t.deleted_at IS NULL", fits.sql);
    let mut values = fits.values.clone();
    let Some(column) = order.column() else {
        let side = if key.is_some() { format!(" AND slug {sign} ?") } else { String::new() };
        values.extend(key.map(|key| Sql::from(key.slug.clone())));
        return Some((format!("{select}{side} ORDER BY slug {direction}"), values));
    };
    let mut sides = String::new();
    let key = key.map(|key| {
        let edge = if order.is_group() { Edge::Text(key.text.clone()) } else { Edge::Number(key.number) };
        (edge, key.slug.clone())
    });
    if let (Some((first, last)), Some((at, _))) = (&span, &key)
        && if sign == "<" { first > at } else { last < at }
    {
        return None;
    }
    let inside = |at: &Edge| span.as_ref().is_none_or(|(first, last)| first <= at && at <= last);
    if let Some((at, slug)) = key.filter(|(at, _)| inside(at)) {
        let _ = write!(sides, " AND ({column}, slug) {sign} (?, ?)");
        values.extend([at.into(), slug.into()]);
        // The key is one side, the end of the span the other.
        if let Some((first, last)) = span {
            let _ = write!(sides, " AND {column} {} ?", if sign == "<" { ">=" } else { "<=" });
            values.push(if sign == "<" { first } else { last }.into());
        }
    } else if let Some((first, last)) = span {
        let _ = write!(sides, " AND {column} BETWEEN ? AND ?");
        values.extend([first.into(), last.into()]);
    }
    Some((format!("{select}{sides} ORDER BY {column} {direction}, slug {direction}"), values))
}

/// How the tasks of an order are read, for tests of how SQLite does it.
#[cfg(test)]
pub(super) fn statement(order: Order, span: Option<(i64, i64)>, from: &From<Place>) -> Option<String> {
    let edge = |number: i64| if order.is_group() { Edge::Text("m".to_owned()) } else { Edge::Number(number) };
    let span = span.map(|(first, last)| (edge(first), edge(last)));
    along(order, span, from, &Piece::always()).map(|(sql, _)| sql)
}
