//! A run that is asked for from the text: what is not saved is, it is looked through, and then the task runs (UX, Editor).

use std::path::Path;

use super::super::super::editor::check::{Finding, Severity};
use super::super::super::editor::doc::Doc;
use super::super::super::editor::launch::Launch;
use super::super::super::editor::prompt::counted;
use super::super::super::effect::{Effect, Intent, RunNow};
use super::super::super::model::Model;
use super::super::super::model::layer::Choice;
use super::super::super::model::toast::Level;
use super::super::layers;
use super::{EditorRequest, save};
use crate::domain::VersionId;
use crate::domain::version::Hash;

/// Problems that the question shows.
const SHOWN: usize = 5;

/// Saves what is not saved of the task that is shown, has its script looked through, and runs it when nothing stands against that.
pub(super) fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.editor.launch.is_some() {
        return model.tell(Level::Info, "it is being looked through, and runs then");
    }
    let Some(shown) = &model.editor.shown else { return };
    let mut launch = Launch::new(shown.task, shown.slug.clone());
    let files: Vec<_> = shown.files.iter().cloned().enumerate().collect();
    for (at, path) in files {
        let Some(doc) = model.editor.docs.get(&path) else { continue };
        if doc.is_modified() {
            launch.wait(path, None);
            save(model, effects, at, false);
        } else if let Some(hash) = doc.disk.filter(|_| at == 0 && doc.locked.is_none()) {
            effects.push(Effect::Editor(EditorRequest::Check { path: path.clone(), bytes: doc.bytes() }));
            launch.wait(path, Some(hash));
        }
    }
    model.editor.launch = Some(launch);
    go_on(model, effects);
}

/// A file was saved. True when a run waits for that, which will say so.
pub(super) fn saved(model: &mut Model, path: &Path, hash: Hash, version: Option<VersionId>) -> bool {
    model.editor.launch.as_mut().is_some_and(|launch| launch.saved(path, hash, version))
}

/// A file was looked through.
pub(super) fn checked(model: &mut Model, effects: &mut Vec<Effect>, path: &Path, hash: Hash, found: &[Finding]) {
    if let Some(launch) = &mut model.editor.launch {
        launch.checked(path, hash, found.iter().filter(|finding| finding.severity == Severity::Error));
    }
    go_on(model, effects);
}

/// Runs the task when nothing is waited for any more; with a question when it will hardly do what it should.
fn go_on(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Launch { task, slug, version: saved, wrong, .. }) =
        model.editor.launch.take_if(|launch| launch.is_ready())
    else {
        return;
    };
    let run = RunNow { task, slug, anyway: false, saved };
    if wrong.is_empty() {
        effects.push(Effect::Intend(Intent::Run(run)));
        return;
    }
    let mut lines: Vec<String> = wrong.iter().take(SHOWN).cloned().collect();
    if wrong.len() > SHOWN {
        lines.push(format!("{} more.", wrong.len() - SHOWN));
    }
    lines.push(match saved {
        Some(version) => format!("It is saved as version {version}; nothing runs yet."),
        None => "Nothing runs yet.".to_owned(),
    });
    let title = format!("Run it with {}?", counted(wrong.len(), "problem"));
    layers::open_dialog(model, title, lines, vec![('y', "run it", Choice::Run(run)), ('n', "no", Choice::Stay)]);
}

/// A file cannot be saved as it is: what is on the disk is not what was meant to run.
pub(super) fn give_up(model: &mut Model, path: &Path) {
    // What cannot be saved is where it is decided about.
    if let Some(launch) = model.editor.launch.take_if(|launch| launch.waits_for(path))
        && let Some(shown) = model.editor.shown.as_ref().filter(|shown| shown.task == launch.task)
        && let Some(at) = shown.files.iter().position(|file| file == path)
    {
        model.editor.file = at;
        let name = model.editor.doc().map(Doc::name).unwrap_or_default();
        model.tell(Level::Warn, format!("{name} is not saved, so nothing runs"));
    }
}
