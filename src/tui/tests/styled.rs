//! How it looks, in every theme that matters and at the four sizes of UX 28: styled snapshots of the screens a person meets, and what
//! must hold for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::super::model::first::FirstRun;
use super::screens::past;
use super::stage::{SIZES, Stage, at, details, line, rows};
use crate::config::themes::BUILT_IN;
use crate::domain::{RunId, TaskId};
use crate::output::Stream;
use crate::tui::action;
use crate::tui::effect::Kind as Of;
use crate::tui::model::bulk::{Bulk, Target, Verb, Weight};
use crate::tui::model::draft::Checked;
use crate::tui::model::layer::Layer;
use crate::tui::model::window::Page;
use crate::tui::msg::Answer;
use crate::tui::theme::{Depth, Glyphs, Theme, Token};
use crate::tui::view::Look;

/// The three themes of UX: the default, one that paints its ground, and none.
fn looks() -> [(&'static str, Look); 3] {
    [
        ("ansi", look("ansi", Depth::Sixteen)),
        ("high-contrast", look("high-contrast", Depth::True)),
        ("mono", look("mono", Depth::Mono)),
    ]
}

fn look(theme: &str, depth: Depth) -> Look {
    let (theme, problems) = Theme::read(Path::new(""), theme, depth).unwrap();
    assert_eq!(problems, []);
    Look { theme, glyphs: &Glyphs::UNICODE }
}

/// A screen by its name, in a state that is always the same.
fn screen(name: &str, size: (u16, u16)) -> Stage {
    let mut stage = Stage::full(size);
    match name {
        "tasks" => {}
        "log" => {
            stage.press("4");
            output(&mut stage);
        }
        "search" => {
            stage.press("4");
            output(&mut stage);
            stage.press("/ e r r");
        }
        "details" => {
            stage.press("4 4 4");
            stage.answer(Of::Details, Answer::Details(TaskId(1), Some(Box::new(details()))));
        }
        "why" => {
            stage.press("w");
            let now = vec!["run #1284 is running since Sat 2026-11-21 14:12:01 UTC".to_owned()];
            let page = Page { rows: past(), at_start: true, at_end: true };
            stage.answer(Of::Why, Answer::Why(TaskId(1), Some(now), page));
        }
        "dialog" => {
            let bulk = Bulk::one(Verb::Delete, Target::Task(TaskId(1)), "backup-db".to_owned());
            let weight = Weight {
                history: (1284, false),
                live: vec![RunId(1284)],
                downstream: vec!["offsite-sync".to_owned()],
                ..Weight::default()
            };
            stage.answer(Of::Weigh, Answer::Weighed(bulk, Box::new(weight)));
        }
        "help" => stage.press("?"),
        "palette" => stage.press(": r u n"),
        "timeline" => stage.press("5 z"),
        "first" => stage.model.layers.push(Layer::FirstRun(FirstRun::new(std::time::Duration::ZERO))),
        "form" => {
            stage.press("a B a c k u p Tab d u m p Tab Tab * / 3 0 Tab Tab Tab");
            let Some(Layer::Form(form)) = stage.model.layers.last() else { panic!("no form") };
            let draft = form.draft();
            let checked = Checked {
                errors: vec![("when", "hour, column 5: is missing".to_owned())],
                next: vec![(at("2026-11-21T14:30:00Z"), None)],
                understood: vec!["*/30 * * * *".to_owned()],
                todo: false,
                slug: Some(("backup-2".to_owned(), Some("backup".to_owned()))),
                again: None,
                sees: Some("/bin/sh -c in /home/ana, HOME=/home/ana, PATH=/usr/bin:/bin".to_owned()),
            };
            stage.answer(Of::Check, Answer::Checked(draft, checked));
        }
        other => panic!("no screen is called {other}"),
    }
    stage
}

const SCREENS: [&str; 11] =
    ["tasks", "log", "search", "details", "why", "dialog", "help", "form", "palette", "timeline", "first"];

/// An output with everything that a line can be.
fn output(stage: &mut Stage) {
    stage.print(&[
        ("14:12:01.020", Stream::Out, "dumping postgres: app (1.2 GiB)"),
        ("14:12:03.881", Stream::Err, "warning: table \"events\" is bloated (38%)"),
        ("14:12:09.310", Stream::Out, "\x1b[32mwrote\x1b[0m /srv/dump/app-20261121.sql.zst"),
        ("14:12:31.777", Stream::Err, "error: connection reset by peer, retry 1/3"),
        (
            "14:12:33.020",
            Stream::Out,
            "\x1b[1;38;5;208mresumed\x1b[0m at \x1b[7moffset\x1b[0m \x1b[38;2;1;2;3m2147483648\x1b[0m",
        ),
        ("14:12:40.115", Stream::Out, "uploading chunk 0017 ...\ruploading chunk 0018 ..."),
    ]);
}

/// The text, and what of it has a style that the ground has not, in each theme: `rows: column+length style`.
fn in_all_themes(stage: &Stage) -> String {
    let mut text = String::new();
    for (at, (theme, look)) in looks().into_iter().enumerate() {
        let buf = stage.buffer(look);
        if at == 0 {
            for row in rows(&buf) {
                let _ = writeln!(text, "{}", line(row).trim_end());
            }
        }
        let _ = writeln!(text, "== {theme}");
        let all: Vec<String> = rows(&buf).map(|row| spans(row, look).join(", ")).collect();
        let mut y = 0;
        for same in all.chunk_by(|one, next| one == next) {
            if !same[0].is_empty() {
                let rows = if same.len() == 1 { y.to_string() } else { format!("{y}-{}", y + same.len() - 1) };
                let _ = writeln!(text, "{rows:>5}: {}", same[0]);
            }
            y += same.len();
        }
    }
    text
}

fn spans(row: &[Cell], look: Look) -> Vec<String> {
    let mut spans = Vec::new();
    let mut x = 0;
    while x < row.len() {
        let style = name(&row[x], look);
        let length = row[x..].iter().take_while(|cell| name(cell, look) == style).count();
        if !style.is_empty() {
            spans.push(format!("{x}+{length} {style}"));
        }
        x += length;
    }
    spans
}

fn name(cell: &Cell, look: Look) -> String {
    let (fg, bg) = look.theme.ground();
    let own = |colour: Color, ground: Option<Color>| colour != ground.unwrap_or(Color::Reset);
    let mut words = Vec::new();
    if own(cell.fg, fg) {
        words.push(format!("{}", cell.fg).to_lowercase());
    }
    if own(cell.bg, bg) {
        words.push(format!("on-{}", cell.bg).to_lowercase());
    }
    words.extend(cell.modifier.iter_names().map(|(name, _)| name.to_lowercase()));
    words.join(" ")
}

#[test]
fn ux_26_ux_27_ux_33_every_screen_at_every_size_in_three_themes() {
    for name in SCREENS {
        for (width, height) in SIZES {
            let stage = screen(name, (width, height));
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), in_all_themes(&stage));
        }
    }
}

