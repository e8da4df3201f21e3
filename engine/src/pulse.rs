//! Signs of life: whether a thread has gone round since it was asked.
//!
//! ```text
//! someone: ask() -> number .......... has_answered(number)?
//! the thread, once in each round:  answer()
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a thread and those who ask after it share. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse {
    words: Arc<Words>,
}

#[derive(Debug, Default)]
struct Words {
    asked: AtomicU64,
    answered: AtomicU64,
    /// The round in which the thread never comes back; only builds for tests can be asked for it.
    #[cfg(debug_assertions)]
    stalled: std::sync::atomic::AtomicBool,
}

impl Pulse {
    /// Asks; the thread's next round answers.
    pub(crate) fn ask(&self) -> u64 {
        self.words.asked.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Whether a round has begun since this was asked.
    pub(crate) fn has_answered(&self, number: u64) -> bool {
        self.words.answered.load(Ordering::Acquire) >= number
    }

    /// Called by the thread where it goes round. Neither waits nor allocates.
    pub(crate) fn answer(&self) {
        self.words.answered.store(self.words.asked.load(Ordering::Acquire), Ordering::Release);
        #[cfg(debug_assertions)]
        while self.words.stalled.load(Ordering::Relaxed) {
            std::thread::park();
        }
    }

    /// Has the thread stop for good in its next round.
    #[cfg(debug_assertions)]
    pub(crate) fn stall(&self) {
        self.words.stalled.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_round_after_the_question_answers_it() {
        let pulse = Pulse::default();
        pulse.answer();
        let first = pulse.ask();
        assert!(!pulse.has_answered(first));
        pulse.answer();
        assert!(pulse.has_answered(first));
        let second = pulse.ask();
        assert!(!pulse.has_answered(second), "an old answer is none");
        let third = pulse.ask();
        pulse.answer();
        assert!(pulse.has_answered(second) && pulse.has_answered(third));
    }
}
