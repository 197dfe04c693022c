//! The keys in force: those of the table of actions, and in their place the person's own.

mod file;
#[cfg(test)]
mod written;

use std::path::Path;

use super::action::{self, Action, Scope, Spec};
use crate::config::Problem;

/// A row of the table with the keys that it has in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it does, to the program.
    pub action: Action,
    /// Its stable name.
    pub id: &'static str,
    /// What it does, to the person.
    pub title: &'static str,
    /// Its keys; the first is shown. A chord is several, separated by blanks. None when the person wants none.
    pub keys: Vec<String>,
    /// The section of the help.
    pub group: &'static str,
    /// Its word on the hint line.
    pub hint: &'static str,
}

impl Row {
    /// The key that is shown; empty without any.
    pub fn key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }
}

/// What a person wants of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wish {
    id: &'static str,
    /// In the file, from 1.
    line: usize,
    /// None is a wish too.
    keys: Vec<String>,
}

/// All rows, by the scopes in which they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    scopes: Vec<(Scope, Vec<Row>)>,
}

impl Default for Keymap {
    /// The keys of the table.
    fn default() -> Self {
        Self::of(&[], &mut Vec::new())
    }
}

impl Keymap {
    /// Reads the text of a `keys.toml`: the map, in which everything that is right is in force, and what is wrong, by line (UX 43).
    pub fn read(text: &str) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let wishes = file::wishes(text, &mut problems);
        let map = Self::of(&wishes, &mut problems);
        problems.sort_by_key(|(line, _)| *line);
        let problem = |(line, text)| Problem { place: format!("keys.toml:{line}"), text };
        (map, problems.into_iter().map(problem).collect())
    }

    /// Reads the file, when there is one. Without, or when it cannot be read, the keys of the table are in force.
    pub fn load(file: &Path) -> (Self, Vec<Problem>) {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let (map, mut problems) = Self::read(&text);
                let folder = file.parent().unwrap_or(Path::new(""));
                for problem in &mut problems {
                    problem.place = folder.join(&problem.place).display().to_string();
                }
                (map, problems)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => (Self::default(), Vec::new()),
            Err(e) => {
                let problem = Problem { place: file.display().to_string(), text: format!("cannot be read: {e}") };
                (Self::default(), vec![problem])
            }
        }
    }

    /// The rows that can be reached in a scope, in the order of the table.
    pub fn within(&self, scope: Scope) -> &[Row] {
        self.scopes.iter().find(|(of, _)| *of == scope).map_or(&[], |(_, rows)| rows)
    }

    /// The row of a key, or of a chord, in a scope.
    pub fn find(&self, scope: Scope, keys: &str) -> Option<&Row> {
        self.within(scope).iter().find(|row| row.keys.iter().any(|own| own == keys))
    }

    /// The rows whose chords begin with these keys, each with the rest of the chord.
    pub fn continuations<'a>(&'a self, scope: Scope, keys: &'a str) -> impl Iterator<Item = (&'a str, &'a Row)> {
        let rest = move |own: &'a String| own.strip_prefix(keys)?.strip_prefix(' ');
        self.within(scope).iter().flat_map(move |row| row.keys.iter().filter_map(rest).map(move |rest| (rest, row)))
    }

    /// The key of an action in a scope.
    pub fn key_in(&self, scope: Scope, action: Action) -> Option<&str> {
        self.within(scope).iter().find(|row| row.action == action && !row.keys.is_empty()).map(Row::key)
    }

    /// The key of an action, in whatever scope it has one.
    pub fn key_of(&self, action: Action) -> Option<&str> {
        let mut rows = self.scopes.iter().flat_map(|(_, rows)| rows);
        rows.find(|row| row.action == action && !row.keys.is_empty()).map(Row::key)
    }

    /// The map of the wishes, which are in the order of their lines. Says where two of them want the same key.
    fn of(wishes: &[Wish], problems: &mut Vec<(usize, String)>) -> Self {
        let mut clashes: Vec<(&Wish, &Wish, &str, Vec<Scope>)> = Vec::new();
        let mut scopes = Vec::new();
        for scope in scopes_of_table() {
            let specs: Vec<Spec> = action::within(scope).collect();
            let mut taken: Vec<(&str, &Wish)> = Vec::new();
            for wish in wishes.iter().filter(|wish| specs.iter().any(|spec| spec.id == wish.id)) {
                for key in &wish.keys {
                    let clashes_with =
                        |(other, owner): &&(&str, &Wish)| overlap(other, key) && !share(owner.id, wish.id);
                    let Some((_, owner)) = taken.iter().find(clashes_with) else {
                        taken.push((key, wish));
                        continue;
                    };
                    let known = clashes.iter_mut().find(|(a, b, k, _)| (*a, *b, *k) == (owner, wish, key));
                    match known {
                        Some((.., met)) => met.push(scope),
                        None => clashes.push((owner, wish, key, vec![scope])),
                    }
                }
            }
            let row = |spec: &Spec| {
                // What the person wants of a key goes before what the table says, also in a new version.
                let free = |key: &&&str| !taken.iter().any(|(other, by)| overlap(other, key) && !share(by.id, spec.id));
                let left = || spec.keys.iter().filter(free).map(|key| (*key).to_owned()).collect();
                let wish = wishes.iter().find(|wish| wish.id == spec.id);
                let keys = wish.map_or_else(left, |wish| wished(spec, wish, &taken));
                let Spec { action, id, title, group, hint, .. } = *spec;
                Row { action, id, title, keys, group, hint }
            };
            scopes.push((scope, specs.iter().map(row).collect()));
        }
        problems.extend(clashes.iter().map(|(owner, wish, key, met)| (wish.line, clash(owner, wish, key, met))));
        Self { scopes }
    }
}

