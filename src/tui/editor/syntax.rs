//! Which language a file is in, and what its grammar calls keywords, strings and comments. Grammars are loaded on first use.

use std::path::Path;
use std::sync::OnceLock;

use syntect::parsing::syntax_definition::SyntaxDefinition;
use syntect::parsing::{Scope, SyntaxReference, SyntaxSet, SyntaxSetBuilder};

use crate::tui::theme::Token;

/// A language, by the name of its grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// As the grammar calls it.
    pub name: String,
    toml: bool,
}

impl Language {
    /// The language of a file: by its name, else by its first line. Plain text without any.
    pub fn of(path: &Path, first: &str) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if extension == "toml" {
            return Self { name: "TOML".to_owned(), toml: true };
        }
        let set = defaults();
        let by_name = || set.find_syntax_by_extension(&name);
        let by_extension = || set.find_syntax_by_extension(&extension).filter(|_| !extension.is_empty());
        let by_line = || by_shebang(set, first).or_else(|| set.find_syntax_by_first_line(first));
        let found = by_extension().or_else(by_name).or_else(by_line);
        let found = found.unwrap_or_else(|| set.find_syntax_plain_text());
        Self { name: found.name.clone(), toml: false }
    }

    /// Its name as people write it.
    pub fn title(&self) -> &str {
        if self.is_shell() { "Shell" } else { &self.name }
    }

    /// Whether it is Python.
    pub fn is_python(&self) -> bool {
        self.name == "Python"
    }

    /// Whether it is of a shell.
    pub fn is_shell(&self) -> bool {
        self.name.contains("Bash") || self.name.contains("Shell")
    }

    /// What begins a comment up to the end of the line; `None` where there is no such thing.
    pub fn comment(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "SQL" | "Lua" | "Haskell" => Some("--"),
            "JSON" | "HTML" | "CSS" | "XML" | "Markdown" => None,
            "JavaScript" | "Rust" | "Go" | "C" | "C++" | "C#" | "Java" | "PHP" | "Scala" | "Groovy" | "D" => Some("//"),
            "Plain Text" => Some("#"),
            name if name.contains("Lisp") || name == "Clojure" => Some(";"),
            _ => Some("#"),
        }
    }

    /// One step of indentation, where the text itself does not show another.
    pub fn indent(&self) -> &'static str {
        match self.name.as_str() {
            "YAML" | "JSON" | "TOML" | "JavaScript" => "  ",
            "Makefile" | "Go" => "\t",
            _ => "    ",
        }
    }

    pub(super) fn grammar(&self) -> (&'static SyntaxSet, &'static SyntaxReference) {
        let set = if self.toml { toml() } else { defaults() };
        (set, set.find_syntax_by_name(&self.name).unwrap_or_else(|| set.find_syntax_plain_text()))
    }
}

/// The language of the program that a first line names, such as `#!/usr/bin/env -S python3 -u`.
fn by_shebang<'a>(set: &'a SyntaxSet, first: &str) -> Option<&'a SyntaxReference> {
    let program = interpreter(first)?;
    let stem = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let extension = match stem {
        "python" | "pypy" => "py",
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" => "sh",
        "node" | "deno" | "bun" => "js",
        "perl" => "pl",
        "ruby" => "rb",
        "lua" | "luajit" => "lua",
        other => other,
    };
    set.find_syntax_by_extension(extension)
}

/// The name of the program that a first line names; the words of `env` are passed over.
pub fn interpreter(first: &str) -> Option<&str> {
    let words = first.trim_start_matches('\u{feff}').strip_prefix("#!")?.split_whitespace();
    let mut names = words.map(|word| word.rsplit('/').next().unwrap_or(word));
    names.find(|name| *name != "env" && !name.starts_with('-') && !name.contains('='))
}

fn defaults() -> &'static SyntaxSet {
    static SET: OnceLock<SyntaxSet> = OnceLock::new();
    SET.get_or_init(SyntaxSet::load_defaults_newlines)
}

fn toml() -> &'static SyntaxSet {
    static SET: OnceLock<SyntaxSet> = OnceLock::new();
    SET.get_or_init(|| {
        let mut set = SyntaxSetBuilder::new();
        set.add_plain_text_syntax();
        let text = include_str!("../../../assets/syntaxes/toml.sublime-syntax");
        match SyntaxDefinition::load_from_str(text, true, None) {
            Ok(grammar) => set.add(grammar),
            Err(e) => tracing::error!(error = %e, "the grammar of TOML"),
        }
        set.build()
    })
}

/// What the names of grammars mean on the screen, the special ones first.
const MEANINGS: &[(&str, Token)] = &[
    ("comment", Token::SynComment),
    ("constant.character.escape", Token::SynEscape),
    ("constant.other.placeholder", Token::SynEscape),
    ("string.unquoted.heredoc", Token::SynHeredoc),
    ("string", Token::SynString),
    ("constant.numeric", Token::SynNumber),
    ("constant.language", Token::SynBuiltin),
    ("keyword.operator.logical", Token::SynKeyword),
    ("keyword.operator", Token::SynOperator),
    ("keyword", Token::SynKeyword),
    ("storage", Token::SynKeyword),
    ("support", Token::SynBuiltin),
    ("variable.language", Token::SynBuiltin),
    ("variable.function", Token::SynFunction),
    ("entity.name.tag", Token::SynVariable),
    ("entity.name", Token::SynFunction),
    ("meta.annotation", Token::SynFunction),
    ("variable.parameter", Token::SynVariable),
    ("variable.other", Token::SynVariable),
    ("invalid.illegal", Token::SynError),
];

/// What the innermost name that means something is on the screen.
pub(super) fn token(names: &[Scope]) -> Option<Token> {
    static TABLE: OnceLock<Vec<(Scope, Token)>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let row = |(name, token): &(&str, Token)| Scope::new(name).ok().map(|scope| (scope, *token));
        MEANINGS.iter().filter_map(row).collect()
    });
    names
        .iter()
        .rev()
        .find_map(|name| table.iter().find(|(scope, _)| scope.is_prefix_of(*name)).map(|(_, token)| *token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_the_name_of_the_file_or_by_its_first_line() {
        for (name, first, language) in [
            ("main.py", "", "Python"),
            ("run.sh", "", "Shell"),
            ("x.yaml", "", "YAML"),
            ("x.yml", "", "YAML"),
            ("x.json", "", "JSON"),
            ("x.sql", "", "SQL"),
            ("x.toml", "", "TOML"),
            ("Makefile", "", "Makefile"),
            ("job", "#!/usr/bin/env -S python3.12 -u", "Python"),
            ("job", "#!/bin/dash", "Shell"),
            ("job", "#!/usr/bin/env FOO=1 perl", "Perl"),
            ("job", "#!/usr/bin/env node", "JavaScript"),
            ("requirements.txt", "", "Plain Text"),
            ("job", "hello", "Plain Text"),
        ] {
            assert_eq!(Language::of(Path::new(name), first).title(), language, "{name} {first}");
        }
    }

    #[test]
    fn every_meaning_is_a_name_that_grammars_can_have() {
        for (name, _) in MEANINGS {
            assert!(Scope::new(name).is_ok(), "{name}");
        }
    }
}
