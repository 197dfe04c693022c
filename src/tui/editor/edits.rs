//! What a person does to a text in one go: typing with indentation, blocks of lines, comments.

use super::buffer::Kind;
use super::doc::Doc;
use super::place::{self, Pos};

/// Lines that are looked at to learn how a text is indented.
const LEARNT_FROM: usize = 400;

/// Ends of a line behind which a block begins.
const OPENERS: [char; 3] = ['(', '[', '{'];

/// Text that was taken along.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clip {
    /// The text.
    pub text: String,
    /// Whether it is of whole lines; it then ends in a line end.
    pub lines: bool,
}

/// One step of indentation, as the text has it.
pub fn unit(doc: &Doc) -> String {
    let mut widths = doc.buffer.lines().iter().take(LEARNT_FROM).filter_map(|line| {
        let blanks = place::indent(line);
        (!blanks.is_empty() && blanks.len() < line.len()).then_some(blanks)
    });
    match widths.next() {
        Some(blanks) if blanks.starts_with('\t') => "\t".to_owned(),
        Some(blanks) if (2..=8).contains(&blanks.len()) => {
            let least = widths.map(str::len).filter(|n| *n > 1).chain([blanks.len()]).min().unwrap_or(blanks.len());
            " ".repeat(least)
        }
        _ => doc.colours.language().indent().to_owned(),
    }
}

/// Deletes what is selected. False when nothing is.
pub fn delete_selection(doc: &mut Doc) -> bool {
    let Some((from, to)) = doc.buffer.selection() else { return false };
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(from, to, "");
    true
}

/// Types a character over what is selected. A closing bracket at the beginning of a line goes one step out.
pub fn type_char(doc: &mut Doc, c: char) {
    if let Some((from, to)) = doc.buffer.selection() {
        doc.buffer.begin(Kind::Whole);
        doc.buffer.splice(from, to, &c.to_string());
        return;
    }
    let at = doc.buffer.cursor();
    let line = doc.buffer.line(at.row);
    let before: String = line.chars().take(at.col).collect();
    let mut from = at;
    if matches!(c, ')' | ']' | '}') && !before.is_empty() && before.trim().is_empty() {
        let unit = unit(doc);
        let step = if before.ends_with(&unit) { unit.chars().count() } else { 0 };
        // Only where the line before is further in: else somebody has put it there.
        let above = doc.buffer.lines()[..at.row].iter().rev().find(|line| !line.trim().is_empty());
        if above.is_some_and(|above| place::indent(above).len() >= before.len() && !above.trim_end().ends_with(OPENERS))
        {
            from.col -= step;
        }
    }
    doc.buffer.begin(Kind::Typed(c));
    doc.buffer.splice(from, at, &c.to_string());
}

/// Inserts a text over what is selected, as one step.
pub fn insert(doc: &mut Doc, text: &str) {
    let at = doc.buffer.cursor();
    let (from, to) = doc.buffer.selection().unwrap_or((at, at));
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(from, to, text);
}

/// Inserts what was taken along: whole lines above the cursor's.
pub fn paste(doc: &mut Doc, clip: &Clip) {
    let at = doc.buffer.cursor();
    if clip.lines && doc.buffer.selection().is_none() {
        doc.buffer.begin(Kind::Whole);
        let start = Pos { row: at.row, col: 0 };
        let end = doc.buffer.splice(start, start, &clip.text);
        doc.buffer.go(Pos { row: end.row, col: at.col });
    } else {
        insert(doc, &clip.text);
    }
}

/// The indentation of a line below this text.
fn indent_below(doc: &Doc, row: usize, before: &str) -> String {
    let own = place::indent(before).to_owned();
    let text = before.trim();
    let code = text.split(" #").next().unwrap_or(text).trim_end();
    let language = doc.colours.language();
    let opens = code.ends_with(OPENERS)
        || ((language.is_python() || language.name == "YAML") && code.ends_with(':') && !code.starts_with('#'))
        || (language.is_shell()
            && ["then", "do", "else"].iter().any(|word| code.rsplit([' ', ';']).next() == Some(word)));
    if opens {
        return own + &unit(doc);
    }
    let leaves = |word: &str| code == word || code.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '(']));
    if language.is_python() && ["return", "pass", "break", "continue", "raise"].into_iter().any(leaves) && row > 0 {
        let step = unit(doc);
        return own.strip_suffix(&step).map_or(own.clone(), str::to_owned);
    }
    own
}

