//! A list that is too long to be loaded: a window of rows around the cursor, which follows the item that it is on (UX 46).

use std::cmp::Reverse;

use crate::domain::run::Run;
use crate::domain::{RunId, TaskId};
use crate::store::order::Place;
use crate::store::tasks::TaskRow;

/// Rows on either side of the cursor that are loaded at once.
pub const HALF: usize = 128;

/// The next rows are asked for when the cursor is this near to an end of the window.
const MARGIN: usize = 64;

/// A row of such a list. Rows are in ascending order of their key.
pub trait Item: Clone + PartialEq {
    /// What the cursor follows.
    type Id: Copy + Eq + std::fmt::Debug;
    /// Where the row stands.
    type Key: Clone + Ord + std::fmt::Debug;
    /// Its identity.
    fn id(&self) -> Self::Id;
    /// Its place.
    fn key(&self) -> Self::Key;
    /// Whether this is a place in the order that this row was listed in.
    fn stands_with(&self, _key: &Self::Key) -> bool {
        true
    }
}

impl Item for TaskRow {
    type Id = TaskId;
    type Key = Place;
    fn id(&self) -> TaskId {
        self.id
    }
    fn key(&self) -> Place {
        self.place(self.order)
    }
    fn stands_with(&self, key: &Place) -> bool {
        self.order == key.order
    }
}

/// The newest run is first.
impl Item for Run {
    type Id = RunId;
    type Key = Reverse<RunId>;
    fn id(&self) -> RunId {
        self.id
    }
    fn key(&self) -> Reverse<RunId> {
        Reverse(self.id)
    }
}

/// Where a page lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Around<K> {
    /// At the first rows.
    Start,
    /// At the last rows.
    End,
    /// On both sides of this key.
    Key(K),
}

/// Rows as they were loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<I> {
    /// In order.
    pub rows: Vec<I>,
    /// Nothing comes before them.
    pub at_start: bool,
    /// Nothing comes after them.
    pub at_end: bool,
}

/// Where the cursor shall be as soon as the rows are there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Goal<I: Item> {
    Start,
    End,
    Item(I::Id, I::Key),
}

/// The window, its cursor, and the part of it that is on the screen.
#[derive(Debug, Clone)]
pub struct Window<I: Item> {
    page: Page<I>,
    cursor: usize,
    top: usize,
    height: usize,
    goal: Option<Goal<I>>,
    /// Rows that the cursor still has to go beyond the end of the page: keys came faster than the next page, or than the first.
    owed: isize,
    loaded: bool,
}

impl<I: Item> Default for Window<I> {
    fn default() -> Self {
        let page = Page { rows: Vec::new(), at_start: true, at_end: true };
        Self { page, cursor: 0, top: 0, height: 1, goal: Some(Goal::Start), owed: 0, loaded: false }
    }
}

impl<I: Item> Window<I> {
    /// The row under the cursor.
    pub fn selected(&self) -> Option<&I> {
        self.page.rows.get(self.cursor)
    }

    /// The place of the cursor among the rows that are loaded, from 0.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// All rows that are loaded.
    pub fn rows(&self) -> &[I] {
        &self.page.rows
    }

    /// The rows on the screen, and which of them is under the cursor.
    pub fn visible(&self) -> (&[I], usize) {
        let end = self.page.rows.len().min(self.top + self.height);
        let start = self.top.min(end);
        (&self.page.rows[start..end], self.cursor.saturating_sub(start))
    }

    /// Whether everything between these keys is loaded.
    pub fn covers(&self, from: &I::Key, to: &I::Key) -> bool {
        let first = self.page.rows.first().map(Item::key);
        let last = self.page.rows.last().map(Item::key);
        (self.page.at_start || first.is_some_and(|first| first <= *from))
            && (self.page.at_end || last.is_some_and(|last| *to <= last))
    }

    /// Whether an answer has come since the start or the last [`Window::reset`].
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether there is nothing in the list.
    pub fn is_empty(&self) -> bool {
        self.page.rows.is_empty()
    }

    /// The place of the cursor counted from the first row, from 1, when that is known.
    pub fn place(&self) -> Option<usize> {
        (self.page.at_start && !self.is_empty()).then_some(self.cursor + 1)
    }

    /// How many rows the list has, when that is known.
    pub fn total(&self) -> Option<usize> {
        (self.page.at_start && self.page.at_end).then_some(self.page.rows.len())
    }

