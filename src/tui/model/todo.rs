//! What is typed about to-dos, as it is understood while it is typed.

use std::path::PathBuf;

use jiff::Timestamp;

use super::Model;
use super::bulk::Percent;
use super::layer::TodoPrompt;
use crate::domain::field::Context;
use crate::domain::field::Field;
use crate::domain::quantity::parse_time;
use crate::domain::quick;
use crate::domain::task::{Definition, Priority};
use crate::tui::view::due;
use crate::tui::view::text::clean;

impl Model {
    /// In which the texts of a to-do are read; nothing of it is a path, and its type is checked when it is stored.
    pub fn context(&self) -> Context {
        Context { zone: self.zone.clone(), now: self.now.at, folder: PathBuf::new(), types: None }
    }

    /// Reads when something is due; nothing is at no time.
    pub fn read_due(&self, text: &str) -> Result<Option<Timestamp>, String> {
        let text = text.trim();
        let due = (!text.is_empty()).then(|| parse_time(text, &self.zone, self.now.at));
        due.transpose().map_err(|e| e.to_string())
    }

    /// What would come of the text in a prompt, or what is wrong with it; nothing when nothing is typed.
    pub fn understood(&self, prompt: &TodoPrompt, text: &str) -> Option<Result<String, String>> {
        if text.trim().is_empty() {
            return None;
        }
        match prompt {
            TodoPrompt::New => Some(quick::read(text, &self.context()).map(|definition| summary(self, &definition))),
            TodoPrompt::Due(_) => {
                let due = self.read_due(text).transpose()?;
                Some(due.map(|due| due::in_full(self, due)))
            }
            TodoPrompt::Progress(_) => Percent::read(text).err().map(Err),
            TodoPrompt::Note(..) => None,
        }
    }
}

/// A to-do in one line: `Pay rent, due Sun 2026-11-22, tomorrow, priority 2, money, +home, @ana`.
fn summary(model: &Model, definition: &Definition) -> String {
    let mut parts = vec![clean(&definition.name)];
    parts.extend(definition.due_at.map(|due| format!("due {}", due::in_full(model, due))));
    parts.extend((definition.priority != Priority::default()).then(|| format!("priority {}", definition.priority)));
    parts.extend((definition.progress > 0).then(|| format!("{}%", definition.progress)));
    parts.extend((!definition.category.is_empty()).then(|| clean(&definition.category)));
    parts.extend(definition.tags.iter().map(|tag| format!("+{}", clean(tag))));
    parts.extend(definition.assignee.as_ref().map(|who| format!("@{}", clean(who))));
    // Whatever else was said, in the words of the fields.
    let fields =
        ["type", "field", "recur", "remind", "depends-on"].into_iter().filter_map(|key| Field::named(key).ok());
    let context = model.context();
    let said = fields.filter_map(|field| Some((field.key, field.get(definition, &context)?)));
    parts.extend(said.filter(|(_, text)| !text.is_empty()).map(|(key, text)| format!("{key} {}", clean(&text))));
    parts.join(", ")
}
