//! How each query is answered from the store.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::super::editor::draft;
use super::super::editor::roster::{self as text_of_tasks, Kept};
use super::super::effect::{Editor, Listing, Query};
use super::super::markdown;
use super::super::model::compare::Compared;
use super::super::model::draft::{Draft, wish_text};
use super::super::model::layer::Stoppable;
use super::super::model::marks::{MOST, Named, Wanted};
use super::super::model::merge::Texts;
use super::super::model::palette::{Offers, number};
use super::super::model::printed::Printed;
use super::super::model::reports::{self, Counted};
use super::super::model::window::{Around, HALF, Page};
use super::super::msg::{Answer, Details, Editable, Engine, Heat, Noted, Planned, Used};
use super::{World, agenda, bulk, calendar, dry_run, duties, foreign, preview, scripts, sight, templates, timeline};
use crate::domain::category;
use crate::domain::field::{Context, FIELDS};
use crate::domain::filter::Filter;
use crate::domain::limits::Limits;
use crate::domain::name::{is_speaking, slug};
use crate::domain::report::{Grain, Period};
use crate::domain::run::Run;
use crate::domain::schedule::Schedule;
use crate::domain::task::Task;
use crate::domain::why::EngineNow;
use crate::domain::{RunId, TaskId, heat};
use crate::lock;
use crate::output::compare::compare;
use crate::output::index::OUTPUT_FILE;
use crate::output::{Reader as Output, usage};
use crate::store::environments;
use crate::store::given::Given;
use crate::store::kin::{self, Way};
use crate::store::notes::Note;
use crate::store::order::{Order, Place};
use crate::store::views::View;
use crate::store::{
    self, Db, From, Reader, Result, StoreError, attempts, bookmarks, history, messages, overview, roster, runs,
    schedules, series, slots, tasks, why,
};
use crate::supervise::{self, Spec};

/// Slots of each schedule that the details show.
const NEXT_SLOTS: usize = 10;

/// Weeks of which it is counted when in them a task runs.
const WEEKS: i64 = 4;

/// Runs that are counted for that: of more, the newest.
const COUNTED: usize = 20_000;

/// Runs in a strip.
const STRIP: usize = 10;
/// Tasks and runs that the palette offers.
const FOUND_TASKS: usize = 50;
const FOUND_RUNS: usize = 20;

/// Notes that the details show.
const NOTES: usize = 50;

/// Decided slots that the details show.
const PAST_SLOTS: usize = 20;

/// Days of which a report has a bar for each.
const BY_DAY: u32 = 30;

/// Things of each sort that wait, at most.
const WAITING: usize = 100;

/// Processes of a run that are shown.
const PROCESSES: usize = 200;

/// Tags that a word is completed from.
const TAGS: usize = 20;

