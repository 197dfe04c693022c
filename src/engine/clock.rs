//! Waits for an instant of the wall clock, and notices when the clock is set or the machine resumes (T1).

use std::io;

use jiff::Timestamp;
use nix::errno::Errno;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use nix::time::clock_gettime;

use super::ready::Ready;

/// A timer of the kernel on the wall clock: no sleep towards a far target, no wake-up when nothing is due.
pub(super) struct Clock {
    timer: Ready<TimerFd>,
}

impl Clock {
    /// A clock that is not set. To be made inside the runtime.
    pub(super) fn new() -> io::Result<Self> {
        let timer = TimerFd::new(ClockId::CLOCK_REALTIME, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
        Ok(Self { timer: Ready::new(timer)? })
    }

    /// Wakes at this instant, at once when it has passed, and whenever the clock is set; with `None` only then.
    pub(super) fn set(&self, at: Option<Timestamp>) -> io::Result<()> {
        let at = at.map_or(TimeSpec::new(0, 0), |at| {
            // Zero would switch the timer off; what is before 1970 is due all the same.
            let micros = at.as_microsecond().max(1);
            TimeSpec::new(micros / 1_000_000, micros % 1_000_000 * 1_000)
        });
        let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
        match self.timer.get().set(Expiration::OneShot(at), flags) {
            // The clock was set since the last look, and whoever chose the instant may not have seen that: it is time to look.
            Err(Errno::ECANCELED) => {
                let past = Expiration::OneShot(TimeSpec::new(0, 1000));
                Ok(self.timer.get().set(past, TimerSetTimeFlags::TFD_TIMER_ABSTIME)?)
            }
            set => Ok(set?),
        }
    }

    /// Waits for the instant, or for the clock to be set.
    pub(super) async fn tick(&self) -> io::Result<()> {
        self.timer.readable().await?;
        // The count of expiries says nothing, and ECANCELED only that the clock was set: either way it is time to look.
        let _ = rustix::io::read(self.timer.get(), &mut [0; 8]);
        Ok(())
    }
}

/// How long the machine has been up, in microseconds, its sleep included.
pub(super) fn since_boot() -> io::Result<i64> {
    let time = clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME)?;
    Ok(time.tv_sec() * 1_000_000 + time.tv_nsec() / 1_000)
}

/// Notices that the machine was asleep: the time since boot counts its sleep, the monotonic clock does not.
pub(super) struct Sleep {
    asleep: i64,
}

impl Sleep {
    /// From now on.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { asleep: asleep()? })
    }

    /// Whether it was since the last time that somebody asked, for a second or longer.
    pub(super) fn was_there(&mut self) -> io::Result<bool> {
        let before = std::mem::replace(&mut self.asleep, asleep()?);
        Ok(self.asleep - before > 1_000_000)
    }
}

/// How long the machine has been asleep since its boot, in microseconds.
fn asleep() -> io::Result<i64> {
    let awake = clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC)?;
    Ok(since_boot()? - awake.tv_sec() * 1_000_000 - awake.tv_nsec() / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[tokio::test]
    async fn t1_wakes_at_the_instant_and_not_before() {
        let clock = Clock::new().unwrap();
        // Somebody else on this machine may set its clock meanwhile, which wakes too; not each time.
        let mut early = 0;
        loop {
            let at = Timestamp::now() + SignedDuration::from_millis(30);
            clock.set(Some(at)).unwrap();
            clock.tick().await.unwrap();
            if Timestamp::now() >= at {
                break;
            }
            early += 1;
            assert!(early < 10, "it wakes too early each time");
        }
        clock.set(Some(Timestamp::UNIX_EPOCH)).unwrap();
        clock.tick().await.unwrap();
    }

    /// Sets the clock of the machine to what it shows: nothing but those who wait for it can tell. Not everybody may.
    fn set_the_clock() -> bool {
        let realtime = nix::time::ClockId::CLOCK_REALTIME;
        clock_gettime(realtime).and_then(|now| nix::time::clock_settime(realtime, now)).is_ok()
    }

    // One test, for setting the clock wakes every clock of this process.
    #[tokio::test]
    async fn t1_does_not_wake_when_nothing_is_due_but_when_the_clock_is_set_however_far_the_instant_is() {
        let clock = Clock::new().unwrap();
        clock.set(Some(Timestamp::now() + SignedDuration::from_millis(1))).unwrap();
        clock.set(None).unwrap();
        let woke = tokio::time::timeout(std::time::Duration::from_millis(50), clock.tick()).await;
        assert!(woke.is_err());
        clock.set(Some(Timestamp::now() + SignedDuration::from_hours(1000))).unwrap();
        if set_the_clock() {
            let woke = tokio::time::timeout(std::time::Duration::from_secs(10), clock.tick()).await;
            assert!(woke.unwrap().is_ok());
            // Also when an instant is chosen before anybody has looked; and from then on it waits again.
            let far = || Some(Timestamp::now() + SignedDuration::from_hours(1000));
            clock.set(far()).unwrap();
            assert!(set_the_clock());
            clock.set(far()).unwrap();
            let woke = tokio::time::timeout(std::time::Duration::from_secs(10), clock.tick()).await;
            assert!(woke.unwrap().is_ok());
            clock.set(far()).unwrap();
            assert!(set_the_clock());
            let woke = tokio::time::timeout(std::time::Duration::from_secs(10), clock.tick()).await;
            assert!(woke.unwrap().is_ok());
        }
    }
}
