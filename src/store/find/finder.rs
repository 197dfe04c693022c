//! What filters found, kept up to date by what changed since.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::OptionalExtension;

use super::build::{Aim, Built, Holds, between, build, known, verified};
use super::pages::{SORTED, Sorted, met, rows};
use super::set::Set;
use crate::domain::TaskId;
use crate::domain::filter::{Asker, Bound, FactTest, Filter, Test};
use crate::store::order::{Order, Place};
use crate::store::tasks::TaskRow;
use crate::store::{Db, From, Result, StoreError};

/// Filters whose answers are kept.
const KEPT: usize = 4;

/// So many tasks are looked at to know which of them are found.
const LOOKED_THROUGH: usize = 30_000;

/// Of more changes than this, everything is read anew.
const LOOKED_AT: usize = 5_000;

/// What a filter found.
#[derive(Debug)]
pub struct Found {
    pub(super) bound: Bound,
    pub(super) set: Set,
    /// Whether it has nothing else than what is found.
    pub(super) exact: bool,
    /// Up to which change it is known.
    seq: i64,
    pub(super) sorted: Option<Sorted>,
    pub(super) within: Option<Within>,
}

/// Where in the orders there can be any of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Within {
    /// A bit for each rank.
    pub(super) ranks: u8,
    /// With a next slot, and without.
    pub(super) next: (bool, bool),
    /// With a run, and without.
    pub(super) last: (bool, bool),
    /// To-dos that are not over, and all else.
    pub(super) todo: (bool, bool),
    /// Whether it was looked at.
    pub(super) is_known: bool,
}

impl Found {
    /// What a filter finds.
    pub fn new(db: &Db, filter: &Filter, asker: &Asker) -> Result<Self> {
        let bound = filter.bind(asker);
        let seq = newest(db)?;
        let Built { set, exact } = build(db, &bound, Aim::Page)?;
        Ok(Self { bound, set, exact, seq, sorted: None, within: None })
    }

    /// Looks at what has changed since, of the tasks and of the time.
    pub fn refresh(&mut self, db: &Db, filter: &Filter, asker: &Asker) -> Result<()> {
        let bound = filter.bind(asker);
        let seq = newest(db)?;
        let mut touched = BTreeSet::new();
        let mut moved = Vec::new();
        self.bound.moved(&bound, &mut moved);
        for (column, from, to) in moved {
            touched.extend(between(db, &Test::Range(column, from, to))?);
        }
        if seq != self.seq {
            let oldest: Option<i64> = db
                .prepare_cached("SELECT min(seq) FROM touched")?
                .query_row([], |row| row.get(0))
                .optional()?
                .flatten();
            if oldest.is_none_or(|oldest| oldest > self.seq + 1) || seq < self.seq {
                *self = Self::new(db, filter, asker)?;
                return Ok(());
            }
            let mut query = db.prepare_cached("SELECT task_id FROM touched WHERE seq > ?1")?;
            let mut rows = query.query([self.seq])?;
            while let Some(row) = rows.next()? {
                touched.insert(row.get(0)?);
                if touched.len() > LOOKED_AT {
                    *self = Self::new(db, filter, asker)?;
                    return Ok(());
                }
            }
            self.within = None;
        }
        let mut holds = Holds::new(db, &bound)?;
        let mut changed = BTreeMap::new();
        for id in touched {
            let is_in = holds.of(id)?;
            if self.set.put(id, is_in) || is_in {
                changed.insert(id, is_in);
            }
        }
        drop(holds);
        if !changed.is_empty()
            && let Some(sorted) = &mut self.sorted
        {
            sorted.put(db, &changed)?;
        }
        self.bound = bound;
        self.seq = seq;
        Ok(())
    }

    /// Learns all that pages in this order need to be read soon, and with that, unless very many have to be looked at, how many
    /// there are.
    pub fn settle(&mut self, db: &Db, order: Order) -> Result<()> {
        self.learn(db)?;
        if self.known_count().is_some_and(|count| count <= SORTED) && !self.is_sorted(order) {
            self.sort(db, order)?;
        }
        Ok(())
    }

    fn learn(&mut self, db: &Db) -> Result<()> {
        if self.exact {
            return Ok(());
        }
        let Built { set, exact } = build(db, &self.bound, Aim::All)?;
        let is_looked_at = !exact && !set.is_inverted() && set.bits() <= LOOKED_THROUGH;
        self.set = if is_looked_at { verified(db, &self.bound, set.marked())? } else { set };
        self.exact = exact || is_looked_at;
        self.sorted = None;
        Ok(())
    }

    /// How many there are, when that is known without looking at tasks.
    pub fn known_count(&self) -> Option<usize> {
        (self.exact && !self.set.is_inverted()).then(|| self.set.bits())
    }

