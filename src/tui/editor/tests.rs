//! The editor alone: keys go in, the text is looked at.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::check::{Finding, Severity};
use super::doc::Doc;
use super::message::Disk;
use super::place::Pos;
use super::vim::Mode;
use super::{Editor, EditorKeys, Shown, Wish};
use crate::domain::TaskId;
use crate::tui::action::{Action, Scope};
use crate::tui::chord;
use crate::tui::keymap::Keymap;

/// An editor over a file; keys are pressed by their names, `S-` is Shift, and what is no name is typed.
struct Desk {
    editor: Editor,
    keymap: Keymap,
    wishes: Vec<Wish>,
}

impl Desk {
    fn new(name: &str, text: &str, style: EditorKeys) -> Self {
        let path = Path::new("/srv").join(name);
        let disk = Disk { bytes: Ok(Some(text.as_bytes().to_vec())), locked: None, draft: None };
        let mut editor = Editor { style, editing: true, size: (20, 80), ..Editor::default() };
        editor.shown = Some(Shown {
            task: TaskId(1),
            slug: "a".to_owned(),
            files: vec![path.clone()],
            environment: None,
            note: None,
        });
        editor.docs.insert(path.clone(), Doc::new(&path, disk));
        Self { editor, keymap: Keymap::default(), wishes: Vec::new() }
    }

    fn plain(text: &str) -> Self {
        Self::new("main.py", text, EditorKeys::Plain)
    }

    fn vim(text: &str) -> Self {
        Self::new("main.py", text, EditorKeys::Vim)
    }

    fn key(&mut self, key: KeyEvent) {
        let name = chord::name(key);
        let action = match self.keymap.find(Scope::Editor, &name).map(|row| row.action) {
            Some(Action::Text(action)) => Some(action),
            _ => None,
        };
        self.wishes = self.editor.key(key, &name, action);
        self.editor.doc_mut().unwrap().edited(std::time::Duration::ZERO);
    }

    /// Keys by name, separated by blanks.
    fn press(&mut self, names: &str) -> &mut Self {
        for name in names.split_whitespace() {
            let (shift, rest) =
                name.strip_prefix("S-").map_or((KeyModifiers::NONE, name), |r| (KeyModifiers::SHIFT, r));
            let (modifiers, rest) = match rest.split_once('-') {
                Some(("Ctrl", rest)) => (KeyModifiers::CONTROL, rest),
                Some(("Alt", rest)) => (KeyModifiers::ALT, rest),
                _ => (KeyModifiers::NONE, rest),
            };
            let code = match rest {
                "Enter" => KeyCode::Enter,
                "Esc" => KeyCode::Esc,
                "Tab" => KeyCode::Tab,
                "BackTab" => KeyCode::BackTab,
                "Backspace" => KeyCode::Backspace,
                "Del" => KeyCode::Delete,
                "Up" => KeyCode::Up,
                "Down" => KeyCode::Down,
                "Left" => KeyCode::Left,
                "Right" => KeyCode::Right,
                "Home" => KeyCode::Home,
                "End" => KeyCode::End,
                "PgDn" => KeyCode::PageDown,
                "Space" => KeyCode::Char(' '),
                f if f.len() > 1 && f.starts_with('F') => KeyCode::F(f[1..].parse().unwrap()),
                one => KeyCode::Char(one.chars().next().unwrap()),
            };
            self.key(KeyEvent::new(code, modifiers | shift));
        }
        self
    }

    fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            let code = if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
            self.key(KeyEvent::new(code, KeyModifiers::NONE));
        }
        self
    }

    fn text(&self) -> String {
        String::from_utf8(self.editor.doc().unwrap().bytes()).unwrap()
    }

    fn at(&self) -> (usize, usize) {
        let Pos { row, col } = self.editor.doc().unwrap().buffer.cursor();
        (row, col)
    }
}

#[test]
fn enter_indents_as_the_language_wants_it() {
    let mut desk = Desk::plain("");
    desk.type_text("def f(a):  # x\nif a:\nreturn 1\nx = [\n1\n]");
    assert_eq!(desk.text(), "def f(a):  # x\n    if a:\n        return 1\n    x = [\n        1\n    ]\n");
    let mut desk = Desk::new("run.sh", "", EditorKeys::Plain);
    desk.type_text("if true; then\necho\n");
    assert_eq!(desk.text(), "if true; then\n    echo\n    \n");
    // A bracket that stands before the cursor opens, the one behind it goes below.
    let mut desk = Desk::plain("f()\n");
    desk.press("Right Right Enter");
    assert_eq!((desk.text().as_str(), desk.at()), ("f(\n    \n)\n", (1, 4)));
    // The tabs of a file are kept.
    let mut desk = Desk::plain("if a:\n\tb\n");
    desk.press("Ctrl-End Enter Enter").type_text("if c:\nd");
    assert_eq!(desk.text(), "if a:\n\tb\n\t\n\tif c:\n\t\td\n".replace("\t\n\tif", "\n\tif"));
}

