//! Why an action is not possible now: one place, for the verbs, the hint line, the help, the menus and the palette (UX 42).

use super::duties::{Entry, NextTab};
use super::{Model, Pane, Subject, Tab};
use crate::domain::TaskId;
use crate::domain::run::RunState;
use crate::domain::task::Kind;
use crate::tui::action::{Action, Part, Scope};
use crate::tui::editor::description;
use crate::tui::editor::doc::Doc;
use crate::tui::editor::keys::EditorAction;
use crate::tui::log::LogAction;

/// What is not possible where several outputs are shown as one.
const MERGED: &str = "not in several outputs at once; Esc leads back to one";

impl Model {
    /// Why an action does nothing now, in one line; `None` when it can be tried. What only the store knows, such as whether there is
    /// anything to undo, is said when it was asked.
    pub fn reason(&self, action: Action) -> Option<String> {
        if let Some(marked) = self.marked_here() {
            match (action, self.focus) {
                (action, Pane::Tasks) if action.is_of_todo() => return None,
                (
                    Action::Run
                    | Action::Stop
                    | Action::Kill
                    | Action::Pause
                    | Action::Delete
                    | Action::Tags
                    | Action::Edit,
                    Pane::Tasks,
                )
                | (Action::Stop | Action::Kill | Action::PauseRun, Pane::Runs) => return None,
                (action, _) if action.is_of_todo() || matches!(action, Action::Run | Action::Delete | Action::Tags) => {
                    return Some(format!(
                        "it is done to tasks, and {marked} here: {} unmarks",
                        self.key_of(Action::Back)
                    ));
                }
                (Action::Edit | Action::EditTask | Action::Schedule | Action::RunWith | Action::Duplicate, _) => {
                    return Some(format!(
                        "it is done to one task, and {marked}: {} unmarks",
                        self.key_of(Action::Back)
                    ));
                }
                _ => {}
            }
        }
        match action {
            Action::EndBulk if !self.can_end_bulk() => Some("nothing is being done to many tasks".to_owned()),
            Action::Undo | Action::Redo if self.applying => {
                let key = self.key_of(Action::EndBulk);
                Some(format!("a bulk edit is being applied: {key} ends it, and then this takes back what was done"))
            }
            Action::Editor | Action::Text(EditorAction::Run) if self.editor.shows_roster() => {
                Some("these are tasks, and no script; `tempo edit --all FILTER` has them in $EDITOR".to_owned())
            }
            Action::Editor if self.editor.editing && self.editor.doc().is_some_and(Doc::is_modified) => {
                let key = self.key_of(Action::Text(EditorAction::Save));
                Some(format!("not saved: {key} first, for $EDITOR gets what is on the disk"))
            }
            Action::Run
            | Action::RunWith
            | Action::Stop
            | Action::Kill
            | Action::Edit
            | Action::EditTask
            | Action::EditScript
            | Action::Describe
            | Action::Schedule
            | Action::Pause
            | Action::Delete
            | Action::Tags
            | Action::Finish
            | Action::Begin
            | Action::Note
            | Action::Progress
            | Action::Due
            | Action::Priority(_)
            | Action::Duplicate
            | Action::Why
            | Action::Versions
            | Action::Broke
            | Action::Menu(Scope::Copy)
            | Action::Copy(_)
            | Action::Editor => self.without(|subject| self.reason_of(action, subject, self.kind_of(subject.task))),
            Action::Text(action) => self.untextual(action),
            Action::Mark => match self.focus {
                Pane::Tasks => self.without(|_| None),
                _ => self.runs.is_empty().then(|| "there is no run here".to_owned()),
            },
            Action::Pager | Action::Search if self.log.is_merged() => Some(MERGED.to_owned()),
            Action::Compare if self.runs.selected().is_none() => Some("there is no run to compare".to_owned()),
            Action::Pager => self.no_output(),
            Action::Plain if self.scope() == Scope::Log => self.no_output(),
            Action::PauseRun => self.unpausable(),
            Action::Open => self.nothing_to_open(),
            Action::Log(LogAction::NextMatch | LogAction::PreviousMatch) if !self.log.is_searching() => {
                Some(format!("nothing is searched for; {} does", self.key_of(Action::Search)))
            }
            Action::Log(action) if self.log.is_merged() && action.is_of_one_run() => Some(MERGED.to_owned()),
            Action::Log(LogAction::Alert) if self.log.shown().is_some_and(|shown| !shown.live) => {
                Some("this run has ended: nothing more will appear in it".to_owned())
            }
            Action::Log(_) | Action::Search if self.log.shown().is_none() => Some("no run is shown".to_owned()),
            _ => None,
        }
    }

