//! The header: where the engine is, what runs, what failed, what comes next; and the tab row of the narrow layout.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::text::{clean, clock, fit, print, width};
use crate::domain::clock::is_unset;
use crate::domain::task::Kind;
use crate::lock::Role;
use crate::store::overview::CAP;
use crate::tui::action::Action;
use crate::tui::model::duties::NextTab;
use crate::tui::model::{Model, Pane, Tab};
use crate::tui::msg::Engine;
use crate::tui::theme::Token;

/// The path in the tab row needs so many columns at most before the names of other panes give way.
const PATH: usize = 14;

/// A piece of the header, and how much it matters: the least goes first when there is no room.
struct Piece {
    text: String,
    style: Style,
    weight: u8,
    /// A shorter form, which weighs more.
    short: Option<(String, u8)>,
}

/// The header line.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let wide = area.width >= 100;
    let mut pieces = pieces(model, look, wide);
    let key = model.key_of(Action::Help);
    let help = format!("{key} help");
    let unread = unread(model, wide);
    let behind = if unread.is_empty() { 0 } else { width(&unread) + 2 };
    let room = usize::from(area.width).saturating_sub(width(&help) + behind + 4);
    let separator = format!(" {} ", look.glyphs.never);
    let length = |pieces: &[Piece]| pieces.iter().map(|p| width(&p.text) + width(&separator)).sum::<usize>();
    while pieces.len() > 1 && length(&pieces) > room {
        if let Some(least) = (0..pieces.len()).min_by_key(|at| pieces[*at].weight) {
            match pieces[least].short.take() {
                Some((text, weight)) => pieces[least] = Piece { text, style: pieces[least].style, weight, short: None },
                None => drop(pieces.remove(least)),
            }
        }
    }
    let mut x = area.x + 1;
    for (at, piece) in pieces.iter().enumerate() {
        if at > 0 {
            print(buf, x, area.y, &separator, look.style(Token::FgSubtle));
            x += width(&separator) as u16;
        }
        let text = fit(&piece.text, usize::from(area.right().saturating_sub(x)), look);
        print(buf, x, area.y, &text, piece.style);
        x += width(&text) as u16;
    }
    let at = area.right().saturating_sub(width(&help) as u16 + 1);
    if behind > 0 {
        print(buf, at.saturating_sub(behind as u16), area.y, &unread, look.style(Token::BadgeCount));
    }
    print(buf, at, area.y, &key, look.style(Token::HintKey));
    print(buf, at + width(&key) as u16 + 1, area.y, "help", look.style(Token::HintText));
}

/// The warnings and errors that nobody has looked at: `! 1 unread`.
fn unread(model: &Model, wide: bool) -> String {
    match model.overview.as_ref().map_or(0, |overview| overview.unread) {
        0 => String::new(),
        n => format!(
            "! {}{}",
            if n > CAP { format!("{CAP}+") } else { n.to_string() },
            if wide { " unread" } else { "" }
        ),
    }
}

