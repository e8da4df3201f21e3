//! How often frames may pass: at the display's rate in the mean, with some room for jitter.

use std::time::Duration;

use hal::MonoTime;

/// Lets one thing pass in each period. One that comes a little early may pass; the next ones are
/// then held to the old grid, so that the mean is never above the rate.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    period: Duration,
    tolerance: Duration,
    /// When the next one would be exactly in time.
    next: MonoTime,
}

impl Gate {
    /// An eighth of a period is 2 ms at 60 fps: more than a writer jitters that sleeps by the clock.
    pub(crate) fn new(fps: f64) -> Self {
        let period = Duration::from_secs_f64(1.0 / fps);
        Self { period, tolerance: period / 8, next: MonoTime::ZERO }
    }

    /// From when on the next one may pass.
    pub(crate) fn opens(&self) -> MonoTime {
        self.next - self.tolerance
    }

    /// One passes.
    pub(crate) fn pass(&mut self, now: MonoTime) {
        self.next = self.next.max(now) + self.period;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(us: u64) -> MonoTime {
        MonoTime::from_nanos(1_000_000_000 + us * 1_000)
    }

    /// How many of these, in microseconds, pass without waiting.
    fn passing(times: impl IntoIterator<Item = u64>) -> usize {
        let mut gate = Gate::new(100.0);
        times
            .into_iter()
            .filter(|&us| {
                let open = at(us) >= gate.opens();
                if open {
                    gate.pass(at(us));
                }
                open
            })
            .count()
    }

    #[test]
    fn a_writer_at_the_displays_rate_loses_nothing_however_it_jitters() {
        assert_eq!(passing((0..1_000).map(|n| n * 10_000)), 1_000);
        assert_eq!(passing((0..1_000).map(|n| n * 10_000 + n * 7_919 % 1_200)), 1_000);
    }

    #[test]
    fn a_flood_passes_at_the_displays_rate() {
        let passed = passing((0..100_000).map(|n| n * 100));
        assert!((999..=1_002).contains(&passed), "{passed} in ten seconds at 100 fps");
        // Not even if it is always a little early.
        let passed = passing((0..100_000).map(|n| n * 10_000 * 7 / 8 / 10));
        assert!(passed <= 8_752, "{passed} in 87.5 seconds at 100 fps");
    }
}
