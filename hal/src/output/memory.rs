//! Keeps frames in memory where tests read them, and fails in every way a device can, on demand.
//!
//! It is the reference back end: it obeys the contract of [`Output`] to the letter, and what is
//! true of an engine that drives it holds for any other.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, Weak};
use std::time::Duration;

use serde_json::{Map, Value};

use super::options::Options;
use super::{Kind, LedFrame, Open, OptionError, Output, Shape};
use crate::error::{Error, Remedy};

/// `kind = "memory"`. Options: `name`, by which [`named`] finds the frames.
pub(super) const KIND: Kind = Kind { name: "memory", parse };

/// How long a handle waits before it says that what it waits for does not come.
const PATIENCE: Duration = Duration::from_secs(20);

static NAMED: LazyLock<Mutex<HashMap<String, Weak<Shared>>>> = LazyLock::new(Mutex::default);

fn parse(options: &Map<String, Value>, shape: Shape) -> Result<Box<dyn Open>, OptionError> {
    let options = Options::new(options, &["name"], shape)?;
    let name: String = options.optional("name", String::new())?;
    let (mut output, handle) = MemoryOutput::new();
    if !name.is_empty() {
        let mut outputs = NAMED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        outputs.retain(|_, shared| shared.strong_count() > 0);
        // Settings are looked at again while the output that they name runs: it is the same one.
        if let Some(shared) = outputs.get(&name).and_then(Weak::upgrade) {
            output.shared = shared;
        } else {
            outputs.insert(name.clone(), Arc::downgrade(&handle.shared));
        }
    }
    Ok(Box::new(MemoryOutput { name, ..output }))
}

/// The frames of the memory output that settings gave this name, while it exists.
pub fn named(name: &str) -> Option<MemoryHandle> {
    let outputs = NAMED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    outputs.get(name)?.upgrade().map(|shared| MemoryHandle { shared })
}

/// An output that keeps the newest frame and, if asked to, those before it.
pub struct MemoryOutput {
    shared: Arc<Shared>,
    name: String,
    keep_alive: Option<Duration>,
    settle: Duration,
}

/// Reads the frames of a [`MemoryOutput`] and makes it fail. Clones read the same output.
#[derive(Clone)]
pub struct MemoryHandle {
    shared: Arc<Shared>,
}

/// A frame as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The number it came with.
    pub number: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How a memory output fails.
#[derive(Clone, Debug)]
pub enum Fault {
    /// With an error of this remedy and message.
    Error(Remedy, String),
    /// By a panic with this message.
    Panic(String),
}

/// What a memory output has seen so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Calls of `open`, failed ones included.
    pub opens: u64,
    /// Devices that are open now.
    pub open_now: u64,
    /// Calls of `write` begun, failed and held ones included.
    pub writes: u64,
    /// Frames kept.
    pub frames: u64,
    /// The last frame kept.
    pub last: Option<Stored>,
    /// The last frames kept, oldest first, as many as asked for.
    pub history: VecDeque<Stored>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    seen: Seen,
    history: usize,
    unplugged: bool,
    held: bool,
    open_faults: VecDeque<Fault>,
    write_faults: VecDeque<Fault>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic that was asked for poisons nothing: it happens after the lock is given back.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl MemoryOutput {
    /// An output that works, and the handle that reads it.
    #[allow(clippy::new_ret_no_self, reason = "the two halves are made together")]
    pub fn new() -> (Self, MemoryHandle) {
        let shared = Arc::new(Shared::default());
        let output = Self {
            shared: shared.clone(),
            name: String::new(),
            keep_alive: None,
            settle: Duration::ZERO,
        };
        (output, MemoryHandle { shared })
    }

    /// Asks for the last frame to be repeated.
    pub fn with_keep_alive(mut self, keep_alive: Duration) -> Self {
        self.keep_alive = Some(keep_alive);
        self
    }

    /// Asks for time before a fault is called over.
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// Keeps that many frames besides the last one.
    pub fn with_history(self, frames: usize) -> Self {
        self.shared.lock().history = frames;
        self
    }
}

