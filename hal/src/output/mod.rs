//! Outputs: the devices and sockets that LED bytes are written to.
//!
//! An output does one thing, it writes bytes. Retries, keep-alive and back-off belong to the
//! engine, the order of colours and their curve to its colour pipeline.

mod ddp;
mod host;
pub mod memory;
mod null;
mod options;
mod udp;

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::Error;

/// Every kind of output that this build has.
pub fn kinds() -> &'static [Kind] {
    &[null::KIND, memory::KIND, ddp::KIND]
}

/// The kind that settings call `name`.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.name == name)
}

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

    /// How long writes must have gone well after a fault before the fault may be called over.
    ///
    /// Zero where a write that succeeds has reached the device. Longer where a failure is told
    /// late and now and then only, as by UDP: the state would otherwise flap.
    fn settle(&self) -> Duration {
        Duration::ZERO
    }
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
    pub parse: Parse,
}

/// Turns the options of one output into a validated wish for it.
pub type Parse = fn(&Map<String, Value>, Shape) -> Result<Box<dyn Open>, OptionError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_different_names_and_are_found_by_them() {
        for (idx, row) in kinds().iter().enumerate() {
            assert_eq!(kind(row.name).map(|found| found.name), Some(row.name));
            assert!(kinds()[idx + 1..].iter().all(|other| other.name != row.name));
        }
        assert!(kind("laser").is_none());
    }

    #[test]
    fn every_kind_refuses_an_output_without_leds_and_an_unknown_key() {
        for kind in kinds() {
            let mut options = Map::new();
            if kind.name == "ddp" {
                options.insert("host".into(), "192.0.2.1".into());
            }
            let refused = (kind.parse)(&options, Shape { leds: 0, channels: 3 }).err().unwrap();
            assert_eq!(refused.key, "leds", "{}", kind.name);

            options.insert("colour".into(), "red".into());
            let refused = (kind.parse)(&options, Shape { leds: 1, channels: 3 }).err().unwrap();
            assert_eq!(refused.key, "colour", "{}", kind.name);
        }
    }
}