    /// Why an action does nothing with this task or its run; its kind, when that is known.
    pub fn reason_of(&self, action: Action, subject: &Subject, kind: Option<Kind>) -> Option<String> {
        let slug = &subject.slug;
        match action {
            // A to-do has nothing to run.
            Action::Run | Action::RunWith if kind == Some(Kind::Todo) => Some(format!(
                "{slug} is a to-do, done by a person: {} says that it is done",
                self.key_of(Action::Finish)
            )),
            Action::Finish | Action::Begin | Action::Progress | Action::Due
                if matches!(kind, Some(Kind::Command | Kind::Script)) =>
            {
                Some(format!("{slug} is done by the machine: {} runs it", self.key_of(Action::Run)))
            }
            Action::Describe if matches!(kind, Some(Kind::Command | Kind::Script)) => {
                Some(format!("{slug} has its description in its form: {} opens it", self.key_of(Action::EditTask)))
            }
            Action::Editor if kind == Some(Kind::Todo) => {
                Some(format!("{slug} is a to-do, without script or command: {} edits it", self.key_of(Action::Edit)))
            }
            Action::Versions | Action::Broke if matches!(kind, Some(Kind::Todo | Kind::Command)) => {
                Some(format!("{slug} has no script: its definition is edited with {}", self.key_of(Action::Edit)))
            }
            Action::Copy(Part::Command) if kind == Some(Kind::Todo) => {
                Some(format!("{slug} is a to-do: it has no command to copy"))
            }
            Action::Copy(Part::Run | Part::LogPath) if subject.run.is_none() => {
                Some(format!("{slug} has not run: nothing to copy"))
            }
            Action::Stop => self.unstoppable(subject, "stop", action),
            Action::Kill => self.unstoppable(subject, "kill", action),
            _ => None,
        }
    }

    /// How many are marked in the pane with the keys, in words; `None` when a verb acts on the row under the cursor.
    fn marked_here(&self) -> Option<String> {
        let marked = match self.focus {
            Pane::Tasks if !self.marks.tasks.is_empty() => self.marks.tasks.count(&self.tasks),
            Pane::Runs if !self.marks.runs.is_empty() => self.marks.runs.count(&self.runs),
            _ => return None,
        };
        Some(match marked {
            (_, true) => "a long range is marked".to_owned(),
            (1, false) => "1 is marked".to_owned(),
            (n, false) => format!("{n} are marked"),
        })
    }

    /// Whether an action is for tasks of another kind than the one that it would act on: no hint names it.
    pub fn is_of_other_kind(&self, action: Action) -> bool {
        match self.acts_on().and_then(|subject| self.kind_of(subject.task)) {
            Some(Kind::Todo) => {
                matches!(action, Action::Run | Action::Stop | Action::Schedule | Action::Pause | Action::Why)
            }
            Some(Kind::Command | Kind::Script) | None => action.is_of_todo() || action == Action::Describe,
        }
    }

    /// Why there is no subject; else what `more` says of it.
    fn without(&self, more: impl FnOnce(&Subject) -> Option<String>) -> Option<String> {
        match self.acts_on() {
            Some(subject) => more(&subject),
            None if self.focus == Pane::Next && self.next_tab == NextTab::Agenda => {
                Some(format!("nothing is to be done; {} adds a to-do", self.key_of(Action::AddTodo)))
            }
            None if self.focus == Pane::Next => Some("nothing is planned".to_owned()),
            None => Some(format!("there is no task here; {} adds one", self.key_of(Action::Add))),
        }
    }

