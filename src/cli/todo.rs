//! `tempo start`, `tempo done` and `tempo cancel`: what a person does with to-dos. Each gets its own answer (A6).

use std::io::Write as _;

use serde::Serialize;

use super::json::TaskJson;
use super::{CliError, Context, Result, complain};
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::dependency::Effect;
use crate::domain::quantity::format_duration;
use crate::domain::task::{Status, Task};
use crate::store::changes::Step;
use crate::store::todos::{self, Turn, Turned};
use crate::store::{self, Db, StoreError, notes, tasks};

/// Which to-dos to begin or to complete.
#[derive(Debug, clap::Args)]
#[command(after_help = "Each is answered by itself: what can be done is, and the exit code says whether all was. \
One that waits for others named here comes after them.")]
pub struct Args {
    /// The to-dos
    #[arg(required = true, value_name = "TASK")]
    tasks: Vec<String>,
    /// Also those that wait for others
    #[arg(long)]
    force: bool,
}

/// Which to-dos to give up.
#[derive(Debug, clap::Args)]
#[command(after_help = "Each is answered by itself: what can be done is, and the exit code says whether all was. \
A to-do that waited for one waits no more; a run that waits for it to be done goes on waiting.")]
pub struct CancelArgs {
    /// The to-dos
    #[arg(required = true, value_name = "TASK")]
    tasks: Vec<String>,
}

/// A to-do with its new status.
#[derive(Debug, Serialize)]
struct TurnedJson {
    #[serde(flatten)]
    task: TaskJson,
    /// Its status before.
    was: &'static str,
    /// How long people have worked on it.
    spent_s: f64,
    #[serde(flatten)]
    effect: Effect,
}

/// One that could not have it.
#[derive(Debug, Serialize)]
struct RefusedJson<'a> {
    task: &'a str,
    error: String,
}

/// `tempo start` and `tempo done`.
pub(super) fn run(args: Args, to: Status, cx: &mut Context) -> Result<u8> {
    become_all(args.tasks, to, args.force, cx)
}

/// `tempo cancel`.
pub(super) fn cancel(args: CancelArgs, cx: &mut Context) -> Result<u8> {
    become_all(args.tasks, Status::Cancelled, false, cx)
}

/// `tempo stop` of a to-do in progress: it is open again, and the time does not count any more.
pub(super) fn lay_down(task: TaskId, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let now = cx.now;
    match store.write(move |db| todos::turn(db, &mut Step::new(By::Cli, now), task, Status::Open, false))? {
        Turn::Turned(turned) => tell(cx, &*store.reader()?, *turned, Status::Open),
        // Neither a machine's task nor one that waits gets here; it would have been changed in this very moment.
        Turn::OfMachine(task) | Turn::Waits(task, _) => Err(CliError::Refused(of_machine(&task, Status::Open))),
    }
}

/// The answers in the order in which they came, and the exit code: that of the first that could not be done.
fn become_all(references: Vec<String>, to: Status, force: bool, cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let now = cx.now;
    let (answers, followed) = store.write(move |db| {
        let mut step = Step::new(By::Cli, now);
        let (mut answers, mut left) = (Vec::new(), references);
        loop {
            let (mut waiting, before) = (Vec::new(), left.len());
            for reference in left {
                match one(db, &mut step, &reference, to, force)? {
                    Err((e, true)) => waiting.push((reference, e)),
                    answer => answers.push((reference, answer.map_err(|(e, _)| e))),
                }
            }
            // Some of these may have waited for others among them.
            if waiting.is_empty() || waiting.len() == before {
                answers.extend(waiting.into_iter().map(|(reference, e)| (reference, Err(e))));
                return Ok((answers, step.followed().to_vec()));
            }
            left = waiting.into_iter().map(|(reference, _)| reference).collect();
        }
    })?;
    let db = store.reader()?;
    let mut code = 0;
    for (reference, answer) in answers {
        match answer {
            Ok(turned) => tell(cx, &db, *turned, to)?,
            Err(e) => {
                let e = CliError::from(e);
                code = if code == 0 { e.code() } else { code };
                if cx.json {
                    cx.print_json(&RefusedJson { task: &reference, error: e.to_string() })?;
                } else {
                    complain(&e);
                }
            }
        }
    }
    // What comes again is a task of its own; for programs it is in the list as any other.
    for followed in followed.iter().filter(|_| !cx.json) {
        writeln!(cx.out, "{}", followed.sentence(cx.now, &cx.zone))?;
    }
    Ok(code)
}

/// Why it could not be done, and whether that may change with others.
type Refusal = (StoreError, bool);

fn one(
    db: &Db,
    step: &mut Step,
    reference: &str,
    to: Status,
    force: bool,
) -> store::Result<std::result::Result<Box<Turned>, Refusal>> {
    let task = match tasks::find(db, reference) {
        Ok(task) => task,
        Err(e @ (StoreError::NotFound(_) | StoreError::InTrash { .. } | StoreError::Refused(_))) => {
            return Ok(Err((e, false)));
        }
        Err(e) => return Err(e),
    };
    Ok(match todos::turn(db, step, task.id, to, force)? {
        Turn::Turned(turned) => Ok(turned),
        Turn::OfMachine(task) => Err((StoreError::Refused(of_machine(&task, to)), false)),
        Turn::Waits(task, waits) => Err((waits_for(&task, &waits), true)),
    })
}

/// Why a to-do that waits for others is neither begun nor done.
pub(super) fn waits_for(task: &Task, waits: &str) -> StoreError {
    StoreError::Refused(format!("{} waits for {waits}; --force does it all the same", task.slug))
}

fn of_machine(task: &Task, to: Status) -> String {
    let (slug, kind) = (&task.slug, task.definition.work.kind());
    let hint = match to {
        Status::InProgress => format!("`tempo run {slug}` runs it"),
        Status::Cancelled => {
            format!("`tempo stop {slug}` stops its runs, `tempo pause {slug}` lets its schedules rest")
        }
        Status::Open | Status::Completed => "the machine does it".to_owned(),
    };
    format!("{slug} is a {kind} and no to-do: {hint}")
}

/// Says what became of a to-do.
fn tell(cx: &mut Context, db: &Db, turned: Turned, to: Status) -> Result<()> {
    let Turned { task, from, effect } = turned;
    let spent = notes::spent(db, task.id, cx.now)?;
    if cx.json {
        let (was, spent_s) = (from.word(), spent.as_secs_f64());
        let object = TurnedJson { task: cx.task_json(db, &task)?, was, spent_s, effect };
        return cx.print_json(&object);
    }
    if from == to {
        writeln!(cx.out, "{} is {} already", task.slug, to.word().replace('_', " "))?;
        return Ok(());
    }
    let verb = match to {
        Status::Open => "laid down",
        Status::InProgress => "started",
        Status::Completed => "done",
        Status::Cancelled => "cancelled",
    };
    write!(cx.out, "{verb} {}", task.slug)?;
    if to != Status::InProgress && spent.as_secs() >= 60 {
        write!(
            cx.out,
            " after {} of work",
            format_duration(std::time::Duration::from_secs(spent.as_secs() / 60 * 60))
        )?;
    }
    if let Some(effect) = effect.sentence() {
        write!(cx.out, ": {effect}")?;
    }
    writeln!(cx.out)?;
    Ok(())
}
