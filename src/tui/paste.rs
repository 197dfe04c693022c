//! One bracketed paste: collects its bytes, finds its end, and keeps only text.

use super::input::Input;

/// The most bytes that one paste may have; a longer one is refused whole.
pub const PASTE_LIMIT: usize = 1024 * 1024;

const BEGIN: &[u8; 6] = b"\x1b[200~";
const END: &[u8; 6] = b"\x1b[201~";

/// What happened to the text so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Fate {
    #[default]
    Kept,
    TooLong,
    Stalled,
}

/// A paste that is being received, from behind its begin marker on.
///
/// A terminal should take an end marker out of what it pastes, but not every one does. So an end marker counts only
/// when a pause or the next paste follows: the last one seen is the end, and none inside can turn text into keys.
#[derive(Debug, Default)]
pub(super) struct Paste {
    /// Empty from the moment on that the text is not kept.
    bytes: Vec<u8>,
    /// The last six bytes.
    tail: [u8; 6],
    /// Where in `bytes` the last end marker ended.
    end: Option<usize>,
    fate: Fate,
    /// The person pressed Esc or Ctrl-c into a paste that is not kept any more.
    refused: bool,
}

/// What a [`Paste`] waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// A short pause: its end marker was seen.
    Pause,
    /// More bytes, but not for long.
    More,
    /// Its end marker, however long that takes: what comes until then is not typed.
    End,
}

impl Paste {
    /// Takes a byte. True when this one is over because the begin marker of another one is complete.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        self.tail.rotate_left(1);
        self.tail[5] = byte;
        if self.fate == Fate::Kept {
            self.bytes.push(byte);
            if self.bytes.len() > PASTE_LIMIT + END.len() {
                self.drop_text(Fate::TooLong);
            }
        } else {
            self.refused = matches!(byte, 0x1b | 0x03);
        }
        if &self.tail == END {
            self.end = Some(self.bytes.len());
        }
        &self.tail == BEGIN && (self.end.is_some() || self.fate != Fate::Kept)
    }

    pub(super) fn waits(&self) -> Waits {
        if self.end.is_some() {
            Waits::Pause
        } else if self.fate == Fate::Kept || self.refused {
            Waits::More
        } else {
            Waits::End
        }
    }

    /// Nothing came for long, and there was no end: the text is dropped, and what still comes of it is not taken for
    /// keys. `None` when the person gave the paste up.
    pub(super) fn stall(mut self) -> Option<Self> {
        if self.fate == Fate::Kept {
            self.drop_text(Fate::Stalled);
        }
        (!self.refused).then_some(self)
    }

    /// What was pasted, and the bytes behind it, which were typed.
    pub(super) fn finish(mut self) -> (Option<Input>, Vec<u8>) {
        let mut typed = self.bytes.split_off(self.end.unwrap_or(0));
        if &self.tail == BEGIN {
            typed.truncate(typed.len().saturating_sub(BEGIN.len()));
        }
        self.bytes.truncate(self.bytes.len().saturating_sub(END.len()));
        let input = match self.fate {
            Fate::Kept => Some(text(&self.bytes)).filter(|text| !text.is_empty()).map(Input::Paste),
            Fate::TooLong => Some(Input::PasteTooLong),
            Fate::Stalled => None,
        };
        (input, typed)
    }

    fn drop_text(&mut self, fate: Fate) {
        self.bytes = Vec::new();
        self.end = None;
        self.fate = fate;
    }
}

/// Only text: line ends become `\n` (terminals send them as `\r`), and of the control characters `\n` and `\t` stay.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect()
}
