//! Where everything is on the screen: the breakpoints of UX section 2, as a pure function of size, focus and zoom.

use ratatui::layout::{Rect, Size};

use super::model::Pane;

/// The smallest screen.
pub const SMALLEST: Size = Size { width: 30, height: 8 };

/// How a pane is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// With a border.
    Boxed(Rect),
    /// Without a border.
    Bare(Rect),
    /// Only its title, on one line.
    Title(Rect),
}

impl Frame {
    /// All of it, with its border.
    pub const fn area(self) -> Rect {
        match self {
            Self::Boxed(area) | Self::Bare(area) | Self::Title(area) => area,
        }
    }
}

/// The places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The header line.
    pub header: Option<Rect>,
    /// The tab row of the narrow layout.
    pub tabs: Option<Rect>,
    /// The hint line, which is over the last line of a zoomed pane.
    pub hint: Rect,
    /// Whether the hint line hides something when it is drawn: only a prompt or a toast is worth that.
    pub hint_covers: bool,
    /// The panes that are shown.
    pub panes: Vec<(Pane, Frame)>,
}

impl Layout {
    /// The height from which on there is room for a header.
    pub const HEADER_FROM: u16 = 16;

    /// The layout, or `None` when the screen is too small for any. `open` is the side pane that had the focus last; the side column
    /// is `wider` than by itself.
    pub fn of(size: Size, focus: Pane, open: Pane, zoom: bool, wider: i16) -> Option<Self> {
        if size.width < SMALLEST.width || size.height < SMALLEST.height {
            return None;
        }
        let whole = Rect::new(0, 0, size.width, size.height);
        let hint = Rect { y: size.height - 1, height: 1, ..whole };
        if zoom && focus == Pane::Timeline {
            // It has no text to copy, and its border says which time it shows.
            let panes = vec![(focus, Frame::Boxed(Rect { height: size.height - 1, ..whole }))];
            return Some(Self { hint, panes, ..Self::default() });
        }
        if zoom {
            let panes = vec![(focus, Frame::Bare(whole))];
            return Some(Self { hint, hint_covers: true, panes, ..Self::default() });
        }
        let header = (size.height >= Self::HEADER_FROM).then_some(Rect { height: 1, ..whole });
        let top = u16::from(header.is_some());
        let body = Rect { y: top, height: size.height - top - 1, ..whole };
        let mut layout = Self { header, hint, ..Self::default() };
        if is_portrait(size) {
            layout.portrait(body, open);
        } else if size.width < 70 {
            layout.tabs = Some(Rect { height: 1, ..body });
            layout.panes.push((focus, Frame::Bare(Rect { y: body.y + 1, height: body.height - 1, ..body })));
        } else {
            layout.columns(size, body, open, wider);
        }
        if focus == Pane::Timeline && layout.frame(focus).is_none() {
            layout.panes = vec![(focus, Frame::Boxed(body))];
        }
        Some(layout)
    }

    /// The same with the hint line below a zoomed pane, and not over it.
    #[must_use]
    pub fn with_hints(mut self) -> Self {
        if std::mem::take(&mut self.hint_covers) {
            for (_, frame) in &mut self.panes {
                if let Frame::Bare(area) = frame {
                    area.height -= 1;
                }
            }
        }
        self
    }

    /// The frame of a pane, when it is shown.
    pub fn frame(&self, pane: Pane) -> Option<Frame> {
        self.panes.iter().find(|(p, _)| *p == pane).map(|(_, frame)| *frame)
    }

    /// The inside of a pane, when its content is shown.
    pub fn inside(&self, pane: Pane) -> Option<Rect> {
        match self.frame(pane)? {
            Frame::Boxed(area) => Some(Rect {
                x: area.x + 1,
                y: area.y + 1,
                width: area.width.saturating_sub(2),
                height: area.height.saturating_sub(2),
            }),
            Frame::Bare(area) => Some(area),
            Frame::Title(_) => None,
        }
    }