impl Open for MemoryOutput {
    fn open(&self) -> Result<Box<dyn Output>, Error> {
        let mut state = self.shared.lock();
        state.seen.opens += 1;
        self.shared.changed.notify_all();
        let fault = state.open_faults.pop_front().or_else(|| state.unplugged.then(unplugged));
        if fault.is_none() {
            state.seen.open_now += 1;
        }
        drop(state);
        fail(fault)?;
        Ok(Box::new(MemoryDevice { shared: self.shared.clone() }))
    }

    fn keep_alive(&self) -> Option<Duration> {
        self.keep_alive
    }

    fn target(&self) -> String {
        if self.name.is_empty() { "memory".to_owned() } else { format!("memory {}", self.name) }
    }

    fn settle(&self) -> Duration {
        self.settle
    }
}

struct MemoryDevice {
    shared: Arc<Shared>,
}

impl Output for MemoryDevice {
    fn write(&mut self, frame: LedFrame<'_>) -> Result<(), Error> {
        let mut state = self.shared.lock();
        state.seen.writes += 1;
        self.shared.changed.notify_all();
        while state.held {
            state =
                self.shared.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        let fault = state.write_faults.pop_front().or_else(|| state.unplugged.then(unplugged));
        if fault.is_some() {
            drop(state);
            return fail(fault);
        }
        let room = state.history;
        let seen = &mut state.seen;
        seen.frames += 1;
        // The buffers are used again: a frame costs no allocation once the history is full.
        if let Some(last) = &mut seen.last {
            if room > 0 {
                let oldest =
                    if seen.history.len() >= room { seen.history.pop_front() } else { None };
                let mut kept = oldest.unwrap_or(Stored { number: 0, bytes: Vec::new() });
                std::mem::swap(&mut kept, last);
                seen.history.push_back(kept);
            }
            last.number = frame.number;
            last.bytes.clear();
            last.bytes.extend_from_slice(frame.bytes);
        } else {
            seen.last = Some(Stored { number: frame.number, bytes: frame.bytes.to_vec() });
        }
        self.shared.changed.notify_all();
        Ok(())
    }
}

impl Drop for MemoryDevice {
    fn drop(&mut self) {
        self.shared.lock().seen.open_now -= 1;
        self.shared.changed.notify_all();
    }
}

impl MemoryHandle {
    /// Everything seen so far.
    pub fn seen(&self) -> Seen {
        self.shared.lock().seen.clone()
    }

    /// Frames kept so far.
    pub fn frames(&self) -> u64 {
        self.shared.lock().seen.frames
    }

    /// The last frame kept.
    pub fn last(&self) -> Option<Stored> {
        self.shared.lock().seen.last.clone()
    }

    /// Waits until `done` holds and returns what was seen then.
    ///
    /// # Panics
    /// If that takes more than 20 s: a test that waits for what does not come has failed.
    pub fn wait_until(&self, mut done: impl FnMut(&Seen) -> bool) -> Seen {
        let (state, late) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), PATIENCE, |state| !done(&state.seen))
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        assert!(!late.timed_out(), "waited in vain; seen so far: {:?}", state.seen);
        state.seen.clone()
    }

    /// Waits until that many frames have been kept since the start.
    ///
    /// # Panics
    /// As [`MemoryHandle::wait_until`].
    pub fn wait_for_frames(&self, frames: u64) -> Seen {
        self.wait_until(|seen| seen.frames >= frames)
    }

    /// Makes the next open fail; called twice, the next two.
    pub fn fail_open(&self, fault: Fault) {
        self.shared.lock().open_faults.push_back(fault);
    }

    /// Makes the next write fail; called twice, the next two.
    pub fn fail_write(&self, fault: Fault) {
        self.shared.lock().write_faults.push_back(fault);
    }

    /// Makes opens and writes fail with [`Remedy::Reopen`] until it is plugged in again.
    pub fn unplug(&self) {
        self.shared.lock().unplugged = true;
    }

    /// Ends what [`MemoryHandle::unplug`] began.
    pub fn plug(&self) {
        self.shared.lock().unplugged = false;
    }

    /// Makes writes block, as a slow device does, until they are released.
    pub fn hold(&self) {
        self.shared.lock().held = true;
    }

    /// Ends what [`MemoryHandle::hold`] began.
    pub fn release(&self) {
        self.shared.lock().held = false;
        self.shared.changed.notify_all();
    }
}