/// A new line, indented as the text wants it.
pub fn newline(doc: &mut Doc) {
    let at = doc.buffer.cursor();
    let (from, to) = doc.buffer.selection().unwrap_or((at, at));
    let line = doc.buffer.line(from.row).to_owned();
    let before: String = line.chars().take(from.col).collect();
    let behind: String = doc.buffer.line(to.row).chars().skip(to.col).collect();
    // At the beginning of a line its own indentation goes down with it.
    let indent = if before.trim().is_empty() { before.clone() } else { indent_below(doc, from.row, &before) };
    let closes = before.trim_end().ends_with(OPENERS) && behind.starts_with([')', ']', '}']);
    let blanks = behind.chars().take_while(|c| *c == ' ' || *c == '\t').count();
    let to = if before.trim().is_empty() { to } else { Pos { col: to.col + blanks, ..to } };
    // Of a line that has only blanks nothing stays behind.
    let from =
        if before.trim().is_empty() && behind.trim().is_empty() && from == at { Pos { col: 0, ..from } } else { from };
    doc.buffer.begin(Kind::Whole);
    if closes {
        let outer = place::indent(&before).to_owned();
        let end = doc.buffer.splice(from, to, &format!("\n{indent}\n{outer}"));
        doc.buffer.go(Pos { row: end.row - 1, col: indent.chars().count() });
    } else {
        doc.buffer.splice(from, to, &format!("\n{indent}"));
    }
    doc.buffer.rest();
}

/// Takes the character before away; in the indentation, a step of it.
pub fn backspace(doc: &mut Doc) {
    if delete_selection(doc) {
        return;
    }
    let at = doc.buffer.cursor();
    let Some(mut from) = place::before(doc.buffer.lines(), at) else { return };
    let before: String = doc.buffer.line(at.row).chars().take(at.col).collect();
    if from.row == at.row && before.ends_with(' ') && before.trim().is_empty() {
        let step = unit(doc).len().max(1);
        let keep = (at.col - 1) / step * step;
        if before.chars().skip(keep).all(|c| c == ' ') {
            from.col = keep;
        }
    }
    doc.buffer.begin(if from.row == at.row { Kind::Erased } else { Kind::Whole });
    doc.buffer.splice(from, at, "");
}

/// Takes the character under the cursor away.
pub fn delete(doc: &mut Doc) {
    if delete_selection(doc) {
        return;
    }
    let at = doc.buffer.cursor();
    if let Some(to) = place::behind(doc.buffer.lines(), at) {
        doc.buffer.begin(if to.row == at.row { Kind::Erased } else { Kind::Whole });
        doc.buffer.splice(at, to, "");
    }
}

/// Takes the word before the cursor away.
pub fn delete_word(doc: &mut Doc) {
    if delete_selection(doc) {
        return;
    }
    let at = doc.buffer.cursor();
    let from = place::word_before(doc.buffer.lines(), at, false);
    // Not into the line before, unless only its end is between.
    let from = if from.row < at.row && at.col > 0 { Pos { col: 0, ..at } } else { from };
    let from = if from.row < at.row { place::before(doc.buffer.lines(), at).unwrap_or(from) } else { from };
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(from, at, "");
}

/// The lines that are selected, else the cursor's.
pub fn rows(doc: &Doc) -> (usize, usize) {
    match doc.buffer.selection() {
        Some((from, to)) if to.col == 0 && to.row > from.row => (from.row, to.row - 1),
        Some((from, to)) => (from.row, to.row),
        None => (doc.buffer.cursor().row, doc.buffer.cursor().row),
    }
}

/// Gives lines another text each, as one step. Cursor and selection stay at their characters.
pub fn each_line(doc: &mut Doc, (first, last): (usize, usize), change: impl Fn(&str) -> String) {
    let old = &doc.buffer.lines()[first..=last];
    let new: Vec<String> = old.iter().map(|line| change(line)).collect();
    if new == old {
        return;
    }
    let grown: Vec<isize> = new
        .iter()
        .zip(old)
        .map(|(new, old)| new.chars().count().cast_signed() - old.chars().count().cast_signed())
        .collect();
    let (cursor, anchor) = (doc.buffer.cursor(), doc.buffer.anchor());
    let moved = |pos: Pos| match grown.get(pos.row.wrapping_sub(first)).filter(|_| pos.row >= first && pos.col > 0) {
        Some(by) => Pos { col: pos.col.saturating_add_signed(*by), ..pos },
        None => pos,
    };
    let end = Pos { row: last, col: doc.buffer.width(last) };
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(Pos { row: first, col: 0 }, end, &new.join("\n"));
    doc.buffer.go(moved(cursor));
    doc.buffer.set_anchor(anchor.map(moved));
}

/// Tab: the lines that are selected one step in, else blanks up to the next stop.
pub fn indent(doc: &mut Doc) {
    let unit = unit(doc);
    let (first, last) = rows(doc);
    if doc.buffer.selection().is_some_and(|(from, to)| from.row != to.row) {
        return shift(doc, (first, last), 1);
    }
    let at = doc.buffer.selection().map_or_else(|| doc.buffer.cursor(), |(from, _)| from);
    let text = if unit == "\t" {
        unit
    } else {
        let column = place::column(doc.buffer.line(at.row), at.col);
        " ".repeat(unit.len() - column % unit.len())
    };
    insert(doc, &text);
}

