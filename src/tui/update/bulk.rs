//! A verb over what is marked: asked about as the ladder says (UX 38), carried out as one, and reported for each (UX 41).

use super::super::action::Action;
use super::super::effect::{Effect, Intent, Query};
use super::super::model::bulk::{Bulk, Did, MANY, Report, Rung, Target, Verb, Weight, counted, rung};
use super::super::model::layer::{Choice, Dialog, Layer};
use super::super::model::marks::{Markable, Marks};
use super::super::model::toast::{Level, Source};
use super::super::model::window::Window;
use super::super::model::{Model, Pane};
use super::super::msg::Engine;
use super::super::view::text::slot_clock;
use super::{ask, layers};
use crate::domain::after;
use crate::domain::dependency;
use crate::domain::quantity::format_bytes;
use crate::domain::task::Status;

/// Blocked to-dos that a question tells one by one; of more the number is.
const FEW: usize = 5;

/// Failures that are said one by one; of more the number is.
const SAID: usize = 100;

/// What a verb finds marked in the pane with the keys.
pub(super) enum Marked {
    /// Nothing: it acts on the row under the cursor.
    Nothing,
    /// Tasks.
    Tasks(Vec<(Target, String)>),
    /// Runs.
    Runs(Vec<(Target, String)>),
    /// A range that is not loaded as a whole; it was said what to do.
    Beyond,
}

/// What is marked in a list; `None` while its range is not loaded as a whole.
fn of<I: Markable>(
    marks: &mut Marks<I>,
    window: &Window<I>,
    target: fn(I::Id) -> Target,
) -> Option<Vec<(Target, String)>> {
    marks.fold_range(window).then(|| marks.all().map(|(id, slug)| (target(id), slug.to_owned())).collect())
}

/// What is marked. A range becomes marks.
pub(super) fn marked(model: &mut Model) -> Marked {
    if model.acting.is_some() {
        // The palette was told what it is about by its name.
        return Marked::Nothing;
    }
    let found = match model.focus {
        Pane::Tasks => of(&mut model.marks.tasks, &model.tasks, Target::Task).map(Marked::Tasks),
        Pane::Runs => of(&mut model.marks.runs, &model.runs, Target::Run).map(Marked::Runs),
        Pane::Next | Pane::Main | Pane::Timeline => None,
    };
    match found {
        Some(Marked::Tasks(all) | Marked::Runs(all)) if all.is_empty() => Marked::Nothing,
        Some(found) => found,
        None if matches!(model.focus, Pane::Next | Pane::Main | Pane::Timeline) => Marked::Nothing,
        None => {
            let key = model.key_of(Action::Mark);
            model.tell(Level::Info, format!("the range goes on beyond what is loaded: {key} marks it first"));
            Marked::Beyond
        }
    }
}

/// Begins it: at once, or with a look at what it would do.
pub(super) fn begin(model: &mut Model, effects: &mut Vec<Effect>, bulk: Bulk) {
    let few = bulk.targets.len() <= MANY;
    match bulk.verb {
        _ if bulk.verb.is_of_words() => intend(effects, bulk),
        Verb::TogglePaused => intend(effects, bulk),
        Verb::Run | Verb::TogglePausedRuns if few => intend(effects, bulk),
        _ => ask(model, effects, Query::Weigh(bulk)),
    }
}

fn intend(effects: &mut Vec<Effect>, bulk: Bulk) {
    effects.push(Effect::Intend(Intent::Bulk(bulk)));
}

/// What it would do is known.
pub(super) fn weighed(model: &mut Model, effects: &mut Vec<Effect>, bulk: Bulk, weight: &Weight) {
    // Something else was opened meanwhile.
    if !model.layers.is_empty() {
        return;
    }
    let runs = weight.live.len() + weight.waiting.len();
    if matches!(bulk.verb, Verb::Stop | Verb::Kill) && runs == 0 {
        let ended = if bulk.noun() == "run" { "they have ended" } else { "nothing of them runs or waits" };
        return model.tell(Level::Info, ended);
    }
    let foreign = weight.live.iter().filter(|run| !model.started.contains(run)).count();
    let now = model.now.since;
    let undo = model.key_of(Action::Undo);
    match rung(&bulk, weight, foreign) {
        Rung::Do => intend(effects, bulk),
        Rung::Ask => {
            let dialog = question(bulk, weight, foreign, &undo, now);
            model.layers.push(Layer::Dialog(dialog));
        }
        Rung::Type(number) => {
            let dialog = typed(bulk, weight, number, &undo, now);
            model.layers.push(Layer::Dialog(dialog));
        }
    }
}

