//! Who drives the LEDs: a pure state machine over inputs, the playlist and time.
//!
//! ```text
//!           frame               no frame for timeout
//!  idle ------------> active -----------------------> idle
//!                                     '- it drove, and keeps its light --> lost: held or dark
//! ```
//! The active input of the largest priority drives; of equals the one that drives already, then the
//! first in the settings. It has to be larger than that of a playlist that plays. An input that
//! drove and went silent without releasing goes on driving, as held light or as black, until an
//! input drives, a playlist of at least its priority plays, or a person asks the player for light.

use std::time::Duration;

use hal::MonoTime;

/// The playlist's own priority. A larger one beats it.
pub const PLAYLIST: u32 = 50;

/// What happens to the light of an input that went silent while it drove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLoss {
    /// The playlist shows again.
    #[default]
    Release,
    /// The last light stays.
    Hold,
    /// The LEDs are black.
    Black,
}

/// What is known of an input beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Larger wins.
    pub priority: u32,
    /// Without a frame for this long it is silent.
    pub timeout: Duration,
    /// And then.
    pub on_loss: OnLoss,
}

/// Who drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Driver {
    /// Nobody: black.
    #[default]
    Nobody,
    /// What the player has lit.
    Playlist,
    /// The frames of this input.
    Input(usize),
    /// The last frame of this input.
    Held(usize),
    /// Black, on behalf of this input.
    Dark(usize),
}

impl Driver {
    /// The input that drives, by its light or by the lack of it.
    pub fn input(self) -> Option<usize> {
        match self {
            Self::Input(input) | Self::Held(input) | Self::Dark(input) => Some(input),
            Self::Nobody | Self::Playlist => None,
        }
    }
}

/// Decides. Owned by control.
#[derive(Clone, Debug)]
pub struct Arbiter {
    rules: Vec<Rule>,
    /// The newest frame of each active input.
    heard: Vec<Option<MonoTime>>,
    /// An input that drove, is silent, and does not release.
    lost: Option<usize>,
    driver: Driver,
}

impl Arbiter {
    /// Nobody has been heard yet.
    pub fn new(rules: Vec<Rule>) -> Self {
        let heard = vec![None; rules.len()];
        Self { rules, heard, lost: None, driver: Driver::Nobody }
    }

    /// An input brought a frame at this time.
    pub fn hear(&mut self, input: usize, at: MonoTime) {
        let heard = &mut self.heard[input];
        *heard = Some(heard.map_or(at, |before| before.max(at)));
    }

    /// A person asked the player for light: what is held or dark is let go.
    pub fn let_go(&mut self) {
        self.lost = None;
    }

    /// Who drives now, if the player has something to show or not.
    pub fn decide(&mut self, now: MonoTime, plays: bool) -> Driver {
        for (input, rule) in self.rules.iter().enumerate() {
            let silent = self.heard[input].is_some_and(|at| now.since(at) >= rule.timeout);
            if silent {
                self.heard[input] = None;
                if self.driver == Driver::Input(input) && rule.on_loss != OnLoss::Release {
                    self.lost = Some(input);
                }
            }
        }
        let beats_playlist = |input: usize| !plays || self.rules[input].priority > PLAYLIST;
        let mut best: Option<usize> = None;
        for input in (0..self.rules.len()).filter(|&input| self.is_active(input)) {
            let rank =
                |input: usize| (self.rules[input].priority, self.driver == Driver::Input(input));
            if best.is_none_or(|other| rank(input) > rank(other)) {
                best = Some(input);
            }
        }
        self.driver = match (best.filter(|&input| beats_playlist(input)), self.lost) {
            (Some(input), _) => Driver::Input(input),
            (None, Some(lost)) if beats_playlist(lost) => match self.rules[lost].on_loss {
                OnLoss::Black => Driver::Dark(lost),
                OnLoss::Hold | OnLoss::Release => Driver::Held(lost),
            },
            _ if plays => Driver::Playlist,
            _ => Driver::Nobody,
        };
        if !matches!(self.driver, Driver::Held(_) | Driver::Dark(_)) {
            self.lost = None;
        }
        self.driver
    }

