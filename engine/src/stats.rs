//! What render counts: ticks, how late they were, and what was overtaken.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hal::MonoTime;

use crate::control::snapshot::{FrameCounts, Lateness};

/// A tick handed over later than this after its deadline counts as late.
pub const ALLOWANCE: Duration = Duration::from_millis(1);

// 16 steps in each doubling of microseconds: a percentile is exact to 6 %.
const STEPS: usize = 16;
const BUCKETS: usize = STEPS + STEPS * 28;

/// Counters written by render alone and read by anyone.
#[derive(Debug)]
pub struct FrameStats {
    presented: AtomicU64,
    late: AtomicU64,
    ran_late: AtomicU64,
    dropped: AtomicU64,
    superseded: AtomicU64,
    cheats: AtomicU64,
    worst_us: AtomicU64,
    lateness: [AtomicU64; BUCKETS],
}

impl Default for FrameStats {
    fn default() -> Self {
        Self {
            presented: AtomicU64::new(0),
            late: AtomicU64::new(0),
            ran_late: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            superseded: AtomicU64::new(0),
            cheats: AtomicU64::new(0),
            worst_us: AtomicU64::new(0),
            lateness: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl FrameStats {
    /// A tick's bytes were handed over at `done`; work on it began at `begun`.
    ///
    /// It is late if `done` is more than [`ALLOWANCE`] after the deadline. Of late ticks, those ran
    /// late whose work was begun in time, or would have taken longer than allowed by itself: there
    /// it was us, in the others the machine woke us too late.
    pub fn presented(&self, deadline: MonoTime, begun: MonoTime, done: MonoTime) {
        let lateness = done.since(deadline);
        let us = lateness.as_micros() as u64;
        self.presented.fetch_add(1, Relaxed);
        self.worst_us.fetch_max(us, Relaxed);
        self.lateness[bucket(us)].fetch_add(1, Relaxed);
        if lateness > ALLOWANCE {
            self.late.fetch_add(1, Relaxed);
            if begun <= deadline + ALLOWANCE || done.since(begun) > ALLOWANCE {
                self.ran_late.fetch_add(1, Relaxed);
            }
        }
    }

    /// Ticks were skipped whole.
    pub fn dropped(&self, ticks: u64) {
        self.dropped.fetch_add(ticks, Relaxed);
    }

    /// Source frames were due but overtaken by a newer one.
    pub fn superseded(&self, frames: u64) {
        self.superseded.fetch_add(frames, Relaxed);
    }

    /// A frame changed while it was read, and was not shown.
    pub fn cheated(&self) {
        self.cheats.fetch_add(1, Relaxed);
    }

    /// How many frames changed while they were read.
    pub fn cheats(&self) -> u64 {
        self.cheats.load(Relaxed)
    }

    /// The counters as of now.
    pub fn counts(&self) -> FrameCounts {
        let max = self.worst_us.load(Relaxed);
        let lateness: Vec<u64> = self.lateness.iter().map(|count| count.load(Relaxed)).collect();
        let percentile = |percent: u64| {
            let total: u64 = lateness.iter().sum();
            let rank = (total * percent).div_ceil(100);
            let mut seen = 0;
            for (index, count) in lateness.iter().enumerate() {
                seen += count;
                if seen >= rank {
                    return upper_bound(index).min(max);
                }
            }
            max
        };
        FrameCounts {
            presented: self.presented.load(Relaxed),
            late: self.late.load(Relaxed),
            ran_late: self.ran_late.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            superseded: self.superseded.load(Relaxed),
            lateness_us: Lateness { p50: percentile(50), p99: percentile(99), max },
        }
    }
}

fn bucket(us: u64) -> usize {
    if us < STEPS as u64 {
        return us as usize;
    }
    let octave = us.ilog2() as usize - 4;
    let step = (us >> octave) as usize - STEPS;
    (STEPS + octave * STEPS + step).min(BUCKETS - 1)
}

/// The largest value in a bucket.
fn upper_bound(index: usize) -> u64 {
    if index < STEPS {
        return index as u64;
    }
    let octave = (index - STEPS) / STEPS;
    let step = (index - STEPS) % STEPS;
    (((STEPS + step + 1) as u64) << octave) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_a_value_to_six_percent() {
        for us in (0..5_000).chain([10_000, 99_999, 1_000_000, 60_000_000]) {
            let bound = upper_bound(bucket(us));
            assert!(bound >= us && bound <= us + us / 16, "{us} in a bucket up to {bound}");
        }
    }

    #[test]
    fn late_is_told_from_ran_late() {
        let check = |begun_us: u64, done_us: u64, late: u64, ran_late: u64| {
            let at = |us: u64| MonoTime::from_nanos(1_000_000_000 + us * 1_000);
            let stats = FrameStats::default();
            stats.presented(at(0), at(begun_us), at(done_us));
            let counts = stats.counts();
            assert_eq!(
                (counts.presented, counts.late, counts.ran_late),
                (1, late, ran_late),
                "begun {begun_us}, done {done_us}"
            );
        };
        check(50, 400, 0, 0);
        check(50, 1_000, 0, 0);
        check(50, 1_001, 1, 1); // our work took too long
        check(900, 1_300, 1, 1); // begun in time, finished late
        check(4_000, 4_300, 1, 0); // woken late
        check(4_000, 6_000, 1, 1); // both
    }

    #[test]
    fn percentiles_come_from_all_presented_ticks() {
        let stats = FrameStats::default();
        let deadline = MonoTime::from_nanos(1_000_000_000);
        for us in 1..=100 {
            let done = deadline + Duration::from_micros(us * 10);
            stats.presented(deadline, deadline, done);
        }
        let lateness = stats.counts().lateness_us;
        assert!((500..=531).contains(&lateness.p50), "{lateness:?}");
        assert!((990..=1_000).contains(&lateness.p99), "{lateness:?}");
        assert_eq!(lateness.max, 1_000);
    }
}
