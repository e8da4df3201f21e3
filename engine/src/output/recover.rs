//! When to try again after a failure: the arithmetic of back-off.
//!
//! ```text
//! failure, Retry        the same frame again after the delay; a newer frame at once
//! failure, Reopen       open again after the delay
//! failure, FixSettings  open again after the longest delay: a person may have plugged it in
//! failure, GiveUp       never
//! ```
//! The delay doubles with each failure, from 100 ms to 10 s, and starts anew once the device has
//! worked for a second. A device that dies at each first frame is thus not opened 60 times a second.

use std::time::Duration;

use hal::{MonoTime, Remedy};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);
const STEADY: Duration = Duration::from_secs(1);

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Keep the device and write again then.
    WriteAt(MonoTime),
    /// Drop the device and open it then.
    OpenAt(MonoTime),
    /// Drop the device for good.
    Never,
}

/// How failures have followed each other.
#[derive(Debug)]
pub(super) struct Backoff {
    delay: Duration,
    /// The first success since the last failure.
    well_since: Option<MonoTime>,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { delay: FIRST, well_since: None }
    }

    /// A write succeeded.
    pub(super) fn went_well(&mut self, now: MonoTime) {
        self.well_since.get_or_insert(now);
    }

    /// An open or a write failed.
    pub(super) fn failed(&mut self, now: MonoTime, remedy: Remedy) -> Next {
        if self.well_since.take().is_some_and(|since| now.since(since) >= STEADY) {
            self.delay = FIRST;
        }
        let at = now + self.delay;
        self.delay = LONGEST.min(self.delay * 2);
        match remedy {
            Remedy::Retry => Next::WriteAt(at),
            Remedy::Reopen => Next::OpenAt(at),
            Remedy::FixSettings => Next::OpenAt(now + LONGEST),
            Remedy::GiveUp => Next::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> MonoTime {
        MonoTime::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn the_delay_doubles_from_100_ms_to_10_s() {
        let mut backoff = Backoff::new();
        for delay in [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000] {
            assert_eq!(backoff.failed(ms(50), Remedy::Reopen), Next::OpenAt(ms(50 + delay)));
        }
    }

    #[test]
    fn the_delay_starts_anew_after_a_second_of_work_and_not_before() {
        for (worked, delay) in [(999, 400), (1000, 100)] {
            let mut backoff = Backoff::new();
            backoff.failed(ms(0), Remedy::Reopen);
            backoff.failed(ms(100), Remedy::Reopen);
            backoff.went_well(ms(300));
            backoff.went_well(ms(300 + worked));
            let next = backoff.failed(ms(300 + worked), Remedy::Reopen);
            assert_eq!(next, Next::OpenAt(ms(300 + worked + delay)), "worked {worked} ms");
        }
    }

    #[test]
    fn each_remedy_has_its_way_back() {
        let check = |remedy, expect| {
            assert_eq!(Backoff::new().failed(ms(0), remedy), expect);
        };
        check(Remedy::Retry, Next::WriteAt(ms(100)));
        check(Remedy::Reopen, Next::OpenAt(ms(100)));
        check(Remedy::FixSettings, Next::OpenAt(ms(10_000)));
        check(Remedy::GiveUp, Next::Never);
    }
}
