//! What stood in the files of a script right before it was launched: the version that its run is pinned to.
//!
//! The files are read and then executed, by another process and a moment later: who writes to a script in that moment, or while an
//! interpreter still reads it, has a run that executed something else than what is noted here.

use std::path::Path;

use jiff::Timestamp;

use crate::domain::version::{Content, File, Origin};
use crate::domain::{RunId, TaskId};
use crate::script::{self, Scripts};
use crate::store::{Db, Result, scripts};

/// What stood there.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    task: TaskId,
    /// Or why it could not be read, in words.
    script: std::result::Result<Content, String>,
    requirements: Option<Content>,
}

impl Seen {
    /// Reads the files of a script.
    pub(super) fn now(scripts: &Scripts, task: TaskId, path: &Path) -> Self {
        let requirements = scripts.requirements_of(path).and_then(|path| script::read(&path).ok());
        Self { task, script: script::read(path).map_err(|e| e.to_string()), requirements }
    }

    /// Notes what is new of it, and pins it to a run.
    pub(super) fn pin(&self, db: &Db, run: RunId, now: Timestamp) -> Result<()> {
        let version = |file: File, content: &Content| -> Result<_> {
            scripts::note(db, self.task, file, content, Origin::Outside, now)?;
            Ok(scripts::newest(db, self.task, file)?.map(|version| version.id))
        };
        let requirements = match &self.requirements {
            Some(content) => version(File::Requirements, content)?,
            None => None,
        };
        match &self.script {
            Ok(content) => scripts::pin(db, run, version(File::Script, content)?, requirements, None),
            Err(reason) => scripts::pin(db, run, None, requirements, Some(reason)),
        }
    }

    /// What of it is new, to be noted by itself.
    pub(super) fn news(self, db: &Db) -> Result<Vec<(TaskId, File, Content)>> {
        let files = [(File::Script, self.script.ok()), (File::Requirements, self.requirements)];
        let mut news = Vec::new();
        for (file, content) in files {
            let Some(content) = content else { continue };
            if scripts::newest(db, self.task, file)?.is_none_or(|newest| newest.hash != content.hash) {
                news.push((self.task, file, content));
            }
        }
        Ok(news)
    }
}
