//! From a filter to the set of the tasks that it finds, part by part.

use rusqlite::params_from_iter;

use super::set::Set;
use super::sql::{Piece, condition, source, texts};
use crate::domain::filter::{Bound, Facts, Test};
use crate::store::{Db, Result};

/// So few tasks are looked at one by one rather than found through another index.
pub(super) const FEW: usize = 4_000;

/// Of so many tasks that are left, some are looked at before a further index is read for all.
const MANY: usize = 30_000;

/// So many.
const SAMPLE: usize = 100;

/// When one of so many of these fits, no further index is read.
const FIT: usize = 4;

/// How far it is counted how many tasks a part of a filter has, to begin with the rarest.
const PROBED: usize = MANY + 1;

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

/// What a filter finds.
pub(super) fn build(db: &Db, bound: &Bound) -> Result<Built> {
    let mut built = part(db, bound)?;
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

fn part(db: &Db, bound: &Bound) -> Result<Built> {
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
            all(db, &parts)
        }
        Bound::Any(several) => {
            let mut any = Built { set: Set::default(), exact: true };
            for one in several {
                let built = part(db, one)?;
                any = Built { set: any.set.or(&built.set), exact: any.exact && built.exact };
            }
            Ok(any)
        }
        // What has more than what is found tells nothing about all the others.
        Bound::Not(inner) => Ok(match part(db, inner)? {
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

/// A part of a filter with how it is read.
struct Source<'a> {
    /// How much there is to read, counted up to [`PROBED`].
    weight: usize,
    of: Of<'a>,
}

enum Of<'a> {
    /// Whatever it is.
    Bound(&'a Bound),
    /// Texts, all of which are looked for at once.
    Texts(Piece, bool),
}

/// All of several parts: the rarest first, until few are left, or most of those that are left fit.
fn all(db: &Db, parts: &[&Bound]) -> Result<Built> {
    let (facts, others): (Vec<&Bound>, Vec<&Bound>) = parts.iter().partition(|part| part.is_of_facts());
    let mut sources = Vec::new();
    let mut wanted = Vec::new();
    for one in others {
        match one {
            Bound::Is(Test::Contains(_, text) | Test::Name(text)) => wanted.push(text),
            one => sources.push(Source { weight: weight(db, one)?, of: Of::Bound(one) }),
        }
    }
    let mut exact = true;
    if !wanted.is_empty() {
        // What no index knows is asked of the rows.
        exact = false;
        if let Some((piece, exact)) = texts(db, &wanted)? {
            sources.push(Source { weight: probe(db, &piece)?, of: Of::Texts(piece, exact) });
        }
    }
    sources.sort_by_key(|source| source.weight);
    let mut all = everything(exact);
    let mut facts = (!facts.is_empty()).then(|| Bound::All(facts.into_iter().cloned().collect()));
    let whole = Bound::All(parts.iter().map(|part| (*part).clone()).collect());
    for Source { weight, of } in sources {
        // Facts are read fast, but many at once seldom.
        if weight > MANY
            && let Some(facts) = facts.take()
        {
            all = all.and(&of_facts(db, &facts)?);
            if enough(db, &whole, &all)? {
                return Ok(Built { exact: false, ..all });
            }
        }
        let part = match of {
            Of::Bound(bound) => part(db, bound)?,
            Of::Texts(piece, exact) => {
                let mut set = Set::default();
                fill(db, &piece, &mut set)?;
                Built { set, exact }
            }
        };
        all = all.and(&part);
        if enough(db, &whole, &all)? {
            return Ok(Built { exact: false, ..all });
        }
    }
    if let Some(facts) = facts {
        all = all.and(&of_facts(db, &facts)?);
    }
    Ok(all)
}

/// Whether what is left can be looked at one by one: it is little, or a page of what fits is soon met in it.
fn enough(db: &Db, whole: &Bound, built: &Built) -> Result<bool> {
    if built.set.is_inverted() {
        return Ok(false);
    }
    let left = built.set.bits();
    if left <= FEW || left > MANY {
        return Ok(left <= FEW);
    }
    let sample = built.set.marked().step_by(left / SAMPLE);
    let fit = verified(db, whole, sample)?.bits();
    Ok(fit * FIT >= SAMPLE)
}

/// How much there is to read for a part, counted up to [`PROBED`].
fn weight(db: &Db, bound: &Bound) -> Result<usize> {
    Ok(match bound {
        Bound::Is(test) => match source(db, test)? {
            None => usize::MAX,
            Some((piece, _)) => probe(db, &piece)?,
        },
        Bound::All(several) | Bound::Any(several) => several
            .iter()
            .try_fold(0, |sum: usize, one| Ok::<_, crate::store::StoreError>(sum.saturating_add(weight(db, one)?)))?,
        // It takes tasks away: after what leaves few.
        Bound::Not(inner) => weight(db, inner)?.saturating_add(PROBED),
    })
}

fn probe(db: &Db, Piece { sql, values }: &Piece) -> Result<usize> {
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