    /// How many there are: reads whatever it takes, once.
    pub fn count(&mut self, db: &Db) -> Result<usize> {
        self.learn(db)?;
        if self.known_count().is_none() {
            let candidates: Vec<i64> = if self.set.is_inverted() {
                let mut query =
                    db.prepare_cached("SELECT id FROM tasks INDEXED BY tasks_facts WHERE deleted_at IS NULL")?;
                let ids = query.query_map([], |row| row.get::<_, i64>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
                ids.into_iter().filter(|id| self.set.has(*id)).collect()
            } else {
                self.set.marked().collect()
            };
            self.set = if self.exact {
                let mut set = Set::default();
                for id in candidates {
                    set.put(id, true);
                }
                set
            } else {
                verified(db, &self.bound, candidates.into_iter())?
            };
            self.exact = true;
        }
        Ok(self.set.bits())
    }
}

impl Within {
    /// Where those can be that a filter finds, for an order of which facts tell.
    pub(super) fn for_order(db: &Db, bound: &Bound, order: Order) -> Result<Self> {
        let mut within = Self::default();
        if !matches!(order, Order::State | Order::Next | Order::Last | Order::Due) {
            return Ok(within);
        }
        within.is_known = true;
        for facts in known(db)?.into_iter().filter(|facts| bound.possible(*facts)) {
            within.ranks |= 1 << facts.rank();
            let mark = |(with, without): &mut (bool, bool), has: bool| if has { *with = true } else { *without = true };
            mark(&mut within.next, FactTest::HasNext.holds(facts));
            mark(&mut within.last, FactTest::HasLast.holds(facts));
            mark(&mut within.todo, facts.is_open_todo());
        }
        Ok(within)
    }
}

fn newest(db: &Db) -> Result<i64> {
    let seq: Option<i64> = db.prepare_cached("SELECT max(seq) FROM touched")?.query_row([], |row| row.get(0))?;
    Ok(seq.unwrap_or(0))
}

/// The answers of the last filters that were asked for on one connection.
#[derive(Debug, Default)]
pub struct Finder {
    kept: Vec<(Filter, Found)>,
    /// What is counted, by its text.
    counted: BTreeMap<String, (Filter, Found)>,
}

impl Finder {
    /// What a filter finds now.
    pub fn find(&mut self, db: &Db, filter: &Filter, asker: &Asker) -> Result<&mut Found> {
        let at = self.kept.iter().position(|(kept, _)| kept == filter);
        let mut entry = match at {
            Some(at) => self.kept.remove(at),
            None => (filter.clone(), Found::new(db, filter, asker)?),
        };
        if at.is_some() {
            entry.1.refresh(db, filter, asker)?;
        }
        self.kept.truncate(KEPT - 1);
        self.kept.insert(0, entry);
        Ok(&mut self.kept[0].1)
    }

    /// How many tasks a filter finds, when that is known without looking at tasks, of what was found already.
    pub fn known_count(&self, filter: &Filter) -> Option<usize> {
        self.kept.iter().find(|(kept, _)| kept == filter).and_then(|(_, found)| found.known_count())
    }

    /// How many tasks a filter finds: all are read at first, then only what has changed.
    ///
    /// # Errors
    /// Refused, when the text is no filter.
    pub fn count(&mut self, db: &Db, text: &str, asker: &Asker) -> Result<usize> {
        if let Some((filter, found)) = self.counted.get_mut(text) {
            found.refresh(db, filter, asker)?;
            return found.count(db);
        }
        let filter = Filter::parse(text).map_err(|e| StoreError::Refused(e.under(text)))?;
        let mut found = Found::new(db, &filter, asker)?;
        let count = found.count(db)?;
        self.counted.insert(text.to_owned(), (filter, found));
        Ok(count)
    }

    /// Forgets what was counted for all other texts.
    pub fn forget_counts(&mut self, but: impl Fn(&str) -> bool) {
        self.counted.retain(|text, _| but(text));
    }

    /// A page of the tasks that a filter finds, in an order.
    pub fn page(
        &mut self,
        db: &Db,
        (filter, asker): (&Filter, &Asker),
        order: Order,
        from: &From<Place>,
        limit: usize,
    ) -> Result<Vec<TaskRow>> {
        if filter.is_everything() {
            return crate::store::tasks::ordered(db, order, from, limit);
        }
        let begins = matches!(from, From::Start | From::End | From::At(_));
        if begins
            && !self.kept.iter().any(|(kept, _)| kept == filter)
            && let Some(ids) = met(db, &filter.bind(asker), order, from, limit)?
        {
            return rows(db, order, ids);
        }
        self.find(db, filter, asker)?.page(db, order, from, limit)
    }

    /// The tasks that a filter finds, between two places, both included, or all, in an order. For marking them.
    pub fn names(
        &mut self,
        db: &Db,
        (filter, asker): (&Filter, &Asker),
        order: Order,
        between: Option<&(Place, Place)>,
        limit: usize,
    ) -> Result<Vec<(TaskId, String)>> {
        if filter.is_everything() {
            return crate::store::tasks::names(db, order, between, limit);
        }
        self.find(db, filter, asker)?.names(db, order, between, limit)
    }
}
