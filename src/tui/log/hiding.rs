//! What the person hides: by a pattern, by level, by stream; and how many lines are left.

use std::sync::Arc;

use super::action::LogAction;
use super::level::Threshold;
use super::message::{LogRequest, Sieving, Tally};
use super::pane::LogPane;
use super::search::Origin;
use super::sieve::Sieve;
use crate::output::Stream;
use crate::output::scan::Matcher;

/// Lines around a kept one at most.
const MOST_CONTEXT: u64 = 50;

/// What is hidden, and what is known of the rest.
#[derive(Debug, Default)]
pub(super) struct Hiding {
    pub(super) sieve: Sieve,
    /// The pattern as it was typed, with its `!`.
    typed: String,
    pub(super) context: u64,
    /// What the worker was told last, if anything is hidden.
    sent: Option<Arc<Sieve>>,
    number: u64,
    pub(super) kept: Option<Tally>,
    pub(super) grave: Option<Tally>,
    /// Where the pane was, and what was typed, when the prompt of the filter was opened.
    before: Option<(String, Origin)>,
}

impl Hiding {
    /// The number of what the worker was told last; 0 when nothing is hidden.
    pub(super) fn number(&self) -> u64 {
        if self.sent.is_some() { self.number } else { 0 }
    }
}

impl LogPane {
    /// The next level that lines need.
    pub(super) fn next_level(&mut self) -> Vec<LogRequest> {
        self.keep_eye();
        self.hiding.sieve.level = self.hiding.sieve.level.next();
        // How many lines that hides is in the footer as soon as it is known; it can be none.
        self.say(match self.hiding.sieve.level {
            Threshold::All => "lines of all levels",
            Threshold::Info => "without lines of level trace or debug",
            Threshold::Warn => "only warnings and errors",
            Threshold::Error => "only errors",
        });
        self.resieve()
    }

    /// The next of the streams.
    pub(super) fn next_stream(&mut self) -> Vec<LogRequest> {
        self.keep_eye();
        self.hiding.sieve.stream = match self.hiding.sieve.stream {
            None => Some(Stream::Out),
            Some(Stream::Out) => Some(Stream::Err),
            Some(Stream::Err) => None,
        };
        self.resieve()
    }

    /// More or fewer lines around those that are kept.
    pub(super) fn more_context(&mut self, more: bool) -> Vec<LogRequest> {
        if self.hiding.sent.is_none() {
            let hide = &[
                (LogAction::Filter, "filters"),
                (LogAction::Level, "hides by level"),
                (LogAction::Streams, "by stream"),
            ];
            self.say_with("nothing is hidden, so there are no lines around what is left", hide);
            return Vec::new();
        }
        self.keep_eye();
        let context = self.hiding.context;
        self.hiding.context = if more { (context + 1).min(MOST_CONTEXT) } else { context.saturating_sub(1) };
        if self.hiding.context == context {
            return Vec::new();
        }
        let sieving = self.sieving();
        std::iter::once(sieving).chain(self.request()).collect()
    }

    /// What is in the prompt of the filter by now: only lines that match it are shown, with a `!` before it only the others.
    pub fn filter(&mut self, typed: &str) -> Vec<LogRequest> {
        if self.hiding.before.is_none() {
            let now = self.origin_now();
            self.hiding.before = Some((self.hiding.typed.clone(), now));
        }
        self.set_filter(typed)
    }

    fn set_filter(&mut self, typed: &str) -> Vec<LogRequest> {
        if self.hiding.typed == typed {
            return Vec::new();
        }
        self.keep_eye();
        typed.clone_into(&mut self.hiding.typed);
        let (pattern, invert) = match typed.strip_prefix('!') {
            Some(rest) => (rest, true),
            None => (typed, false),
        };
        self.hiding.sieve.filter = Matcher::new(pattern).map(|matcher| (Arc::new(matcher), invert));
        self.resieve()
    }

    /// The prompt was closed with Enter.
    pub fn accept_filter(&mut self) {
        self.hiding.before = None;
    }

    /// The prompt was closed with Esc: everything is as it was before it.
    pub fn cancel_filter(&mut self) -> Vec<LogRequest> {
        let Some((typed, origin)) = self.hiding.before.take() else { return Vec::new() };
        let mut requests = self.set_filter(&typed);
        self.go_back(origin);
        requests.extend(self.request());
        requests
    }

    /// What is typed into the prompt of the filter to begin with.
    pub fn filter_text(&self) -> &str {
        &self.hiding.typed
    }

    /// Takes the filter away; the line under the cursor stays where it is on the screen (UX 29).
    pub(super) fn end_filter(&mut self) -> Vec<LogRequest> {
        self.set_filter("")
    }

    /// Why the pattern of the filter is taken as it stands, for the prompt.
    pub fn filter_problem(&self) -> Option<&str> {
        self.hiding.sieve.filter.as_ref()?.0.problem()
    }