    /// Rows that fit on the screen.
    pub fn set_height(&mut self, height: usize) {
        self.height = height.max(1);
        self.scroll_to_cursor();
    }

    /// Rows that fit on the screen.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Moves the cursor by rows; beyond those that are loaded as soon as they are. False when it cannot move.
    pub fn move_by(&mut self, rows: isize) -> bool {
        if !self.loaded {
            self.owed = self.owed.saturating_add(rows);
            return false;
        }
        let last = self.page.rows.len().saturating_sub(1).cast_signed();
        let wanted = self.cursor.cast_signed().saturating_add(self.owed).saturating_add(rows);
        let to = wanted.clamp(0, last);
        let comes = (to < wanted && !self.page.at_end) || (wanted < to && !self.page.at_start);
        self.owed = if comes { wanted.saturating_sub(to) } else { 0 };
        let to = to.unsigned_abs();
        let moved = to != self.cursor;
        self.cursor = to;
        self.goal = None;
        self.scroll_to_cursor();
        moved
    }

    /// The same, over rows of which this is true alone. Where none of them is ahead among those that are loaded, it goes on to where
    /// more are, and at an end of the list it stays.
    pub fn move_among(&mut self, rows: isize, is: impl Fn(&I) -> bool) -> bool {
        let (down, cursor) = (rows > 0, self.cursor);
        let is_ahead = |at: usize| if down { at > cursor } else { at < cursor };
        let numbered = self.page.rows.iter().enumerate().filter(|(at, row)| is_ahead(*at) && is(row));
        let mut ahead: Vec<usize> = numbered.map(|(at, _)| at).collect();
        if !down {
            ahead.reverse();
        }
        let is_end = if down { self.page.at_end } else { self.page.at_start };
        match ahead.get(rows.unsigned_abs().clamp(1, ahead.len().max(1)) - 1) {
            Some(to) => self.move_by(to.cast_signed() - cursor.cast_signed()),
            None if is_end => false,
            None => self.move_by(if down { MARGIN.cast_signed() } else { -MARGIN.cast_signed() }),
        }
    }

    /// To the first row; its page may have to be loaded.
    pub fn first(&mut self) {
        if self.loaded && self.page.at_start {
            self.move_by(isize::MIN);
        } else {
            self.goal = Some(Goal::Start);
            self.owed = 0;
        }
    }

    /// To the last row; its page may have to be loaded.
    pub fn last(&mut self) {
        if self.loaded && self.page.at_end {
            self.move_by(isize::MAX);
        } else {
            self.goal = Some(Goal::End);
            self.owed = 0;
        }
    }

    /// To this item, as soon as its page is there.
    pub fn select(&mut self, id: I::Id, key: impl Into<I::Key>) {
        self.owed = 0;
        match self.page.rows.iter().position(|row| row.id() == id) {
            Some(at) => {
                self.cursor = at;
                self.goal = None;
                self.scroll_to_cursor();
            }
            None => self.goal = Some(Goal::Item(id, key.into())),
        }
    }

    /// The rows come in another order from now on: the cursor stays on its item, wherever that is then.
    pub fn reorder(&mut self) {
        if self.goal.is_none()
            && let Some(row) = self.selected()
        {
            self.goal = Some(Goal::Item(row.id(), row.key()));
        }
    }

    /// The item that the cursor is on, or will be on when its page is there.
    pub fn anchor(&self) -> Option<I::Id> {
        match &self.goal {
            Some(Goal::Item(id, _)) => Some(*id),
            Some(Goal::Start | Goal::End) => None,
            None => self.selected().map(Item::id),
        }
    }

    /// Forgets everything: another list takes its place.
    pub fn reset(&mut self) {
        *self = Self { height: self.height, ..Self::default() };
    }

    /// The page to load for a refresh.
    pub fn around(&self) -> Around<I::Key> {
        match (&self.goal, self.selected()) {
            (Some(Goal::Start), _) | (None, None) => Around::Start,
            (Some(Goal::End), _) => Around::End,
            (Some(Goal::Item(_, key)), _) => Around::Key(key.clone()),
            (None, Some(row)) => Around::Key(row.key()),
        }
    }