#[test]
fn tab_indents_what_is_selected_and_undo_takes_it_back_at_once() {
    let mut desk = Desk::plain("a\n\nb\nc\n");
    desk.press("S-Down S-Down S-Right Tab");
    assert_eq!(desk.text(), "    a\n\n    b\nc\n");
    desk.press("Tab BackTab BackTab");
    assert_eq!(desk.text(), "a\n\nb\nc\n");
    desk.press("Ctrl-z Ctrl-z Ctrl-z Ctrl-z");
    assert_eq!(desk.text(), "a\n\nb\nc\n");
    assert!(!desk.editor.doc().unwrap().is_modified(), "back at what is on the disk");
}

#[test]
fn lines_are_commented_moved_duplicated_cut_and_pasted() {
    let mut desk = Desk::plain("if a:\n    b\n    c\n");
    desk.press("Down S-Down S-Right Ctrl-_");
    assert_eq!(desk.text(), "if a:\n    # b\n    # c\n");
    desk.press("Ctrl-_");
    assert_eq!(desk.text(), "if a:\n    b\n    c\n");
    let mut desk = Desk::plain("1\n2\n3\n");
    desk.press("Alt-Down Ctrl-d");
    assert_eq!((desk.text().as_str(), desk.at()), ("2\n1\n1\n3\n", (2, 0)));
    desk.press("Alt-Up Alt-Up Alt-Up");
    assert_eq!(desk.text(), "1\n2\n1\n3\n");
    desk.press("Ctrl-k Ctrl-k Down Ctrl-u");
    assert_eq!(desk.text(), "1\n1\n2\n3\n", "both lines are one piece");
    desk.press("Ctrl-z");
    assert_eq!(desk.text(), "1\n3\n");
    let mut desk = Desk::plain("one two\n");
    desk.press("S-Right S-Right S-Right Ctrl-c");
    assert_eq!(desk.wishes, [Wish::Copy("one".to_owned(), "3 characters".to_owned())]);
    desk.press("End Ctrl-v");
    assert_eq!(desk.text(), "one twoone\n");
    // Without Shift: a mark.
    let mut desk = Desk::plain("one two\n");
    desk.press("F4 Right Right Right Ctrl-x End Ctrl-v");
    assert_eq!(desk.text(), " twoone\n");
}

#[test]
fn what_is_found_is_counted_and_replaced_in_one_step() {
    let mut desk = Desk::plain("foo bar\nFoo\nfoofoo\n");
    desk.press("Ctrl-r").type_text("fo+");
    assert_eq!(desk.editor.prompt.as_ref().unwrap().note, "4 matches in 3 lines");
    desk.press("Enter").type_text("<$0>").press("Enter");
    assert_eq!(desk.text(), "<foo> bar\n<Foo>\n<foo><foo>\n");
    assert_eq!(desk.wishes, [Wish::Tell("4 matches replaced".to_owned())]);
    desk.press("Ctrl-z");
    assert_eq!(desk.text(), "foo bar\nFoo\nfoofoo\n");
    // A capital counts when it is typed; what is wrong is said in the prompt.
    desk.press("Esc Ctrl-f").type_text("Foo");
    assert_eq!(desk.at(), (1, 0));
    desk.press("Enter F3");
    assert_eq!(desk.at(), (1, 0));
    desk.press("Ctrl-f").type_text("(");
    assert!(desk.editor.prompt.as_ref().unwrap().problem.as_ref().unwrap().contains("unclosed group"));
    desk.press("Esc");
    assert_eq!((desk.at(), desk.editor.pattern.is_none()), ((1, 0), true), "Esc leads back");
}

