//! The three screens of the first run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{fit, print, width, wrap};
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::first::{Beginning, FirstRun, Page};
use crate::tui::model::import::Source;
use crate::tui::theme::Token;
use crate::tui::update::counted;

/// Columns and lines of it, where there are so many.
const SIZE: (u16, u16) = (66, 14);

pub(super) fn draw(model: &Model, look: Look, first: &FirstRun, room: Rect, buf: &mut Buffer) {
    let (title, bottom) = match first.page {
        Page::Look => ("Welcome to Tempo - 1 of 3", [(Action::Accept, "it looks right"), (Action::Quit, "skip all")]),
        Page::Keys => ("The way around - 2 of 3", [(Action::Accept, "next"), (Action::Quit, "skip")]),
        Page::Begin => {
            ("Something to begin with - 3 of 3", [(Action::Accept, "choose"), (Action::Cancel, "begin empty")])
        }
    };
    let bottom = model.key_line(Scope::FirstRun, &bottom);
    let inside = popup(look, centred(room, SIZE.0, SIZE.1), title, &bottom, buf);
    let mut pen = Pen { look, inside, y: inside.y, buf };
    match first.page {
        Page::Look => appearance(model, &mut pen),
        Page::Keys => keys(model, &mut pen),
        Page::Begin => beginnings(model, first, &mut pen),
    }
}

/// Where the next line goes.
struct Pen<'a> {
    look: Look,
    inside: Rect,
    y: u16,
    buf: &'a mut Buffer,
}

impl Pen<'_> {
    /// Parts beside each other, each whole, on as many lines as they need.
    fn parts(&mut self, parts: &[(String, Style)]) {
        let mut x = self.inside.x;
        for (text, style) in parts {
            let columns = width(text) as u16;
            if x > self.inside.x && x + columns > self.inside.right() {
                x = self.inside.x;
                self.y += 1;
            }
            if self.y < self.inside.bottom() {
                print(self.buf, x, self.y, fit(text, usize::from(self.inside.width), self.look), *style);
            }
            x += columns;
        }
        self.y += 1;
    }

    fn say(&mut self, text: &str, style: Style) {
        for line in wrap(text, usize::from(self.inside.width)) {
            self.parts(&[(line.trim_end().to_owned(), style)]);
        }
    }

    fn key(&mut self, key: &str, what: &str) {
        let style = self.look.style(Token::HintKey);
        let room = usize::from(self.inside.width).saturating_sub(7);
        for (at, line) in wrap(what, room).into_iter().enumerate() {
            let key = if at == 0 { key } else { "" };
            self.parts(&[(format!("{key:>5}"), style), (format!("  {}", line.trim_end()), Style::new())]);
        }
    }
}

fn appearance(model: &Model, pen: &mut Pen<'_>) {
    let look = pen.look;
    let glyphs = look.glyphs;
    let states = [
        (glyphs.running, "running", Token::RunRunning),
        (glyphs.ok, "ok", Token::RunOk),
        (glyphs.failed, "failed", Token::RunFailed),
        (glyphs.missed, "missed", Token::RunMissed),
        (glyphs.queued, "queued", Token::RunQueued),
        (glyphs.cancelled, "cancelled", Token::RunCancelled),
    ];
    pen.say("Do these marks, their colours and the border around look right?", Style::new());
    pen.y += 1;
    let marks: Vec<(String, Style)> =
        states.iter().map(|(glyph, word, token)| (format!("{glyph} {word}   "), look.style(*token))).collect();
    pen.parts(&marks);
    pen.y += 1;
    for (action, what) in [
        (Action::Accept, "yes"),
        (Action::Ascii, "the characters are wrong: use plain ones (ASCII)"),
        (Action::Mono, "the colours are wrong: use none"),
    ] {
        pen.key(&model.key_in(Scope::FirstRun, action), what);
    }
    pen.y += 1;
    pen.say("Both are settings in config.toml.", look.style(Token::FgMuted));
}

fn keys(model: &Model, pen: &mut Pen<'_>) {
    for (action, what) in [
        (Action::Help, "every key; type to find one"),
        (Action::Palette, "every command, task and run"),
        (Action::AddTodo, "a new to-do, in one line"),
        (Action::Add, "a new task, in a form"),
        (Action::Back, "one step back; never quits"),
        (Action::Undo, "takes back what you changed"),
        (Action::Messages, "what was said"),
        (Action::Quit, "leaves, and asks first what becomes of what is scheduled: it can go on in the background"),
    ] {
        pen.key(&model.key_of(action), what);
    }
}

fn beginnings(model: &Model, first: &FirstRun, pen: &mut Pen<'_>) {
    let look = pen.look;
    for (at, beginning) in first.beginnings().iter().enumerate() {
        let text = match beginning {
            Beginning::Import(Source::Crontab, n) => format!("import your crontab: {}", counted(*n, "job")),
            Beginning::Import(Source::Timers, n) => format!("import systemd timers: {}", counted(*n, "job")),
            Beginning::Empty => {
                let (todo, task) = (model.key_of(Action::AddTodo), model.key_of(Action::Add));
                format!("an empty list ({todo}: to-do, {task}: task)")
            }
            Beginning::Example => "the example: a home server".to_owned(),
        };
        let line = Rect { y: pen.y, height: 1, ..pen.inside };
        if pen.y >= pen.inside.bottom() {
            return;
        }
        print(pen.buf, line.x + 2, line.y, fit(&text, usize::from(line.width).saturating_sub(2), look), Style::new());
        if at == first.cursor {
            print(pen.buf, line.x, line.y, look.glyphs.bar, look.style(Token::Accent));
            pen.buf.set_style(line, look.style(Token::CursorRow));
        }
        pen.y += 1;
    }
    pen.y += 1;
    let muted = look.style(Token::FgMuted);
    if let Some(Beginning::Import(..)) = first.beginnings().get(first.cursor) {
        pen.say("It is shown first what would be created.", muted);
    }
    if first.found.is_none() {
        pen.say("looking for other schedulers on this machine", muted);
    }
    if first.beginnings().get(first.cursor) == Some(&Beginning::Example) {
        let (folder, undo) = (model.example_folder.display(), model.key_of(Action::Undo));
        pen.say(&format!("Its tasks begin at once, and write only in {folder}; {undo} takes them back."), muted);
    }
    let [crontab, timers, example] =
        [Action::ImportCrontab, Action::ImportTimers, Action::LoadExample].map(|action| model.key_of(action));
    let later = format!(
        "Later, in the list of tasks: {crontab} imports the crontab, {timers} the timers, {example} the example."
    );
    pen.say(&later, muted);
}
