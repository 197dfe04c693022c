//! `tempo view`: filters under a name.

use std::io::Write as _;

use serde::Serialize;

use super::list::{filter, order};
use super::table::{Cell, Table, Tone};
use super::{Context, Result};
use crate::store::find::Found;
use crate::store::order::Order;
use crate::store::views::{self, View};

/// What about the views.
#[derive(Debug, clap::Args)]
#[command(after_help = "tempo list --view NAME lists the tasks of a view.")]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Keep a filter under a name, in place of the view that has it
    Add {
        /// The name
        name: String,
        /// The filter, as for `tempo list`; several words are one filter
        #[arg(required = true)]
        filter: Vec<String>,
        /// The order in which it lists
        #[arg(long, value_name = "ORDER", value_parser = order, default_value = "name")]
        sort: Order,
    },
    /// Forget a view
    Rm {
        /// The name
        name: String,
    },
}

#[derive(Debug, Serialize)]
struct ViewJson {
    name: String,
    filter: String,
    sort: &'static str,
    built_in: bool,
    tasks: usize,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    match &args.verb {
        None => list(cx),
        Some(Verb::Add { name, filter: words, sort }) => {
            // In the words of the language, so that it reads everywhere the same.
            let (name, text, sort) = (name.clone(), filter(&words.join(" "))?.to_string(), *sort);
            store.write(move |db| views::put(db, &name, &text, sort))?;
            Ok(())
        }
        Some(Verb::Rm { name }) => {
            let name = name.clone();
            Ok(store.write(move |db| views::remove(db, &name))?)
        }
    }
}

fn list(cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let db = store.reader()?;
    let asker = cx.asker();
    let mut table = Table::new(&["VIEW", "TASKS", "SORT", "FILTER"]);
    for View { name, filter: text, order, built_in } in views::list(&db)? {
        let tasks = Found::new(&db, &filter(&text)?, &asker)?.count(&db)?;
        if cx.json {
            cx.print_json(&ViewJson { name, filter: text, sort: order.word(), built_in, tasks })?;
        } else {
            let tone = if built_in { Tone::Dim } else { Tone::Plain };
            table.row(vec![
                Cell::new(&name, tone),
                tasks.to_string().into(),
                order.word().into(),
                Cell::new(&text, Tone::Plain),
            ]);
        }
    }
    if !cx.json {
        table.print(&mut cx.out)?;
    }
    cx.out.flush()?;
    Ok(())
}
