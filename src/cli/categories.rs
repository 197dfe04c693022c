//! `tempo categories`: the tree of categories, with how many tasks are in each and below it.

use std::io::Write as _;

use serde::Serialize;

use super::table::{Cell, Table, Tone};
use super::{Context, Result};
use crate::domain::category::{self, Branch};
use crate::store::categories;

/// Columns by which what is below stands to the right.
const INDENT: usize = 2;

/// A category; the numbers are those of all that is below it, too.
#[derive(Debug, Serialize)]
struct CategoryJson<'a> {
    /// In full; null for what has no category.
    category: Option<&'a str>,
    /// To-dos that are not over.
    open: u64,
    tasks: u64,
}

pub(super) fn run(cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let tree = category::tree(categories::all(&*store.reader()?)?);
    let mut table = Table::new(&["CATEGORY", "TO DO", "TASKS"]);
    for Branch { path, depth, count, .. } in &tree {
        let category = Some(path.as_str()).filter(|path| !path.is_empty());
        if cx.json {
            cx.print_json(&CategoryJson { category, open: count.open, tasks: count.tasks })?;
            continue;
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let name = match category {
            Some(_) => Cell::from(format!("{}{name}", " ".repeat(depth * INDENT))),
            None => Cell::new("(none)", Tone::Dim),
        };
        let open = if count.open == 0 { Cell::new("-", Tone::Dim) } else { Cell::from(count.open.to_string()) };
        table.row(vec![name, open, count.tasks.to_string().into()]);
    }
    if !cx.json {
        table.print(&mut cx.out)?;
    }
    cx.out.flush()?;
    Ok(())
}