    /// Whether the cursor is where the next page should be loaded.
    pub fn wants(&self) -> bool {
        let is_void = self.loaded && self.is_empty() && self.page.at_start && self.page.at_end;
        (self.goal.is_some() && !is_void)
            || (!self.page.at_start && self.cursor < MARGIN)
            || (!self.page.at_end && self.cursor + MARGIN >= self.page.rows.len())
    }

    /// Takes a page. A page from elsewhere, asked for before the cursor moved on, is left.
    pub fn take(&mut self, page: Page<I>) {
        let Some(cursor) = self.cursor_in(&page) else { return };
        if !page.rows.is_empty() || self.goal == Some(Goal::Start) {
            self.goal = None;
        }
        let row_on_screen = self.cursor.saturating_sub(self.top);
        self.page = page;
        self.cursor = cursor;
        self.top = cursor.saturating_sub(row_on_screen);
        self.loaded = true;
        self.scroll_to_cursor();
        if self.owed != 0 {
            self.move_by(0);
        }
    }

    fn cursor_in(&self, page: &Page<I>) -> Option<usize> {
        let last = page.rows.len().saturating_sub(1);
        let (id, key) = match &self.goal {
            Some(Goal::Start) => return page.at_start.then_some(0),
            Some(Goal::End) => return page.at_end.then_some(last),
            Some(Goal::Item(id, key)) => (*id, key.clone()),
            None => match self.selected() {
                None => return Some(0),
                Some(row) => (row.id(), row.key()),
            },
        };
        if let Some(at) = page.rows.iter().position(|row| row.id() == id) {
            return Some(at);
        }
        if page.rows.first().is_some_and(|first| !first.stands_with(&key)) {
            return Some(0);
        }
        let before = !page.at_start && page.rows.first().is_some_and(|first| key < first.key());
        let after = !page.at_end && page.rows.last().is_some_and(|last| key > last.key());
        (!before && !after).then(|| page.rows.partition_point(|row| row.key() < key).min(last))
    }

