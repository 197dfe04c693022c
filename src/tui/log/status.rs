//! What the border of the pane says: where one is, and what is not as usual.

use super::message::cell_of;
use super::pane::{Ansi, LogPane, Wrap};
use super::stamp::Stamps;

impl LogPane {
    /// For the lower border of the pane: the number of the lowest line that is seen, of all lines, and whatever is not as it is by
    /// default. `ascii` says that the terminal has nothing else.
    pub fn footer(&self, ascii: bool) -> String {
        if let Some(whole) = self.whole_status() {
            return whole;
        }
        let lowest = self.lowest(self.top).min(self.extent.lines);
        let mut parts = vec![format!("{lowest}/{}", self.extent.lines)];
        if let Some((first, last)) = self.selection() {
            let within = |row: &&super::message::Row| (first..=last).contains(&(row.number + 1));
            let count =
                if self.is_sifted() { self.window.rows.iter().filter(within).count() as u64 } else { last - first + 1 };
            parts.push(format!("{count} selected"));
        }
        parts.extend(self.hiding_status(ascii));
        parts.extend(self.search_status());
        parts.extend(self.error_status());
        parts.extend(match self.stamps {
            Stamps::Off => Some("ts off".to_owned()),
            Stamps::Absolute => None,
            Stamps::SinceStart => Some("ts start".to_owned()),
            Stamps::Delta => Some("ts delta".to_owned()),
        });
        parts.extend(match self.wrap {
            Wrap::Chop => None,
            Wrap::Columns => Some("wrap".to_owned()),
            Wrap::Words => Some("wrap word".to_owned()),
        });
        parts.extend(match self.ansi {
            Ansi::Colours => None,
            Ansi::Plain => Some("plain".to_owned()),
            Ansi::Escapes => Some("escapes".to_owned()),
        });
        parts.join(if ascii { " - " } else { " · " })
    }

    /// Whether the line under the cursor is longer than what is shown of it at most.
    pub fn is_at_cut_line(&self) -> bool {
        let position = self.cursor();
        self.whole.is_none() && self.window.rows.iter().any(|row| row.number + 1 == position && row.cut > 0)
    }

    /// The cells of a bar of so many that stand for what is on the screen: the first, and behind the last. `None` when all of it
    /// is on the screen.
    pub(super) fn thumb(&self, cells: u16) -> Option<(u16, u16)> {
        let positions = self.positions();
        let (top, lowest) = (self.top.position, self.lowest(self.top));
        if top == 0 && lowest + 1 >= positions {
            return None;
        }
        let first = cell_of(top, positions, cells);
        Some((first, cell_of(lowest, positions, cells).max(first) + 1))
    }
}
