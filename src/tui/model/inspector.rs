//! The key inspector: what the terminal sends for a key, what Tempo calls it, and what it does where the inspector was opened.

use crossterm::event::KeyEvent;

use super::Model;
use crate::tui::action::Scope;
use crate::tui::chord;

/// The most keys that are shown.
const KEPT: usize = 8;

/// The inspector.
#[derive(Debug, Clone)]
pub struct Inspector {
    /// Where it was opened.
    pub scope: Scope,
    /// The keys so far, the newest first.
    pub seen: Vec<Seen>,
}

/// A key as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What the terminal sent; empty when that was not noted.
    pub bytes: Vec<u8>,
    /// Its name; `None` when it is no key to Tempo: a reply of the terminal, or one that it has no use for.
    pub name: Option<String>,
    /// What it does there: id and title.
    pub bound: Option<(&'static str, &'static str)>,
    /// Whether a chord begins with it.
    pub begins: bool,
}

impl Inspector {
    /// Over the pane with the focus.
    pub fn of(model: &Model) -> Self {
        Self { scope: model.scope(), seen: Vec::new() }
    }

    /// A key came. True when it was the second Esc in a row, which leaves.
    pub fn take(&mut self, seen: Seen) -> bool {
        let escape = |seen: &Seen| seen.name.as_deref() == Some("Esc");
        let leaves = escape(&seen) && self.seen.first().is_some_and(escape);
        self.seen.insert(0, seen);
        self.seen.truncate(KEPT);
        leaves
    }
}

impl Seen {
    /// What a key is in a scope.
    pub fn of(model: &Model, scope: Scope, key: Option<KeyEvent>, bytes: Vec<u8>) -> Self {
        let name = key.map(chord::name).filter(|name| !name.is_empty());
        let keys = name.as_deref().unwrap_or_default();
        let bound = model.meant(scope, keys).map(|row| (row.id, row.title));
        let begins = name.is_some() && model.keymap.continuations(scope, keys).next().is_some();
        Self { bytes, name, bound, begins }
    }

    /// The bytes as people write them: `ESC [ A`, `^R`, `j`.
    pub fn written(&self) -> String {
        let one = |byte: &u8| match byte {
            0x1b => "ESC".to_owned(),
            b' ' => "SPACE".to_owned(),
            0x7f => "DEL".to_owned(),
            0x00..=0x1f => format!("^{}", char::from(byte + 0x40)),
            0x21..=0x7e => char::from(*byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        };
        self.bytes.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    /// The bytes in hexadecimal.
    pub fn hex(&self) -> String {
        self.bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
    }
}

/// What stands between the keyboard and Tempo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Between {
    /// By the variables of the environment.
    pub fn detect(tmux: Option<&str>, sty: Option<&str>) -> Option<Self> {
        let set = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
        if set(tmux) { Some(Self::Tmux) } else { set(sty).then_some(Self::Screen) }
    }

    /// What it does to keys.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Tmux => {
                "tmux keeps its prefix (Ctrl-b, unless you changed it): press it twice to send it. If Esc comes late, `set -sg \
                 escape-time 10` in tmux.conf. `tmux list-keys -T root` names what else it keeps."
            }
            Self::Screen => {
                "screen keeps Ctrl-a: press Ctrl-a, then a, to send it. If Esc comes late, `maptimeout 10` in .screenrc."
            }
        }
    }
}
