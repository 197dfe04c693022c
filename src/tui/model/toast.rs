//! What the dashboard tells the person: the newest for a moment on the hint line, all of it kept with the messages of the store.

use std::time::Duration;

use jiff::Timestamp;

pub use crate::domain::message::{Level, Note, Source};

/// The most messages of this session that are held in memory.
const HELD: usize = 500;

/// How long a message stands on the hint line (UX 4, but longer: people miss a refusal that stands for two seconds).
const fn lasts(level: Level) -> Duration {
    match level {
        Level::Ok => Duration::from_secs(2),
        // A refusal is read, and goes with the next key.
        Level::Info => Duration::from_secs(5),
        Level::Warn => Duration::from_secs(6),
        Level::Error => Duration::from_secs(8),
    }
}

/// All messages of this session.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    all: Vec<Note>,
    /// The number of the first of `all`, counted from the beginning of the session.
    first: u64,
    /// The number of the first that was not given away to be kept, and of the first that is not known to be kept.
    unsent: u64,
    unkept: u64,
    /// The number of the one on the hint line, until when it is there, on the monotonic clock, and how many came on top of one that
    /// still was.
    shown: Option<(u64, Duration, usize)>,
}

impl Messages {
    /// Adds one, and shows it.
    pub fn push(&mut self, level: Level, text: String, source: Source, at: Timestamp, now: Duration) {
        let hidden = self.shown.map_or(0, |(_, _, hidden)| hidden + 1);
        self.note(level, text, source, at);
        self.shown = Some((self.end() - 1, now + lasts(level), hidden));
    }

    /// Shows one that the store has already.
    pub fn show(&mut self, note: Note, now: Duration) {
        let is_all_kept = self.unkept >= self.end();
        self.push(note.level, note.text, note.source, note.at, now);
        // With others before it that are not kept it is kept once more: better twice than never.
        if is_all_kept {
            (self.unsent, self.unkept) = (self.end(), self.end());
        }
    }

    /// Adds one to the list alone.
    pub fn note(&mut self, level: Level, text: String, source: Source, at: Timestamp) {
        if self.all.len() == HELD {
            self.all.remove(0);
            self.first += 1;
        }
        self.all.push(Note { at, level, text, source });
    }

    /// All that are held, the oldest first.
    pub fn all(&self) -> &[Note] {
        &self.all
    }

    /// The number of the next one.
    pub fn end(&self) -> u64 {
        self.first + self.all.len() as u64
    }

    fn from(&self, number: u64) -> &[Note] {
        let at = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.all.get(at..).unwrap_or_default()
    }

    /// Those that are to be kept, once, and up to which number they go.
    pub fn take_unsent(&mut self) -> Option<(u64, Vec<Note>)> {
        let notes = self.from(self.unsent).to_vec();
        self.unsent = self.end();
        (!notes.is_empty()).then_some((self.unsent, notes))
    }

    /// Those that the store does not have yet, the oldest first.
    pub fn unkept(&self) -> &[Note] {
        self.from(self.unkept)
    }

    /// The number of the first of [`Messages::unkept`].
    pub fn first_unkept(&self) -> u64 {
        self.unkept.max(self.first)
    }

    /// The store has all up to this number.
    pub fn kept(&mut self, up_to: u64) {
        self.unkept = self.unkept.max(up_to);
    }

    /// They were cleared: of what was said up to now nothing is in the list.
    pub fn forget(&mut self) {
        self.unkept = self.end();
    }

    /// The one on the hint line, and how many others it hides.
    pub fn current(&self) -> Option<(&Note, usize)> {
        self.shown.and_then(|(number, _, hidden)| Some((self.from(number).first()?, hidden)))
    }

    /// When the one on the hint line goes.
    pub fn until(&self) -> Option<Duration> {
        self.shown.map(|(_, until, _)| until)
    }

    /// Takes away what has stood long enough.
    pub fn expire(&mut self, now: Duration) {
        if self.shown.is_some_and(|(_, until, _)| until <= now) {
            self.shown = None;
        }
    }

