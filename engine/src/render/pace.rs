//! When the next tick is: arithmetic on the one timeline, without a clock of its own.

use std::time::Duration;

use hal::MonoTime;

/// The ticks of a display: tick `n` is at `epoch + n / fps`, exactly, for ever.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    epoch: MonoTime,
    /// Frames in a thousand seconds, so that 59.94 is exact.
    millihertz: u128,
    /// The tick that is next.
    next: u64,
}

/// A tick that is to be presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// When its bytes are due.
    pub(super) deadline: MonoTime,
    /// Ticks before it that were missed whole.
    pub(super) dropped: u64,
}

impl Pace {
    /// Ticks from `epoch` on; the first is one period after it.
    pub(super) fn new(epoch: MonoTime, fps: f64) -> Self {
        let millihertz = ((fps * 1000.0).round() as u128).max(1);
        Self { epoch, millihertz, next: 1 }
    }

    /// The deadline of the next tick.
    pub(super) fn next_deadline(&self) -> MonoTime {
        self.deadline(self.next)
    }

    /// The tick to present at `now`: the next, or the newest that is due if more than one is.
    /// Missed ticks are never caught up.
    pub(super) fn begin(&mut self, now: MonoTime) -> Tick {
        let newest_due = self.index(now);
        let tick = self.next.max(newest_due);
        let dropped = tick - self.next;
        self.next = tick + 1;
        Tick { deadline: self.deadline(tick), dropped }
    }

    /// Goes on after a time without ticks: the next is the first after `now`, and none was missed.
    pub(super) fn realign(&mut self, now: MonoTime) {
        self.next = self.next.max(self.index(now) + 1);
    }

    fn deadline(&self, tick: u64) -> MonoTime {
        let nanos = u128::from(tick) * 1_000_000_000_000 / self.millihertz;
        self.epoch + Duration::from_nanos(nanos as u64)
    }

    /// The newest tick whose deadline is not after `now`.
    fn index(&self, now: MonoTime) -> u64 {
        let mut tick =
            (now.since(self.epoch).as_nanos() * self.millihertz / 1_000_000_000_000) as u64;
        // Deadlines are rounded down to a nanosecond, so the division may be one short.
        if self.deadline(tick + 1) <= now {
            tick += 1;
        }
        tick
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> MonoTime {
        MonoTime::from_nanos(ns)
    }

    #[test]
    fn a_year_of_ticks_does_not_drift() {
        let pace = Pace::new(at(0), 60.0);
        let year = 365 * 86_400;
        assert_eq!(pace.deadline(60 * year), at(year * 1_000_000_000));
        let ntsc = Pace::new(at(0), 59.94);
        assert_eq!(ntsc.deadline(59_940), at(1_000_000_000_000));
    }

    #[test]
    fn every_tick_is_found_at_its_own_deadline() {
        for fps in [1.0, 23.976, 30.0, 59.94, 60.0, 144.0, 400.0, 1000.0] {
            let mut pace = Pace::new(at(123), fps);
            for _ in 0..5_000 {
                let deadline = pace.next_deadline();
                assert_eq!(pace.begin(deadline), Tick { deadline, dropped: 0 }, "{fps}");
            }
        }
    }

    #[test]
    fn missed_ticks_are_dropped_and_counted() {
        let mut pace = Pace::new(at(0), 100.0);
        assert_eq!(pace.begin(at(10_000_000)).dropped, 0);
        // Late, but within its period: presented.
        let tick = pace.begin(at(29_999_999));
        assert_eq!(tick, Tick { deadline: at(20_000_000), dropped: 0 });
        let tick = pace.begin(at(75_000_000));
        assert_eq!(tick, Tick { deadline: at(70_000_000), dropped: 4 });
        assert_eq!(pace.next_deadline(), at(80_000_000));
    }

    #[test]
    fn a_rest_drops_nothing() {
        let mut pace = Pace::new(at(0), 100.0);
        pace.realign(at(5_004_000_000));
        assert_eq!(pace.next_deadline(), at(5_010_000_000));
        assert_eq!(pace.begin(at(5_010_000_000)).dropped, 0);
    }
}
