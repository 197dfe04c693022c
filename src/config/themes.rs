//! Where themes come from: eight are built in, others are files in the folder `themes` beside the settings.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use super::Problem;

/// The themes that are always there, and their text.
pub const BUILT_IN: [(&str, &str); 8] = [
    ("ansi", include_str!("../../assets/themes/ansi.toml")),
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("solarized-dark", include_str!("../../assets/themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../../assets/themes/solarized-light.toml")),
    ("high-contrast", include_str!("../../assets/themes/high-contrast.toml")),
    ("deuteranopia", include_str!("../../assets/themes/deuteranopia.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
];

/// The text of a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is: a file, or that it is built in.
    pub place: String,
    /// Its TOML.
    pub text: Cow<'static, str>,
}

/// Whether a name can be that of a theme: it is the name of a file too.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']) && name != "auto"
}

/// The names of all themes: the built-in ones, then those of the `folder`, in the order of the alphabet.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut own: Vec<String> = files
        .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .filter(|name| is_name(name) && !names.contains(name))
        .collect();
    own.sort();
    names.extend(own);
    names
}

/// The theme of a name that is built in.
pub fn built_in(name: &str) -> Option<Source> {
    let (name, text) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name)?;
    Some(Source { place: format!("the built-in theme {name}"), text: Cow::Borrowed(text) })
}

/// The theme of a name in the `folder`; `None` when there is no such file.
pub fn own(folder: &Path, name: &str) -> Result<Option<Source>, Problem> {
    if !is_name(name) {
        return Ok(None);
    }
    let path = folder.join(format!("{name}.toml"));
    let place = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Source { place, text: Cow::Owned(text) })),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Problem { place, text: format!("cannot be read: {e}") }),
    }
}

/// What would be right where a theme is named that there is not.
pub fn unknown(folder: &Path, name: &str) -> String {
    let known = names(folder).join(", ");
    format!("there is no theme `{name}`; there are {known}, and each file of {}", folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_theme_by_its_name_and_comes_before_a_built_in_one() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["zebra.toml", "dark.toml", "apple.toml", ".hidden.toml", "notes.txt"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        let names = names(folder.path());
        assert_eq!(names[..8], BUILT_IN.map(|(name, _)| name.to_owned()));
        assert_eq!(names[8..], ["apple", "zebra"]);
        assert_eq!(own(folder.path(), "dark").unwrap().unwrap().text, "");
        assert_eq!(own(folder.path(), "none"), Ok(None));
        assert_eq!(own(folder.path(), "../dark"), Ok(None));
        assert!(unknown(folder.path(), "drak").contains("`drak`; there are ansi, dark, light"));
    }
}
