//! The thread of one output: opens its device, writes the newest frame, comes back from failures.
//!
//! ```text
//!            open ok                    write ok: again at keep-alive or a newer frame
//!  Closed -----------------> Open ----> write fails, Retry: again after the delay or a newer frame
//!    ^  open fails: later     |
//!    +------------------------+         write fails otherwise, or panics
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hal::output::{LedFrame, Open, Output};
use hal::realtime::{Wish, prepare_thread};
use hal::{Clock, MonoTime, Remedy, Wake, Woken};

use super::mailbox::{MailboxReader, MailboxWriter, mailbox};
use super::recover::{Backoff, Next};
use super::status::{Changed, Reporter, Status};
use crate::control::snapshot::OutputSnapshot;
use crate::error::Error;

/// An output that is wanted. All that could be wrong with it has been checked.
pub struct OutputSpec {
    /// Its id in the settings.
    pub id: String,
    /// Its kind in the settings.
    pub kind: String,
    /// Opens its device.
    pub open: Box<dyn Open>,
    /// LEDs on it.
    pub leds: usize,
    /// Bytes of each frame.
    pub bytes: usize,
    /// How its thread would like to be scheduled.
    pub wish: Wish,
}

/// Reads the state of an output and ends it. Dropped, it ends the output without waiting for it.
pub struct OutputHandle {
    id: String,
    kind: String,
    target: String,
    leds: usize,
    status: Arc<Status>,
    wake: Wake,
    thread: Option<JoinHandle<()>>,
}

/// Starts the thread `output-<id>`. `changed` is called by it.
///
/// # Errors
/// [`Error::Internal`] if the machine has no thread left.
pub fn spawn(
    spec: OutputSpec,
    clock: Arc<dyn Clock>,
    changed: Changed,
) -> Result<(MailboxWriter, OutputHandle), Error> {
    let (writer, reader) = mailbox(spec.bytes);
    let status = Arc::new(Status::default());
    let target = spec.open.target();
    let mut handle = OutputHandle {
        id: spec.id.clone(),
        kind: spec.kind,
        target: target.clone(),
        leds: spec.leds,
        status: status.clone(),
        wake: reader.wake().clone(),
        thread: None,
    };
    let thread = OutputThread {
        device: Device::Closed { open_at: Some(MonoTime::ZERO) },
        write_at: None,
        unwritten: false,
        keep_alive: spec.open.keep_alive(),
        backoff: Backoff::new(),
        reporter: Reporter {
            settle: spec.open.settle(),
            status: status.clone(),
            id: spec.id,
            target,
            changed,
            fault: None,
        },
        open: spec.open,
        mailbox: reader,
        clock,
    };
    let name = format!("output-{}", handle.id.replace('\0', ""));
    let wish = spec.wish;
    let spawned = std::thread::Builder::new().name(name.clone()).spawn(move || {
        let _end = End(status);
        prepare_thread(&name, wish);
        thread.run();
    });
    match spawned {
        Ok(thread) => handle.thread = Some(thread),
        Err(error) => {
            let id = &handle.id;
            return Err(Error::internal(format!("cannot start output \"{id}\": {error}")));
        }
    }
    Ok((writer, handle))
}

impl OutputHandle {
    /// Its id in the settings.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How it is now.
    pub fn snapshot(&self) -> OutputSnapshot {
        OutputSnapshot {
            id: self.id.clone(),
            kind: self.kind.clone(),
            target: self.target.clone(),
            state: self.status.state(),
            error: self.status.error(),
            frames: self.status.frames(),
            leds: self.leds,
        }
    }

    /// Opens and writes that failed since the start.
    pub fn failures(&self) -> u64 {
        self.status.failures()
    }

    /// The longest time from a frame's deadline to the end of its first successful write.
    pub fn worst_delay(&self) -> Duration {
        self.status.worst_delay()
    }

    /// Asks the output to end. A frame that was published before is written first, if the device
    /// takes it; a device that is closed is tried once more for that.
    pub fn finish(&self) {
        self.status.finish();
        self.wake.notify();
    }

    /// Waits until the output has ended, or until `until`. Returns whether it has ended: a device
    /// or a resolver that hangs may hold it.
    pub fn wait_ended(&self, clock: &dyn Clock, until: MonoTime) -> bool {
        let wake = self.status.ended_wake();
        loop {
            let seen = wake.current();
            if self.status.ended() {
                return true;
            }
            if clock.wait(wake, seen, Some(until)) == Woken::Due {
                return self.status.ended();
            }
        }
    }