/// Answers one query.
pub(in crate::tui) fn answer(reader: &Reader, world: &World, query: Query) -> Result<Answer> {
    Ok(match query {
        Query::Tasks(listing, around) => listed(reader, world, listing, around)?,
        Query::Strips(tasks) => {
            let strip = |task| Ok((task, history::strip(reader, task, STRIP)?));
            Answer::Strips(tasks.into_iter().map(strip).collect::<Result<_>>()?)
        }
        Query::Prints(runs) => {
            let printed = |run: RunId| Some((run, printed(&world.runs.join(run.to_string()).join(OUTPUT_FILE))?));
            Answer::Prints(runs.into_iter().filter_map(printed).collect())
        }
        Query::Timeline(span, tasks) => {
            Answer::Timeline(span, timeline::rows(reader, world, &span, &tasks, Timestamp::now())?)
        }
        Query::Runs(task, around) => {
            let page = page(around, |from, limit| runs::page(reader, task, &newest_first(&from), limit))?;
            Answer::Runs(task, page)
        }
        Query::Agenda(rows) => Answer::Agenda(agenda::rows(reader, rows, Timestamp::now())?),
        Query::Month(first) => Answer::Month(first, calendar::month(reader, world, first, Timestamp::now())?),
        Query::Day(day) => Answer::Day(day, calendar::day(reader, world, day, Timestamp::now())?),
        Query::Duties(around) => Answer::Duties(duties::page(reader, world, around, Timestamp::now())?),
        Query::Overview => Answer::Overview(overview::read(reader, Timestamp::now())?),
        Query::Offer(text) => Answer::Offered(text.clone(), find(reader, world, &text)?),
        Query::Details(task) => Answer::Details(task, found(details(reader, world, task))?.map(Box::new)),
        Query::Usage(run, attempt) => Answer::Usage(Box::new(used(reader, world, run, attempt)?)),
        Query::Compare(run, loosely) => Answer::Compared(run, loosely, compared(reader, world, run, loosely)?),
        Query::Why(task, around) => {
            let page = page(around, |from, limit| why::page(reader, task, &newest_first(&from), limit))?;
            Answer::Why(task, standing(reader, world, task)?, page)
        }
        Query::Check(draft) => check(reader, world, draft)?,
        Query::Preview(asked) => {
            let outlook = preview::outlook(reader, world, &asked, Timestamp::now())?;
            Answer::Previewed(asked, Box::new(outlook))
        }
        Query::Editable(task, editor) => Answer::Editable(Box::new(editable(reader, world, task, editor)?)),
        Query::Weigh(what) => {
            let weight = bulk::weigh(reader, &what)?;
            Answer::Weighed(what, Box::new(weight))
        }
        Query::Names(wanted) => {
            let named = named(reader, world, &wanted)?;
            Answer::Names(wanted, named)
        }
        Query::Processes(run) => Answer::Processes(run, Box::new(processes(reader, world, run)?)),
        Query::DryRun(asking) => {
            let dry = dry_run::dry_run(reader, &asking)?;
            Answer::DryRun(asking, Box::new(dry))
        }
        Query::Ended(ids) => Answer::Ended(runs::ended(reader, &ids)?),
        Query::Tags(task) => {
            let found = found(tasks::get(reader, task))?;
            Answer::Tags(task, found.map(|task| (task.slug, task.definition.tags)))
        }
        Query::Roster(tasks, order) => {
            let kept = draft::read(&world.paths.drafts(), &text_of_tasks::path());
            let kept = kept.and_then(|draft| Kept::read(&draft.bytes));
            let tasks = in_order(reader, &tasks, order)?;
            Answer::Roster(roster::open(reader, &tasks, &context(world))?, kept)
        }
        Query::RosterCheck(opened, text, revision) => {
            Answer::RosterChecked(revision, roster::check(reader, &opened, &text, &context(world))?)
        }
        Query::TagsLike(prefix) => {
            let found = tasks::tags_beginning(reader, &prefix, TAGS)?;
            Answer::TagsLike(prefix, found)
        }
        Query::ValuesLike(key, prefix) => {
            let found = tasks::values_beginning(reader, key, &prefix, TAGS)?;
            Answer::ValuesLike(key, prefix, found)
        }
        Query::Matches(text, order) => {
            let found = matches(reader, world, &text, order)?;
            Answer::Matches(text, order, found)
        }
        Query::Categories => Answer::Categories(category::tree(store::categories::all(reader)?)),
        Query::Views(counted) => Answer::Views(views(reader, world, counted)?),
        Query::Messages(around) => {
            Answer::Messages(page(around, |from, limit| messages::page(reader, &newest_first(&from), limit))?)
        }
        Query::Foreign(source) => Answer::Foreign(source, foreign::offer(reader, world, source)?),
        Query::Templates => templates::read(world),
        Query::Found => Answer::Found(foreign::count(world)),
        Query::Merge(tasks, runs) => Answer::Merge(merged(reader, tasks, runs)?),
        Query::Bookmarks(run) => Answer::Bookmarks(run, bookmarks::of_run(reader, run)?),
        Query::Versions(task, file, around) => {
            let page =
                page(around, |from, limit| store::scripts::page(reader, task, file, &newest_first(&from), limit))?;
            Answer::Versions(task, file, page)
        }
        Query::Difference(new, old) => Answer::Difference(new, scripts::difference(reader, new, old)?),
        Query::Broke(task) => Answer::Broke(task, store::scripts::broke(reader, task)?.map(Box::new)),
        Query::Report(asked) => Answer::Reported(asked, Box::new(counted(reader, world, asked)?)),
        Query::Pulse => match world.store.check(reader) {
            Ok(()) => Answer::Pulse(reader.data_version()?, engine(world)?),
            Err(e) if e.is_final() => Answer::Unusable(e.to_string()),
            Err(e) => return Err(e),
        },
    })
}