    fn columns(&mut self, size: Size, body: Rect, open: Pane, wider: i16) {
        let left = Rect { width: side(size.width, wider), ..body };
        let mut right = Rect { x: left.width, width: body.width - left.width, ..body };
        if body.width >= WIDE && body.height >= 24 {
            let small = body.height * 9 / 38;
            let tasks = Rect { height: body.height - 2 * small, ..left };
            let next = Rect { y: tasks.bottom(), height: small, ..left };
            let runs = Rect { y: next.bottom(), height: small, ..left };
            self.panes.extend([(Pane::Tasks, tasks), (Pane::Next, next), (Pane::Runs, runs)].map(boxed));
        } else {
            self.accordion(left, open);
        }
        let below = (body.width >= WIDE && size.height >= 32).then(|| {
            right.height -= body.height / 5;
            Rect { y: right.bottom(), height: body.height / 5, ..right }
        });
        self.panes.push((Pane::Main, Frame::Boxed(right)));
        self.panes.extend(below.map(|below| (Pane::Timeline, Frame::Boxed(below))));
    }

    fn portrait(&mut self, body: Rect, open: Pane) {
        let top = Rect { height: body.height * 2 / 5, ..body };
        self.accordion(top, open);
        let below = Rect { y: top.bottom(), height: body.height - top.height, ..body };
        self.panes.push((Pane::Main, Frame::Boxed(below)));
    }

    /// The side panes, of which one is open.
    fn accordion(&mut self, area: Rect, open: Pane) {
        let mut y = area.y;
        for pane in [Pane::Tasks, Pane::Next, Pane::Runs] {
            let height = if pane == open { area.height - 2 } else { 1 };
            let place = Rect { y, height, ..area };
            self.panes.push((pane, if pane == open { Frame::Boxed(place) } else { Frame::Title(place) }));
            y += height;
        }
    }
}

/// From this width on there are two columns with everything in them.
const WIDE: u16 = 100;

/// Each side of a layout of two columns keeps at least so many.
const LEAST: u16 = 24;

/// Whether list and log lie on top of each other, as in lazygit.
fn is_portrait(size: Size) -> bool {
    size.width <= 84 && size.height >= 46
}

/// The columns of the side: 0.37 of the screen, from 36 to 48 on a wide one, and what the person made of it.
fn side(width: u16, wider: i16) -> u16 {
    let share = ((u32::from(width) * 37 + 50) / 100) as u16;
    let share = share.clamp(if width >= WIDE { 36 } else { LEAST }, 48);
    share.saturating_add_signed(wider).clamp(LEAST, width - LEAST - LEAST / 2)
}

/// What growing and shrinking the side column by so much makes of how much wider it is; as much as it was when there is no such
/// column, or no more room.
pub fn widened(size: Size, wider: i16, by: i16) -> i16 {
    if size.width < 70 || is_portrait(size) {
        return wider;
    }
    let to = wider.saturating_add(by);
    if side(size.width, to) == side(size.width, wider) { wider } else { to }
}

