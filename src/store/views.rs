//! Views: filters under a name, those that a person keeps and those that Tempo brings along.

use rusqlite::params;

use super::order::Order;
use super::{Db, Result, StoreError};

/// A filter under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// As it is called.
    pub name: String,
    /// The text of its filter.
    pub filter: String,
    /// The order in which it lists.
    pub order: Order,
    /// Whether Tempo brought it along.
    pub built_in: bool,
}

/// Those that Tempo brings along.
const BUILT_IN: [(&str, &str, Order); 7] = [
    ("Today", "status:open,in_progress due:<=today", Order::Due),
    ("Overdue", "due:overdue", Order::Due),
    ("Failing", "state:failed,late,missed", Order::State),
    ("Running", "state:running,waiting", Order::State),
    ("Scripts", "kind:script", Order::Name),
    ("Mine", "assignee:me -status:completed,cancelled", Order::State),
    ("Blocked", "blocked:yes", Order::State),
];

/// A name has no more letters.
const LONGEST: usize = 40;

/// All of them: those that Tempo brings along, then a person's own by name. One of those that has the name of one of these is in
/// its place.
pub fn list(db: &Db) -> Result<Vec<View>> {
    let mut query = db.prepare_cached("SELECT name, filter, sort FROM views ORDER BY name")?;
    let own = query.query_map([], |row| {
        Ok(View {
            name: row.get("name")?,
            filter: row.get("filter")?,
            order: super::column::word(row, "sort", Order::from_word)?,
            built_in: false,
        })
    })?;
    let mut own = own.collect::<rusqlite::Result<Vec<View>>>()?;
    let mut all = Vec::new();
    for (name, filter, order) in BUILT_IN {
        all.push(match own.iter().position(|view| view.name.eq_ignore_ascii_case(name)) {
            Some(at) => own.remove(at),
            None => View { name: name.to_owned(), filter: filter.to_owned(), order, built_in: true },
        });
    }
    all.append(&mut own);
    Ok(all)
}

/// The view of this name, in capitals or not.
pub fn get(db: &Db, name: &str) -> Result<View> {
    let all = list(db)?;
    let found = all.iter().find(|view| view.name.eq_ignore_ascii_case(name)).cloned();
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|view| view.name.as_str()).collect();
        StoreError::NotFound(format!("view `{name}` (there are {})", names.join(", ")))
    })
}

/// Keeps a filter under a name, in place of the one that has it.
pub fn put(db: &Db, name: &str, filter: &str, order: Order) -> Result<()> {
    let name = name.trim();
    let fits = (1..=LONGEST).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !fits {
        return Err(StoreError::Refused(format!(
            "`{name}` cannot be the name of a view: it takes 1 to {LONGEST} letters"
        )));
    }
    db.prepare_cached("DELETE FROM views WHERE name = ?1 COLLATE NOCASE")?.execute([name])?;
    db.prepare_cached("INSERT INTO views (name, filter, sort) VALUES (?1, ?2, ?3)")?.execute(params![
        name,
        filter,
        order.word()
    ])?;
    Ok(())
}

/// Forgets a person's view; one that Tempo brings along and that it stood in place of is there again.
pub fn remove(db: &Db, name: &str) -> Result<()> {
    let view = get(db, name)?;
    if view.built_in {
        return Err(StoreError::Refused(format!("the view {} comes with Tempo and stays", view.name)));
    }
    db.prepare_cached("DELETE FROM views WHERE name = ?1")?.execute([&view.name])?;
    Ok(())
}
