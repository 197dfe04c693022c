//! A run that is started with arguments and variables of its own (UX 4, Run now): what was typed, and what would be executed.

use std::collections::BTreeMap;

use tui_textarea::TextArea;

use super::edit;
use crate::domain::TaskId;
use crate::domain::argument;

/// What a person wants a run to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extras {
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// The arguments as they were typed.
    pub args: String,
    /// The variables as they were typed, one a line.
    pub env: String,
    /// Whether its end is told, with a bell.
    pub notify: bool,
}

impl Extras {
    /// The arguments, or what is wrong with them.
    pub fn arguments(&self) -> Result<Vec<String>, String> {
        argument::split(&self.args).map_err(|e| format!("arguments: {e}"))
    }

    /// The variables, or what is wrong with them.
    pub fn variables(&self) -> Result<BTreeMap<String, String>, String> {
        argument::variables(&self.env).map_err(|e| format!("variables: {e}"))
    }
}

/// What a dry run is asked about: the task, the arguments and the variables as they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// The task.
    pub task: TaskId,
    /// The arguments.
    pub args: String,
    /// The variables.
    pub env: String,
}

/// What would be executed: name and text of each part, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    /// The parts.
    pub parts: Vec<(String, String)>,
    /// What would keep it from starting, or wait for it.
    pub problems: Vec<String>,
}

/// The fields of the form.
pub const FIELDS: [(&str, &str); 3] = [
    ("arguments", "behind those of the task, split as a shell does: --full '/srv/my db'"),
    ("variables", "NAME=VALUE, before those of the task. {line}: another one"),
    ("notify", "Space: say so here, with a bell, when it has ended"),
];

/// The form.
#[derive(Debug, Clone)]
pub struct ExtrasForm {
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// The text of the arguments.
    pub args: TextArea<'static>,
    /// The text of the variables.
    pub env: TextArea<'static>,
    /// Whether its end is told.
    pub notify: bool,
    /// The field that has the keys.
    pub focus: usize,
    /// What a dry run was last asked about.
    pub asked: Option<Asking>,
    /// What it said.
    pub dry: Option<Result<DryRun, String>>,
    /// The first line of that on the screen.
    pub top: usize,
    /// Whether the run is being queued.
    pub busy: bool,
}

impl ExtrasForm {
    /// The form for a task, with what was typed the last time.
    pub fn new(task: TaskId, slug: String, kept: Option<Extras>) -> Self {
        let (args, env, notify) = kept.map_or_else(Default::default, |order| (order.args, order.env, order.notify));
        Self {
            task,
            slug,
            args: edit::editor(&args),
            env: edit::editor(&env),
            notify,
            focus: 0,
            asked: None,
            dry: None,
            top: 0,
            busy: false,
        }
    }

    /// What is typed.
    pub fn order(&self) -> Extras {
        Extras {
            task: self.task,
            slug: self.slug.clone(),
            args: edit::text(&self.args),
            env: edit::text(&self.env),
            notify: self.notify,
        }
    }

    /// What a dry run is to be asked about.
    pub fn asking(&self) -> Asking {
        Asking { task: self.task, args: edit::text(&self.args), env: edit::text(&self.env) }
    }

    /// The text that has the keys.
    pub fn text(&mut self) -> Option<&mut TextArea<'static>> {
        match self.focus {
            0 => Some(&mut self.args),
            1 => Some(&mut self.env),
            _ => None,
        }
    }
}