fn boxed((pane, area): (Pane, Rect)) -> (Pane, Frame) {
    (pane, Frame::Boxed(area))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: u16, height: u16, focus: Pane) -> Layout {
        Layout::of(Size::new(width, height), focus, focus, false, 0).unwrap()
    }

    #[test]
    fn at_120x40_there_are_two_columns_with_all_panes_open() {
        let layout = of(120, 40, Pane::Tasks);
        assert_eq!(layout.frame(Pane::Tasks), Some(Frame::Boxed(Rect::new(0, 1, 44, 20))));
        assert_eq!(layout.frame(Pane::Next), Some(Frame::Boxed(Rect::new(0, 21, 44, 9))));
        assert_eq!(layout.frame(Pane::Runs), Some(Frame::Boxed(Rect::new(0, 30, 44, 9))));
        assert_eq!(layout.frame(Pane::Main), Some(Frame::Boxed(Rect::new(44, 1, 76, 31))));
        assert_eq!(layout.frame(Pane::Timeline), Some(Frame::Boxed(Rect::new(44, 32, 76, 7))));
        assert_eq!(layout.hint.y, 39);
    }

    #[test]
    fn at_80x24_only_the_focused_side_pane_is_open() {
        let layout = of(80, 24, Pane::Tasks);
        assert_eq!(layout.frame(Pane::Tasks), Some(Frame::Boxed(Rect::new(0, 1, 30, 20))));
        assert_eq!(layout.frame(Pane::Runs), Some(Frame::Title(Rect::new(0, 22, 30, 1))));
        let layout = of(80, 24, Pane::Runs);
        assert_eq!(layout.frame(Pane::Tasks), Some(Frame::Title(Rect::new(0, 1, 30, 1))));
        assert!(matches!(layout.frame(Pane::Runs), Some(Frame::Boxed(_))));
    }

    #[test]
    fn narrow_shows_one_pane_under_a_tab_row_and_low_hides_the_header() {
        let layout = of(60, 20, Pane::Runs);
        assert_eq!((layout.panes.len(), layout.tabs.map(|tabs| tabs.y)), (1, Some(1)));
        let layout = of(40, 12, Pane::Runs);
        assert_eq!((layout.header, layout.tabs.map(|tabs| tabs.y)), (None, Some(0)));
    }

    #[test]
    fn portrait_stacks_and_below_30x8_there_is_no_layout() {
        let layout = of(80, 50, Pane::Tasks);
        assert_eq!(layout.inside(Pane::Main).map(|r| r.width), Some(78));
        assert_eq!(Layout::of(Size::new(29, 20), Pane::Tasks, Pane::Tasks, false, 0), None);
        assert_eq!(Layout::of(Size::new(100, 7), Pane::Tasks, Pane::Tasks, false, 0), None);
    }

    #[test]
    fn the_timeline_has_a_place_where_there_is_room_and_the_whole_screen_elsewhere() {
        for (width, height, seen) in
            [(100, 32, true), (99, 40, false), (140, 31, false), (80, 50, false), (60, 20, false)]
        {
            assert_eq!(of(width, height, Pane::Tasks).frame(Pane::Timeline).is_some(), seen, "{width}x{height}");
            let layout = Layout::of(Size::new(width, height), Pane::Timeline, Pane::Tasks, false, 0).unwrap();
            assert!(layout.inside(Pane::Timeline).is_some());
            assert_eq!(layout.panes.len() == 1, !seen, "{width}x{height}");
        }
    }

    #[test]
    fn the_zoomed_timeline_keeps_its_border_and_the_hint_line_off_its_axis() {
        for (width, height) in [(120, 40), (40, 12), (30, 8)] {
            let layout = Layout::of(Size::new(width, height), Pane::Timeline, Pane::Tasks, true, 0).unwrap();
            assert_eq!(layout.panes, [(Pane::Timeline, Frame::Boxed(Rect::new(0, 0, width, height - 1)))]);
            assert!(!layout.hint_covers);
        }
    }

    #[test]
    fn the_side_column_grows_and_shrinks_within_the_screen() {
        let (mut wider, size) = (0, Size::new(120, 40));
        let columns = |wider| Layout::of(size, Pane::Tasks, Pane::Tasks, false, wider).unwrap().panes[0].1;
        assert_eq!(columns(widened(size, 0, 2)), Frame::Boxed(Rect::new(0, 1, 46, 20)));
        for _ in 0..100 {
            wider = widened(size, wider, 2);
        }
        assert_eq!(columns(wider), Frame::Boxed(Rect::new(0, 1, 84, 20)));
        // What goes beyond the edge is not remembered.
        assert_eq!(columns(widened(size, wider, -2)), Frame::Boxed(Rect::new(0, 1, 82, 20)));
        for _ in 0..100 {
            wider = widened(size, wider, -2);
        }
        assert_eq!(columns(wider), Frame::Boxed(Rect::new(0, 1, 24, 20)));
        assert_eq!(widened(Size::new(60, 20), 0, 2), 0);
    }

    #[test]
    fn ux_22_the_panes_of_every_size_lie_on_the_screen_and_not_on_each_other() {
        for width in 30..200 {
            for height in 8..70 {
                for focus in Pane::ALL {
                    for (zoom, wider) in [(false, 0), (true, 0), (false, 200), (false, -200)] {
                        let side = if focus.is_side() { focus } else { Pane::Runs };
                        let layout = Layout::of(Size::new(width, height), focus, side, zoom, wider).unwrap();
                        let screen = Rect::new(0, 0, width, height);
                        let areas: Vec<Rect> = layout
                            .panes
                            .iter()
                            .map(|(_, frame)| match frame {
                                Frame::Boxed(area) | Frame::Bare(area) | Frame::Title(area) => *area,
                            })
                            .collect();
                        for (i, area) in areas.iter().enumerate() {
                            assert_eq!(area.intersection(screen), *area, "{width}x{height}");
                            assert!(areas[..i].iter().all(|other| !other.intersects(*area)), "{width}x{height}");
                            assert!(zoom || !area.intersects(layout.hint));
                        }
                        assert!(layout.inside(focus).is_some_and(|area| area.height > 0 && area.width > 0));
                    }
                }
            }
        }
    }
}