    /// Keeps the cursor on the screen, and the screen full.
    fn scroll_to_cursor(&mut self) {
        let len = self.page.rows.len();
        self.top = self.top.min(len.saturating_sub(self.height)).min(self.cursor);
        if self.cursor >= self.top + self.height {
            self.top = self.cursor + 1 - self.height;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Number(i32);

    impl Item for Number {
        type Id = i32;
        type Key = i32;
        fn id(&self) -> i32 {
            self.0
        }
        fn key(&self) -> i32 {
            self.0
        }
    }

    /// What the store would answer for a list of `all`.
    fn page(all: &[i32], around: &Around<i32>) -> Page<Number> {
        let at = match around {
            Around::Start => 0,
            Around::End => all.len(),
            Around::Key(key) => all.partition_point(|n| n < key),
        };
        let from = at.saturating_sub(HALF);
        let to = (at + HALF).min(all.len());
        Page { rows: all[from..to].iter().copied().map(Number).collect(), at_start: from == 0, at_end: to == all.len() }
    }

    fn refresh(window: &mut Window<Number>, all: &[i32]) {
        window.take(page(all, &window.around()));
    }

    fn at(window: &Window<Number>) -> Option<i32> {
        window.selected().map(|n| n.0)
    }

    #[test]
    fn ux_11_keys_that_come_faster_than_the_next_page_are_not_lost_and_take_each_other_back() {
        let page = |from: i32, to: i32| Page {
            rows: (from..=to).map(Number).collect(),
            at_start: from == 1,
            at_end: to == 1000,
        };
        let mut window = Window::default();
        window.take(page(1, 100));
        for _ in 0..250 {
            window.move_by(1);
        }
        assert_eq!(window.selected(), Some(&Number(100)), "as far as it is loaded");
        window.move_by(-10);
        window.take(page(50, 200));
        assert_eq!(window.selected(), Some(&Number(200)));
        window.take(page(150, 300));
        assert_eq!(window.selected(), Some(&Number(241)), "1 and 250 down and 10 up");
        window.take(page(150, 300));
        assert_eq!(window.selected(), Some(&Number(241)), "and no further");
        window.move_by(isize::MAX);
        window.last();
        window.take(page(900, 1000));
        assert_eq!(window.selected(), Some(&Number(1000)));
        window.move_by(5);
        window.move_by(-1);
        assert_eq!(window.selected(), Some(&Number(999)), "beyond the last row there is nothing to go to");
    }

    #[test]
    fn ux_11_keys_that_come_before_the_first_page_are_not_lost() {
        let all: Vec<i32> = (0..1_000).collect();
        let mut window = Window::default();
        window.move_by(1);
        window.move_by(1);
        refresh(&mut window, &all);
        assert_eq!(at(&window), Some(2));
        window.reset();
        window.last();
        window.move_by(-3);
        refresh(&mut window, &all);
        assert_eq!(at(&window), Some(996));
        window.reset();
        window.move_by(-5);
        window.first();
        window.move_by(1);
        refresh(&mut window, &all);
        assert_eq!(at(&window), Some(1));
        window.reset();
        window.select(500, 500);
        window.move_by(1);
        refresh(&mut window, &all);
        assert_eq!(at(&window), Some(501));
        // The keys were for a list in which there is nothing.
        window.reset();
        window.move_by(1);
        refresh(&mut window, &[]);
        refresh(&mut window, &all);
        assert_eq!(at(&window), Some(0));
    }

    #[test]
    fn ux_46_the_cursor_stays_on_its_item_and_its_screen_row_when_rows_come_and_go() {
        let mut window = Window::default();
        window.set_height(5);
        refresh(&mut window, &(0..20).map(|n| n * 10).collect::<Vec<_>>());
        window.move_by(8);
        assert_eq!((at(&window), window.visible().1), (Some(80), 4));
        let mut more: Vec<i32> = (0..20).map(|n| n * 10).collect();
        more.extend([1, 2, 3, 81]);
        more.sort_unstable();
        refresh(&mut window, &more);
        assert_eq!((at(&window), window.visible().1), (Some(80), 4));
    }

    #[test]
    fn ux_46_the_cursor_goes_to_the_next_item_when_its_own_is_gone() {
        let mut window = Window::default();
        window.set_height(5);
        refresh(&mut window, &[1, 2, 3]);
        window.move_by(1);
        refresh(&mut window, &[1, 3]);
        assert_eq!(at(&window), Some(3));
        refresh(&mut window, &[1]);
        assert_eq!(at(&window), Some(1));
        refresh(&mut window, &[]);
        assert_eq!(at(&window), None);
        refresh(&mut window, &[7]);
        assert_eq!(at(&window), Some(7));
    }

    #[test]
    fn a_million_rows_are_walked_by_pages_from_both_ends() {
        let all: Vec<i32> = (0..1_000_000).collect();
        let mut window = Window::default();
        window.set_height(30);
        refresh(&mut window, &all);
        for expected in 1..2_000 {
            window.move_by(1);
            if window.wants() {
                refresh(&mut window, &all);
            }
            assert_eq!(at(&window), Some(expected));
        }
        window.last();
        assert!(window.wants());
        refresh(&mut window, &all);
        assert_eq!(at(&window), Some(999_999));
        window.move_by(-100);
        assert!(window.wants());
        refresh(&mut window, &all);
        window.move_by(-100);
        assert_eq!(at(&window), Some(999_799));
        window.first();
        refresh(&mut window, &all);
        assert_eq!((at(&window), window.place()), (Some(0), Some(1)));
    }

    #[test]
    fn a_page_from_where_the_cursor_has_left_is_not_taken() {
        let all: Vec<i32> = (0..10_000).collect();
        let mut window = Window::default();
        refresh(&mut window, &all);
        let late = page(&all, &Around::Start);
        window.last();
        window.take(late.clone());
        assert_eq!(at(&window), Some(0));
        refresh(&mut window, &all);
        assert_eq!(at(&window), Some(9_999));
        window.take(late);
        assert_eq!(at(&window), Some(9_999));
    }

    #[test]
    fn where_there_is_nothing_nothing_more_is_asked_for() {
        let mut window = Window::default();
        refresh(&mut window, &[1, 2, 3]);
        window.reorder();
        refresh(&mut window, &[]);
        assert!(!window.wants());
        refresh(&mut window, &[1, 2, 3]);
        assert_eq!(at(&window), Some(1), "it is there again");
    }

    #[test]
    fn an_item_that_is_not_loaded_is_selected_when_its_page_comes() {
        let all: Vec<i32> = (0..10_000).collect();
        let mut window = Window::default();
        window.set_height(10);
        refresh(&mut window, &all);
        window.select(5_000, 5_000);
        refresh(&mut window, &all);
        assert_eq!(at(&window), Some(5_000));
    }
}
