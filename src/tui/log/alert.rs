//! Waits, in a thread of its own, for a pattern to appear in what a run prints from now on (key `f`).

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};

use super::live::Live;
use super::message::{Alerting, LogAnswer};
use crate::domain::RunId;
use crate::output::scan::Matcher;
use crate::output::{Line, Reader, to_plain};
use crate::tui::mailbox::{Mailbox, Sender};

/// So many runs are waited for at once.
const MOST: usize = 16;
/// Lines that are looked at together.
const AT_ONCE: usize = 256;

/// The alerts that wait.
#[derive(Debug, Default)]
pub(super) struct Alerts(BTreeMap<RunId, Sender<()>>);

impl Alerts {
    /// Begins to wait, instead of what was waited for in this run before; or ends it.
    pub(super) fn set(&mut self, alerting: Alerting, tell: impl Fn(LogAnswer) + Send + 'static) -> io::Result<()> {
        if let Some(stop) = self.0.remove(&alerting.run) {
            stop.send(());
        }
        let Some(matcher) = alerting.matcher.clone() else { return Ok(()) };
        if self.0.len() >= MOST
            && let Some((_, oldest)) = self.0.pop_first()
        {
            oldest.send(());
        }
        let mailbox = Mailbox::new()?;
        self.0.insert(alerting.run, mailbox.sender());
        let waiting = move || {
            if let Ok(Some(line)) = wait(&alerting, &matcher, &mailbox) {
                let text = to_plain(&line.bytes);
                tell(LogAnswer::Alerted { slug: alerting.slug, run: alerting.run, text });
            }
        };
        thread::Builder::new().name("alert".to_owned()).spawn(waiting).map(drop)
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        for stop in self.0.values() {
            stop.send(());
        }
    }
}

/// The first line from now on that matches; `None` when it is waited for no longer.
fn wait(alerting: &Alerting, matcher: &Arc<Matcher>, stop: &Mailbox<()>) -> io::Result<Option<Line>> {
    let mut live = Live::new(&alerting.folder);
    let mut reader = Reader::open(&alerting.folder)?;
    // The line that is being printed counts.
    let mut next = reader.rows().above(reader.lines(), 1);
    if reader.line_window(next, 1)?.first().is_some_and(|line| line.complete) {
        next = reader.lines();
    }
    loop {
        loop {
            let lines = reader.line_window(next, AT_ONCE)?;
            for line in &lines {
                if line.gap.is_none() && !matcher.ranges(&to_plain(&line.bytes)).is_empty() {
                    return Ok(Some(line.clone()));
                }
            }
            let Some(last) = lines.iter().rfind(|line| line.complete) else { break };
            next = last.next;
        }
        let fds = live.watch();
        let mut polled: Vec<PollFd<'_>> = vec![PollFd::new(stop, PollFlags::IN)];
        polled.extend(fds.map(|watch| PollFd::new(watch, PollFlags::IN)));
        match poll(&mut polled, live.timeout().as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
        if stop.try_recv().is_some() {
            return Ok(None);
        }
        live.heard(&alerting.folder);
        reader.refresh()?;
    }
}
