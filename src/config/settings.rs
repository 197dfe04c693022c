//! The settings: one table from which the file, the environment, `tempo config` and the documentation are made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::{Spanned, Value};

use super::lenient::{line_of, readable};
use super::{themes, types};
use crate::domain::group::{self, Limits};
use crate::domain::keep::{Keep, OUTPUT_CAP, OutputCap};
use crate::domain::quantity::{format_size, parse_size};
use crate::domain::types::Types;

/// The folder of the person's themes, beside the file of the settings.
pub(super) const THEMES: &str = "themes";

/// What a person can choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How many runs may live at once, in all and of each concurrency group (R3).
    pub limits: Limits,
    /// What becomes of the dashboard's engine when its terminal goes away.
    pub on_hangup: OnHangup,
    /// Colours.
    pub theme: ThemeChoice,
    /// Characters for states and borders.
    pub charset: Charset,
    /// Whether the screen may tick for running durations.
    pub reduced_motion: bool,
    /// Whether the mouse is reported from the start.
    pub mouse: bool,
    /// Where copied text goes.
    pub clipboard: ClipboardChoice,
    /// What keys do in the editor of scripts.
    pub editor_keys: EditorKeys,
    /// A `tracing` filter for Tempo's own log, such as `info` or `tempo::engine=debug`.
    pub log: String,
    /// How much of the output of a run is kept when its task says nothing (O2).
    pub output_cap: OutputCap,
    /// Which outputs are kept (O3).
    pub keep: Keep,
    /// Folders in which Tempo writes no script.
    pub read_only_scripts: Vec<PathBuf>,
    /// The types of tasks, with the fields that tasks of each have.
    pub types: Arc<Types>,
    /// Who `me` is in filters; the user of the process when nothing is said.
    pub me: String,
}

impl Settings {
    /// Who `me` is in filters.
    pub fn me(&self) -> Option<String> {
        let user = || std::env::var("USER").ok();
        Some(self.me.clone()).filter(|me| !me.is_empty()).or_else(user).filter(|me| !me.is_empty())
    }
}

/// See [`Settings::on_hangup`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnHangup {
    /// Go on without a screen, when anything is scheduled or running.
    Background,
    /// End; what runs goes on, nothing new starts.
    Exit,
}

/// See [`Settings::theme`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThemeChoice {
    /// `mono` when `NO_COLOR` is set, else `ansi`.
    Auto,
    /// A built-in theme, or a file of the folder `themes`.
    Named(String),
}

/// See [`Settings::charset`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// Unicode when the locale says UTF-8.
    Auto,
    /// Box drawing and symbols.
    Unicode,
    /// Plain ASCII.
    Ascii,
}

/// Whether a terminal shows more than ASCII: its locale is UTF-8 (the first of `LC_ALL`, `LC_CTYPE`, `LANG` that has a value names it),
/// and it is not the Linux console (`TERM`), whose font has little of it.
pub fn says_unicode(lc_all: Option<&str>, lc_ctype: Option<&str>, lang: Option<&str>, term: Option<&str>) -> bool {
    let locale = [lc_all, lc_ctype, lang].into_iter().flatten().find(|value| !value.is_empty()).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    (locale.contains("utf-8") || locale.contains("utf8")) && term != Some("linux")
}

/// See [`Settings::clipboard`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipboardChoice {
    /// To tmux inside of it, else to the terminal.
    Auto,
    /// To the terminal, by an OSC 52 sequence.
    Osc52,
    /// To tmux's buffer, and from there to the terminal around it.
    Tmux,
    /// Into a file in the state folder.
    File,
}

/// See [`Settings::editor_keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditorKeys {
    /// Letters are text; Ctrl and the function keys are commands.
    Plain,
    /// As in vi: modes.
    Vim,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            limits: Limits::new(cores * 2),
            on_hangup: OnHangup::Background,
            theme: ThemeChoice::Auto,
            charset: Charset::Auto,
            reduced_motion: false,
            mouse: false,
            clipboard: ClipboardChoice::Auto,
            editor_keys: EditorKeys::Plain,
            log: "info".to_owned(),
            output_cap: OutputCap::Bytes(OUTPUT_CAP),
            keep: Keep::default(),
            read_only_scripts: Vec::new(),
            types: Arc::default(),
            me: String::new(),
        }
    }
}