/// The figures of a report: over many days by week, so that there is room for its bars.
fn counted(db: &Db, world: &World, asked: reports::Asked) -> Result<Counted> {
    let at = Timestamp::now();
    let grain = if asked.days > BY_DAY { Grain::Week } else { Grain::Day };
    let period =
        Period::last(asked.days, at, grain, &world.zone).map_err(|e| StoreError::Refused(format!("report: {e}")))?;
    let report = store::report::read(db, asked.source, &period, Some(asked.by), at, WAITING)?;
    Ok(Counted { period, at, report })
}
/// These runs, and the newest ones of these tasks. One that is gone by now is not missed.
fn merged(reader: &Reader, tasks: Vec<TaskId>, mut runs: Vec<RunId>) -> Result<Vec<Run>> {
    for task in tasks {
        let newest = runs::page(reader, Some(task), &From::Start, 1)?;
        runs.extend(newest.first().map(|run| run.id));
    }
    Ok(runs.into_iter().map(|run| runs::get(reader, run)).filter_map(Result::ok).collect())
}

/// The views, each with how many tasks it has when that is asked. Once counted, only what has changed is looked at.
fn views(reader: &Reader, world: &World, counted: bool) -> Result<Vec<(View, Option<usize>)>> {
    let asker = world.asker(Timestamp::now());
    let all = store::views::list(reader)?;
    reader.finder().forget_counts(|filter| all.iter().any(|view| view.filter == filter));
    all.into_iter()
        .map(|view| {
            let count = if counted { Some(reader.finder().count(reader, &view.filter, &asker)?) } else { None };
            Ok((view, count))
        })
        .collect()
}

/// How many tasks a filter finds, when that is known without looking at very many; further pages of them are read soon then.
fn matches(reader: &Reader, world: &World, text: &str, order: Order) -> Result<Option<usize>> {
    let mut finder = reader.finder();
    let found = finder.find(reader, &parsed(text)?, &world.asker(Timestamp::now()))?;
    found.settle(reader, order)?;
    Ok(found.known_count())
}

/// A page of the tasks.
fn listed(reader: &Reader, world: &World, listing: Listing, around: Around<Place>) -> Result<Answer> {
    let Listing { text, order, anchor } = listing;
    let (filter, asker) = (parsed(&text)?, world.asker(Timestamp::now()));
    let load =
        |around| page(around, |from, limit| reader.finder().page(reader, (&filter, &asker), order, &from, limit));
    let now = around_task(reader, order, anchor, around.clone())?;
    let mut page = load(now.clone())?;
    // One that has moved and that the text excludes by now leaves the cursor where it was.
    let is_there = page.rows.iter().any(|row| Some(row.id) == anchor);
    if !is_there && now != around && matches!(&around, Around::Key(before) if before.order == order) {
        page = load(around)?;
    }
    let found = reader.finder().known_count(&filter);
    Ok(Answer::Tasks(text, page, found))
}

/// Who is to be marked. One more than can be tells that there are more.
fn named(reader: &Reader, world: &World, wanted: &Wanted) -> Result<Named> {
    Ok(match wanted {
        Wanted::Tasks(text, order, range) => {
            let (filter, asker) = (parsed(text)?, world.asker(Timestamp::now()));
            let filter = (&filter, &asker);
            Named::Tasks(reader.finder().names(reader, filter, *order, range.as_ref(), MOST + 1)?)
        }
        Wanted::Runs(task, range) => Named::Runs(runs::names(reader, *task, *range, MOST + 1)?),
    })
}

/// A filter that the model knows to be one.
fn parsed(text: &str) -> Result<Filter> {
    Filter::parse(text).map_err(|e| StoreError::Refused(e.under(text)))
}

/// How far an output has come; one that is not there has not begun.
fn printed(output: &Path) -> Option<Printed> {
    let file = fs::metadata(output).ok()?;
    let at = Timestamp::try_from(file.modified().ok()?).ok()?;
    Some(Printed { bytes: file.len(), at })
}

/// A window of a list: as many rows before the key as behind it.
pub(super) fn page<K, I>(around: Around<K>, mut load: impl FnMut(From<K>, usize) -> Result<Vec<I>>) -> Result<Page<I>>
where
    K: Clone,
{
    match around {
        Around::Start => {
            let rows = load(From::Start, 2 * HALF)?;
            Ok(Page { at_start: true, at_end: rows.len() < 2 * HALF, rows })
        }
        Around::End => {
            let rows = load(From::End, 2 * HALF)?;
            Ok(Page { at_start: rows.len() < 2 * HALF, at_end: true, rows })
        }
        Around::Key(key) => {
            let mut rows = load(From::Before(key.clone()), HALF)?;
            let at_start = rows.len() < HALF;
            let behind = load(From::At(key), HALF)?;
            let at_end = behind.len() < HALF;
            rows.extend(behind);
            Ok(Page { rows, at_start, at_end })
        }
    }
}

