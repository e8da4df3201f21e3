//! Output threads against the memory back end, on a clock that stands still until it is moved.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use hal::output::memory::{Fault, MemoryHandle, MemoryOutput};
use hal::realtime::Wish;
use hal::{Clock, ManualClock, MonoTime, Remedy, Wake, Woken};

use super::{MailboxWriter, OutputHandle, OutputSpec, spawn};
use crate::control::snapshot::OutputState;

const PATIENCE: Duration = Duration::from_secs(20);

/// A manual clock that tells what it is waited on for.
#[derive(Default)]
struct TestClock {
    manual: ManualClock,
    waited_for: Mutex<Option<MonoTime>>,
    changed: Condvar,
}

impl Clock for TestClock {
    fn now(&self) -> MonoTime {
        self.manual.now()
    }

    fn wait(&self, wake: &Wake, seen: u32, until: Option<MonoTime>) -> Woken {
        *self.waited_for.lock().unwrap() = until;
        self.changed.notify_all();
        self.manual.wait(wake, seen, until)
    }
}

impl TestClock {
    /// Waits until the (only) output waits for this deadline.
    fn until_waited_for(&self, until: MonoTime) {
        let waited_for = self.waited_for.lock().unwrap();
        let (waited_for, late) = self
            .changed
            .wait_timeout_while(waited_for, PATIENCE, |waited_for| *waited_for != Some(until))
            .unwrap();
        assert!(!late.timed_out(), "waited for {waited_for:?}, expected {until:?}");
    }

    fn advance_to(&self, to: MonoTime) {
        self.manual.advance(to.since(self.now()));
    }
}

struct Rig {
    clock: Arc<TestClock>,
    writer: MailboxWriter,
    handle: OutputHandle,
    device: MemoryHandle,
    changes: Receiver<(String, OutputState, Option<String>)>,
}

impl Rig {
    fn new() -> Self {
        let (output, device) = MemoryOutput::new();
        Self::with(output, device)
    }

    fn with(output: MemoryOutput, device: MemoryHandle) -> Self {
        let clock = Arc::new(TestClock::default());
        let (sender, changes) = channel();
        let spec = OutputSpec {
            id: "wall".into(),
            kind: "memory".into(),
            open: Box::new(output),
            leds: 2,
            bytes: 6,
            wish: Wish::NORMAL,
        };
        let changed = Box::new(move |id: &str, state, error: Option<&str>| {
            // A test that has seen enough is gone.
            let _ = sender.send((id.to_owned(), state, error.map(str::to_owned)));
        });
        let (writer, handle) = spawn(spec, clock.clone(), changed).unwrap();
        Self { clock, writer, handle, device, changes }
    }

    fn publish(&mut self, number: u64) {
        self.writer.buffer().fill(number as u8);
        self.writer.publish(number, self.clock.now());
    }

    /// Waits for the next change of state.
    fn expect(&self, state: OutputState, error: Option<&str>) {
        let change = self.changes.recv_timeout(PATIENCE).unwrap();
        assert_eq!(change, ("wall".to_owned(), state, error.map(str::to_owned)));
    }

    fn last_number(&self) -> Option<u64> {
        self.device.last().map(|frame| frame.number)
    }
}

fn ms(ms: u64) -> MonoTime {
    MonoTime::from_nanos(ms * 1_000_000)
}

fn error(remedy: Remedy) -> Fault {
    Fault::Error(remedy, "cable cut".into())
}

#[test]
fn newest_wins_when_the_device_is_slow() {
    let (output, device) = MemoryOutput::new();
    let mut rig = Rig::with(output.with_history(9), device);
    rig.device.hold();
    rig.publish(1);
    rig.device.wait_until(|seen| seen.writes == 1);
    for number in 2..=50 {
        rig.publish(number);
    }
    rig.device.release();
    let seen = rig.device.wait_for_frames(2);
    assert_eq!(seen.history.iter().map(|frame| frame.number).collect::<Vec<_>>(), [1]);
    let last = seen.last.unwrap();
    assert_eq!((last.number, last.bytes), (50, vec![50; 6]));
}

