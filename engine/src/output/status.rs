//! How an output is: written by its thread, read by anyone, told once and not 60 times a second.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use hal::{MonoTime, Wake};

use crate::control::snapshot::OutputState;

/// Called by the output's thread when its state changes, or the error while it is failed: with
/// the output's id, the state and the error. Must not block.
pub type Changed = Box<dyn Fn(&str, OutputState, Option<&str>) + Send>;

/// A fault whose error changes is told again after this time at the earliest.
const TELL_CHANGED: Duration = Duration::from_secs(10);
/// A fault that lasts is counted in the log this often.
const TELL_COUNT: Duration = Duration::from_secs(60);

/// Shared between an output's thread and its handle.
#[derive(Default)]
pub(super) struct Status {
    state: AtomicU8,
    error: Mutex<Option<String>>,
    frames: AtomicU64,
    failures: AtomicU64,
    worst_delay_ns: AtomicU64,
    finishing: AtomicBool,
    ended: AtomicBool,
    ended_wake: Wake,
}

impl Status {
    pub(super) fn state(&self) -> OutputState {
        match self.state.load(Ordering::Acquire) {
            OPENING => OutputState::Opening,
            OK => OutputState::Ok,
            _ => OutputState::Failed,
        }
    }

    pub(super) fn error(&self) -> Option<String> {
        self.lock_error().clone()
    }

    pub(super) fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(super) fn worst_delay(&self) -> Duration {
        Duration::from_nanos(self.worst_delay_ns.load(Ordering::Relaxed))
    }

    pub(super) fn finish(&self) {
        self.finishing.store(true, Ordering::Release);
    }

    pub(super) fn finishing(&self) -> bool {
        self.finishing.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.ended_wake.notify();
    }

    pub(super) fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub(super) fn ended_wake(&self) -> &Wake {
        &self.ended_wake
    }

    fn lock_error(&self) -> MutexGuard<'_, Option<String>> {
        self.error.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

const OPENING: u8 = 0;
const OK: u8 = 1;
const FAILED: u8 = 2;

/// The thread's side of [`Status`]: decides what is worth telling.
pub(super) struct Reporter {
    pub(super) status: std::sync::Arc<Status>,
    pub(super) id: String,
    pub(super) target: String,
    /// How long writes must have gone well before a fault is over.
    pub(super) settle: Duration,
    pub(super) changed: Changed,
    pub(super) fault: Option<Fault>,
}

/// A row of failures without a lasting success between them.
pub(super) struct Fault {
    began: MonoTime,
    last: MonoTime,
    failures: u64,
    told: String,
    told_at: MonoTime,
}

impl Reporter {
    /// A frame was written; `deadline` is its own if it was written for the first time.
    pub(super) fn wrote(&mut self, now: MonoTime, deadline: Option<MonoTime>) {
        let status = &self.status;
        status.frames.fetch_add(1, Ordering::Relaxed);
        if let Some(deadline) = deadline {
            let delay = u64::try_from(now.since(deadline).as_nanos()).unwrap_or(u64::MAX);
            status.worst_delay_ns.fetch_max(delay, Ordering::Relaxed);
        }
        match &self.fault {
            Some(fault) if now.since(fault.last) < self.settle => return,
            Some(fault) => {
                let (failures, lasted_s) = (fault.failures, now.since(fault.began).as_secs_f64());
                tracing::info!(output = %self.id, target = %self.target, failures, lasted_s, "output works again");
            }
            None if status.state() == OutputState::Ok => return,
            None => tracing::info!(output = %self.id, target = %self.target, "output works"),
        }
        self.fault = None;
        *status.lock_error() = None;
        status.state.store(OK, Ordering::Release);
        (self.changed)(&self.id, OutputState::Ok, None);
    }

