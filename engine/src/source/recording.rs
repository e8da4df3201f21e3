//! A sink for tests: notes what was put, and pretends to be shown.

use std::time::Duration;

use super::{FrameMeta, FrameSink, SinkClosed};

/// Keeps frames until there is no room, then closes.
pub(super) struct Recording {
    pub(super) frames: Vec<(Vec<u8>, FrameMeta)>,
    room: usize,
    /// What is shown once so many frames were put.
    position: Box<dyn Fn(usize) -> Duration>,
}

impl Recording {
    pub(super) fn new(room: usize) -> Self {
        Self::shown(room, |_| Duration::ZERO)
    }

    pub(super) fn shown(room: usize, position: impl Fn(usize) -> Duration + 'static) -> Self {
        Self { frames: Vec::new(), room, position: Box::new(position) }
    }

    /// When each frame is due, in milliseconds.
    pub(super) fn times_ms(&self) -> Vec<u64> {
        self.frames.iter().map(|(_, meta)| meta.pts.as_millis() as u64).collect()
    }

    /// The first pixel of each frame, each channel dark or full: writers of GIF and video round.
    pub(super) fn colors(&self) -> Vec<[u8; 3]> {
        self.frames.iter().map(|(rgb, _)| plainly(&rgb[..3])).collect()
    }
}

impl FrameSink for Recording {
    fn put(&mut self, rgb: &[u8], meta: FrameMeta) -> Result<(), SinkClosed> {
        if self.frames.len() == self.room {
            return Err(SinkClosed);
        }
        self.frames.push((rgb.to_vec(), meta));
        Ok(())
    }

    fn reader_position(&self) -> Duration {
        (self.position)(self.frames.len())
    }
}

/// A colour with each channel dark or full.
pub(super) fn plainly(pixel: &[u8]) -> [u8; 3] {
    std::array::from_fn(|channel| if pixel[channel] > 127 { 255 } else { 0 })
}