#[test]
fn a_failing_open_is_tried_again_after_100_200_400_ms_and_at_most_10_s() {
    let (output, device) = MemoryOutput::new();
    device.unplug();
    let mut rig = Rig::with(output, device);
    rig.expect(OutputState::Failed, Some("memory output is unplugged"));
    rig.publish(7);
    let mut due = 0;
    let delays = [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000];
    for (failed, delay) in (1..).zip(delays) {
        due += delay;
        rig.clock.until_waited_for(ms(due));
        assert_eq!(rig.device.seen().opens, failed);
        if failed == 9 {
            rig.device.plug();
        }
        rig.clock.advance_to(ms(due));
    }
    rig.expect(OutputState::Ok, None);
    assert_eq!(rig.last_number(), Some(7), "the frame that waited is written at once");
    assert_eq!((rig.device.seen().opens, rig.handle.failures()), (10, 9));
}

#[test]
fn an_output_that_panics_is_reopened_and_writes_the_frame_again() {
    let mut rig = Rig::new();
    rig.device.fail_write(Fault::Panic("index out of range".into()));
    rig.publish(1);
    rig.expect(OutputState::Failed, Some("the back end panicked: index out of range"));
    rig.clock.until_waited_for(ms(100));
    assert_eq!(rig.device.seen().open_now, 0, "the device that panicked is dropped");
    rig.device.fail_open(Fault::Panic("again".into()));
    rig.clock.advance_to(ms(100));
    rig.clock.until_waited_for(ms(300));
    assert_eq!(rig.handle.snapshot().error.as_deref(), Some("the back end panicked: again"));
    rig.clock.advance_to(ms(300));
    rig.expect(OutputState::Ok, None);
    assert_eq!(rig.last_number(), Some(1));
    assert_eq!(rig.device.seen().opens, 3);
}

#[test]
fn keep_alive_repeats_the_last_frame_exactly_when_it_is_due() {
    let (output, device) = MemoryOutput::new();
    let output = output.with_keep_alive(Duration::from_secs(1)).with_history(9);
    let mut rig = Rig::with(output, device);
    rig.publish(1);
    rig.clock.until_waited_for(ms(1000));
    assert_eq!(rig.device.frames(), 1);
    rig.clock.advance_to(ms(999));
    rig.clock.advance_to(ms(1000));
    // Had it been repeated a millisecond before, it would be waiting for 1999.
    rig.clock.until_waited_for(ms(2000));
    assert_eq!(rig.device.frames(), 2);

    rig.clock.advance_to(ms(1500));
    rig.publish(2);
    rig.clock.until_waited_for(ms(2500));
    rig.clock.advance_to(ms(2500));
    rig.clock.until_waited_for(ms(3500));
    let seen = rig.device.seen();
    let numbers = seen.history.iter().chain(&seen.last).map(|frame| frame.number);
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 1, 2, 2]);
}

#[test]
fn nothing_is_repeated_before_the_first_frame() {
    let (output, device) = MemoryOutput::new();
    let mut rig = Rig::with(output.with_keep_alive(Duration::from_secs(1)), device);
    rig.device.wait_until(|seen| seen.open_now == 1);
    rig.clock.advance_to(ms(5000));
    rig.publish(1);
    rig.clock.until_waited_for(ms(6000));
    assert_eq!(rig.device.seen().writes, 1);
}

#[test]
fn an_error_that_asks_for_a_retry_keeps_the_device_and_the_next_frame_is_written_at_once() {
    let mut rig = Rig::new();
    rig.device.fail_write(error(Remedy::Retry));
    rig.publish(1);
    rig.expect(OutputState::Failed, Some("cable cut"));
    rig.publish(2);
    rig.expect(OutputState::Ok, None);
    let seen = rig.device.seen();
    assert_eq!((seen.opens, seen.open_now, seen.writes, seen.frames), (1, 1, 2, 1));
}

#[test]
fn a_frame_that_failed_is_written_again_after_the_delay_if_no_newer_one_comes() {
    let mut rig = Rig::new();
    rig.device.fail_write(error(Remedy::Retry));
    rig.device.fail_write(error(Remedy::Retry));
    rig.publish(1);
    rig.clock.until_waited_for(ms(100));
    rig.clock.advance_to(ms(100));
    rig.clock.until_waited_for(ms(300));
    rig.clock.advance_to(ms(300));
    assert_eq!(rig.device.wait_for_frames(1).last.unwrap().number, 1);
}