/// The row of a task, from its selection bar on; when it is on the screen.
fn row_of<'a>(buf: &'a Buffer, task: &str) -> Option<&'a [Cell]> {
    let begins = |row: &[Cell], at: usize| line(&row[at..]).starts_with(&format!("{task} "));
    rows(buf).find_map(|row| [4, 3].into_iter().find(|at| begins(row, *at)).map(|at| &row[at - 3..]))
}

#[test]
fn ux_26_the_selected_row_has_the_bar_and_looks_different_in_every_theme() {
    let stage = Stage::full((120, 40));
    for (name, _) in BUILT_IN {
        for depth in [Depth::Mono, Depth::Sixteen, Depth::Many, Depth::True] {
            let look = look(name, depth);
            let buf = stage.buffer(look);
            let (selected, other) = (row_of(&buf, "backup-db").unwrap(), row_of(&buf, "cert-renew").unwrap());
            assert_eq!((selected[0].symbol(), other[0].symbol()), (look.glyphs.bar, " "), "{name} {depth:?}");
            let ground = |cell: &Cell| (cell.bg, cell.modifier.contains(Modifier::REVERSED));
            assert_ne!(ground(&selected[6]), ground(&other[6]), "{name} {depth:?}");
            for cell in &selected[1..] {
                if cell.symbol() == look.glyphs.border.vertical_right {
                    break;
                }
                assert_eq!(ground(cell), ground(&selected[6]), "the whole row, {name} {depth:?}");
            }
        }
    }
}

#[test]
fn ux_27_failed_running_ok_missed_and_paused_have_a_sign_and_a_word_of_their_own() {
    for glyphs in [&Glyphs::UNICODE, &Glyphs::ASCII] {
        for size in [(120, 40), (80, 24), (60, 20)] {
            let stage = Stage::full(size);
            let buf = stage.buffer(Look { theme: Theme::Mono, glyphs });
            let tasks = [
                ("offsite-sync", glyphs.failed, "exit 23"),
                ("backup-db", glyphs.running, "0:42"),
                ("cert-renew", glyphs.ok, "02:00"),
                ("weekly-report", glyphs.missed, "late"),
                ("zfs-scrub", glyphs.paused, "paused"),
            ];
            let signs: BTreeSet<&str> = tasks.iter().map(|(_, sign, _)| *sign).collect();
            assert_eq!(signs.len(), 5);
            for (task, sign, word) in tasks {
                let Some(row) = row_of(&buf, task) else {
                    assert_eq!((size, task), ((60, 20), "zfs-scrub"), "what is below the end of the list");
                    continue;
                };
                assert_eq!(row[1].symbol(), sign, "{size:?} {task}");
                assert!(line(row).contains(word), "{size:?}: {}", line(row));
            }
        }
    }
}

