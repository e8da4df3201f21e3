//! The preview tap: render leaves a copy of the light when someone has asked for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hal::Wake;

use crate::layout::Led;

/// A copy of the light.
#[derive(Clone, Debug, Default)]
pub struct TappedFrame {
    /// The tick at which it became so.
    pub number: u64,
    /// 0 to 1, to be applied.
    pub brightness: f64,
    /// Linear light per LED.
    pub leds: Vec<Led>,
}

#[derive(Debug, Default)]
struct Shared {
    wanted: AtomicBool,
    /// The tick at which light last changed.
    changed: AtomicU64,
}

/// Render's end: never waits, copies only when asked.
pub struct Tap {
    shared: Arc<Shared>,
    input: triple_buffer::Input<TappedFrame>,
    offered: u64,
    reader: Wake,
}

/// The other end, for the one thread that hands previews on.
pub struct TapReader {
    output: triple_buffer::Output<TappedFrame>,
    wake: Wake,
}

/// Asks for frames; any number of viewers have a clone.
#[derive(Clone, Debug)]
pub struct TapWish {
    shared: Arc<Shared>,
}

/// A tap for `leds` LEDs.
pub fn tap(leds: usize) -> (Tap, TapReader, TapWish) {
    let dark = TappedFrame { number: 0, brightness: 0.0, leds: vec![[0; 3]; leds] };
    let (input, output) = triple_buffer::triple_buffer(&dark);
    let shared = Arc::new(Shared::default());
    let wake = Wake::new();
    let tap = Tap { shared: shared.clone(), input, offered: 0, reader: wake.clone() };
    (tap, TapReader { output, wake }, TapWish { shared })
}

impl Tap {
    /// Light changed at this tick.
    pub(super) fn changed(&mut self, number: u64) {
        self.shared.changed.store(number, Ordering::Release);
    }

    /// Whether someone waits for light that has not been left yet.
    pub(super) fn is_owed(&self) -> bool {
        self.shared.changed.load(Ordering::Relaxed) != self.offered
            && self.shared.wanted.load(Ordering::Acquire)
    }

    /// Leaves a copy if one is wanted and this light has not been left before.
    pub(super) fn offer(&mut self, light: &[Led], brightness: f64) {
        if !self.is_owed() {
            return;
        }
        let number = self.shared.changed.load(Ordering::Relaxed);
        self.shared.wanted.store(false, Ordering::Relaxed);
        self.offered = number;
        let frame = self.input.input_buffer_mut();
        frame.number = number;
        frame.brightness = brightness;
        frame.leds.copy_from_slice(light);
        self.input.publish();
        self.reader.notify();
    }
}

impl TapReader {
    /// The wake-up word that is notified with each new frame.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }

    /// The newest frame, if it is new.
    pub fn take(&mut self) -> Option<&TappedFrame> {
        self.output.update().then(|| self.output.output_buffer())
    }
}

impl TapWish {
    /// Asks for the next change of light.
    pub fn ask(&self) {
        self.shared.wanted.store(true, Ordering::Release);
    }

    /// The tick at which light last changed.
    pub fn last_change(&self) -> u64 {
        self.shared.changed.load(Ordering::Acquire)
    }
}
