//! From a filter to the set of the tasks that it finds, part by part.

use rusqlite::params_from_iter;

use super::set::Set;
use super::sql::{Piece, Sample, condition, source, text};
use crate::domain::filter::{Bound, Facts, Test};
use crate::store::{Db, Result};

/// So few tasks are looked at one by one rather than found through another index.
pub(super) const FEW: usize = 4_000;

/// So many of those that are left are looked at before a further index is read for all.
const SAMPLE: usize = 100;

/// The tasks of a page.
const PAGE: usize = 100;

/// While one task is looked at, so many are read from an index.
const READ: usize = 60;

/// So many of them have it, or else it is counted.
const SURE: i64 = 5;

/// How far that is counted.
const PROBED: usize = 10_000;

/// A set that has all that a filter finds, and whether it has nothing else.
#[derive(Debug, Clone)]
pub(super) struct Built {
    pub(super) set: Set,
    pub(super) exact: bool,
}

impl Built {
    fn and(self, other: &Self) -> Self {
        Self { set: self.set.and(&other.set), exact: self.exact && other.exact }
    }
}

/// How far one goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// Until a page can be filled soon.
    Page,
    /// Until nothing else is known of any index.
    All,
}

/// What a filter finds.
pub(super) fn build(db: &Db, bound: &Bound, aim: Aim) -> Result<Built> {
    let mut built = part(db, bound, aim)?;
    if !built.exact && !built.set.is_inverted() && built.set.bits() <= FEW {
        built = Built { set: verified(db, bound, built.set.marked())?, exact: true };
    }
    // Of what is in the trash some indexes know nothing, and some too much.
    let mut trash = db.prepare_cached("SELECT id FROM tasks INDEXED BY tasks_trash WHERE deleted_at IS NOT NULL")?;
    let mut rows = trash.query([])?;
    let inverted = built.set.is_inverted();
    while let Some(row) = rows.next()? {
        built.set.put(row.get(0)?, inverted);
    }
    Ok(built)
}

/// Those of some tasks for which it holds.
pub(super) fn verified(db: &Db, bound: &Bound, ids: impl Iterator<Item = i64>) -> Result<Set> {
    let mut holds = Holds::new(db, bound)?;
    let mut set = Set::default();
    for id in ids {
        if holds.of(id)? {
            set.put(id, true);
        }
    }
    Ok(set)
}

/// Whether a filter holds for single tasks.
pub(super) struct Holds<'a> {
    query: rusqlite::CachedStatement<'a>,
    id: usize,
}

impl<'a> Holds<'a> {
    pub(super) fn new(db: &'a Db, bound: &Bound) -> Result<Self> {
        let Piece { sql, values } = condition(bound);
        let id = values.len() + 1;
        let mut query =
            db.prepare_cached(&format!("SELECT 1 FROM tasks t WHERE {sql} AND t.deleted_at IS NULL AND t.id = ?"))?;
        for (n, value) in values.iter().enumerate() {
            query.raw_bind_parameter(n + 1, value)?;
        }
        Ok(Self { query, id })
    }

    /// Whether it holds for this one, which is not in the trash.
    pub(super) fn of(&mut self, id: i64) -> Result<bool> {
        self.query.raw_bind_parameter(self.id, id)?;
        let mut rows = self.query.raw_query();
        Ok(rows.next()?.is_some())
    }
}

fn everything(exact: bool) -> Built {
    Built { set: Set::everything(), exact }
}

fn part(db: &Db, bound: &Bound, aim: Aim) -> Result<Built> {
    if bound.is_everything() {
        return Ok(everything(true));
    }
    if bound.is_of_facts() {
        return of_facts(db, bound);
    }
    match bound {
        Bound::All(_) => {
            let mut parts = Vec::new();
            flatten(bound, &mut parts);
            let met: Vec<Bound> = meet(&parts);
            all(db, &met.iter().collect::<Vec<_>>(), aim)
        }
        Bound::Any(several) => {
            let mut any = Built { set: Set::default(), exact: true };
            for one in several {
                let built = part(db, one, aim)?;
                any = Built { set: any.set.or(&built.set), exact: any.exact && built.exact };
            }
            Ok(any)
        }
        // What has more than what is found tells nothing about all the others.
        Bound::Not(inner) => Ok(match part(db, inner, Aim::All)? {
            Built { set, exact: true } => Built { set: set.not(), exact: true },
            Built { .. } => everything(false),
        }),
        Bound::Is(test) => match source(db, test)? {
            None => Ok(everything(false)),
            Some((piece, exact)) => {
                let mut set = Set::default();
                fill(db, &piece, &mut set)?;
                Ok(Built { set, exact })
            }
        },
    }
}