fn unplugged() -> Fault {
    Fault::Error(Remedy::Reopen, "memory output is unplugged".to_owned())
}

fn fail(fault: Option<Fault>) -> Result<(), Error> {
    match fault {
        None => Ok(()),
        Some(Fault::Error(remedy, message)) => Err(Error::new(remedy, message)),
        Some(Fault::Panic(message)) => panic!("{message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn frame(number: u64) -> [u8; 3] {
        [number as u8; 3]
    }

    #[test]
    fn the_last_frame_and_those_before_it_are_kept() {
        let (output, handle) = MemoryOutput::new();
        let output = output.with_history(2);
        let mut device = output.open().unwrap();
        for number in 1..=5 {
            device.write(LedFrame { bytes: &frame(number), number }).unwrap();
        }
        let seen = handle.seen();
        assert_eq!((seen.frames, seen.writes, seen.opens, seen.open_now), (5, 5, 1, 1));
        assert_eq!(handle.last(), Some(Stored { number: 5, bytes: vec![5; 3] }));
        let history: Vec<_> =
            seen.history.iter().map(|kept| (kept.number, kept.bytes[0])).collect();
        assert_eq!(history, [(3, 3), (4, 4)]);
        drop(device);
        assert_eq!(handle.seen().open_now, 0);
    }

    #[test]
    fn faults_come_once_each_and_in_order() {
        let (output, handle) = MemoryOutput::new();
        handle.fail_open(Fault::Error(Remedy::FixSettings, "no such bus".into()));
        let error = output.open().err().unwrap();
        assert_eq!(
            (error.remedy(), error.to_string().as_str()),
            (Remedy::FixSettings, "no such bus")
        );

        let mut device = output.open().unwrap();
        handle.fail_write(Fault::Error(Remedy::Retry, "busy".into()));
        assert!(device.write(LedFrame { bytes: &frame(1), number: 1 }).is_err());
        device.write(LedFrame { bytes: &frame(2), number: 2 }).unwrap();
        assert_eq!(handle.frames(), 1);

        handle.unplug();
        assert!(device.write(LedFrame { bytes: &frame(3), number: 3 }).is_err());
        assert!(output.open().is_err());
        handle.plug();
        device.write(LedFrame { bytes: &frame(4), number: 4 }).unwrap();
    }

    #[test]
    fn a_held_write_waits_until_it_is_released() {
        let (output, handle) = MemoryOutput::new();
        handle.hold();
        let writer = std::thread::spawn(move || {
            output.open().unwrap().write(LedFrame { bytes: &frame(1), number: 1 }).unwrap();
        });
        assert_eq!(handle.wait_until(|seen| seen.writes == 1).frames, 0);
        handle.release();
        handle.wait_for_frames(1);
        writer.join().unwrap();
    }

    #[test]
    fn an_output_made_from_settings_is_found_by_its_name_while_it_exists() {
        let options = json!({"name": "found by its name"});
        let options = options.as_object().unwrap();
        let shape = Shape { leds: 1, channels: 3 };
        let opener = (KIND.parse)(options, shape).unwrap();
        opener.open().unwrap().write(LedFrame { bytes: &frame(9), number: 9 }).unwrap();
        assert_eq!(named("found by its name").unwrap().last().unwrap().number, 9);
        // Looked at again while it runs, as a change of the settings does, it is the same one.
        let again = (KIND.parse)(options, shape).unwrap();
        assert_eq!(named("found by its name").unwrap().frames(), 1);
        drop(again);
        assert_eq!(named("found by its name").unwrap().frames(), 1);
        drop(opener);
        assert!(named("found by its name").is_none());
        assert!((KIND.parse)(options, shape).is_ok());
    }
}