    /// Whether the lines that are here are still those of what was hidden before.
    fn is_filtering(&self) -> bool {
        let removed = self.shown.as_ref().is_none_or(|shown| shown.removed.is_some());
        !removed && self.failure.is_none() && self.window.sieve != self.hiding.number()
    }

    /// How many lines are left of all, for the prompt: `34/438`, and how far it is. The lines on the screen are the ones that are
    /// counted: until they are here it says `filtering…`.
    pub fn filter_count(&self, ascii: bool) -> Option<String> {
        if self.is_filtering() {
            return Some(if ascii { "filtering..." } else { "filtering…" }.to_owned());
        }
        let kept = self.hiding.kept.as_ref().filter(|_| self.hiding.sent.is_some())?;
        let percent = if kept.percent < 100 { format!(" {}%", kept.percent) } else { String::new() };
        Some(format!("{}/{}{percent}", kept.count, self.extent.lines))
    }

    /// How many lines are hidden, for the footer: `hides 12`, and how far it is.
    fn hidden_count(&self, ascii: bool) -> Option<String> {
        if self.is_filtering() {
            return self.filter_count(ascii);
        }
        let kept = self.hiding.kept.as_ref().filter(|_| self.hiding.sent.is_some())?;
        let hidden = match self.extent.lines.saturating_sub(kept.count) {
            _ if kept.percent < 100 => return Some(format!("{}%", kept.percent)),
            0 => "none".to_owned(),
            hidden => hidden.to_string(),
        };
        Some(format!("hides {hidden}"))
    }

    /// Tells the worker what is hidden from now on.
    fn resieve(&mut self) -> Vec<LogRequest> {
        let hides = self.hiding.sieve.hides();
        self.hiding.sent = hides.then(|| Arc::new(self.hiding.sieve.clone()));
        (self.hiding.kept, self.hiding.grave) = (None, None);
        self.jumping.current = None;
        let sieving = self.sieving();
        std::iter::once(sieving).chain(self.request()).collect()
    }

    fn sieving(&mut self) -> LogRequest {
        self.hiding.number += 1;
        let sieve = self.hiding.sent.clone();
        LogRequest::Sieve(Sieving { number: self.hiding.number(), sieve, context: self.hiding.context })
    }

    /// Hides and searches nothing: of several outputs as one there is neither.
    pub(super) fn show_everything(&mut self) {
        let number = self.hiding.number;
        self.hiding = Hiding { number, ..Hiding::default() };
        (self.searching, self.origin) = (None, None);
    }

    /// Whether several outputs are shown as one.
    pub fn is_merged(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| !shown.merged.is_empty())
    }

    /// What is hidden stays hidden in the run that was just opened.
    pub(super) fn sieve_anew(&mut self) -> Option<LogRequest> {
        (self.hiding.kept, self.hiding.grave, self.hiding.before) = (None, None, None);
        self.hiding.sent.is_some().then(|| self.sieving())
    }

    /// Takes how many lines are kept, and how many are grave.
    pub(super) fn sifted(&mut self, number: u64, kept: Option<Tally>, grave: Option<Tally>) {
        if number == self.hiding.number() {
            (self.hiding.kept, self.hiding.grave) = (kept, grave);
        }
    }

    /// Whether it is known of every line whether it is hidden.
    #[cfg(test)]
    pub(super) fn is_sifted_to_the_end(&self) -> bool {
        self.hiding.sent.is_none()
            || self.hiding.kept.as_ref().is_some_and(|kept| kept.percent == 100)
                && self.window.sieve == self.hiding.number
    }

    /// The parts of the footer that say what is hidden.
    pub(super) fn hiding_status(&self, ascii: bool) -> Vec<String> {
        let Hiding { sieve, context, .. } = &self.hiding;
        let mut parts = Vec::new();
        let (plus_minus, at_least) = if ascii { ("+-", ">=") } else { ("±", "≥") };
        if let Some((matcher, invert)) = &sieve.filter {
            let bang = if *invert { "!" } else { "" };
            let literal = if matcher.problem().is_some() { " as text" } else { "" };
            parts.push(format!("&{bang}{}{literal}", matcher.pattern()));
        }
        parts.extend(sieve.stream.map(|stream| if stream == Stream::Out { "out" } else { "err" }.to_owned()));
        parts.extend(sieve.level.least().map(|level| format!("{at_least}{}", level.word())));
        if let Some(first) = parts.first_mut() {
            // Behind the first of them is what all of them leave; where nothing is looked for, what they hide.
            if let Some(count) =
                if sieve.filter.is_some() { self.filter_count(ascii) } else { self.hidden_count(ascii) }
            {
                *first = format!("{first} {count}");
            }
            if *context > 0 {
                *first = format!("{first} {plus_minus}{context}");
            }
        } else {
            // What was hidden still is.
            parts.extend(self.filter_count(ascii));
        }
        parts
    }
}