    /// Whether an input has brought a frame lately, as of the last decision.
    pub fn is_active(&self, input: usize) -> bool {
        self.heard[input].is_some()
    }

    /// When to decide again although nothing was heard.
    pub fn deadline(&self) -> Option<MonoTime> {
        let heard = self.heard.iter().zip(&self.rules);
        heard.filter_map(|(at, rule)| at.map(|at| at + rule.timeout)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> MonoTime {
        MonoTime::from_nanos((100_000 + ms) * 1_000_000)
    }

    fn rule(priority: u32, on_loss: OnLoss) -> Rule {
        Rule { priority, timeout: Duration::from_millis(2_500), on_loss }
    }

    #[test]
    fn an_input_takes_over_at_once_and_releases_after_its_time() {
        let mut arbiter = Arbiter::new(vec![rule(100, OnLoss::Release)]);
        assert_eq!(arbiter.decide(at(0), true), Driver::Playlist);
        arbiter.hear(0, at(10));
        assert_eq!(arbiter.decide(at(10), true), Driver::Input(0));
        arbiter.hear(0, at(1_000));
        assert_eq!(arbiter.deadline(), Some(at(3_500)));
        assert_eq!(arbiter.decide(at(3_499), true), Driver::Input(0));
        assert_eq!(arbiter.decide(at(3_500), true), Driver::Playlist);
        assert_eq!(arbiter.deadline(), None);
    }

    #[test]
    fn a_small_priority_loses_against_a_playlist_and_shows_when_none_plays() {
        for priority in [10, PLAYLIST] {
            let mut arbiter = Arbiter::new(vec![rule(priority, OnLoss::Release)]);
            arbiter.hear(0, at(0));
            assert_eq!(arbiter.decide(at(0), true), Driver::Playlist);
            assert!(arbiter.is_active(0), "it stands by");
            assert_eq!(arbiter.decide(at(1), false), Driver::Input(0));
            assert_eq!(arbiter.decide(at(2), true), Driver::Playlist);
        }
    }

    #[test]
    fn of_two_the_larger_wins_and_of_equals_the_one_that_drives() {
        let release = OnLoss::Release;
        let mut arbiter =
            Arbiter::new(vec![rule(100, release), rule(100, release), rule(101, release)]);
        arbiter.hear(1, at(0));
        assert_eq!(arbiter.decide(at(0), true), Driver::Input(1));
        arbiter.hear(0, at(10));
        assert_eq!(arbiter.decide(at(10), true), Driver::Input(1));
        arbiter.hear(2, at(20));
        assert_eq!(arbiter.decide(at(20), true), Driver::Input(2));
        // Both others are still there when it is gone: the first in the settings.
        arbiter.hear(0, at(2_000));
        arbiter.hear(1, at(2_000));
        assert_eq!(arbiter.decide(at(2_520), true), Driver::Input(0));
    }

    #[test]
    fn held_light_stays_until_an_input_or_a_person_comes() {
        for (on_loss, kept) in [(OnLoss::Hold, Driver::Held(0)), (OnLoss::Black, Driver::Dark(0))] {
            let lost = || {
                let mut arbiter = Arbiter::new(vec![rule(100, on_loss), rule(10, OnLoss::Release)]);
                arbiter.hear(0, at(0));
                arbiter.decide(at(0), true);
                assert_eq!(arbiter.decide(at(2_500), true), kept);
                assert_eq!(arbiter.decide(at(900_000), true), kept);
                arbiter
            };
            let mut arbiter = lost();
            arbiter.let_go();
            assert_eq!(arbiter.decide(at(900_001), true), Driver::Playlist);
            // One that the playlist would beat does not end it while one plays.
            let mut arbiter = lost();
            arbiter.hear(1, at(900_001));
            assert_eq!(arbiter.decide(at(900_001), true), kept);
            assert_eq!(arbiter.decide(at(900_002), false), Driver::Input(1));
            assert_eq!(arbiter.decide(at(900_003), true), Driver::Playlist, "and then it is gone");
            // Its own data again.
            let mut arbiter = lost();
            arbiter.hear(0, at(900_001));
            assert_eq!(arbiter.decide(at(900_001), true), Driver::Input(0));
        }
    }

    #[test]
    fn an_input_that_stood_by_leaves_nothing_behind() {
        let mut arbiter = Arbiter::new(vec![rule(100, OnLoss::Release), rule(90, OnLoss::Hold)]);
        arbiter.hear(0, at(0));
        arbiter.hear(1, at(0));
        assert_eq!(arbiter.decide(at(0), true), Driver::Input(0));
        arbiter.hear(0, at(2_000));
        assert_eq!(arbiter.decide(at(2_600), true), Driver::Input(0));
        assert_eq!(arbiter.decide(at(4_500), true), Driver::Playlist);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Hear(usize),
        Wait(u64),
        Plays(bool),
        LetGo,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0usize..4).prop_map(Step::Hear),
            4 => (0u64..3_000).prop_map(Step::Wait),
            1 => any::<bool>().prop_map(Step::Plays),
            1 => Just(Step::LetGo),
        ]
    }

