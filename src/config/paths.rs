//! Where Tempo keeps its files (DESIGN 5): one folder with `--home` or `TEMPO_HOME`, else the XDG folders.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The files and folders of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    data: PathBuf,
    state: PathBuf,
    config: PathBuf,
}

/// No home folder is known.
#[derive(Debug, thiserror::Error)]
#[error("cannot tell where to keep files: neither --home, TEMPO_HOME nor HOME is set")]
pub struct HomeError;

impl Paths {
    /// Everything under one folder.
    pub fn under(home: &Path) -> Self {
        Self { data: home.to_owned(), state: home.to_owned(), config: home.to_owned() }
    }

    /// The `tempo` folders below the XDG ones.
    pub fn xdg() -> Result<Self, HomeError> {
        let base = etcetera::base_strategy::Xdg::new().map_err(|_| HomeError)?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Ok(Self {
            data: base.data_dir().join("tempo"),
            state: state.join("tempo"),
            config: base.config_dir().join("tempo"),
        })
    }

    /// The folder that holds everything, when it is one.
    pub fn home(&self) -> Option<&Path> {
        (self.data == self.state && self.data == self.config).then_some(self.data.as_path())
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.data.join("tempo.db")
    }

    /// The folder of the run folders.
    pub fn runs(&self) -> PathBuf {
        self.state.join("runs")
    }

    /// The lock that makes a process the engine (DESIGN 1.2).
    pub fn engine_lock(&self) -> PathBuf {
        self.state.join("engine.lock")
    }

    /// The folder of Tempo's own log files, `tempo.log.<date>`.
    pub fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    /// The file of copied text that no terminal takes.
    pub fn copied(&self) -> PathBuf {
        self.state.join("copied.txt")
    }

    /// The folder of texts that are being edited in an editor outside.
    pub fn edited(&self) -> PathBuf {
        self.state.join("edited")
    }

    /// The folder in which the tasks of the example set do everything that they do.
    pub fn example(&self) -> PathBuf {
        self.data.join("example")
    }

    /// The folder of texts of scripts that are not saved.
    pub fn drafts(&self) -> PathBuf {
        self.state.join("drafts")
    }

    /// The folder of bulk edits that are being applied.
    pub fn applied(&self) -> PathBuf {
        self.state.join("applied")
    }

    /// The order of the list of tasks, as it was chosen last.
    pub fn order(&self) -> PathBuf {
        self.state.join("order")
    }

    /// The folder of the scripts that Tempo made, `<category>/<slug>/main.py`.
    pub fn scripts(&self) -> PathBuf {
        self.data.join("scripts")
    }

    /// The folder of the environments of scripts, `<slug>/<key>-<run>/`.
    pub fn environments(&self) -> PathBuf {
        self.data.join("envs")
    }

    /// The folder of the person's own templates of tasks.
    pub fn templates(&self) -> PathBuf {
        self.config.join("templates")
    }

    /// The file that is there when the first run was greeted.
    pub fn greeted(&self) -> PathBuf {
        self.state.join("greeted")
    }

    /// The settings.
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The person's keys.
    pub fn keys(&self) -> PathBuf {
        self.config.join("keys.toml")
    }

    /// The folder of the person's themes.
    pub fn themes(&self) -> PathBuf {
        self.config.join(super::settings::THEMES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_home_holds_everything() {
        let paths = Paths::under(Path::new("/h"));
        assert_eq!(paths.database(), Path::new("/h/tempo.db"));
        assert_eq!(paths.runs(), Path::new("/h/runs"));
        assert_eq!(paths.engine_lock(), Path::new("/h/engine.lock"));
        assert_eq!(paths.settings(), Path::new("/h/config.toml"));
        assert_eq!(paths.keys(), Path::new("/h/keys.toml"));
    }
}
