//! The style `vim`: a modal layer over the same text. What it does not know it leaves to the table and says nothing.

mod motion;
mod parse;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use self::motion::{Reach, object};
use self::parse::{Motion, Op, Parsed, Target, What};
use super::buffer::Kind;
use super::edits::{self, Clip};
use super::place::{self, Pos};
use super::prompt::counted;
use super::replacement::Replacement;
use super::{Editor, Wish, search};
use crate::tui::chord;

/// What keys mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Commands.
    #[default]
    Normal,
    /// Text.
    Insert,
    /// Commands on what is selected.
    Visual,
    /// The same, of whole lines.
    VisualLine,
}

/// The state of the style.
#[derive(Debug, Clone, Default)]
pub struct Vim {
    /// What keys mean.
    pub mode: Mode,
    /// The keys of a command that is not whole.
    pub keys: String,
    /// Which way the last search went.
    pub(super) forward: bool,
    /// What `;` repeats.
    find: Option<(char, char)>,
    /// The keys of the command that is being typed, with what is inserted by it.
    record: Vec<KeyEvent>,
    /// Those of the last one that changed something: what `.` repeats.
    last: Vec<KeyEvent>,
    replays: bool,
}

impl Vim {
    /// The mode as the status line has it; empty in normal mode.
    pub const fn title(&self) -> &'static str {
        match self.mode {
            Mode::Normal => "NORMAL",
            Mode::Insert => "INSERT",
            Mode::Visual => "VISUAL",
            Mode::VisualLine => "VISUAL LINE",
        }
    }

    /// Forgets what was begun.
    pub(super) fn reset(&mut self) {
        self.keys.clear();
        if self.mode != Mode::Insert {
            self.mode = Mode::Normal;
        }
    }
}

