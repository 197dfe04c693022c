//! Which action a key means now, and who does it.

use std::time::Duration;

use crossterm::event::KeyEvent;

use super::super::action::{Action, Scope};
use super::super::chord;
use super::super::effect::{Effect, Intent, Kind, ThemeWish};
use super::super::model::duties::NextTab;
use super::super::model::import::Source;
use super::super::model::layer::{Layer, Purpose, TYPE_AHEAD, TodoPrompt};
use super::super::model::toast::Level;
use super::super::model::{Model, Pane};
use super::super::outside::Outside;
use super::super::{Exit, QuitChoice};
use super::{
    builder, calendar, compare, copy, extras, first, graphs, hunt, import, inspector, layers, log, marks, menu,
    messages, mouse, navigate, outside, palette, script, tags, templates, todo, verbs, versions, why,
};

/// Two presses of Ctrl-c this close together are one wish.
const TWICE: Duration = Duration::from_secs(1);

/// Keys that wait for an answer at most: nobody types more ahead in that time.
const HELD: usize = 64;

/// What answers to these open: a form, a prompt, a question, a log; or what they mark. The next key is meant for that.
const OPENERS: [Kind; 6] = [Kind::Names, Kind::Editable, Kind::Tags, Kind::Weigh, Kind::Merge, Kind::Broke];

/// What the keys that wait were meant for may be there: then they are pressed now.
pub(super) fn release(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.held.first().is_none_or(|held| is_coming(model, &chord::name(*held))) {
        return;
    }
    for held in std::mem::take(&mut model.held) {
        key(model, effects, held);
    }
}

/// Whether what a key is meant for is still on its way: something that opens, the text to be edited, or what a list shows first.
fn is_coming(model: &Model, name: &str) -> bool {
    let awaits = |kind: Kind| model.awaited.contains_key(&kind);
    match model.layers.last() {
        None => model.editor.wanted.is_some() || model.editor.opening || OPENERS.into_iter().any(awaits),
        Some(Layer::Templates(templates)) => templates.entries.is_none() && awaits(Kind::Templates),
        Some(Layer::Views(views)) => !views.loaded && awaits(Kind::Views),
        Some(Layer::Categories(tree)) => !tree.is_loaded() && awaits(Kind::Categories),
        Some(Layer::Messages(list)) => !list.rows.is_loaded() && awaits(Kind::Messages),
        Some(Layer::Versions(versions)) => !versions.rows.is_loaded() && awaits(Kind::Versions),
        Some(Layer::Why(why)) => !why.entries.is_loaded() && awaits(Kind::Why),
        Some(Layer::Palette(palette)) => {
            let action = model.keymap.find(Scope::Palette, name).map(|row| row.action);
            let takes = matches!(action, Some(Action::Accept | Action::Complete));
            takes && palette.is_of_store() && awaits(Kind::Offer)
        }
        Some(_) => false,
    }
}

/// Keeps a key for what is on its way. False when it is for what is there.
fn holds(model: &mut Model, key: KeyEvent, name: &str) -> bool {
    let opens_text = model.layers.is_empty() && (model.editor.wanted.is_some() || model.editor.opening);
    let scope = model.key_scope().filter(|_| !model.layers.is_empty());
    let closes = scope
        .and_then(|scope| model.keymap.find(scope, name))
        .is_some_and(|row| matches!(row.action, Action::Cancel | Action::Quit));
    if opens_text && name == "Esc" {
        model.editor.wanted = None;
        model.editor.opening = false;
        model.held.clear();
        return true;
    }
    if closes {
        model.held.clear();
        return false;
    }
    let waits = !model.held.is_empty() || is_coming(model, name);
    if waits && model.held.len() < HELD {
        model.held.push(key);
    }
    waits
}