/// One row of the table of settings.
#[derive(Clone, Copy)]
pub struct Setting {
    /// Its key in `config.toml`; in the environment it is `TEMPO_` and the key in upper case.
    pub key: &'static str,
    /// What it does, in one sentence.
    pub help: &'static str,
    set: fn(&mut Settings, &Value) -> Result<(), String>,
    get: fn(&Settings) -> String,
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)
    }
}

impl Setting {
    /// The value in `settings`, as it is written in TOML.
    pub fn value(&self, settings: &Settings) -> String {
        (self.get)(settings)
    }
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "max_running",
        help: "Runs that may be executing at once; more wait in the queue. Default: twice the number of cores.",
        set: |s, v| {
            let n = v.as_integer().and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=10_000).contains(n));
            s.limits.max_running = n.ok_or("takes a number from 1 to 10000")?;
            Ok(())
        },
        get: |s| s.limits.max_running.to_string(),
    },
    Setting {
        key: "groups",
        help: "Runs of each concurrency group that may be executing at once; 1 of a group that is not named here.",
        set: |s, v| {
            s.limits.groups =
                groups(v).ok_or("takes names with numbers from 1 to 10000, as in { disk = 1, net = 4 }")?;
            Ok(())
        },
        get: |s| {
            let groups: toml::Table =
                s.limits.groups.iter().map(|(name, n)| (name.clone(), Value::Integer(*n as i64))).collect();
            Value::Table(groups).to_string()
        },
    },
    Setting {
        key: "on_hangup",
        help: "When the terminal goes away: \"background\" goes on as `tempo daemon`, \"exit\" ends (what runs goes on).",
        set: |s, v| choose(&mut s.on_hangup, v, &[("background", OnHangup::Background), ("exit", OnHangup::Exit)]),
        get: |s| {
            quoted(match s.on_hangup {
                OnHangup::Background => "background",
                OnHangup::Exit => "exit",
            })
        },
    },
    Setting {
        key: "theme",
        help: "Colours: \"auto\" (mono when NO_COLOR is set, else ansi) or a theme: ansi, dark, light, solarized-dark, solarized-light, high-contrast, deuteranopia, mono, or NAME for themes/NAME.toml beside this file.",
        set: |s, v| {
            s.theme = match v.as_str() {
                Some("auto") => ThemeChoice::Auto,
                Some(name) if themes::is_name(name) => ThemeChoice::Named(name.to_owned()),
                _ => return Err("takes \"auto\" or the name of a theme such as \"dark\"".to_owned()),
            };
            Ok(())
        },
        get: |s| {
            quoted(match &s.theme {
                ThemeChoice::Auto => "auto",
                ThemeChoice::Named(name) => name,
            })
        },
    },
    Setting {
        key: "charset",
        help: "Symbols and borders: \"auto\" (by the locale), \"unicode\" or \"ascii\".",
        set: |s, v| {
            let all = [("auto", Charset::Auto), ("unicode", Charset::Unicode), ("ascii", Charset::Ascii)];
            choose(&mut s.charset, v, &all)
        },
        get: |s| {
            quoted(match s.charset {
                Charset::Auto => "auto",
                Charset::Unicode => "unicode",
                Charset::Ascii => "ascii",
            })
        },
    },
    Setting {
        key: "reduced_motion",
        help: "true: durations of running tasks on the screen are drawn only when something else changes. Default: true when NO_MOTION is set.",
        set: |s, v| {
            s.reduced_motion = v.as_bool().ok_or("takes true or false")?;
            Ok(())
        },
        get: |s| s.reduced_motion.to_string(),
    },
    Setting {
        key: "mouse",
        help: "true: the mouse is on from the start; the terminal then selects with Shift. M turns it on and off.",
        set: |s, v| {
            s.mouse = v.as_bool().ok_or("takes true or false")?;
            Ok(())
        },
        get: |s| s.mouse.to_string(),
    },
    Setting {
        key: "clipboard",
        help: "Where copied text goes: \"auto\" (tmux inside of it, else the terminal), \"osc52\", \"tmux\" or \"file\".",
        set: |s, v| choose(&mut s.clipboard, v, &CLIPBOARDS),
        get: |s| quoted(CLIPBOARDS.iter().find(|(_, choice)| *choice == s.clipboard).map_or("auto", |(name, _)| name)),
    },
    Setting {
        key: "editor_keys",
        help: "Keys in the editor of scripts: \"plain\" (letters are text) or \"vim\".",
        set: |s, v| choose(&mut s.editor_keys, v, &[("plain", EditorKeys::Plain), ("vim", EditorKeys::Vim)]),
        get: |s| {
            quoted(match s.editor_keys {
                EditorKeys::Plain => "plain",
                EditorKeys::Vim => "vim",
            })
        },
    },
    Setting {
        key: "log",
        help: "What Tempo writes into its own log: \"error\", \"warn\", \"info\", \"debug\", or a tracing filter.",
        set: |s, v| {
            v.as_str().ok_or("takes a text such as \"info\"")?.clone_into(&mut s.log);
            Ok(())
        },
        get: |s| quoted(&s.log),
    },
    Setting {
        key: "output_cap",
        help: "How much of a run's output is kept, half from its beginning and half from its end: \"256M\", or \"none\" for all.",
        set: |s, v| {
            s.output_cap = v.as_str().ok_or("takes a size such as \"256M\", or \"none\"")?.parse()?;
            Ok(())
        },
        get: |s| quoted(&s.output_cap.to_string()),
    },
    Setting {
        key: "keep_days",
        help: "Outputs of runs that ended longer ago are removed, in days; \"none\" keeps them. The newest of a task stays.",
        set: |s, v| {
            s.keep.days = limit(v)?;
            Ok(())
        },
        get: |s| or_none(s.keep.days),
    },
    Setting {
        key: "keep_runs",
        help: "Of each task, the outputs of so many runs are kept; \"none\" keeps all.",
        set: |s, v| {
            s.keep.runs = limit(v)?;
            Ok(())
        },
        get: |s| or_none(s.keep.runs),
    },
    Setting {
        key: "keep_bytes",
        help: "What all outputs may take on the disk; beyond it the oldest are removed: \"10G\", or \"none\".",
        set: |s, v| {
            s.keep.bytes = match v.as_str() {
                Some("none") => None,
                _ if v.as_integer() == Some(0) => None,
                Some(text) => Some(parse_size(text).map_err(|e| e.to_string())?).filter(|bytes| *bytes > 0),
                None => return Err("takes a size such as \"10G\", or \"none\"".to_owned()),
            };
            Ok(())
        },
        get: |s| quoted(&s.keep.bytes.map_or_else(|| "none".to_owned(), format_size)),
    },
    Setting {
        key: "read_only_scripts",
        help: "Folders in which Tempo writes no script, such as a git checkout: a list, as in [\"~/jobs\"].",
        set: |s, v| {
            s.read_only_scripts =
                folders(v).ok_or("takes a list of absolute folders, as in [\"/srv/jobs\", \"~/jobs\"]")?;
            Ok(())
        },
        get: |s| {
            let folders = s.read_only_scripts.iter().map(|folder| Value::String(folder.display().to_string()));
            Value::Array(folders.collect()).to_string()
        },
    },
    Setting {
        key: "types",
        help: "Types of tasks with fields of their own: each \"text\", \"number\", \"date\" or a list of choices.",
        set: |s, v| {
            s.types = Arc::new(types::read(v)?);
            Ok(())
        },
        get: |s| types::written(&s.types),
    },
    Setting {
        key: "me",
        help: "Who you are as an assignee, for assignee:me and the view Mine. Default: $USER.",
        set: |s, v| {
            v.as_str().ok_or("takes a name such as \"ana\"")?.trim().clone_into(&mut s.me);
            Ok(())
        },
        get: |s| quoted(&s.me),
    },
];

