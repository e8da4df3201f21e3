//! What render counts: ticks, how late they were, and what was overtaken.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hal::MonoTime;

use crate::control::snapshot::{FrameCounts, Lateness, LatenessHistogram};

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
    sum_us: AtomicU64,
    lateness: [AtomicU64; BUCKETS],
}

/// The times of one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickTimes {
    /// When its bytes were due.
    pub deadline: MonoTime,
    /// How long before that its work was planned to begin.
    pub lead: Duration,
    /// When its work began.
    pub begun: MonoTime,
    /// When its bytes were ready.
    pub prepared: MonoTime,
    /// When they had been handed over.
    pub done: MonoTime,
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
            sum_us: AtomicU64::new(0),
            lateness: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl FrameStats {
    /// A tick was handed over.
    ///
    /// It is late if that was more than [`ALLOWANCE`] after its deadline. Of late ticks, those ran
    /// late whose work passed the deadline although it was begun before it, or took longer than was
    /// planned for: there it was us, in the others the machine woke us too late.
    pub fn presented(&self, times: &TickTimes) {
        let lateness = times.done.since(times.deadline);
        let us = lateness.as_micros() as u64;
        self.presented.fetch_add(1, Relaxed);
        self.worst_us.fetch_max(us, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
        self.lateness[bucket(us)].fetch_add(1, Relaxed);
        if lateness > ALLOWANCE {
            self.late.fetch_add(1, Relaxed);
            let in_time = times.begun <= times.deadline;
            let too_long = times.prepared.since(times.begun) > times.lead;
            if times.prepared > times.deadline && (in_time || too_long) {
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
    pub fn cheated(&self, count: u64) {
        self.cheats.fetch_add(count, Relaxed);
    }

    /// How many frames changed while they were read.
    pub fn cheats(&self) -> u64 {
        self.cheats.load(Relaxed)
    }

    /// How many ticks were handed over how late.
    pub fn histogram(&self) -> LatenessHistogram {
        let lateness: Vec<u64> = self.lateness.iter().map(|count| count.load(Relaxed)).collect();
        let below = |bound| lateness[..bucket(bound)].iter().sum();
        LatenessHistogram {
            below_us: bounds_us().map(|bound| (bound, below(bound))).collect(),
            // Of what was read, and not read again: a tick may come in between.
            count: lateness.iter().sum(),
            sum_us: self.sum_us.load(Relaxed),
        }
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

/// Bounds of the histogram in microseconds, 64 µs to about a second: ends of octaves, where the
/// counters here end too, so that no count is estimated.
fn bounds_us() -> impl Iterator<Item = u64> {
    (6..=20).map(|power| 1 << power)
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
        // Microseconds from the deadline; 1000 µs were planned for.
        let check = |begun: i64, prepared: i64, done: i64, late: u64, ran_late: u64| {
            let at = |us: i64| MonoTime::from_nanos((1_000_000 + us) as u64 * 1_000);
            let stats = FrameStats::default();
            stats.presented(&TickTimes {
                deadline: at(0),
                lead: Duration::from_millis(1),
                begun: at(begun),
                prepared: at(prepared),
                done: at(done),
            });
            let counts = stats.counts();
            assert_eq!(
                (counts.presented, counts.late, counts.ran_late),
                (1, late, ran_late),
                "begun {begun}, prepared {prepared}, done {done}"
            );
        };
        check(-1_000, -600, 20, 0, 0);
        check(-1_000, 900, 1_000, 0, 0); // late, but within the allowance
        check(-1_000, 1_200, 1_210, 1, 1); // our work took too long
        check(-1_000, -600, 5_000, 1, 0); // ready in time, woken late to hand over
        check(4_000, 4_400, 4_410, 1, 0); // woken late to begin
        check(4_000, 6_000, 6_010, 1, 1); // both
    }

    #[test]
    fn percentiles_come_from_all_presented_ticks() {
        let stats = FrameStats::default();
        let deadline = MonoTime::from_nanos(1_000_000_000);
        for us in 1..=100 {
            let done = deadline + Duration::from_micros(us * 10);
            let (begun, prepared) = (deadline, deadline);
            stats.presented(&TickTimes { deadline, lead: Duration::ZERO, begun, prepared, done });
        }
        let lateness = stats.counts().lateness_us;
        assert!((500..=531).contains(&lateness.p50), "{lateness:?}");
        assert!((990..=1_000).contains(&lateness.p99), "{lateness:?}");
        assert_eq!(lateness.max, 1_000);
    }

    #[test]
    fn the_histogram_counts_exactly_what_is_below_each_bound() {
        let stats = FrameStats::default();
        let deadline = MonoTime::from_nanos(1_000_000_000);
        let late = [0, 63, 64, 65, 127, 128, 1023, 1024, 70_000, 1_048_575, 1_048_576, 30_000_000];
        for us in late {
            let done = deadline + Duration::from_micros(us);
            let (begun, prepared) = (deadline, deadline);
            stats.presented(&TickTimes { deadline, lead: Duration::ZERO, begun, prepared, done });
        }
        let histogram = stats.histogram();
        assert_eq!((histogram.count, histogram.sum_us), (12, late.iter().sum()));
        assert_eq!(histogram.below_us.len(), 15);
        for (bound, count) in histogram.below_us {
            let expect = late.iter().filter(|&&us| us < bound).count() as u64;
            assert_eq!(count, expect, "below {bound} µs");
        }
    }
}
