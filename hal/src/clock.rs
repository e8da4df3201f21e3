//! The one timeline: nanoseconds of the monotonic clock, and the clocks that give them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::wake::Wake;

/// An instant on the monotonic clock, in nanoseconds since an arbitrary start (on Linux: boot).
///
/// Comparable between processes of one machine; meaningless across machines and reboots. May lie
/// before the start: the zero of an item that was sought to its tenth minute just after boot does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct MonoTime(i64);

impl MonoTime {
    /// The start of the timeline.
    pub const ZERO: Self = Self(0);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        // 292 years are enough for a machine's uptime.
        Self(if nanos > i64::MAX as u64 { i64::MAX } else { nanos as i64 })
    }

    /// As nanoseconds; zero if before the start.
    pub const fn as_nanos(self) -> u64 {
        if self.0 < 0 { 0 } else { self.0 as u64 }
    }

    /// The time from `earlier` to `self`; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0).max(0) as u64)
    }

    pub(crate) fn to_timespec(self) -> rustix::time::Timespec {
        rustix::time::Timespec {
            tv_sec: (self.as_nanos() / 1_000_000_000) as i64,
            tv_nsec: (self.as_nanos() % 1_000_000_000) as _,
        }
    }
}

impl std::ops::Add<Duration> for MonoTime {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for MonoTime {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The deadline has passed.
    Due,
    /// The wake-up word was notified (or the wait ended early): look for work and wait again.
    Notified,
}

/// Where time comes from. Everything that waits or measures asks a clock that it was given.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> MonoTime;

    /// Blocks the calling thread until `until` has passed (never, if `None`) or until `wake` no
    /// longer has the value `seen`. May return [`Woken::Notified`] without a reason.
    fn wait(&self, wake: &Wake, seen: u32, until: Option<MonoTime>) -> Woken;
}

/// The machine's monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> MonoTime {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        MonoTime(time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }

    fn wait(&self, wake: &Wake, seen: u32, until: Option<MonoTime>) -> Woken {
        let notified = wake.wait(seen, until);
        match until {
            Some(until) if !notified && self.now() >= until => Woken::Due,
            _ => Woken::Notified,
        }
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: AtomicU64,
    // Every word that was ever waited on; tests have a handful.
    waited: Mutex<Vec<Wake>>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn starting_at(now: MonoTime) -> Self {
        Self { now: AtomicU64::new(now.as_nanos()), waited: Mutex::default() }
    }

    /// Moves time forward and lets every waiter look again.
    pub fn advance(&self, span: Duration) {
        self.now.fetch_add(span.as_nanos() as u64, Ordering::AcqRel);
        let waited = self.waited.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for wake in waited.iter() {
            wake.notify();
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> MonoTime {
        MonoTime::from_nanos(self.now.load(Ordering::Acquire))
    }

    fn wait(&self, wake: &Wake, seen: u32, until: Option<MonoTime>) -> Woken {
        // Registered before the time is read: an advance between the two notifies the word.
        let mut waited = self.waited.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !waited.iter().any(|known| known.is_same(wake)) {
            waited.push(wake.clone());
        }
        drop(waited);
        if until.is_some_and(|until| self.now() >= until) {
            return Woken::Due;
        }
        wake.wait(seen, None);
        match until {
            Some(until) if self.now() >= until => Woken::Due,
            _ => Woken::Notified,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_wait_on_the_system_clock_ends_at_its_deadline() {
        let clock = SystemClock;
        let wake = Wake::new();
        let until = clock.now() + Duration::from_millis(2);
        while clock.wait(&wake, wake.current(), Some(until)) != Woken::Due {}
        assert!(clock.now() >= until);
    }

    #[test]
    fn a_notification_between_look_and_wait_is_not_lost() {
        let wake = Wake::new();
        let seen = wake.current();
        wake.notify();
        assert_eq!(SystemClock.wait(&wake, seen, None), Woken::Notified);
    }

    #[test]
    fn moving_a_manual_clock_ends_a_wait() {
        let clock = Arc::new(ManualClock::default());
        let wake = Wake::new();
        let until = MonoTime::from_nanos(1_000_000);
        let waiter = std::thread::spawn({
            let (clock, wake) = (clock.clone(), wake.clone());
            move || loop {
                let seen = wake.current();
                if clock.wait(&wake, seen, Some(until)) == Woken::Due {
                    return clock.now();
                }
            }
        });
        clock.advance(Duration::from_micros(600));
        clock.advance(Duration::from_micros(600));
        assert_eq!(waiter.join().unwrap(), MonoTime::from_nanos(1_200_000));
    }
}
