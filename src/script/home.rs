//! The scripts that Tempo made, each in a folder of its own, and who may write a script at all.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Language, REQUIREMENTS, commit_of, file};
use crate::config::{Paths, Settings};
use crate::domain::name;
use crate::domain::version::{Content, File};

/// Where scripts lie, and in which folders none is ever written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scripts {
    root: PathBuf,
    read_only: Vec<PathBuf>,
}

/// The files of a script that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The folder of its own.
    pub folder: PathBuf,
    /// What is run.
    pub script: PathBuf,
    /// The packages that it needs, of a Python script.
    pub requirements: Option<PathBuf>,
}

/// Why a script was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// It lies in a folder that the settings name as read-only.
    #[error("{} lies in {}, which is read-only (read_only_scripts in config.toml): change it where it comes from", path.display(), folder.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// The folder of the settings.
        folder: PathBuf,
    },
    /// What the system said.
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Scripts {
    /// Those below this folder; in the folders of `read_only`, and everything below them, nothing is written.
    pub fn new(root: PathBuf, read_only: Vec<PathBuf>) -> Self {
        Self { root, read_only }
    }

    /// Those of an installation.
    pub fn of(paths: &Paths, settings: &Settings) -> Self {
        Self::new(paths.scripts(), settings.read_only_scripts.clone())
    }

    /// Makes the folder below which they are made, when it is not there: nobody else's business, as the rest of the data.
    pub fn make_root(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.root)
    }

    /// The folder below which they are made.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes `<root>/<category>/<slug>/main.py` with this content, or `main.sh`, `main`; beside a Python script also its
    /// `requirements.txt`. Nothing is ever overwritten: a folder that is there already, of a task that was deleted or by hand,
    /// stays as it is, and the new one gets a number behind its name (A1).
    pub fn create(
        &self,
        category: &str,
        slug: &str,
        language: Language,
        content: &str,
        requirements: &str,
    ) -> Result<Files, NotWritten> {
        let parts = category.split('/').map(name::slug).filter(|part| !part.is_empty());
        let parent: PathBuf = parts.fold(self.root.clone(), |folder, part| folder.join(part));
        self.may_write(&parent)?;
        let failed = |path: &Path, source| NotWritten::Io { path: path.to_owned(), source };
        let mut make = DirBuilder::new();
        make.mode(0o755);
        self.make_root().map_err(|e| failed(&self.root, e))?;
        make.recursive(true).create(&parent).map_err(|e| failed(&parent, e))?;
        make.recursive(false);
        let mut unforeseen = None;
        let folder = parent.join(name::unique(slug, |slug| match make.create(parent.join(slug)) {
            Ok(()) => false,
            Err(e) if e.kind() == ErrorKind::AlreadyExists => true,
            Err(e) => {
                unforeseen = Some(e);
                false
            }
        }));
        if let Some(e) = unforeseen {
            return Err(failed(&folder, e));
        }
        let files = Files {
            script: folder.join(language.main()),
            requirements: (language == Language::Python).then(|| folder.join(REQUIREMENTS)),
            folder,
        };
        let write = |path: &Path, mode: u32, text: &str| {
            let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
            file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
                .map_err(|e| failed(path, e))
        };
        // A Python script is run by the interpreter of its environment; anything else by its first line.
        let mode = if language == Language::Python { 0o644 } else { 0o755 };
        let script = write(&files.script, mode, content);
        let all = script.and_then(|()| files.requirements.iter().try_for_each(|path| write(path, 0o644, requirements)));
        all.inspect_err(|_| files.take_back()).map(|()| files)
    }

    /// Whether a file is one that Tempo made, or lies beside one.
    pub fn is_managed(&self, path: &Path) -> bool {
        path.starts_with(&self.root) && path != self.root
    }

    /// The file of the packages that a script needs, beside it: of a Python script that Tempo made always, of another one when
    /// there is one in its folder. It need not be there.
    pub fn requirements_of(&self, script: &Path) -> Option<PathBuf> {
        let mut beginning = Vec::new();
        // The ending of its name tells most; what cannot be read has no first line.
        if let Ok(file) = fs::File::open(script).and_then(|file| file.metadata().map(|metadata| (file, metadata)))
            && file.1.is_file()
        {
            let _ = io::Read::read_to_end(&mut io::Read::take(file.0, 256), &mut beginning);
        }
        let beside = script.with_file_name(REQUIREMENTS);
        let has_one =
            Language::of(script, &beginning) == Language::Python && (self.is_managed(script) || beside.is_file());
        has_one.then_some(beside)
    }

    /// Whether a file may be written, as far as the settings go; a link counts as what it leads to.
    ///
    /// # Errors
    /// With the folder that forbids it.
    pub fn may_write(&self, path: &Path) -> Result<(), NotWritten> {
        // What is not there yet is where its folder is.
        let real =
            path.ancestors().find_map(|part| Some(fs::canonicalize(part).ok()?.join(path.strip_prefix(part).ok()?)));
        let real = real.as_deref().unwrap_or(path);
        let is_in = |folder: &&PathBuf| {
            let resolved = fs::canonicalize(folder);
            path.starts_with(folder) || real.starts_with(resolved.as_deref().unwrap_or(folder))
        };
        match self.read_only.iter().find(is_in) {
            Some(folder) => Err(NotWritten::ReadOnly { path: path.to_owned(), folder: folder.clone() }),
            None => Ok(()),
        }
    }

    /// Gives a file of a script another content: the one way in which Tempo writes a script that is there. Whoever reads it sees the
    /// old or the new content, also after a power failure. Mode and owner stay, a link stays a link. A file that has several names,
    /// or that cannot be given to its owner, is written in place; one that is not there is made.
    ///
    /// # Errors
    /// When it lies where nothing is to be written, or cannot be written; then it is as it was.
    pub fn save(&self, path: &Path, bytes: &[u8]) -> Result<(), NotWritten> {
        self.may_write(path)?;
        file::replace(path, bytes).map_err(|source| NotWritten::Io { path: path.to_owned(), source })
    }
}

