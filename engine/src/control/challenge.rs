//! Asks the threads without which there is no display whether they still go round.

use crate::pulse::Pulse;

/// A question put to render and control. A thread that is well answers within a second.
#[derive(Debug)]
pub struct Challenge {
    asked: Vec<(&'static str, Pulse, u64)>,
}

impl Challenge {
    pub(crate) fn new(threads: &[(&'static str, &Pulse)]) -> Self {
        let ask = |&(part, pulse): &(&'static str, &Pulse)| (part, pulse.clone(), pulse.ask());
        Self { asked: threads.iter().map(ask).collect() }
    }

    /// The first part that has not answered; none if all have.
    pub fn unanswered(&self) -> Option<&'static str> {
        let mut asked = self.asked.iter();
        asked.find(|(_, pulse, number)| !pulse.has_answered(*number)).map(|(part, ..)| *part)
    }
}