/// Where a page of tasks lies. The task that it is to lie around may stand elsewhere by now (UX 46); where one stood that is gone is
/// known in its own order only.
fn around_task(reader: &Reader, order: Order, anchor: Option<TaskId>, around: Around<Place>) -> Result<Around<Place>> {
    let Around::Key(before) = around else { return Ok(around) };
    let now = match anchor {
        Some(anchor) => tasks::place(reader, anchor, order)?,
        None => None,
    };
    Ok(now.or_else(|| (before.order == order).then_some(before)).map_or(Around::Start, Around::Key))
}

/// Where a page of a list lies that is shown the newest first.
fn newest_first<K: Copy>(from: &From<Reverse<K>>) -> From<K> {
    match *from {
        From::Start => From::Start,
        From::End => From::End,
        From::After(Reverse(key)) => From::After(key),
        From::Before(Reverse(key)) => From::Before(key),
        From::At(Reverse(key)) => From::At(key),
    }
}

/// What there is to know about a run that is about to be stopped.
fn processes(reader: &Reader, world: &World, run: RunId) -> Result<Stoppable> {
    let run = runs::get(reader, run)?;
    let execution = tasks::get(reader, run.task)?.definition.execution;
    let folder = world.runs.join(run.id.to_string());
    let signal = runs::stop_signal(reader, run.id)?.unwrap_or(execution.stop_signal);
    let processes = supervise::processes(&folder, run.attempt, PROCESSES).map_err(|e| e.to_string());
    Ok(Stoppable { signal, grace: execution.grace, kill_at: run.kill_at, processes })
}

/// What holds for a task now; `None` when it is gone.
fn standing(reader: &Reader, world: &World, task: TaskId) -> Result<Option<Vec<String>>> {
    let engine = EngineNow { runs: engine(world)? != Engine::Nowhere, limits: &world.limits };
    let standing = found(why::standing(reader, task))?;
    Ok(standing.map(|standing| standing.sentences(engine, &world.zone, Timestamp::now(), false)))
}

/// What the palette offers for a text: a few, whatever the store holds.
fn find(reader: &Reader, world: &World, text: &str) -> Result<Offers> {
    let filter = (&Filter::containing(text), &world.asker(Timestamp::now()));
    let mut all = reader.finder().page(reader, filter, Order::Name, &From::Start, FOUND_TASKS)?;
    if !text.is_empty()
        && all.iter().all(|row| row.slug != text)
        && let Some(row) = tasks::page(reader, &From::At(text.to_owned()), 1)?.pop().filter(|row| row.slug == text)
    {
        all.insert(0, row);
    }
    let mut newest = runs::page(reader, None, &From::Start, FOUND_RUNS)?;
    if let Some(run) = number(text).filter(|id| newest.iter().all(|run| run.id != *id)) {
        newest.extend(found(runs::get(reader, run))?);
    }
    Ok(Offers { tasks: all, runs: newest })
}

/// Dates that are shown of a to-do that comes again.
const COMING_DATES: usize = 3;

/// What is gone is an answer too.
fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

/// In which texts are read and shown.
pub(super) fn context(world: &World) -> Context {
    context_at(world, Timestamp::now())
}

/// The same, as of an instant.
pub(super) fn context_at(world: &World, now: Timestamp) -> Context {
    Context { zone: world.zone.clone(), now, folder: world.folder.clone(), types: Some(world.types.get()) }
}

fn details(reader: &Reader, world: &World, task: TaskId) -> Result<Details> {
    let context = context(world);
    let task = tasks::get(reader, task)?;
    let fields = FIELDS.iter().filter_map(|field| Some((field.key, field.get(&task.definition, &context)?)));
    let then = series::outlook(reader, &task, context.now, &context.zone, COMING_DATES)?.map(|then| ("then", then));
    let fields = fields.chain(then).collect();
    let environment = environments::get(reader, task.id)?.map(|known| known.text());
    let schedules = schedules::of_task(reader, task.id)?
        .iter()
        .map(|schedule| {
            let rule = schedule.rule.text_in(&context.zone);
            Ok(Planned { rule, zone: schedule.zone.clone(), next: next(schedule)? })
        })
        .collect::<Result<_>>()?;
    let last = match task.last_run {
        Some(run) => found(runs::get(reader, run))?,
        None => None,
    };
    let slots = slots::of_task(reader, task.id, PAST_SLOTS)?;
    let now = standing(reader, world, task.id)?.unwrap_or_default();
    let heat = heat(reader, world, task.id, context.now)?;
    let description = markdown::read(&task.definition.description);
    let (notes, spent) = (notes(reader, task.id)?, store::notes::spent(reader, task.id, context.now)?);
    let (waits_for, waited_by) = (kin::tree(reader, task.id, Way::Up)?, kin::tree(reader, task.id, Way::Down)?);
    let asked_at = context.now;
    Ok(Details {
        asked_at,
        description,
        notes,
        spent,
        waits_for,
        waited_by,
        task,
        fields,
        environment,
        schedules,
        now,
        last,
        slots,
        heat,
    })
}

