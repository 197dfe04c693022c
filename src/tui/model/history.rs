//! What was typed into a prompt before, and how far back the person is in it.

/// The most texts that are kept of a purpose.
const KEPT: usize = 100;

/// The texts of one purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The oldest first, each once.
    texts: Vec<String>,
    /// How many steps back; 0 is what is being typed.
    back: usize,
    /// What was typed before the first step back.
    typed: String,
}

impl History {
    /// A text was used, or given up when it is empty; the next prompt begins at the newest.
    pub fn end(&mut self, text: &str) {
        self.back = 0;
        if !text.trim().is_empty() {
            self.texts.retain(|known| known != text);
            self.texts.push(text.to_owned());
            let over = self.texts.len().saturating_sub(KEPT);
            self.texts.drain(..over);
        }
    }

    /// The text before the one that is shown, which is `now`.
    pub fn older(&mut self, now: &str) -> Option<&str> {
        if self.back == 0 {
            now.clone_into(&mut self.typed);
        }
        let at = self.texts.len().checked_sub(self.back + 1)?;
        self.back += 1;
        Some(&self.texts[at])
    }

    /// The one after it; at last what was typed.
    pub fn newer(&mut self) -> Option<&str> {
        self.back = self.back.checked_sub(1)?;
        Some(if self.back == 0 { &self.typed } else { &self.texts[self.texts.len() - self.back] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_behind_what_is_older() {
        let mut history = History::default();
        for text in ["one", "two", "", "one", "  "] {
            history.end(text);
        }
        assert_eq!(history.older("th"), Some("one"));
        assert_eq!(history.older("one"), Some("two"));
        assert_eq!(history.older("two"), None);
        assert_eq!(history.newer(), Some("one"));
        assert_eq!(history.newer(), Some("th"));
        assert_eq!(history.newer(), None);
        for n in 0..300 {
            history.end(&n.to_string());
        }
        assert_eq!(history.texts.len(), KEPT);
        assert_eq!(history.older(""), Some("299"));
    }
}