fn flatten<'a>(bound: &'a Bound, into: &mut Vec<&'a Bound>) {
    match bound {
        Bound::All(all) => all.iter().for_each(|one| flatten(one, into)),
        one => into.push(one),
    }
}

/// The same parts, of which two ranges of one column are what they have in common.
fn meet(parts: &[&Bound]) -> Vec<Bound> {
    let mut met: Vec<Bound> = Vec::new();
    for part in parts {
        if let Bound::Is(Test::Range(column, from, to)) = part
            && let Some(Bound::Is(Test::Range(_, first, last))) =
                met.iter_mut().find(|one| matches!(one, Bound::Is(Test::Range(of, ..)) if of == column))
        {
            (*first, *last) = ((*first).max(*from), (*last).min(*to));
        } else {
            met.push((*part).clone());
        }
    }
    met
}

/// A part of a filter.
enum Part {
    /// Whatever it is.
    Bound(Bound),
    /// What is asked of facts, all at once.
    Facts(Bound),
    /// A text: from where the tasks are read that may have it, and about how many these are.
    Text(Piece, usize),
}

impl Part {
    fn read(&self, db: &Db, aim: Aim) -> Result<Built> {
        match self {
            Self::Bound(bound) => part(db, bound, aim),
            Self::Facts(bound) => of_facts(db, bound),
            Self::Text(piece, _) => {
                let mut set = Set::default();
                fill(db, piece, &mut set)?;
                Ok(Built { set, exact: false })
            }
        }
    }
}

/// All of several parts: the rarest first, until it is sooner looked at those that are left.
fn all(db: &Db, parts: &[&Bound], aim: Aim) -> Result<Built> {
    let whole = Bound::All(parts.iter().map(|part| (*part).clone()).collect());
    let (facts, others): (Vec<Bound>, Vec<Bound>) =
        parts.iter().map(|part| (*part).clone()).partition(Bound::is_of_facts);
    let (texts, others): (Vec<Bound>, Vec<Bound>) = others.into_iter().partition(is_text);
    let mut sources: Vec<Part> = others.into_iter().map(Part::Bound).collect();
    if !facts.is_empty() {
        sources.push(Part::Facts(Bound::All(facts)));
    }
    // What no index knows exactly is asked of the rows.
    let mut all = everything(texts.is_empty());
    if !texts.is_empty() {
        let sample = Sample::read(db)?;
        for bound in &texts {
            if let Bound::Is(Test::Contains(_, wanted) | Test::Name(wanted)) = bound
                && let Some(found) = text(db, wanted, &sample)?
            {
                sources.push(Part::Text(found.piece, found.weight));
            }
        }
    }
    let mut weighed: Vec<(usize, Part)> = weights(db, &sources)?.into_iter().zip(sources).collect();
    weighed.sort_by_key(|(weight, _)| *weight);
    for (n, (_, part)) in weighed.iter().enumerate() {
        all = all.and(&part.read(db, aim)?);
        let next = weighed.get(n + 1).map(|(weight, _)| *weight);
        if is_enough(db, &whole, &all, next, aim)? {
            return Ok(Built { exact: false, ..all });
        }
    }
    Ok(all)
}

fn is_text(bound: &Bound) -> bool {
    matches!(bound, Bound::Is(Test::Contains(..) | Test::Name(_)))
}

/// Whether those that are left are sooner looked at one by one, until a page is full, than the next part is read.
fn is_enough(db: &Db, whole: &Bound, built: &Built, next: Option<usize>, aim: Aim) -> Result<bool> {
    let left = if built.set.is_inverted() { usize::MAX } else { built.set.bits() };
    let Some(next) = next else { return Ok(false) };
    if left <= FEW {
        return Ok(true);
    }
    // Even if every one of them fits.
    if aim == Aim::All || built.set.is_inverted() || next / READ < PAGE {
        return Ok(false);
    }
    let fit = verified(db, whole, built.set.marked().step_by(left / SAMPLE))?.bits();
    let looked_at = left.min(PAGE * SAMPLE / fit.max(1));
    Ok(looked_at < next / READ)
}