    /// Why a text cannot be changed, or not be looked through.
    fn untextual(&self, action: EditorAction) -> Option<String> {
        let shows = self.tab == Tab::Script && self.editor.doc().is_some();
        if !shows {
            return Some("no script is shown".to_owned());
        }
        if action.edits() && !self.editor.editing {
            return Some(format!("the script is only looked at; {} edits it", self.key_of(Action::EditScript)));
        }
        self.useless_in_text(action)
    }

    /// Why a key that scripts have does nothing in the text that is shown.
    fn useless_in_text(&self, action: EditorAction) -> Option<String> {
        let (doc, shown) = (self.editor.doc()?, self.editor.shown.as_ref()?);
        match action {
            EditorAction::Run if description::task(&doc.path).is_some() => {
                Some(format!("{} is a to-do, done by a person: there is nothing to run", shown.slug))
            }
            EditorAction::NextFile if shown.names().len() < 2 => Some("there is one file here".to_owned()),
            EditorAction::Comment if doc.colours.language().comment().is_none() => {
                Some(format!("{} has no comments of one line", doc.colours.language().title()))
            }
            _ => None,
        }
    }

    fn no_output(&self) -> Option<String> {
        match self.log.shown() {
            None => Some("no run is shown".to_owned()),
            Some(shown) => shown.removed.as_ref().map(|_| format!("the output of #{} was removed", shown.run)),
        }
    }

    /// The kind of a task, when its row is a selected one.
    pub fn kind_of(&self, task: TaskId) -> Option<Kind> {
        let of_agenda = || match self.duties.selected() {
            Some(Entry::Todo(duty)) if duty.id == task => Some(Kind::Todo),
            _ => None,
        };
        self.tasks.selected().filter(|row| row.id == task).map(|row| row.kind).or_else(of_agenda)
    }

    fn unstoppable(&self, subject: &Subject, verb: &str, action: Action) -> Option<String> {
        let slug = &subject.slug;
        match subject.run {
            Some((run, RunState::Finished)) if matches!(self.focus, Pane::Tasks | Pane::Next | Pane::Timeline) => {
                let others = self.key_of(Action::FocusRuns);
                Some(format!("#{run} has ended; it is the newest run of {slug}, {others} shows the others"))
            }
            Some((run, RunState::Finished)) => Some(format!("#{run} of {slug} has ended: nothing to {verb}")),
            Some(_) => None,
            None if self.focus == Pane::Next && (self.all_runs || !self.runs.is_loaded()) => {
                let (runs, key) = (self.key_of(Action::FocusRuns), self.key_of(action));
                Some(format!("{runs} shows the runs of {slug}; {key} there {verb}s one"))
            }
            None => Some(format!("{slug} has not run: nothing to {verb}")),
        }
    }

    /// A run that has ended cannot stand still.
    fn unpausable(&self) -> Option<String> {
        let key = self.key_of(Action::Pause);
        match self.runs.selected() {
            None => Some(format!("there is no run here; {key} in the list of tasks pauses schedules")),
            Some(run) if run.state == RunState::Finished => {
                let (id, slug) = (run.id, &run.slug);
                Some(format!("#{id} of {slug} has ended; {key} in the list of tasks pauses its schedules"))
            }
            Some(_) => None,
        }
    }

    fn nothing_to_open(&self) -> Option<String> {
        match self.focus {
            Pane::Tasks | Pane::Next | Pane::Timeline => self.without(|_| None),
            Pane::Runs if self.runs.is_empty() => Some("there is no run here".to_owned()),
            Pane::Main if self.tab == Tab::Details && self.details_link.is_none() => {
                let key = self.key_in(Scope::Details, Action::Down);
                Some(format!("nothing is selected here: {key} leads to the next task or output, if there is one"))
            }
            Pane::Runs | Pane::Main => None,
        }
    }
}