/// What the verb is called on a button: `Delete 3 tasks`.
fn label(bulk: &Bulk, weight: &Weight) -> String {
    let runs = weight.live.len() + weight.waiting.len();
    let of_runs = || {
        let runs = counted(runs, "run");
        if bulk.noun() == "run" { runs } else { format!("{runs} of {}", bulk.counted()) }
    };
    let what = match bulk.targets.as_slice() {
        [(Target::Task(_), slug)] => slug.clone(),
        _ => bulk.counted(),
    };
    match bulk.verb {
        Verb::Run => format!("Run {what}"),
        Verb::Stop => format!("Stop {}", of_runs()),
        Verb::Kill => format!("Kill {}", of_runs()),
        Verb::TogglePaused | Verb::TogglePausedRuns => format!("Pause or resume {what}"),
        Verb::Delete => format!("Delete {what}"),
        Verb::Purge => format!("Delete {what} and {} history", if bulk.targets.len() == 1 { "its" } else { "their" }),
        _ => what,
    }
}

/// `The history of 41 runs (1.2 MiB of output on disk) is kept.`
fn history(weight: &Weight, what: &str) -> Option<String> {
    let (runs, more) = weight.history;
    if runs == 0 {
        return None;
    }
    let (more, bytes) = (if more { "more than " } else { "" }, format_bytes(weight.bytes));
    Some(format!("The history of {more}{} ({bytes} of output on disk) {what}", counted(runs, "run")))
}

/// What goes with a deletion.
fn of_deletion(bulk: &Bulk, weight: &Weight) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(downstream) = after::bereaved(&weight.downstream) {
        lines.push(format!("{downstream}."));
    }
    if let Some(blocked) = dependency::bereaved(&weight.blocks) {
        lines.push(format!("{blocked}."));
    }
    let its = if bulk.targets.len() == 1 { "Its" } else { "Their" };
    if weight.schedules > 0 {
        lines.push(format!("{its} {} will not come due any more.", counted(weight.schedules, "schedule")));
    }
    if !weight.waiting.is_empty() {
        let goes = if weight.waiting.len() == 1 { "is" } else { "are" };
        lines.push(format!("{} that waits {goes} taken out of the queue.", counted(weight.waiting.len(), "run")));
    }
    if !weight.live.is_empty() {
        let (goes, it) = if weight.live.len() == 1 { ("goes", "it") } else { ("go", "them") };
        let live = counted(weight.live.len(), "run");
        lines.push(format!("{live} {goes} on: stop {it} first if that should not be."));
    }
    lines
}

fn question(bulk: Bulk, weight: &Weight, foreign: usize, undo: &str, now: std::time::Duration) -> Dialog {
    let label = label(&bulk, weight);
    let mut lines = Vec::new();
    match bulk.verb {
        Verb::Delete => {
            lines = of_deletion(&bulk, weight);
            lines.extend(history(weight, "is kept."));
            let them = if bulk.targets.len() == 1 { "it" } else { "them" };
            lines.push(format!("In the trash for 30 days: {undo} brings {them} back."));
        }
        Verb::Run if weight.busy > 0 => {
            let have = if weight.busy == 1 { "1 has an unfinished run and is" } else { "have unfinished runs and are" };
            let n = if weight.busy == 1 { String::new() } else { format!("{} ", weight.busy) };
            lines.push(format!("{n}{have} left out."));
        }
        Verb::Stop => {
            lines.push("Each gets its stop signal, and KILL when its grace is over.".to_owned());
            if foreign > 0 {
                let were = if foreign == 1 { "was" } else { "were" };
                lines.push(format!("{foreign} of them {were} not started by hand in this window."));
            }
        }
        Verb::Kill => lines.push("KILL goes to all of their processes at once: they cannot clean up.".to_owned()),
        _ => {}
    }
    let mut choices = vec![('y', label.clone())];
    let mut does = vec![Choice::Bulk(bulk.clone())];
    if bulk.verb == Verb::Delete && weight.history.0 > 0 {
        let purge = Bulk { verb: Verb::Purge, ..bulk };
        let all = purge.targets.len();
        choices.push(('h', self::label(&purge, weight)));
        does.push(Choice::Ask(Box::new(typed(purge, weight, all, undo, now))));
    }
    choices.push(('n', "No".to_owned()));
    does.push(Choice::Stay);
    let choices = choices.iter().zip(does).map(|((key, label), choice)| (*key, label.as_str(), choice)).collect();
    Dialog::new(format!("{label}?"), lines, choices, now)
}