/// The keys that a wish gets: those that no other had taken, and Esc where the table has it, for it always leads back (UX 44).
fn wished(spec: &Spec, wish: &Wish, taken: &[(&str, &Wish)]) -> Vec<String> {
    let has = |key: &&String| taken.iter().any(|(own, owner)| own == key && owner.id == wish.id);
    let mut keys: Vec<String> = wish.keys.iter().filter(has).cloned().collect();
    if spec.keys.contains(&"Esc") && !keys.iter().any(|key| key == "Esc") {
        keys.push("Esc".to_owned());
    }
    keys
}

/// Both owners, both lines.
fn clash(owner: &Wish, wish: &Wish, key: &str, met: &[Scope]) -> String {
    let places: Vec<String> = met.iter().map(|scope| format!("{scope:?}")).collect();
    let places = places.join(", ");
    if owner.id == wish.id {
        return format!("{} has `{key}` and a chord that begins with it: only one of them can be ({places})", wish.id);
    }
    let (first, second) = (owner.id, wish.id);
    let same = owner.keys.iter().any(|own| own == key);
    let what = if same { "is wanted by" } else { "and a chord that begins like it are wanted by" };
    format!(
        "`{key}` {what} {first} (line {}) and {second} (line {}) in {places}: there it does {first}",
        owner.line, wish.line
    )
}

/// Whether these may have the same key: which of them it does, the kind of the task says.
fn share(one: &str, other: &str) -> bool {
    const SHARED: [&str; 2] = ["todo.describe", "import.crontab"];
    one != other && SHARED.contains(&one) && SHARED.contains(&other)
}

/// Whether two bindings cannot both be: they are the same, or one is a chord that begins with the other.
fn overlap(one: &str, other: &str) -> bool {
    let begins = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '));
    one == other || begins(one, other) || begins(other, one)
}

/// Every scope of the table, each once.
fn scopes_of_table() -> Vec<Scope> {
    let mut scopes = Scope::PANES.to_vec();
    for scope in action::all().flat_map(|spec| spec.scopes.iter().copied()) {
        if scope != Scope::Anywhere && !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

#[cfg(test)]
mod tests;
