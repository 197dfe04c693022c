//! Turns in which runs succeed that were not as those before them.

use jiff::SignedDuration;

use super::super::Fact;
use super::retry::ended;
use super::{House, at};
use crate::domain::message::Level;
use crate::domain::run::{Outcome, Run, Trigger};
use crate::domain::task::Overlap;
use crate::store::{From, messages, runs};
use crate::supervise::Ended;

impl House {
    /// A run that takes so many seconds from nine on, and prints so many bytes.
    fn succeed(&self, seconds: i64, printed: u64) -> Run {
        let (task, now) = (self.task, at("09:00:00"));
        let run = self.store.write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], now)).unwrap();
        assert!(self.turn(now).start.iter().any(|launch| launch.spec.run == run));
        let end = now + SignedDuration::from_secs(seconds);
        let Fact::Ended(attempt, record) = ended(run, 1, Ended::Exited(0), None, end) else { unreachable!() };
        let record = crate::supervise::ExitRecord { output_bytes: printed, ..record };
        self.turn_with(vec![Fact::Ended(attempt, record)], end, end.as_microsecond());
        runs::get(&self.store.reader().unwrap(), run).unwrap()
    }

    fn said(&self) -> Vec<(Level, String)> {
        let told = messages::page(&self.store.reader().unwrap(), &From::Start, 9).unwrap();
        told.into_iter().map(|told| (told.note.level, told.note.text)).collect()
    }
}

#[test]
fn a_success_that_printed_nothing_or_took_far_longer_says_so_and_the_next_like_it_is_no_news() {
    let house = House::new(Overlap::Skip, "0 0 1 1 *");
    for _ in 0..5 {
        assert_eq!(house.succeed(3, 1000).reason, None);
    }
    assert_eq!(house.said(), []);
    let silent = house.succeed(3, 0);
    assert_eq!(silent.outcome, Some(Outcome::Succeeded));
    assert_eq!(silent.reason.as_deref(), Some("printed nothing; 1000 bytes is usual"));
    let news = (Level::Warn, format!("run #{} succeeded, but printed nothing; 1000 bytes is usual", silent.id));
    assert_eq!(house.said(), std::slice::from_ref(&news));
    let again = house.succeed(3, 0);
    assert!(again.reason.is_some());
    assert_eq!(house.said(), [news], "said once");
    assert_eq!(house.succeed(3, 1000).reason, None);
    let slow = house.succeed(20, 1000);
    assert_eq!(slow.reason.as_deref(), Some("took 0:20, 7 times its usual 0:03"));
    assert_eq!(house.said().len(), 2, "it was well in between");
}