    /// An open or a write failed.
    pub(super) fn failed(&mut self, now: MonoTime, error: String) {
        let status = &self.status;
        status.failures.fetch_add(1, Ordering::Relaxed);
        {
            let mut shown = status.lock_error();
            if shown.as_ref() != Some(&error) {
                *shown = Some(error.clone());
            }
        }
        status.state.store(FAILED, Ordering::Release);
        let Some(fault) = &mut self.fault else {
            tracing::warn!(output = %self.id, target = %self.target, %error, "output failed");
            (self.changed)(&self.id, OutputState::Failed, Some(&error));
            let told = error;
            self.fault = Some(Fault { began: now, last: now, failures: 1, told, told_at: now });
            return;
        };
        fault.last = now;
        fault.failures += 1;
        let is_new = fault.told != error;
        let silent = now.since(fault.told_at);
        if silent >= TELL_COUNT || (is_new && silent >= TELL_CHANGED) {
            let failures = fault.failures;
            tracing::warn!(output = %self.id, target = %self.target, %error, failures, "output still fails");
            if is_new {
                (self.changed)(&self.id, OutputState::Failed, Some(&error));
                fault.told = error;
            }
            fault.told_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, mpsc};

    fn secs(secs: u64) -> MonoTime {
        MonoTime::from_nanos(secs * 1_000_000_000)
    }

    fn reporter(settle: Duration) -> (Reporter, mpsc::Receiver<(OutputState, Option<String>)>) {
        let (sender, told) = mpsc::channel();
        let changed: Changed = Box::new(move |_, state, error| {
            sender.send((state, error.map(str::to_owned))).unwrap();
        });
        let (id, target) = ("wall".to_owned(), "nowhere".to_owned());
        let status = Arc::default();
        (Reporter { status, id, target, settle, changed, fault: None }, told)
    }

    fn failed(error: &str) -> (OutputState, Option<String>) {
        (OutputState::Failed, Some(error.to_owned()))
    }

    #[test]
    fn a_fault_is_told_once_and_its_end_once() {
        let (mut reporter, told) = reporter(Duration::ZERO);
        reporter.wrote(secs(0), None);
        reporter.wrote(secs(0), None);
        for second in 1..100 {
            reporter.failed(secs(second), "gone".into());
        }
        assert_eq!(reporter.status.error().as_deref(), Some("gone"));
        reporter.wrote(secs(100), None);
        reporter.wrote(secs(101), None);
        let told: Vec<_> = told.try_iter().collect();
        assert_eq!(told, [(OutputState::Ok, None), failed("gone"), (OutputState::Ok, None)]);
        assert_eq!(reporter.status.error(), None);
        assert_eq!((reporter.status.frames(), reporter.status.failures()), (4, 99));
    }

    #[test]
    fn a_fault_that_changes_shows_the_newest_error_and_tells_it_after_ten_seconds() {
        let (mut reporter, told) = reporter(Duration::ZERO);
        reporter.failed(secs(0), "gone".into());
        reporter.failed(secs(9), "refused".into());
        assert_eq!(reporter.status.error().as_deref(), Some("refused"));
        reporter.failed(secs(10), "refused".into());
        reporter.failed(secs(11), "gone".into());
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [failed("gone"), failed("refused")]);
    }

    #[test]
    fn a_fault_is_over_when_writes_have_gone_well_for_the_time_that_the_output_asks_for() {
        let (mut reporter, told) = reporter(Duration::from_secs(4));
        reporter.wrote(secs(0), None);
        for second in 1..4 {
            reporter.failed(secs(second), "refused".into());
            reporter.wrote(secs(second), None);
        }
        reporter.wrote(secs(6), None);
        assert_eq!(reporter.status.state(), OutputState::Failed);
        reporter.wrote(secs(7), None);
        assert_eq!(reporter.status.state(), OutputState::Ok);
        assert_eq!(told.try_iter().count(), 3);
    }

    #[test]
    fn the_worst_delay_counts_first_writes_only() {
        let (mut reporter, _told) = reporter(Duration::ZERO);
        reporter.wrote(secs(5), Some(secs(4)));
        reporter.wrote(secs(6), None);
        reporter.wrote(secs(6), Some(secs(7)));
        assert_eq!(reporter.status.worst_delay(), Duration::from_secs(1));
    }
}
