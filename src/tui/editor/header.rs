//! What stands before the text of a script proper, so that whoever writes a new one begins behind it.

use super::place::Pos;
use super::syntax::Language;

/// Where to begin writing: on the first empty line behind the shebang, the comments at the top and a docstring. When the text goes on
/// without one, right behind them.
pub fn behind(lines: &[String], language: &Language) -> Pos {
    let end = of(lines, language);
    if end == 0 {
        return Pos::default();
    }
    // A blank line in an indented part belongs to what it stands in.
    let at_margin = |(_, line): &(usize, &String)| !line.starts_with([' ', '\t']);
    let blank = lines.iter().enumerate().skip(end).take_while(at_margin).find(|(_, line)| line.is_empty());
    let row = blank.map_or(end, |(row, _)| row);
    match lines.get(row) {
        Some(_) => Pos { row, col: 0 },
        None => lines.last().map_or_else(Pos::default, |line| Pos { row: lines.len() - 1, col: line.chars().count() }),
    }
}

/// How many lines they are.
fn of(lines: &[String], language: &Language) -> usize {
    let is_comment =
        |line: &String| line.starts_with("#!") || language.comment().is_some_and(|sign| line.starts_with(sign));
    let comments = lines.iter().take_while(|line| is_comment(line)).count();
    if language.is_python() { docstring(lines, comments).unwrap_or(comments) } else { comments }
}

/// The line behind a docstring that begins there, or below empty lines.
fn docstring(lines: &[String], from: usize) -> Option<usize> {
    let first = from + lines.get(from..)?.iter().take_while(|line| line.trim().is_empty()).count();
    let line = lines.get(first)?.trim_start_matches(['r', 'R']);
    let quotes = [r#"""""#, "'''"].into_iter().find(|quotes| line.starts_with(quotes))?;
    if line[quotes.len()..].contains(quotes) {
        return Some(first + 1);
    }
    let end = lines.iter().skip(first + 1).position(|line| line.contains(quotes))?;
    Some(first + 1 + end + 1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn begins(name: &str, text: &str) -> (usize, usize) {
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let Pos { row, col } = behind(&lines, &Language::of(Path::new(name), &lines[0]));
        (row, col)
    }

    #[test]
    fn writing_begins_on_the_empty_line_behind_the_shebang_the_comments_and_the_docstring() {
        for (name, text, at) in [
            ("main.py", "#!/usr/bin/env python3\n\"\"\"Says.\"\"\"\n\nimport os", (2, 0)),
            ("main.py", "#!/x\n# -*- coding: utf-8 -*-\n# /// script\n# ///\n\nimport os", (4, 0)),
            ("main.py", "#!/x\n\nr'''Says\n\nmore.\n'''\nimport os\n\nprint()", (7, 0)),
            ("main.sh", "#!/bin/sh\n# Says.\nset -eu\n\necho", (3, 0)),
            ("main.sh", "#!/bin/sh\nset -eu\nfor i in *; do\n\n    echo\ndone", (3, 0)),
            ("main.sh", "#!/bin/sh\nf() {\n    echo\n\n}\nf", (1, 0)),
            ("job.js", "#!/usr/bin/env node\n// Says.\n\nx()", (2, 0)),
        ] {
            assert_eq!(begins(name, text), at, "{text}");
        }
    }

    #[test]
    fn a_text_without_a_header_begins_where_it_begins_and_one_of_nothing_else_at_its_end() {
        assert_eq!(begins("main.py", ""), (0, 0));
        assert_eq!(begins("main.py", "import os\n\nprint()"), (0, 0));
        assert_eq!(begins("main.py", "'''never ends\n"), (0, 0));
        assert_eq!(begins("main.sh", "#!/bin/sh\n# Says"), (1, 6));
    }
}