    /// Ends the output and waits for its thread, however long that takes.
    pub fn join(mut self) {
        self.finish();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(output = %self.id, "output thread panicked");
        }
    }
}

impl Drop for OutputHandle {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Tells waiters that the thread has ended, also if it ends by a panic.
struct End(Arc<Status>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

enum Device {
    /// `None`: never again.
    Closed {
        open_at: Option<MonoTime>,
    },
    Open(Box<dyn Output>),
}

struct OutputThread {
    open: Box<dyn Open>,
    device: Device,
    mailbox: MailboxReader,
    clock: Arc<dyn Clock>,
    backoff: Backoff,
    reporter: Reporter,
    keep_alive: Option<Duration>,
    /// When an open device gets the frame taken last, if no newer one comes before.
    write_at: Option<MonoTime>,
    /// Whether the frame taken last has yet to be written for the first time.
    unwritten: bool,
}

impl OutputThread {
    fn run(mut self) {
        loop {
            // Both are read before the work is looked for, and whether to finish before the last
            // frame is taken: neither a frame nor the end can be missed.
            let seen = self.mailbox.wake().current();
            let finishing = self.reporter.status.finishing();
            if self.mailbox.take() {
                self.unwritten = true;
                self.write_at = Some(MonoTime::ZERO);
            }
            if finishing {
                self.finish();
                return;
            }
            self.act();
            let until = match &self.device {
                Device::Closed { open_at } => *open_at,
                Device::Open(_) => self.write_at,
            };
            self.clock.wait(self.mailbox.wake(), seen, until);
        }
    }

    /// Does what is due: opens, then writes.
    fn act(&mut self) {
        if let Device::Closed { open_at: Some(at) } = self.device
            && at <= self.clock.now()
        {
            self.open();
        }
        if matches!(self.device, Device::Open(_))
            && self.write_at.is_some_and(|at| at <= self.clock.now())
        {
            self.write();
        }
    }

    /// One attempt, or two, to get the last frame out.
    fn finish(&mut self) {
        if self.unwritten && matches!(self.device, Device::Closed { open_at: Some(_) }) {
            self.open();
        }
        for _ in 0..2 {
            if self.unwritten && matches!(self.device, Device::Open(_)) {
                self.write();
            }
        }
        self.close(None);
    }

    fn open(&mut self) {
        match guarded(|| self.open.open()) {
            Ok(device) => {
                self.device = Device::Open(device);
                // What the device showed before may be lost.
                self.write_at = self.mailbox.frame().map(|_| MonoTime::ZERO);
            }
            Err(error) => self.failed(&error),
        }
    }

    fn write(&mut self) {
        let (Device::Open(device), Some(frame)) = (&mut self.device, self.mailbox.frame()) else {
            return;
        };
        let led_frame = LedFrame { bytes: &frame.bytes, number: frame.number };
        match guarded(|| device.write(led_frame)) {
            Ok(()) => {
                let now = self.clock.now();
                self.backoff.went_well(now);
                self.reporter.wrote(now, self.unwritten.then_some(frame.deadline));
                self.unwritten = false;
                self.write_at = self.keep_alive.map(|keep_alive| now + keep_alive);
            }
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&mut self, error: &hal::Error) {
        let now = self.clock.now();
        match self.backoff.failed(now, error.remedy()) {
            Next::WriteAt(at) if matches!(self.device, Device::Open(_)) => self.write_at = Some(at),
            // Not open: then also what only asks to be tried again has to be opened.
            Next::WriteAt(at) | Next::OpenAt(at) => self.close(Some(at)),
            Next::Never => self.close(None),
        }
        self.reporter.failed(now, error.chain());
    }

    fn close(&mut self, open_at: Option<MonoTime>) {
        let device = std::mem::replace(&mut self.device, Device::Closed { open_at });
        if let Err(error) = guarded(|| {
            drop(device);
            Ok(())
        }) {
            let now = self.clock.now();
            self.reporter.failed(now, error.chain());
        }
    }
}

/// Turns a panic of a back end into an error. What it was working on is dropped after it, or, for
/// an opener, is not changed by a call.
fn guarded<T>(call: impl FnOnce() -> Result<T, hal::Error>) -> Result<T, hal::Error> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("without a message");
        Err(hal::Error::new(Remedy::Reopen, format!("the back end panicked: {message}")))
    })
}