/// Moves lines in by so many steps, or out.
pub fn shift(doc: &mut Doc, rows: (usize, usize), by: isize) {
    let unit = unit(doc);
    each_line(doc, rows, |line| {
        if by > 0 {
            return if line.trim().is_empty() { line.to_owned() } else { unit.repeat(by.unsigned_abs()) + line };
        }
        let mut line = line;
        for _ in 0..by.unsigned_abs() {
            line = line.strip_prefix(unit.as_str()).or_else(|| line.strip_prefix('\t')).unwrap_or_else(|| {
                let blanks = line.len() - line.trim_start_matches(' ').len();
                &line[blanks.min(unit.len())..]
            });
        }
        line.to_owned()
    });
}

/// Makes lines comments, or text again when all of them are. False where there are none in this language.
pub fn comment(doc: &mut Doc, rows: (usize, usize)) -> bool {
    let Some(sign) = doc.colours.language().comment() else { return false };
    let lines = &doc.buffer.lines()[rows.0..=rows.1];
    let text = || lines.iter().filter(|line| !line.trim().is_empty());
    let all = text().next().is_some() && text().all(|line| line.trim_start().starts_with(sign));
    let least = text().map(|line| place::indent(line).len()).min().unwrap_or(0);
    let alone = text().next().is_none();
    each_line(doc, rows, |line| {
        let blanks = place::indent(line);
        if all {
            let rest = line[blanks.len()..].strip_prefix(sign).unwrap_or(&line[blanks.len()..]);
            format!("{blanks}{}", rest.strip_prefix(' ').unwrap_or(rest))
        } else if alone {
            format!("{line}{sign} ")
        } else if line.trim().is_empty() {
            line.to_owned()
        } else {
            let (head, tail) = line.split_at_checked(least).unwrap_or((blanks, &line[blanks.len()..]));
            format!("{head}{sign} {tail}")
        }
    });
    true
}

/// The text of lines, each with its end.
pub fn lines_text(doc: &Doc, (first, last): (usize, usize)) -> String {
    doc.buffer.lines()[first..=last].iter().map(|line| format!("{line}\n")).collect()
}

/// Takes whole lines away.
pub fn delete_rows(doc: &mut Doc, (first, last): (usize, usize)) {
    let count = doc.buffer.lines().len();
    let (from, to) = if last + 1 < count {
        (Pos { row: first, col: 0 }, Pos { row: last + 1, col: 0 })
    } else if first > 0 {
        (Pos { row: first - 1, col: doc.buffer.width(first - 1) }, Pos { row: last, col: doc.buffer.width(last) })
    } else {
        (Pos::default(), Pos { row: last, col: doc.buffer.width(last) })
    };
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(from, to, "");
    doc.buffer.go(Pos { row: first, col: 0 });
}

/// What is selected once more behind itself, else the line.
pub fn duplicate(doc: &mut Doc) {
    if let Some((from, to)) = doc.buffer.selection() {
        let text = doc.buffer.text(from, to);
        doc.buffer.begin(Kind::Whole);
        doc.buffer.splice(to, to, &text);
        doc.buffer.set_anchor(Some(to));
        return;
    }
    let at = doc.buffer.cursor();
    let text = format!("\n{}", doc.buffer.line(at.row));
    let end = Pos { row: at.row, col: doc.buffer.width(at.row) };
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(end, end, &text);
    doc.buffer.go(Pos { row: at.row + 1, ..at });
}

/// Moves the lines that are selected, else the cursor's, over the one above or below.
pub fn move_rows(doc: &mut Doc, down: bool) {
    let (first, last) = rows(doc);
    let (from, to) = if down { (first, last + 1) } else { (first.wrapping_sub(1), last) };
    if from > to || to >= doc.buffer.lines().len() {
        return;
    }
    let mut lines: Vec<String> = doc.buffer.lines()[from..=to].to_vec();
    if down {
        lines.rotate_right(1);
    } else {
        lines.rotate_left(1);
    }
    let (cursor, anchor) = (doc.buffer.cursor(), doc.buffer.anchor());
    let moved = |pos: Pos| Pos { row: pos.row.saturating_add_signed(if down { 1 } else { -1 }), ..pos };
    let end = Pos { row: to, col: doc.buffer.width(to) };
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(Pos { row: from, col: 0 }, end, &lines.join("\n"));
    doc.buffer.go(moved(cursor));
    doc.buffer.set_anchor(anchor.map(moved));
}

/// Makes lines one, with a blank between.
pub fn join(doc: &mut Doc, (first, last): (usize, usize)) {
    let last = last.max(first + 1).min(doc.buffer.lines().len() - 1);
    if last == first {
        return;
    }
    let mut line = doc.buffer.line(first).trim_end().to_owned();
    let mut col = line.chars().count();
    for row in first + 1..=last {
        let next = doc.buffer.line(row).trim();
        col = line.chars().count();
        if !next.is_empty() {
            if !line.is_empty() && !next.starts_with([')', ']', '}']) {
                line.push(' ');
            }
            line.push_str(next);
        }
    }
    let end = Pos { row: last, col: doc.buffer.width(last) };
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(Pos { row: first, col: 0 }, end, &line);
    doc.buffer.go(Pos { row: first, col });
}