const CLIPBOARDS: [(&str, ClipboardChoice); 4] = [
    ("auto", ClipboardChoice::Auto),
    ("osc52", ClipboardChoice::Osc52),
    ("tmux", ClipboardChoice::Tmux),
    ("file", ClipboardChoice::File),
];

fn groups(value: &Value) -> Option<BTreeMap<String, usize>> {
    let entry = |(name, places): (&String, &Value)| {
        let places = usize::try_from(places.as_integer()?).ok().filter(|n| (1..=10_000).contains(n))?;
        group::is_name(name).then(|| (name.clone(), places))
    };
    value.as_table()?.iter().map(entry).collect()
}

/// A list of absolute folders, or one of them; `~/` is the home folder.
fn folders(value: &Value) -> Option<Vec<PathBuf>> {
    let one = |value: &Value| {
        let text = value.as_str()?;
        let path = match text.strip_prefix("~/").zip(std::env::home_dir()) {
            Some((rest, home)) => home.join(rest),
            None => PathBuf::from(text),
        };
        path.is_absolute().then_some(path)
    };
    match value {
        Value::Array(all) => all.iter().map(one).collect(),
        value => Some(vec![one(value)?]),
    }
}

/// A number, where nothing is no limit.
fn limit(value: &Value) -> Result<Option<u32>, String> {
    match (value.as_integer(), value.as_str()) {
        (_, Some("none")) | (Some(0), _) => Ok(None),
        (Some(n), _) => {
            u32::try_from(n).map(Some).map_err(|_| format!("takes a number up to {}, or \"none\"", u32::MAX))
        }
        _ => Err("takes a number, or \"none\"".to_owned()),
    }
}