/// A key, which may begin a chord or go on with one.
pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent) {
    model.messages.key_pressed();
    model.bound = None;
    let name = chord::name(key);
    // What is typed while the terminal changes hands is for the other program, or was (UX 39).
    if model.leaving || model.back_at.is_some_and(|back| model.now.since < back + TYPE_AHEAD) {
        return;
    }
    if model.layout().is_none() {
        // Nothing can be asked on so small a screen: what runs and what is planned goes on.
        if name == "q" || name == "Ctrl-c" {
            let choice = if verbs::leaving_ends_something(model) { QuitChoice::Background } else { QuitChoice::Leave };
            effects.push(Effect::Exit(Exit::Quit(choice)));
        }
        return;
    }
    if is_second_interrupt(model, &name) {
        return verbs::ask_to_quit(model);
    }
    if let Some(Layer::Chord(begun)) = model.layers.last() {
        let keys = format!("{begun} {name}");
        model.layers.pop();
        match chord(model, &keys) {
            Chord::Begins => model.layers.push(Layer::Chord(keys)),
            Chord::Whole => dispatch(model, effects, key, &keys),
            Chord::Unknown if matches!(name.as_str(), "Esc" | "Ctrl-c") => {}
            Chord::Unknown => model.tell(Level::Info, format!("{keys} is no key here")),
        }
        return;
    }
    if holds(model, key, &name) {
        return;
    }
    match chord(model, &name) {
        Chord::Begins => model.layers.push(Layer::Chord(name)),
        Chord::Whole | Chord::Unknown => dispatch(model, effects, key, &name),
    }
}

/// What the terminal sent while the inspector was open; it may be closed by now.
pub(super) fn sent(model: &mut Model, effects: &mut Vec<Effect>, sent: Option<KeyEvent>, bytes: Vec<u8>) {
    match sent {
        _ if model.is_inspecting() => inspector::key(model, sent, bytes),
        Some(sent) => key(model, effects, sent),
        None => {}
    }
}

/// Whether Ctrl-c was pressed twice within a second: whoever does that wants out, wherever they are (UX 3).
fn is_second_interrupt(model: &mut Model, name: &str) -> bool {
    let now = model.now.since;
    let before = model.interrupted.take();
    // In a text it copies.
    let copies = model.layers.is_empty() && model.editor.editing && model.editor.selection().is_some();
    if name != "Ctrl-c" || model.is_inspecting() || copies {
        return false;
    }
    let second = before.is_some_and(|at| now <= at + TWICE);
    model.interrupted = (!second).then_some(now);
    second
}

/// What keys that were pressed one after the other are where they go.
enum Chord {
    Begins,
    Whole,
    Unknown,
}

fn chord(model: &Model, keys: &str) -> Chord {
    match model.key_scope() {
        Some(scope) if model.keymap.continuations(scope, keys).next().is_some() => Chord::Begins,
        Some(scope) if model.keymap.find(scope, keys).is_some() => Chord::Whole,
        _ => Chord::Unknown,
    }
}

/// A key, or the last one of the chord `name`: for the topmost layer, else for the pane with the focus.
fn dispatch(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    // The help of a layer is not that layer's business.
    let scope = model.key_scope().filter(|_| !model.layers.is_empty());
    if scope.and_then(|scope| model.keymap.find(scope, name)).is_some_and(|row| row.action == Action::Help) {
        return layers::open_help(model);
    }
    let in_text = model.scope() == Scope::Editor;
    match super::top(model) {
        Some(Layer::Prompt(prompt)) if matches!(prompt.purpose, Purpose::Tags(..)) => {
            tags::key(model, effects, key, name);
        }
        Some(Layer::Prompt(_)) => layers::prompt(model, effects, key, name),
        Some(Layer::Form(_)) => super::form::key(model, effects, key, name),
        Some(Layer::Builder(_)) => builder::key(model, effects, key, name),
        Some(Layer::Dialog(_)) => layers::dialog(model, effects, name),
        Some(Layer::Palette(_)) => palette::key(model, effects, key, name),
        Some(Layer::Help(_)) => layers::help(model, effects, key, name),
        Some(Layer::Why(_)) => why::key(model, name),
        Some(Layer::Calendar(_)) => calendar::key(model, name),
        Some(Layer::Import(_)) => import::key(model, effects, name),
        Some(Layer::FirstRun(_)) => first::key(model, effects, name),
        Some(Layer::Compare(_)) => compare::key(model, effects, name),
        Some(Layer::Reports(_)) => super::reports::key(model, effects, name),
        Some(Layer::Versions(_)) => versions::key(model, effects, name),
        Some(Layer::Hunt(_)) => hunt::key(model, effects, key, name),
        Some(Layer::Templates(_)) => templates::key(model, name),
        Some(Layer::Themes(_)) => super::themes::key(model, effects, name),
        Some(Layer::Views(_)) => super::views::key(model, effects, name),
        Some(Layer::Categories(_)) => super::categories::key(model, name),
        Some(Layer::Messages(_)) => messages::key(model, effects, name),
        Some(Layer::Menu(scope)) => {
            let scope = *scope;
            menu::key(model, effects, scope, name);
        }
        Some(Layer::Inspector(_)) => inspector::key(model, Some(key), Vec::new()),
        Some(Layer::Chord(_)) => {}
        Some(Layer::RunWith(_)) => extras::key(model, effects, key, name),
        None if in_text => script::key(model, effects, key, name),
        None => {
            if let Some(action) = model.meant(model.scope(), name).map(|row| row.action) {
                act(model, effects, action);
            }
        }
    }
}