    proptest! {
        #[test]
        fn any_history_gives_the_light_to_whom_the_rules_give_it(
            rules in prop::collection::vec((0u32..120, 1u64..3_000, 0..3), 4),
            steps in prop::collection::vec(step(), 0..120),
        ) {
            let on_loss = [OnLoss::Release, OnLoss::Hold, OnLoss::Black];
            let rules: Vec<Rule> = rules.into_iter().map(|(priority, ms, loss)| Rule {
                priority, timeout: Duration::from_millis(ms), on_loss: on_loss[loss as usize],
            }).collect();
            let mut arbiter = Arbiter::new(rules.clone());
            let (mut now, mut plays, mut newest) = (0, false, [None; 4]);
            let mut before = Driver::Nobody;
            for step in steps {
                match step {
                    Step::Hear(input) => {
                        arbiter.hear(input, at(now));
                        newest[input] = Some(now);
                    }
                    Step::Wait(ms) => now += ms,
                    Step::Plays(it_does) => plays = it_does,
                    Step::LetGo => arbiter.let_go(),
                }
                let driver = arbiter.decide(at(now), plays);
                // From the history alone.
                let active = |i: usize| newest[i]
                    .is_some_and(|ms| u128::from(now - ms) < rules[i].timeout.as_millis());
                let best = (0..4).filter(|&i| active(i)).map(|i| rules[i].priority).max();
                let best = best.filter(|&priority| !plays || priority > PLAYLIST);
                match driver {
                    Driver::Input(i) => prop_assert!(active(i) && best == Some(rules[i].priority)),
                    Driver::Playlist => prop_assert!(plays && best.is_none()),
                    Driver::Nobody => prop_assert!(!plays && best.is_none()),
                    Driver::Held(i) | Driver::Dark(i) => {
                        prop_assert!(!active(i) && best.is_none());
                        prop_assert!(!plays || rules[i].priority > PLAYLIST);
                        let dark = matches!(driver, Driver::Dark(_));
                        let expect = if dark { OnLoss::Black } else { OnLoss::Hold };
                        prop_assert_eq!(rules[i].on_loss, expect);
                        prop_assert!(before.input() == Some(i), "it drove before: {:?}", before);
                        prop_assert!(!matches!(step, Step::LetGo));
                    }
                }
                prop_assert_eq!(arbiter.decide(at(now), plays), driver, "twice the same question");
                for i in 0..4 {
                    prop_assert_eq!(arbiter.is_active(i), active(i));
                }
                before = driver;
            }
        }
    }
}