    /// A key was pressed: an error has been seen, and what was said about the state before it does not hold any more. What was done
    /// stands as long as it does.
    pub fn key_pressed(&mut self) {
        if self.current().is_some_and(|(message, _)| matches!(message.level, Level::Info | Level::Error)) {
            self.shown = None;
        }
    }

    /// The hint line is wanted for something else: what stands on it, if it was said before message `before`, goes.
    pub fn dismiss(&mut self, before: u64) {
        if self.shown.is_some_and(|(number, ..)| number < before) {
            self.shown = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(messages: &mut Messages, level: Level, text: &str, now: u64) {
        messages.push(level, text.to_owned(), Source::NONE, Timestamp::UNIX_EPOCH, Duration::from_secs(now));
    }

    fn shown(messages: &Messages) -> Option<(&str, usize)> {
        messages.current().map(|(note, hidden)| (note.text.as_str(), hidden))
    }

    #[test]
    fn a4_what_the_store_has_already_is_shown_and_not_kept_again() {
        let mut messages = Messages::default();
        let note = |text: &str| Note {
            at: Timestamp::UNIX_EPOCH,
            level: Level::Warn,
            text: text.to_owned(),
            source: Source::NONE,
        };
        messages.show(note("reminder of a"), Duration::from_secs(1));
        assert_eq!(shown(&messages), Some(("reminder of a", 0)));
        assert_eq!((messages.take_unsent(), messages.unkept().len()), (None, 0));
        told(&mut messages, Level::Ok, "queued", 2);
        assert_eq!(messages.take_unsent().map(|(_, notes)| notes.len()), Some(1));
    }

    #[test]
    fn a_toast_stands_as_long_as_its_level_says_and_a_remark_or_an_error_until_a_key() {
        for (level, seconds) in [(Level::Info, 5), (Level::Ok, 2), (Level::Warn, 6), (Level::Error, 8)] {
            let mut messages = Messages::default();
            told(&mut messages, level, "said", 0);
            messages.expire(Duration::from_millis(seconds * 1000 - 1));
            assert_eq!(shown(&messages), Some(("said", 0)), "{level}");
            messages.expire(Duration::from_secs(seconds));
            assert_eq!(shown(&messages), None, "{level}");
            told(&mut messages, level, "again", 9);
            messages.key_pressed();
            assert_eq!(shown(&messages).is_none(), matches!(level, Level::Info | Level::Error), "{level}");
        }
    }

    #[test]
    fn toasts_do_not_stack_the_newest_counts_those_it_hides_and_what_is_only_noted_hides_none() {
        let mut messages = Messages::default();
        for (n, text) in ["a", "b", "c"].into_iter().enumerate() {
            told(&mut messages, Level::Ok, text, n as u64 / 2);
        }
        messages.note(Level::Warn, "d".to_owned(), Source::NONE, Timestamp::UNIX_EPOCH);
        assert_eq!(shown(&messages), Some(("c", 2)));
        assert_eq!(messages.all().len(), 4);
    }

    #[test]
    fn a_toast_gives_way_to_what_is_opened_after_it_and_not_to_what_it_is_about() {
        let mut messages = Messages::default();
        told(&mut messages, Level::Ok, "before", 0);
        let opens = messages.end();
        told(&mut messages, Level::Warn, "about it", 0);
        messages.dismiss(opens);
        assert_eq!(shown(&messages), Some(("about it", 1)));
        messages.dismiss(messages.end());
        assert_eq!((shown(&messages), messages.all().len()), (None, 2));
    }

    #[test]
    fn each_message_is_given_away_once_to_be_kept_and_is_there_until_it_is() {
        let mut messages = Messages::default();
        for n in 0..HELD + 10 {
            told(&mut messages, Level::Ok, &n.to_string(), 0);
        }
        let (up_to, notes) = messages.take_unsent().unwrap();
        assert_eq!((up_to, notes.len()), (510, HELD));
        assert_eq!(messages.take_unsent(), None);
        told(&mut messages, Level::Ok, "later", 0);
        messages.kept(up_to);
        assert_eq!(messages.unkept().iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["later"]);
        assert_eq!(messages.take_unsent().unwrap().1.len(), 1);
        assert_eq!(shown(&messages).map(|(text, _)| text), Some("later"));
    }
}