#[test]
fn a_dollar_that_names_no_group_is_text_and_the_prompt_says_what_a_match_becomes() {
    let mut desk = Desk::plain("DIR=/home/me/tmp\n");
    desk.press("Ctrl-r").type_text("/home/me").press("Enter");
    let note = |desk: &Desk| desk.editor.prompt.as_ref().unwrap().note.clone();
    assert!(note(&desk).starts_with("1 match; $1: a group"), "{}", note(&desk));
    desk.type_text("$HOME");
    assert_eq!(note(&desk), "/home/me becomes $HOME");
    desk.press("Enter");
    assert_eq!(desk.text(), "DIR=$HOME/tmp\n");
    // The prompt begins empty; Enter alone is what was searched for last.
    desk.press("Ctrl-r").type_text("(t)mp").press("Enter").type_text("\\2");
    assert!(desk.editor.prompt.as_ref().unwrap().problem.as_ref().unwrap().contains("no group 2"));
    desk.press("Backspace").type_text("1\\n").press("Enter");
    assert_eq!(desk.text(), "DIR=$HOME/t\n\n");
    desk.press("Ctrl-z Ctrl-r");
    assert_eq!(note(&desk), "Enter: (t)mp");
    desk.press("Enter").type_text("x").press("Enter");
    assert_eq!(desk.text(), "DIR=$HOME/x\n");
}

