//! A clock that goes from one wait of the render thread to the next.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use hal::{Clock, MonoTime, Wake, Woken};

/// How long a test waits for the thread before it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Time stands still while the thread works. Once it waits, the test learns until when, and moves
/// time, or notifies the thread, and waits for its next wait.
pub(super) struct StepClock {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    now: MonoTime,
    /// Counts waits begun.
    waits: u64,
    /// Of the wait that goes on: until when, and what wakes it.
    waiting: Option<(MonoTime, Wake)>,
    /// From the next wait on, every wait ends at once and without a reason; with each, time goes
    /// on by this much.
    restless: Option<Duration>,
}

impl StepClock {
    pub(super) fn starting_at(now: MonoTime) -> Self {
        let state = State { now, waits: 0, waiting: None, restless: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets the thread's next `turns` waits pass, which are over by themselves, and returns until
    /// when the last of them goes on.
    pub(super) fn next_wait(&self, after: u64) -> (u64, MonoTime) {
        let waits = |state: &mut State| state.waits <= after || state.waiting.is_none();
        let (state, late) = self.changed.wait_timeout_while(self.lock(), PATIENCE, waits).unwrap();
        assert!(!late.timed_out(), "the thread does not wait");
        let until = state.waiting.as_ref().map(|(until, _)| *until).unwrap();
        (state.waits, until)
    }

    /// Moves time and wakes the thread that waits.
    pub(super) fn move_to(&self, now: MonoTime) {
        let mut state = self.lock();
        state.now = now;
        if let Some((_, wake)) = &state.waiting {
            wake.notify();
        }
    }

    /// Moves time without a wake-up: somebody else brings one.
    pub(super) fn set(&self, now: MonoTime) {
        self.lock().now = now;
    }

    /// From now on every wait ends at once, as if notified, and lasts `span`; none: no longer.
    pub(super) fn set_restless(&self, span: Option<Duration>) {
        let mut state = self.lock();
        state.restless = span;
        if let Some((_, wake)) = &state.waiting {
            wake.notify();
        }
    }
}

impl Clock for StepClock {
    fn now(&self) -> MonoTime {
        self.lock().now
    }

    fn wait(&self, wake: &Wake, seen: u32, until: Option<MonoTime>) -> Woken {
        let until = until.expect("render always has a next tick");
        let mut state = self.lock();
        if let Some(span) = state.restless {
            state.now = state.now + span;
            return Woken::Notified;
        }
        if state.now >= until {
            return Woken::Due;
        }
        state.waits += 1;
        state.waiting = Some((until, wake.clone()));
        drop(state);
        self.changed.notify_all();
        wake.wait(seen, None);
        let mut state = self.lock();
        state.waiting = None;
        if state.now >= until { Woken::Due } else { Woken::Notified }
    }
}
