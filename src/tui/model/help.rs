//! The help: every key there is, those of this pane first, each with what keeps it from working now.

use tui_textarea::TextArea;

use super::{Model, edit};
use crate::domain::TaskId;
use crate::tui::action::{self, Action, Scope};
use crate::tui::editor::prompt::Prompt;
use crate::tui::editor::replacement;
use crate::tui::keymap::Row;

/// The help.
#[derive(Debug, Clone)]
pub struct Help {
    /// What is typed to filter it.
    pub filter: TextArea<'static>,
    /// The line under the cursor, among those that match.
    pub cursor: usize,
    /// The pane, or the layer over it, that it was opened from.
    pub scope: Scope,
    /// The task that was selected: an action is meant for that.
    pub meant: Option<TaskId>,
}

/// A line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its section.
    pub section: &'static str,
    /// The stable name of its action; empty for the core of the prompts.
    pub id: &'static str,
    /// Its keys; a chord has blanks in it.
    pub keys: Vec<String>,
    /// What it does.
    pub title: &'static str,
    /// What Enter does; nothing where the key belongs to something that is not open.
    pub action: Option<Action>,
    /// Why it is not possible now.
    pub reason: Option<String>,
}

impl Help {
    /// The help of what is open, else of the pane with the focus.
    pub fn of(model: &Model) -> Self {
        let scope = model.key_scope().unwrap_or_else(|| model.scope());
        let meant = model.acts_on().map(|subject| subject.task);
        Self { filter: edit::editor(""), cursor: 0, scope, meant }
    }

    /// The lines that match what is typed: by title, section or id, or by the whole name of a key.
    pub fn matching(&self, model: &Model) -> Vec<Line> {
        let typed = edit::text(&self.filter).to_lowercase();
        let mut lines = lines(model, self.scope);
        lines.retain(|line| {
            let texts = [line.title, line.section, line.id];
            texts.iter().any(|text| text.to_lowercase().contains(&typed))
                || line.keys.iter().any(|key| key.to_lowercase() == typed)
        });
        lines
    }
}

/// All of it: this pane and what holds everywhere, the menus, the other panes, the prompts, and what belongs to the other layers.
fn lines(model: &Model, here: Scope) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let over_pane = Scope::PANES.contains(&here) || here == Scope::Editor;
    let runs = |row: &Row, keys: Vec<String>| Line {
        section: row.group,
        id: row.id,
        keys,
        title: row.title,
        // Over a layer it only tells: what Enter would do is below that.
        action: over_pane.then_some(row.action),
        reason: model.reason(row.action).filter(|_| over_pane),
    };
    for row in model.keymap.within(here) {
        lines.push(runs(row, row.keys.clone()));
    }
    let mut menus = Vec::new();
    for opener in action::all() {
        if let Action::Menu(menu) = opener.action
            && !menus.contains(&menu)
        {
            menus.push(menu);
            let first = model.key_of(opener.action);
            for row in model.keymap.within(menu) {
                lines.push(runs(row, row.keys.iter().map(|key| format!("{first} {key}")).collect()));
            }
        }
    }
    for pane in Scope::PANES.into_iter().filter(|pane| *pane != here) {
        for row in model.keymap.within(pane) {
            if !lines.iter().any(|line| line.id == row.id) {
                lines.push(runs(row, row.keys.clone()));
            }
        }
    }
    for row in model.keymap.within(Scope::Prompt).iter().filter(|_| here != Scope::Prompt) {
        lines.push(Line { action: None, reason: None, ..runs(row, row.keys.clone()) });
    }
    let replaced = replacement::SYNTAX.map(|(typed, title)| Line {
        section: "Replace",
        id: "",
        keys: vec![typed.to_owned()],
        title,
        action: None,
        reason: None,
    });
    // Who replaces right now asks for nothing else.
    let at = if model.editor.prompt.as_ref().is_some_and(Prompt::replaces) { 0 } else { lines.len() };
    lines.splice(at..at, replaced);
    for (key, title) in edit::CORE {
        let keys = vec![(*key).to_owned()];
        lines.push(Line { section: "Prompt", id: "", keys, title, action: None, reason: None });
    }
    for spec in action::all() {
        if !lines.iter().any(|line| line.id == spec.id) {
            let rows = spec.scopes.iter().flat_map(|scope| model.keymap.within(*scope));
            if let Some(row) = rows.into_iter().find(|row| row.id == spec.id) {
                lines.push(Line { action: None, reason: None, ..runs(row, row.keys.clone()) });
            }
        }
    }
    lines
}
