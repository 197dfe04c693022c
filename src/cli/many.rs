//! Many tasks at once: which they are, how far it is, and what became of each (A6).

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use super::{CliError, Context, Result, complain, list};
use crate::domain::TaskId;
use crate::store::Reader;
use crate::store::batches::Ended;
use crate::store::find::Found;
use crate::store::order::Order;

/// So many are named that were refused for one reason.
const NAMED: usize = 5;

/// Fewer are done before anybody could read how far it is.
const MANY: usize = 500;

/// The tasks that a filter finds, by their names.
pub(super) fn found(db: &Reader, filter: &str, cx: &Context) -> Result<Vec<(TaskId, String)>> {
    let (filter, asker) = (list::filter(filter)?, cx.asker());
    let count = Found::new(db, &filter, &asker)?.count(db)?;
    Ok(db.finder().names(db, (&filter, &asker), Order::Name, None, count)?)
}

/// The same, for what is done to them: it is to find one.
pub(super) fn found_some(db: &Reader, filter: &str, cx: &Context) -> Result<Vec<(TaskId, String)>> {
    let found = found(db, filter, cx)?;
    if found.is_empty() { Err(CliError::NoneFound(filter.to_owned())) } else { Ok(found) }
}

/// A filter that was given, for what is done to all that it finds. An empty one, such as a variable of a shell that is not set, is not
/// everything.
pub(super) fn said(filter: &str) -> std::result::Result<String, String> {
    if filter.trim().is_empty() {
        return Err("it is empty; everything is kind:command,script,todo".to_owned());
    }
    Ok(filter.to_owned())
}

/// Asks a person for `y` or `n`, until it is one of them; Enter alone is `otherwise`, and the end of the input no.
pub(super) fn ask(question: &str, otherwise: bool) -> Result<bool> {
    let question = format!("{question} {}", if otherwise { "[Y/n]" } else { "[y/N]" });
    loop {
        match answer(&question)?.as_deref() {
            Some("y" | "yes") => return Ok(true),
            Some("n" | "no" | "q") | None => return Ok(false),
            Some("") => return Ok(otherwise),
            Some(_) => {}
        }
    }
}

/// What a person answers, in small letters; nothing at the end of the input.
pub(super) fn answer(question: &str) -> Result<Option<String>> {
    write!(io::stderr(), "{question} ")?;
    let mut answer = String::new();
    let length = io::stdin().read_line(&mut answer)?;
    Ok((length > 0).then(|| answer.trim().to_lowercase()))
}

/// Whether there is somebody to ask.
pub(super) fn can_ask(cx: &Context) -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && !cx.json
}

/// `1 task`, `2 tasks`.
pub(super) fn tasks(n: usize) -> String {
    if n == 1 { "1 task".to_owned() } else { format!("{n} tasks") }
}

/// Ctrl-c: ends the process, or while something is under way is only noted.
pub(super) struct Interrupt {
    ends: Arc<AtomicBool>,
    pressed: Arc<AtomicBool>,
}

impl Interrupt {
    /// It ends the process.
    pub(super) fn new() -> Result<Self> {
        let (ends, pressed) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
        flag::register_conditional_default(SIGINT, Arc::clone(&ends))?;
        flag::register(SIGINT, Arc::clone(&pressed))?;
        Ok(Self { ends, pressed })
    }

    /// While this is done it is only noted.
    pub(super) fn held<T>(&self, work: impl FnOnce(&AtomicBool) -> T) -> T {
        self.pressed.store(false, Ordering::Relaxed);
        self.ends.store(false, Ordering::Relaxed);
        let done = work(&self.pressed);
        self.ends.store(true, Ordering::Relaxed);
        done
    }
}

/// Says on a terminal how far it is.
pub(super) struct Progress {
    of: usize,
    shows: bool,
}

impl Progress {
    pub(super) fn new(of: usize) -> Self {
        Self { of, shows: of > MANY && io::stderr().is_terminal() }
    }

    pub(super) fn at(&self, done: usize) {
        if self.shows {
            let _ = write!(io::stderr(), "\r{done} of {}; Ctrl-c ends it here", self.of);
        }
    }

    pub(super) fn end(&self) {
        if self.shows {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Says on a terminal how far something is that is done whole or not at all; nothing more of it once all is done.
pub(super) fn so_far(done: usize, of: usize) {
    if of <= MANY || !io::stderr().is_terminal() {
        return;
    }
    let _ = if done < of { write!(io::stderr(), "\r{done} of {of}") } else { write!(io::stderr(), "\r\x1b[K") };
}

/// What became of a task.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ItemJson {
    pub(super) id: TaskId,
    pub(super) task: String,
    /// `changed`, `unchanged`, `trashed`, `refused` or `left`.
    pub(super) result: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<Difference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// A field with another value.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Difference {
    pub(super) field: &'static str,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// Who was refused for which reason: all of few, else the first and how many more.
fn refusals(items: &[ItemJson]) -> HashMap<&str, String> {
    let mut all: HashMap<&str, Vec<&str>> = HashMap::new();
    for item in items {
        if let Some(why) = &item.error {
            all.entry(why).or_default().push(&item.task);
        }
    }
    let named = |tasks: Vec<&str>| match tasks.len().saturating_sub(NAMED) {
        0 => tasks.join(", "),
        more => format!("{} and {more} more", tasks[..NAMED].join(", ")),
    };
    all.into_iter().map(|(why, tasks)| (why, named(tasks))).collect()
}

/// Says what became of each, and returns the exit code: 4 when something was refused. Of what was only tried, it is said what would
/// have come of it.
pub(super) fn report(items: &[ItemJson], ended: Ended, tried: bool, cx: &mut Context) -> Result<u8> {
    let of = |result: &str| items.iter().filter(|item| item.result == result).count();
    let (changed, trashed, refused) = (of("changed"), of("trashed"), of("refused"));
    let mut refusals = refusals(items);
    for item in items {
        if cx.json {
            cx.print_json(item)?;
            continue;
        }
        if let Some(why) = &item.error {
            // Once, with all whom it concerns.
            if let Some(tasks) = refusals.remove(why.as_str()) {
                complain(&format_args!("{tasks}: {why}"));
            }
        } else if tried && !item.changes.is_empty() {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            let told = |one: &Difference| format!("{} {} -> {}", one.field, value(&one.from), value(&one.to));
            let text = format!("{}: {}", item.task, item.changes.iter().map(told).collect::<Vec<_>>().join(", "));
            writeln!(cx.out, "{}", crate::output::to_plain(text.as_bytes()))?;
        }
    }
    if !cx.json {
        let undo = if !tried && changed + trashed > 0 { " (`tempo undo` takes all of it back)" } else { "" };
        let verb = if tried { "would be changed" } else { "changed" };
        let mut parts = vec![format!("{} {verb}", tasks(changed))];
        let mut and = |n: usize, what: &str| {
            if n > 0 {
                parts.push(format!("{n} {what}"));
            }
        };
        and(trashed, "in the trash");
        and(of("unchanged"), "so already");
        and(refused, "refused");
        and(of("left"), "not come to");
        writeln!(cx.out, "{}{undo}", parts.join(", "))?;
    }
    match ended {
        Ended::Failed(e) => Err(e.into()),
        Ended::Cancelled => Err(CliError::Failed("ended before its end".to_owned())),
        Ended::Whole => Ok(if refused > 0 { 4 } else { 0 }),
    }
}
