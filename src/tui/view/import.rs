//! The import layer: each job as the task that it would be, with what would not mean the same.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{clean, fit, print, width, wrap};
use crate::domain::task::Work;
use crate::store::incoming::Place;
use crate::tui::action::Action;
use crate::tui::action::Scope;
use crate::tui::model::Model;
use crate::tui::model::bulk::counted;
use crate::tui::model::import::{Import, Offer, Offered};
use crate::tui::model::layer::Layer;
use crate::tui::theme::Token;

/// As wide as it gets.
const WIDEST: u16 = 100;

/// Columns of the names of values.
const NAMES: usize = 9;

/// One line on the screen.
pub struct Line {
    indent: usize,
    text: String,
    token: Option<Token>,
}

/// Lines that are shown at once on a screen of this size.
pub fn rows(size: Size) -> usize {
    usize::from(size.height.saturating_sub(4)).max(1)
}

/// Everything that it says, wrapped. A crontab is small: it is laid out whole.
pub fn lines(model: &Model) -> Vec<Line> {
    let Some(Layer::Import(import)) = model.layers.last() else { return Vec::new() };
    let columns = usize::from(centred(Rect { width: model.size.width, ..Rect::default() }, WIDEST, 0).width);
    let mut page = Page { columns: columns.saturating_sub(4), lines: Vec::new() };
    match (&import.offer, import.created) {
        (None, _) => page.say(0, "reading", Some(Token::FgMuted)),
        (Some(Err(e)), _) => {
            page.say(0, e, Some(Token::FieldError));
            let (key, other) = (model.key_in(Scope::Import, Action::OtherSource), import.source.other().title());
            page.say(0, &format!("{key} looks at {other} instead."), Some(Token::FgMuted));
        }
        (Some(Ok(offer)), Some(count)) => page.created(model, offer, count),
        (Some(Ok(offer)), None) => page.offer(import, offer),
    }
    page.lines
}

/// The layer.
pub(super) fn draw(model: &Model, look: Look, import: &Import, room: Rect, buf: &mut Buffer) {
    let lines = lines(model);
    let height = (lines.len() as u16 + 2).clamp(8, room.height.max(8));
    let new = match &import.offer {
        Some(Ok(offer)) => offer.new_ones(),
        _ => 0,
    };
    let other = (Action::OtherSource, "the other");
    let bottom = match (import.created, new) {
        (Some(_), _) | (None, 0) => model.key_line(Scope::Import, &[(Action::Accept, "close"), other]),
        (None, new) => {
            let create = format!("create {}", counted(new, "task"));
            model.key_line(Scope::Import, &[(Action::Accept, &create), other, (Action::Cancel, "close")])
        }
    };
    let title = format!("Import {}", import.source.title());
    let inside = popup(look, centred(room, WIDEST, height), &title, &bottom, buf);
    let top = import.top.min(lines.len().saturating_sub(usize::from(inside.height)));
    for (y, line) in (inside.y..inside.bottom()).zip(lines.iter().skip(top)) {
        let x = inside.x + line.indent as u16;
        let room = usize::from(inside.right().saturating_sub(x));
        let style = line.token.map_or(Style::new(), |token| look.style(token));
        print(buf, x, y, fit(&line.text, room, look), style);
    }
}

/// Lines of so many columns.
struct Page {
    columns: usize,
    lines: Vec<Line>,
}

impl Page {
    fn say(&mut self, indent: usize, text: &str, token: Option<Token>) {
        for text in wrap(&clean(text), self.columns.saturating_sub(indent).max(1)) {
            self.lines.push(Line { indent, text, token });
        }
    }

    /// A value under its name.
    fn pair(&mut self, name: &str, value: &str) {
        let first = self.lines.len();
        let width = self.columns.saturating_sub(NAMES + 2).max(1);
        for line in value.lines() {
            for text in wrap(&clean(line), width) {
                let named = if self.lines.len() == first { name } else { "" };
                self.lines.push(Line { indent: 2, text: format!("{named:NAMES$}{text}"), token: None });
            }
        }
    }

    fn blank(&mut self) {
        self.lines.push(Line { indent: 0, text: String::new(), token: None });
    }

    fn offer(&mut self, import: &Import, offer: &Offer) {
        if offer.jobs.is_empty() && offer.refused.is_empty() {
            self.say(0, &format!("There is nothing to import in {}.", import.source.title()), None);
        }
        for job in &offer.jobs {
            self.job(job);
            self.blank();
        }
        if !offer.refused.is_empty() {
            self.say(0, "Not imported:", Some(Token::RunMissed));
            for (place, text, why) in &offer.refused {
                self.say(2, &format!("{place}  {text}"), None);
                self.say(4, why, Some(Token::FgMuted));
            }
            self.blank();
        }
        if !offer.jobs.is_empty() && !offer.notes.is_empty() {
            self.say(0, "For all of them:", Some(Token::FgMuted));
            for note in &offer.notes {
                self.say(2, note, Some(Token::FgMuted));
            }
        }
    }

    fn job(&mut self, job: &Offered) {
        let definition = &job.task.definition;
        let (slug, state) = match &job.place {
            Place::New(slug) | Place::Created(slug) if definition.paused => (slug, "new, paused"),
            Place::New(slug) | Place::Created(slug) => (slug, "new"),
            Place::There(slug) => (slug, "already there"),
        };
        let there = matches!(job.place, Place::There(_));
        let token = if there { Token::FgMuted } else { Token::Title };
        let gap = " ".repeat(2_usize.max(NAMES.saturating_sub(width(slug))));
        self.say(0, &format!("{slug}{gap}{state}  {}", job.origin), Some(token));
        if there {
            return;
        }
        for when in &job.when {
            self.pair("when", when);
        }
        if let Work::Command(command) = &definition.work {
            self.pair("command", command);
        }
        let execution = &definition.execution;
        if let Some(cwd) = &execution.cwd {
            self.pair("cwd", &cwd.display().to_string());
        }
        if !execution.env.is_empty() {
            let variables: Vec<String> = execution.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
            self.pair("env", &variables.join(" "));
        }
        for note in &job.notes {
            self.pair("note", note);
        }
    }

    fn created(&mut self, model: &Model, offer: &Offer, count: usize) {
        let tasks = if count == 1 { "1 task is".to_owned() } else { format!("{count} tasks are") };
        self.say(0, &format!("{tasks} here now; {} takes them back.", model.key_of(Action::Undo)), Some(Token::RunOk));
        self.blank();
        self.say(0, "The originals were not touched, and both would run. Switch the originals off:", None);
        for line in &offer.off {
            self.say(2, line, None);
        }
    }
}
