//! How long before its deadline a tick is begun, so that its bytes are ready when they are due.

use std::time::Duration;

/// For the wake-up and what varies from tick to tick.
const MARGIN: Duration = Duration::from_micros(200);

/// Follows how long ticks take: quickly up, slowly down, so that one that was interrupted does not
/// move all that follow it.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    usual: Duration,
    /// Half a period: more would begin a tick before the frame of the one before it is seen.
    most: Duration,
}

impl Lead {
    /// For a display of this many frames per second.
    pub(super) fn new(fps: f64) -> Self {
        Self { usual: Duration::from_millis(1), most: Duration::from_secs_f64(0.5 / fps) }
    }

    /// Always the same, whatever ticks take.
    #[cfg(test)]
    pub(super) fn fixed(lead: Duration) -> Self {
        Self { usual: Duration::MAX / 4, most: lead }
    }

    /// How long before the next deadline to begin.
    pub(super) fn get(&self) -> Duration {
        (self.usual + self.usual / 4 + MARGIN).min(self.most)
    }

    /// A tick took this long.
    pub(super) fn learn(&mut self, work: Duration) {
        if work > self.usual {
            self.usual += (work - self.usual) / 4;
        } else {
            self.usual -= (self.usual - work) / 64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(works: impl IntoIterator<Item = u64>) -> Duration {
        let mut lead = Lead::new(60.0);
        for us in works {
            lead.learn(Duration::from_micros(us));
        }
        lead.get()
    }

    #[test]
    fn it_covers_what_ticks_usually_take() {
        let lead = after([400; 1000]);
        assert!((700..=720).contains(&lead.as_micros()), "{lead:?}");
        assert!(after([3_000; 20]) > Duration::from_micros(3_700));
    }

    #[test]
    fn one_long_tick_is_soon_forgotten_and_none_takes_more_than_half_a_period() {
        let steady = after([400; 1000]);
        let shaken = after([400; 1000].into_iter().chain([10_000]).chain([400; 200]));
        assert!(shaken - steady < Duration::from_micros(150), "{steady:?} {shaken:?}");
        assert_eq!(after([1_000_000; 100]), Duration::from_secs_f64(0.5 / 60.0));
    }
}