/// Does an action of a pane, or says why it is not possible.
pub(super) fn act(model: &mut Model, effects: &mut Vec<Effect>, action: Action) {
    if let Some(reason) = model.reason(action) {
        return model.tell(Level::Info, reason);
    }
    match action {
        Action::Describe => verbs::describe(model, effects),
        Action::Add => super::form::open_new(model),
        Action::AddScript => super::form::open_script(model),
        Action::AddTodo => todo::open(model, TodoPrompt::New),
        action if action.is_of_todo() => todo::act(model, effects, action),
        Action::Versions => versions::open(model),
        Action::Broke => versions::ask_what_broke(model, effects),
        Action::Edit => verbs::edit(model, effects),
        Action::EditScript => verbs::edit_shown(model, effects),
        Action::EditTask => verbs::form(model, effects),
        Action::Text(action) => script::act(model, effects, action),
        Action::Sideways(right) => script::sideways(model, right),
        Action::Cancel if model.scope() == Scope::Changes => drop(script::back(model)),
        Action::Back if model.scope() == Scope::Script && script::back(model) => {}
        Action::Schedule => verbs::schedule(model, effects),
        Action::Run => verbs::run(model, effects),
        Action::Stop => verbs::stop(model, effects, false),
        Action::Kill => verbs::stop(model, effects, true),
        Action::Pause => verbs::pause(model, effects),
        Action::PauseRun => verbs::pause_run(model, effects),
        Action::Why => why::open(model),
        Action::Calendar => calendar::open(model),
        Action::ImportCrontab => import::open(model, effects, Source::Crontab),
        Action::ImportTimers => import::open(model, effects, Source::Timers),
        Action::LoadExample => import::ask_for_example(model),
        Action::Delete => verbs::delete(model, effects),
        Action::Undo => effects.push(Effect::Intend(Intent::Undo)),
        Action::Redo => effects.push(Effect::Intend(Intent::Redo)),
        Action::Quit => verbs::quit(model, effects),
        Action::Filter => layers::open_filter(model),
        Action::Views => super::views::open(model),
        Action::Categories => super::categories::open(model),
        Action::Search => layers::open_search(model),
        Action::Hunt => hunt::open(model, effects),
        Action::Compare => compare::open(model, effects),
        Action::Reports => super::reports::open(model, effects),
        Action::Back if model.scope() == Scope::Log && log::back(model, effects) => {}
        Action::Help => layers::open_help(model),
        Action::Messages => messages::open(model),
        Action::Palette => palette::open(model),
        Action::Inspect => inspector::open(model),
        Action::Menu(scope) => model.layers.push(Layer::Menu(scope)),
        Action::Copy(part) => copy::part(model, effects, part),
        Action::Plain => outside::plain(model, effects),
        Action::Pager => outside::pager(model, effects),
        Action::Editor => outside::editor(model, effects),
        Action::Mouse => mouse::toggle(model, effects),
        Action::Suspend => effects.push(Effect::Outside(Outside::Shell)),
        Action::PickTheme => effects.push(Effect::Theme(ThemeWish::List)),
        Action::Mark => marks::mark(model, effects),
        Action::Range => marks::range(model),
        Action::MarkAll => marks::all(model, effects),
        Action::RunWith => verbs::run_with(model),
        Action::Tags => verbs::tags(model, effects),
        Action::EndBulk => effects.push(Effect::EndBulk),
        Action::Duplicate => verbs::duplicate(model, effects),
        Action::Repaint => effects.push(Effect::Repaint),
        Action::Merge => log::merge(model, effects),
        Action::Sort(order) => {
            navigate::sort(model, order);
            effects.push(Effect::Intend(Intent::KeepOrder(order)));
        }
        Action::Log(action) => log::act(model, effects, action),
        Action::Open if model.focus == Pane::Timeline => graphs::open(model, effects),
        Action::Open if model.focus == Pane::Next && model.next_tab == NextTab::Agenda => navigate::open_duty(model),
        Action::Open if model.focus == Pane::Next => verbs::schedule(model, effects),
        Action::Earlier | Action::Later | Action::Closer | Action::Farther | Action::Now => graphs::act(model, action),
        other => navigate::act(model, other),
    }
}
