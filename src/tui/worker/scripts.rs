//! Scripts of tasks: made with a task that is added, their versions, and an older one back in its file.

use std::path::Path;

use jiff::Timestamp;

use super::super::model::draft::{Draft, Wanted};
use super::super::model::versions::Against;
use super::super::msg::Done;
use super::World;
use super::queries::context;
use crate::config::{Loaded, Paths, templates};
use crate::domain::change::By;
use crate::domain::task::{Task, Work};
use crate::domain::version::{Content, File, Origin};
use crate::domain::{VersionId, name};
use crate::output::compare::compare_texts;
use crate::script::{self, Language, Scripts, Unread};
use crate::store::changes::Step;
use crate::store::{Db, Result, StoreError, scripts, tasks};

/// The scripts of this installation, as its settings are now.
pub(in crate::tui) fn home(paths: &Paths) -> Scripts {
    Scripts::of(paths, &Loaded::read(&paths.settings(), std::env::vars()).settings)
}

/// Adds a task with a script that is made from this template; when that fails, no file is left behind.
pub(super) fn create(world: &World, draft: &Draft, template: &str, now: Timestamp) -> Result<Done> {
    let refused = |e: String| StoreError::Refused(format!("script: {e}"));
    let template = templates::named(&world.paths.templates(), template).map_err(refused)?;
    let Some(script) = template.script else {
        return Err(refused(format!("the template {} has none: it fills the form instead", template.name)));
    };
    let mut definition = match draft.read(None, &world.zone_name, &context(world)) {
        (_, Some(Wanted { definition, rules })) => (definition, rules),
        (checked, None) => return Ok(Done::DraftRefused(checked)),
    };
    let base = name::slug(&definition.0.name);
    tasks::check_base(&base, &definition.0.name)?;
    let slug = tasks::free_slug(&*world.store.reader()?, &base)?;
    let language = Language::of(Path::new(""), script.as_bytes());
    let files = home(&world.paths)
        .create(&definition.0.category, &slug, language, &script, &template.requirements)
        .map_err(|e| StoreError::Refused(e.to_string()))?;
    definition.0.work = Work::Script(files.script.clone());
    let contents = files.contents(&script, &template.requirements);
    let added = world.store.write(move |db| {
        let (definition, rules) = &definition;
        let mut step = Step::new(By::Dashboard, now);
        scripts::add(db, &mut step, &slug, (definition, rules), &contents, now)
    });
    match added {
        Ok(task) => Ok(Done::Created { task: task.id, slug: task.slug, script: files.script }),
        Err(e) => {
            files.take_back();
            Err(e)
        }
    }
}

/// Writes a version into its file. What stands there is noted before, so that nothing is lost.
pub(super) fn restore(world: &World, id: VersionId, now: Timestamp) -> Result<Done> {
    let refused = |e: String| StoreError::Refused(e);
    let reader = world.store.reader()?;
    let version = scripts::get(&reader, id)?;
    let task = tasks::get(&reader, version.task)?;
    let home = home(&world.paths);
    let path = path_of(&home, &task, version.file)
        .ok_or_else(|| refused(format!("{} has no such file any more", task.slug)))?;
    let bytes = scripts::content(&reader, id)?;
    home.may_write(&path).map_err(|e| refused(e.to_string()))?;
    let (of, file) = (task.id, version.file);
    match script::read(&path) {
        Ok(there) => drop(world.store.write(move |db| scripts::note(db, of, file, &there, Origin::Outside, now))?),
        Err(Unread::Io(e)) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(refused(format!("{}: {e}", path.display()))),
    }
    home.save(&path, &bytes).map_err(|e| refused(e.to_string()))?;
    let content = Content::of(bytes).at(script::commit_of(&path));
    let noted = world.store.write(move |db| scripts::note(db, of, file, &content, Origin::Restored, now))?;
    Ok(Done::Restored { slug: task.slug, version: id, now: noted })
}

/// Where a file of a task is.
fn path_of(home: &Scripts, task: &Task, file: File) -> Option<std::path::PathBuf> {
    let Work::Script(script) = &task.definition.work else { return None };
    match file {
        File::Script => Some(script.clone()),
        File::Requirements => home.requirements_of(script),
    }
}

/// What is different in a version from another one, or from the one before it.
pub(super) fn difference(db: &Db, new: VersionId, old: Option<VersionId>) -> Result<Against> {
    let new = scripts::get(db, new)?;
    let old = match old {
        Some(old) => Some(scripts::get(db, old)?),
        None => scripts::before(db, &new)?,
    };
    let compared = || {
        let before = old.as_ref().map_or(Ok(Vec::new()), |old| scripts::content(db, old.id))?;
        Ok(compare_texts(&before, &scripts::content(db, new.id)?))
    };
    let compared = match compared() {
        Ok(comparison) => Ok(comparison),
        // What was too large is known by its hash only.
        Err(StoreError::Refused(text)) => Err(text),
        Err(e) => return Err(e),
    };
    Ok(Against { old: old.map(|old| old.id), compared })
}