/// A question that is answered by a number.
fn typed(bulk: Bulk, weight: &Weight, number: usize, undo: &str, now: std::time::Duration) -> Dialog {
    let label = label(&bulk, weight);
    let lines = match bulk.verb {
        Verb::Purge => {
            let mut lines = of_deletion(&bulk, weight);
            lines.extend(history(weight, "is removed for good."));
            lines.push(format!("{undo} brings back the tasks and their schedules, and nothing of this."));
            lines
        }
        _ => vec!["KILL goes to all of their processes at once: they cannot clean up.".to_owned()],
    };
    let choices = vec![('\r', label.as_str(), Choice::Bulk(bulk)), ('n', "No", Choice::Stay)];
    Dialog { wanted: Some(number.to_string()), ..Dialog::new(format!("{label}?"), lines, choices, now) }
}

/// What became of it: what was done is not marked any more, and what was not stays so.
pub(super) fn done(model: &mut Model, report: &Report) {
    for (target, _, did) in &report.done {
        match target {
            Target::Task(task) => model.marks.tasks.remove(*task),
            Target::Run(run) => {
                model.marks.runs.remove(*run);
                if matches!(report.verb, Verb::Stop | Verb::Kill) {
                    model.stop_asked.insert(*run);
                }
            }
        }
        if let Did::Queued(run) = did {
            model.started.insert(*run);
            model.run_chosen = false;
        }
    }
    let past = past(report);
    for (target, slug, reason) in report.failed.iter().take(SAID) {
        let (what, source) = match target {
            Target::Task(task) => (slug.clone(), Source::task(*task)),
            Target::Run(run) => (format!("#{run} of {slug}"), Source::run(*run)),
        };
        model.note(Level::Warn, format!("{what} was not {past}: {reason}"), source);
    }
    if report.failed.len() > SAID {
        let text = format!("{} more were not {past}", report.failed.len() - SAID);
        model.note(Level::Warn, text, Source::NONE);
    }
    // Of one alone it is said with the rest.
    for (target, slug, passed) in report.passed.iter().filter(|_| report.passed.len() > 1) {
        let source = if let Target::Task(task) = target { Source::task(*task) } else { Source::NONE };
        model.note(Level::Warn, format!("{slug}: {passed}"), source);
    }
    let asked = ask_to_force(model, report);
    // The question says the rest.
    if !(asked && report.done.is_empty() && report.failed.len() == report.waiting) {
        let (level, text) = summary(model, report, past);
        model.tell_of(level, text, source(report));
    }
}

/// To-dos that wait for others are completed and begun all the same only by one who knows (A3). False when there is nothing to ask, or
/// something else was opened meanwhile.
fn ask_to_force(model: &mut Model, report: &Report) -> bool {
    let (status, verb) = match report.verb {
        Verb::ToggleDone => (Status::Completed, "Complete"),
        Verb::ToggleBegun => (Status::InProgress, "Begin"),
        _ => return false,
    };
    let waiting = &report.failed[report.failed.len() - report.waiting..];
    let (what, them) = match waiting {
        [] => return false,
        [(_, slug, _)] => (format!("{slug} is"), "it"),
        several => (format!("{} are", counted(several.len(), "to-do")), "them"),
    };
    if !model.layers.is_empty() {
        return false;
    }
    let mut lines: Vec<String> =
        waiting.iter().take(FEW).map(|(_, slug, reason)| format!("{slug}: {reason}.")).collect();
    if waiting.len() > FEW {
        lines.push(format!("{} more.", waiting.len() - FEW));
    }
    let targets = waiting.iter().map(|(target, slug, _)| (*target, slug.clone())).collect();
    let force = Choice::Bulk(Bulk { verb: Verb::Force(status), targets });
    let (title, yes) = (format!("{what} blocked. {verb} {them} all the same?"), format!("{verb} {them}"));
    layers::open_dialog(model, title, lines, vec![('y', &yes, force), ('n', "No", Choice::Stay)]);
    true
}

fn source(report: &Report) -> Source {
    match (report.done.as_slice(), report.failed.as_slice()) {
        ([(Target::Task(task), ..)], []) | ([], [(Target::Task(task), ..)]) => Source::task(*task),
        ([(Target::Run(run), ..)], []) | ([], [(Target::Run(run), ..)]) => Source::run(*run),
        _ => Source::NONE,
    }
}

/// `paused`, as in "18 were paused".
fn past(report: &Report) -> &'static str {
    let rests = report.done.iter().all(|(_, _, did)| *did != Did::Paused(false));
    let turned = report.done.iter().all(|(_, _, did)| *did != Did::Turned(false));
    match report.verb {
        Verb::Run => "queued",
        Verb::Stop => "stopped",
        Verb::Kill => "killed",
        Verb::TogglePaused | Verb::TogglePausedRuns if rests => "paused",
        Verb::TogglePaused | Verb::TogglePausedRuns => "resumed",
        Verb::Delete | Verb::Purge => "deleted",
        Verb::Tag(_) => "tagged",
        Verb::ToggleDone if turned => "completed",
        Verb::ToggleDone => "reopened",
        Verb::Force(Status::Completed) => "completed",
        Verb::Force(_) => "begun",
        Verb::ToggleBegun if turned => "begun",
        Verb::ToggleBegun => "laid aside",
        Verb::Progress(_) | Verb::Due(_) | Verb::Priority(_) => "changed",
        Verb::Note(..) => "noted",
    }
}