fn or_none(limit: Option<u32>) -> String {
    limit.map_or_else(|| quoted("none"), |limit| limit.to_string())
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn choose<T: Copy>(target: &mut T, value: &Value, all: &[(&str, T)]) -> Result<(), String> {
    let found = value.as_str().and_then(|word| all.iter().find(|(name, _)| *name == word));
    let Some((_, choice)) = found else {
        let names: Vec<String> = all.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        return Err(format!("takes one of {}", names.join(", ")));
    };
    *target = *choice;
    Ok(())
}

/// Something in the settings that could not be used. The default stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `config.toml:3` or a variable.
    pub place: String,
    /// What is wrong and what would be right.
    pub text: String,
}

impl Problem {
    /// The line of the file, when it is in one.
    fn line(&self) -> Option<usize> {
        self.place.rsplit_once(':')?.1.parse().ok()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// The settings in force, and what could not be used of them. A problem never keeps Tempo from starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// In force.
    pub settings: Settings,
    /// What could not be used.
    pub problems: Vec<Problem>,
    /// By key, the place of each setting that is not left at its default.
    pub places: BTreeMap<&'static str, String>,
    /// The settings that have a value which could not be used.
    refused: BTreeSet<&'static str>,
    /// Lines of the file are not TOML: nobody knows what they were to be.
    broken: bool,
}

impl Loaded {
    /// Reads the file, when there is one, and then the `TEMPO_*` variables of `env`.
    pub fn read(file: &Path, env: impl Iterator<Item = (String, String)>) -> Self {
        let mut loaded = Self::defaults();
        match std::fs::read_to_string(file) {
            Ok(text) => loaded.apply_file(&file.display().to_string(), &text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => {
                loaded.broken = true;
                loaded
                    .problems
                    .push(Problem { place: file.display().to_string(), text: format!("cannot be read: {e}") });
            }
        }
        loaded.apply_env(env);
        loaded.check_types();
        loaded.check_theme(&file.with_file_name(THEMES));
        loaded
    }

    /// Who asks for a type that could not be read is told why. In a file that is broken, anything may be missing.
    fn check_types(&mut self) {
        let refused = self.refused.contains("types");
        let is_it = |problem: &&Problem| !refused || problem.text.starts_with("types ");
        if refused || self.broken {
            let wrong = self.problems.iter().find(is_it).map(ToString::to_string);
            self.settings.types = Arc::new(Types { wrong, ..(*self.settings.types).clone() });
        }
    }

    /// A theme that there is not is none; only here it is known which there are.
    fn check_theme(&mut self, folder: &Path) {
        if let ThemeChoice::Named(name) = &self.settings.theme
            && !themes::names(folder).contains(name)
        {
            let place = self.places.remove("theme").unwrap_or_default();
            self.problems.push(Problem { place, text: themes::unknown(folder, name) });
            self.refused.insert("theme");
            self.settings.theme = ThemeChoice::Auto;
        }
    }

    fn defaults() -> Self {
        Self {
            settings: Settings::default(),
            problems: Vec::new(),
            places: BTreeMap::new(),
            refused: BTreeSet::new(),
            broken: false,
        }
    }

    /// The settings that come after `old` ones, when these were read while Tempo runs: what could not be used stays as it was.
    pub fn after(&self, old: &Settings) -> Settings {
        if self.broken {
            return old.clone();
        }
        let mut settings = self.settings.clone();
        for setting in SETTINGS.iter().filter(|setting| self.refused.contains(setting.key)) {
            if let Ok(value) = setting.value(old).parse() {
                // It was right once.
                let _ = (setting.set)(&mut settings, &value);
            }
        }
        settings
    }

    fn apply_file(&mut self, name: &str, text: &str) {
        let table = self.parse(name, text);
        let mut entries: Vec<_> =
            table.iter().map(|(key, value)| (line_of(text, key.span().start), key, value)).collect();
        entries.sort_by_key(|(line, ..)| *line);
        for (line, key, value) in entries {
            // Of many lines, the one that is wrong.
            let line = if key.get_ref() == "types" { types::wrong_line(text).unwrap_or(line) } else { line };
            self.apply(format!("{name}:{line}"), key.get_ref(), value.get_ref());
        }
        self.problems.sort_by_key(Problem::line);
    }

    /// Reads TOML. A line that is none is a problem and is left out, so that it does not hide what is in the others.
    fn parse(&mut self, name: &str, text: &str) -> BTreeMap<Spanned<String>, Spanned<Value>> {
        let (left, wrong) = readable(text);
        self.broken |= !wrong.is_empty();
        let problem = |(line, text)| Problem { place: format!("{name}:{line}"), text };
        self.problems.extend(wrong.into_iter().map(problem));
        // What is left is TOML.
        toml::from_str(&left).unwrap_or_default()
    }

    fn apply_env(&mut self, env: impl Iterator<Item = (String, String)>) {
        for (variable, text) in env {
            // What many programs take it for; the person's own word goes before it.
            if variable == "NO_MOTION" && !text.is_empty() && !self.places.contains_key("reduced_motion") {
                self.settings.reduced_motion = true;
                self.places.insert("reduced_motion", variable);
                continue;
            }
            let Some(key) = variable.strip_prefix("TEMPO_").map(str::to_lowercase) else { continue };
            if SETTINGS.iter().any(|setting| setting.key == key) {
                // A bare word is a text; numbers and booleans are what they look like.
                let value = text.parse().unwrap_or(Value::String(text));
                self.apply(variable, &key, &value);
            }
        }
    }

    fn apply(&mut self, place: String, key: &str, value: &Value) {
        let text = if let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) {
            match (setting.set)(&mut self.settings, value) {
                Ok(()) => {
                    self.places.insert(setting.key, place);
                    return;
                }
                Err(e) => {
                    self.refused.insert(setting.key);
                    format!("{key} {e}")
                }
            }
        } else {
            let keys: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
            format!("there is no setting `{key}`; there are {}", keys.join(", "))
        };
        self.problems.push(Problem { place, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::types::Shape;

    fn from_file(text: &str) -> Loaded {
        let mut loaded = Loaded::defaults();
        loaded.apply_file("config.toml", text);
        loaded
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let mut loaded = from_file("max_running = 3\ntheme = \"mono\"\n");
        loaded.apply_env([("TEMPO_MAX_RUNNING".to_owned(), "7".to_owned())].into_iter());
        assert_eq!(loaded.problems, []);
        assert_eq!(loaded.settings.limits.max_running, 7);
        assert_eq!(loaded.settings.theme, ThemeChoice::Named("mono".to_owned()));
        assert_eq!(loaded.settings.on_hangup, OnHangup::Background);
        assert_eq!(loaded.places["max_running"], "TEMPO_MAX_RUNNING");
        assert_eq!(loaded.places["theme"], "config.toml:2");
        assert_eq!(loaded.places.get("on_hangup"), None);
    }

    #[test]
    fn x1_a_problem_names_its_line_and_what_would_be_right_and_leaves_the_rest_in_force() {
        let loaded = from_file("max_running = 0\n\n# a comment\nwrong = 1\ncharset = \"ascii\"\n");
        let problems: Vec<String> = loaded.problems.iter().map(Problem::to_string).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(
            problems.contains(&"config.toml:1: max_running takes a number from 1 to 10000".to_owned()),
            "{problems:?}"
        );
        assert!(problems.iter().any(|p| p.starts_with("config.toml:4: there is no setting `wrong`")), "{problems:?}");
        assert_eq!(loaded.settings.charset, Charset::Ascii);
    }

    #[test]
    fn x1_a_file_that_is_not_toml_names_the_line() {
        let loaded = from_file("log = \"info\"\nmax_running 3\n");
        assert_eq!(loaded.problems.len(), 1);
        assert!(loaded.problems[0].place == "config.toml:2", "{:?}", loaded.problems);
    }

    #[test]
    fn x1_what_is_not_toml_hides_no_other_problem_and_no_other_setting() {
        let text =
            "max_running 3\nwrong = 1\ntheme = \ncharset = \"ascii\"\nlog = \"\nreduced_motion = 7\ntext = \"\"\"";
        let loaded = from_file(text);
        let lines: Vec<&str> = loaded.problems.iter().filter_map(|p| p.place.strip_prefix("config.toml:")).collect();
        assert_eq!(lines, ["1", "2", "3", "5", "6", "7"], "{:?}", loaded.problems);
        assert_eq!(loaded.settings.charset, Charset::Ascii);
    }

    #[test]
    fn r3_groups_are_a_table_in_the_file_or_an_inline_one_in_a_variable() {
        let mut loaded = from_file("[groups]\ndisk = 2\n");
        assert_eq!((loaded.problems.len(), loaded.settings.limits.of("disk")), (0, 2));
        loaded.apply_env([("TEMPO_GROUPS".to_owned(), "{ net = 3 }".to_owned())].into_iter());
        assert_eq!((loaded.settings.limits.of("net"), loaded.settings.limits.of("disk")), (3, 1));
        let shown = SETTINGS.iter().find(|setting| setting.key == "groups").unwrap().value(&loaded.settings);
        assert_eq!(shown, "{ net = 3 }");
        for wrong in ["groups = 3", "groups = { disk = 0 }", "groups = { \"a b\" = 1 }"] {
            assert!(from_file(wrong).problems[0].text.contains("as in { disk = 1, net = 4 }"), "{wrong}");
        }
    }

    #[test]
    fn a1_types_of_tasks_are_tables_of_fields_and_what_is_wrong_is_said_with_its_line() {
        let text = "[types.order]\ncustomer = \"text\"\nhours = \"number\"\nship = \"date\"\nstate = [\"new\", \"paid\"]\n[types.bug]\n";
        let mut loaded = from_file(text);
        assert_eq!(loaded.problems, []);
        let choice = Shape::Choice(vec!["new".to_owned(), "paid".to_owned()]);
        let order = [("customer", Shape::Text), ("hours", Shape::Number), ("ship", Shape::Date), ("state", choice)];
        let expected = order.map(|(name, shape)| (name.to_owned(), shape)).into();
        assert_eq!(loaded.settings.types.declared["order"], expected);
        assert!(loaded.settings.types.declared["bug"].is_empty());
        let shown = SETTINGS.iter().find(|setting| setting.key == "types").unwrap().value(&loaded.settings);
        let before = loaded.settings.clone();
        loaded.apply_env([("TEMPO_TYPES".to_owned(), shown)].into_iter());
        assert_eq!((loaded.problems, &loaded.settings.types), (vec![], &before.types), "it is read as it is shown");
        for (text, line, expected) in [
            ("types = 3", 1, "takes types with their fields"),
            ("[types]\n\norder = 3", 3, "has order = 3; a type is a table of fields"),
            (
                "[types.bug]\nid = \"number\"\n[types.order]\nhours = \"nummer\"",
                4,
                "has order.hours = \"nummer\"; a field is \"text\"",
            ),
            ("[types.order]\na = \"text\"\nstate = []", 3, "a list of choices such as"),
            ("[types.order]\n\"a b\" = \"text\"", 2, "has `a b`; a name is one word"),
        ] {
            let loaded = from_file(text);
            let problem = &loaded.problems[0];
            assert!(
                problem.place == format!("config.toml:{line}") && problem.text.contains(expected),
                "{text}: {problem}"
            );
            assert_eq!(loaded.after(&before).types, before.types, "what was before holds");
        }
    }

    #[test]
    fn read_only_scripts_are_absolute_folders_one_or_several() {
        let mut loaded = from_file("read_only_scripts = [\"/srv/jobs\", \"~/jobs\"]");
        let home = std::env::home_dir().unwrap().join("jobs");
        assert_eq!(loaded.settings.read_only_scripts, [PathBuf::from("/srv/jobs"), home]);
        loaded.apply_env([("TEMPO_READ_ONLY_SCRIPTS".to_owned(), "/srv".to_owned())].into_iter());
        assert_eq!((loaded.settings.read_only_scripts, loaded.problems), (vec![PathBuf::from("/srv")], vec![]));
        for wrong in ["jobs", "[1]", "true"] {
            let loaded = from_file(
                &format!("read_only_scripts = [\"{wrong}\"]").replace("\"[1]\"", "1").replace("\"true\"", "true"),
            );
            assert!(loaded.problems[0].text.contains("a list of absolute folders"), "{wrong}: {:?}", loaded.problems);
        }
    }

    #[test]
    fn o3_what_is_kept_has_limits_unless_they_are_turned_off() {
        assert_eq!(from_file("").settings.keep, Keep { days: Some(90), runs: Some(200), bytes: Some(10 << 30) });
        for off in [
            "keep_days = 0\nkeep_runs = 0\nkeep_bytes = 0",
            "keep_days = \"none\"\nkeep_runs = \"none\"\nkeep_bytes = \"none\"",
        ] {
            let loaded = from_file(off);
            assert_eq!(
                (loaded.problems.len(), loaded.settings.keep),
                (0, Keep { days: None, runs: None, bytes: None })
            );
        }
        let mut loaded = from_file("output_cap = \"1K\"\nkeep_days = -1\nkeep_bytes = 7\n");
        assert_eq!(loaded.problems.len(), 3, "{:?}", loaded.problems);
        let variables = [("TEMPO_KEEP_DAYS", "7"), ("TEMPO_KEEP_BYTES", "1G"), ("TEMPO_OUTPUT_CAP", "none")];
        loaded.apply_env(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter());
        let Settings { keep, output_cap, .. } = loaded.settings;
        assert_eq!((keep.days, keep.bytes, output_cap), (Some(7), Some(1 << 30), OutputCap::Unlimited));
        assert_eq!(loaded.problems.len(), 3);
    }

    #[test]
    fn what_cannot_be_used_while_tempo_runs_stays_as_it_was_and_the_rest_changes() {
        let old = from_file("charset = \"ascii\"\nmax_running = 3\ngroups = { disk = 2 }\n").settings;
        let new = from_file("charset = \"asci\"\nmax_running = 5\ngroups = 7\n").after(&old);
        assert_eq!((new.charset, new.limits.max_running, new.limits.of("disk")), (Charset::Ascii, 5, 2));
        assert_eq!(from_file("max_running = 5\nnonsense\n").after(&old), old, "a line that is no TOML could be any");
        assert_eq!(from_file("max_running = 5\nwrong = 1\n").after(&old).limits.max_running, 5);
        assert_eq!(from_file("").after(&old), Settings::default());
    }

    #[test]
    fn ux_2_no_motion_reduces_it_unless_the_person_says_otherwise() {
        for (text, value, reduced) in [
            ("", "1", true),
            ("", "", false),
            ("reduced_motion = false", "1", false),
            ("reduced_motion = true", "", true),
        ] {
            let mut loaded = from_file(text);
            loaded.apply_env([("NO_MOTION".to_owned(), value.to_owned())].into_iter());
            assert_eq!(loaded.settings.reduced_motion, reduced, "{text} {value}");
        }
    }

    #[test]
    fn a_theme_that_there_is_not_is_a_problem_of_its_line_and_names_those_that_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "\ntheme = \"drak\"\n").unwrap();
        let loaded = Loaded::read(&file, std::iter::empty());
        assert_eq!(loaded.settings.theme, ThemeChoice::Auto);
        let problem = loaded.problems[0].to_string();
        assert!(problem.contains("config.toml:2: there is no theme `drak`; there are ansi, dark"), "{problem}");
        std::fs::create_dir(folder.path().join("themes")).unwrap();
        std::fs::write(folder.path().join("themes/drak.toml"), "").unwrap();
        let loaded = Loaded::read(&file, std::iter::empty());
        assert_eq!((loaded.settings.theme, loaded.problems), (ThemeChoice::Named("drak".to_owned()), Vec::new()));
    }

    #[test]
    fn the_example_file_names_every_setting_and_has_no_problem() {
        let text = include_str!("../../config.example.toml");
        let loaded = from_file(text);
        assert_eq!(loaded.problems, []);
        for setting in SETTINGS {
            assert!(text.contains(&format!("{} = ", setting.key)), "{} is not in the example", setting.key);
        }
    }
}
