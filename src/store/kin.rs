//! What a task waits for and what waits for it, as trees: over everything by which one task holds up another.

use std::collections::BTreeSet;

use rusqlite::{Row, params};

use super::column::{instant_or_null, word};
use super::{Db, Result};
use crate::domain::TaskId;
use crate::domain::task::{Kind, Status};
use jiff::Timestamp;

/// Steps away from the task.
const DEEPEST: usize = 5;

/// Tasks of a tree at most.
const MOST: usize = 60;

/// In which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what it waits for.
    Up,
    /// To what waits for it.
    Down,
}

/// A task of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kin {
    /// The task.
    pub id: TaskId,
    /// Its slug.
    pub slug: String,
    /// What kind of thing it is.
    pub kind: Kind,
    /// How far a to-do is.
    pub status: Option<Status>,
    /// When a to-do is due.
    pub due_at: Option<Timestamp>,
    /// How its newest run counts, as in the order of states; 0 when there is none.
    pub class: u8,
    /// How they belong together: `after success` when one runs after the other, `once` or `for each run` when it waits for it to be
    /// done.
    pub how: String,
    /// Steps from the task, from 0.
    pub depth: usize,
    /// Of each step down to it, whether others follow on it.
    pub goes_on: Vec<bool>,
    /// Whether it stands above already, or too deep, with more below it that is not shown.
    pub more: bool,
}

/// The tree from a task, in the order in which it is drawn.
pub fn tree(db: &Db, task: TaskId, way: Way) -> Result<Vec<Kin>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([task]);
    grow(db, task, way, &[], &mut seen, &mut found)?;
    Ok(found)
}

fn grow(
    db: &Db,
    task: TaskId,
    way: Way,
    lines: &[bool],
    seen: &mut BTreeSet<TaskId>,
    found: &mut Vec<Kin>,
) -> Result<()> {
    let next = step(db, task, way)?;
    let count = next.len();
    for (at, mut kin) in next.into_iter().enumerate() {
        if found.len() == MOST {
            if let Some(last) = found.last_mut() {
                last.more = true;
            }
            return Ok(());
        }
        kin.depth = lines.len();
        kin.goes_on = lines.to_vec();
        kin.goes_on.push(at + 1 < count);
        let id = kin.id;
        let goes_on = kin.goes_on.clone();
        let new = seen.insert(id);
        kin.more = (!new || kin.depth + 1 == DEEPEST) && !step(db, id, way)?.is_empty();
        let deeper = new && !kin.more;
        found.push(kin);
        if deeper {
            grow(db, id, way, &goes_on, seen, found)?;
        }
    }
    Ok(())
}

/// The tasks one step away, by slug.
fn step(db: &Db, task: TaskId, way: Way) -> Result<Vec<Kin>> {
    let [(from, to), (waiting, waited)] = match way {
        Way::Up => [("task_id", "upstream_id"), ("task_id", "on_id")],
        Way::Down => [("upstream_id", "task_id"), ("on_id", "task_id")],
    };
    let mut query = db.prepare_cached(&format!(
        "SELECT t.id, t.slug, t.kind, t.status, t.due_at, t.last_class, 'after ' || u.condition AS how
         FROM upstreams u JOIN tasks t ON t.id = u.{to}
         WHERE u.{from} = ?1 AND t.deleted_at IS NULL
         UNION ALL
         SELECT t.id, t.slug, t.kind, t.status, t.due_at, t.last_class, iif(d.every_run, 'for each run', 'once') AS how
         FROM dependencies d JOIN tasks t ON t.id = d.{waited}
         WHERE d.{waiting} = ?1 AND t.deleted_at IS NULL
         ORDER BY slug LIMIT ?2"
    ))?;
    let rows = query.query_map(params![task.0, MOST as i64], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Kin> {
    Ok(Kin {
        id: TaskId(row.get("id")?),
        slug: row.get("slug")?,
        kind: word(row, "kind", Kind::from_word)?,
        status: match row.get::<_, Option<String>>("status")? {
            None => None,
            Some(_) => Some(word(row, "status", Status::from_word)?),
        },
        due_at: instant_or_null(row, "due_at")?,
        class: row.get("last_class")?,
        how: row.get("how")?,
        depth: 0,
        goes_on: Vec::new(),
        more: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::after;
    use crate::domain::task::{Definition, Work};
    use crate::store::{Store, tasks};

    #[test]
    fn a3_the_tree_goes_both_ways_shows_each_task_once_and_says_where_there_is_more() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        store
            .write(|db| {
                let add = |name: &str, after: &str| {
                    let mut definition = Definition::new(name, Work::Command("true".to_owned()));
                    definition.execution.after = after::parse(after).unwrap();
                    tasks::add(db, &definition, Timestamp::now()).map(|task| task.id)
                };
                let a = add("a", "")?;
                add("b", "a")?;
                add("c", "a:any")?;
                let d = add("d", "b, c")?;
                let shown = |task, way| -> Result<Vec<String>> {
                    let line = |kin: &Kin| {
                        format!(
                            "{}{} {}{}",
                            " ".repeat(kin.depth),
                            kin.slug,
                            kin.how,
                            if kin.more { "..." } else { "" }
                        )
                    };
                    Ok(tree(db, task, way)?.iter().map(line).collect())
                };
                assert_eq!(
                    shown(d, Way::Up)?,
                    ["b after success", " a after success", "c after success", " a after any"]
                );
                assert_eq!(
                    shown(a, Way::Down)?,
                    ["b after success", " d after success", "c after any", " d after success"]
                );
                let goes_on: Vec<_> = tree(db, d, Way::Up)?.into_iter().map(|kin| kin.goes_on).collect();
                assert_eq!(goes_on, [vec![true], vec![true, false], vec![false], vec![false, false]]);
                // A person who waits for a machine.
                let mut todo = Definition::new("todo", Work::Todo(Status::Open));
                todo.depends_on = crate::domain::dependency::parse("d").unwrap();
                let todo = tasks::add(db, &todo, Timestamp::now())?.id;
                assert_eq!(shown(todo, Way::Up)?[..2], ["d once", " b after success"]);
                assert_eq!(shown(d, Way::Down)?, ["todo once"]);
                // Deeper than is shown.
                let mut last = "d".to_owned();
                for n in 0..6 {
                    add(&format!("e{n}"), &last)?;
                    last = format!("e{n}");
                }
                let deep = shown(tasks::find(db, "e5")?.id, Way::Up)?;
                assert_eq!((deep.len(), deep.last().map(String::as_str)), (5, Some("    e0 after success...")));
                Ok(())
            })
            .unwrap();
    }
}
