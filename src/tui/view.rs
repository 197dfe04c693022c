//! How the state looks: one small draw function per region, none of which changes anything.

mod builder;
mod calendar;
pub mod categories;
pub mod compare;
pub mod details;
mod dialog;
pub mod due;
pub mod duties;
pub mod extras;
mod first;
mod form;
mod header;
mod heat;
pub mod help;
mod hints;
pub mod hunt;
pub mod import;
mod inspector;
mod menu;
pub mod messages;
mod next;
pub mod palette;
mod panel;
pub mod plain;
pub mod reports;
mod row;
mod runs;
pub mod tasks;
mod templates;
pub mod text;
mod themes;
pub mod timeline;
mod usage;
pub mod versions;
mod views;
pub mod why;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};

use super::action::{Action, Scope};
use super::editor;
use super::layout::{Frame, Layout, SMALLEST};
use super::log::LogAction;
use super::model::duties::NextTab;
use super::model::layer::Layer;
use super::model::{Model, Pane, Tab};
use super::theme::{Glyphs, Theme, Token};
use crate::domain::task::Kind;
pub(super) use form::window;

/// The style of things: colours and characters.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Colours and attributes.
    pub theme: Theme,
    /// States and borders.
    pub glyphs: &'static Glyphs,
}

impl Look {
    /// The style of a part.
    pub fn style(&self, token: Token) -> Style {
        self.theme.style(token)
    }
}

/// Draws everything; returns where the cursor is shown.
pub fn draw(model: &Model, look: Look, buf: &mut Buffer) -> Option<Position> {
    let Some(layout) = model.layout() else {
        too_small(model, look, buf);
        paint_ground(look, buf);
        return None;
    };
    if let Some(area) = layout.header {
        header::draw(model, look, area, buf);
    }
    if let Some(area) = layout.tabs {
        header::tabs(model, look, area, buf);
    }
    for (pane, frame) in &layout.panes {
        self::pane(model, look, *pane, *frame, buf);
    }
    let prompt = hints::draw(model, look, &layout, buf);
    let text =
        (model.layers.is_empty() && model.scope() == Scope::Editor).then(|| editor::view::cursor(model)).flatten();
    let cursor = layers(model, look, &layout, buf).or(prompt).or(text);
    paint_ground(look, buf);
    cursor
}

/// Gives what has no colour of its own those of a theme that paints the screen.
fn paint_ground(look: Look, buf: &mut Buffer) {
    let (fg, bg) = look.theme.ground();
    if fg.is_none() && bg.is_none() {
        return;
    }
    for cell in &mut buf.content {
        if let (Color::Reset, Some(fg)) = (cell.fg, fg) {
            cell.fg = fg;
        }
        if let (Color::Reset, Some(bg)) = (cell.bg, bg) {
            cell.bg = bg;
        }
    }
}

/// A screen on which nothing fits says so.
fn too_small(model: &Model, look: Look, buf: &mut Buffer) {
    let area = buf.area;
    let (width, height) = (SMALLEST.width, SMALLEST.height);
    let quits = format!("{} {} quits", look.glyphs.never, model.key_of(Action::Quit));
    let lines = [
        format!("needs {width}x{height}, has {}x{} {quits}", area.width, area.height),
        format!("needs {width}x{height} {quits}"),
        format!("{width}x{height}"),
    ];
    let line = lines.iter().find(|line| text::width(line) <= usize::from(area.width)).map_or("", String::as_str);
    let x = (area.width - text::width(line) as u16) / 2;
    text::print(buf, x, area.height / 2, line, Style::new());
}

/// One pane in its frame.
fn pane(model: &Model, look: Look, pane: Pane, frame: Frame, buf: &mut Buffer) {
    let focused = model.focus == pane;
    let panel = match pane {
        Pane::Tasks => tasks::panel(model, look),
        Pane::Next => next::panel(model, look),
        Pane::Runs => runs::panel(model, look),
        Pane::Main => main_panel(model, look),
        Pane::Timeline => timeline::panel(model, look),
    };
    let panel = panel::Panel { edge: edge(model, pane), ..panel };
    let area = match frame {
        Frame::Boxed(area) => panel.draw(look, area, focused, buf),
        Frame::Title(area) => {
            panel.title_line(look, area, buf);
            return;
        }
        Frame::Bare(area) => area,
    };
    match (pane, model.tab) {
        (Pane::Tasks, _) => tasks::draw(model, look, area, buf),
        (Pane::Next, _) => match model.next_tab {
            NextTab::Runs => next::draw(model, look, area, buf),
            NextTab::Agenda => duties::draw(model, look, area, buf),
        },
        (Pane::Runs, _) => runs::draw(model, look, area, buf),
        (Pane::Main, Tab::Log) => {
            runs::log(model, look, area, buf);
            if let (Frame::Boxed(_), Some(_)) = (frame, model.log.shown()) {
                let border = Rect { x: area.right(), width: 1, ..area };
                model.log.draw_scrollbar(border, look, buf);
            }
        }
        (Pane::Main, Tab::Script) => editor::view::draw(model, look, area, buf),
        (Pane::Main, Tab::Details) => details::draw(model, look, area, buf),
        (Pane::Timeline, _) => timeline::draw(model, look, area, buf),
    }
}