#[test]
fn vim_substitutes_with_what_vim_and_sed_call_a_group() {
    for (before, command, after) in [
        ("cd main\n", "%s/main/$HOME/g", "cd $HOME\n"),
        ("cd main\n", r"%s/\(ma\)in/X\1/g", "cd Xma\n"),
        ("cd main\n", r"%s/(ma)in/X\1/g", "cd Xma\n"),
        ("cd main\n", r"s/main/<&>/", "cd <main>\n"),
        ("a,b\n", r"s/,/\r/", "a\nb\n"),
        ("a(b)\n", r"s/\(b\)/c/", "ac\n"),
        ("cd main\n", r"s/main/a\", "cd a\\\n"),
    ] {
        let mut desk = Desk::vim(before);
        desk.press(":").type_text(command).press("Enter");
        assert_eq!(desk.text(), after, "{command}: {:?}", desk.wishes);
    }
    let mut desk = Desk::vim("main\n");
    desk.press(":").type_text(r"s/main/\1/").press("Enter");
    assert!(matches!(&desk.wishes[..], [Wish::Warn(text)] if text.contains("no group 1")), "{:?}", desk.wishes);
    assert_eq!(desk.text(), "main\n");
}

#[test]
fn esc_goes_one_step_at_a_time() {
    let mut desk = Desk::plain("a a\n");
    desk.press("Ctrl-f").type_text("a").press("Enter S-Right");
    desk.press("Esc");
    assert!(desk.editor.selection().is_none() && desk.editor.pattern.is_some() && desk.wishes.is_empty());
    desk.press("Esc");
    assert!(desk.editor.pattern.is_none(), "a search that is seen");
    assert!(matches!(&desk.wishes[..], [Wish::Tell(text)] if text.contains("Esc leaves")), "{:?}", desk.wishes);
    desk.press("Esc");
    assert_eq!(desk.wishes, [Wish::Leave]);
}

#[test]
fn ux_49_what_is_edited_keeps_the_form_of_the_rest() {
    for (before, after) in [
        ("a\r\nb\r\n", "!a\r\nb\r\n"),
        ("\u{feff}\ta\u{1f980}", "\u{feff}!\ta\u{1f980}"),
        ("a\rb\r\nc\n", "!a\rb\r\nc\n"),
        ("", "!\n"),
    ] {
        let mut desk = Desk::plain(before);
        desk.type_text("!");
        assert_eq!(desk.text(), after);
        desk.press("Ctrl-z");
        assert_eq!(desk.text(), before);
    }
    let mut desk = Desk::plain("a\r\nb\r\n");
    desk.editor.paste("1\n2");
    assert_eq!(desk.text(), "1\r\n2a\r\nb\r\n");
}

#[test]
fn ux_20_a_paste_is_one_step_and_no_command_in_either_style() {
    let text = "x = 1\n:q!\n\tdd\n".repeat(8000);
    for style in [EditorKeys::Plain, EditorKeys::Vim] {
        let mut desk = Desk::new("main.py", "a\n", style);
        desk.editor.paste(&text);
        assert_eq!(desk.text(), format!("{text}a\n"), "nothing is indented or done");
        desk.press(if style == EditorKeys::Vim { "u" } else { "Ctrl-z" });
        assert_eq!(desk.text(), "a\n");
    }
}

#[test]
fn vim_operators_motions_counts_and_objects() {
    for (before, keys, after) in [
        ("one two three\n", "dw", "two three\n"),
        ("one two three\n", "w d w", "one three\n"),
        ("one two three\n", "2 d w", "three\n"),
        ("one two three\n", "d 2 e", " three\n"),
        ("one two\nthree\n", "w d w", "one \nthree\n"),
        ("one two three\n", "w D", "one \n"),
        ("one two three\n", "$ d b", "one two e\n"),
        ("one two three\n", "d f t", "wo three\n"),
        ("one two three\n", "d t t", "two three\n"),
        ("a, b, c\n", "f , ; x", "a, b c\n"),
        ("1\n2\n3\n4\n", "d d", "2\n3\n4\n"),
        ("1\n2\n3\n4\n", "j 2 d d", "1\n4\n"),
        ("1\n2\n3\n4\n", "d j", "3\n4\n"),
        ("1\n2\n3\n4\n", "j d G", "1\n"),
        ("1\n2\n3\n4\n", "G d g g", "\n"),
        ("1\n2\n3\n", "y y p", "1\n1\n2\n3\n"),
        ("1\n2\n3\n", "d d p", "2\n1\n3\n"),
        ("1\n2\n3\n", "j y y P", "1\n2\n2\n3\n"),
        ("ab\n", "x p", "ba\n"),
        ("abc\n", "2 x", "c\n"),
        ("abc\n", "r x", "xbc\n"),
        ("abc\n", "~ ~", "ABc\n"),
        ("f(a, b)\n", "f a d i (", "f()\n"),
        ("f(a, b)\n", "f a d a (", "f\n"),
        ("x = \"a b\"\n", "c i \" z Esc", "x = \"z\"\n"),
        ("one two three\n", "w d a w", "one three\n"),
        ("one two three\n", "w c i w X Esc", "one X three\n"),
        ("one two\n", "c w X Esc", "X two\n"),
        ("    a\n", "c c b Esc", "    b\n"),
        ("a\nb\n", "> >", "    a\nb\n"),
        ("a\nb\n", "> j", "    a\n    b\n"),
        ("    a\n", "< <", "a\n"),
        ("a\nb\nc\n", "J", "a b\nc\n"),
        ("a\nb\nc\n", "3 J", "a b c\n"),
        ("a\nb\n", "g c c", "# a\nb\n"),
        ("abc\n", "g U l", "Abc\n"),
        ("f(a\n)\n", "% i x Esc", "f(a\nx)\n"),
        ("a\n\nb\n", "d }", "\nb\n"),
        ("ab c\n", "v e d", " c\n"),
        ("a b c\n", "v l l y $ p", "a b ca b\n"),
        ("1\n2\n3\n", "V j d", "3\n"),
        ("1\n2\n3\n", "V j >", "    1\n    2\n3\n"),
        ("abc\n", "v l U", "ABc\n"),
        ("a(b)c\n", "f b v i b r x", "a(x)c\n"),
        ("a\n", "o b Esc", "a\nb\n"),
        ("a\n", "O b Esc", "b\na\n"),
        ("a\n", "A b Esc I c Esc", "cab\n"),
        ("a b\n", "x u", "a b\n"),
        ("a b\n", "x u Ctrl-r", " b\n"),
        ("a b a\n", "* x", "a b \n"),
    ] {
        let mut desk = Desk::vim(before);
        let keys = if keys == "dw" { "d w" } else { keys };
        desk.press(keys);
        assert_eq!(desk.text(), after, "{keys} on {before:?}");
        assert_eq!(desk.editor.vim.mode, Mode::Normal, "{keys}");
    }
}

#[test]
fn vim_repeats_the_last_change_with_what_was_inserted() {
    for (before, keys, after) in [
        ("a b c\n", "d w .", "c\n"),
        ("a b c\n", "c w X Esc w .", "X X c\n"),
        ("1\n2\n3\n", "A ! Esc j . j .", "1!\n2!\n3!\n"),
        ("1\n2\n3\n4\n", "d d 2 .", "4\n"),
        ("a\nb\nc\nd\n", "V j > j j .", "    a\n    b\n    c\n    d\n"),
        ("abc\n", "x u .", "bc\n"),
    ] {
        let mut desk = Desk::vim(before);
        desk.press(keys);
        assert_eq!(desk.text(), after, "{keys} on {before:?}");
    }
    // One insertion is one step of undo, and so is its repetition.
    let mut desk = Desk::vim("a\n");
    desk.press("A").type_text(" b c\nd").press("Esc .");
    assert_eq!(desk.text(), "a b c\nd b c\nd\n");
    desk.press("u");
    assert_eq!(desk.text(), "a b c\nd\n");
    desk.press("u");
    assert_eq!(desk.text(), "a\n");
}

#[test]
fn vim_commands_save_leave_substitute_and_go_to_lines() {
    let mut desk = Desk::vim("a a\nb\na\n");
    for (command, wishes) in [
        ("w", vec![Wish::Save]),
        ("wq", vec![Wish::SaveAndLeave]),
        ("x", vec![Wish::SaveAndLeave]),
        ("q", vec![Wish::Leave]),
        ("q!", vec![Wish::Abandon]),
        ("%s/a/x/g", vec![Wish::Tell("3 matches replaced".to_owned())]),
    ] {
        desk.press(":").type_text(command).press("Enter");
        assert_eq!(desk.wishes, wishes, "{command}");
    }
    assert_eq!(desk.text(), "x x\nb\nx\n");
    desk.press(":").type_text("q").press("Enter");
    assert!(matches!(&desk.wishes[..], [Wish::Warn(text)] if text.contains("not saved")), "{:?}", desk.wishes);
    desk.press(":").type_text("2").press("Enter");
    assert_eq!(desk.at(), (1, 0));
    desk.press(":").type_text("nonsense").press("Enter");
    assert!(matches!(&desk.wishes[..], [Wish::Warn(_)]));
    desk.press("Z Z");
    assert_eq!(desk.wishes, [Wish::SaveAndLeave]);
}

#[test]
fn vim_moves_only_and_esc_leads_out_one_step_at_a_time() {
    let mut desk = Desk::vim("abc\nd\nefg\n");
    desk.press("$");
    assert_eq!(desk.at(), (0, 2), "on the last character");
    desk.press("j j");
    assert_eq!(desk.at(), (2, 2), "$ is remembered");
    desk.press("k h i Esc");
    assert_eq!(desk.at(), (1, 0));
    desk.press("v Esc");
    assert_eq!((desk.editor.vim.mode, desk.wishes.len()), (Mode::Normal, 0));
    desk.press("2 d Esc");
    assert!(desk.wishes.is_empty() && desk.editor.vim.keys.is_empty());
    desk.press("Esc");
    assert_eq!(desk.wishes, [Wish::Leave]);
    assert_eq!(desk.text(), "abc\nd\nefg\n");
    // The function keys and chords of the table hold in every mode.
    desk.press("F2");
    assert_eq!(desk.wishes, [Wish::Save]);
}

#[test]
fn a_mark_goes_with_its_line_and_away_with_it() {
    let marks = |desk: &Desk| desk.editor.doc().unwrap().findings.iter().map(|one| one.row).collect::<Vec<_>>();
    let faulty = |row| Finding { row, col: 0, severity: Severity::Error, text: "no".to_owned() };
    for (keys, rows) in [
        ("Down Ctrl-k", vec![1]),
        ("Down Ctrl-k Ctrl-k", vec![]),
        ("Down Down Ctrl-k", vec![1]),
        ("Ctrl-k", vec![0, 1]),
        ("Enter", vec![2, 3]),
        ("Down x", vec![1, 2]),
        ("Down Enter", vec![2, 3]),
        ("Down End Enter", vec![1, 3]),
        ("Down Alt-Up", vec![0, 2]),
        ("Down Backspace", vec![0, 1]),
        ("Down S-Down S-Down S-End x", vec![]),
    ] {
        let mut desk = Desk::plain("one\nbad\nworse\nfour\nfive\n");
        desk.editor.doc_mut().unwrap().found(vec![faulty(1), faulty(2)]);
        desk.press(keys);
        assert_eq!(marks(&desk), rows, "{keys}: {}", desk.text());
    }
}

#[test]
fn esc_does_not_end_a_search_of_which_nothing_is_seen() {
    for (before, keys) in [("a a\n", "Enter x"), ("a a\n", "Enter F2"), ("a a\n", "Enter Ctrl-r Esc Ctrl-z x")] {
        let mut desk = Desk::plain(before);
        desk.press("Ctrl-f").type_text("a").press(keys);
        assert!(desk.editor.lit().is_none(), "{keys}: an edit or a save ends what is shown of it");
        desk.press("Esc");
        assert_eq!(desk.wishes, [Wish::Leave], "{keys}");
        desk.press("F3");
        assert!(desk.editor.lit().is_some(), "{keys}: it can be gone on with");
    }
    let mut desk = Desk::plain(&format!("a\n{}", "b\n".repeat(60)));
    desk.press("Ctrl-f").type_text("a").press("Enter");
    desk.editor.doc_mut().unwrap().top = 30;
    desk.press("Esc");
    assert_eq!(desk.wishes, [Wish::Leave], "it is not on the screen");
}