fn pieces(model: &Model, look: Look, wide: bool) -> Vec<Piece> {
    let plain = look.style(Token::Header);
    let mut pieces = Vec::new();
    let mut add = |text: String, style: Style, weight: u8| pieces.push(Piece { text, style, weight, short: None });
    add("tempo".to_owned(), look.style(Token::Accent), 2);
    if !model.host.is_empty() {
        add(clean(&model.host), plain, 1);
    }
    if is_unset(model.now.at) {
        add("clock not set".to_owned(), look.style(Token::HeaderAlert), 9);
    }
    if model.unusable.is_some() {
        add(
            format!("database unusable, {} says why", model.key_of(Action::Messages)),
            look.style(Token::HeaderAlert),
            10,
        );
    }
    let muted = look.style(Token::FgMuted);
    match &model.engine {
        Some(Engine::Here) => add("engine here".to_owned(), muted, 6),
        Some(Engine::Elsewhere(holder)) => {
            let who = if holder.role == Role::Daemon { "engine in the background" } else { "engine in another window" };
            let brief = format!("engine, pid {}", holder.pid);
            if wide {
                let text = format!("{who}, pid {}", holder.pid);
                pieces.push(Piece { text, style: muted, weight: 0, short: Some((brief, 6)) });
            } else {
                add(brief, muted, 6);
            }
        }
        Some(Engine::Nowhere) => add("no engine".to_owned(), look.style(Token::HeaderAlert), 6),
        None => {}
    }
    let Some(overview) = &model.overview else { return pieces };
    let mut add = |text: String, style: Style, weight: u8| pieces.push(Piece { text, style, weight, short: None });
    let number = |n: usize| if n > CAP { format!("{CAP}+") } else { n.to_string() };
    let word = |word: &str| if wide { format!(" {word}") } else { String::new() };
    if overview.draining.is_some() {
        let text = if overview.running > 0 { "draining" } else { "drained: safe to stop" };
        add(text.to_owned(), look.style(Token::RunMissed), 8);
    }
    if overview.running > 0 {
        let text = format!("{} {}{}", look.glyphs.running, number(overview.running), word("running"));
        add(text, look.style(Token::RunRunning), 8);
    }
    if overview.queued > 0 {
        let text = format!("{} {}{}", look.glyphs.queued, number(overview.queued), word("queued"));
        add(text, look.style(Token::RunQueued), 4);
    }
    if overview.failed > 0 {
        let text = format!("{} {}{}", look.glyphs.failed, number(overview.failed), word("failed/24h"));
        add(text, look.style(Token::RunFailed), 7);
    }
    if overview.late > 0 {
        let text = format!("{} {}{}", look.glyphs.missed, number(overview.late), word("late"));
        add(text, look.style(Token::RunMissed), 7);
    }
    if let Some((at, slug)) = &overview.next {
        let time = format!("next {}", clock(*at, model));
        pieces.push(Piece { text: format!("{time} {slug}"), style: plain, weight: 3, short: Some((time, 5)) });
    }
    pieces
}

/// The tab row: the path to where the person is.
pub(super) fn tabs(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let task = || model.listed().map(|(_, slug)| slug.to_owned());
    let whose = match (model.focus, model.tab) {
        (Pane::Tasks | Pane::Timeline, _) => {
            let filter = super::tasks::filter(model);
            let filter = filter.map_or_else(String::new, |(shown, filter)| format!("{shown} {filter}"));
            Some(super::tasks::with_marks(filter, look, model.marks.tasks.count(&model.tasks)))
        }
        (Pane::Next, _) => None,
        (Pane::Runs, _) if model.all_runs => Some("of all tasks".to_owned()),
        (Pane::Runs, _) | (Pane::Main, Tab::Script | Tab::Details) => task(),
        (Pane::Main, Tab::Log) => model.runs.selected().map(|run| format!("{} #{}", run.slug, run.id)),
    }
    .unwrap_or_default();
    let main = match model.tab {
        Tab::Log => "4 Log",
        Tab::Script if model.subject.and_then(|task| model.kind_of(task)) == Some(Kind::Todo) => "4 Text",
        Tab::Script => "4 Script",
        Tab::Details => "4 Details",
    };
    let names = [
        (Pane::Tasks, "1 Tasks"),
        (Pane::Next, if model.next_tab == NextTab::Agenda { "2 Agenda" } else { "2 Next" }),
        (Pane::Runs, "3 Runs"),
        (Pane::Main, main),
        (Pane::Timeline, "5 Time"),
    ];
    let path = if whose.is_empty() { 0 } else { width(&whose).min(PATH) + 2 };
    let needed = 3 + path + names.iter().map(|(_, name)| width(name) + 1).sum::<usize>();
    let mut x = area.x + 1;
    for (pane, name) in names {
        let focused = pane == model.focus;
        // Where not all names fit, a number does for the others.
        let name = if focused || needed <= usize::from(area.width) { name } else { &name[..1] };
        let text = if focused { format!("[{name}]") } else { name.to_owned() };
        let style = look.style(if focused { Token::TabActive } else { Token::Tab });
        print(buf, x, area.y, &text, style);
        x += width(&text) as u16 + 1;
    }
    let room = usize::from(area.right().saturating_sub(x + 1));
    if room >= 8 && !whose.is_empty() {
        let text = fit(&whose, room - 1, look);
        print(buf, area.right() - width(&text) as u16 - 1, area.y, text, look.style(Token::FgMuted));
    }
}
