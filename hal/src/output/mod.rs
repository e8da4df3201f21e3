//! Outputs: the devices and sockets that LED bytes are written to.
//!
//! An output does one thing, it writes bytes. Retries, keep-alive and back-off belong to the
//! engine, the order of colours and their curve to its colour pipeline.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::Error;

/// One frame for one output: the finished bytes, in wire order, `channels` per LED.
#[derive(Clone, Copy, Debug)]
pub struct LedFrame<'a> {
    /// `leds * channels` bytes.
    pub bytes: &'a [u8],
    /// Counts the display's ticks; the same number on every output of one tick.
    pub number: u64,
}

/// An open device. Owned by its output thread, which is the only one to call it.
pub trait Output: Send {
    /// Writes one whole frame. May block, though never for longer than a second.
    ///
    /// # Errors
    /// Says by [`Error::remedy`] whether to write the next frame ([`Remedy::Retry`]), to drop this
    /// output and open it again ([`Remedy::Reopen`]), or to stop trying.
    ///
    /// [`Remedy::Retry`]: crate::Remedy::Retry
    /// [`Remedy::Reopen`]: crate::Remedy::Reopen
    fn write(&mut self, frame: LedFrame<'_>) -> Result<(), Error>;
}

/// A validated wish for an output: everything is known but whether the device is there.
pub trait Open: Send + Sync {
    /// Opens the device. Called by the output's thread, again after each failure.
    ///
    /// # Errors
    /// If the device is absent, busy or not permitted.
    fn open(&self) -> Result<Box<dyn Output>, Error>;

    /// How often the last frame must be repeated so that the sink does not give up on us.
    fn keep_alive(&self) -> Option<Duration>;

    /// Where the bytes go, for people: `192.0.2.1:4048`.
    fn target(&self) -> String;
}

/// What an output will be asked to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// LEDs of this output.
    pub leds: usize,
    /// Bytes per LED on the wire.
    pub channels: usize,
}

/// An option of an output that cannot be used. `key` is the settings key.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct OptionError {
    /// The settings key, relative to the output's table.
    pub key: String,
    /// What is wrong with it, with its value.
    pub reason: String,
}

/// A kind of output: a row of the registry.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The word in `[[outputs]] kind = "…"`.
    pub name: &'static str,
    /// Checks the options of one output (all keys that are not common to every kind).
    pub parse: fn(&Map<String, Value>, Shape) -> Result<Box<dyn Open>, OptionError>,
}