#[test]
fn a_fault_of_the_settings_is_tried_again_after_10_s_and_a_hopeless_one_never() {
    let mut rig = Rig::new();
    rig.device.fail_write(error(Remedy::FixSettings));
    rig.publish(1);
    rig.clock.until_waited_for(ms(10_000));
    rig.device.fail_open(error(Remedy::GiveUp));
    rig.clock.advance_to(ms(10_000));
    rig.device.wait_until(|seen| seen.opens == 2);
    rig.publish(2);
    rig.clock.advance_to(ms(1_000_000));
    rig.publish(3);
    rig.handle.finish();
    assert!(rig.handle.wait_ended(&*rig.clock, ms(u64::MAX / 1_000_000)));
    assert_eq!((rig.device.seen().opens, rig.device.frames()), (2, 0));
    assert_eq!(rig.handle.snapshot().state, OutputState::Failed);
}

#[test]
fn an_output_that_hangs_or_fails_does_not_stop_others() {
    let (mut stuck, mut broken, mut well) = (Rig::new(), Rig::new(), Rig::new());
    stuck.device.hold();
    stuck.publish(1);
    stuck.device.wait_until(|seen| seen.writes == 1);
    broken.device.fail_write(Fault::Panic("broken".into()));
    broken.publish(1);
    broken.expect(OutputState::Failed, Some("the back end panicked: broken"));
    for number in 1..=100 {
        well.publish(number);
        well.device.wait_for_frames(number);
    }
    assert_eq!(stuck.device.frames() + broken.device.frames(), 0);
    stuck.device.release();
    stuck.device.wait_for_frames(1);
}

#[test]
fn finish_writes_the_last_frame_and_closes_the_device() {
    let mut rig = Rig::new();
    rig.device.hold();
    rig.publish(1);
    rig.device.wait_until(|seen| seen.writes == 1);
    rig.publish(2);
    rig.handle.finish();
    assert!(!rig.handle.wait_ended(&*rig.clock, ms(0)), "it is held by its device");
    rig.device.release();
    rig.handle.join();
    assert_eq!(rig.device.last().unwrap().number, 2);
    assert_eq!(rig.device.seen().open_now, 0);
}

#[test]
fn finish_writes_nothing_twice() {
    let mut rig = Rig::new();
    rig.publish(1);
    rig.device.wait_for_frames(1);
    rig.handle.join();
    assert_eq!(rig.device.frames(), 1);
}

#[test]
fn finish_tries_an_absent_device_once_more_and_ends_without_waiting() {
    for plugged_in in [false, true] {
        let (output, device) = MemoryOutput::new();
        device.unplug();
        let mut rig = Rig::with(output, device);
        rig.expect(OutputState::Failed, Some("memory output is unplugged"));
        rig.publish(1);
        if plugged_in {
            rig.device.plug();
        }
        rig.handle.join();
        assert_eq!(rig.device.seen().opens, 2);
        assert_eq!(rig.device.frames(), u64::from(plugged_in));
    }
}

#[test]
fn the_snapshot_tells_what_the_output_is_and_did() {
    let mut rig = Rig::new();
    let before = rig.handle.snapshot();
    assert_eq!((before.state, before.frames, before.error), (OutputState::Opening, 0, None));
    assert_eq!((before.id.as_str(), before.kind.as_str()), ("wall", "memory"));
    assert_eq!((before.target.as_str(), before.leds), ("memory", 2));
    rig.publish(1);
    rig.expect(OutputState::Ok, None);
    let after = rig.handle.snapshot();
    assert_eq!((after.state, after.frames, after.error), (OutputState::Ok, 1, None));
}

#[test]
fn a_handle_that_is_dropped_ends_its_output() {
    let rig = Rig::new();
    rig.device.wait_until(|seen| seen.open_now == 1);
    drop(rig.handle);
    rig.device.wait_until(|seen| seen.open_now == 0);
}