/// A theme in which each token has a colour of its own, so that every cell tells what it was drawn as.
fn telling() -> (Look, BTreeMap<(u8, u8), Token>) {
    let mut text = String::new();
    let mut tokens = BTreeMap::new();
    for (token, n) in Token::ALL.iter().zip(1_u8..) {
        let key = if token.covers() || token.name().ends_with("bg") { "bg" } else { "fg" };
        let _ = writeln!(text, "\"{}\" = {{ {key} = \"#7f00{n:02x}\" }}", token.name());
        tokens.insert((0x7f, n), *token);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("telling.toml"), text).unwrap();
    let (theme, problems) = Theme::read(folder.path(), "telling", Depth::True).unwrap();
    assert_eq!(problems, []);
    (Look { theme, glyphs: &Glyphs::UNICODE }, tokens)
}

/// What stands on the screen in one of these tokens: runs of cells side by side, and their row.
fn drawn_as(buf: &Buffer, tokens: &BTreeMap<(u8, u8), Token>, wanted: &[Token]) -> Vec<(usize, String)> {
    let is = |cell: &Cell| match cell.fg {
        Color::Rgb(r, 0, n) => tokens.get(&(r, n)).is_some_and(|token| wanted.contains(token)),
        _ => false,
    };
    let mut found = Vec::new();
    for (y, row) in rows(buf).enumerate() {
        let mut text = String::new();
        for cell in row {
            if is(cell) {
                text.push_str(cell.symbol());
            } else if !text.is_empty() {
                found.push((y, std::mem::take(&mut text)));
            }
        }
        if !text.is_empty() {
            found.push((y, text));
        }
    }
    found
}

#[test]
fn ux_28_no_title_is_clipped_and_no_hint_is_cut() {
    let (look, tokens) = telling();
    let keys: BTreeSet<&str> = action::all().flat_map(|spec| spec.keys.iter().copied()).collect();
    let hints: BTreeSet<&str> = action::all().map(|spec| spec.hint).collect();
    let titles = [Token::Title, Token::TitleFocus, Token::DialogTitle, Token::Tab, Token::TabActive];
    let mut seen = (0, 0);
    for name in SCREENS {
        for size in SIZES {
            let stage = screen(name, size);
            let buf = stage.buffer(look);
            let text: String = rows(&buf).map(|row| line(row) + "\n").collect();
            for (_, title) in drawn_as(&buf, &tokens, &titles) {
                assert!(!title.contains(look.glyphs.ellipsis), "{name} {size:?}: {title}\n{text}");
                seen.0 += 1;
            }
            let last = usize::from(size.1) - 1;
            for (_, word) in drawn_as(&buf, &tokens, &[Token::HintText]).into_iter().filter(|(y, _)| *y == last) {
                assert!(hints.contains(word.as_str()), "{name} {size:?}: {word:?}\n{text}");
                seen.1 += 1;
            }
            for (_, key) in drawn_as(&buf, &tokens, &[Token::HintKey]).into_iter().filter(|(y, _)| *y == last) {
                let is_label = stage.model.layers.iter().any(|layer| matches!(layer, Layer::Prompt(_)));
                assert!(keys.contains(key.as_str()) || is_label, "{name} {size:?}: {key:?}\n{text}");
            }
        }
    }
    assert!(seen.0 > 60 && seen.1 > 60, "{seen:?} is too little to be all");
}

#[test]
fn ux_28_every_sign_of_a_state_is_on_the_screen_where_its_task_is() {
    for size in SIZES {
        let stage = Stage::full(size);
        let buf = stage.buffer(look("mono", Depth::Mono));
        let glyphs = Glyphs::UNICODE;
        let signs = [
            ("backup-db", glyphs.running),
            ("cert-renew", glyphs.ok),
            ("docker-prune", glyphs.cancelled),
            ("offsite-sync", glyphs.failed),
            ("vm-snapshot", glyphs.queued),
            ("wake-nas", glyphs.never),
            ("weekly-report", glyphs.missed),
            ("zfs-scrub", glyphs.paused),
        ];
        let shown: Vec<_> = signs.iter().filter_map(|(task, sign)| Some((row_of(&buf, task)?, task, sign))).collect();
        assert!(shown.len() >= if size.1 == 12 { 4 } else { 7 }, "{size:?}: {} tasks", shown.len());
        for (row, task, sign) in shown {
            assert_eq!(row[1].symbol(), *sign, "{size:?} {task}");
        }
    }
}

#[test]
fn ux_27_nothing_of_tempos_own_is_beyond_ascii_when_the_terminal_is_not() {
    let look = Look { theme: Theme::Mono, glyphs: &Glyphs::ASCII };
    for name in SCREENS {
        for size in SIZES {
            let text = screen(name, size).text(look);
            assert!(text.is_ascii(), "{name} {size:?}\n{text}");
        }
    }
}
