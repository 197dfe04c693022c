//! `tempo import FILE` of to-dos of other programs: taskwarrior's JSON, todo.txt and iCalendar.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use serde::Serialize;

use super::super::{CliError, Context, Result, complain};
use super::Args;
use super::file::{nothing, show_progress};
use crate::domain::change::By;
use crate::domain::exchange::{Todo, in_order};
use crate::domain::field;
use crate::foreign::todos::{self, Form, Reading};
use crate::output::to_plain;
use crate::store::batches::BATCH;
use crate::store::changes::Step;
use crate::store::exchange::{self, Became, Known};
use crate::store::tasks_file::told;

/// From this many on, a person may wonder whether anything happens.
const MANY: usize = 1000;

/// A to-do and what became of it, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    slug: Option<&'a str>,
    name: &'a str,
    #[serde(rename = "line")]
    at: usize,
    result: &'static str,
    why: Option<&'a str>,
    remarks: &'a [String],
}

/// How many of each kind.
#[derive(Default)]
struct Count {
    added: usize,
    updated: usize,
    there: usize,
    skipped: usize,
    refused: usize,
}

pub(super) fn run(form: Form, text: &str, name: &str, args: &Args, cx: &mut Context) -> Result<()> {
    // What another program has is right there, whatever types are declared here.
    let context = field::Context { types: None, ..cx.fields(Path::new("/")) };
    let Reading { todos, refused, notes } =
        todos::read(form, text, &context).map_err(|(line, why)| CliError::Refused(format!("{name}:{line}: {why}")))?;
    let mut count = Count { refused: refused.len(), ..Count::default() };
    let wrong: Vec<String> = refused.iter().map(|(line, why)| format!("{name}:{line}: {why}")).collect();
    let takes_none = !wrong.is_empty() && !args.skip_invalid;
    if !takes_none || args.dry_run {
        put(todos, args, cx, &mut count)?;
    }
    for (line, why) in &refused {
        if cx.json {
            let line = Line { slug: None, name: "", at: *line, result: "refused", why: Some(why), remarks: &[] };
            cx.print_json(&line)?;
        }
    }
    if takes_none && !args.dry_run {
        cx.out.flush()?;
        return Err(nothing(&told(&wrong)));
    }
    let Count { added, updated, there, skipped, refused: not } = count;
    let total = added + updated + there + skipped + not;
    if !cx.json {
        let mut said = vec![format!("{} {added}", if args.dry_run { "would add" } else { "added" })];
        for (number, what) in
            [(updated, "changed"), (there, "as they are already"), (skipped, "skipped"), (not, "refused")]
        {
            if number > 0 {
                said.push(format!("{number} {what}"));
            }
        }
        writeln!(cx.out, "{}", said.join(", "))?;
    }
    cx.out.flush()?;
    for note in &notes {
        complain(&format_args!("{name}: {note}"));
    }
    if skipped > 0 {
        complain(&format_args!("{skipped} have the slug of a task that is different; --replace changes those"));
    }
    if !wrong.is_empty() {
        complain(&told(&wrong));
    }
    if not > 0 {
        let none = if takes_none { "; without --skip-invalid nothing would be" } else { "" };
        return Err(CliError::Refused(format!("{not} of {total} cannot be imported{none}")));
    }
    Ok(())
}

/// Puts them into the store as one step, which one undo takes back, and says what became of each.
fn put(todos: Vec<Todo>, args: &Args, cx: &mut Context, count: &mut Count) -> Result<()> {
    if todos.is_empty() {
        return Ok(());
    }
    let store = cx.store()?;
    let _room = store.room_for_many();
    let mut known = Known::of(&*store.reader()?, &todos)?;
    let mut step = Step::new(By::Cli, cx.now);
    let replace = args.replace;
    let total = todos.len();
    let shows = total > MANY && std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
    let mut done = 0;
    let mut rest = in_order(todos).into_iter();
    loop {
        // What is taken back is not there for the next batch.
        let batch: Vec<Todo> = rest.by_ref().take(if args.dry_run { usize::MAX } else { BATCH }).collect();
        if batch.is_empty() {
            if shows {
                let _ = std::io::stderr().write_all(b"\n");
            }
            return Ok(());
        }
        let change = move |db: &crate::store::Db| {
            let became = batch.iter().map(|todo| exchange::put(db, &mut step, &mut known, todo, replace));
            let became = became.collect::<crate::store::Result<Vec<(Became, Vec<String>)>>>()?;
            Ok((step, known, batch, became))
        };
        let (after, found, batch, became) = if args.dry_run { store.rehearse(change)? } else { store.write(change)? };
        (step, known) = (after, found);
        done += batch.len();
        if shows {
            show_progress(done, total);
        }
        for (mut todo, (became, remarks)) in batch.into_iter().zip(became) {
            todo.remarks.extend(remarks);
            say(&todo, &became, args.dry_run, cx, count)?;
        }
    }
}

fn say(todo: &Todo, became: &Became, dry: bool, cx: &mut Context, count: &mut Count) -> Result<()> {
    let (slug, result, number) = match became {
        Became::Added(slug) => (Some(slug), "added", &mut count.added),
        Became::Updated(slug) => (Some(slug), "changed", &mut count.updated),
        Became::There(slug) => (Some(slug), "there", &mut count.there),
        Became::Skipped(slug) => (Some(slug), "skipped", &mut count.skipped),
        Became::Refused(_) => (None, "refused", &mut count.refused),
    };
    *number += 1;
    let why = if let Became::Refused(why) = became { Some(why.as_str()) } else { None };
    if cx.json {
        let (slug, name) = (slug.map(String::as_str), todo.definition.name.as_str());
        return cx.print_json(&Line { slug, name, at: todo.line, result, why, remarks: &todo.remarks });
    }
    if let Some(why) = why {
        writeln!(cx.out, "refused  line {}: {}", todo.line, to_plain(why.as_bytes()))?;
    } else if let Some(slug) = slug {
        let would = if dry && matches!(result, "added" | "changed") { "would be " } else { "" };
        writeln!(cx.out, "{slug}  {would}{result}")?;
    }
    for remark in &todo.remarks {
        writeln!(cx.out, "  line {}: {}", todo.line, to_plain(remark.as_bytes()))?;
    }
    Ok(())
}