/// The newest notes of a task, the newest first, and how many older ones there are.
fn notes(reader: &Reader, task: TaskId) -> Result<(Vec<Noted>, usize)> {
    let mut notes = store::notes::of_task(reader, task)?;
    let older = notes.len().saturating_sub(NOTES);
    notes.drain(..older);
    let with_task = |note: Note| {
        let run = note.run.map(|run| found(runs::get(reader, run))).transpose()?.flatten();
        Ok((note, run.map(|run| (run.task, run.slug))))
    };
    Ok((notes.into_iter().rev().map(with_task).collect::<Result<_>>()?, older))
}

/// When in the week a task ran in the last weeks, in the zone of the person.
fn heat(reader: &Reader, world: &World, task: TaskId, now: Timestamp) -> Result<Heat> {
    let since = now.saturating_sub(SignedDuration::from_hours(WEEKS * 7 * 24)).unwrap_or(now);
    let (began, failed) = history::instants(reader, task, since, COUNTED)?;
    let since = if began.len() == COUNTED { began.last().copied().unwrap_or(since) } else { since };
    Ok(Heat { runs: heat::week(&began, &world.zone), failed: heat::week(&failed, &world.zone), since })
}

/// What is different in the output of a run from that of the last good one before it.
fn compared(db: &Db, world: &World, run: RunId, loosely: bool) -> Result<Compared> {
    let of = runs::get(db, run)?;
    if of.removed.is_some() {
        return Ok(Err(format!("the output of run #{run} was removed")));
    }
    let Some(good) = runs::good_before(db, of.task, run)? else {
        return Ok(Err(format!("no run of {} before #{run} has succeeded, or their outputs were removed", of.slug)));
    };
    let open = |run: RunId| Output::open(&world.runs.join(run.to_string()));
    let compared = || compare(&mut open(good)?, &mut open(run)?, loosely);
    Ok(compared().map(|comparison| (good, comparison)).map_err(|e| format!("cannot compare the outputs: {e}")))
}

/// What a run used, and what an attempt of it may use: its folder knows, also while it lives.
fn used(reader: &Reader, world: &World, run: RunId, attempt: u32) -> Result<Used> {
    let folder = world.runs.join(run.to_string());
    let attempts = attempts::of_run(reader, run)?;
    let given = Given::of_run(reader, run, &folder)?;
    let pinned = found(store::scripts::pinned(reader, run))?.unwrap_or_default();
    let differs = history::last_good(reader, run)?.and_then(|good| {
        let of = |run: RunId, attempt| supervise::spec_of(&world.runs.join(run.to_string()), attempt).ok()?;
        Some((good, differences(&of(good, 1)?, &of(run, attempt)?)))
    });
    let read = || Ok((usage::read(&folder)?, supervise::allowed(&folder, attempt)?));
    Ok(match read() {
        Ok((samples, (limits, in_force))) => {
            Used { run, samples: Ok(samples), limits, in_force, attempts, given, pinned, differs }
        }
        Err(e) => {
            let e: std::io::Error = e;
            Used {
                run,
                samples: Err(e.to_string()),
                limits: Limits::default(),
                in_force: None,
                attempts,
                given,
                pinned,
                differs,
            }
        }
    })
}