/// How many tasks have each of several parts, more or less: as many as of some tasks anywhere; what hardly any of these has is counted.
fn weights(db: &Db, parts: &[Part]) -> Result<Vec<usize>> {
    if parts.len() < 2 {
        return Ok(vec![0; parts.len()]);
    }
    let tasks = Sample::tasks(db)?;
    let bound = |part: &Part| match part {
        Part::Bound(bound) | Part::Facts(bound) => Some(condition(bound)),
        Part::Text(..) => None,
    };
    let pieces: Vec<Piece> = parts.iter().filter_map(bound).collect();
    let sums: String = pieces.iter().map(|piece| format!(", total({})", piece.sql)).collect();
    let mut values: Vec<rusqlite::types::Value> = pieces.into_iter().flat_map(|piece| piece.values).collect();
    values.push(Sample::ids(tasks));
    let mut query = db.prepare_cached(&format!(
        "SELECT count(*){sums} FROM tasks t WHERE t.deleted_at IS NULL AND t.id IN (SELECT value FROM json_each(?))"
    ))?;
    let mut rows = query.query(params_from_iter(values))?;
    let Some(row) = rows.next()? else { return Ok(vec![0; parts.len()]) };
    let looked_at: i64 = row.get(0)?;
    let mut weights = Vec::with_capacity(parts.len());
    let mut column = 0;
    for part in parts {
        if let Part::Text(_, weight) = part {
            weights.push(*weight);
            continue;
        }
        column += 1;
        let have = row.get::<_, f64>(column)? as i64;
        let guessed = have as usize * tasks / looked_at.max(1) as usize;
        let is_sure = have >= SURE || matches!(part, Part::Facts(_));
        weights.push(if is_sure { guessed } else { weight(db, part)?.max(guessed) });
    }
    Ok(weights)
}

/// How many tasks have a part, counted up to [`PROBED`]; what no index knows is more than all.
fn weight(db: &Db, part: &Part) -> Result<usize> {
    let Part::Bound(Bound::Is(test)) = part else { return Ok(PROBED) };
    let Some((Piece { sql, values }, _)) = source(db, test)? else { return Ok(usize::MAX) };
    let mut query = db.prepare_cached(&format!("SELECT count(*) FROM ({sql} LIMIT {PROBED})"))?;
    let count: i64 = query.query_row(params_from_iter(values), |row| row.get(0))?;
    Ok(count as usize)
}

fn fill(db: &Db, Piece { sql, values }: &Piece, set: &mut Set) -> Result<()> {
    let mut query = db.prepare_cached(sql)?;
    let mut rows = query.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        set.put(row.get(0)?, true);
    }
    Ok(())
}

/// The facts that any task has: one look into the index for each, however many tasks have it.
pub(super) fn known(db: &Db) -> Result<Vec<Facts>> {
    let mut query = db.prepare_cached(
        "SELECT facts FROM tasks INDEXED BY tasks_facts WHERE deleted_at IS NULL AND facts > ?1 ORDER BY facts LIMIT 1",
    )?;
    let mut known = Vec::new();
    let mut last = i64::MIN;
    loop {
        let mut rows = query.query([last])?;
        let Some(row) = rows.next()? else { return Ok(known) };
        last = row.get(0)?;
        known.push(Facts(last));
    }
}

/// What is found by facts alone: those that fit, from one to the next that does not.
fn of_facts(db: &Db, bound: &Bound) -> Result<Built> {
    let known = known(db)?;
    let mut set = Set::default();
    let mut query = db.prepare_cached(
        "SELECT id FROM tasks INDEXED BY tasks_facts WHERE deleted_at IS NULL AND facts BETWEEN ?1 AND ?2",
    )?;
    let runs: Vec<&[Facts]> = known
        .chunk_by(|a, b| bound.possible(*a) == bound.possible(*b))
        .filter(|run| run.first().is_some_and(|facts| bound.possible(*facts)))
        .collect();
    for run in runs {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let mut rows = query.query([first.0, last.0])?;
        while let Some(row) = rows.next()? {
            set.put(row.get(0)?, true);
        }
    }
    Ok(Built { set, exact: true })
}

/// The tasks whose value of a column is between two, both included.
pub(super) fn between(db: &Db, test: &Test) -> Result<Vec<i64>> {
    let mut set = Set::default();
    if let Some((piece, _)) = source(db, test)? {
        fill(db, &piece, &mut set)?;
    }
    Ok(set.marked().collect())
}