/// What the border of a pane says besides that it has the keys: that the store cannot be used, or that what is looked for in it is not
/// all that there is.
fn edge(model: &Model, pane: Pane) -> Option<Token> {
    let looks_for = match pane {
        Pane::Tasks => !model.filter.is_empty(),
        Pane::Main => model.tab == Tab::Log && model.log.is_searching(),
        Pane::Next | Pane::Runs | Pane::Timeline => false,
    };
    match &model.unusable {
        Some(_) => Some(Token::BorderError),
        None => (looks_for && model.focus == pane).then_some(Token::BorderSearch),
    }
}

/// The frame of the main pane: its tabs, and which run it shows.
fn main_panel(model: &Model, look: Look) -> panel::Panel {
    let is_log = model.tab == Tab::Log;
    let is_todo = model.subject.and_then(|task| model.kind_of(task)) == Some(Kind::Todo);
    let roster = model.editor.shows_roster();
    let tabs = match model.tab {
        Tab::Script if roster => "Tasks as text",
        Tab::Script if is_todo => "Log [Description] Details",
        Tab::Details if is_todo => "Log Description [Details]",
        Tab::Log => "[Log] Script Details",
        Tab::Script => "Log [Script] Details",
        Tab::Details => "Log Script [Details]",
    };
    let what = match (model.runs.selected(), is_log) {
        (_, false) if roster && model.tab == Tab::Script => {
            model.editor.shown.as_ref().map(|shown| shown.slug.clone()).unwrap_or_default()
        }
        (_, true) if !model.merged.is_empty() => format!("{} outputs by time", model.merged.len()),
        (Some(run), true) => format!("{} #{}", run.slug, run.id),
        (_, false) => model.listed().map(|(_, slug)| slug.to_owned()).unwrap_or_default(),
        (None, true) => String::new(),
    };
    let (right, bottom) = if is_log && model.log.shown().is_some() {
        let ascii = look.glyphs.ellipsis.is_ascii();
        let opens = |key: String| format!(" {} {key} opens the line", if ascii { "-" } else { "·" });
        let opens = model.log.is_at_cut_line().then(|| opens(model.key_of(Action::Log(LogAction::Open))));
        (model.log.badge(), model.log.footer(ascii) + &opens.unwrap_or_default())
    } else {
        (String::new(), String::new())
    };
    panel::Panel { title: format!("4 {tabs}"), count: what, right, bottom, ..panel::Panel::default() }
}

/// What lies over the panes; returns where the cursor is shown in it. The prompt is drawn with the hint line.
fn layers(model: &Model, look: Look, layout: &Layout, buf: &mut Buffer) -> Option<Position> {
    let top = layout.header.map_or(0, ratatui::prelude::Rect::bottom);
    let room = Rect { y: top, height: layout.hint.y - top, ..buf.area };
    match model.layers.last()? {
        Layer::Prompt(_) => None,
        Layer::Form(form) => form::draw(model, look, form, room, buf),
        Layer::Builder(builder) => builder::draw(model, look, builder, room, buf),
        Layer::Help(help) => Some(help::draw(model, look, help, room, buf)),
        Layer::Palette(palette) => Some(palette::draw(model, look, palette, room, buf)),
        Layer::Inspector(inspector) => {
            inspector::draw(model, look, inspector, room, buf);
            None
        }
        Layer::Dialog(dialog) => {
            dialog::draw(model, look, dialog, room, buf);
            None
        }
        Layer::Why(why) => {
            why::draw(model, look, why, room, buf);
            None
        }
        Layer::Calendar(calendar) => {
            calendar::draw(model, look, calendar, room, buf);
            None
        }
        Layer::Categories(categories) => {
            categories::draw(model, look, categories, room, buf);
            None
        }
        Layer::Views(views) => {
            views::draw(model, look, views, room, buf);
            None
        }
        Layer::Themes(picker) => {
            themes::draw(model, look, picker, room, buf);
            None
        }
        Layer::Templates(templates) => {
            templates::draw(model, look, templates, room, buf);
            None
        }
        Layer::Compare(compare) => {
            compare::draw(look, compare, room, buf);
            None
        }
        Layer::Reports(reports) => {
            reports::draw(model, look, reports, room, buf);
            None
        }
        Layer::Versions(versions) => {
            versions::draw(model, look, versions, room, buf);
            None
        }
        Layer::FirstRun(first) => {
            first::draw(model, look, first, room, buf);
            None
        }
        Layer::Hunt(hunt) => Some(hunt::draw(look, hunt, room, buf)),
        Layer::Import(import) => {
            import::draw(model, look, import, room, buf);
            None
        }
        Layer::Messages(list) => {
            messages::draw(model, look, list, room, buf);
            None
        }
        Layer::Menu(scope) => {
            menu::draw(model, look, *scope, room, buf);
            None
        }
        Layer::Chord(keys) => {
            menu::chord(model, look, keys, room, buf);
            None
        }
        Layer::RunWith(form) => extras::draw(model, look, form, room, buf),
    }
}