/// What it is now, when all that it was done to are the same: `: due tomorrow 18:00`.
fn outcome(model: &Model, report: &Report) -> String {
    let mut numbers = report.done.iter().map(|(_, _, did)| if let Did::Number(n) = did { Some(*n) } else { None });
    let first = numbers.next().flatten();
    let number = first.filter(|first| numbers.all(|other| other == Some(*first)));
    match (&report.verb, number) {
        (Verb::Progress(_), Some(percent)) => format!(": {percent}%"),
        (Verb::Priority(_), Some(priority)) => format!(": priority {priority}"),
        (Verb::Due(Some(due)), _) if !report.done.is_empty() => {
            let then = report.then.as_ref().filter(|_| report.done.len() == 1);
            let then = then.map_or_else(String::new, |then| format!(", then {then}"));
            format!(": due {}{then}", slot_clock(*due, model))
        }
        (Verb::Due(None), _) if !report.done.is_empty() => ": due at no time".to_owned(),
        _ => consequences(model, report),
    }
}

/// What it means to others, and what comes again: `: unblocks deploy; pay-rent comes again: due Tue 1 Dec 09:00`.
fn consequences(model: &Model, report: &Report) -> String {
    let effect = report.effect.sentence().map(|effect| format!(": {effect}"));
    let again = match report.followed.as_slice() {
        [] => None,
        [one] => Some(format!("; {}", one.sentence(model.now.at, &model.zone))),
        several => {
            let again = several.iter().filter(|followed| followed.next.is_some()).count();
            Some(format!("; {again} of them {}", if again == 1 { "comes again" } else { "come again" }))
        }
    };
    effect.into_iter().chain(again).collect()
}

fn summary(model: &Model, report: &Report, past: &str) -> (Level, String) {
    let (done, failed) = (report.done.len(), report.failed.len());
    let runs = matches!(
        report.done.iter().map(|(t, ..)| t).chain(report.failed.iter().map(|(t, ..)| t)).next(),
        Some(Target::Run(_))
    );
    let noun = if runs { "run" } else { "task" };
    let live: usize = report.done.iter().map(|(_, _, did)| if let Did::Deleted(live) = did { *live } else { 0 }).sum();
    let also = match live {
        0 => String::new(),
        1 => ", 1 run goes on".to_owned(),
        n => format!(", {n} runs go on"),
    };
    let key = |action, does: &str| format!(" ({} {does})", model.key_of(action));
    let messages = model.key_of(Action::Messages);
    let passed = match report.passed.as_slice() {
        [] => String::new(),
        [(_, _, passed)] => format!("; {passed}"),
        several => format!("; of {} of them a reminder is past already, {messages} says which", several.len()),
    };
    let also = also + &outcome(model, report) + &passed;
    let key = match report.verb {
        Verb::TogglePaused if done > 0 => key(Action::Undo, "undoes"),
        _ if report.verb.is_of_words() && done > 0 => key(Action::Undo, "undoes"),
        Verb::Delete | Verb::Purge if done == 1 => key(Action::Undo, "brings it back"),
        Verb::Delete | Verb::Purge if done > 1 => key(Action::Undo, "brings them back"),
        Verb::Stop if done > 0 => key(Action::Kill, "kills"),
        Verb::Run if done > 0 && model.engine == Some(Engine::Nowhere) => "; no engine runs, so they wait".to_owned(),
        Verb::Run if done > 0 => key(Action::Stop, "stops"),
        _ => String::new(),
    };
    let level = if report.passed.is_empty() && report.left == 0 { Level::Ok } else { Level::Warn };
    // They stay marked as well.
    let key = match report.left {
        0 => key,
        left => format!("{key}; cancelled, {left} not come to"),
    };
    match (report.done.as_slice(), report.failed.as_slice()) {
        ([(_, slug, _)], []) if noun == "task" => (level, format!("{past} {slug}{also}{key}")),
        (_, []) => (level, format!("{past} {}{also}{key}", counted(done, noun))),
        ([], [(_, slug, reason)]) => (Level::Error, format!("{slug} was not {past}: {reason}")),
        ([], _) => (Level::Error, format!("{past} none of {failed}; all stay marked, {messages} says why")),
        (_, _) => {
            let stay = if failed == 1 { "stays" } else { "stay" };
            let text = format!(
                "{past} {done} of {}{also}{key}; {failed} failed {stay} marked, {messages} says why",
                done + failed
            );
            (Level::Warn, text)
        }
    }
}
