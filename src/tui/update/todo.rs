//! What a person does with to-dos: verbs that act at once, and the prompts of those that need a word.

use super::super::action::Action;
use super::super::effect::{Effect, Intent};
use super::super::model::bulk::{Bulk, Percent, Target, Verb};
use super::super::model::layer::{Layer, Prompt, Purpose, TodoPrompt};
use super::super::model::toast::Level;
use super::super::model::{Model, Pane, edit};
use super::bulk::{self, Marked};
use crate::domain::quick;

/// What is marked, or what is under the cursor; nothing when it was said what is missing.
fn targets(model: &mut Model) -> Option<Vec<(Target, String)>> {
    match bulk::marked(model) {
        Marked::Tasks(targets) => Some(targets),
        Marked::Runs(_) | Marked::Beyond => None,
        Marked::Nothing => model.acts_on().map(|subject| vec![(Target::Task(subject.task), subject.slug)]),
    }
}

/// Does an action that needs no word, or asks for it.
pub(super) fn act(model: &mut Model, effects: &mut Vec<Effect>, action: Action) {
    // In Runs the output of the run belongs to what is noted.
    let run = model.runs.selected().filter(|_| model.focus == Pane::Runs && model.acting.is_none()).map(|run| run.id);
    let Some(targets) = targets(model) else { return };
    match action {
        Action::Finish => bulk::begin(model, effects, Bulk { verb: Verb::ToggleDone, targets }),
        Action::Begin => bulk::begin(model, effects, Bulk { verb: Verb::ToggleBegun, targets }),
        Action::Priority(sooner) => {
            let verb = Verb::Priority(if sooner { -1 } else { 1 });
            bulk::begin(model, effects, Bulk { verb, targets });
        }
        Action::Note => open(model, TodoPrompt::Note(targets, run)),
        Action::Progress => open(model, TodoPrompt::Progress(targets)),
        Action::Due => open(model, TodoPrompt::Due(targets)),
        _ => {}
    }
}

/// Opens a prompt.
pub(super) fn open(model: &mut Model, prompt: TodoPrompt) {
    let purpose = Purpose::Todo(prompt);
    model.layers.push(Layer::Prompt(Prompt { text: edit::editor(""), purpose }));
}

/// Takes what was typed; false: it cannot be taken, and why was said.
pub(super) fn accept(model: &mut Model, effects: &mut Vec<Effect>, prompt: TodoPrompt, text: &str) -> bool {
    let result = match prompt {
        TodoPrompt::New => quick::read(text, &model.context()).map(|definition| Intent::Add(Box::new(definition))),
        TodoPrompt::Note(..) if text.trim().is_empty() => Err("a note says something; Esc closes".to_owned()),
        TodoPrompt::Note(targets, run) => {
            Ok(Intent::Bulk(Bulk { verb: Verb::Note(text.trim().to_owned(), run), targets }))
        }
        TodoPrompt::Progress(targets) => {
            Percent::read(text).map(|percent| Intent::Bulk(Bulk { verb: Verb::Progress(percent), targets }))
        }
        TodoPrompt::Due(targets) => {
            model.read_due(text).map(|due| Intent::Bulk(Bulk { verb: Verb::Due(due), targets }))
        }
    };
    match result {
        Ok(intent) => effects.push(Effect::Intend(intent)),
        Err(e) => {
            model.tell(Level::Error, e);
            return false;
        }
    }
    true
}