impl Files {
    /// What stands in them, when they were made with this script and these requirements.
    pub fn contents(&self, script: &str, requirements: &str) -> Vec<(File, Content)> {
        let commit = commit_of(&self.script);
        let mut all = vec![(File::Script, Content::of(script).at(commit.clone()))];
        all.extend(self.requirements.as_ref().map(|_| (File::Requirements, Content::of(requirements).at(commit))));
        all
    }

    /// Removes what was made, when no task came of it. A folder in which there is something else stays.
    pub fn take_back(&self) {
        for file in [Some(&self.script), self.requirements.as_ref()].into_iter().flatten() {
            let _ = fs::remove_file(file);
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn scripts(folder: &Path) -> Scripts {
        Scripts::new(folder.join("scripts"), Vec::new())
    }

    #[test]
    fn a1_a_script_has_a_folder_of_its_own_below_its_category_and_never_takes_that_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = scripts(folder.path());
        let made =
            scripts.create("Media/../Back ups", "photo-index", Language::Python, "print(1)\n", "requests\n").unwrap();
        assert_eq!(made.folder, folder.path().join("scripts/media/back-ups/photo-index"));
        assert_eq!(fs::read_to_string(&made.script).unwrap(), "print(1)\n");
        assert_eq!(made.script.file_name().unwrap(), "main.py");
        let requirements = made.requirements.unwrap();
        assert_eq!(fs::read_to_string(&requirements).unwrap(), "requests\n");
        assert_eq!(scripts.requirements_of(&made.script), Some(requirements));
        let again = scripts.create("media/back-ups", "photo-index", Language::Shell, "#!/bin/sh\n", "").unwrap();
        assert_eq!(again.folder.file_name().unwrap(), "photo-index-2");
        assert_eq!(again.script.file_name().unwrap(), "main.sh");
        assert_eq!(
            fs::metadata(&again.script).unwrap().permissions().mode() & 0o111,
            0o111,
            "it can be run by its name"
        );
        assert_eq!((&again.requirements, scripts.requirements_of(&again.script)), (&None, None));
        assert!(scripts.is_managed(&again.script) && !scripts.is_managed(folder.path()));
        assert_eq!(fs::read_to_string(&made.script).unwrap(), "print(1)\n");
        again.take_back();
        assert!(!again.folder.exists());
    }

    #[test]
    fn a_script_elsewhere_has_requirements_when_a_file_of_them_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = scripts(folder.path());
        let job = folder.path().join("job");
        fs::write(&job, "#!/usr/bin/env python3\n").unwrap();
        assert_eq!(scripts.requirements_of(&job), None);
        fs::write(folder.path().join(REQUIREMENTS), "").unwrap();
        assert_eq!(scripts.requirements_of(&job), Some(folder.path().join(REQUIREMENTS)));
        fs::write(&job, "#!/bin/sh\n").unwrap();
        assert_eq!(scripts.requirements_of(&job), None);
    }

    #[test]
    fn nothing_is_written_in_a_folder_that_is_read_only_not_even_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let checkout = folder.path().join("checkout");
        fs::create_dir(&checkout).unwrap();
        fs::write(checkout.join("a.sh"), "old").unwrap();
        symlink(&checkout, folder.path().join("scripts")).unwrap();
        let scripts = Scripts::new(folder.path().join("scripts"), vec![checkout.clone()]);
        for path in [checkout.join("a.sh"), folder.path().join("scripts/a.sh"), checkout.join("new/b.sh")] {
            let e = scripts.save(&path, b"new").unwrap_err();
            assert!(e.to_string().contains("read_only_scripts in config.toml"), "{e}");
        }
        assert!(scripts.create("", "b", Language::Shell, "", "").is_err());
        assert_eq!(fs::read_to_string(checkout.join("a.sh")).unwrap(), "old");
        assert_eq!(fs::read_dir(&checkout).unwrap().count(), 1);
        scripts.save(&folder.path().join("c.sh"), b"new").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("c.sh")).unwrap(), "new");
    }
}