/// In words, what of what was to be executed is not as before: the command, the folder, and each variable of its own (R9). What was
/// inherited is recorded nowhere.
fn differences(before: &Spec, now: &Spec) -> Vec<String> {
    let mut found = Vec::new();
    if before.argv != now.argv {
        found.push(format!("command: {}", now.argv.join(" ")));
        found.push(format!("before: {}", before.argv.join(" ")));
    }
    if before.cwd != now.cwd {
        found.push(format!("folder: {}, before {}", now.cwd.display(), before.cwd.display()));
    }
    let names: BTreeSet<&String> = before.env.keys().chain(now.env.keys()).collect();
    for name in names {
        match (before.env.get(name), now.env.get(name)) {
            (Some(old), Some(new)) if old != new => found.push(format!("{name}={new}, before {old}")),
            (None, Some(new)) => found.push(format!("{name}={new}, before not set")),
            (Some(old), None) => found.push(format!("{name} not set, before {old}")),
            _ => {}
        }
    }
    if before.env_remove != now.env_remove {
        found.push(format!("not inherited: {}, before {}", now.env_remove.join(" "), before.env_remove.join(" ")));
    }
    found
}

/// The next slots of a schedule, as the engine will compute them (T8); none while it rests.
fn next(schedule: &Schedule) -> Result<Vec<(Timestamp, Option<crate::domain::when::Mark>)>> {
    let zone = schedules::zone_of(schedule)?;
    let mut all = Vec::new();
    let mut after = schedule.watermark;
    while schedule.next_at.is_some() && all.len() < NEXT_SLOTS {
        let Some(due) = schedule.next_after(after, &zone) else { break };
        all.push((schedule.start_of(due.at), due.mark(&zone)));
        after = due.at;
    }
    Ok(all)
}

fn check(reader: &Reader, world: &World, draft: Draft) -> Result<Answer> {
    let before = match draft.task {
        Some(task) => Some((tasks::get(reader, task)?, schedules::of_task(reader, task)?)),
        None => None,
    };
    let context = context(world);
    let wanted = match &before {
        Some((task, schedules)) => draft.merged(&texts(task, schedules, &world.zone_name, &context)).0,
        None => draft.clone(),
    };
    let before = before.as_ref().map(|(task, schedules)| (&task.definition, schedules.as_slice()));
    let (mut checked, _) = wanted.read(before, &world.zone_name, &context);
    checked.sees = sight::seen(world, &draft);
    let name = draft.text("name").trim();
    if draft.task.is_none() && is_speaking(name) {
        let base = slug(name);
        let free = tasks::free_slug(reader, &base)?;
        let taken = (free != base).then_some(base);
        checked.slug = Some((free, taken));
    }
    Ok(Answer::Checked(draft, checked))
}

fn editable(reader: &Reader, world: &World, task: TaskId, editor: Editor) -> Result<Editable> {
    let task = tasks::get(reader, task)?;
    let schedules = schedules::of_task(reader, task.id)?;
    let texts = texts(&task, &schedules, &world.zone_name, &context(world));
    let schedules = schedules.iter().map(|schedule| schedule.id).collect();
    Ok(Editable { task: task.id, slug: task.slug, texts, schedules, editor })
}

/// A task as the form shows it: text by field key. `zone` is the name of that of `context`.
pub(super) fn texts(task: &Task, schedules: &[Schedule], zone: &str, context: &Context) -> Texts {
    let mut texts: Texts =
        FIELDS.iter().filter_map(|field| Some((field.key, field.get(&task.definition, context)?))).collect();
    texts.retain(|(key, _)| *key != "env");
    let variables = task.definition.execution.env.iter().map(|(name, value)| format!("{name}={value}"));
    texts.push(("env", variables.collect::<Vec<_>>().join("\n")));
    let text = |schedule: &Schedule| wish_text(&schedule.rule, &schedule.zone, zone, context);
    texts.push(("when", schedules.iter().map(text).collect::<Vec<_>>().join("; ")));
    texts
}

/// These tasks as the list shows them in this order; one that is gone is not among them.
fn in_order(reader: &Reader, wanted: &[TaskId], order: Order) -> Result<Vec<TaskId>> {
    let mut placed = Vec::with_capacity(wanted.len());
    for id in wanted {
        placed.extend(tasks::place(reader, *id, order)?.map(|place| (place, *id)));
    }
    placed.sort_unstable();
    Ok(placed.into_iter().map(|(_, id)| id).collect())
}

/// Who the engine is.
fn engine(world: &World) -> Result<Engine> {
    let holder = lock::holder(&world.engine_lock)
        .map_err(|source| StoreError::Io { path: world.engine_lock.clone(), source })?;
    Ok(match holder {
        None => Engine::Nowhere,
        Some(holder) if holder.pid == std::process::id() => Engine::Here,
        Some(holder) => Engine::Elsewhere(holder),
    })
}