impl Editor {
    /// A key in this style; `None` when it is the table's, or text.
    pub(super) fn vim_key(&mut self, key: KeyEvent, name: &str) -> Option<Vec<Wish>> {
        let leaves = matches!(name, "Esc" | "Ctrl-c");
        if self.vim.mode == Mode::Insert {
            if !self.vim.replays {
                self.vim.record.push(key);
            }
            if !leaves {
                return None;
            }
            self.end_mode();
            return Some(Vec::new());
        }
        if !self.vim.replays {
            if self.vim.keys.is_empty() && self.vim.mode == Mode::Normal {
                self.vim.record.clear();
            }
            self.vim.record.push(key);
        }
        if leaves {
            return Some(self.escape());
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let typed = match key.code {
            KeyCode::Char(_) if control => return self.vim_chord(name),
            KeyCode::Char(c) => c,
            KeyCode::Left | KeyCode::Backspace => 'h',
            KeyCode::Right => 'l',
            KeyCode::Up => 'k',
            KeyCode::Down => 'j',
            KeyCode::Home => '0',
            KeyCode::End => '$',
            KeyCode::Enter => '+',
            KeyCode::Delete => 'x',
            KeyCode::PageUp | KeyCode::PageDown => {
                self.scroll_page(key.code == KeyCode::PageDown, 1);
                return Some(Vec::new());
            }
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Insert => return Some(Vec::new()),
            _ => return None,
        };
        self.vim.keys.push(typed);
        let selects = self.vim.mode != Mode::Normal;
        match parse::parse(&self.vim.keys, selects) {
            Parsed::More => Some(Vec::new()),
            Parsed::Bad => {
                let keys = std::mem::take(&mut self.vim.keys);
                Some(vec![Wish::Tell(format!("{keys} is no command here"))])
            }
            Parsed::Do(what, count) => {
                self.vim.keys.clear();
                let wishes = self.obey(what, count);
                self.keep_inside();
                Some(wishes)
            }
        }
    }

    /// Ctrl chords that this style has; the others are the table's.
    fn vim_chord(&mut self, name: &str) -> Option<Vec<Wish>> {
        match name {
            "Ctrl-r" => {
                let redone = self.doc_mut().is_some_and(|doc| doc.buffer.redo());
                self.keep_inside();
                Some(if redone { Vec::new() } else { vec![Wish::Tell("nothing to redo in this text".to_owned())] })
            }
            "Ctrl-d" | "Ctrl-u" => {
                self.scroll_page(name == "Ctrl-d", 2);
                Some(Vec::new())
            }
            "Ctrl-f" | "Ctrl-b" => {
                self.scroll_page(name == "Ctrl-f", 1);
                Some(Vec::new())
            }
            _ => None,
        }
    }

    fn scroll_page(&mut self, down: bool, part: usize) {
        let rows = (self.size.0 / part).max(1).cast_signed();
        let Some(doc) = self.doc_mut() else { return };
        let by = if down { rows } else { -rows };
        let at = doc.buffer.cursor();
        doc.top = doc.top.saturating_add_signed(by).min(doc.buffer.lines().len() - 1);
        doc.buffer.go(Pos { row: at.row.saturating_add_signed(by), col: at.col });
        self.keep_inside();
    }

    /// Esc: what is begun, then the selection, the search, the text.
    fn escape(&mut self) -> Vec<Wish> {
        if !self.vim.keys.is_empty() {
            self.vim.keys.clear();
            return Vec::new();
        }
        if self.vim.mode != Mode::Normal {
            self.end_mode();
            return Vec::new();
        }
        if self.end_search() {
            return vec![Wish::Tell("nothing is searched for any more; Esc leaves the text".to_owned())];
        }
        vec![Wish::Leave]
    }

    /// Back to commands.
    fn end_mode(&mut self) {
        let inserted = self.vim.mode == Mode::Insert;
        self.vim.mode = Mode::Normal;
        if inserted && !self.vim.replays {
            self.vim.last = std::mem::take(&mut self.vim.record);
        }
        if let Some(doc) = self.doc_mut() {
            doc.buffer.release();
            doc.buffer.set_anchor(None);
            let at = doc.buffer.cursor();
            if inserted && at.col > 0 {
                let before = place::before(doc.buffer.lines(), at).unwrap_or(at);
                doc.buffer.go(before);
            }
        }
        self.keep_inside();
    }

    fn insert_mode(&mut self) {
        self.vim.mode = Mode::Insert;
        if let Some(doc) = self.doc_mut() {
            doc.buffer.set_anchor(None);
            doc.buffer.hold();
        }
    }

    /// In normal mode the cursor is on a character, not behind the last.
    fn keep_inside(&mut self) {
        if self.vim.mode == Mode::Insert {
            return;
        }
        let Some(doc) = self.doc_mut() else { return };
        let at = doc.buffer.cursor();
        if at.col > 0 && at.col >= doc.buffer.width(at.row) {
            let aim = doc.buffer.aim;
            let last = place::before(doc.buffer.lines(), at).unwrap_or(at);
            doc.buffer.go(last);
            doc.buffer.aim = aim;
        }
    }

    fn obey(&mut self, what: What, count: Option<usize>) -> Vec<Wish> {
        let wishes = match what {
            What::Go(motion) => return self.travel(motion, count),
            What::Select(around, letter) => return self.select_object(around, letter),
            What::Scroll(where_to) => return self.scroll_to(where_to),
            What::Out(save) => return vec![if save { Wish::SaveAndLeave } else { Wish::Abandon }],
            What::Op(op, target) => self.operate(op, target, count),
            What::Put(c) => self.put_over(c, count.unwrap_or(1)),
            What::One(c) => self.one(c, count),
        };
        // What `.` repeats: a change that is whole. One that goes on inserting is kept when that ends.
        let changes = match what {
            What::Op(op, _) => op != Op::Yank,
            What::Put(_) => true,
            What::One(c) => "xXpPJ~sSCDoOiaIA".contains(c),
            _ => false,
        };
        if changes && self.vim.mode == Mode::Normal && !self.vim.replays {
            self.vim.last = self.vim.record.clone();
        }
        wishes
    }

    fn travel(&mut self, motion: Motion, count: Option<usize>) -> Vec<Wish> {
        if matches!(motion.0, 'n' | 'N' | '*' | '#') {
            self.quiet = false;
        }
        let Some((to, _)) = self.motion(motion, count, false) else {
            return match motion.0 {
                'n' | 'N' if self.pattern.is_none() => vec![Wish::Tell("nothing is searched for".to_owned())],
                _ => Vec::new(),
            };
        };
        let Some(doc) = self.doc_mut() else { return Vec::new() };
        let aim = match motion.0 {
            'j' | 'k' => {
                let at = doc.buffer.cursor();
                doc.buffer.aim.or_else(|| Some(place::column(doc.buffer.line(at.row), at.col)))
            }
            '$' => Some(usize::MAX),
            _ => None,
        };
        doc.buffer.go(to);
        doc.buffer.aim = aim;
        Vec::new()
    }

    fn select_object(&mut self, around: bool, letter: char) -> Vec<Wish> {
        let Some(doc) = self.doc_mut() else { return Vec::new() };
        if let Some((from, to, lines)) = object(doc, around, letter) {
            let last = if lines { to } else { place::before(doc.buffer.lines(), to).unwrap_or(to).max(from) };
            doc.buffer.go(last);
            doc.buffer.set_anchor(Some(from));
            if lines {
                self.vim.mode = Mode::VisualLine;
            }
        }
        Vec::new()
    }

    fn scroll_to(&mut self, where_to: char) -> Vec<Wish> {
        let height = self.size.0;
        if let Some(doc) = self.doc_mut() {
            let row = doc.buffer.cursor().row;
            doc.top = match where_to {
                't' => row,
                'z' => row.saturating_sub(height / 2),
                'b' => (row + 1).saturating_sub(height),
                _ => doc.top,
            };
        }
        Vec::new()
    }

    /// From where to where an operator reaches, and whether over whole lines.
    fn target(&mut self, op: Op, target: Target, count: Option<usize>) -> Option<(Pos, Pos, bool)> {
        let at = self.doc()?.buffer.cursor();
        match target {
            Target::Selected => {
                let (from, to) = self.selection()?;
                Some((from, to, self.vim.mode == Mode::VisualLine))
            }
            Target::Object(around, letter) => object(self.doc()?, around, letter),
            Target::Lines => {
                let doc = self.doc()?;
                let last = (at.row.saturating_add(count.unwrap_or(1) - 1)).min(doc.buffer.lines().len() - 1);
                Some((Pos { col: 0, ..at }, Pos { row: last, col: doc.buffer.width(last) }, true))
            }
            Target::To(motion) => {
                let blank = place::char_at(self.doc()?.buffer.lines(), at).is_whitespace();
                // To change a word leaves the blanks behind it.
                let motion = match motion {
                    Motion('w', _) if op == Op::Change && !blank => Motion('e', Some('c')),
                    Motion('W', _) if op == Op::Change && !blank => Motion('E', Some('c')),
                    motion => motion,
                };
                let one = matches!(motion, Motion('e' | 'E', Some('c'))) && count.is_none_or(|n| n == 1);
                let (to, reach) =
                    if one { self.end_of_word(at, motion.0 == 'E')? } else { self.motion(motion, count, true)? };
                let doc = self.doc()?;
                let (from, to) = (at.min(to), at.max(to));
                Some(match reach {
                    Reach::Lines => (Pos { col: 0, ..from }, Pos { row: to.row, col: doc.buffer.width(to.row) }, true),
                    Reach::Before => (from, to, false),
                    Reach::With => {
                        let behind = place::behind(doc.buffer.lines(), to).filter(|next| next.row == to.row);
                        (from, behind.unwrap_or(to), false)
                    }
                })
            }
        }
    }

    /// The last character of the word that the cursor is in, also when it is on that one.
    fn end_of_word(&self, at: Pos, big: bool) -> Option<(Pos, Reach)> {
        let chars: Vec<char> = self.doc()?.buffer.line(at.row).chars().collect();
        let own = place::class(*chars.get(at.col)?, big);
        let more = (at.col..chars.len()).take_while(|col| place::class(chars[*col], big) == own).last()?;
        Some((Pos { col: more, ..at }, Reach::With))
    }

    fn operate(&mut self, op: Op, target: Target, count: Option<usize>) -> Vec<Wish> {
        let Some((from, to, lines)) = self.target(op, target, count) else {
            self.end_mode();
            return Vec::new();
        };
        // `>` over a selection takes its count as steps.
        let steps = if target == Target::Selected { count.unwrap_or(1).min(100).cast_signed() } else { 1 };
        if op == Op::Change {
            self.insert_mode();
        } else {
            self.vim.mode = Mode::Normal;
        }
        let Some(doc) = self.doc_mut() else { return Vec::new() };
        doc.buffer.set_anchor(None);
        let rows = (from.row, to.row);
        let text = if lines { edits::lines_text(doc, rows) } else { doc.buffer.text(from, to) };
        let mut wishes = Vec::new();
        match op {
            Op::Yank => {
                doc.buffer.go(if lines { Pos { row: from.row, ..doc.buffer.cursor() } } else { from });
                let what = match (lines, text.matches('\n').count()) {
                    (true, n) => counted(n, "line"),
                    (false, 0) => counted(text.chars().count(), "character"),
                    (false, n) => counted(n + 1, "line"),
                };
                wishes.push(Wish::Copy(text.clone(), what));
            }
            Op::Delete if lines => {
                edits::delete_rows(doc, rows);
                let row = doc.buffer.cursor().row;
                let col = place::first_letter(doc.buffer.line(row));
                doc.buffer.go(Pos { row, col });
            }
            Op::Delete => {
                doc.buffer.begin(Kind::Whole);
                doc.buffer.splice(from, to, "");
            }
            Op::Change if lines => {
                let indent = place::indent(doc.buffer.line(from.row)).to_owned();
                doc.buffer.begin(Kind::Whole);
                doc.buffer.splice(Pos { col: 0, ..from }, to, &indent);
            }
            Op::Change => {
                doc.buffer.begin(Kind::Whole);
                doc.buffer.splice(from, to, "");
                doc.buffer.go(from);
            }
            Op::In | Op::Out => {
                edits::shift(doc, rows, if op == Op::In { steps } else { -steps });
                let col = place::first_letter(doc.buffer.line(from.row));
                doc.buffer.go(Pos { row: from.row, col });
            }
            Op::Comment => {
                if !edits::comment(doc, rows) {
                    wishes.push(Wish::Tell("this language has no comments of one line".to_owned()));
                }
                doc.buffer.go(Pos { row: from.row, ..doc.buffer.cursor() });
            }
            Op::Upper | Op::Lower | Op::Swap => {
                let text = doc.buffer.text(from, to);
                let new: String = text.chars().flat_map(|c| recased(c, op)).collect();
                doc.buffer.begin(Kind::Whole);
                doc.buffer.splice(from, to, &new);
                doc.buffer.go(from);
            }
        }
        if matches!(op, Op::Delete | Op::Change | Op::Yank) && !text.is_empty() {
            self.clip = Clip { text, lines };
        }
        wishes
    }

    /// `r`.
    fn put_over(&mut self, c: char, count: usize) -> Vec<Wish> {
        let selected = self.selection().filter(|_| self.vim.mode != Mode::Normal);
        self.vim.mode = Mode::Normal;
        let Some(doc) = self.doc_mut() else { return Vec::new() };
        let at = doc.buffer.cursor();
        let width = doc.buffer.width(at.row);
        let (from, to) = match selected {
            Some(selected) => selected,
            None if at.col + count <= width => (at, Pos { col: at.col + count, ..at }),
            None => return Vec::new(),
        };
        let new: String = doc.buffer.text(from, to).chars().map(|old| if old == '\n' { old } else { c }).collect();
        doc.buffer.begin(Kind::Whole);
        let end = doc.buffer.splice(from, to, &new);
        let last = if selected.is_some() { from } else { Pos { col: end.col.saturating_sub(1), ..end } };
        doc.buffer.go(last);
        Vec::new()
    }

    fn one(&mut self, c: char, count: Option<usize>) -> Vec<Wish> {
        let n = count.unwrap_or(1);
        let selects = self.vim.mode != Mode::Normal;
        let to = |key| Target::To(Motion(key, None));
        match c {
            'x' => return self.operate(Op::Delete, to('l'), count),
            'X' => return self.operate(Op::Delete, to('h'), count),
            's' => return self.operate(Op::Change, to('l'), count),
            'D' if selects => return self.lines_of_selection(Op::Delete),
            'C' | 'S' if selects => return self.lines_of_selection(Op::Change),
            'Y' if selects => return self.lines_of_selection(Op::Yank),
            'D' => return self.operate(Op::Delete, to('$'), count),
            'C' => return self.operate(Op::Change, to('$'), count),
            'S' => return self.operate(Op::Change, Target::Lines, count),
            'Y' => return self.operate(Op::Yank, Target::Lines, count),
            'o' if selects => self.other_end(),
            'i' | 'a' | 'I' | 'A' | 'o' | 'O' => self.begin_insert(c),
            'v' | 'V' => self.visual(c),
            '.' => return self.repeat(n),
            ':' => {
                let range = if selects { "'<,'>" } else { "" };
                self.ask_command(range);
            }
            '/' => self.ask_find(true),
            '?' => self.ask_find(false),
            'u' => {
                for _ in 0..n.min(1000) {
                    if !self.doc_mut().is_some_and(|doc| doc.buffer.undo()) {
                        return vec![Wish::Tell("nothing to undo in this text".to_owned())];
                    }
                }
            }
            'p' | 'P' => self.put(c == 'p', n),
            'J' => {
                let selected = self.selection().filter(|_| selects);
                self.vim.mode = Mode::Normal;
                if let Some(doc) = self.doc_mut() {
                    let row = doc.buffer.cursor().row;
                    let rows = selected.map_or((row, row + n.max(2) - 1), |(from, to)| (from.row, to.row));
                    edits::join(doc, rows);
                }
            }
            '~' => {
                for _ in 0..n.min(1000) {
                    let Some(doc) = self.doc_mut() else { break };
                    let at = doc.buffer.cursor();
                    let Some(next) = place::behind(doc.buffer.lines(), at).filter(|next| next.row == at.row) else {
                        break;
                    };
                    let new: String = doc.buffer.text(at, next).chars().flat_map(|c| recased(c, Op::Swap)).collect();
                    doc.buffer.begin(Kind::Whole);
                    doc.buffer.splice(at, next, &new);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn lines_of_selection(&mut self, op: Op) -> Vec<Wish> {
        self.vim.mode = Mode::VisualLine;
        self.operate(op, Target::Selected, None)
    }

    /// The cursor to the other end of the selection.
    fn other_end(&mut self) {
        if let Some(doc) = self.doc_mut()
            && let Some(anchor) = doc.buffer.anchor()
        {
            let at = doc.buffer.cursor();
            doc.buffer.go(anchor);
            doc.buffer.set_anchor(Some(at));
        }
    }

    fn visual(&mut self, c: char) {
        let wanted = if c == 'v' { Mode::Visual } else { Mode::VisualLine };
        if self.vim.mode == wanted {
            return self.end_mode();
        }
        let fresh = self.vim.mode == Mode::Normal;
        self.vim.mode = wanted;
        if let Some(doc) = self.doc_mut().filter(|_| fresh) {
            let at = doc.buffer.cursor();
            doc.buffer.set_anchor(Some(at));
        }
    }

    fn begin_insert(&mut self, c: char) {
        let selected = self.selection().filter(|_| self.vim.mode != Mode::Normal);
        self.insert_mode();
        let Some(doc) = self.doc_mut() else { return };
        let at = doc.buffer.cursor();
        let width = doc.buffer.width(at.row);
        match c {
            'I' | 'A' if selected.is_some() => {
                if let Some((from, to)) = selected {
                    doc.buffer.go(if c == 'I' { from } else { to });
                }
            }
            'a' => doc.buffer.go(place::behind(doc.buffer.lines(), at).filter(|next| next.row == at.row).unwrap_or(at)),
            'I' => doc.buffer.go(Pos { col: place::first_letter(doc.buffer.line(at.row)), ..at }),
            'A' => doc.buffer.go(Pos { col: width, ..at }),
            'o' => {
                doc.buffer.go(Pos { col: width, ..at });
                edits::newline(doc);
            }
            'O' => {
                let indent = place::indent(doc.buffer.line(at.row)).to_owned();
                let start = Pos { col: 0, ..at };
                doc.buffer.begin(Kind::Whole);
                doc.buffer.splice(start, start, &format!("{indent}\n"));
                doc.buffer.go(Pos { row: at.row, col: indent.chars().count() });
            }
            _ => {}
        }
        doc.buffer.hold();
    }

    /// `p` and `P`.
    fn put(&mut self, behind: bool, count: usize) {
        let selected = self.selection().filter(|_| self.vim.mode != Mode::Normal);
        let whole = self.vim.mode == Mode::VisualLine;
        self.vim.mode = Mode::Normal;
        let clip = self.clip.clone();
        let Some(doc) = self.doc_mut().filter(|_| !clip.text.is_empty()) else { return };
        let text = clip.text.repeat(count.min(1000));
        let at = doc.buffer.cursor();
        doc.buffer.begin(Kind::Whole);
        if let Some((from, to)) = selected {
            let old = doc.buffer.text(from, to);
            let text = if clip.lines { text.trim_end_matches('\n').to_owned() } else { text };
            doc.buffer.splice(from, to, &text);
            doc.buffer.go(from);
            self.clip = Clip { text: if whole { old + "\n" } else { old }, lines: whole };
        } else if clip.lines && behind {
            let end = Pos { col: doc.buffer.width(at.row), ..at };
            doc.buffer.splice(end, end, &format!("\n{}", text.trim_end_matches('\n')));
            let col = place::first_letter(doc.buffer.line(at.row + 1));
            doc.buffer.go(Pos { row: at.row + 1, col });
        } else if clip.lines {
            let start = Pos { col: 0, ..at };
            doc.buffer.splice(start, start, &text);
            let col = place::first_letter(doc.buffer.line(at.row));
            doc.buffer.go(Pos { row: at.row, col });
        } else {
            let next = place::behind(doc.buffer.lines(), at).filter(|next| next.row == at.row && behind);
            let start = next.unwrap_or(at);
            let end = doc.buffer.splice(start, start, &text);
            let last = place::before(doc.buffer.lines(), end).unwrap_or(end);
            doc.buffer.go(if text.contains('\n') { start } else { last });
        }
    }

    /// `.`.
    fn repeat(&mut self, count: usize) -> Vec<Wish> {
        let keys = self.vim.last.clone();
        if keys.is_empty() {
            return vec![Wish::Tell("nothing to repeat".to_owned())];
        }
        let mut wishes = Vec::new();
        self.vim.replays = true;
        if let Some(doc) = self.doc_mut() {
            doc.buffer.rest();
        }
        for _ in 0..count.min(1000) {
            for key in &keys {
                // What the table has is not text, and not repeated.
                wishes.extend(self.key(*key, &chord::name(*key), None));
            }
        }
        self.vim.replays = false;
        wishes.retain(|wish| !matches!(wish, Wish::Tell(_)));
        wishes
    }

    /// A command behind a colon.
    pub(super) fn command(&mut self, text: &str) -> Vec<Wish> {
        let selected = self.selection();
        self.vim.reset();
        let text = text.trim();
        let Some(doc) = self.doc_mut() else { return Vec::new() };
        doc.buffer.set_anchor(None);
        let (here, last) = (doc.buffer.cursor().row, doc.buffer.lines().len() - 1);
        let (rows, rest) = if let Some(rest) = text.strip_prefix("'<,'>") {
            (selected.map_or((here, here), |(from, to)| (from.row, to.row)), rest)
        } else if let Some(rest) = text.strip_prefix('%') {
            ((0, last), rest)
        } else {
            ((here, here), text)
        };
        match rest {
            "" => Vec::new(),
            "w" | "write" => vec![Wish::Save],
            "q" | "quit" if doc.is_modified() => {
                vec![Wish::Warn("not saved: :w saves, :q! goes back to what is on the disk".to_owned())]
            }
            "q" | "quit" => vec![Wish::Leave],
            "q!" | "quit!" => vec![Wish::Abandon],
            "wq" | "x" | "wq!" | "x!" => vec![Wish::SaveAndLeave],
            "noh" | "nohlsearch" => {
                self.pattern = None;
                Vec::new()
            }
            "d" => {
                self.clip = Clip { text: edits::lines_text(doc, rows), lines: true };
                if let Some(doc) = self.doc_mut() {
                    edits::delete_rows(doc, rows);
                }
                Vec::new()
            }
            "$" => {
                doc.buffer.go(Pos { row: last, col: 0 });
                Vec::new()
            }
            number if number.bytes().all(|b| b.is_ascii_digit()) => {
                let row = number.parse::<usize>().unwrap_or(usize::MAX).saturating_sub(1).min(last);
                let col = place::first_letter(doc.buffer.line(row));
                doc.buffer.go(Pos { row, col });
                Vec::new()
            }
            other => match other.strip_prefix('s').and_then(|rest| self.substitute(rest, rows)) {
                Some(wishes) => wishes,
                None => vec![Wish::Warn(format!(":{other} is no command here: w, q, wq, q!, s/a/b/g, a number"))],
            },
        }
    }

    /// `s/a/b/g`, with any sign between; `None` when it is not that.
    fn substitute(&mut self, text: &str, rows: (usize, usize)) -> Option<Vec<Wish>> {
        let sign = text.chars().next().filter(|c| !c.is_alphanumeric() && !c.is_whitespace())?;
        let mut parts: Vec<String> = vec![String::new()];
        let mut escaped = false;
        for c in text.chars().skip(1) {
            match c {
                '\\' if !escaped => escaped = true,
                c if c == sign && !escaped => parts.push(String::new()),
                c => {
                    if let Some(part) = parts.last_mut() {
                        if escaped && c != sign {
                            part.push('\\');
                        }
                        part.push(c);
                    }
                    escaped = false;
                }
            }
        }
        if escaped && let Some(part) = parts.last_mut() {
            part.push('\\');
        }
        let [what, rest @ ..] = parts.as_slice() else { return None };
        let with = rest.first().map_or("", String::as_str);
        let flags = rest.get(1).map_or("", String::as_str);
        if !flags.chars().all(|c| matches!(c, 'g' | 'i')) {
            return Some(vec![Wish::Warn(format!("{flags}: the flags are g and i"))]);
        }
        let read = |what: &str| {
            let what = if flags.contains('i') { format!("(?i){what}") } else { what.to_owned() };
            let pattern = search::pattern(&what)?;
            let with = Replacement::read(with, &pattern, true)?;
            Ok((pattern, with))
        };
        // Who names a group that only a pattern of vi has has written one.
        let (pattern, with) = match read(what).or_else(|e: String| read(&as_in_vi(what)).map_err(|_| e)) {
            Ok(both) => both,
            Err(e) => return Some(vec![Wish::Warn(e)]),
        };
        let doc = self.doc_mut()?;
        let n = search::replace(doc, &pattern, &with, rows, flags.contains('g'));
        Some(vec![match n {
            0 if what.contains("\\(") => {
                Wish::Warn("not found: here \\( is the sign itself, and (...) a group".to_owned())
            }
            0 => Wish::Warn("not found".to_owned()),
            n => Wish::Tell(format!("{} replaced", counted(n, "match"))),
        }])
    }
}

/// A pattern of vi as one of here: what has a backslash there has none here, and the other way round.
fn as_in_vi(pattern: &str) -> String {
    let mut text = String::new();
    let mut escaped = false;
    for c in pattern.chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '(' | ')' | '|' | '+' | '?' | '{' | '}' if escaped => text.push(c),
            '(' | ')' | '|' | '+' | '?' | '{' | '}' => text.extend(['\\', c]),
            '<' | '>' if escaped => text.push_str("\\b"),
            c if escaped => text.extend(['\\', c]),
            c => text.push(c),
        }
        escaped = false;
    }
    text
}

fn recased(c: char, op: Op) -> Vec<char> {
    match op {
        Op::Upper => c.to_uppercase().collect(),
        Op::Lower => c.to_lowercase().collect(),
        _ if c.is_uppercase() => c.to_lowercase().collect(),
        _ => c.to_uppercase().collect(),
    }
}
